/*
 * The nonce handshake (syntaur.md section 6). Cursor tells its hooks which session it is, but they
 * cannot pass that on by the environment. So a command names a nonce that nobody else has used,
 * in its own argument list; a hook that sees the command line before it runs leaves the session's
 * id under that name; and the command takes it from there, once.
 */
#ifndef PEERHOOKS_STORE_NONCE_H
#define PEERHOOKS_STORE_NONCE_H

#include "base/slice.h"
#include "store/id.h"

enum {
	NONCE_FILE_MAX = 4096,	/* bytes; a larger file is none */
	NONCE_AGE_MS = 3600000,	/* what nobody has taken until then is swept */
	NONCE_SWEEP_MAX = 256,	/* files that one sweep looks at */
};

#define NONCE_OPTION "--session-nonce"

/*
 * Finds the nonce in a command line: the option, one blank, and then the longest run of at least
 * NONCE_MIN characters of a nonce. A run longer than NONCE_MAX does not count. Of several the last
 * one. False if there is none.
 */
bool nonce_find(struct slice command, char nonce[NONCE_MAX + 1]);

/* Leaves a session's id, both valid, under the nonce: whole or not at all, mode 0600; makes the
 * folder. 0 or a negative errno. */
int nonce_leave(const char *nonce, const char *session);

/*
 * Takes what was left under the nonce, so that it is gone. 0, -EINVAL if it is no nonce, -ENOENT
 * if nothing was left, -EBADMSG if what was left is broken or names no valid session (then it
 * stays).
 */
int nonce_take(const char *nonce, char session[SESSION_ID_MAX + 1]);

/* Removes what was left long ago, also of writes that were cut off. Bounded, so that it may leave
 * some for the next time. */
void nonce_sweep(void);

#endif
