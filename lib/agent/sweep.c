/* See sweep.h. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "agent/abandoned.h"
#include "agent/label.h"
#include "agent/session.h"
#include "agent/sweep.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "base/rotation.h"

static bool time_left(int64_t end)
{
	return clock_monotonic_ms() < end;
}

/* A pipe that somebody reads, whatever its age. */
static bool is_read(const struct directory *d, const char *name, const struct stat *st)
{
	int fd = S_ISFIFO(st->st_mode) ? openat(d->fd, name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW |
						O_CLOEXEC) : -1;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What sessions and messages leave, and for how long it is kept after its last change. What killed
 * writers and wakers leave in these folders goes sooner. */
static const struct swept {
	const char *folder;
	int age;	/* seconds */
} all_swept[] = {
	{ LAYOUT_PRESENCE, INT_MAX },
	{ LAYOUT_LABELS, INT_MAX },
	{ LAYOUT_RECEIVED, INT_MAX },
	{ LAYOUT_LABEL_MEMORY, SWEEP_MEMORY_S },
	{ LAYOUT_BOX_INDEX, SWEEP_MEMORY_S },
	{ LAYOUT_BACKLOG, SWEEP_MEMORY_S },
	{ LAYOUT_WAITERS, SWEEP_MEMORY_S },
	{ LAYOUT_RECEIPTS, SWEEP_RECORDS_S },
	{ LAYOUT_OUTBOX, SWEEP_RECORDS_S },
	{ LAYOUT_UNPROVEN, SWEEP_RECORDS_S },
	{ LAYOUT_SEEN, SWEEP_RECORDS_S },
	{ LAYOUT_PENDING_ASK, SWEEP_WAKES_S },
	{ LAYOUT_PENDING_WAKE, SWEEP_WAKES_S },
	{ LAYOUT_AUTOWAKE, SWEEP_WAKES_S },
	{ LAYOUT_SELF_WAKE, SWEEP_THROTTLES_S },
	{ LAYOUT_WAITER_WAKE, SWEEP_THROTTLES_S },
};

enum { SWEPT_COUNT = sizeof(all_swept) / sizeof(all_swept[0]) };

static bool begins(const char *name, const char *mark)
{
	return strncmp(name, mark, strlen(mark)) == 0;
}

/* A label, which is a link, may be called anything. */
static bool is_temporary(const char *name, const struct stat *st)
{
	return begins(name, FILE_TEMPORARY_MARK) ||
	       (!S_ISLNK(st->st_mode) && begins(name, LAYOUT_ANSWER_MARK));
}

static void sweep_files(const struct store *s, const struct swept *what, int64_t end)
{
	static struct rotation r;
	const int64_t now = clock_now_s();
	const char *name;
	struct stat st;

	if (store_has(s, what->folder) != 0 ||
	    rotation_open(&r, s->root, what->folder, SWEEP_AT_ONCE,
			  (clock_monotonic_ms() + end) / 2) != 0)
		return;
	while (time_left(end) && (name = rotation_next(&r)) != NULL) {
		if (fstatat(r.folder.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode) &&
		    now - st.st_mtime > (is_temporary(name, &st) ? SWEEP_TEMPORARY_S : what->age) &&
		    !is_read(&r.folder, name, &st))
			unlinkat(r.folder.fd, name, 0);
	}
	rotation_close(&r);
}

static void sweep_presence(const struct store *s, int64_t end)
{
	static struct presence_scan scan;
	static struct presence p;
	char path[LAYOUT_MAX];
	struct stat st;

	if (presence_open(&scan, s) != 0)
		return;
	for (int i = 0; time_left(end) && i < SWEEP_AT_ONCE && presence_next(&scan, &p); i++) {
		layout_presence(path, p.session, p.pid);
		if (!process_is(p.pid, slice_of(p.birth)) &&
		    fstatat(s->root, path, &st, 0) == 0 &&
		    st.st_mtime < clock_now_s() - SWEEP_DEAD_S)
			session_withdraw(s, &p, clock_monotonic_ms());
	}
	presence_close(&scan);
}

static void sweep_labels(const struct store *s, int64_t end)
{
	static struct label_scan scan;
	static struct presence holder;
	char path[LAYOUT_MAX];
	struct label l;
	struct stat st;

	if (label_open(&scan, s) != 0)
		return;
	for (int i = 0; time_left(end) && i < SWEEP_AT_ONCE && label_next(&scan, &l); i++) {
		layout_label(path, l.name);
		if (label_held(&l) || fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    st.st_mtime >= clock_now_s() - SWEEP_DEAD_S)
			continue;
		holder.pid = l.pid;
		memcpy(holder.birth, l.birth, sizeof(l.birth));
		memcpy(holder.session, l.session, sizeof(l.session));
		label_release(s, l.name, &holder, clock_monotonic_ms());
	}
	label_close(&scan);
}

void sweep_if_due(const struct store *s)
{
	const int64_t end = clock_monotonic_ms() + SWEEP_MS;
	struct stat st;
	unsigned first;

	if (store_has(s, LAYOUT_OURS) != 0)
		return;
	if (fstatat(s->root, LAYOUT_SWEPT, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtime > clock_now_s() - SWEEP_EVERY_S && st.st_mtime <= clock_now_s())
		return;
	file_replace(s->root, LAYOUT_SWEPT, slice_of(""));
	sweep_presence(s, end);
	sweep_labels(s, end);
	/* None is always the last one, for which no time is left. */
	first = random_below(SWEPT_COUNT);
	for (unsigned i = 0; i < SWEPT_COUNT && time_left(end); i++)
		sweep_files(s, &all_swept[(first + i) % SWEPT_COUNT], end);
	abandoned_remove(s, end);
	if (!time_left(end))
		unlinkat(s->root, LAYOUT_SWEPT, 0);
}
