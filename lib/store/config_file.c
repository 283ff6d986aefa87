/* See config_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>	/* renameat */
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/directory.h"
#include "base/memory.h"
#include "store/config_file.h"

enum {
	LINKS_MAX = 40,	/* symbolic links in a row, as the kernel has it */
	READ_TRIES = 5,
	WRITE_MS = 60000,
	OLD_S = 60,	/* a temporary file of that age is left over */
	MODE = 07777,
	MODE_NEW = 0600,
};

#define BACKUP_MARK ".peerhooks-backup."

static struct slice folder_of(const char *path)
{
	return (struct slice){ path, (size_t)(strrchr(path, '/') - path) };
}

static const char *name_in(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool folder_put(char out[FILE_PATH_MAX], const char *path)
{
	return file_join(out, folder_of(path), "");
}

/* Takes one link of the path; 0 if it was one, 1 if there is no link any more. */
static int link_followed(char path[FILE_PATH_MAX])
{
	char target[FILE_PATH_MAX], above[FILE_PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));
	struct buf b = buf_over(path, FILE_PATH_MAX);

	if (n < 0)
		return errno == EINVAL || errno == ENOENT ? 1 : -errno;
	if (!folder_put(above, path))
		return -ENAMETOOLONG;
	if (n > 0 && *target != '/')
		buf_text(&b, above);
	buf_bytes(&b, target, (size_t)n);
	return buf_cstr(&b) ? 0 : -ENAMETOOLONG;
}

/* Where the file lies, or would: f->real. */
static int links_followed(struct config_file *f)
{
	char folder[FILE_PATH_MAX];
	struct buf b = buf_over(f->real, sizeof(f->real));
	struct stat st;
	int links = 0, err;

	buf_text(&b, f->path);
	if (!buf_cstr(&b) || *f->path != '/')
		return -EINVAL;
	while ((err = link_followed(f->real)) == 0) {
		if (++links > LINKS_MAX)
			return -ELOOP;
	}
	if (err < 0)
		return err;
	/* A link may lead to what is not there yet, but not to a folder that is not there. */
	if (links && !folder_put(folder, f->real))
		return -ENAMETOOLONG;
	return links && stat(folder, &st) != 0 ? -errno : 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mode == b->st_mode && a->st_uid == b->st_uid &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* One try; -EAGAIN if somebody wrote to it meanwhile. */
static int text_taken(struct config_file *f, int fd)
{
	struct stat after;
	size_t n;
	int err;

	if (f->st.st_size > CONFIG_MAX)
		return -EFBIG;
	f->memory = memory_buf((size_t)f->st.st_size + 1);
	if (!f->memory.p)
		return -ENOMEM;
	err = file_read(fd, f->memory.p, f->memory.cap, &n);
	f->memory.n = n;
	f->text = buf_slice(&f->memory);
	if (err == 0 && (n != (size_t)f->st.st_size || fstat(fd, &after) != 0 ||
			 !same_file(&f->st, &after)))
		err = -EAGAIN;
	return err;
}

static int read_once(struct config_file *f)
{
	int err = links_followed(f), fd;

	if (err)
		return err;
	fd = file_open(AT_FDCWD, f->real, O_RDONLY, &f->st);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	f->there = true;
	err = text_taken(f, fd);
	close(fd);
	if (err)
		config_free(f);
	return err;
}

int config_read(struct config_file *f, const char *path)
{
	struct buf b = buf_over(f->path, sizeof(f->path));
	int err = -EAGAIN;

	buf_text(&b, path);
	if (!buf_cstr(&b))
		return -ENAMETOOLONG;
	for (int i = 0; i < READ_TRIES && err == -EAGAIN; i++) {
		f->there = false;
		f->memory = (struct buf){ .full = true };
		f->text = (struct slice){ "", 0 };
		err = read_once(f);
	}
	return err == -EAGAIN ? -ESTALE : err;
}

void config_free(struct config_file *f)
{
	memory_free(&f->memory);
	f->text = (struct slice){ "", 0 };
}

/* Is the file still what was read: the same one, of the same bytes? */
static int still_so(const struct config_file *f)
{
	static struct config_file now;
	int err = config_read(&now, f->path);
	bool same;

	if (err)
		return err;
	same = now.there == f->there && strcmp(now.real, f->real) == 0 &&
	       (!f->there || (same_file(&now.st, &f->st) && slice_eq(now.text, f->text)));
	config_free(&now);
	return same ? 0 : -ESTALE;
}

/* A name as file_temporary makes them: .tmp.<pid>.<8 hex>. */
static bool is_temporary(const char *name)
{
	struct slice rest = slice_of(name);
	int64_t pid;

	if (strncmp(name, FILE_TEMPORARY_MARK, strlen(FILE_TEMPORARY_MARK)) != 0)
		return false;
	rest = slice_from(rest, strlen(FILE_TEMPORARY_MARK));
	return decimal_take(&rest, &pid) && rest.n == 9 && *rest.p == '.' &&
	       strspn(rest.p + 1, "0123456789abcdef") == 8;
}

/* What a killed process has left in the folder: our temporary files, but for those of now. */
static void leftovers_swept(const char *folder)
{
	static struct directory d;
	const int64_t now = clock_now_s();
	const char *name;
	struct stat st;

	if (directory_open(&d, AT_FDCWD, folder) != 0)
		return;
	while ((name = directory_next(&d)) != NULL) {
		if (is_temporary(name) && fstatat(d.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		    now - st.st_mtim.tv_sec > OLD_S)
			unlinkat(d.fd, name, 0);
	}
	directory_close(&d);
}

/* Makes a file of that text, mode and group beside `path`, and fills in its name. */
static int temporary_made(char name[FILE_TEMPORARY_MAX], const char *path, struct slice text,
			  mode_t mode, gid_t group)
{
	struct stat st;
	int fd, err;

	if (!file_temporary(name, path))
		return -ENAMETOOLONG;
	fd = file_open(AT_FDCWD, name, O_WRONLY | O_CREAT | O_EXCL, &st);
	if (fd < 0)
		return fd;
	err = file_write(fd, text, WRITE_MS);
	/* Whom the mode lets in by the group must stay the same people. */
	if (err == 0 && group != st.st_gid && fchown(fd, (uid_t)-1, group) != 0)
		mode &= (mode_t)~070;
	if (err == 0 && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		err = -errno;
	close(fd);
	if (err)
		unlinkat(AT_FDCWD, name, 0);
	return err;
}

int config_may_make(const char *path)
{
	char folder[FILE_PATH_MAX];
	struct buf b = buf_over(folder, sizeof(folder));
	struct stat st;
	char *end;

	buf_text(&b, path);
	if (!buf_cstr(&b))
		return -ENAMETOOLONG;
	if (stat(folder, &st) == 0)
		return 0;
	while ((end = strrchr(folder, '/')) != NULL && end > folder) {
		*end = '\0';
		if (stat(folder, &st) == 0)
			return geteuid() == 0 && st.st_uid != 0 ? -EPERM :
			       access(folder, W_OK) == 0 ? 0 : -errno;
	}
	return 0;
}

int config_may_write(const struct config_file *f)
{
	if (!f->there)
		return config_may_make(f->real);
	if (f->st.st_uid != geteuid())
		return -EPERM;
	return f->st.st_mode & S_IWUSR ? 0 : -EACCES;
}

/* A file that is not there yet must not take the place of one that somebody makes now. */
static int put_in_place(const struct config_file *f, const char *name)
{
	int err;

	if (!f->there) {
		err = linkat(AT_FDCWD, name, AT_FDCWD, f->real, 0) == 0 ? 0 : -errno;
		if (err == 0)
			unlinkat(AT_FDCWD, name, 0);
		if (err == 0 || err == -EEXIST)
			return err ? -ESTALE : 0;
		/* There are file systems without links: then a look has to do. */
	}
	err = still_so(f);
	if (err == 0 && renameat(AT_FDCWD, name, AT_FDCWD, f->real) != 0)
		err = -errno;
	return err;
}

int config_write(const struct config_file *f, struct slice text)
{
	char name[FILE_TEMPORARY_MAX], folder[FILE_PATH_MAX];
	int err = config_may_write(f);

	if (err == 0 && !folder_put(folder, f->real))
		err = -ENAMETOOLONG;
	if (err == 0 && !f->there)
		err = file_make_path(folder);
	if (err == 0)
		err = temporary_made(name, f->real, text,
				     f->there ? f->st.st_mode & MODE : MODE_NEW,
				     f->there ? f->st.st_gid : getegid());
	if (err)
		return err;
	err = put_in_place(f, name);
	if (err) {
		unlinkat(AT_FDCWD, name, 0);
		return err;
	}
	leftovers_swept(folder);
	return file_sync_dir(AT_FDCWD, folder);
}

int config_remove(const struct config_file *f)
{
	char folder[FILE_PATH_MAX];
	int err = config_may_write(f);

	if (err == 0 && !folder_put(folder, f->real))
		err = -ENAMETOOLONG;
	if (err == 0)
		err = still_so(f);
	if (err == 0 && unlinkat(AT_FDCWD, f->real, 0) != 0)
		err = -errno;
	if (err)
		return err;
	leftovers_swept(folder);
	return file_sync_dir(AT_FDCWD, folder);
}

/* NAME.peerhooks-backup. of a file of that path. */
static bool backup_prefix(char out[FILE_PATH_MAX], const char *path)
{
	struct buf b = buf_over(out, FILE_PATH_MAX);

	buf_text(&b, name_in(path));
	buf_text(&b, BACKUP_MARK);
	return buf_cstr(&b) != NULL;
}

/* Goes through the names of our backups: the newest, in `newest`; with `keep`, removes the
 * others. */
static int backups_seen(const struct config_file *f, char newest[FILE_PATH_MAX], const char *keep)
{
	static struct directory d;
	char prefix[FILE_PATH_MAX], folder[FILE_PATH_MAX];
	const char *name;
	int err;

	newest[0] = '\0';
	if (!backup_prefix(prefix, f->path) || !folder_put(folder, f->path))
		return -ENAMETOOLONG;
	err = directory_open(&d, AT_FDCWD, folder);
	if (err)
		return err;
	while ((name = directory_next(&d)) != NULL) {
		if (strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		if (strcmp(name, newest) > 0)
			memcpy(newest, name, strlen(name) + 1);
		if (keep && strcmp(name, keep) != 0)
			unlinkat(d.fd, name, 0);
	}
	directory_close(&d);
	return *newest ? 0 : -ENOENT;
}

static bool backup_named(char out[FILE_PATH_MAX], const char *path)
{
	struct buf b = buf_over(out, FILE_PATH_MAX);

	buf_text(&b, path);
	buf_text(&b, BACKUP_MARK);
	date_time(&b, clock_now_s(), '-');
	buf_char(&b, 'Z');
	return buf_cstr(&b) != NULL;
}

/* Makes a backup, and fills in its path. */
static int backup_made(const struct config_file *f, char path[FILE_PATH_MAX])
{
	char name[FILE_TEMPORARY_MAX], folder[FILE_PATH_MAX];
	int err;

	if (!backup_named(path, f->path) || !folder_put(folder, f->path))
		return -ENAMETOOLONG;
	err = temporary_made(name, path, f->text, f->st.st_mode & MODE, f->st.st_gid);
	if (err)
		return err;
	if (renameat(AT_FDCWD, name, AT_FDCWD, path) != 0) {
		err = -errno;
		unlinkat(AT_FDCWD, name, 0);
		return err;
	}
	err = file_sync_dir(AT_FDCWD, folder);
	if (err)
		unlinkat(AT_FDCWD, path, 0);
	return err;
}

int config_write_backed(const struct config_file *f, struct slice text)
{
	char path[FILE_PATH_MAX], newest[FILE_PATH_MAX];
	int err;

	if (!f->there)
		return config_write(f, text);
	err = backup_made(f, path);
	if (err)
		return err;
	err = config_write(f, text);
	if (err)
		unlinkat(AT_FDCWD, path, 0);
	else
		backups_seen(f, newest, name_in(path));
	return err;
}

int config_backup_read(const struct config_file *f, struct config_file *backup)
{
	char name[FILE_PATH_MAX], path[FILE_PATH_MAX];
	int err = backups_seen(f, name, NULL);

	if (err)
		return err;
	if (!file_join(path, folder_of(f->path), name))
		return -ENAMETOOLONG;
	return config_read(backup, path);
}

int config_backup_remove(const struct config_file *f)
{
	char newest[FILE_PATH_MAX];
	int err = backups_seen(f, newest, "");

	return err == -ENOENT ? 0 : err;
}
