/*
 * See watch.h. Whichever way the kernel tells of changes, it does so through a descriptor that can
 * be polled beside another one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/inotify.h>
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || \
	defined(__DragonFly__)
#define HAS_KQUEUE 1
#include <sys/event.h>
#include <sys/time.h>
#endif

#include "base/buf.h"
#include "base/clock.h"
#include "host/watch.h"

enum {
	SLEEP_MAX_MS = 3600000,	/* of one poll, which takes an int */
	/* A kqueue tells what becomes of the names in a folder, which is enough where each writer
	 * makes a lock beside the file; for the others it has to look as well. */
	KQUEUE_LOOK_MS = 1000,
};

/* From now on it only looks now and then. */
static void give_up(struct watch *w)
{
	watch_close(w);
	w->fd = -1;
	w->count = 0;
}

#if defined(__linux__)

static int opened(void)
{
	return inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

static int open_folder(int dir, const char *folder)
{
	return openat(dir, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Takes the folder's descriptor. */
static bool added(struct watch *w, int folder)
{
	const uint32_t events = IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_DELETE;
	char path[32];
	struct buf b = buf_over(path, sizeof(path));
	int err;

	buf_text(&b, "/proc/self/fd/");
	buf_int(&b, folder);
	err = inotify_add_watch(w->fd, buf_cstr(&b), events);
	close(folder);
	return err >= 0;
}

/* That there were events is all that matters; one of them may be that there were too many. */
static void forget_events(const struct watch *w)
{
	_Alignas(struct inotify_event) char events[4096];

	while (read(w->fd, events, sizeof(events)) > 0)
		;
}

#elif defined(HAS_KQUEUE)

static int opened(void)
{
	int fd = kqueue();

	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static int open_folder(int dir, const char *folder)
{
	return openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool added(struct watch *w, int folder)
{
	struct kevent change;

	EV_SET(&change, folder, EVFILT_VNODE, EV_ADD | EV_CLEAR,
	       NOTE_WRITE | NOTE_EXTEND | NOTE_LINK | NOTE_DELETE | NOTE_RENAME, 0, 0);
	if (w->count == WATCH_FOLDERS_MAX || kevent(w->fd, &change, 1, NULL, 0, NULL) != 0) {
		close(folder);
		return false;
	}
	w->folders[w->count++] = folder;
	return true;
}

static void forget_events(const struct watch *w)
{
	const struct timespec at_once = { 0, 0 };
	struct kevent events[WATCH_FOLDERS_MAX];

	while (kevent(w->fd, NULL, 0, events, WATCH_FOLDERS_MAX, &at_once) > 0)
		;
}

#else

static int opened(void)
{
	return -1;
}

static int open_folder(int dir, const char *folder)
{
	return openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool added(struct watch *w, int folder)
{
	(void)w;
	close(folder);
	return false;
}

static void forget_events(const struct watch *w)
{
	(void)w;
}

#endif

void watch_open(struct watch *w)
{
	*w = (struct watch){ .fd = opened() };
}

int watch_add(struct watch *w, int dir, const char *folder)
{
	int fd = open_folder(dir, folder);

	if (fd < 0 && errno != EMFILE && errno != ENFILE)
		return -errno;
	if (w->fd < 0 && fd >= 0)
		close(fd);
	else if (fd < 0 || !added(w, fd))
		give_up(w);
	return 0;
}

/* For how long to sleep at once; 0: `end` is over. */
static int64_t sleep_ms(const struct watch *w, int64_t end)
{
	int64_t ms = SLEEP_MAX_MS, left = end - clock_monotonic_ms();

	if (w->fd < 0)
		ms = WATCH_LOOK_MS;
	else if (w->count)
		ms = KQUEUE_LOOK_MS;
	if (end < 0 || left > ms)
		return ms;
	return left > 0 ? left : 0;
}

enum watch_result watch_wait(struct watch *w, int other, int64_t end)
{
	struct pollfd p[] = {
		{ .fd = w->fd, .events = POLLIN },
		{ .fd = other, .events = w->hangup_only ? 0 : POLLIN },
	};
	int64_t ms;

	while ((ms = sleep_ms(w, end)) > 0) {
		/* `other` first: however much changes, it gets its turn. */
		if (poll(p, 2, (int)ms) < 0 || p[1].revents)
			return WATCH_OTHER;
		if (p[0].revents)
			forget_events(w);
		if (p[0].revents || ((w->fd < 0 || w->count) && sleep_ms(w, end) > 0))
			return WATCH_CHANGED;
	}
	return WATCH_TIMEOUT;
}

void watch_close(struct watch *w)
{
	for (unsigned i = 0; i < w->count; i++)
		close(w->folders[i]);
	if (w->fd >= 0)
		close(w->fd);
}
