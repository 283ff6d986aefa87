/*
 * pending-ask/: a session still awaits the answer to a request that nobody waits for any longer
 * (oxtail.md section 15). A record's mtime is its creation, whatever is counted in it.
 */
#ifndef PEERHOOKS_STORE_PENDING_ASK_H
#define PEERHOOKS_STORE_PENDING_ASK_H

#include "store/record.h"

enum { PENDING_ASK_TTL_MS = 3600000 };	/* default of OXTAIL_PENDING_ASK_TTL_MS */

struct pending_ask {
	char session[SESSION_ID_MAX + 1];	/* who asked */
	char request_id[LAYOUT_REQUEST_MAX + 1];
	int64_t at;	/* ms since 1970 */
	char target[SESSION_ID_MAX + 1];	/* empty: null */
	char message_id[MESSAGE_ID_MAX + 1];	/* empty: null */
	int64_t owner_epoch;	/* s since 1970: when the asking session started; 0: unknown */
	int64_t attempts;
	int64_t last_at;	/* ms since 1970; 0: null */
};

/* Made exclusively, mtime `at`. 0, -EEXIST, or another errno. */
int pending_ask_write(const struct store *s, const struct pending_ask *p);

/* The same from now on, for a session of this machine: fills in `at` and `owner_epoch`. */
int pending_ask_await(const struct store *s, struct pending_ask *p);

enum pending_ask_found {
	PENDING_ASK_NONE,	/* there is none, or another was quicker */
	PENDING_ASK_EXPIRED,	/* it is gone now, but too old to count */
	PENDING_ASK_WON,
};

/* Takes the record, whoever unlinks it having won. */
enum pending_ask_found pending_ask_consume(const struct store *s, const char *session,
					   struct slice request_id, int64_t now);

/* Takes it away, since the answer has come otherwise. */
void pending_ask_remove(const struct store *s, const char *session, struct slice request_id);

/* The next one that is whole, see record_scan; ended with record_scan_close. */
int pending_ask_open(struct record_scan *scan, const struct store *s, int64_t now);
bool pending_ask_next(struct record_scan *scan, struct pending_ask *p);

/* Counts an attempt: replaces the record, with its old mtime. */
int pending_ask_attempted(const struct store *s, const struct pending_ask *p, int64_t now);

#endif
