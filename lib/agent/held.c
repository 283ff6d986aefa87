/* See held.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "agent/held.h"
#include "agent/roster.h"
#include "agent/target.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/trace.h"
#include "host/signals.h"
#include "store/dispatch.h"
#include "store/journal.h"
#include "store/pending_ask.h"
#include "store/project.h"

enum {
	RECORD_MAX = MESSAGE_LINE_MAX + 6 * PROJECT_PATH_MAX + 512,
	NOTE_MAX = 65536,
};

/* The sessions that mail can go to now. */
struct live {
	char session[SESSION_ID_MAX + 1];
	char label[LABEL_MAX + 1];
	char cwd[PRESENCE_CWD_MAX];
	enum { UNKNOWN, OTHER_PROJECT, SAME_PROJECT } project;	/* than that of judged_cwd */
};

static struct live live[HELD_SESSIONS_MAX];
static unsigned live_count;
static char judged_cwd[PROJECT_PATH_MAX];	/* a sender's */

/* Records to be held from now on: copies that could not be put into their boxes. */
static char owed_text[HELD_BYTES_MAX];
static struct buf owed;

static const char *const policies[] = {
	[POLICY_NONE] = "",
	[POLICY_PRIMARY] = "primary",
	[POLICY_BROADCAST] = "broadcast",
	[POLICY_DROP] = "drop",
};

const char *policy_word(enum policy policy)
{
	return policies[policy];
}

enum policy policy_of(const char *word)
{
	for (enum policy p = POLICY_PRIMARY; p <= POLICY_DROP; p++) {
		if (strcmp(word, policies[p]) == 0)
			return p;
	}
	return POLICY_PRIMARY;
}

const char *policy_wanted(void)
{
	const char *word = getenv("TINYPLACE_UNROUTED_POLICY");

	return word ? word : "";
}

static void record_out(struct buf *out, const struct held_draft *d, int64_t held_at)
{
	buf_char(out, '{');
	json_member_int(out, "held_at", held_at);
	json_member_text(out, "label", d->label);
	json_member_text(out, "policy", d->label ? NULL : policy_word(d->policy));
	json_member_text(out, "cwd", d->cwd);
	json_member_bool(out, "any_project", d->any_project);
	if (d->session)
		json_member_text(out, "session_id", d->session);
	if (d->awaited)
		json_member_bool(out, "awaited", true);
	json_name(out, "message");
	buf_put(out, d->line);
	buf_char(out, '}');
}

int held_add(const struct store *s, const struct held_draft *d, int64_t end)
{
	static char text[RECORD_MAX];
	struct buf out = buf_over(text, sizeof(text));
	struct jsonl j;
	int err = store_make(s, LAYOUT_OURS, true);

	record_out(&out, d, clock_now_s());
	if (err || out.full)
		return err ? err : -EFBIG;
	err = jsonl_open(&j, s, LAYOUT_HELD, JSONL_ADD, end);
	if (err)
		return err;
	if (j.file_size + (off_t)out.n < HELD_BYTES_MAX)
		err = jsonl_add(&j, buf_slice(&out), LAYOUT_OURS);
	else
		err = -EFBIG;
	jsonl_close(&j);
	return err;
}

static bool record_taken(struct slice line, struct held *h)
{
	enum { HELD_AT, LABEL, POLICY, CWD, ANY, SESSION, AWAITED, MESSAGE, COUNT };
	struct json_member in[COUNT] = {
		[HELD_AT] = { .name = "held_at" },
		[LABEL] = { .name = "label" },
		[POLICY] = { .name = "policy" },
		[CWD] = { .name = "cwd" },
		[ANY] = { .name = "any_project" },
		[SESSION] = { .name = "session_id" },
		[AWAITED] = { .name = "awaited" },
		[MESSAGE] = { .name = "message" },
	};
	char policy[16];

	if (json_object(line, in, COUNT) != JSON_OK || in[MESSAGE].value.type != JSON_OBJECT ||
	    !message_read(in[MESSAGE].value.text, &h->message))
		return false;
	h->held_at = json_int(in[HELD_AT].value, 0);
	h->any_project = in[ANY].value.type == JSON_TRUE;
	h->awaited = in[AWAITED].value.type == JSON_TRUE;
	json_take(in[LABEL].value, h->label, sizeof(h->label));
	json_take(in[CWD].value, h->cwd, sizeof(h->cwd));
	json_take(in[POLICY].value, policy, sizeof(policy));
	json_take(in[SESSION].value, h->session, sizeof(h->session));
	h->policy = *h->label || *h->session ? POLICY_NONE : policy_of(policy);
	return (!*h->label || label_valid(slice_of(h->label))) &&
	       (!*h->session || session_id_valid(slice_of(h->session)));
}

static bool ranks_before(const struct live *a, const struct live *b)
{
	return roster_order(a->label, a->session, b->label, b->session) < 0;
}

/* To find a directory's project takes many calls, and one sender's mail often stands together. */
static bool project_is_shared(const struct held *h, struct live *to)
{
	if (strcmp(judged_cwd, h->cwd) != 0) {
		memcpy(judged_cwd, h->cwd, sizeof(judged_cwd));
		for (unsigned i = 0; i < live_count; i++)
			live[i].project = UNKNOWN;
	}
	if (to->project == UNKNOWN)
		to->project = project_shared(h->cwd, to->cwd) ? SAME_PROJECT : OTHER_PROJECT;
	return to->project == SAME_PROJECT;
}

static bool may_get(const struct held *h, struct live *to)
{
	if (h->message.from_session.type == JSON_STRING &&
	    json_is(h->message.from_session.text, to->session))
		return false;
	if (*h->label && strcmp(h->label, to->label) != 0)
		return false;
	if (*h->session)
		return strcmp(h->session, to->session) == 0;
	return h->any_project || project_is_shared(h, to);
}

static bool posted(const struct store *s, const char *session, struct slice line, int64_t end)
{
	char id[MESSAGE_ID_TEXT], from[SESSION_ID_MAX + 1];
	const struct journal_entry sent = {
		.what = JOURNAL_SENT, .message_id = id, .session = session, .from = from,
		.detail = "was held",
	};
	struct dispatch d = { .session = session, .line = line };
	struct posted where;
	struct message m;
	int err;

	if (!message_read(line, &m))
		return false;
	d.owed = m.action_required;
	err = dispatch_message(s, &d, end, &where);
	trace(err ? "held mail stays held, meant for" : "held mail went to", session, err);
	message_id_take(m.id, id);
	id_take(m.from_session, session_id_valid, from, sizeof(from));
	if (err == 0)
		journal_write(s, &sent);
	return err == 0;
}

/* The answer to the work is awaited from here on; false if it already was, or cannot be. */
static bool awaited(const struct store *s, const struct message *m, const char *session,
		    struct pending_ask *p)
{
	*p = (struct pending_ask){ .attempts = 0 };
	if (!id_take(m->from_session, session_id_valid, p->session, sizeof(p->session)) ||
	    !json_take(m->request_id, p->request_id, sizeof(p->request_id)) || !*p->request_id)
		return false;
	memcpy(p->target, session, strlen(session) + 1);
	message_id_take(m->id, p->message_id);
	return pending_ask_await(s, p) == 0;
}

/* The copy of held mail that is for this session. */
static bool passed_on(const struct store *s, const struct held *h, const char *session, int64_t end)
{
	static struct pending_ask ask;
	/* As with a send: before the mail, which may be answered at once. */
	bool asked = h->awaited && awaited(s, &h->message, session, &ask);

	if (posted(s, session, h->message.line, end))
		return true;
	if (asked)
		pending_ask_remove(s, ask.session, slice_of(ask.request_id));
	return false;
}

/* Does it run in another process too, that stands before? */
static bool is_repeated(unsigned which)
{
	for (unsigned i = 0; i < which; i++) {
		if (strcmp(live[i].session, live[which].session) == 0)
			return true;
	}
	return false;
}

static void owe(const struct held *h, const char *session)
{
	const struct held_draft d = {
		.session = session,
		.policy = POLICY_NONE,
		.cwd = "",
		.awaited = h->awaited,
		.line = h->message.line,
	};

	const struct buf before = owed;

	record_out(&owed, &d, h->held_at);
	buf_char(&owed, '\n');
	if (owed.full) {
		owed = before;
		trace("too much is owed already; no copy for", session, 0);
	}
}

/* One copy to each who may get it, now or as soon as possible; false if nobody got one. */
static bool broadcast(const struct store *s, const struct held *h, int64_t end)
{
	const struct buf before = owed;
	bool any = false;

	for (unsigned i = 0; i < live_count; i++) {
		if (!may_get(h, &live[i]) || is_repeated(i))
			continue;
		if (passed_on(s, h, live[i].session, end))
			any = true;
		else
			owe(h, live[i].session);
	}
	if (!any)
		owed = before;
	return any;
}

/* To whom it is for; without a target to the first of them. */
static bool handed_out(const struct store *s, const struct held *h, int64_t end)
{
	const struct live *first = NULL;

	if (h->policy == POLICY_BROADCAST)
		return broadcast(s, h, end);
	for (unsigned i = 0; i < live_count; i++) {
		if (may_get(h, &live[i]) && (!first || ranks_before(&live[i], first)))
			first = &live[i];
	}
	return first && passed_on(s, h, first->session, end);
}

static void note_text(struct buf *out, const struct held *h)
{
	buf_text(out, *h->label && !h->any_project ? "Nobody in this project has " : "Nobody has ");
	if (*h->label) {
		buf_text(out, "taken the label ");
		buf_text(out, h->label);
	} else {
		buf_text(out, *h->session ? "come back as session " : "come to this project");
		buf_text(out, h->session);
	}
	buf_text(out, " within ");
	buf_int(out, HELD_RETURN_S / 3600);
	buf_text(out, " hours, so your message was not delivered and comes back:\n");
	json_decode(h->message.body, out);
}

/* Whoever sends it back, again after a crash, gives the note the same id. */
static void note_id(struct buf *out, const struct held *h)
{
	uint8_t digest[SHA256_BYTES];

	sha256(h->message.line, digest);
	buf_hex(out, digest, MESSAGE_ID_BYTES);
}

/* What waited too long goes back to its sender, as a message of its own. */
static bool returned(const struct store *s, const struct held *h, int64_t end)
{
	static char note[NOTE_MAX], line[6 * NOTE_MAX + 1024];
	char sender[SESSION_ID_MAX + 1], now[SESSION_ID_MAX + 1], id_text[2 * MESSAGE_ID_BYTES];
	struct buf text = buf_over(note, sizeof(note)), out = buf_over(line, sizeof(line));
	struct buf id = buf_over(id_text, sizeof(id_text));
	struct draft d = { .enqueued_at = clock_now_s() };

	json_take(h->message.from_session, sender, sizeof(sender));
	if (h->held_at + HELD_RETURN_S > d.enqueued_at || !session_id_valid(slice_of(sender)))
		return false;
	if (target_successor(s, sender, now))
		memcpy(sender, now, sizeof(sender));
	note_id(&id, h);
	note_text(&text, h);
	d.id = buf_slice(&id);
	d.body = buf_slice(&text);
	message_write(&out, &d);
	return !text.full && !out.full && posted(s, sender, buf_slice(&out), end);
}

static void live_found(const struct store *s)
{
	static struct roster roster;
	static struct roster_entry e;

	live_count = 0;
	judged_cwd[0] = '\0';
	roster_open(&roster, s, true);
	while (live_count < HELD_SESSIONS_MAX && roster_next(&roster, &e)) {
		struct live *to = &live[live_count];

		if (!e.alive || !*e.who.session)
			continue;
		memcpy(to->session, e.who.session, sizeof(to->session));
		memcpy(to->label, e.label, sizeof(to->label));
		memcpy(to->cwd, e.who.cwd, sizeof(to->cwd));
		to->project = UNKNOWN;
		live_count++;
	}
	roster_close(&roster);
}

static bool any_held(const struct store *s)
{
	struct stat st;

	return fstatat(s->root, LAYOUT_HELD, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0 &&
	       store_has(s, LAYOUT_OURS) == 0;
}

/* Hands out what the copy holds; how many bytes must stay. */
static size_t judged(const struct store *s, struct jsonl *j, int64_t end)
{
	static struct held h;
	struct slice line;
	size_t stays = 0;

	while (jsonl_next(j, &line)) {
		/* Each message that goes out waits for the disk. */
		if (clock_monotonic_ms() < end && record_taken(line, &h) &&
		    (handed_out(s, &h, end) || returned(s, &h, end)))
			jsonl_blank(j, line);
		else
			stays += line.n + 1;
	}
	return stays;
}

static void deliver(const struct store *s, int64_t end)
{
	struct jsonl j;
	size_t stays = 0;
	int err = jsonl_open(&j, s, LAYOUT_HELD, JSONL_READ, end);

	if (err)
		return;
	err = jsonl_read(&j);
	/* Only now, under the lock: who takes a label looks here afterwards. */
	live_found(s);
	owed = buf_over(owed_text, sizeof(owed_text));
	if (err == 0)
		stays = judged(s, &j, end);
	if (err == 0 && (owed.n || (stays && j.file_size > HELD_SPARSE_MIN &&
				    (off_t)stays < j.file_size / 2)))
		err = jsonl_rewrite(&j, buf_slice(&owed), LAYOUT_OURS);
	else if (err == 0)
		err = jsonl_commit(&j);
	if (err)
		trace("held mail could not be taken out:", LAYOUT_HELD, err);
	jsonl_close(&j);
}

void held_deliver(const struct store *s, int64_t end)
{
	sigset_t before;

	if (!any_held(s))
		return;
	signals_hold(&before);
	deliver(s, end);
	signals_release(&before);
}

bool held_open(struct jsonl *scan, const struct store *s)
{
	if (!any_held(s) || jsonl_open(scan, s, LAYOUT_HELD, JSONL_PEEK, 0) != 0)
		return false;
	if (jsonl_read(scan) == 0)
		return true;
	jsonl_close(scan);
	return false;
}

bool held_next(struct jsonl *scan, struct held *held)
{
	struct slice line;

	while (jsonl_next(scan, &line)) {
		if (record_taken(line, held))
			return true;
	}
	return false;
}
