/* See move.h. */
#include <errno.h>

#include "base/trace.h"
#include "store/drain.h"
#include "store/move.h"

static struct drain drain;

/* Appends what the drain has, at most as much as it can take at once. */
static int append_all(const char *path, int64_t end)
{
	struct jsonl to;
	const struct message *m;
	int err = jsonl_open(&to, drain.store, path, JSONL_ADD, end);

	if (err)
		return err;
	while (err == 0 && (m = drain_next(&drain)) != NULL) {
		err = jsonl_add(&to, m->line, NULL);
		drain_take(&drain);
	}
	if (err == 0)
		err = jsonl_sync(&to, LAYOUT_MAILBOXES);
	if (err)
		jsonl_take_back(&to);
	jsonl_close(&to);
	return err;
}

/* One round; *more if another one is needed. */
static int round_moved(const struct store *s, const struct boxes *from, const char *session,
		       const char *path, int64_t end, bool *more)
{
	int err = 0;

	*more = false;
	if (!drain_open(&drain, s, session, from, end))
		return drain.missed ? -ETIMEDOUT : 0;
	err = append_all(path, end);
	if (err == 0) {
		drain_rest(&drain);
		*more = drain.waiting > 0;
		err = drain_commit(&drain, NULL);
	}
	if (err == 0 && drain.missed)
		err = -ETIMEDOUT;
	drain_close(&drain);
	return err;
}

int mail_move(const struct store *s, const struct boxes *from, const char *session, int64_t end)
{
	static struct boxes boxes;
	char own[BOX_NAME_MAX], path[LAYOUT_MAX];
	bool more = true;
	int err = 0;

	layout_session_key(own, session);
	boxes.count = 0;
	for (unsigned i = 0; i < from->count; i++) {
		if (strcmp(from->names[i], own) != 0)
			memcpy(boxes.names[boxes.count++], from->names[i], BOX_NAME_MAX);
	}
	boxes_keep_filled(s, &boxes);
	if (boxes.count == 0)
		return 0;
	err = store_has(s, LAYOUT_MAILBOXES);
	layout_mailbox(path, own);
	while (err == 0 && more) {
		err = round_moved(s, &boxes, session, path, end, &more);
		/* A box may go on beyond what one round reads of it. */
		boxes_keep_filled(s, &boxes);
		more = boxes.count > 0;
	}
	trace(err ? "mail stays where it was, meant for" : "moved mail to", session, err);
	return err;
}

int mail_move_pid_box(const struct store *s, pid_t pid, const char *session, int64_t end)
{
	static struct boxes boxes;

	boxes.count = 1;
	layout_pid_box(boxes.names[0], pid);
	return mail_move(s, &boxes, session, end);
}
