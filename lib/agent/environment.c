/* See environment.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/environment.h"
#include "base/file.h"
#include "base/trace.h"
#include "host/command.h"

enum { ENVIRONMENT_MAX = 65536 };	/* bytes of a file that we add to */

#define COMMAND "/peer"

/* Is there such an executable in the folder? */
static bool has_peer(struct slice folder)
{
	char path[FILE_PATH_MAX];
	struct buf b = buf_over(path, sizeof(path));

	buf_put(&b, folder);
	buf_text(&b, COMMAND);
	return folder.n && buf_cstr(&b) && access(path, X_OK) == 0;
}

/* Takes the last part off a path. */
static void cut(struct slice *path)
{
	while (path->n && path->p[path->n - 1] != '/')
		path->n--;
	if (path->n)
		path->n--;
}

/* Appends the folder of `peer`, seen from where we are installed: PREFIX/libexec/peerhooks. */
static bool folder_out(struct buf *out)
{
	char self[FILE_PATH_MAX], bin[FILE_PATH_MAX];
	struct slice folder = slice_of(command_self(self) ? self : "");
	struct buf b = buf_over(bin, sizeof(bin));

	cut(&folder);
	if (has_peer(folder)) {
		buf_put(&b, folder);
	} else {
		cut(&folder);
		cut(&folder);
		buf_put(&b, folder);
		buf_text(&b, "/bin");
	}
	/* A quote in it would end ours. */
	if (!has_peer(buf_slice(&b)) || memchr(b.p, '\'', b.n))
		return false;
	buf_put(out, buf_slice(&b));
	return true;
}

static void lines_out(struct buf *out, const struct session *me)
{
	char there[FILE_PATH_MAX];
	struct buf before;

	buf_text(out, "export CLAUDE_CODE_SESSION_ID='");
	buf_text(out, me->who.session);
	buf_text(out, "'\n");
	if (command_find("peer", there))
		return;
	before = *out;
	buf_text(out, "export PATH=\"$PATH:\"'");
	if (folder_out(out))
		buf_text(out, "'\n");
	else
		*out = before;
}

void environment_write(const struct hook *h, const struct session *me)
{
	static char there[ENVIRONMENT_MAX];
	const char *path = getenv("CLAUDE_ENV_FILE");
	char lines[FILE_PATH_MAX + SESSION_ID_MAX + 128];
	struct buf out = buf_over(lines, sizeof(lines));
	struct stat st;
	size_t n = 0;
	int fd, err = 0;

	if (!path || *path != '/' || !profile_may_be_claude(h->agent))
		return;
	lines_out(&out, me);
	fd = file_open(AT_FDCWD, path, O_RDWR | O_APPEND | O_CREAT, &st);
	if (fd >= 0) {
		err = file_read(fd, there, sizeof(there), &n);
		if (err == 0 && n && there[n - 1] != '\n')
			err = file_write(fd, slice_of("\n"), SESSION_LOCK_MS);
		if (err == 0 && !slice_has((struct slice){ there, n }, buf_slice(&out)))
			err = file_write(fd, buf_slice(&out), SESSION_LOCK_MS);
		close(fd);
	}
	if (fd < 0 || err)
		trace("cannot write what CLAUDE_ENV_FILE names for", me->who.session,
		      fd < 0 ? fd : err);
}
