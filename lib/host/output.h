/*
 * Handing something over on a descriptor while mailbox locks are held: in the end the whole text
 * is out or an error is known, within a bounded time, whatever sits at the other end.
 */
#ifndef PEERHOOKS_HOST_OUTPUT_H
#define PEERHOOKS_HOST_OUTPUT_H

#include <signal.h>

#include "base/slice.h"

/*
 * From here to output_unguarded no signal but SIGKILL ends us, so that no lock is left behind;
 * what came meanwhile takes effect then. SIGPIPE and SIGXFSZ stay ignored: the call that would
 * have raised them fails instead.
 */
void output_guarded(sigset_t *before);
void output_unguarded(const sigset_t *before);

/* Writes the whole text within ms milliseconds, even if the descriptor blocks: a timer interrupts
 * the call. 0, or a negative errno when it is not known to be out whole. */
int output_whole(int fd, struct slice text, int ms);

#endif
