/* See store.h. The environment's HOME is read here only. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "store/store.h"

bool store_under_home(struct buf *out, const char *under)
{
	const char *home = getenv("HOME");

	if (!home || *home != '/')
		return false;
	buf_text(out, home);
	buf_char(out, '/');
	buf_text(out, under);
	return true;
}

char *store_home(char out[STORE_HOME_MAX])
{
	struct buf b = buf_over(out, STORE_HOME_MAX);

	if (!store_under_home(&b, LAYOUT_HOME) || !buf_cstr(&b))
		out[0] = '\0';
	return out;
}

/* Only to start paths from, which is all that O_PATH is good for, and costs less. */
#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

static int open_directory(const char *path)
{
	/* openat, since musl's open calls fcntl besides. */
	int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int store_open(struct store *s)
{
	char path[STORE_HOME_MAX];
	struct stat st;
	int made = 0;

	s->root = -1;
	if (!*store_home(path))
		return -ENOENT;
	s->root = open_directory(path);
	if (s->root == -ENOENT) {
		made = file_mkdir(AT_FDCWD, path);
		s->root = made < 0 ? made : open_directory(path);
	}
	/* Descriptors 0 to 2 that came in closed stay taken, so that no file gets their number. */
	while (s->root >= 0 && s->root <= STDERR_FILENO)
		s->root = open_directory(path);
	if (s->root < 0)
		return s->root;
	if (fstat(s->root, &st) == 0 && file_trusted(&st))
		return 0;
	close(s->root);
	s->root = -1;
	return -EPERM;
}

int store_has(const struct store *s, const char *folder)
{
	struct stat st;

	if (fstatat(s->root, folder, &st, 0) != 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return file_trusted(&st) ? 0 : -EPERM;
}

int store_make(const struct store *s, const char *folder, bool durable)
{
	int made, err = store_has(s, folder);

	if (err != -ENOENT)
		return err;
	/* Only ours has folders inside a folder. */
	if (strchr(folder, '/')) {
		err = store_make(s, LAYOUT_OURS, durable);
		if (err)
			return err;
	}
	made = file_mkdir(s->root, folder);
	if (made < 0)
		return made;
	if (made && durable) {
		err = file_sync_dir(s->root, ".");
		if (err == 0)
			err = file_sync_dir(s->root, "..");
		if (err)
			return err;
	}
	return store_has(s, folder);
}
