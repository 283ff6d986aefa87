/* See output.h. */
#include <sys/time.h>

#include "base/file.h"
#include "host/output.h"

enum { TICK_US = 50000 };	/* after the limit: again and again, until the call gives up */

void output_guarded(sigset_t *before)
{
	sigset_t all;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	sigprocmask(SIG_BLOCK, &all, before);
}

void output_unguarded(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

static void interrupt_the_call(int signal)
{
	(void)signal;
}

int output_whole(int fd, struct slice text, int ms)
{
	struct sigaction interrupt = { .sa_handler = interrupt_the_call };	/* no SA_RESTART */
	struct itimerval limit = {
		.it_value = { ms / 1000, ms % 1000 * 1000 },
		.it_interval = { 0, TICK_US },
	};
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };
	int err;

	sigaction(SIGALRM, &interrupt, NULL);
	setitimer(ITIMER_REAL, &limit, NULL);
	err = file_write(fd, text, ms);
	setitimer(ITIMER_REAL, &none, NULL);
	return err;
}
