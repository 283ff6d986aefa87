/*
 * Which ids are accepted. Every id that comes from outside passes here before it touches a path
 * or a frame (DESIGN.md, "Settled questions").
 */
#ifndef PEERHOOKS_STORE_ID_H
#define PEERHOOKS_STORE_ID_H

#include "base/json.h"
#include "base/slice.h"

enum {
	SESSION_ID_MAX = 256,
	MESSAGE_ID_MAX = 128,	/* of a foreign one that may be shown */
	MESSAGE_ID_BYTES = 8,	/* random bytes in one of ours; twice as many hex digits */
	MESSAGE_ID_TEXT = 2 * MESSAGE_ID_BYTES + 1,	/* one of ours as a C string */
	LABEL_MAX = 32,
	NONCE_MIN = 8,
	NONCE_MAX = 128,
};

/* [A-Za-z0-9_-]{1,256} */
bool session_id_valid(struct slice id);

/* [0-9a-f-]{36}, what oxtail takes for a session id in a receipt. */
bool session_id_uuid(struct slice id);

/* Has it the form that one of the agents gives its ids: a UUID, or OpenCode's ses_...? */
bool session_id_typical(struct slice id);

/* [A-Za-z0-9_:-]{1,32} without a leading `_`: a session's short name. To be asked whenever one is
 * taken and whenever one is read, since it may be a stranger's text (labels-and-routing.md 4). */
bool label_valid(struct slice label);

/* [A-Za-z0-9_-]{8,128}: a nonce of the Cursor handshake (syntaur.md section 6). */
bool nonce_valid(struct slice nonce);

/* [0-9a-f]{16}: the only message ids that may become a file's name. */
bool message_id_ours(struct slice id);

/* [A-Za-z0-9._:-]{1,128}: message ids that may be shown to a model. */
bool message_id_shown(struct slice id);

/* The same and `_`: request ids, which are chosen by whoever asks. */
bool request_id_shown(struct slice id);

/* Is the value a string, escaped, that stands for an id of one of these kinds? */
bool id_in(const struct json_value *value, bool (*valid)(struct slice));

/* Takes such an id, decoded, as a C string into memory of that size. False, and the string is
 * empty, if it is none or does not fit. */
bool id_take(struct json_value value, bool (*valid)(struct slice), char *into, size_t size);

/* The same for an id of our form that has nothing to decode. */
bool message_id_take(struct slice id, char into[MESSAGE_ID_TEXT]);

/* Appends a new message id of ours. */
void message_id_new(struct buf *out);

#endif
