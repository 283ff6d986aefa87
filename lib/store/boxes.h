/*
 * Which mailboxes are a session's: its session box, and the boxes that registry entries naming
 * it point to, alive or dead (oxtail.md sections 3 and 7).
 *
 * To find the latter every file of sessions/ has to be read, too slow for each tool call. So the
 * answer is kept in an index of our own, peerhooks/boxes/<session id>, which holds as long as
 * sessions/ does not change: writers of the registry rename files into place, which changes the
 * folder's ctime. File times are coarse, so that an answer found within BOXES_RACY_MS of the last
 * change is not kept. The index is the target of a symbolic link: read in one call, and replaced
 * whole or not at all.
 */
#ifndef PEERHOOKS_STORE_BOXES_H
#define PEERHOOKS_STORE_BOXES_H

#include "store/message.h"
#include "store/store.h"

enum {
	BOXES_MAX = 64,	/* of one session; the mail in more of them waits until others are gone */
	BOXES_RACY_MS = 100,
	BOXES_RACY_WHOLE_SECONDS_MS = 3000,	/* on file systems that keep whole seconds */
};

struct boxes {
	unsigned count;
	bool registered;	/* a server's entry in the registry names the session */
	char names[BOXES_MAX][BOX_NAME_MAX];
};

/* All of the session's boxes, existing or not; its session box comes first. */
void boxes_find(const struct store *s, const char *session, struct boxes *boxes);

/* Keeps only those that hold bytes. One stat each, and no lock. */
void boxes_keep_filled(const struct store *s, struct boxes *boxes);

/* Shows the messages in a box, oldest first and without its lock, until `wanted` says yes; false if
 * it never does. */
bool box_has(const struct store *s, const char *box,
	     bool (*wanted)(const struct message *m, void *context), void *context);

#endif
