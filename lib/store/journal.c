/* See journal.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>	/* renameat */
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/trace.h"
#include "store/journal.h"

static void member(struct buf *out, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	json_name(out, name);
	json_string(out, slice_of(text));
}

static void line_made(struct buf *out, const struct journal_entry *e)
{
	buf_char(out, '{');
	json_member_int(out, "at", clock_now_ms());
	member(out, "what", e->what);
	member(out, "message_id", e->message_id);
	member(out, "session_id", e->session);
	member(out, "from", e->from);
	member(out, "status", e->status);
	member(out, "detail", e->detail);
	buf_text(out, "}\n");
}

static int appended(const struct store *s, struct slice line)
{
	struct stat st, there;
	int err = store_make(s, LAYOUT_OURS, false), fd;

	if (err)
		return err;
	fd = file_open(s->root, LAYOUT_JOURNAL, O_WRONLY | O_CREAT | O_APPEND, &st);
	if (fd < 0)
		return fd;
	if (write(fd, line.p, line.n) != (ssize_t)line.n)
		err = -ENOSPC;
	close(fd);
	/* Only if another has not done so meanwhile. */
	if (err == 0 && st.st_size > JOURNAL_MAX &&
	    fstatat(s->root, LAYOUT_JOURNAL, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    there.st_ino == st.st_ino)
		renameat(s->root, LAYOUT_JOURNAL, s->root, LAYOUT_JOURNAL_BEFORE);
	return err;
}

void journal_write(const struct store *s, const struct journal_entry *e)
{
	char text[JOURNAL_LINE_MAX];
	struct buf line = buf_over(text, sizeof(text));
	int err;

	line_made(&line, e);
	err = line.full ? -EFBIG : appended(s, buf_slice(&line));
	if (err)
		trace("cannot write into", LAYOUT_JOURNAL, err);
}
