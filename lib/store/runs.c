/*
 * See runs.h. Both times are given: the kernel's own "now" may be 4 ms old, and a run takes a tenth
 * of one. Who makes the file sets both to one moment, which is no run: every run takes some time.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "base/clock.h"
#include "base/file.h"
#include "store/runs.h"

static void times_set(const struct store *s, const char *path, const struct timespec times[2])
{
#if defined(SYS_utimensat) && defined(__LP64__)
	/* musl's has 400 bytes for kernels that lack it. */
	syscall(SYS_utimensat, s->root, path, times, AT_SYMLINK_NOFOLLOW);
#else
	utimensat(s->root, path, times, AT_SYMLINK_NOFOLLOW);
#endif
}

void runs_note(const struct store *s, const char *agent, const char *hook,
	       const struct timespec *began)
{
	const struct timespec times[] = { *began, clock_now() };
	char path[LAYOUT_MAX];

	times_set(s, layout_run(path, agent, hook), times);
}

int runs_prepare(const struct store *s, const char *agent, const char *hook)
{
	const struct timespec now = clock_now(), times[] = { now, now };
	char path[LAYOUT_MAX];
	struct stat st;
	int fd, err = store_make(s, LAYOUT_RUNS, false);

	if (err)
		return err;
	fd = file_open(s->root, layout_run(path, agent, hook), O_WRONLY | O_CREAT | O_EXCL, &st);
	if (fd < 0)
		return fd == -EEXIST ? 0 : fd;
	close(fd);
	times_set(s, path, times);
	return 0;
}

bool runs_last(const struct store *s, const char *agent, const char *hook, struct run *run)
{
	char path[LAYOUT_MAX];
	struct stat st;
	int64_t ns;

	*run = (struct run){ 0, 0 };
	if (store_has(s, LAYOUT_RUNS) != 0 ||
	    fstatat(s->root, layout_run(path, agent, hook), &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	ns = (int64_t)(st.st_mtim.tv_sec - st.st_atim.tv_sec) * 1000000000 +
	     (st.st_mtim.tv_nsec - st.st_atim.tv_nsec);
	if (ns == 0)
		return true;
	run->at = clock_ms_of(st.st_mtim);
	run->us = ns > 0 ? ns / 1000 : 0;	/* the clock was set meanwhile */
	return true;
}
