/* See answer.h. */
#include <errno.h>
#include <unistd.h>

#include "agent/answer.h"
#include "agent/target.h"
#include "base/trace.h"
#include "host/signals.h"
#include "store/boxes.h"
#include "store/jsonl.h"
#include "store/ledger.h"
#include "store/receipt.h"

struct taking {
	const struct answer_wanted *wanted;
	const char *session;	/* whose mail is looked at */
	int64_t end;
	bool handed_over;
	/* Of the answer, escaped: a move that was cut off has left a copy in another box. */
	char id[6 * MESSAGE_ID_MAX];
	struct slice id_text;
};

static bool is_answer(const struct message *m, const char *request_id)
{
	return json_string_is(&m->reply_to, request_id);
}

/* The next answer in the copy of the box. */
static bool next_answer(struct jsonl *j, const char *request_id, struct message *m)
{
	struct slice line;

	while (jsonl_next(j, &line)) {
		if (message_read(line, m) && is_answer(m, request_id))
			return true;
	}
	return false;
}

static bool is_awaited(const struct message *m, void *context)
{
	const struct taking *t = context;

	return is_answer(m, t->wanted->request_id);
}

/* Looks without a lock, which would itself be a change in the folder that others watch. */
static void boxes_keep_holding(struct taking *t, struct boxes *boxes)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < boxes->count; i++) {
		if (!box_has(t->wanted->store, boxes->names[i], is_awaited, t))
			continue;
		if (kept != i)
			memcpy(boxes->names[kept], boxes->names[i], BOX_NAME_MAX);
		kept++;
	}
	boxes->count = kept;
}

static int handed_over(struct taking *t, const struct message *m)
{
	const struct answer_wanted *w = t->wanted;
	struct buf id = buf_over(t->id, sizeof(t->id));
	int err = w->hand_over(m, w->context);

	if (err)
		return err;
	receipt_write(w->store, m->id, t->session, RECEIPT_VIA_ASK);
	buf_put(&id, m->id);
	t->id_text = buf_slice(&id);
	t->handed_over = true;
	return 0;
}

/* Takes the answer out of the copy, and copies of it; other answers to the same question stay. */
static int copy_taken(struct taking *t, struct jsonl *j)
{
	struct message m;
	int err = 0;

	while (err == 0 && next_answer(j, t->wanted->request_id, &m)) {
		if (!t->handed_over)
			err = jsonl_ours(j) ? handed_over(t, &m) : -ESTALE;
		else if (!json_same(m.id, t->id_text))
			continue;
		if (err == 0)
			jsonl_blank(j, m.line);
	}
	return err ? err : jsonl_commit(j);
}

static int box_taken(struct taking *t, const char *box)
{
	char path[LAYOUT_MAX];
	struct jsonl j;
	int err = jsonl_open(&j, t->wanted->store, layout_mailbox(path, box), JSONL_READ, t->end);

	if (err)
		return err;
	err = jsonl_read(&j);
	while (err == 0) {
		err = copy_taken(t, &j);
		if (err || !jsonl_read_on(&j))
			break;
	}
	jsonl_close(&j);
	return err;
}

/* From the boxes; 0 too if somebody was quicker. */
static int boxes_taken(struct taking *t)
{
	static struct boxes boxes;
	const struct answer_wanted *w = t->wanted;
	sigset_t before;
	int err = 0;

	if (store_has(w->store, LAYOUT_MAILBOXES) != 0)
		return 0;
	boxes_find(w->store, t->session, &boxes);
	boxes_keep_filled(w->store, &boxes);
	boxes_keep_holding(t, &boxes);
	for (unsigned i = 0; i < boxes.count; i++) {
		int failed;

		signals_hold(&before);
		failed = box_taken(t, boxes.names[i]);
		signals_release(&before);
		if (failed && failed != -ENOENT)
			err = failed;
	}
	if (err && t->handed_over)
		trace("an answer that was handed over stays in a box of", t->session, err);
	return t->handed_over ? 1 : err;
}

/* Has it left the boxes otherwise? The receipt says so; the ledger holds all that was sent. */
static int shown_otherwise(const struct answer_wanted *w, const char *session)
{
	struct ledger_scan scan;
	struct ledger_entry e;
	sigset_t before;
	int found = 0;

	if (store_has(w->store, LAYOUT_RECEIVED) != 0 ||
	    ledger_open(&scan, w->store, session) != 0)
		return 0;
	while (found == 0 && ledger_next(&scan, &e)) {
		char id[MESSAGE_ID_TEXT];

		if (!is_answer(&e.message, w->request_id) ||
		    !message_id_take(e.message.id, id) || !receipt_exists(w->store, id))
			continue;
		signals_hold(&before);
		found = w->hand_over(&e.message, w->context);
		signals_release(&before);
		found = found ? found : 1;
	}
	ledger_close(&scan);
	return found;
}

int answer_take(const struct answer_wanted *w, int64_t end)
{
	char successor[SESSION_ID_MAX + 1];
	/* In this order: mail is moved from the first to the second. */
	const char *const sessions[] = { w->session, successor };
	const int count = target_successor(w->store, w->session, successor) ? 2 : 1;
	struct taking t = { .wanted = w, .end = end };
	int found = 0, err = 0;

	for (int i = 0; i < count; i++) {
		t.session = sessions[i];
		found = boxes_taken(&t);
		err = found < 0 ? found : err;
	}
	if (t.handed_over || err)
		return t.handed_over ? 1 : err;
	for (int i = 0; found == 0 && i < count; i++)
		found = shown_otherwise(w, sessions[i]);
	return found;
}

/* Unlinks a file under its lock; `empty`: only if nothing is in it. True if it is gone then. */
static bool removed(const struct store *s, const char *path, bool empty, int64_t end)
{
	struct jsonl j;
	int err = jsonl_open(&j, s, path, JSONL_READ, end);

	if (err)
		return err == -ENOENT;
	if (empty && j.file_size > 0)
		err = -ENOTEMPTY;
	else
		unlinkat(s->root, path, 0);
	jsonl_close(&j);
	return err == 0;
}

void answer_forget(const struct store *s, const char *session, int64_t end)
{
	char key[BOX_NAME_MAX], path[LAYOUT_MAX];

	layout_mailbox(path, layout_session_key(key, session));
	if (store_has(s, LAYOUT_MAILBOXES) != 0 || !removed(s, path, true, end))
		return;
	if (store_has(s, LAYOUT_RECEIVED) == 0)
		removed(s, layout_ledger(path, session), false, end);
	if (store_has(s, LAYOUT_BOX_INDEX) == 0)
		unlinkat(s->root, layout_box_index(path, session), 0);
}
