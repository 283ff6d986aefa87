/* The writing half of session_envelope.h: one line of JSON, its members always in this order. */
#include "agent/session_envelope.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

static void member(struct buf *out, const char *before, struct slice text)
{
	buf_text(out, before);
	json_string(out, text);
}

/* With leading zeros. */
static void digits(struct buf *out, int64_t value, int64_t highest)
{
	for (; highest; highest /= 10)
		buf_char(out, (char)('0' + value / highest % 10));
}

/*
 * YYYY-MM-DD. The year is taken to begin in March, so that a leap day is its last; then five
 * months on end always have 153 days (Howard Hinnant's days_from_civil, inverted).
 */
static void date(struct buf *out, int64_t days_since_1970)
{
	int64_t days = days_since_1970 + 719468;	/* since 1 March of the year 0 */
	int64_t era = days / 146097, day = days % 146097;	/* of 400 years each */
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;	/* 0 is March */
	day -= (153 * month + 2) / 5;
	digits(out, 400 * era + year + (month >= 10), 1000);
	buf_char(out, '-');
	digits(out, month >= 10 ? month - 9 : month + 3, 10);
	buf_char(out, '-');
	digits(out, day + 1, 10);
}

/* "YYYY-MM-DDTHH:MM:SS.mmmZ", with the quotes. */
static void time_member(struct buf *out, const char *before, int64_t ms)
{
	buf_text(out, before);
	buf_char(out, '"');
	date(out, ms / DAY_MS);
	buf_char(out, 'T');
	digits(out, ms % DAY_MS / HOUR_MS, 10);
	buf_char(out, ':');
	digits(out, ms % HOUR_MS / MINUTE_MS, 10);
	buf_char(out, ':');
	digits(out, ms % MINUTE_MS / 1000, 10);
	buf_char(out, '.');
	digits(out, ms % 1000, 100);
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
