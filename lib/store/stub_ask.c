/*
 * Stand-ins for what another part of this work delivers: as much of receipt.h, ledger.h and
 * pending_ask.h as `peer ask` and `peer log` need. To be dropped when that is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "store/ledger.h"
#include "store/pending_ask.h"
#include "store/receipt.h"

bool receipt_read(const struct store *s, const char *message_id, struct receipt *r)
{
	struct json_member in[] = {
		{ .name = "delivered_at" }, { .name = "via" }, { .name = "recipient_session_id" },
	};
	char path[LAYOUT_MAX], text[1024];
	struct slice read = { text, 0 };

	if (store_has(s, LAYOUT_RECEIPTS) != 0 ||
	    file_read_at(s->root, layout_receipt(path, message_id), text, sizeof(text), &read.n) ||
	    json_object(read, in, 3) != JSON_OK)
		return false;
	r->delivered_at = json_int(in[0].value, 0);
	json_take(in[1].value, r->via, sizeof(r->via));
	json_take(in[2].value, r->recipient, sizeof(r->recipient));
	return true;
}

bool receipt_exists(const struct store *s, const char *message_id)
{
	char path[LAYOUT_MAX];

	return faccessat(s->root, layout_receipt(path, message_id), F_OK, 0) == 0;
}

int ledger_open(struct ledger_scan *scan, const struct store *s, const char *session)
{
	char path[LAYOUT_MAX];
	int err = jsonl_open(&scan->file, s, layout_ledger(path, session), JSONL_PEEK, 0);

	return err ? err : jsonl_read(&scan->file);
}

bool ledger_next(struct ledger_scan *scan, struct ledger_entry *e)
{
	struct slice line;

	while (jsonl_next(&scan->file, &line)) {
		if (message_read(line, &e->message))
			return true;
	}
	return false;
}

void ledger_close(struct ledger_scan *scan)
{
	jsonl_close(&scan->file);
}

static void text_or_null(struct buf *b, const char *name, const char *text)
{
	buf_text(b, name);
	if (*text)
		json_string(b, slice_of(text));
	else
		buf_text(b, "null");
}

int pending_ask_write(const struct store *s, const struct pending_ask *p)
{
	char path[LAYOUT_MAX], text[4096];
	struct buf b = buf_over(text, sizeof(text));
	const struct timespec at = { (time_t)(p->at / 1000), (long)(p->at % 1000) * 1000000 };
	const struct timespec times[] = { at, at };
	struct stat st;
	int err = store_make(s, LAYOUT_PENDING_ASK, false), fd;

	if (err)
		return err;
	text_or_null(&b, "{\"sessionId\":", p->session);
	text_or_null(&b, ",\"requestId\":", p->request_id);
	buf_text(&b, ",\"at\":");
	buf_int(&b, p->at);
	text_or_null(&b, ",\"target\":", p->target);
	text_or_null(&b, ",\"messageId\":", p->message_id);
	buf_text(&b, ",\"ownerEpoch\":");
	buf_int(&b, p->owner_epoch);
	buf_text(&b, ",\"attempts\":0,\"lastRepokeAt\":null}");
	layout_pending_ask(path, p->session, slice_of(p->request_id));
	fd = file_open(s->root, path, O_WRONLY | O_CREAT | O_EXCL, &st);
	if (fd < 0)
		return fd;
	(void)!write(fd, b.p, b.n);
	futimens(fd, times);
	close(fd);
	return 0;
}

void pending_ask_remove(const struct store *s, const char *session, struct slice request_id)
{
	char path[LAYOUT_MAX];

	unlinkat(s->root, layout_pending_ask(path, session, request_id), 0);
}
