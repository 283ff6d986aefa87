/* See pending_ask.h. */
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "store/pending_ask.h"
#include "store/presence.h"

static char *path_of(char out[LAYOUT_MAX], const void *record)
{
	const struct pending_ask *p = record;

	return layout_pending_ask(out, p->session, slice_of(p->request_id));
}

static void text_of(struct buf *b, const void *record)
{
	const struct pending_ask *p = record;

	buf_char(b, '{');
	json_member_text(b, "sessionId", p->session);
	json_member_text(b, "requestId", p->request_id);
	json_member_int(b, "at", p->at);
	json_member_text(b, "target", p->target);
	json_member_text(b, "messageId", p->message_id);
	json_member_known(b, "ownerEpoch", p->owner_epoch);
	json_member_int(b, "attempts", p->attempts);
	json_member_known(b, "lastRepokeAt", p->last_at);
	buf_char(b, '}');
}

static bool record_taken(struct slice text, void *record)
{
	enum { SESSION, REQUEST, TARGET, MESSAGE, EPOCH, ATTEMPTS, LAST, COUNT };
	struct json_member in[COUNT] = {
		[SESSION] = { .name = "sessionId" },
		[REQUEST] = { .name = "requestId" },
		[TARGET] = { .name = "target" },
		[MESSAGE] = { .name = "messageId" },
		[EPOCH] = { .name = "ownerEpoch" },
		[ATTEMPTS] = { .name = "attempts" },
		[LAST] = { .name = "lastRepokeAt" },
	};
	struct pending_ask *p = record;

	if (json_object(text, in, COUNT) != JSON_OK ||
	    !id_take(in[SESSION].value, session_id_valid, p->session, sizeof(p->session)) ||
	    !json_take(in[REQUEST].value, p->request_id, sizeof(p->request_id)))
		return false;
	id_take(in[TARGET].value, session_id_valid, p->target, sizeof(p->target));
	id_take(in[MESSAGE].value, message_id_shown, p->message_id, sizeof(p->message_id));
	p->owner_epoch = json_int(in[EPOCH].value, 0);
	p->attempts = json_int(in[ATTEMPTS].value, 0);
	p->last_at = json_int(in[LAST].value, 0);
	return true;
}

static const struct record_kind kind = {
	.folder = LAYOUT_PENDING_ASK,
	.prefix = "p-",
	.setting = "OXTAIL_PENDING_ASK_TTL_MS",
	.ttl_ms = PENDING_ASK_TTL_MS,
	.path = path_of,
	.text = text_of,
};

int pending_ask_write(const struct store *s, const struct pending_ask *p)
{
	return record_kind_make(s, &kind, p, p->at);
}

int pending_ask_await(const struct store *s, struct pending_ask *p)
{
	static struct presence asker;

	p->at = clock_now_ms();
	if (presence_find(s, p->session, &asker))
		p->owner_epoch = asker.started_at;
	return pending_ask_write(s, p);
}

enum pending_ask_found pending_ask_consume(const struct store *s, const char *session,
					   struct slice request_id, int64_t now)
{
	char path[LAYOUT_MAX];
	int64_t at;

	layout_pending_ask(path, session, request_id);
	if (store_has(s, LAYOUT_PENDING_ASK) != 0 || !record_dated(s->root, path, &at) ||
	    unlinkat(s->root, path, 0) != 0)
		return PENDING_ASK_NONE;
	return now - at < record_ttl(&kind) ? PENDING_ASK_WON : PENDING_ASK_EXPIRED;
}

void pending_ask_remove(const struct store *s, const char *session, struct slice request_id)
{
	char path[LAYOUT_MAX];

	if (store_has(s, LAYOUT_PENDING_ASK) == 0)
		unlinkat(s->root, layout_pending_ask(path, session, request_id), 0);
}

int pending_ask_open(struct record_scan *scan, const struct store *s, int64_t now)
{
	return record_scan_open(scan, s, &kind, now);
}

bool pending_ask_next(struct record_scan *scan, struct pending_ask *p)
{
	return record_scan_next(scan, record_taken, p, &p->at);
}

int pending_ask_attempted(const struct store *s, const struct pending_ask *p, int64_t now)
{
	struct pending_ask counted = *p;

	counted.attempts++;
	counted.last_at = now;
	return record_kind_renew(s, &kind, &counted);
}
