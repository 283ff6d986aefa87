/* See autowake.h. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/directory.h"
#include "base/file.h"
#include "base/json.h"
#include "base/setting.h"
#include "base/trace.h"
#include "store/autowake.h"
#include "store/record.h"

enum { CLAIM_MAX = 6 * LAYOUT_REQUEST_MAX + SESSION_ID_MAX + 128 };

/* One wake: who is woken for what, and when. */
struct wake {
	const struct store *store;
	const char *session;
	struct slice reply_to;
	int64_t now;
	char dedupe[LAYOUT_MAX];
	char rate[LAYOUT_MAX];
};

static struct wake wake_of(const struct store *s, const char *session, struct slice reply_to,
			   int64_t now)
{
	struct wake w = { .store = s, .session = session, .reply_to = reply_to, .now = now };

	layout_dedupe(w.dedupe, session, reply_to);
	layout_rate(w.rate, session);
	return w;
}

static int64_t dedupe_ms(void)
{
	return setting_number(getenv("OXTAIL_AUTOWAKE_DEDUPE_TTL_MS"), AUTOWAKE_DEDUPE_MS);
}

static int64_t interval_ms(void)
{
	return setting_number(getenv("OXTAIL_AUTOWAKE_MIN_INTERVAL_MS"), AUTOWAKE_INTERVAL_MS);
}

bool autowake_off(void)
{
	return setting_off(getenv("OXTAIL_AUTOWAKE"));
}

/* Is there a record younger than that? One of the future is. */
static bool fresh(const struct wake *w, const char *path, int64_t ms)
{
	int64_t at;

	return record_dated(w->store->root, path, &at) && w->now - at < ms;
}

static void sweep(const struct wake *w)
{
	static struct directory folder;
	const int64_t end = clock_monotonic_ms() + AUTOWAKE_SWEEP_MS;
	const char *name;
	int64_t at;

	if (directory_open(&folder, w->store->root, LAYOUT_AUTOWAKE) != 0)
		return;
	while (clock_monotonic_ms() < end && (name = directory_next(&folder)) != NULL) {
		if ((name[0] == 'd' || name[0] == 'r') && record_dated(folder.fd, name, &at) &&
		    w->now - at >= AUTOWAKE_SWEEP_AGE_MS)
			unlinkat(folder.fd, name, 0);
	}
	directory_close(&folder);
}

static struct slice claim_text(const struct wake *w, struct buf *b)
{
	buf_char(b, '{');
	json_member_text(b, "sessionId", w->session);
	json_name(b, "replyTo");
	json_string(b, w->reply_to);
	json_member_int(b, "at", w->now);
	buf_char(b, '}');
	return buf_slice(b);
}

static void rate_stamp(const struct wake *w)
{
	char digits[32];
	struct buf b = buf_over(digits, sizeof(digits));

	buf_int(&b, w->now);
	record_replace(w->store, LAYOUT_AUTOWAKE, w->rate, buf_slice(&b), w->now);
}

static enum autowake claim(const struct wake *w)
{
	char memory[CLAIM_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	int err = store_has(w->store, LAYOUT_AUTOWAKE);

	if (err == 0) {
		sweep(w);
		if (fresh(w, w->dedupe, dedupe_ms()))
			return AUTOWAKE_DEDUPED;
		if (fresh(w, w->rate, interval_ms()))
			return AUTOWAKE_LIMITED;
		/* One that is there is too old to count. */
		unlinkat(w->store->root, w->dedupe, 0);
	}
	err = record_make(w->store, LAYOUT_AUTOWAKE, w->dedupe, claim_text(w, &text), w->now);
	if (err == -EEXIST)
		return AUTOWAKE_DEDUPED;
	if (err) {
		trace("cannot claim a wake of", w->session, err);
		return AUTOWAKE_FAILED;
	}
	rate_stamp(w);
	return AUTOWAKE_CLAIMED;
}

/* So that of our own processes one at a time looks and claims. */
static int locked(const struct store *s)
{
	int err = store_make(s, LAYOUT_OURS, false);

	return err ? err : file_lock(s->root, LAYOUT_AUTOWAKE_LOCK,
				     clock_monotonic_ms() + AUTOWAKE_LOCK_MS);
}

enum autowake autowake_claim(const struct store *s, const char *session, struct slice reply_to,
			     int64_t now)
{
	const struct wake w = wake_of(s, session, reply_to, now);
	enum autowake result;
	int lock = locked(s);

	if (lock < 0) {
		trace("cannot lock", LAYOUT_AUTOWAKE_LOCK, lock);
		return AUTOWAKE_FAILED;
	}
	result = claim(&w);
	close(lock);
	return result;
}

void autowake_note(const struct store *s, const char *session, struct slice reply_to, int64_t now)
{
	const struct wake w = wake_of(s, session, reply_to, now);
	char memory[CLAIM_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	int lock = locked(s);

	if (lock < 0)
		return;
	record_replace(s, LAYOUT_AUTOWAKE, w.dedupe, claim_text(&w, &text), now);
	rate_stamp(&w);
	close(lock);
}
