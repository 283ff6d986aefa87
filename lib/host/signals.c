/* See signals.h. */
#include <stddef.h>

#include "host/signals.h"

/* Set without SA_RESTART, so that this is all it does. */
static void interrupt_the_call(int signal)
{
	(void)signal;
}

void signals_hold(sigset_t *before)
{
	const struct sigaction interrupt = { .sa_handler = interrupt_the_call };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t all;

	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	sigaction(SIGALRM, &interrupt, NULL);
	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	/* Set, not added to what is blocked: SIGALRM may have come in blocked. */
	sigprocmask(SIG_SETMASK, &all, before);
}

void signals_release(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}
