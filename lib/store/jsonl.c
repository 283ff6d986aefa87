/* See jsonl.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>	/* renameat */
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/file.h"
#include "store/jsonl.h"

static int open_file(struct jsonl *j, const char *path, enum jsonl_use use)
{
	static const int flags[] = {
		[JSONL_PEEK] = O_RDONLY,
		[JSONL_READ] = O_RDWR,
		[JSONL_ADD] = O_RDWR | O_CREAT | O_APPEND,
	};
	struct stat st;

	j->fd = file_open(j->store->root, path, flags[use], &st);
	if (j->fd < 0)
		return j->fd;
	j->file_size = st.st_size;
	return 0;
}

int jsonl_open(struct jsonl *j, const struct store *s, const char *path, enum jsonl_use use,
	       int64_t end)
{
	int err;

	j->store = s;
	j->locked = use != JSONL_PEEK;
	j->fd = -1;
	j->text = NULL;
	j->window = JSONL_WINDOW;
	j->size = j->at = j->dirty_from = j->dirty_to = 0;
	j->passed = false;
	if (j->locked) {
		err = lock_take(s, path, end, &j->lock);
		if (err)
			return err;
	}
	/* Only now: a rewrite by rename, under the lock, puts another inode in place. */
	err = open_file(j, path, use);
	if (err)
		jsonl_close(j);
	return err;
}

/* Leaves only whole lines in the copy of a file that goes on beyond it. */
static void cut_to_lines(struct jsonl *j)
{
	size_t n = j->size;

	while (n && j->text[n - 1] != '\n')
		n--;
	if (n)
		j->size = n;
}

/* How many line feeds the copy begins with. */
static size_t leading_feeds(const struct jsonl *j)
{
	static const char feeds[] = "\n\n\n\n\n\n\n\n";
	uint64_t eight, eight_feeds;
	size_t n = 0;

	memcpy(&eight_feeds, feeds, 8);
	for (; j->size - n >= 8; n += 8) {
		memcpy(&eight, j->text + n, 8);
		if (eight != eight_feeds)
			break;
	}
	while (n < j->size && j->text[n] == '\n')
		n++;
	return n;
}

static bool goes_on(const struct jsonl *j)
{
	return j->from + (off_t)j->size < j->file_size;
}

/* Reads a window that begins behind the line feeds which earlier drains have left. */
static int read_window(struct jsonl *j)
{
	size_t feeds;
	int err;

	j->from = 0;
	for (;;) {
		err = file_read(j->fd, j->text, j->mapped, &j->size);
		feeds = leading_feeds(j);
		if (err || feeds == 0 || !goes_on(j))
			return err;
		j->from += (off_t)feeds;
		if (lseek(j->fd, j->from, SEEK_SET) < 0)
			return -errno;
	}
}

int jsonl_read(struct jsonl *j)
{
	int err;

	if (j->file_size == 0)
		return 0;
	j->mapped = j->file_size < (off_t)j->window ? (size_t)j->file_size : j->window;
	j->text = mmap(NULL, j->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (j->text == MAP_FAILED) {
		j->text = NULL;
		return -ENOMEM;
	}
	err = read_window(j);
	if (err == 0 && goes_on(j))
		cut_to_lines(j);
	return err;
}

bool jsonl_read_on(struct jsonl *j)
{
	const off_t next = j->from + (off_t)j->size;

	if (!j->text || !goes_on(j) || lseek(j->fd, next, SEEK_SET) < 0 ||
	    file_read(j->fd, j->text, j->mapped, &j->size) != 0 || j->size == 0)
		return false;
	j->from = next;
	j->at = j->dirty_from = j->dirty_to = 0;
	j->passed = true;
	if (goes_on(j))
		cut_to_lines(j);
	return true;
}

bool jsonl_next(struct jsonl *j, struct slice *line)
{
	const char *from, *feed;

	while (j->at < j->size && j->text[j->at] == '\n')
		j->at++;
	if (j->at == j->size)
		return false;
	from = j->text + j->at;
	feed = memchr(from, '\n', j->size - j->at);
	line->p = from;
	line->n = feed ? (size_t)(feed - from) : j->size - j->at;
	j->at += line->n;
	return true;
}

void jsonl_rewind(struct jsonl *j)
{
	j->at = 0;
}

void jsonl_blank(struct jsonl *j, struct slice line)
{
	size_t from = (size_t)(line.p - j->text);

	memset(j->text + from, '\n', line.n);
	if (j->dirty_from == j->dirty_to) {
		j->dirty_from = from;
		j->dirty_to = from + line.n;
		return;
	}
	if (from < j->dirty_from)
		j->dirty_from = from;
	if (from + line.n > j->dirty_to)
		j->dirty_to = from + line.n;
}

bool jsonl_blanked(const struct jsonl *j)
{
	return j->dirty_from != j->dirty_to;
}

/*
 * Is the file still as we read it? After a stall of 30 s (a machine that slept) the lock may be
 * another's, and another inode in the file's place.
 */
bool jsonl_ours(const struct jsonl *j)
{
	struct stat ours, there;

	return lock_held(j->store, &j->lock) && fstat(j->fd, &ours) == 0 &&
	       fstatat(j->store->root, j->lock.file, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_ino == there.st_ino && ours.st_size == j->file_size;
}

int jsonl_commit(struct jsonl *j)
{
	size_t n = j->dirty_to - j->dirty_from;
	bool emptied = leading_feeds(j) == j->size && !goes_on(j) && !j->passed;

	if (j->size == 0 || (n == 0 && !emptied))
		return 0;
	if (!jsonl_ours(j))
		return -ESTALE;
	if (emptied)
		return ftruncate(j->fd, 0) == 0 ? 0 : -errno;
	if (pwrite(j->fd, j->text + j->dirty_from, n, j->from + (off_t)j->dirty_from) != (ssize_t)n)
		return -EIO;
	return 0;
}

/* Moves the lines together; how long they are now, with their line feeds but for a missing last. */
static size_t squeezed(struct jsonl *j)
{
	struct slice line;
	size_t to = 0;

	j->at = 0;
	while (jsonl_next(j, &line)) {
		memmove(j->text + to, line.p, line.n);
		to += line.n;
		if (j->at < j->size)
			j->text[to++] = '\n';
	}
	return to;
}

static size_t bytes_of(const struct iovec *parts, int count)
{
	size_t n = 0;

	for (int i = 0; i < count; i++)
		n += parts[i].iov_len;
	return n;
}

static int written_anew(struct jsonl *j, const char *name, const struct iovec *parts, int count,
			const char *folder)
{
	struct stat st;
	int fd = file_open(j->store->root, name, O_WRONLY | O_CREAT | O_EXCL, &st), err = 0;

	if (fd < 0)
		return fd;
	if (writev(fd, parts, count) != (ssize_t)bytes_of(parts, count))
		err = -ENOSPC;
	else if (fsync(fd) != 0)
		err = -errno;
	close(fd);
	if (err == 0 && renameat(j->store->root, name, j->store->root, j->lock.file) != 0)
		err = -errno;
	if (err)
		unlinkat(j->store->root, name, 0);
	return err ? err : file_sync_dir(j->store->root, folder);
}

static int rewritten(struct jsonl *j, const struct iovec *parts, int count, const char *folder)
{
	char name[FILE_TEMPORARY_MAX];

	if (goes_on(j) || j->passed)
		return -EFBIG;
	if (!jsonl_ours(j))
		return -ESTALE;
	if (!file_temporary(name, j->lock.file))
		return -ENAMETOOLONG;
	return written_anew(j, name, parts, count, folder);
}

static struct iovec part_of(const char *p, size_t n)
{
	return (struct iovec){ (void *)(uintptr_t)p, n };
}

int jsonl_rewrite(struct jsonl *j, struct slice more, const char *folder)
{
	const size_t n = squeezed(j), heal = n && j->text[n - 1] != '\n';
	const struct iovec parts[] = {
		part_of(j->text, n),
		part_of("\n", heal),
		part_of(more.p, more.n),
	};

	return rewritten(j, parts, 3, folder);
}

int jsonl_replace(struct jsonl *j, struct slice part, struct slice by, const char *folder)
{
	const size_t from = (size_t)(part.p - j->text), to = from + part.n;
	const struct iovec parts[] = {
		part_of(j->text, from),
		part_of(by.p, by.n),
		part_of(to < j->size ? j->text + to : "\n", to < j->size ? j->size - to : 1),
	};

	return rewritten(j, parts, 3, folder);
}

int jsonl_take_back(struct jsonl *j)
{
	return ftruncate(j->fd, j->file_size) == 0 ? 0 : -errno;
}

/* Is the last byte something else than a line feed: a line cut off by a crash? */
static bool torn(const struct jsonl *j)
{
	char last = '\n';

	return j->file_size > 0 && pread(j->fd, &last, 1, j->file_size - 1) == 1 && last != '\n';
}

int jsonl_sync(struct jsonl *j, const char *folder)
{
	int err;

	if (fsync(j->fd) != 0)
		return -errno;
	if (j->file_size > 0)
		return 0;
	/* An empty file, or its folder, may be one whose maker was killed before it synced it. */
	err = file_sync_dir(j->store->root, folder);
	return err ? err : file_sync_dir(j->store->root, ".");
}

int jsonl_add(struct jsonl *j, struct slice line, const char *folder)
{
	char feed[] = "\n";
	size_t heal = torn(j) ? 1 : 0;
	struct iovec parts[3] = {
		{ feed, heal },
		{ (void *)(uintptr_t)line.p, line.n },
		{ feed, 1 },
	};
	ssize_t done = writev(j->fd, parts, 3);
	int err = done < 0 ? -errno : 0;

	if (done >= 0 && (size_t)done != heal + line.n + 1)
		err = -ENOSPC;
	if (err == 0 && folder)
		err = jsonl_sync(j, folder);
	/* Half a line, or one that is not known to be on the disk, was not accepted. */
	if (err && done > 0 && jsonl_take_back(j) != 0)
		err = -EIO;
	return err;
}

void jsonl_close(struct jsonl *j)
{
	if (j->text)
		munmap(j->text, j->mapped);
	j->text = NULL;
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
	if (j->locked)
		lock_release(j->store, &j->lock);
	j->locked = false;
}
