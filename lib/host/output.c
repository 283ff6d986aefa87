/* See output.h. */
#include <stddef.h>
#include <sys/time.h>

#include "base/file.h"
#include "host/output.h"

enum { TICK_US = 50000 };	/* after the limit: again and again, until the call gives up */

int output_whole(int fd, struct slice text, int ms)
{
	const struct itimerval limit = {
		.it_value = { ms / 1000, ms % 1000 * 1000 },
		.it_interval = { 0, TICK_US },
	};
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };
	int err;

	setitimer(ITIMER_REAL, &limit, NULL);
	err = file_write(fd, text, ms);
	setitimer(ITIMER_REAL, &none, NULL);
	return err;
}
