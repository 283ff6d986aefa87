/*
 * pending-wake/: a message for a session may lie unread, since the wake that should have come with
 * it may not have landed (oxtail.md section 15). A record's mtime is its creation, whatever is
 * counted in it.
 */
#ifndef PEERHOOKS_STORE_PENDING_WAKE_H
#define PEERHOOKS_STORE_PENDING_WAKE_H

#include "store/record.h"

enum { PENDING_WAKE_TTL_MS = 3600000 };	/* default of OXTAIL_PENDING_WAKE_TTL_MS */

struct pending_wake {
	char recipient[SESSION_ID_MAX + 1];
	char message_id[MESSAGE_ID_TEXT];
	char sender[SESSION_ID_MAX + 1];	/* empty: null */
	int64_t at;	/* ms since 1970 */
	int64_t attempts;
	int64_t last_at;	/* ms since 1970; 0: null */
};

/* Made exclusively, mtime `at`. 0, -EEXIST, or another errno. */
int pending_wake_write(const struct store *s, const struct pending_wake *p);

void pending_wake_remove(const struct store *s, const struct pending_wake *p);

/* The next one that is whole, see record_scan; ended with record_scan_close. */
int pending_wake_open(struct record_scan *scan, const struct store *s, int64_t now);
bool pending_wake_next(struct record_scan *scan, struct pending_wake *p);

/* Counts an attempt: replaces the record, with its old mtime. */
int pending_wake_attempted(const struct store *s, const struct pending_wake *p, int64_t now);

#endif
