/* See sweep.h. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/label.h"
#include "agent/session.h"
#include "agent/sweep.h"
#include "base/clock.h"
#include "base/file.h"

static int64_t now_s(void)
{
	return clock_now_ms() / 1000;
}

static bool time_left(int64_t end)
{
	return clock_monotonic_ms() < end;
}

/* Unlinks what has not been changed for so long, and whose name begins so. */
static void sweep_names(const struct store *s, const char *folder, const char *beginning,
			int64_t age, int64_t end)
{
	static struct directory d;
	const int64_t limit = now_s() - age;
	const char *name;
	struct stat st;

	if (store_has(s, folder) != 0 || directory_open(&d, s->root, folder) != 0)
		return;
	for (int i = 0; i < SWEEP_AT_ONCE && time_left(end); i++) {
		name = directory_next(&d);
		if (!name)
			break;
		if (strncmp(name, beginning, strlen(beginning)) == 0 &&
		    fstatat(d.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode) &&
		    st.st_mtime < limit)
			unlinkat(d.fd, name, 0);
	}
	directory_close(&d);
}

static void sweep_folder(const struct store *s, const char *folder, int64_t age, int64_t end)
{
	sweep_names(s, folder, "", age, end);
}

/* What writers that were killed have left. */
static void sweep_temporaries(const struct store *s, const char *folder, int64_t end)
{
	sweep_names(s, folder, FILE_TEMPORARY_MARK, SWEEP_TEMPORARY_S, end);
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
		    fstatat(s->root, path, &st, 0) == 0 && st.st_mtime < now_s() - SWEEP_DEAD_S)
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
		    st.st_mtime >= now_s() - SWEEP_DEAD_S)
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

	if (store_has(s, LAYOUT_OURS) != 0)
		return;
	if (fstatat(s->root, LAYOUT_SWEPT, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtime > now_s() - SWEEP_EVERY_S && st.st_mtime <= now_s())
		return;
	file_replace(s->root, LAYOUT_SWEPT, slice_of(""));
	sweep_presence(s, end);
	sweep_labels(s, end);
	sweep_temporaries(s, LAYOUT_PRESENCE, end);
	sweep_temporaries(s, LAYOUT_LABELS, end);
	sweep_folder(s, LAYOUT_LABEL_MEMORY, SWEEP_MEMORY_S, end);
	sweep_folder(s, LAYOUT_BOX_INDEX, SWEEP_MEMORY_S, end);
	sweep_folder(s, LAYOUT_BACKLOG, SWEEP_MEMORY_S, end);
	sweep_folder(s, LAYOUT_RECEIPTS, SWEEP_RECORDS_S, end);
	sweep_folder(s, LAYOUT_OUTBOX, SWEEP_RECORDS_S, end);
	sweep_folder(s, LAYOUT_UNPROVEN, SWEEP_RECORDS_S, end);
	sweep_folder(s, LAYOUT_SEEN, SWEEP_RECORDS_S, end);
	if (!time_left(end))
		unlinkat(s->root, LAYOUT_SWEPT, 0);
}
