/* See command.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/child.h"
#include "host/command.h"

enum {
	SCRAP_BYTES = 4096,
	LOOK_MS = 1,	/* between two looks whether it has ended */
};

static bool is_executable(const char *path)
{
	struct stat st;

	return access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool command_find(const char *name, char out[FILE_PATH_MAX])
{
	const char *list = getenv("PATH");
	struct slice rest = slice_of(list ? list : "");

	while (rest.n) {
		const char *end = memchr(rest.p, ':', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;

		if (n && file_join(out, (struct slice){ rest.p, n }, name) && is_executable(out))
			return true;
		rest = slice_from(rest, end ? n + 1 : n);
	}
	out[0] = '\0';
	return false;
}

bool command_self(char out[FILE_PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, FILE_PATH_MAX);

	if (n <= 0 || n >= FILE_PATH_MAX)
		n = 0;
	out[n] = '\0';
	return n > 0;
}

/* Reads to the end or until the time is over; what does not fit is read too, and passed over. */
static size_t read_all(int fd, char *into, size_t cap, int64_t end)
{
	static char scrap[SCRAP_BYTES];
	size_t kept = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - clock_monotonic_ms();
		bool fits = kept < cap;
		ssize_t n;

		if (left <= 0)
			return kept;
		if (poll(&p, 1, (int)left) != 1)
			continue;	/* the time is over, or a signal came */
		n = read(fd, fits ? into + kept : scrap, fits ? cap - kept : sizeof(scrap));
		if (n == 0 || (n < 0 && errno != EINTR))
			return kept;
		if (fits && n > 0)
			kept += (size_t)n;
	}
}

/* Its exit status, once it has ended; it is killed if it has not when the time is over. */
static int status_of(pid_t pid, int64_t end)
{
	for (;;) {
		int status;
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) != CHILD_NO_PROGRAM ?
			       WEXITSTATUS(status) : COMMAND_NOT_RUN;
		if (ended < 0 && errno != EINTR)
			return COMMAND_NOT_RUN;
		if (clock_monotonic_ms() >= end) {
			child_kill(pid);
			return COMMAND_NOT_RUN;
		}
		clock_sleep_ms(LOOK_MS);
	}
}

int command_run(char *const argv[], char *into, size_t cap, struct slice *output, int ms)
{
	const int64_t end = clock_monotonic_ms() + ms;
	int ends[2] = { -1, -1 };
	pid_t pid;

	if (output) {
		*output = (struct slice){ into, 0 };
		if (pipe2(ends, O_CLOEXEC) != 0)
			return COMMAND_NOT_RUN;
	}
	/* Whoever started us may have it ignored: then there would be no exit status. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid == 0)
		child_become(argv, -1, ends[1]);
	if (output) {
		close(ends[1]);
		if (pid > 0)
			output->n = read_all(ends[0], into, cap, end);
		close(ends[0]);
	}
	return pid > 0 ? status_of(pid, end) : COMMAND_NOT_RUN;
}
