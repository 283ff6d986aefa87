/*
 * Small records, one file each: made exclusively, replaced whole, and dated, since the mtime of
 * many is data with a precision of milliseconds (oxtail.md sections 13 to 15). Paths are
 * layout.h's, times are ms since 1970, and errors negative errnos. Nothing is synced: after a power
 * cut a record may be empty or gone.
 */
#ifndef PEERHOOKS_STORE_RECORD_H
#define PEERHOOKS_STORE_RECORD_H

#include "base/buf.h"
#include "base/directory.h"
#include "store/store.h"

/* Makes the record, and its folder (a LAYOUT_ constant). 0, -EEXIST if there is one, or another
 * errno, and then there is none. */
int record_make(const struct store *s, const char *folder, const char *path, struct slice text,
		int64_t at);

/* Puts the record in the place of any that is there, whole or not at all. */
int record_replace(const struct store *s, const char *folder, const char *path, struct slice text,
		   int64_t at);

/* When the record was made; false if there is none. `dir`: the store's root, or a folder of it. */
bool record_dated(int dir, const char *path, int64_t *at);

/* Records of a struct that lie in one folder, and count for a while only. */
struct record_kind {
	const char *folder;	/* a LAYOUT_ constant */
	const char *prefix;	/* of the files' names */
	const char *setting;	/* the environment variable that says how long they count */
	int64_t ttl_ms;	/* its default */
	char *(*path)(char out[LAYOUT_MAX], const void *record);
	void (*text)(struct buf *out, const void *record);
};

enum { RECORD_TEXT_MAX = 6 * (LAYOUT_REQUEST_MAX + MESSAGE_ID_MAX) + 2 * SESSION_ID_MAX + 512 };

/* As record_make. */
int record_kind_make(const struct store *s, const struct record_kind *kind, const void *record,
		     int64_t at);
/* As record_replace for one that is there, whose time stays; -ENOENT if none is. */
int record_kind_renew(const struct store *s, const struct record_kind *kind, const void *record);

int64_t record_ttl(const struct record_kind *kind);

/* All that still count; those that do not are unlinked on the way. It ends after RECORD_SCAN_MS,
 * however many files are there. */
enum { RECORD_SCAN_MS = 50 };

struct record_scan {
	struct directory folder;
	const struct record_kind *kind;
	int64_t now;
	int64_t end;	/* in clock_monotonic_ms */
};

/* 0 or a negative errno; the kind must last as long as the scan. */
int record_scan_open(struct record_scan *scan, const struct store *s,
		     const struct record_kind *kind, int64_t now);

/* Takes a record out of the text; false: it is none.
 * Not in the kind: who only writes does without. */
typedef bool record_take(struct slice text, void *record);

/* The next one that is whole, and in the file of its name; and when it was made. */
bool record_scan_next(struct record_scan *scan, record_take *take, void *record, int64_t *at);

void record_scan_close(struct record_scan *scan);

#endif
