/* See subagent.h. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/subagent.h"
#include "base/directory.h"
#include "base/file.h"

static struct directory d;	/* static: too large for a stack */

static bool is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* Puts the session's folder in the place of the transcript's name. */
static bool to_folder(const struct hook *h, struct buf *path)
{
	const char *slash = strrchr(path->p, '/');

	if (!slash)
		return false;
	path->n = (size_t)(slash + 1 - path->p);
	buf_text(path, h->event.session);
	return buf_cstr(path);
}

static bool any_later(struct timespec limit)
{
	struct stat st;
	const char *name;

	for (unsigned i = 0; (name = directory_next(&d)) != NULL; i++) {
		if (i == SUBAGENT_FILES_MAX)
			return true;
		if (fstatat(d.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		    is_later(st.st_mtim, limit))
			return true;
	}
	return false;
}

bool subagent_works(const struct hook *h)
{
	char bytes[FILE_PATH_MAX];
	struct buf path = buf_over(bytes, sizeof(bytes));
	struct stat st;
	bool works;

	if (!h->agent->hides_subagents || !event_transcript(&h->event, &path) ||
	    !buf_cstr(&path) || stat(bytes, &st) != 0 || !to_folder(h, &path) ||
	    directory_open(&d, AT_FDCWD, bytes) != 0)
		return false;
	works = any_later(st.st_mtim);
	directory_close(&d);
	return works;
}
