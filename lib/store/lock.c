/*
 * See lock.h. The orders matter: the owner file is written after the folder is made, and removed
 * before it. In both gaps the lock is "held by nobody known", and a release leaves it alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/directory.h"
#include "base/file.h"
#include "base/random.h"
#include "base/trace.h"
#include "store/lock.h"

enum { SLEEP_MS_MAX = 10 };	/* doubles from 1 ms up to this */

/* The token in the owner file; empty if there is none. */
static struct slice owner_of(const struct store *s, const char *file, char token[LOCK_TOKEN_MAX])
{
	char path[LAYOUT_MAX];
	struct slice owner = { token, 0 };

	layout_lock_owner(path, file);
	if (file_read_at(s->root, path, token, LOCK_TOKEN_MAX, &owner.n) != 0)
		owner.n = 0;
	return owner;
}

/* Writes our token; where that fails, remembers the folder by its time of making. */
static void write_owner(const struct store *s, struct lock *lock)
{
	char path[LAYOUT_MAX];
	struct buf token = buf_over(lock->token, sizeof(lock->token));
	struct stat st;
	ssize_t written = -1;
	int fd;

	buf_int(&token, getpid());
	buf_char(&token, '.');
	random_hex(&token, 8);
	buf_cstr(&token);
	layout_lock_owner(path, lock->file);
	fd = file_open(s->root, path, O_WRONLY | O_CREAT | O_TRUNC, &st);
	if (fd >= 0) {
		written = write(fd, token.p, token.n);
		close(fd);
	}
	if (written == (ssize_t)token.n)
		return;
	unlinkat(s->root, path, 0);
	lock->token[0] = '\0';
	if (fstatat(s->root, layout_lock(path, lock->file), &st, AT_SYMLINK_NOFOLLOW) == 0)
		lock->made = st.st_mtim;
}

/* A time so far in the future is of before the clock was set back: it would be held for as long. */
static bool stale(const struct store *s, const char *path)
{
	struct stat st;
	int64_t age;

	if (fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	age = clock_now_ms() - clock_ms_of(st.st_mtim);
	return age > LOCK_STALE_MS || age < -LOCK_STALE_MS;
}

/* Removes what has no business in the lock's folder: no program of the protocol puts it there. */
static void empty_folder(const struct store *s, const char *path)
{
	static struct directory folder;
	const char *name;

	if (directory_open(&folder, s->root, path) != 0)
		return;
	while ((name = directory_next(&folder)) != NULL) {
		if (unlinkat(folder.fd, name, 0) != 0)
			unlinkat(folder.fd, name, AT_REMOVEDIR);
	}
	directory_close(&folder);
}

static bool remove_lock(const struct store *s, const char *file)
{
	char path[LAYOUT_MAX];

	unlinkat(s->root, layout_lock_owner(path, file), 0);
	layout_lock(path, file);
	if (unlinkat(s->root, path, AT_REMOVEDIR) == 0)
		return true;
	if (errno == ENOTDIR)
		return unlinkat(s->root, path, 0) == 0;
	if (errno == ENOTEMPTY)
		empty_folder(s, path);
	return unlinkat(s->root, path, AT_REMOVEDIR) == 0;
}

/* Clears a stale lock unless its owner changes under our eyes. True if it is gone now. */
static bool clear_stale(const struct store *s, const char *file)
{
	char marker[LAYOUT_MAX], folder[LAYOUT_MAX];
	char before_text[LOCK_TOKEN_MAX], now_text[LOCK_TOKEN_MAX];
	struct slice before = owner_of(s, file, before_text);
	bool cleared = false;

	layout_lock_clearing(marker, file);
	if (mkdirat(s->root, marker, 0700) != 0) {
		if (errno == EEXIST && stale(s, marker))
			unlinkat(s->root, marker, AT_REMOVEDIR);
		return false;
	}
	/* Somebody may have cleared and taken it just before the marker was ours. */
	layout_lock(folder, file);
	if (stale(s, folder) && slice_eq(before, owner_of(s, file, now_text))) {
		cleared = remove_lock(s, file);
		trace(cleared ? "cleared a stale lock of" : "cannot clear the stale lock of", file,
		      0);
	}
	unlinkat(s->root, marker, AT_REMOVEDIR);
	return cleared;
}

int lock_take(const struct store *s, const char *file, int64_t end, struct lock *lock)
{
	char folder[LAYOUT_MAX];
	struct buf name = buf_over(lock->file, sizeof(lock->file));
	int64_t pause = 1;

	buf_text(&name, file);
	buf_cstr(&name);
	layout_lock(folder, file);
	for (;;) {
		if (mkdirat(s->root, folder, 0700) == 0) {
			write_owner(s, lock);
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
		if (clock_monotonic_ms() >= end)
			return -ETIMEDOUT;
		if (stale(s, folder) && clear_stale(s, file))
			continue;
		clock_sleep_ms(pause);
		pause = pause * 2 < SLEEP_MS_MAX ? pause * 2 : SLEEP_MS_MAX;
	}
}

bool lock_held(const struct store *s, const struct lock *lock)
{
	char path[LAYOUT_MAX], token[LOCK_TOKEN_MAX];
	struct stat st;

	if (!slice_is(owner_of(s, lock->file, token), lock->token))
		return false;
	if (lock->token[0])
		return true;
	layout_lock(path, lock->file);
	return fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mtim.tv_sec == lock->made.tv_sec && st.st_mtim.tv_nsec == lock->made.tv_nsec;
}

void lock_release(const struct store *s, const struct lock *lock)
{
	char path[LAYOUT_MAX];

	if (!lock_held(s, lock))
		return;
	unlinkat(s->root, layout_lock_owner(path, lock->file), 0);
	unlinkat(s->root, layout_lock(path, lock->file), AT_REMOVEDIR);
}
