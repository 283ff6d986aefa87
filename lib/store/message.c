/* See message.h. The order of the keys and the beginning of the line are part of the format: old
 * hooks read it as text. */
#include "store/message.h"

bool message_read(struct slice line, struct message *m)
{
	enum { VERSION, ID, BODY, ENQUEUED, ORIGIN, FROM, REQUEST, REPLY_TO, SOURCE, ACTION,
	       COUNT };
	struct json_member in[COUNT] = {
		[VERSION] = { .name = "schema_version" },
		[ID] = { .name = "id" },
		[BODY] = { .name = "body" },
		[ENQUEUED] = { .name = "enqueued_at" },
		[ORIGIN] = { .name = "origin" },
		[FROM] = { .name = "from_session_id" },
		[REQUEST] = { .name = "request_id" },
		[REPLY_TO] = { .name = "reply_to" },
		[SOURCE] = { .name = "source_message_id" },
		[ACTION] = { .name = "action_required" },
	};

	if (json_object(line, in, COUNT) != JSON_OK || json_int(in[VERSION].value, 0) != 1 ||
	    in[ID].value.type != JSON_STRING || in[BODY].value.type != JSON_STRING)
		return false;
	*m = (struct message){
		.line = line,
		.id = in[ID].value.text,
		.body = in[BODY].value.text,
		.enqueued_at = json_int(in[ENQUEUED].value, 0),
		.from_session = in[FROM].value,
		.request_id = in[REQUEST].value,
		.reply_to = in[REPLY_TO].value,
		.source_message_id = in[SOURCE].value,
		.from_operator = json_string_is(&in[ORIGIN].value, "operator"),
		.action_required = in[ACTION].value.type == JSON_TRUE,
	};
	return true;
}

static void string_key(struct buf *out, const char *name, struct slice text)
{
	if (text.n == 0)
		return;
	buf_text(out, ",\"");
	buf_text(out, name);
	buf_text(out, "\":");
	json_string(out, text);
}

void message_write(struct buf *out, const struct draft *d)
{
	buf_text(out, "{\"schema_version\":1,\"id\":");
	json_string(out, d->id);
	buf_text(out, ",\"body\":");
	json_string(out, d->body);
	buf_text(out, ",\"enqueued_at\":");
	buf_int(out, d->enqueued_at);
	buf_text(out, ",\"body_bytes\":");
	buf_int(out, (int64_t)d->body.n);
	buf_text(out, ",\"origin\":\"peer\"");
	string_key(out, "from_session_id", d->from_session);
	string_key(out, "request_id", d->request_id);
	string_key(out, "reply_to", d->reply_to);
	string_key(out, "source_message_id", d->source_message_id);
	if (d->action_required)
		json_member_bool(out, "action_required", true);
	buf_char(out, '}');
}
