/*
 * peer wake: runs the gate for a session, and then a route, as a send would.
 */
#include "outgoing.h"
#include "sender.h"

#define COMMAND "wake"

static struct targets targets;

struct request {
	const char *target;
	bool no_route;
};

static int arguments(int argc, char **argv, struct outgoing *o, struct request *r)
{
	const struct peer_option options[] = {
		{ "session-id", NULL, &o->who.session_id },
		{ "session-nonce", NULL, &o->who.nonce },
		{ "reply-to", NULL, &o->reply_to },
		{ "no-route", &r->no_route, NULL },
		{ "any-project", &o->any_project, NULL },
		{ "json", &o->json, NULL },
		{ NULL, NULL, NULL },
	};
	int status = peer_options(COMMAND, argc, argv, options, 1, "TARGET");

	if (status)
		return status;
	r->target = argv[0];
	if (o->who.session_id && !session_id_valid(slice_of(o->who.session_id)))
		return peer_misused(COMMAND, "not a session id: ", o->who.session_id);
	if (o->reply_to && !request_id_shown(slice_of(o->reply_to)))
		return peer_misused(COMMAND, "not a request id after --reply-to: ", o->reply_to);
	return PEER_DONE;
}

static int told(const struct outgoing *o, const struct target *to, const struct wake *w)
{
	char text[SESSION_ID_MAX + LABEL_MAX + 512];
	struct buf b = buf_over(text, sizeof(text));

	if (o->json) {
		buf_char(&b, '{');
		json_member_text(&b, "target_session_id", to->session);
		json_member_text(&b, "label", to->label);
		json_member_text(&b, "wake_status", wake_word(w->status));
		json_member_text(&b, "wake_reason", w->reason);
		json_member_text(&b, "wake_route", w->route);
		buf_char(&b, '}');
	} else {
		buf_text(&b, wake_word(w->status));
	}
	buf_char(&b, '\n');
	return peer_print(COMMAND, buf_slice(&b));
}

int peer_wake(int argc, char **argv)
{
	struct outgoing o = { .command = COMMAND, .verb = "wake" };
	struct request r = { .target = "" };
	int status;

	if ((status = arguments(argc, argv, &o, &r)) || (status = peer_store(COMMAND, &o.store)) ||
	    (status = sender_found(&o)) || (status = outgoing_target(&o, r.target, &targets)))
		return status;
	for (unsigned i = 0; i < targets.count; i++) {
		const struct wake_request wanted = {
			.session = targets.list[i].session,
			.reply_to = slice_of(o.reply_to ? o.reply_to : ""),
			.mode = o.reply_to ? WAKE_MODE_UNSET : WAKE_MODE_AUTO,
			.no_route = r.no_route,
			.from = o.from,
		};
		struct wake w;

		wake(&o.store, &wanted, &w);
		status = told(&o, &targets.list[i], &w);
	}
	return status;
}
