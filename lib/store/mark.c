/* See mark.h. Both words have four bytes: one is written over the other in place. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/mark.h"

enum { WORD_BYTES = 4, MARK_BYTES_MAX = 64 };

static struct slice word_of(enum mark mark)
{
	return slice_of(mark == MARK_IDLE ? "idle" : "busy");
}

int mark_write(const struct store *s, const char *session, enum mark mark)
{
	char path[LAYOUT_MAX];
	struct slice word = word_of(mark);
	struct stat st;
	int fd, err = store_make(s, LAYOUT_ACTIVITY, false);

	if (err)
		return err;
	layout_mark(path, session);
	fd = file_open(s->root, path, O_WRONLY, &st);
	if (fd == -ENOENT)
		return file_replace(s->root, path, word);
	if (fd < 0)
		return fd;
	if (write(fd, word.p, word.n) != WORD_BYTES)
		err = -EIO;
	/* Somebody else's, with a line feed or worse behind the word. */
	else if (st.st_size > WORD_BYTES && ftruncate(fd, WORD_BYTES) != 0)
		err = -errno;
	close(fd);
	return err;
}

enum mark mark_read(const struct store *s, const char *session, int64_t *since_ms)
{
	char path[LAYOUT_MAX], text[MARK_BYTES_MAX];
	struct slice word = { text, 0 };
	struct stat st;
	int fd = file_open(s->root, layout_mark(path, session), O_RDONLY, &st);

	*since_ms = 0;
	if (fd < 0)
		return MARK_NONE;
	*since_ms = clock_ms_of(st.st_mtim);
	file_read(fd, text, sizeof(text), &word.n);
	close(fd);
	word = slice_trimmed(word);
	if (slice_is(word, "busy"))
		return MARK_BUSY;
	return slice_is(word, "idle") ? MARK_IDLE : MARK_NONE;
}
