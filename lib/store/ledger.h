/*
 * The received ledger, received/H(session).jsonl: all mail sent to a session, kept whole after
 * delivery so that it can be answered by its id, and the work that was asked for with it
 * (oxtail.md section 12). Its lines are those of mailboxes, with one more member once an obligation
 * is closed:
 *
 *	"obligation":{"state":"done"|"blocked","at":seconds,"note":"..."}
 */
#ifndef PEERHOOKS_STORE_LEDGER_H
#define PEERHOOKS_STORE_LEDGER_H

#include "base/directory.h"
#include "store/jsonl.h"
#include "store/message.h"
#include "store/store.h"

enum {
	LEDGER_LINES = 1000,	/* default of OXTAIL_RECEIVED_MAX */
	LEDGER_WINDOW = 64 << 20,	/* bytes that are read: more than so many lines take */
	LEDGER_NOTE_UNITS = 280,	/* UTF-16 units of an answer that are kept as the note */
};

/*
 * Makes sure that the ledger holds the message whole, before its body is shown cut. Tries for
 * the ledger's lock until `end` of clock_monotonic_ms. 0 if it is there now.
 */
int ledger_keep(const struct store *s, const char *session, const struct message *m, int64_t end);

/*
 * Records a message (its mailbox line, without a line feed) that is about to be sent to the
 * session, in the place of any line with the same id, whose obligation it takes over. Over the cap
 * the oldest lines go, but never an open obligation nor this message. 0: it is on the disk; or a
 * negative errno, and the ledger is as it was. In a ledger of more than LEDGER_WINDOW, which cannot
 * be rewritten, the line is appended and nothing else is done: whoever looks finds its first part.
 */
int ledger_record(const struct store *s, const char *session, struct slice line, int64_t end);

enum obligation_state { OBLIGATION_NONE, OBLIGATION_OPEN, OBLIGATION_DONE, OBLIGATION_BLOCKED };

struct ledger_entry {
	struct message message;
	enum obligation_state obligation;
	int64_t closed_at;	/* seconds since 1970; 0 while it is open */
	struct json_value note;
};

/* A ledger, to be looked at without its lock: writers replace it as a whole. */
struct ledger_scan {
	struct jsonl file;
};

/* 0 or a negative errno; -ENOENT if nothing was ever sent to the session. */
int ledger_open(struct ledger_scan *scan, const struct store *s, const char *session);

/* The next message, oldest first; slices point into the scan until ledger_close. */
bool ledger_next(struct ledger_scan *scan, struct ledger_entry *e);

void ledger_close(struct ledger_scan *scan);

/* Opens the session's ledger and finds the last line of that id; then the scan is to be closed.
 * False if there is none: nothing is open then. */
bool ledger_find(struct ledger_scan *scan, const struct store *s, const char *session,
		 struct slice id, struct ledger_entry *e);

/*
 * Stamps an obligation (the first line of that id) as closed, if it is open still. The note is
 * plain UTF-8, cut to LEDGER_NOTE_UNITS; empty: none. 0, -EALREADY if it is closed, -ENOENT if it
 * is not there or is no obligation, or another errno (-EFBIG beyond LEDGER_WINDOW).
 */
int ledger_stamp(const struct store *s, const char *session, struct slice id,
		 enum obligation_state state, struct slice note, int64_t end);

/* Unlinks a ledger, or a mailbox, that was not changed since then (seconds since 1970), is no
 * larger and holds no open obligation; nothing is done while it is locked. */
void ledger_unlink_old(const struct store *s, const char *path, int64_t changed, int64_t size);

/* All ledgers of this machine, one after the other, for what a session is owed. */
struct ledger_walk {
	struct directory folder;
	struct ledger_scan scan;
	const struct store *store;
	bool open;	/* the scan is */
};

int ledger_walk_open(struct ledger_walk *w, const struct store *s);
/* The next message of any ledger. */
bool ledger_walk_next(struct ledger_walk *w, struct ledger_entry *e);
void ledger_walk_close(struct ledger_walk *w);

#endif
