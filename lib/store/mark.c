/*
 * See mark.h. Mostly the word is what it was, and only the time is new. Where it changes, the file
 * is replaced: four bytes written in place can be seen half old and half new ("iusy").
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/trace.h"
#include "store/mark.h"

enum { WORD_BYTES = 4 };

static struct slice word_of(enum mark mark)
{
	return slice_of(mark == MARK_IDLE ? "idle" : "busy");
}

/* Does the open file hold this word and nothing else? What is no file does not. */
static bool holds(int fd, struct slice word)
{
	char now[WORD_BYTES + 1];

	return read(fd, now, sizeof(now)) == WORD_BYTES && memcmp(now, word.p, WORD_BYTES) == 0;
}

static int word_write(const struct store *s, const char *path, struct slice word)
{
	int fd, err = store_make(s, LAYOUT_ACTIVITY, false);

	if (err)
		return err;
	/* As file_open, but without asking what it is: on each tool call that is one call too
	 * many. */
	fd = openat(s->root, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? file_replace(s->root, path, word) : -errno;
	/* The same word once more gives it the new time; futimens would be 500 bytes of code. */
	if (holds(fd, word))
		err = pwrite(fd, word.p, word.n, 0) == WORD_BYTES ? 0 : -errno;
	else
		err = file_replace(s->root, path, word);
	close(fd);
	return err;
}

void mark_write(const struct store *s, const char *session, enum mark mark)
{
	char path[LAYOUT_MAX];
	int err = word_write(s, layout_mark(path, session), word_of(mark));

	if (err)
		trace("cannot write the mark of", session, err);
}

bool mark_read(const struct store *s, const char *session, enum mark *mark, int64_t *at)
{
	char path[LAYOUT_MAX], text[64];
	struct slice word = { text, 0 };
	struct stat st;

	layout_mark(path, session);
	if (store_has(s, LAYOUT_ACTIVITY) != 0 || fstatat(s->root, path, &st, 0) != 0 ||
	    file_read_at(s->root, path, text, sizeof(text), &word.n) != 0)
		return false;
	/* Others may write blanks around it. */
	word = slice_trimmed(word);
	*mark = slice_is(word, "idle") ? MARK_IDLE : MARK_BUSY;
	*at = clock_ms_of(st.st_mtim);
	return *mark == MARK_IDLE || slice_is(word, "busy");
}

bool mark_exists(const struct store *s, const char *session)
{
	char path[LAYOUT_MAX];
	struct stat st;

	return store_has(s, LAYOUT_ACTIVITY) == 0 &&
	       fstatat(s->root, layout_mark(path, session), &st, 0) == 0;
}
