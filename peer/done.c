/*
 * peer done, peer block: closes work that this session was asked for, and tells whoever asked
 * (oxtail.md section 12). First told, then closed: killed in between, it is told again, under the
 * same id.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "outgoing.h"
#include "received.h"
#include "store/receipt.h"

enum { COMPLETION_BYTES = 8 };

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
		{ "session-id", NULL, &o->who.session_id },
		{ "session-nonce", NULL, &o->who.nonce },
		{ "wake", NULL, &o->wake },
		{ "json", &o->json, NULL },
		{ NULL, NULL, NULL },
	};
	int status = peer_options(o->command, argc, argv, options, 2, "MESSAGE_ID");

	if (status)
		return status;
	if (!argv[1] && c->state == OBLIGATION_BLOCKED)
		return peer_misused(o->command, "no REASON given for ", argv[0]);
	c->id = argv[0];
	if (!message_id_shown(slice_of(c->id)))
		return peer_misused(o->command, "not a message id: ", c->id);
	o->text = argv[1] ? argv[1] : "done";
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
	if (!received_find(&o->store, &lineage, c->id, &scan, &e, &c->owner))
		return peer_fail(PEER_CANNOT, o->command, "cannot close ", c->id, ": session ",
				 o->from, " has got no message of that id; see 'peer work'", NULL);
	received_from(&e, c->asker);
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
	struct closing c = { .out = { .command = command, .verb = "tell" }, .state = state };
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
