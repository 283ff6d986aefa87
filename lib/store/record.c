/* See record.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>	/* renameat */
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/record.h"

/* Makes a file of that text and time, which is removed again if anything fails. */
static int made(int dir, const char *path, struct slice text, int64_t at)
{
	const struct timespec when = clock_timespec(at);
	const struct timespec times[] = { when, when };
	struct stat st;
	int fd = file_open(dir, path, O_WRONLY | O_CREAT | O_EXCL, &st), err = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text.p, text.n) != (ssize_t)text.n)
		err = -ENOSPC;
	else if (futimens(fd, times) != 0)
		err = -errno;
	close(fd);
	if (err)
		unlinkat(dir, path, 0);
	return err;
}

int record_make(const struct store *s, const char *folder, const char *path, struct slice text,
		int64_t at)
{
	int err = store_make(s, folder, false);

	return err ? err : made(s->root, path, text, at);
}

int record_replace(const struct store *s, const char *folder, const char *path, struct slice text,
		   int64_t at)
{
	char name[FILE_TEMPORARY_MAX];
	int err = store_make(s, folder, false);

	if (err)
		return err;
	if (!file_temporary(name, path))
		return -ENAMETOOLONG;
	err = made(s->root, name, text, at);
	if (err == 0 && renameat(s->root, name, s->root, path) != 0) {
		err = -errno;
		unlinkat(s->root, name, 0);
	}
	return err;
}

int record_renew(const struct store *s, const char *folder, const char *path, struct slice text)
{
	int64_t at;

	if (!record_dated(s->root, path, &at))
		return -ENOENT;
	/* Should it be taken away from here on, it comes back, and ends with its time. */
	return record_replace(s, folder, path, text, at);
}

bool record_dated(int dir, const char *path, int64_t *at)
{
	struct stat st;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return false;
	*at = clock_ms_of(st.st_mtim);
	return true;
}
