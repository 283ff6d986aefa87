/*
 * Parts of messages, which are anybody's text, as people and programs are shown them.
 */
#ifndef PEERHOOKS_PEER_SHOWN_H
#define PEERHOOKS_PEER_SHOWN_H

#include "base/json.h"
#include "store/store.h"

/* Appends an escaped string as a terminal may see it, on one line. */
void shown_text(struct buf *out, struct slice escaped);

/* The same, and only the beginning of a long one. */
void shown_preview(struct buf *out, struct slice escaped);

/* Appends a moment (ms since 1970) as YYYY-MM-DD HH:MM:SS, local time. */
void shown_time(struct buf *out, int64_t ms);

/* Appends for how long that has been so: "12s", "5m", "3h", "2d". */
void shown_ago(struct buf *out, int64_t since_ms);

/* Standard output is a terminal whose user wants colours. */
bool shown_coloured(void);

/* Learns who holds which label now, for what follows. */
void shown_labels_read(const struct store *s);

/* The session's label; "" if it is not known to have one. */
const char *shown_label(const char *session);

/* Appends a session as "LABEL (ID)", or its id alone. */
void shown_session(struct buf *out, const char *session);

#endif
