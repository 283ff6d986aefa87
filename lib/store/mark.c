/*
 * See mark.h. Mostly the word is what it was, and only the time is new. Where it changes, the file
 * is replaced: four bytes written in place can be seen half old and half new ("iusy").
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/trace.h"
#include "store/mark.h"

enum { WORD_BYTES = 4 };

static struct slice word_of(enum mark mark)
{
	return slice_of(mark == MARK_IDLE ? "idle" : "busy");
}

/* Does the open file hold this word and nothing else? */
static bool holds(int fd, const struct stat *st, struct slice word)
{
	char now[WORD_BYTES];

	return st->st_size == WORD_BYTES && read(fd, now, WORD_BYTES) == WORD_BYTES &&
	       memcmp(now, word.p, WORD_BYTES) == 0;
}

static int word_write(const struct store *s, const char *path, struct slice word)
{
	struct stat st;
	int fd, err = store_make(s, LAYOUT_ACTIVITY, false);

	if (err)
		return err;
	fd = file_open(s->root, path, O_RDWR, &st);
	if (fd == -ENOENT)
		return file_replace(s->root, path, word);
	if (fd < 0)
		return fd;
	if (holds(fd, &st, word))
		err = futimens(fd, NULL) == 0 ? 0 : -errno;
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
