/*
 * peer reply: answers a message by its id. To whom, and to which request, says the ledger of the
 * session that got it.
 */
#include "outgoing.h"
#include "received.h"

#define COMMAND "reply"

static struct targets targets;

static int arguments(int argc, char **argv, struct outgoing *o, const char **id)
{
	const struct peer_option options[] = {
		{ "session-id", NULL, &o->who.session_id },
		{ "session-nonce", NULL, &o->who.nonce },
		{ "wake", NULL, &o->wake },
		{ "envelope", &o->envelope, NULL },
		{ "json", &o->json, NULL },
		{ NULL, NULL, NULL },
	};
	int status = peer_options(COMMAND, argc, argv, options, 2, "MESSAGE_ID");

	if (status)
		return status;
	*id = argv[0];
	if (!message_id_shown(slice_of(*id)))
		return peer_misused(COMMAND, "not a message id: ", *id);
	o->text = argv[1];
	o->source_message_id = *id;
	return PEER_DONE;
}

/* Takes from the message whom to answer, and what. */
static int answer_to(struct outgoing *o, const char *id, char asker[SESSION_ID_MAX + 1],
		     char request[LAYOUT_REQUEST_MAX + 1])
{
	static struct lineage lineage;
	struct ledger_scan scan;
	struct ledger_entry e;
	const char *owner;

	lineage_of(&o->store, o->from, &lineage);
	if (!received_find(&o->store, &lineage, id, &scan, &e, &owner))
		return peer_fail(PEER_CANNOT, COMMAND, "cannot answer ", id, ": session ", o->from,
				 " has got no message of that id that is on record; use 'peer send "
				 "--reply-to REQUEST_ID SESSION TEXT'", NULL);
	received_from(&e, asker);
	if (json_take(e.message.request_id, request, LAYOUT_REQUEST_MAX + 1) && *request)
		o->reply_to = request;
	ledger_close(&scan);
	if (*asker)
		return PEER_DONE;
	return peer_fail(PEER_CANNOT, COMMAND, "cannot answer ", id, ": it does not say which "
			 "session sent it (a person has none)", NULL);
}

int peer_reply(int argc, char **argv)
{
	static char asker[SESSION_ID_MAX + 1], request[LAYOUT_REQUEST_MAX + 1];
	struct outgoing o = { .command = COMMAND, .verb = "answer" };
	const char *id = "";
	int status;

	if ((status = arguments(argc, argv, &o, &id)) || (status = outgoing_begin(&o)))
		return status;
	if (!o.from)
		return peer_fail(PEER_USAGE, COMMAND, "cannot tell which session answers; 'peer "
				 "whoami --json' says why; name it with --session-id ID", NULL);
	if ((status = answer_to(&o, id, asker, request)))
		return status;
	/* Whoever asked is to be answered, wherever it works. */
	o.any_project = true;
	status = outgoing_target(&o, asker, &targets);
	return status ? status : outgoing_all(&o, &targets);
}
