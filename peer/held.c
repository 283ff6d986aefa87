/*
 * peer held: the mail that waits for a label which nobody holds, one line each, oldest first.
 */
#include <unistd.h>

#include "agent/held.h"
#include "agent/target.h"
#include "base/clock.h"
#include "peer.h"
#include "shown.h"
#include "store/post.h"

#define COMMAND "held"

enum { LINE_BYTES = 65536 };

static int64_t age_s(const struct held *h)
{
	return clock_now_s() - h->held_at;
}

/* It should have gone back to its sender, who has no session. */
static bool overdue(const struct held *h)
{
	return age_s(h) > HELD_RETURN_S;
}

static void line_out(struct buf *out, const struct held *h)
{
	shown_text(out, h->message.id);
	buf_text(out, "  to ");
	buf_text(out, *h->session ? h->session : *h->label ? h->label : policy_word(h->policy));
	buf_text(out, "  from ");
	if (h->message.from_session.type == JSON_STRING)
		shown_text(out, h->message.from_session.text);
	else
		buf_text(out, "a person");
	buf_text(out, overdue(h) ? "  overdue, since " : "  since ");
	buf_int(out, age_s(h) / 60);
	buf_text(out, " min  ");
	shown_preview(out, h->message.body);
	buf_char(out, '\n');
}

static void object_out(struct buf *out, const struct held *h)
{
	buf_char(out, '{');
	json_member_value(out, "message_id", (struct json_value){ JSON_STRING, h->message.id });
	json_member_text(out, "label", h->label);
	json_member_text(out, "policy", *h->label ? NULL : policy_word(h->policy));
	json_member_value(out, "from_session_id", h->message.from_session);
	json_member_int(out, "held_at", h->held_at);
	json_member_bool(out, "overdue", overdue(h));
	json_member_value(out, "body", (struct json_value){ JSON_STRING, h->message.body });
	buf_text(out, "}\n");
}

int peer_held(int argc, char **argv)
{
	static char text[2 * LINE_BYTES];
	static struct held h;
	struct jsonl scan;
	struct store store;
	bool json = false;
	const struct peer_option options[] = { { "json", &json, NULL }, { NULL, NULL, NULL } };
	int status;

	if ((status = peer_options(COMMAND, argc, argv, options, 0, NULL)) ||
	    (status = peer_store(COMMAND, &store)))
		return status;
	held_deliver(&store, clock_monotonic_ms() + POST_LOCK_MS);
	if (!held_open(&scan, &store))
		return PEER_DONE;
	while (status == PEER_DONE && held_next(&scan, &h)) {
		struct buf out = buf_over(text, sizeof(text));

		if (json)
			object_out(&out, &h);
		else
			line_out(&out, &h);
		status = peer_print(COMMAND, buf_slice(&out));
	}
	jsonl_close(&scan);
	return status;
}
