/* See pending_wake.h. */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/setting.h"
#include "store/pending_wake.h"
#include "store/record.h"

enum { TEXT_MAX = 2 * SESSION_ID_MAX + 512 };

static int64_t ttl(void)
{
	return setting_number(getenv("OXTAIL_PENDING_WAKE_TTL_MS"), PENDING_WAKE_TTL_MS);
}

static char *path_of(char out[LAYOUT_MAX], const struct pending_wake *p)
{
	return layout_pending_wake(out, p->recipient, slice_of(p->message_id));
}

static void text_of(struct buf *b, const struct pending_wake *p)
{
	buf_char(b, '{');
	json_member_text(b, "recipientSessionId", p->recipient);
	json_member_text(b, "messageId", p->message_id);
	json_member_text(b, "senderSessionId", p->sender);
	json_member_int(b, "sentAt", p->at);
	json_member_int(b, "attempts", p->attempts);
	json_member_known(b, "lastAttemptAt", p->last_at);
	buf_char(b, '}');
}

int pending_wake_write(const struct store *s, const struct pending_wake *p)
{
	char path[LAYOUT_MAX], memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	text_of(&text, p);
	return record_make(s, LAYOUT_PENDING_WAKE, path_of(path, p), buf_slice(&text), p->at);
}

void pending_wake_remove(const struct store *s, const struct pending_wake *p)
{
	char path[LAYOUT_MAX];

	if (store_has(s, LAYOUT_PENDING_WAKE) == 0)
		unlinkat(s->root, path_of(path, p), 0);
}

int pending_wake_open(struct pending_wake_scan *scan, const struct store *s, int64_t now)
{
	int err = store_has(s, LAYOUT_PENDING_WAKE);

	scan->now = now;
	scan->end = clock_monotonic_ms() + PENDING_WAKE_LOOK_MS;
	return err ? err : directory_open(&scan->folder, s->root, LAYOUT_PENDING_WAKE);
}

/* Is it a whole record, and that of this name? */
static bool record_taken(struct slice text, const char *name, struct pending_wake *p)
{
	enum { RECIPIENT, MESSAGE, SENDER, ATTEMPTS, LAST, COUNT };
	struct json_member in[COUNT] = {
		[RECIPIENT] = { .name = "recipientSessionId" },
		[MESSAGE] = { .name = "messageId" },
		[SENDER] = { .name = "senderSessionId" },
		[ATTEMPTS] = { .name = "attempts" },
		[LAST] = { .name = "lastAttemptAt" },
	};
	char path[LAYOUT_MAX];

	if (json_object(text, in, COUNT) != JSON_OK ||
	    !id_take(in[RECIPIENT].value, session_id_valid, p->recipient, sizeof(p->recipient)) ||
	    !id_take(in[MESSAGE].value, message_id_ours, p->message_id, sizeof(p->message_id)))
		return false;
	id_take(in[SENDER].value, session_id_valid, p->sender, sizeof(p->sender));
	p->attempts = json_int(in[ATTEMPTS].value, 0);
	p->last_at = json_int(in[LAST].value, 0);
	return strcmp(strrchr(path_of(path, p), '/') + 1, name) == 0;
}

bool pending_wake_next(struct pending_wake_scan *scan, struct pending_wake *p)
{
	char memory[TEXT_MAX];
	const char *name;

	while (clock_monotonic_ms() < scan->end &&
	       (name = directory_next(&scan->folder)) != NULL) {
		struct slice text = { memory, 0 };

		if (strncmp(name, "w-", 2) != 0 || !record_dated(scan->folder.fd, name, &p->at))
			continue;
		if (scan->now - p->at >= ttl())
			unlinkat(scan->folder.fd, name, 0);
		else if (file_read_at(scan->folder.fd, name, memory, sizeof(memory), &text.n) == 0 &&
			 record_taken(text, name, p))
			return true;
	}
	return false;
}

void pending_wake_close(struct pending_wake_scan *scan)
{
	directory_close(&scan->folder);
}

int pending_wake_attempted(const struct store *s, const struct pending_wake *p, int64_t now)
{
	char path[LAYOUT_MAX], memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	struct pending_wake counted = *p;

	counted.attempts++;
	counted.last_at = now;
	text_of(&text, &counted);
	return record_renew(s, LAYOUT_PENDING_WAKE, path_of(path, p), buf_slice(&text));
}
