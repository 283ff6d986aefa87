/*
 * See throttle.h. Who makes the file may do it. Of those who find an old one, he who gets the
 * kernel's lock of the file and still finds it old, and sets its time: it stays in its place, so
 * that there is no moment in which another could make it anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/record.h"
#include "store/throttle.h"

/* A time so far in the future is of before the clock was set back: it would hold for as long. */
static bool holds(int64_t at, int64_t ms, int64_t now)
{
	return now - at < ms && at - now <= ms;
}

static bool renewed(const struct store *s, const char *path, int64_t ms, int64_t now)
{
	const struct timespec when = clock_timespec(now), times[] = { when, when };
	struct stat st;
	int fd = file_lock(s->root, path, 0);
	bool pass;

	if (fd < 0)
		return false;
	pass = fstat(fd, &st) == 0 && !holds(clock_ms_of(st.st_mtim), ms, now) &&
	       futimens(fd, times) == 0;
	close(fd);
	return pass;
}

bool throttle_pass(const struct store *s, const char *folder, const char *session, int64_t ms,
		   int64_t now)
{
	char path[LAYOUT_MAX];
	int err;

	layout_throttle(path, folder, session);
	err = record_make(s, folder, path, slice_of(""), now);
	return err == 0 || (err == -EEXIST && renewed(s, path, ms, now));
}

int64_t throttle_free_at(const struct store *s, const char *folder, const char *session, int64_t ms,
			 int64_t now)
{
	char path[LAYOUT_MAX];
	int64_t at;

	layout_throttle(path, folder, session);
	return store_has(s, folder) == 0 && record_dated(s->root, path, &at) && holds(at, ms, now) ?
	       at + ms : 0;
}
