/*
 * The drain: taking a session's mail out of all its boxes at once ("union drain", oxtail.md
 * section 5), in such an order that a crash at any point loses nothing:
 *
 *	drain_open	lock each box that holds bytes, read it
 *	drain_next	the oldest message not looked at yet; then one of
 *	  drain_take	  it is going to be delivered
 *	  drain_leave	  it stays in its box
 *	  drain_drop	  it is for nobody, and leaves its box without a receipt
 *	drain_rest	all that was not looked at stays, and is counted
 *			... now the caller hands the messages over, and only then
 *	drain_commit	receipts, then the taken ones leave the boxes
 *	drain_close	unlock
 *
 * Without drain_commit the boxes are as they were. Within a box the order is that of the file;
 * across boxes the oldest `enqueued_at` goes first. The same id in two boxes, as a crash in the
 * middle of a move leaves it, comes once, and both copies go. Lines that are no messages go too.
 * A box whose lock cannot be had in time stays as it is.
 */
#ifndef PEERHOOKS_STORE_DRAIN_H
#define PEERHOOKS_STORE_DRAIN_H

#include "store/boxes.h"
#include "store/jsonl.h"
#include "store/message.h"

enum {
	DRAIN_TAKEN_MAX = 1000,	/* messages in one drain */
	DRAIN_PLACES = 4096,	/* a power of two, and so many that few ids collide */
};

struct drain_box {
	struct jsonl file;
	struct message head;	/* the next message, if there is one */
	bool has_head;
};

struct drain_taken {
	struct drain_box *box;
	struct slice line;
	struct slice id;
};

/* Some 100 KB: static, not on the stack. */
struct drain {
	const struct store *store;
	const char *session;
	unsigned count;	/* boxes */
	unsigned taken_count;
	unsigned waiting;	/* messages that stay in the boxes */
	unsigned missed;	/* boxes whose lock was not to be had, or that cannot be read */
	unsigned dropped;	/* what is no message, second copies, drain_drop */
	struct drain_box *current;	/* whose head drain_next returned last */
	struct drain_box boxes[BOXES_MAX];
	struct drain_taken taken[DRAIN_TAKEN_MAX];
	uint16_t places[DRAIN_PLACES];	/* hash table of the taken ids: 1 + their index in taken */
};

/*
 * Opens the given boxes; locks are tried for until `end` of clock_monotonic_ms, for all of them
 * together. False if none could be opened: there is nothing to close then.
 */
bool drain_open(struct drain *d, const struct store *s, const char *session,
		const struct boxes *boxes, int64_t end);

/* The same without locks, to look only: no drain_commit afterwards. */
bool drain_peek(struct drain *d, const struct store *s, const char *session,
		const struct boxes *boxes);

/* Valid until the next drain_take, drain_leave or drain_rest; what its slices point to, until
 * drain_close. NULL if there is none, or DRAIN_TAKEN_MAX are taken. */
const struct message *drain_next(struct drain *d);

void drain_take(struct drain *d);
void drain_leave(struct drain *d);
void drain_drop(struct drain *d);
void drain_rest(struct drain *d);

/* Is what was taken ours to hand over still? Not after a stall in which another took its lock, and
 * maybe the mail. To be asked just before that. */
bool drain_ours(const struct drain *d);

/* `via` as in receipt.h; NULL: no receipts, the mail was only moved. A negative errno means that
 * messages will come a second time. */
int drain_commit(struct drain *d, const char *via);

void drain_close(struct drain *d);

/* How many messages wait for the session, none of which is touched. `d` is only memory. */
unsigned drain_count(struct drain *d, const struct store *s, const char *session);

#endif
