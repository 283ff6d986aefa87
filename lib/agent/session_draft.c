/* The writing half of session_envelope.h: one line of JSON, its members always in this order. */
#include "agent/session_envelope.h"
#include "base/date.h"

enum { MINUTE_MS = 60 * 1000 };

static void member(struct buf *out, const char *before, struct slice text)
{
	buf_text(out, before);
	json_string(out, text);
}

/* "YYYY-MM-DDTHH:MM:SS.mmmZ", with the quotes. */
static void time_member(struct buf *out, const char *before, int64_t ms)
{
	buf_text(out, before);
	buf_char(out, '"');
	date_time(out, ms / 1000, ':');
	buf_char(out, '.');
	for (int64_t highest = 100; highest; highest /= 10)
		buf_char(out, (char)('0' + ms / highest % 10));
	buf_text(out, "Z\"");
}

/* The sender's name among all agents: "AGENT:LABEL". A label needs no escaping. */
static void key(struct buf *out, const char *before, const struct session_draft *d)
{
	member(out, before, d->agent);
	if (out->full)
		return;
	out->n--;
	buf_char(out, ':');
	buf_put(out, d->from);
	buf_char(out, '"');
}

static void scope(struct buf *out, const struct session_draft *d)
{
	key(out, "},\"scope\":{\"type\":\"session\",\"key\":", d);
	member(out, ",\"cwd\":", d->cwd);
	if (d->harness_session.n)
		member(out, ",\"wrapper_session_id\":", d->harness_session);
	else
		key(out, ",\"wrapper_session_id\":", d);
	member(out, ",\"harness_session_id\":", d->harness_session);
}

void session_envelope_write(struct buf *out, const struct session_draft *d)
{
	int64_t minute = d->now_ms - d->now_ms % MINUTE_MS;

	buf_text(out, "{\"envelope_version\":\"tinyplace.harness.session.v1\",\"version\":1");
	time_member(out, ",\"bucket\":{\"unit\":\"minute\",\"start\":", minute);
	time_member(out, ",\"end\":", minute + MINUTE_MS);
	scope(out, d);
	buf_text(out, "},\"harness\":{\"provider\":\"claude\",\"command\":\"tinyplace-plugin\","
		      "\"argv\":[]}");
	member(out, ",\"message\":{\"id\":", d->message_id);
	buf_text(out, ",\"line\":0,\"role\":");
	buf_text(out, d->from_user ? "\"user\"" : "\"agent\"");
	member(out, ",\"text\":", d->text);
	time_member(out, ",\"timestamp\":", d->now_ms);
	buf_text(out, "},\"source\":{\"path\":\"plugin\",\"record_type\":\"dm\"}");
	buf_text(out, ",\"tp\":{\"v\":1");
	if (d->from.n)
		member(out, ",\"from_session\":", d->from);
	if (d->to.n)
		member(out, ",\"to_session\":", d->to);
	if (d->in_reply_to.n)
		member(out, ",\"in_reply_to\":", d->in_reply_to);
	buf_text(out, d->automatic ? ",\"auto\":true}}" : "}}");
}
