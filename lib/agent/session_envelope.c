/* See session_envelope.h. This is the reading half; what writes is in session_draft.c, so that no
 * hook carries it. */
#include "agent/session_envelope.h"
#include "store/id.h"

#define AUTO_TAG "\1tp-auto\1"
#define REPLY_TAG "\1re:"
#define PING "\1tp-rehandshake\1"

/* Passes the word if the escaped text begins with it. */
static bool passed(struct slice *escaped, const char *word)
{
	struct slice rest = *escaped;

	for (; *word; word++) {
		struct json_char c;

		if (rest.n == 0)
			return false;
		c = json_first(rest);
		if (c.code != (unsigned char)*word)
			return false;
		rest = slice_from(rest, c.bytes);
	}
	*escaped = rest;
	return true;
}

static void legacy(struct slice rest, struct session_envelope *e)
{
	struct slice id;

	if (!passed(&rest, AUTO_TAG))
		return;
	e->automatic = true;
	e->text = rest;
	if (!passed(&rest, REPLY_TAG))
		return;
	for (id = rest; rest.n; rest = slice_from(rest, json_first(rest).bytes)) {
		id.n = (size_t)(rest.p - id.p);
		if (!passed(&rest, "\1"))
			continue;
		e->in_reply_to = (struct json_value){ JSON_STRING, id };
		e->text = rest;
		break;
	}
}

/*
 * One member of an object; of what is no object there is none, not even of a string, since no bare
 * quote is in it. A scan for each keeps the code small, which counts for more here than time.
 */
static enum json_status get(const struct json_value *object, const char *name,
			    struct json_value *value)
{
	struct json_member in[] = { { .name = name } };
	enum json_status status = json_object(object->text, in, 1);

	*value = in[0].value;
	return status;
}

static void get_label(const struct json_value *object, const char *name, struct json_value *value)
{
	get(object, name, value);
	if (!id_in(value, label_valid))
		value->type = JSON_ABSENT;
}

static bool envelope(struct slice json, struct session_envelope *e)
{
	const struct json_value whole = { JSON_OBJECT, json };
	struct json_value part, v;

	if (get(&whole, "envelope_version", &v) != JSON_OK ||
	    !json_string_is(&v, "tinyplace.harness.session.v1"))
		return false;
	e->enveloped = true;
	get(&whole, "message", &part);
	get(&part, "id", &e->message_id);
	get(&part, "role", &v);
	e->from_user = json_string_is(&v, "user");
	get(&part, "text", &v);
	e->text = v.text;
	if (v.type != JSON_STRING)
		e->text.n = 0;
	get(&whole, "tp", &part);
	get(&part, "auto", &v);
	e->automatic = v.type == JSON_TRUE;
	get(&part, "in_reply_to", &e->in_reply_to);
	get_label(&part, "to_session", &e->to);
	get_label(&part, "from_session", &e->from);
	/* Old senders put it there. Works because a true unique id is longer than a label. */
	get(&whole, "scope", &part);
	if (e->from.type == JSON_ABSENT)
		get_label(&part, "wrapper_session_id", &e->from);
	return true;
}

static bool blank(uint32_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

void session_envelope_read(struct slice body, struct buf scratch, struct session_envelope *e)
{
	struct slice rest = body;

	*e = (struct session_envelope){ .text = body };
	while (rest.n && blank(json_first(rest).code))
		rest = slice_from(rest, json_first(rest).bytes);
	if (passed(&rest, "{")) {
		json_decode(body, &scratch);
		if (!scratch.full && envelope(buf_slice(&scratch), e))
			return;
	}
	legacy(body, e);
}

bool session_envelope_ping(const struct session_envelope *e)
{
	return json_is(e->text, PING);
}
