/*
 * Handing something over on a descriptor while mailbox locks are held: in the end the whole text
 * is out or an error is known, within a bounded time, whatever sits at the other end.
 */
#ifndef PEERHOOKS_HOST_OUTPUT_H
#define PEERHOOKS_HOST_OUTPUT_H

#include "base/slice.h"

/*
 * Writes the whole text within ms milliseconds, even if the descriptor blocks: a timer interrupts
 * the call. To be called under signals_hold. 0, or a negative errno when it is not known to be
 * out whole (-ETIMEDOUT).
 */
int output_whole(int fd, struct slice text, int ms);

#endif
