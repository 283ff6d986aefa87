/*
 * Small records, one file each: made exclusively, replaced whole, and dated, since the mtime of
 * many is data with a precision of milliseconds (oxtail.md sections 13 to 15). Paths are layout.h's,
 * times are ms since 1970, and errors negative errnos. Nothing is synced: after a power cut a record
 * may be empty or gone.
 */
#ifndef PEERHOOKS_STORE_RECORD_H
#define PEERHOOKS_STORE_RECORD_H

#include "store/store.h"

/* Makes the record, and its folder (a LAYOUT_ constant). 0, -EEXIST if there is one, or another
 * errno, and then there is none. */
int record_make(const struct store *s, const char *folder, const char *path, struct slice text,
		int64_t at);

/* Puts the record in the place of any that is there, whole or not at all. */
int record_replace(const struct store *s, const char *folder, const char *path, struct slice text,
		   int64_t at);

/* The same for one that is there, whose time stays; -ENOENT if none is. */
int record_renew(const struct store *s, const char *folder, const char *path, struct slice text);

/* When the record was made; false if there is none. `dir`: the store's root, or a folder of it. */
bool record_dated(int dir, const char *path, int64_t *at);

#endif
