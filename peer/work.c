/*
 * peer work, done, block: work that sessions ask each other for (peer send --action-required). It is
 * open until whoever was asked closes it, which tells whoever asked (oxtail.md section 12).
 */
#include <errno.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "outgoing.h"
#include "owed.h"
#include "shown.h"
#include "store/outbox.h"
#include "store/receipt.h"

enum { LINE_BYTES = 2 * MESSAGE_LINE_MAX, COMPLETION_BYTES = 8 };

/* ---- peer work ---- */

#define WORK "work"

/* One line: who owes, and the other one. */
static int listed(const struct ledger_entry *e, bool mine, const char *other, bool json)
{
	static char text[LINE_BYTES];
	struct buf out = buf_over(text, sizeof(text));
	const struct message *m = &e->message;

	if (json) {
		buf_char(&out, '{');
		json_member_text(&out, "owed_by", mine ? "me" : "peer");
		shown_member(&out, "message_id", (struct json_value){ JSON_STRING, m->id });
		json_member_text(&out, "peer_session_id", other);
		json_member_int(&out, "enqueued_at", m->enqueued_at);
		shown_member(&out, "request_id", m->request_id);
		shown_member(&out, "body", (struct json_value){ JSON_STRING, m->body });
		buf_char(&out, '}');
	} else {
		buf_text(&out, mine ? "i owe   " : "i am owed   ");
		shown_text(&out, m->id);
		buf_text(&out, mine ? "  to " : "  by ");
		buf_text(&out, *other ? other : "a person");
		buf_text(&out, "  since ");
		buf_int(&out, (clock_now_ms() / 1000 - m->enqueued_at) / 60);
		buf_text(&out, " min  ");
		shown_preview(&out, m->body);
	}
	buf_char(&out, '\n');
	return peer_print(WORK, buf_slice(&out));
}

/* The valid session id that the value is; else "". */
static const char *session_in(struct json_value v, char out[SESSION_ID_MAX + 1])
{
	if (!json_take(v, out, SESSION_ID_MAX + 1) || !session_id_valid(slice_of(out)))
		out[0] = '\0';
	return out;
}

static int owed_by_me(const struct store *s, const struct lineage *l, bool json)
{
	char from[SESSION_ID_MAX + 1];
	struct ledger_scan scan;
	struct ledger_entry e;
	int status = PEER_DONE;

	for (unsigned i = 0; i < l->count; i++) {
		if (ledger_open(&scan, s, l->sessions[i]) != 0)
			continue;
		while (status == PEER_DONE && ledger_next(&scan, &e)) {
			if (e.obligation == OBLIGATION_OPEN)
				status = listed(&e, true, session_in(e.message.from_session, from),
						json);
		}
		ledger_close(&scan);
	}
	return status;
}

static bool is_of(const struct lineage *l, const char *session)
{
	for (unsigned i = 0; *session && i < l->count; i++) {
		if (strcmp(l->sessions[i], session) == 0)
			return true;
	}
	return false;
}

/* Who was asked stands in the outbox, as long as that is kept. */
static const char *asked(const struct store *s, struct slice id, struct outbox_record *r)
{
	char name[2 * MESSAGE_ID_BYTES + 1];

	if (!message_id_ours(id))
		return "";
	memcpy(name, id.p, id.n);
	name[id.n] = '\0';
	return outbox_read(s, name, r) ? r->target : "";
}

static int owed_to_me(const struct store *s, const struct lineage *l, bool json)
{
	static struct ledger_walk walk;
	char from[SESSION_ID_MAX + 1];
	struct outbox_record sent;
	struct ledger_entry e;
	int status = PEER_DONE;

	if (ledger_walk_open(&walk, s) != 0)
		return PEER_DONE;
	while (status == PEER_DONE && ledger_walk_next(&walk, &e)) {
		if (e.obligation == OBLIGATION_OPEN &&
		    is_of(l, session_in(e.message.from_session, from)))
			status = listed(&e, false, asked(s, e.message.id, &sent), json);
	}
	ledger_walk_close(&walk);
	return status;
}

int peer_work(int argc, char **argv)
{
	static struct identity me;
	static struct lineage lineage;
	struct identity_request who = { NULL, NULL, NULL, NULL };
	struct store store;
	bool json = false;
	const struct peer_option options[] = {
		{ "session-id", NULL, &who.session_id },
		{ "session-nonce", NULL, &who.nonce },
		{ "json", &json, NULL },
		{ NULL, NULL, NULL },
	};
	int operands, status;

	if ((status = peer_options(WORK, argc, argv, options, 0, &operands)) ||
	    (status = peer_me(WORK, &who, &me)) || (status = peer_store(WORK, &store)))
		return status;
	lineage_of(&store, me.session, &lineage);
	status = owed_by_me(&store, &lineage, json);
	return status ? status : owed_to_me(&store, &lineage, json);
}

/* ---- peer done, peer block ---- */

struct closing {
	struct outgoing out;
	enum obligation_state state;
	const char *id;
	const char *owner;	/* in whose ledger it stands */
	char asker[SESSION_ID_MAX + 1];	/* empty: nobody to tell */
	char request[LAYOUT_REQUEST_MAX + 1];
	char completion[2 * COMPLETION_BYTES + 1];	/* the id of what tells of the end */
};

static int arguments(int argc, char **argv, struct closing *c)
{
	struct outgoing *o = &c->out;
	const struct peer_option options[] = {
		{ "from", NULL, &o->who.session_id },
		{ "session-id", NULL, &o->who.session_id },
		{ "session-nonce", NULL, &o->who.nonce },
		{ "wake", NULL, &o->wake },
		{ "json", &o->json, NULL },
		{ NULL, NULL, NULL },
	};
	int operands, status = peer_options(o->command, argc, argv, options, 2, &operands);

	if (status)
		return status;
	if (operands == 0)
		return peer_misused(o->command, "no MESSAGE_ID given", "");
	if (operands == 1 && c->state == OBLIGATION_BLOCKED)
		return peer_misused(o->command, "no REASON given for ", argv[0]);
	c->id = argv[0];
	if (!message_id_shown(slice_of(c->id)))
		return peer_misused(o->command, "not a message id: ", c->id);
	o->text = operands == 2 ? argv[1] : "done";
	o->source_message_id = c->id;
	return PEER_DONE;
}

/* Always the same for one obligation, so that its end is told once (oxtail.md section 2). */
static void completion_named(struct closing *c)
{
	char text[MESSAGE_ID_MAX + 32];
	struct buf b = buf_over(text, sizeof(text));
	struct buf id = buf_over(c->completion, sizeof(c->completion));
	uint8_t digest[SHA256_BYTES];

	buf_text(&b, "oxtail-complete:");
	buf_text(&b, c->id);
	sha256(buf_slice(&b), digest);
	buf_hex(&id, digest, COMPLETION_BYTES);
	c->out.id = buf_cstr(&id);
}

static int obligation_found(struct closing *c)
{
	static struct lineage lineage;
	struct outgoing *o = &c->out;
	struct ledger_scan scan;
	struct ledger_entry e;

	lineage_of(&o->store, o->from, &lineage);
	if (!owed_find(&o->store, &lineage, c->id, &scan, &e, &c->owner))
		return peer_fail(PEER_CANNOT, o->command, "cannot close ", c->id, ": session ",
				 o->from, " has got no message of that id; see 'peer work'", NULL);
	session_in(e.message.from_session, c->asker);
	if (json_take(e.message.request_id, c->request, sizeof(c->request)) && *c->request)
		o->reply_to = c->request;
	ledger_close(&scan);
	if (e.obligation == OBLIGATION_NONE)
		return peer_fail(PEER_CANNOT, o->command, "cannot close ", c->id,
				 ": it asks for no work; answer it with 'peer reply'", NULL);
	if (e.obligation != OBLIGATION_OPEN)
		return peer_fail(PEER_CANNOT, o->command, "cannot close ", c->id,
				 ": it is closed already", NULL);
	return PEER_DONE;
}

/* After whoever asked was told: killed in between, it is told again, with the same id. */
static int stamped(const struct closing *c)
{
	int err = ledger_stamp(&c->out.store, c->owner, slice_of(c->id), c->state, c->out.body,
			       clock_monotonic_ms() + POST_LOCK_MS);

	if (err == 0 || err == -EALREADY)
		return PEER_DONE;
	return peer_fail(PEER_CANNOT, c->out.command, "whoever asked was told, but ", c->id,
			 " cannot be closed in the ledger: ", peer_reason(err), "; try again",
			 NULL);
}

static int closed(struct closing *c)
{
	static struct targets targets;
	struct outgoing *o = &c->out;
	struct sent sent;
	int status;

	completion_named(c);
	if (!*c->asker || receipt_exists(&o->store, c->completion))
		return stamped(c);
	o->any_project = true;
	if ((status = outgoing_target(o, c->asker, &targets)))
		return status;
	sent = (struct sent){ .to = targets.list[0] };
	if ((status = outgoing_to(o, &sent)) || (status = stamped(c)))
		return status;
	/* The result of work wakes, unless it was told not to. */
	if (o->mode == WAKE_MODE_UNSET)
		o->mode = WAKE_MODE_AUTO;
	outgoing_wake(o, &sent);
	return outgoing_told(o, &sent);
}

static int closing(const char *command, int argc, char **argv, enum obligation_state state)
{
	struct closing c = { .out.command = command, .state = state };
	int status;

	if (state == OBLIGATION_BLOCKED)
		c.out.prefix = "[blocked] ";
	if ((status = arguments(argc, argv, &c)) || (status = outgoing_begin(&c.out)))
		return status;
	if (!c.out.from)
		return peer_fail(PEER_USAGE, command, "cannot tell which session this is; 'peer "
				 "whoami --json' says why; name it with --session-id ID", NULL);
	status = obligation_found(&c);
	return status ? status : closed(&c);
}

int peer_done(int argc, char **argv)
{
	return closing("done", argc, argv, OBLIGATION_DONE);
}

int peer_block(int argc, char **argv)
{
	return closing("block", argc, argv, OBLIGATION_BLOCKED);
}
