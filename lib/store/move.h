/*
 * Moving mail from mailboxes into a session's own (oxtail.md section 5, "move"): locked, appended,
 * synced, and only then taken out where it was. Killed in between it lies in both, under the same
 * ids.
 */
#ifndef PEERHOOKS_STORE_MOVE_H
#define PEERHOOKS_STORE_MOVE_H

#include "store/boxes.h"

/*
 * Moves what is in the boxes into the session box of `session`, as far as their locks can be had
 * until `end` of clock_monotonic_ms. That session box itself may be among them and is passed over.
 * 0 if nothing is left in any of them; otherwise a negative errno, and what was not moved stays.
 */
int mail_move(const struct store *s, const struct boxes *from, const char *session, int64_t end);

/* The same for the pid box of a process that is not to be a server's any more. */
int mail_move_pid_box(const struct store *s, pid_t pid, const char *session, int64_t end);

#endif
