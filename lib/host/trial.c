/* See trial.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "host/child.h"
#include "host/process.h"
#include "host/trial.h"

enum { LOOK_MS = 1 };	/* where the kernel does not tell when it ends */

/* What the child does: the program; else it says by `told` why not. */
static void become(const struct trial *t, int input, int told)
{
	int err;

	told = fcntl(told, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (child_prepare(input, -1) && chdir(t->folder) == 0)
		execve(t->argv[0], t->argv, t->environment);
	err = -errno;
	if (write(told, &err, sizeof(err)) < 0)
		_exit(1);
	_exit(0);
}

/* Has it ended? It stays to be reaped, so that its number is nobody else's yet. */
static bool has_ended(pid_t pid)
{
	siginfo_t info;

	info.si_pid = 0;
	return (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 &&
		errno != EINTR) || info.si_pid == pid;
}

/* Waits for its end, kills it when the time is over, and takes note how it ended. */
static void awaited(struct trial *t, pid_t pid, int64_t began, int64_t end)
{
	struct pollfd p = { .fd = process_watch(pid), .events = POLLIN };
	int status = 0;

	while (!has_ended(pid)) {
		int64_t left = end - clock_monotonic_ms();

		if (left <= 0) {
			t->late = true;
			kill(pid, SIGKILL);
			left = LOOK_MS;
		}
		poll(&p, p.fd >= 0, p.fd >= 0 ? (int)left : LOOK_MS);
	}
	t->us = clock_monotonic_us() - began;
	if (p.fd >= 0)
		close(p.fd);
	kill(-pid, SIGKILL);	/* what it has started */
	waitpid(pid, &status, 0);
	t->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	t->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

void trial_run(struct trial *t, int ms)
{
	const int64_t end = clock_monotonic_ms() + ms, began = clock_monotonic_us();
	int input[2], told[2];
	pid_t pid;

	t->err = t->signal = t->status = 0;
	t->late = false;
	t->us = 0;
	if (pipe2(input, O_CLOEXEC) != 0) {
		t->err = -errno;
		return;
	}
	if (pipe2(told, O_CLOEXEC) != 0) {
		t->err = -errno;
		close(input[0]);
		close(input[1]);
		return;
	}
	signal(SIGCHLD, SIG_DFL);
	file_write(input[1], t->input, ms);
	pid = fork();
	if (pid == 0)
		become(t, input[0], told[1]);
	if (pid < 0)
		t->err = -errno;
	close(input[0]);
	close(input[1]);
	close(told[1]);
	if (pid > 0) {
		awaited(t, pid, began, end);
		if (read(told[0], &t->err, sizeof(t->err)) != sizeof(t->err))
			t->err = 0;
	}
	close(told[0]);
}
