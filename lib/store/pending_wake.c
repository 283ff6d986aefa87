/* See pending_wake.h. */
#include <unistd.h>

#include "base/json.h"
#include "store/pending_wake.h"

static char *path_of(char out[LAYOUT_MAX], const void *record)
{
	const struct pending_wake *p = record;

	return layout_pending_wake(out, p->recipient, slice_of(p->message_id));
}

static void text_of(struct buf *b, const void *record)
{
	const struct pending_wake *p = record;

	buf_char(b, '{');
	json_member_text(b, "recipientSessionId", p->recipient);
	json_member_text(b, "messageId", p->message_id);
	json_member_text(b, "senderSessionId", p->sender);
	json_member_int(b, "sentAt", p->at);
	json_member_int(b, "attempts", p->attempts);
	json_member_known(b, "lastAttemptAt", p->last_at);
	buf_char(b, '}');
}

static bool record_taken(struct slice text, void *record)
{
	enum { RECIPIENT, MESSAGE, SENDER, ATTEMPTS, LAST, COUNT };
	struct json_member in[COUNT] = {
		[RECIPIENT] = { .name = "recipientSessionId" },
		[MESSAGE] = { .name = "messageId" },
		[SENDER] = { .name = "senderSessionId" },
		[ATTEMPTS] = { .name = "attempts" },
		[LAST] = { .name = "lastAttemptAt" },
	};
	struct pending_wake *p = record;

	if (json_object(text, in, COUNT) != JSON_OK ||
	    !id_take(in[RECIPIENT].value, session_id_valid, p->recipient, sizeof(p->recipient)) ||
	    !id_take(in[MESSAGE].value, message_id_ours, p->message_id, sizeof(p->message_id)))
		return false;
	id_take(in[SENDER].value, session_id_valid, p->sender, sizeof(p->sender));
	p->attempts = json_int(in[ATTEMPTS].value, 0);
	p->last_at = json_int(in[LAST].value, 0);
	return true;
}

static const struct record_kind kind = {
	.folder = LAYOUT_PENDING_WAKE,
	.prefix = "w-",
	.setting = "OXTAIL_PENDING_WAKE_TTL_MS",
	.ttl_ms = PENDING_WAKE_TTL_MS,
	.path = path_of,
	.text = text_of,
};

int pending_wake_write(const struct store *s, const struct pending_wake *p)
{
	return record_kind_make(s, &kind, p, p->at);
}

void pending_wake_remove(const struct store *s, const struct pending_wake *p)
{
	char path[LAYOUT_MAX];

	if (store_has(s, LAYOUT_PENDING_WAKE) == 0)
		unlinkat(s->root, path_of(path, p), 0);
}

int pending_wake_open(struct record_scan *scan, const struct store *s, int64_t now)
{
	return record_scan_open(scan, s, &kind, now);
}

bool pending_wake_next(struct record_scan *scan, struct pending_wake *p)
{
	return record_scan_next(scan, record_taken, p, &p->at);
}

int pending_wake_attempted(const struct store *s, const struct pending_wake *p, int64_t now)
{
	struct pending_wake counted = *p;

	counted.attempts++;
	counted.last_at = now;
	return record_kind_renew(s, &kind, &counted);
}
