/* See file.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>	/* renameat */
#include <sys/file.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#include <sys/syscall.h>
#else
#include <limits.h>
#include <stdlib.h>
#endif

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"

enum { LOCK_STEP_MS = 2 };

int file_open(int dir, const char *path, int flags, struct stat *st)
{
	int fd = openat(dir, path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	/* ENXIO: a socket. */
	if (fd < 0)
		return errno == ENXIO ? -EINVAL : -errno;
	if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int file_read(int fd, char *into, size_t cap, size_t *n)
{
	*n = 0;
	while (*n < cap) {
		ssize_t got = read(fd, into + *n, cap - *n);

		if (got == 0)
			break;
		if (got > 0)
			*n += (size_t)got;
		else if (errno == EAGAIN)
			poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int file_read_at(int dir, const char *path, char *into, size_t cap, size_t *n)
{
	struct stat st;
	char beyond;
	int fd = file_open(dir, path, O_RDONLY, &st);
	int err;

	*n = 0;
	if (fd < 0)
		return fd;
	err = file_read(fd, into, cap, n);
	if (err == 0 && *n == cap && read(fd, &beyond, 1) == 1)
		err = -EFBIG;
	close(fd);
	return err;
}

int file_write(int fd, struct slice text, int ms)
{
	int64_t end = clock_monotonic_ms() + ms;

	while (text.n) {
		ssize_t done = write(fd, text.p, text.n);
		int64_t left = end - clock_monotonic_ms();

		if (done > 0) {
			text = slice_from(text, (size_t)done);
			continue;
		}
		if (done < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (left <= 0)
			return -ETIMEDOUT;
		if (done == 0 || errno == EAGAIN)
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, (int)left);
	}
	return 0;
}

const char *file_temporary(char name[FILE_TEMPORARY_MAX], const char *path)
{
	struct buf b = buf_over(name, FILE_TEMPORARY_MAX);
	const char *slash = strrchr(path, '/');

	if (slash)
		buf_bytes(&b, path, (size_t)(slash + 1 - path));
	buf_text(&b, FILE_TEMPORARY_MARK);
	buf_int(&b, getpid());
	buf_char(&b, '.');
	random_hex(&b, 4);
	return buf_cstr(&b);
}

int file_replace(int dir, const char *path, struct slice text)
{
	char name[FILE_TEMPORARY_MAX];
	struct stat st;
	int fd, err = 0;

	if (!file_temporary(name, path))
		return -ENAMETOOLONG;
	fd = file_open(dir, name, O_WRONLY | O_CREAT | O_EXCL, &st);
	if (fd < 0)
		return fd;
	if (write(fd, text.p, text.n) != (ssize_t)text.n)
		err = -ENOSPC;
	close(fd);
	if (err == 0 && renameat(dir, name, dir, path) != 0)
		err = -errno;
	if (err)
		unlinkat(dir, name, 0);
	return err;
}

int file_lock(int dir, const char *path, int64_t end)
{
	struct stat st;
	int fd = file_open(dir, path, O_RDWR | O_CREAT, &st);

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int err = errno == EWOULDBLOCK || errno == EINTR ? -ETIMEDOUT : -errno;

		if (err == -ETIMEDOUT && clock_monotonic_ms() < end) {
			clock_sleep_ms(LOCK_STEP_MS);
			continue;
		}
		close(fd);
		return err;
	}
	return fd;
}

bool file_join(char out[FILE_PATH_MAX], struct slice folder, const char *name)
{
	struct buf b = buf_over(out, FILE_PATH_MAX);

	buf_put(&b, folder);
	buf_char(&b, '/');
	buf_text(&b, name);
	if (buf_cstr(&b))
		return true;
	out[0] = '\0';
	return false;
}

int file_mkdir(int dir, const char *path)
{
	if (mkdirat(dir, path, 0700) == 0)
		return 1;
	return errno == EEXIST ? 0 : -errno;
}

int file_make_path(const char *path)
{
	char above[FILE_PATH_MAX];
	struct buf b = buf_over(above, sizeof(above));
	int made = 0;

	if (*path != '/')
		return -EINVAL;
	for (const char *from = path; *from && made >= 0;) {
		const char *slash = strchr(from + 1, '/');

		buf_bytes(&b, from, slash ? (size_t)(slash - from) : strlen(from));
		if (!buf_cstr(&b))
			return -ENAMETOOLONG;
		made = file_mkdir(AT_FDCWD, above);
		from = slash ? slash : "";
	}
	/* Above home we may not make what is there already (EROFS, EACCES). */
	return made < 0 ? made : 0;
}

bool file_real_path(const char *path, char out[FILE_PATH_MAX])
{
#ifdef __linux__
	/* The kernel knows: three calls, where realpath looks at each part, and 1 KB less code. */
	char link[32];
	struct buf b = buf_over(link, sizeof(link));
	int fd = openat(AT_FDCWD, path, O_PATH | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	buf_text(&b, "/proc/self/fd/");
	buf_int(&b, fd);
	buf_cstr(&b);
	n = readlink(link, out, FILE_PATH_MAX);
	close(fd);
	if (n <= 0 || n >= FILE_PATH_MAX || *out != '/')
		return false;
	out[n] = '\0';
	return true;
#else
	_Static_assert(FILE_PATH_MAX >= PATH_MAX, "realpath writes up to that");
	return realpath(path, out) != NULL;
#endif
}

int file_sync_dir(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync a directory and say EINVAL: then there is nothing to do. */
	if (fsync(fd) != 0 && errno != EINVAL)
		err = -errno;
	close(fd);
	return err;
}

enum { OLD_KERNEL_DESCRIPTORS = 1024 };

void file_close_from(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, ~0U, 0) == 0)
		return;
#endif
	for (int fd = first; fd < OLD_KERNEL_DESCRIPTORS; fd++)
		close(fd);
}

/* We never change it, so that what the kernel gave at exec is right, and saves a call. */
static uid_t effective_user(void)
{
#ifdef __linux__
	return (uid_t)getauxval(AT_EUID);
#else
	return geteuid();
#endif
}

bool file_trusted(const struct stat *st)
{
	return st->st_uid == effective_user() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}
