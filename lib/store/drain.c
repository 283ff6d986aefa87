/* See drain.h. */
#include <errno.h>

#include "base/trace.h"
#include "store/drain.h"
#include "store/receipt.h"

static void drop(struct drain *d, struct drain_box *box, struct slice line)
{
	jsonl_blank(&box->file, line);
	d->dropped++;
}

/* Of the decoded id, which may be spelt in several ways (FNV-1a). */
static uint32_t hash(struct slice id)
{
	uint32_t h = 2166136261u;

	while (id.n) {
		struct json_char c = json_first(id);

		h = (h ^ c.code) * 16777619u;
		id = slice_from(id, c.bytes);
	}
	return h;
}

/* Where the id stands in the table, or the free place where it belongs. */
static uint16_t *place_of(struct drain *d, struct slice id)
{
	uint32_t at = hash(id) % DRAIN_PLACES;

	while (d->places[at] && !json_same(d->taken[d->places[at] - 1].id, id))
		at = (at + 1) % DRAIN_PLACES;
	return &d->places[at];
}

static bool is_taken(struct drain *d, struct slice id)
{
	return *place_of(d, id) != 0;
}

/* Makes the next message of the box its head; drops what stands before it and is none. */
static void find_head(struct drain *d, struct drain_box *box)
{
	struct slice line;

	box->has_head = false;
	while (!box->has_head && jsonl_next(&box->file, &line)) {
		if (message_read(line, &box->head))
			box->has_head = true;
		else
			drop(d, box, line);
	}
}

static bool open_boxes(struct drain *d, const struct store *s, const char *session,
		       const struct boxes *boxes, enum jsonl_use use, int64_t end)
{
	char path[LAYOUT_MAX];

	d->store = s;
	d->session = session;
	d->count = d->taken_count = d->waiting = d->missed = d->dropped = 0;
	d->current = NULL;
	memset(d->places, 0, sizeof(d->places));
	for (unsigned i = 0; i < boxes->count; i++) {
		struct drain_box *box = &d->boxes[d->count];
		int err;

		box->has_head = false;
		layout_mailbox(path, boxes->names[i]);
		err = jsonl_open(&box->file, s, path, use, end);
		if (err == 0) {
			d->count++;
			err = jsonl_read(&box->file);
		}
		if (err == 0) {
			find_head(d, box);
		} else if (err != -ENOENT) {
			d->missed++;
			trace("mail stays: cannot read", path, err);
		}
	}
	return d->count > 0;
}

bool drain_open(struct drain *d, const struct store *s, const char *session,
		const struct boxes *boxes, int64_t end)
{
	return open_boxes(d, s, session, boxes, JSONL_READ, end);
}

bool drain_peek(struct drain *d, const struct store *s, const char *session,
		const struct boxes *boxes)
{
	return open_boxes(d, s, session, boxes, JSONL_PEEK, 0);
}

static struct drain_box *oldest(struct drain *d)
{
	struct drain_box *found = NULL;

	for (unsigned i = 0; i < d->count; i++) {
		struct drain_box *box = &d->boxes[i];

		if (box->has_head && (!found || box->head.enqueued_at < found->head.enqueued_at))
			found = box;
	}
	return found;
}

const struct message *drain_next(struct drain *d)
{
	if (d->taken_count == DRAIN_TAKEN_MAX)
		return NULL;
	for (;;) {
		d->current = oldest(d);
		if (!d->current)
			return NULL;
		if (!is_taken(d, d->current->head.id))
			return &d->current->head;
		drain_drop(d);
	}
}

void drain_take(struct drain *d)
{
	struct drain_box *box = d->current;

	d->taken[d->taken_count++] = (struct drain_taken){ box, box->head.line, box->head.id };
	*place_of(d, box->head.id) = (uint16_t)d->taken_count;
	find_head(d, box);
}

void drain_leave(struct drain *d)
{
	d->waiting++;
	find_head(d, d->current);
}

void drain_drop(struct drain *d)
{
	drop(d, d->current, d->current->head.line);
	find_head(d, d->current);
}

void drain_rest(struct drain *d)
{
	for (unsigned i = 0; i < d->count; i++) {
		struct drain_box *box = &d->boxes[i];

		while (box->has_head) {
			if (is_taken(d, box->head.id))
				drop(d, box, box->head.line);
			else
				d->waiting++;
			find_head(d, box);
		}
	}
}

bool drain_ours(const struct drain *d)
{
	for (unsigned i = 0; i < d->taken_count; i++) {
		const struct drain_box *box = d->taken[i].box;

		/* Once for each box: what is taken of one mostly stands together. */
		if ((i == 0 || box != d->taken[i - 1].box) && !jsonl_ours(&box->file))
			return false;
	}
	return true;
}

int drain_commit(struct drain *d, const char *via)
{
	int err = 0;

	for (unsigned i = 0; via && i < d->taken_count; i++)
		receipt_write(d->store, d->taken[i].id, d->session, via);
	for (unsigned i = 0; i < d->taken_count; i++)
		jsonl_blank(&d->taken[i].box->file, d->taken[i].line);
	for (unsigned i = 0; i < d->count; i++) {
		int failed = jsonl_commit(&d->boxes[i].file);

		if (failed)
			err = failed;
	}
	if (err)
		trace("delivered mail stays in a box of", d->session, err);
	if (d->dropped)
		trace("dropped lines that are no messages, in boxes of", d->session, 0);
	return err;
}

void drain_close(struct drain *d)
{
	for (unsigned i = 0; i < d->count; i++)
		jsonl_close(&d->boxes[i].file);
	d->count = 0;
}

unsigned drain_count(struct drain *d, const struct store *s, const char *session)
{
	static struct boxes boxes;

	boxes_find(s, session, &boxes);
	boxes_keep_filled(s, &boxes);
	if (boxes.count == 0 || store_has(s, LAYOUT_MAILBOXES) != 0 ||
	    !drain_peek(d, s, session, &boxes))
		return 0;
	drain_rest(d);
	drain_close(d);
	return d->waiting;
}
