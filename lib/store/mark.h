/*
 * Activity marks: `busy` or `idle` in activity/<session id>; the file's mtime says since when
 * (oxtail.md section 8). An id of more than 255 characters cannot be a file's name and so has
 * no mark.
 */
#ifndef PEERHOOKS_STORE_MARK_H
#define PEERHOOKS_STORE_MARK_H

#include "store/store.h"

enum mark { MARK_BUSY, MARK_IDLE };

/* Writes the mark; a reader sees the old word or the new one, never an empty file. An error goes to
 * the trace: no hook could do more about it. */
void mark_write(const struct store *s, const char *session, enum mark mark);

/* Reads the session's mark and when it was set, ms since 1970; false if there is none. */
bool mark_read(const struct store *s, const char *session, enum mark *mark, int64_t *at);

/* There is one, whatever it says: the session has hooks. */
bool mark_exists(const struct store *s, const char *session);

#endif
