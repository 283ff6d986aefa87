/* See directory.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/directory.h"

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

#ifdef __linux__
#include <sys/syscall.h>

/* What getdents64 fills in; not in any header of libc. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

int directory_open(struct directory *d, int parent, const char *path)
{
	d->at = d->end = 0;
	d->failed = false;
	d->fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d->fd < 0 ? -errno : 0;
}

const char *directory_next(struct directory *d)
{
	for (;;) {
		const struct entry *e;

		if (d->at == d->end) {
			long n = syscall(SYS_getdents64, d->fd, d->bytes, sizeof(d->bytes));

			d->failed = n < 0;
			if (n <= 0)
				return NULL;
			d->at = 0;
			d->end = (size_t)n;
		}
		e = (const struct entry *)(const void *)(d->bytes + d->at);
		d->at += e->length;
		if (!is_dot(e->name))
			return e->name;
	}
}

void directory_rewind(struct directory *d)
{
	d->at = d->end = 0;
	lseek(d->fd, 0, SEEK_SET);
}

void directory_close(struct directory *d)
{
	close(d->fd);
}
#else
int directory_open(struct directory *d, int parent, const char *path)
{
	d->fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0)
		return -errno;
	d->failed = false;
	d->stream = fdopendir(d->fd);
	if (d->stream)
		return 0;
	close(d->fd);
	return -ENOMEM;
}

const char *directory_next(struct directory *d)
{
	const struct dirent *e;

	do {
		errno = 0;
		e = readdir(d->stream);
	} while (e && is_dot(e->d_name));
	d->failed = !e && errno != 0;
	return e ? e->d_name : NULL;
}

void directory_rewind(struct directory *d)
{
	rewinddir(d->stream);
}

void directory_close(struct directory *d)
{
	closedir(d->stream);
}
#endif
