/*
 * peer held: the mail that waits for a label which nobody holds, one line each, oldest first.
 */
#include <getopt.h>
#include <unistd.h>

#include "agent/held.h"
#include "base/clock.h"
#include "base/json.h"
#include "peer.h"
#include "store/post.h"

#define COMMAND "held"

enum { LINE_BYTES = 65536, PREVIEW_BYTES = 60 };

static int arguments(int argc, char **argv, bool *json)
{
	enum { JSON = 1 };
	static const struct option options[] = {
		{ "json", no_argument, NULL, JSON },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option != JSON)
			return peer_no_option(COMMAND, argv);
		*json = true;
	}
	if (optind < argc)
		return peer_misused(COMMAND, "takes no argument: ", argv[optind]);
	return PEER_DONE;
}

static int64_t age_s(const struct held *h)
{
	return clock_now_ms() / 1000 - h->held_at;
}

/* It should have gone back to its sender, who has no session. */
static bool overdue(const struct held *h)
{
	return age_s(h) > HELD_RETURN_S;
}

static void decoded(struct buf *out, struct slice escaped)
{
	static char text[LINE_BYTES];
	struct buf b = buf_over(text, sizeof(text));

	json_decode(escaped, &b);
	peer_text(out, buf_slice(&b));
}

static void line_out(struct buf *out, const struct held *h)
{
	static char text[LINE_BYTES];
	struct buf body = buf_over(text, sizeof(text));

	decoded(out, h->message.id);
	buf_text(out, "  to ");
	buf_text(out, *h->label ? h->label : policy_word(h->policy));
	buf_text(out, "  from ");
	if (h->message.from_session.type == JSON_STRING)
		decoded(out, h->message.from_session.text);
	else
		buf_text(out, "a person");
	buf_text(out, overdue(h) ? "  overdue, since " : "  since ");
	buf_int(out, age_s(h) / 60);
	buf_text(out, " min  ");
	decoded(&body, h->message.body);
	if (body.n > PREVIEW_BYTES) {
		/* Not in the middle of a character. */
		body.n = PREVIEW_BYTES;
		while (body.n && ((unsigned char)body.p[body.n] & 0xC0) == 0x80)
			body.n--;
		buf_text(&body, "...");
	}
	buf_put(out, buf_slice(&body));
	buf_char(out, '\n');
}

static void object_out(struct buf *out, const struct held *h)
{
	buf_text(out, "{\"message_id\":\"");
	buf_put(out, h->message.id);
	buf_text(out, "\",\"label\":");
	if (*h->label)
		json_string(out, slice_of(h->label));
	else
		buf_text(out, "null");
	buf_text(out, ",\"policy\":");
	if (*h->label)
		buf_text(out, "null");
	else
		json_string(out, slice_of(policy_word(h->policy)));
	buf_text(out, ",\"from_session_id\":");
	if (h->message.from_session.type == JSON_STRING) {
		buf_char(out, '"');
		buf_put(out, h->message.from_session.text);
		buf_char(out, '"');
	} else {
		buf_text(out, "null");
	}
	buf_text(out, ",\"held_at\":");
	buf_int(out, h->held_at);
	buf_text(out, overdue(h) ? ",\"overdue\":true,\"body\":\"" : ",\"overdue\":false,\"body\":\"");
	buf_put(out, h->message.body);
	buf_text(out, "\"}\n");
}

int peer_held(int argc, char **argv)
{
	static char text[2 * LINE_BYTES];
	static struct held h;
	struct jsonl scan;
	struct store store;
	bool json = false;
	int status;

	if ((status = arguments(argc, argv, &json)) || (status = peer_store(COMMAND, &store)))
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
