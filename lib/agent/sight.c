/* See sight.h. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/proof.h"
#include "agent/sight.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/trace.h"
#include "host/signals.h"
#include "store/journal.h"
#include "store/unproven.h"

enum {
	EXPECT_LOCK_MS = 100,
	LOOK_LOCK_MS = 10,	/* the next one looks too; but a stale lock is cleared */
	LOOK_AGAIN_MS = 50,
	UNSURE_MS = 5 * 60 * 1000,	/* what was queued is shown at the next step of a turn */
	STALL_S = 2,	/* from a look at the transcript until the records are written */
	RECORDS_MAX = 1 << 20,	/* bytes; more of one session is not recorded */
	RECORD_MIN = 128,
};

/* Static, and pages that are not needed are never touched. */
static char records[2 * RECORDS_MAX];	/* the numbers in them grow */
static char window[SIGHT_WINDOW];	/* of the transcript */
static char transcript[FILE_PATH_MAX];
static struct unproven awaited[RECORDS_MAX / RECORD_MIN];

/* False if the hook's client proves nothing, or its event does not name the transcript. */
static bool provable(const struct hook *h)
{
	return h->agent->proves && json_take(h->event.transcript, transcript, sizeof(transcript));
}

/* Appends lines to a file under its lock; false if that is not to be had in so many ms. A line of a
 * mailbox is synced. */
static bool append(const struct store *s, const char *path, struct slice lines, int ms,
		   const char *folder)
{
	struct jsonl j;
	int err;

	if (jsonl_open(&j, s, path, JSONL_ADD, clock_monotonic_ms() + ms) != 0)
		return false;
	err = j.file_size > RECORDS_MAX && !folder ? -EFBIG : jsonl_add(&j, lines, folder);
	jsonl_close(&j);
	return err == 0;
}

/* ---- What is expected ---- */

void sight_expect(const struct hook *h, const struct drain *d)
{
	struct buf lines = buf_over(records, RECORDS_MAX);
	struct unproven u = { .tool = { "\"\"", 2 } };
	char path[LAYOUT_MAX];
	struct stat st;

	if (!provable(h))
		return;
	if (fstatat(AT_FDCWD, transcript, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		u.number[UNPROVEN_INODE] = (int64_t)st.st_ino;
		u.number[UNPROVEN_LOOKED] = st.st_size;
	}
	u.number[UNPROVEN_AT] = clock_now_ms();
	if (h->event.tool.type == JSON_STRING && session_id_valid(h->event.tool.text))
		u.tool = (struct slice){ h->event.tool.text.p - 1, h->event.tool.text.n + 2 };
	for (unsigned i = 0; i < d->taken_count; i++) {
		if (unproven_of(d->taken[i].line, &u))
			unproven_write(&lines, &u);
	}
	if (lines.n == 0)
		return;
	lines.n--;	/* jsonl_add ends the last one */
	if (lines.full || store_make(&h->store, LAYOUT_UNPROVEN, false) != 0 ||
	    !append(&h->store, layout_unproven(path, h->event.session), buf_slice(&lines),
		    EXPECT_LOCK_MS, NULL))
		trace("it will not be known what was seen by", h->event.session, 0);
}

/* ---- What the transcript says ---- */

static unsigned gather(struct jsonl *j)
{
	struct slice line;
	unsigned n = 0;

	while (n < sizeof(awaited) / sizeof(awaited[0]) && jsonl_next(j, &line))
		n += unproven_read(line, &awaited[n]);
	return n;
}

/*
 * Where to look from. Another file than it was, or one that has shrunk, is looked at from its
 * start; and since it may lack what the other one had, it can prove only that a message was seen.
 * But a transcript that was not there yet lacks nothing.
 */
static int64_t beginning(unsigned count, const struct stat *st)
{
	int64_t from = st->st_size;

	for (unsigned i = 0; i < count; i++) {
		int64_t *n = awaited[i].number;

		if (n[UNPROVEN_INODE] != (int64_t)st->st_ino || n[UNPROVEN_LOOKED] > st->st_size) {
			if (n[UNPROVEN_INODE])
				n[UNPROVEN_STAGE] = UNPROVEN_UNSURE;
			n[UNPROVEN_INODE] = (int64_t)st->st_ino;
			n[UNPROVEN_LOOKED] = 0;
		}
		if (n[UNPROVEN_LOOKED] < from)
			from = n[UNPROVEN_LOOKED];
	}
	return from;
}

/* What the message's stage is after this entry. */
static enum unproven_stage judged(const struct unproven *u, enum proof proof, struct slice line,
				  struct slice time)
{
	const enum unproven_stage stage = (enum unproven_stage)u->number[UNPROVEN_STAGE];

	switch (proof) {
	case PROOF_SHOWN:
	case PROOF_QUEUED:
		if (!proof_names(line, u->id))
			return stage;
		return proof == PROOF_SHOWN ? UNPROVEN_SEEN : UNPROVEN_UNSURE;
	case PROOF_RESULT:
		return stage == UNPROVEN_AWAITED && u->tool.n > 2 && proof_has(line, u->tool) ?
		       UNPROVEN_ANSWERED : stage;
	case PROOF_WORD:
		return stage == UNPROVEN_ANSWERED ? UNPROVEN_DROPPED : stage;
	default:
		if (stage > UNPROVEN_UNSURE ||
		    !proof_later(time, u->number[UNPROVEN_AT] +
				       (stage == UNPROVEN_UNSURE ? UNSURE_MS : 0)))
			return stage;
		return stage == UNPROVEN_UNSURE ? UNPROVEN_LOST : UNPROVEN_DROPPED;
	}
}

static void judge(unsigned count, struct slice line, int64_t position)
{
	struct slice time;
	enum proof proof = proof_of(line, &time);

	if (proof == PROOF_NONE)
		return;
	for (unsigned i = 0; i < count; i++) {
		int64_t *n = awaited[i].number;

		if (position >= n[UNPROVEN_LOOKED] && n[UNPROVEN_STAGE] != UNPROVEN_SEEN)
			n[UNPROVEN_STAGE] = judged(&awaited[i], proof, line, time);
	}
}

/* Looks at what the open transcript has from there; how far it got. The half line of a writer at
 * work is for the next look; a line that is longer than the window proves nothing. */
static int64_t look_from(int fd, int64_t from, unsigned count)
{
	struct slice line, rest = { window, 0 };
	const char *feed;

	if (lseek(fd, (off_t)from, SEEK_SET) < 0)
		return from;
	file_read(fd, window, sizeof(window), &rest.n);
	while (rest.n && (feed = memchr(rest.p, '\n', rest.n)) != NULL) {
		line = (struct slice){ rest.p, (size_t)(feed - rest.p) };
		judge(count, line, from + (rest.p - window));
		rest = slice_from(rest, line.n + 1);
	}
	return from + (rest.n == sizeof(window) ? (int64_t)rest.n : rest.p - window);
}

/* Looks at what is new. False if nothing is. */
static bool look_into(unsigned count)
{
	struct stat st;
	int fd = file_open(AT_FDCWD, transcript, O_RDONLY, &st);
	int64_t from, end;

	if (fd < 0)
		return false;
	from = end = beginning(count, &st);
	if (st.st_uid == geteuid())
		end = look_from(fd, from, count);
	close(fd);
	for (unsigned i = 0; i < count; i++) {
		if (awaited[i].number[UNPROVEN_LOOKED] < end)
			awaited[i].number[UNPROVEN_LOOKED] = end;
	}
	return end > from;
}

/* ---- What comes of it ---- */

/* Makes a file with the time in it, in seconds since 1970. */
static void stamp(const struct store *s, const char *folder, const char *path)
{
	char text[24];
	struct buf b = buf_over(text, sizeof(text));

	buf_int(&b, clock_now_s());
	if (store_make(s, folder, false) == 0)
		file_replace(s->root, path, buf_slice(&b));
}

static void tell(const struct hook *h, const char *what, const struct unproven *u)
{
	const struct journal_entry e = {
		.what = what, .message_id = u->id, .session = h->event.session,
	};

	journal_write(&h->store, &e);
}

/*
 * Puts it back, and only then notes that: killed in between it comes once more. If it was noted
 * since the message was handed over, whoever did so was killed before he had the records written;
 * if before, this was the second time. False if it could not be put back.
 */
static bool put_back(const struct hook *h, const struct unproven *u)
{
	char path[LAYOUT_MAX], box[LAYOUT_MAX], key[BOX_NAME_MAX];
	struct stat st;

	layout_put_back(path, u->id);
	if (fstatat(h->store.root, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (clock_ms_of(st.st_mtim) <= u->number[UNPROVEN_AT])
			tell(h, JOURNAL_UNSEEN, u);
		return true;
	}
	layout_mailbox(box, layout_session_key(key, h->event.session));
	if (store_has(&h->store, LAYOUT_MAILBOXES) != 0 ||
	    !append(&h->store, box, u->message, LOOK_LOCK_MS, LAYOUT_MAILBOXES))
		return false;
	stamp(&h->store, LAYOUT_UNPROVEN, path);
	tell(h, JOURNAL_PUT_BACK, u);
	return true;
}

/* True if nothing is left to be found out about the message. */
static bool settled(const struct hook *h, const struct unproven *u)
{
	char path[LAYOUT_MAX];

	if (u->number[UNPROVEN_STAGE] == UNPROVEN_DROPPED)
		return put_back(h, u);
	if (u->number[UNPROVEN_STAGE] == UNPROVEN_SEEN)
		stamp(&h->store, LAYOUT_SEEN, layout_seen(path, u->id));
	else if (u->number[UNPROVEN_STAGE] == UNPROVEN_LOST)
		tell(h, JOURNAL_UNSEEN, u);
	else
		return false;
	return true;
}

/* Does what is due, and writes down what is still open. */
static void settle(const struct hook *h, const char *file, unsigned count)
{
	struct buf lines = buf_over(records, sizeof(records));

	for (unsigned i = 0; i < count; i++) {
		if (!settled(h, &awaited[i]))
			unproven_write(&lines, &awaited[i]);
	}
	if (lines.n == 0)
		unlinkat(h->store.root, file, 0);
	else
		file_replace(h->store.root, file, buf_slice(&lines));
}

static void look(const struct hook *h, const char *file)
{
	struct jsonl j;
	unsigned count;

	if (store_has(&h->store, LAYOUT_UNPROVEN) != 0 ||
	    jsonl_open(&j, &h->store, file, JSONL_READ, clock_monotonic_ms() + LOOK_LOCK_MS) != 0)
		return;
	if (jsonl_read(&j) == 0) {
		count = gather(&j);
		if (look_into(count))
			settle(h, file, count);
	}
	jsonl_close(&j);
}

/* May there be more in the transcript than when the records were written? One look may not have
 * reached the end of a large one. */
static bool grown(const struct stat *file)
{
	struct stat st;

	return fstatat(AT_FDCWD, transcript, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_size > SIGHT_WINDOW || st.st_mtime + STALL_S >= file->st_mtime);
}

void sight_look(const struct hook *h)
{
	char file[LAYOUT_MAX];
	sigset_t before;
	struct stat st;

	/* Of what happens in a subagent, the transcript may be the subagent's; of its end it is
	 * not. */
	if (!h->agent->proves ||
	    (h->event.in_subagent && h->event.kind != EVENT_SUBAGENT_STOP))
		return;
	layout_unproven(file, h->event.session);
	if (fstatat(h->store.root, file, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_size == 0 ||
	    !provable(h) || !grown(&st))
		return;
	signals_hold(&before);
	look(h, file);
	signals_release(&before);
}

/* ---- What is expected still ---- */

/* Is there a record that is wanted? */
static bool expected(const struct store *s, const char *session,
		     bool (*wanted)(const struct unproven *u, const char *id), const char *id)
{
	char path[LAYOUT_MAX];
	struct unproven u;
	struct slice line;
	struct jsonl j;
	bool found = false;

	if (store_has(s, LAYOUT_UNPROVEN) != 0 ||
	    jsonl_open(&j, s, layout_unproven(path, session), JSONL_PEEK, 0) != 0)
		return false;
	if (jsonl_read(&j) == 0) {
		while (!found && jsonl_next(&j, &line))
			found = unproven_read(line, &u) && wanted(&u, id);
	}
	jsonl_close(&j);
	return found;
}

static bool is_awaited(const struct unproven *u, const char *id)
{
	(void)id;
	return u->number[UNPROVEN_STAGE] <= UNPROVEN_ANSWERED;
}

void sight_look_last(const struct hook *h)
{
	const int64_t end = clock_monotonic_ms() + SIGHT_LAST_MS;

	sight_look(h);
	while (provable(h) &&
	       expected(&h->store, h->event.session, is_awaited, NULL) &&
	       clock_monotonic_ms() < end) {
		clock_sleep_ms(LOOK_AGAIN_MS);
		sight_look(h);
	}
}

static bool is_of(const struct unproven *u, const char *id)
{
	return strcmp(u->id, id) == 0;
}

bool sight_expected(const struct store *s, const char *session, const char *message_id)
{
	return expected(s, session, is_of, message_id);
}

/* ---- What was seen ---- */

bool sight_seen(const struct store *s, const char *message_id, int64_t *at)
{
	char path[LAYOUT_MAX], text[24];
	struct slice time = { text, 0 };

	layout_seen(path, message_id);
	return store_has(s, LAYOUT_SEEN) == 0 &&
	       file_read_at(s->root, path, text, sizeof(text), &time.n) == 0 &&
	       decimal_take(&time, at);
}
