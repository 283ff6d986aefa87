/* See record.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>	/* renameat */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/setting.h"
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

bool record_dated(int dir, const char *path, int64_t *at)
{
	struct stat st;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return false;
	*at = clock_ms_of(st.st_mtim);
	return true;
}

int record_kind_make(const struct store *s, const struct record_kind *kind, const void *record,
		     int64_t at)
{
	char path[LAYOUT_MAX], memory[RECORD_TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	kind->text(&text, record);
	return record_make(s, kind->folder, kind->path(path, record), buf_slice(&text), at);
}

int record_kind_renew(const struct store *s, const struct record_kind *kind, const void *record)
{
	char path[LAYOUT_MAX], memory[RECORD_TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	int64_t at;

	kind->text(&text, record);
	if (!record_dated(s->root, kind->path(path, record), &at))
		return -ENOENT;
	/* Should it be taken away from here on, it comes back, and ends with its time. */
	return record_replace(s, kind->folder, path, buf_slice(&text), at);
}

int64_t record_ttl(const struct record_kind *kind)
{
	return setting_number(getenv(kind->setting), kind->ttl_ms);
}

int record_scan_open(struct record_scan *scan, const struct store *s,
		     const struct record_kind *kind, int64_t now)
{
	int err = store_has(s, kind->folder);

	scan->kind = kind;
	scan->now = now;
	scan->end = clock_monotonic_ms() + RECORD_SCAN_MS;
	return err ? err : directory_open(&scan->folder, s->root, kind->folder);
}

static bool record_read(const struct record_scan *scan, const char *name, record_take *take,
			void *record)
{
	char path[LAYOUT_MAX], memory[RECORD_TEXT_MAX];
	struct slice text = { memory, 0 };

	return file_read_at(scan->folder.fd, name, memory, sizeof(memory), &text.n) == 0 &&
	       take(text, record) &&
	       strcmp(strrchr(scan->kind->path(path, record), '/') + 1, name) == 0;
}

bool record_scan_next(struct record_scan *scan, record_take *take, void *record, int64_t *at)
{
	const char *const prefix = scan->kind->prefix, *name;
	const int64_t ttl = record_ttl(scan->kind);
	const int dir = scan->folder.fd;

	while (clock_monotonic_ms() < scan->end &&
	       (name = directory_next(&scan->folder)) != NULL) {
		if (strncmp(name, prefix, strlen(prefix)) != 0 || !record_dated(dir, name, at))
			continue;
		if (scan->now - *at >= ttl)
			unlinkat(dir, name, 0);
		else if (record_read(scan, name, take, record))
			return true;
	}
	return false;
}

void record_scan_close(struct record_scan *scan)
{
	directory_close(&scan->folder);
}
