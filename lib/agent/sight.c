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
	LOOK_LOCK_MS = 1,	/* who comes next looks too; but a stale lock is to be cleared */
	RECORDS_MAX = 1 << 20,	/* bytes; more of one session is not kept account of */
	RECORD_MIN = 256,
};

/* Static, and pages that are not needed are never touched. */
static char records[2 * RECORDS_MAX];	/* as many, and room for numbers that grow */
static char window[SIGHT_WINDOW];	/* of the transcript */
static struct unproven awaited[RECORDS_MAX / RECORD_MIN];

struct transcript {
	char path[FILE_PATH_MAX];
	char text[FILE_PATH_MAX + 2];	/* the same as a JSON string */
	struct slice escaped;
};

/* False if the hook's client proves nothing, or the payload does not name its transcript. */
static bool transcript_of(const struct hook *h, struct transcript *t)
{
	struct buf path = buf_over(t->path, sizeof(t->path));
	struct buf text = buf_over(t->text, sizeof(t->text));

	if (!event_transcript(&h->event, &path) || !buf_cstr(&path))
		return false;
	json_string(&text, buf_slice(&path));
	t->escaped = (struct slice){ text.p + 1, text.n - 2 };
	return !text.full;
}

/* ---- What is expected ---- */

static bool was_put_back(const struct store *s, const char *id)
{
	char path[LAYOUT_MAX];
	struct stat st;

	return fstatat(s->root, layout_put_back(path, id), &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int append(const struct hook *h, struct slice lines)
{
	char path[LAYOUT_MAX];
	struct jsonl j;
	int err = store_make(&h->store, LAYOUT_UNPROVEN, false);

	if (err == 0)
		err = jsonl_open(&j, &h->store, layout_unproven(path, h->event.session), JSONL_ADD,
				 clock_monotonic_ms() + EXPECT_LOCK_MS);
	if (err)
		return err;
	err = j.file_size + (off_t)lines.n > RECORDS_MAX ? -EFBIG : jsonl_add(&j, lines, NULL);
	jsonl_close(&j);
	return err;
}

void sight_expect(const struct hook *h, const struct drain *d)
{
	static struct transcript transcript;
	char tool[SESSION_ID_MAX], at[CLOCK_ISO_BYTES];
	struct buf call = buf_over(tool, sizeof(tool)), now = buf_over(at, sizeof(at));
	struct buf lines = buf_over(records, RECORDS_MAX);
	struct unproven u = { .stage = UNPROVEN_AWAITED };
	struct stat st;
	int err;

	if (!h->agent->proves || !transcript_of(h, &transcript))
		return;
	if (fstatat(AT_FDCWD, transcript.path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		u.inode = (int64_t)st.st_ino;
		u.looked = st.st_size;
	}
	u.transcript = transcript.escaped;
	if (event_tool(&h->event, &call) && session_id_valid(buf_slice(&call)))
		u.tool = buf_slice(&call);
	clock_iso(&now, clock_now_ms());
	u.at = buf_slice(&now);
	for (unsigned i = 0; i < d->taken_count; i++) {
		if (!message_id_ours(d->taken[i].id))
			continue;
		memcpy(u.id, d->taken[i].id.p, d->taken[i].id.n);
		u.again = was_put_back(&h->store, u.id);
		u.message = d->taken[i].line;
		if (lines.n)
			buf_char(&lines, '\n');
		unproven_write(&lines, &u);
	}
	if (lines.n == 0)
		return;
	err = lines.full ? -EFBIG : append(h, buf_slice(&lines));
	if (err)
		trace("it will not be known whether mail was seen by", h->event.session, err);
}

/* ---- What is there ---- */

static unsigned gather(struct jsonl *j, struct slice transcript)
{
	struct slice line;
	unsigned n = 0;

	while (n < sizeof(awaited) / sizeof(awaited[0]) && jsonl_next(j, &line)) {
		if (unproven_read(line, &awaited[n]) &&
		    slice_eq(awaited[n].transcript, transcript))
			n++;
	}
	return n;
}

/* Where to look from; one that is not the transcript it was, or has shrunk, from its start. */
static int64_t beginning(unsigned count, const struct stat *st)
{
	int64_t from = st->st_size;

	for (unsigned i = 0; i < count; i++) {
		struct unproven *u = &awaited[i];

		if (u->inode != (int64_t)st->st_ino || u->looked < 0 || u->looked > st->st_size) {
			u->inode = (int64_t)st->st_ino;
			u->looked = 0;
		}
		if (u->looked < from)
			from = u->looked;
	}
	return from;
}

static void judge(struct unproven *u, enum proof proof, struct slice line, struct slice at)
{
	if (proof == PROOF_SHOWN && proof_names(line, u->id))
		u->stage = UNPROVEN_SEEN;
	else if (proof == PROOF_QUEUED && proof_names(line, u->id))
		u->stage = UNPROVEN_QUEUED;
	else if (proof == PROOF_RESULT && u->stage == UNPROVEN_AWAITED && proof_has(line, u->tool))
		u->stage = UNPROVEN_ANSWERED;
	else if (proof == PROOF_WORD && u->stage == UNPROVEN_ANSWERED)
		u->stage = UNPROVEN_DROPPED;
	else if (proof == PROOF_END && u->stage <= UNPROVEN_ANSWERED && at.n == CLOCK_ISO_BYTES &&
		 u->at.n == CLOCK_ISO_BYTES && memcmp(at.p, u->at.p, CLOCK_ISO_BYTES) > 0)
		u->stage = UNPROVEN_DROPPED;
}

static void judge_all(unsigned count, struct slice line, int64_t position)
{
	struct slice at = { NULL, 0 };
	enum proof proof = proof_of(line, &at);

	for (unsigned i = 0; proof != PROOF_NONE && i < count; i++) {
		if (position >= awaited[i].looked && awaited[i].stage != UNPROVEN_SEEN)
			judge(&awaited[i], proof, line, at);
	}
}

/* Looks at what the open transcript has from there; how far it got. The half line of a writer at
 * work is for the next look; one that is longer than the window shows nothing. */
static int64_t look_from(int fd, int64_t from, unsigned count)
{
	struct slice rest = { window, 0 };
	const char *feed;

	if (lseek(fd, (off_t)from, SEEK_SET) < 0 ||
	    file_read(fd, window, sizeof(window), &rest.n) != 0)
		return from;
	if (rest.n == sizeof(window) && !memchr(window, '\n', rest.n))
		return from + (int64_t)rest.n;
	while (rest.n && (feed = memchr(rest.p, '\n', rest.n)) != NULL) {
		const size_t n = (size_t)(feed - rest.p);

		judge_all(count, (struct slice){ rest.p, n }, from + (rest.p - window));
		rest = slice_from(rest, n + 1);
	}
	return from + (rest.p - window);
}

/* Looks at what is new. False if nothing is. */
static bool look_into(const char *path, unsigned count)
{
	struct stat st;
	int fd = file_open(AT_FDCWD, path, O_RDONLY, &st);
	int64_t from, end;

	if (fd < 0)
		return false;
	from = end = beginning(count, &st);
	if (st.st_uid == geteuid() && from < st.st_size)
		end = look_from(fd, from, count);
	close(fd);
	for (unsigned i = 0; i < count; i++) {
		if (awaited[i].looked < end)
			awaited[i].looked = end;
	}
	return end > from;
}

/* ---- What comes of it ---- */

/* Makes a file with the time in it; the first one stands. */
static void stamp(const struct store *s, const char *folder, const char *path)
{
	char text[24];
	struct buf b = buf_over(text, sizeof(text));
	struct stat st;
	int fd = store_make(s, folder, false);

	if (fd == 0)
		fd = file_open(s->root, path, O_WRONLY | O_CREAT | O_EXCL, &st);
	if (fd < 0)
		return;
	buf_int(&b, clock_now_ms() / 1000);
	(void)!write(fd, b.p, b.n);
	close(fd);
}

static void tell(const struct hook *h, const char *what, const struct unproven *u)
{
	journal_write(&h->store, &(struct journal_entry){
		.what = what, .message_id = u->id, .session = h->event.session });
}

/* Appends it to the session's box again, and only then notes that. Killed between the two it comes
 * once more. False if the box is locked, or it cannot be written to. */
static bool put_back(const struct hook *h, const struct unproven *u)
{
	char path[LAYOUT_MAX], box[BOX_NAME_MAX];
	struct jsonl j;
	int err;

	layout_mailbox(path, layout_session_key(box, h->event.session));
	err = jsonl_open(&j, &h->store, path, JSONL_ADD, clock_monotonic_ms() + LOOK_LOCK_MS);
	if (err)
		return false;
	err = jsonl_add(&j, u->message, LAYOUT_MAILBOXES);
	jsonl_close(&j);
	if (err)
		return false;
	stamp(&h->store, LAYOUT_UNPROVEN, layout_put_back(path, u->id));
	tell(h, JOURNAL_PUT_BACK, u);
	return true;
}

/* True if there is nothing left to be found out about the message. */
static bool settled(const struct hook *h, const struct unproven *u)
{
	char path[LAYOUT_MAX];

	if (u->stage == UNPROVEN_SEEN) {
		stamp(&h->store, LAYOUT_SEEN, layout_seen(path, u->id));
		return true;
	}
	if (u->stage != UNPROVEN_DROPPED)
		return false;
	if (u->again) {
		tell(h, JOURNAL_UNSEEN, u);
		return true;
	}
	/* If it was, whoever did so was killed before he could take it off the records. */
	return was_put_back(&h->store, u->id) || put_back(h, u);
}

static void settle(const struct hook *h, const char *file, unsigned count)
{
	struct buf lines = buf_over(records, sizeof(records));

	for (unsigned i = 0; i < count; i++) {
		if (settled(h, &awaited[i]))
			continue;
		unproven_write(&lines, &awaited[i]);
		buf_char(&lines, '\n');
	}
	if (lines.n == 0)
		unlinkat(h->store.root, file, 0);
	else if (!lines.full)
		file_replace(h->store.root, file, buf_slice(&lines));
}

static void look(const struct hook *h, const char *file)
{
	static struct transcript transcript;
	struct jsonl j;
	unsigned count;

	if (!transcript_of(h, &transcript) || store_has(&h->store, LAYOUT_UNPROVEN) != 0 ||
	    jsonl_open(&j, &h->store, file, JSONL_READ, clock_monotonic_ms() + LOOK_LOCK_MS) != 0)
		return;
	if (jsonl_read(&j) == 0) {
		count = gather(&j, transcript.escaped);
		if (count == 0 || look_into(transcript.path, count))
			settle(h, file, count);
	}
	jsonl_close(&j);
}

void sight_look(const struct hook *h)
{
	char file[LAYOUT_MAX];
	sigset_t before;
	struct stat st;

	if (!h->agent->proves || h->foreign || h->event.in_subagent ||
	    fstatat(h->store.root, layout_unproven(file, h->event.session), &st,
		    AT_SYMLINK_NOFOLLOW) != 0 || st.st_size == 0)
		return;
	signals_hold(&before);
	look(h, file);
	signals_release(&before);
}

/* ---- For `peer status` ---- */

bool sight_seen(const struct store *s, const char *message_id, int64_t *at)
{
	char path[LAYOUT_MAX], text[24];
	struct slice time = { text, 0 };

	return file_read_at(s->root, layout_seen(path, message_id), text, sizeof(text), &time.n) == 0 &&
	       decimal_take(&time, at);
}

bool sight_expected(const struct store *s, const char *session, const char *message_id)
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
			found = unproven_read(line, &u) && strcmp(u.id, message_id) == 0;
	}
	jsonl_close(&j);
	return found;
}
