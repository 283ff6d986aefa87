/*
 * peer work: the work that was asked for with peer send --action-required and is not closed yet
 * (oxtail.md section 12): what this session owes, and what it is owed.
 */
#include "base/clock.h"
#include "peer.h"
#include "received.h"
#include "shown.h"
#include "store/outbox.h"

#define COMMAND "work"

enum { LINE_BYTES = 2 * MESSAGE_LINE_MAX };

/* One line: who owes, and the other one. */
static int listed(const struct ledger_entry *e, bool mine, const char *other, bool json)
{
	static char text[LINE_BYTES];
	struct buf out = buf_over(text, sizeof(text));
	const struct message *m = &e->message;

	if (json) {
		buf_char(&out, '{');
		json_member_text(&out, "owed_by", mine ? "me" : "peer");
		json_member_value(&out, "message_id", (struct json_value){ JSON_STRING, m->id });
		json_member_text(&out, "peer_session_id", other);
		json_member_int(&out, "enqueued_at", m->enqueued_at);
		json_member_value(&out, "request_id", m->request_id);
		json_member_value(&out, "body", (struct json_value){ JSON_STRING, m->body });
		buf_char(&out, '}');
	} else {
		buf_text(&out, mine ? "I owe   " : "I am owed   ");
		shown_text(&out, m->id);
		buf_text(&out, mine ? "  to " : "  by ");
		if (*other)
			shown_session(&out, other);
		else
			buf_text(&out, "a person");
		buf_text(&out, "  since ");
		buf_int(&out, (clock_now_s() - m->enqueued_at) / 60);
		buf_text(&out, " min  ");
		shown_preview(&out, m->body);
	}
	buf_char(&out, '\n');
	return peer_print(COMMAND, buf_slice(&out));
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
				status = listed(&e, true, received_from(&e, from), json);
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
	char name[MESSAGE_ID_TEXT];

	return message_id_take(id, name) && outbox_read(s, name, r) ? r->target : "";
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
		    is_of(l, received_from(&e, from)))
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
	int status;

	if ((status = peer_options(COMMAND, argc, argv, options, 0, NULL)) ||
	    (status = peer_me(COMMAND, &who, &me)) || (status = peer_store(COMMAND, &store)))
		return status;
	lineage_of(&store, me.session, &lineage);
	shown_labels_read(&store);
	status = owed_by_me(&store, &lineage, json);
	return status ? status : owed_to_me(&store, &lineage, json);
}
