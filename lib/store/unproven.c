/* See unproven.h. */
#include "store/unproven.h"

/* The text is escaped already, or has nothing to escape. */
static void text(struct buf *out, const char *name, struct slice escaped)
{
	json_name(out, name);
	buf_char(out, '"');
	buf_put(out, escaped);
	buf_char(out, '"');
}

void unproven_write(struct buf *out, const struct unproven *u)
{
	buf_char(out, '{');
	text(out, "transcript", u->transcript);
	json_member_int(out, "inode", u->inode);
	json_member_int(out, "looked", u->looked);
	text(out, "at", u->at);
	text(out, "tool", u->tool);
	json_member_int(out, "stage", u->stage);
	json_member_bool(out, "again", u->again);
	json_name(out, "message");
	buf_put(out, u->message);
	buf_char(out, '}');
}

bool unproven_read(struct slice line, struct unproven *u)
{
	enum { TRANSCRIPT, INODE, LOOKED, AT, TOOL, STAGE, AGAIN, MESSAGE, COUNT };
	struct json_member in[COUNT] = {
		[TRANSCRIPT] = { .name = "transcript" },
		[INODE] = { .name = "inode" },
		[LOOKED] = { .name = "looked" },
		[AT] = { .name = "at" },
		[TOOL] = { .name = "tool" },
		[STAGE] = { .name = "stage" },
		[AGAIN] = { .name = "again" },
		[MESSAGE] = { .name = "message" },
	};
	struct message m;

	if (json_object(line, in, COUNT) != JSON_OK || !message_read(in[MESSAGE].value.text, &m) ||
	    !message_id_ours(m.id))
		return false;
	*u = (struct unproven){
		.transcript = in[TRANSCRIPT].value.text,
		.inode = json_int(in[INODE].value, 0),
		.looked = json_int(in[LOOKED].value, 0),
		.at = in[AT].value.text,
		.tool = in[TOOL].value.text,
		.stage = json_int(in[STAGE].value, 0),
		.again = in[AGAIN].value.type == JSON_TRUE,
		.message = m.line,
	};
	memcpy(u->id, m.id.p, m.id.n);
	return true;
}
