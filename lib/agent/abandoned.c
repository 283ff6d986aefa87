/* See abandoned.h. First the files are found that are old enough, then those are struck out that
 * belong to a session, and what is left is unlinked, each under its lock. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/abandoned.h"
#include "base/clock.h"
#include "base/rotation.h"
#include "store/jsonl.h"
#include "store/ledger.h"
#include "store/presence.h"
#include "store/registry.h"

static struct {
	unsigned count;
	char paths[2 * ABANDONED_AT_ONCE][LAYOUT_MAX];
} found;

static bool is_box(const char *path)
{
	return strncmp(path, LAYOUT_MAILBOXES, strlen(LAYOUT_MAILBOXES)) == 0;
}

/* Before when it must have been changed last, in seconds since 1970. */
static int64_t limit_of(const char *path)
{
	return clock_now_s() - (is_box(path) ? ABANDONED_BOX_S : ABANDONED_LEDGER_S);
}

static int64_t size_of(const char *path)
{
	return is_box(path) ? 0 : LEDGER_WINDOW;
}

static void collect(const struct store *s, const char *folder, int64_t end)
{
	const unsigned most = found.count + ABANDONED_AT_ONCE;
	const int64_t limit = limit_of(folder);
	static struct rotation r;
	const char *name;
	struct stat st;

	if (store_has(s, folder) != 0 ||
	    rotation_open(&r, s->root, folder, ABANDONED_LOOK, end) != 0)
		return;
	while (found.count < most && clock_monotonic_ms() < end && (name = rotation_next(&r))) {
		char *path = found.paths[found.count];

		if ((is_box(folder) ? layout_session_box_named(path, name) :
				      layout_ledger_named(path, name)) &&
		    fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtime < limit && st.st_size <= size_of(folder))
			found.count++;
	}
	rotation_close(&r);
}

static void strike(const char *path)
{
	for (unsigned i = 0; i < found.count; i++) {
		if (strcmp(found.paths[i], path) == 0)
			memcpy(found.paths[i--], found.paths[--found.count], LAYOUT_MAX);
	}
}

static void strike_session(const char *session)
{
	char key[BOX_NAME_MAX], path[LAYOUT_MAX];

	strike(layout_mailbox(path, layout_session_key(key, session)));
	strike(layout_ledger(path, session));
}

/* False if not every presence could be read. */
static bool strike_present(const struct store *s)
{
	static struct presence_scan scan;
	static struct presence p;
	int err = presence_open(&scan, s);

	if (err)
		return err == -ENOENT;
	while (presence_next(&scan, &p))
		strike_session(p.session);
	presence_close(&scan);
	return !scan.folder.failed;
}

static bool strike_registered(const struct store *s)
{
	static struct registry_scan scan;
	struct registry_entry e;
	char text[SESSION_ID_MAX + 1], path[LAYOUT_MAX];
	int err = registry_open(&scan, s);

	if (err)
		return err == -ENOENT;
	while (registry_next(&scan, &e)) {
		if (id_take(e.session, session_id_valid, text, sizeof(text)))
			strike_session(text);
		if (id_take(e.mailbox_key, layout_box_valid, text, BOX_NAME_MAX))
			strike(layout_mailbox(path, text));
	}
	registry_close(&scan);
	return !scan.incomplete && !scan.folder.failed;
}

void abandoned_remove(const struct store *s, int64_t end)
{
	found.count = 0;
	collect(s, LAYOUT_MAILBOXES, end);
	collect(s, LAYOUT_RECEIVED, end);
	if (found.count == 0 || !strike_present(s) || !strike_registered(s))
		return;
	for (unsigned i = 0; i < found.count && clock_monotonic_ms() < end; i++) {
		const char *path = found.paths[i];

		ledger_unlink_old(s, path, limit_of(path), size_of(path));
	}
}
