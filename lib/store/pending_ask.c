/* See pending_ask.h. */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/setting.h"
#include "store/pending_ask.h"
#include "store/presence.h"
#include "store/record.h"

/* Of a record: each byte of a request id may take six. */
enum { TEXT_MAX = 6 * (LAYOUT_REQUEST_MAX + MESSAGE_ID_MAX) + 2 * SESSION_ID_MAX + 512 };

static int64_t ttl(void)
{
	return setting_number(getenv("OXTAIL_PENDING_ASK_TTL_MS"), PENDING_ASK_TTL_MS);
}

static void text_of(struct buf *b, const struct pending_ask *p)
{
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

int pending_ask_write(const struct store *s, const struct pending_ask *p)
{
	char path[LAYOUT_MAX], memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	text_of(&text, p);
	layout_pending_ask(path, p->session, slice_of(p->request_id));
	return record_make(s, LAYOUT_PENDING_ASK, path, buf_slice(&text), p->at);
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
	return now - at < ttl() ? PENDING_ASK_WON : PENDING_ASK_EXPIRED;
}

void pending_ask_remove(const struct store *s, const char *session, struct slice request_id)
{
	char path[LAYOUT_MAX];

	if (store_has(s, LAYOUT_PENDING_ASK) == 0)
		unlinkat(s->root, layout_pending_ask(path, session, request_id), 0);
}

int pending_ask_open(struct pending_ask_scan *scan, const struct store *s, int64_t now)
{
	int err = store_has(s, LAYOUT_PENDING_ASK);

	scan->now = now;
	scan->end = clock_monotonic_ms() + PENDING_ASK_LOOK_MS;
	return err ? err : directory_open(&scan->folder, s->root, LAYOUT_PENDING_ASK);
}

/* Is it a whole record, and that of this name? */
static bool record_taken(struct slice text, const char *name, struct pending_ask *p)
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
	char path[LAYOUT_MAX];

	if (json_object(text, in, COUNT) != JSON_OK ||
	    !id_take(in[SESSION].value, session_id_valid, p->session, sizeof(p->session)) ||
	    !json_take(in[REQUEST].value, p->request_id, sizeof(p->request_id)))
		return false;
	id_take(in[TARGET].value, session_id_valid, p->target, sizeof(p->target));
	id_take(in[MESSAGE].value, message_id_shown, p->message_id, sizeof(p->message_id));
	p->owner_epoch = json_int(in[EPOCH].value, 0);
	p->attempts = json_int(in[ATTEMPTS].value, 0);
	p->last_at = json_int(in[LAST].value, 0);
	layout_pending_ask(path, p->session, slice_of(p->request_id));
	return strcmp(strrchr(path, '/') + 1, name) == 0;
}

bool pending_ask_next(struct pending_ask_scan *scan, struct pending_ask *p)
{
	char memory[TEXT_MAX];
	const char *name;

	while (clock_monotonic_ms() < scan->end &&
	       (name = directory_next(&scan->folder)) != NULL) {
		struct slice text = { memory, 0 };

		if (strncmp(name, "p-", 2) != 0 || !record_dated(scan->folder.fd, name, &p->at))
			continue;
		if (scan->now - p->at >= ttl())
			unlinkat(scan->folder.fd, name, 0);
		else if (file_read_at(scan->folder.fd, name, memory, sizeof(memory), &text.n) == 0 &&
			 record_taken(text, name, p))
			return true;
	}
	return false;
}

void pending_ask_close(struct pending_ask_scan *scan)
{
	directory_close(&scan->folder);
}

int pending_ask_attempted(const struct store *s, const struct pending_ask *p, int64_t now)
{
	char path[LAYOUT_MAX], memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	struct pending_ask counted = *p;

	counted.attempts++;
	counted.last_at = now;
	text_of(&text, &counted);
	layout_pending_ask(path, p->session, slice_of(p->request_id));
	return record_renew(s, LAYOUT_PENDING_ASK, path, buf_slice(&text));
}
