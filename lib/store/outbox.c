/* See outbox.h. */
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/trace.h"
#include "store/outbox.h"
#include "store/record.h"

enum { OUTBOX_MAX = 2 * SESSION_ID_MAX + 512 };

void outbox_write(const struct store *s, const struct outbox_record *r)
{
	char path[LAYOUT_MAX], text[OUTBOX_MAX];
	struct buf b = buf_over(text, sizeof(text));
	int err;

	buf_text(&b, "{\"schema_version\":1");
	json_member_text(&b, "message_id", r->id);
	json_member_int(&b, "enqueued_at", r->enqueued_at);
	json_member_text(&b, "target_session_id", r->target);
	json_member_int(&b, "target_server_pid", r->target_pid);
	json_member_text(&b, "from_session_id", r->from);
	buf_char(&b, '}');
	err = record_make(s, LAYOUT_OUTBOX, layout_outbox(path, r->id), buf_slice(&b),
			  clock_now_ms());
	if (err)
		trace("no outbox record of", r->id, err);
}

bool outbox_read(const struct store *s, const char *id, struct outbox_record *r)
{
	enum { ID, ENQUEUED, TARGET, PID, FROM, COUNT };
	struct json_member in[COUNT] = {
		[ID] = { .name = "message_id" },
		[ENQUEUED] = { .name = "enqueued_at" },
		[TARGET] = { .name = "target_session_id" },
		[PID] = { .name = "target_server_pid" },
		[FROM] = { .name = "from_session_id" },
	};
	char path[LAYOUT_MAX], memory[4 * OUTBOX_MAX];
	struct slice text = { memory, 0 };

	if (store_has(s, LAYOUT_OUTBOX) != 0 ||
	    file_read_at(s->root, layout_outbox(path, id), memory, sizeof(memory), &text.n) != 0 ||
	    json_object(text, in, COUNT) != JSON_OK || !json_string_is(&in[ID].value, id))
		return false;
	json_take(in[ID].value, r->id, sizeof(r->id));
	r->enqueued_at = json_int(in[ENQUEUED].value, 0);
	id_take(in[TARGET].value, session_id_valid, r->target, sizeof(r->target));
	r->target_pid = json_int(in[PID].value, 0);
	id_take(in[FROM].value, session_id_valid, r->from, sizeof(r->from));
	return true;
}
