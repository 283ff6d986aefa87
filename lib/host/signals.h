/*
 * Keeping signals off while mailbox locks are held, so that none is left behind.
 */
#ifndef PEERHOOKS_HOST_SIGNALS_H
#define PEERHOOKS_HOST_SIGNALS_H

#include <signal.h>

/*
 * From here to signals_release no signal but SIGKILL ends us; what comes meanwhile takes effect
 * then. SIGPIPE and SIGXFSZ stay ignored for good: the call that would have raised them fails
 * instead. SIGALRM only interrupts a call, which output.h makes use of.
 */
void signals_hold(sigset_t *before);
void signals_release(const sigset_t *before);

#endif
