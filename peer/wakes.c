/* See wakes.h. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "wakes.h"

/* What a child says, in one write. The words in it are constants, and stand at the same place in
 * each of us. */
struct report {
	unsigned which;
	struct wake wake;
};

/* The child's process id; negative if there is none. */
static pid_t begun(const struct outgoing *o, struct sent *copies, unsigned which, int out)
{
	struct report r = { .which = which };
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	outgoing_wake(o, &copies[which]);
	r.wake = copies[which].wake;
	(void)!write(out, &r, sizeof(r));
	_exit(0);
}

/* Until all children have gone; false if some had not in time. */
static bool reports_taken(int in, struct sent *copies)
{
	const int64_t end = clock_monotonic_ms() + WAKES_MS;
	struct pollfd p = { .fd = in, .events = POLLIN };
	struct report r;
	int64_t left;

	while ((left = end - clock_monotonic_ms()) > 0) {
		if (poll(&p, 1, (int)left) < 1)
			continue;
		if (read(in, &r, sizeof(r)) != (ssize_t)sizeof(r))
			return true;
		copies[r.which].wake = r.wake;
	}
	return false;
}

static void wakes_at_once(const struct outgoing *o, struct sent *copies, unsigned count,
			  const int ends[2])
{
	pid_t children[WAKES_AT_ONCE] = { 0 };
	bool ended;

	for (unsigned i = 0; i < count; i++) {
		if (!*copies[i].box)
			continue;
		copies[i].wake = (struct wake){ WAKE_FIRED_UNCONFIRMED, "", "" };
		children[i] = begun(o, copies, i, ends[1]);
		if (children[i] < 0)
			outgoing_wake(o, &copies[i]);
	}
	close(ends[1]);
	ended = reports_taken(ends[0], copies);
	close(ends[0]);
	for (unsigned i = 0; i < count; i++) {
		if (children[i] > 0 && !ended)
			kill(children[i], SIGKILL);
		if (children[i] > 0)
			waitpid(children[i], NULL, 0);
	}
}

void wakes(const struct outgoing *o, struct sent *copies, unsigned count)
{
	int ends[2];

	if (count > 1 && pipe2(ends, O_CLOEXEC) == 0) {
		wakes_at_once(o, copies, count, ends);
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		if (*copies[i].box)
			outgoing_wake(o, &copies[i]);
	}
}
