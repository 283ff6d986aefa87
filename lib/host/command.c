/* See command.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "host/command.h"

enum {
	NO_PROGRAM = 127,	/* the status of a child that could not become the program */
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
		struct buf b = buf_over(out, FILE_PATH_MAX);

		buf_bytes(&b, rest.p, n);
		buf_char(&b, '/');
		buf_text(&b, name);
		if (n && buf_cstr(&b) && is_executable(out))
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

/*
 * What the child does: the program, or nothing. It leads a session of its own, so that what it
 * starts can be killed with it; signals are as they were before we held or ignored them.
 */
static void become(char *const argv[], int output)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	setsid();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Should 0 to 2 have come in closed, the pipe may have taken their place. */
	output = fcntl(output < 0 ? null : output, F_DUPFD, STDERR_FILENO + 1);
	if (null < 0 || output < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(NO_PROGRAM);
	file_close_from(STDERR_FILENO + 1);
	execvp(argv[0], argv);
	_exit(NO_PROGRAM);
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

static void kill_all(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);	/* it may not lead its session yet */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Its exit status, once it has ended; it is killed if it has not when the time is over. */
static int status_of(pid_t pid, int64_t end)
{
	for (;;) {
		int status;
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) != NO_PROGRAM ?
			       WEXITSTATUS(status) : COMMAND_NOT_RUN;
		if (ended < 0 && errno != EINTR)
			return COMMAND_NOT_RUN;
		if (clock_monotonic_ms() >= end) {
			kill_all(pid);
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
		become(argv, ends[1]);
	if (output) {
		close(ends[1]);
		if (pid > 0)
			output->n = read_all(ends[0], into, cap, end);
		close(ends[0]);
	}
	return pid > 0 ? status_of(pid, end) : COMMAND_NOT_RUN;
}
