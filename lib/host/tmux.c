/* See tmux.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "host/process.h"
#include "host/tmux.h"

enum { OUTPUT_MAX = 65536, NAME_MAX_BYTES = 64, ANCESTORS_MAX = 64 };

bool tmux_name_valid(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= NAME_MAX_BYTES && name[n] == '\0';
}

/* What the child does: tmux, or nothing. */
static void become(char *const argv[], int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
	    dup2(null, STDERR_FILENO) >= 0)
		execvp(argv[0], argv);
	_exit(127);
}

/* Starts tmux with its output to the returned descriptor; -1 if it cannot be. */
static int started(char *const argv[], pid_t *pid)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*pid = fork();
	if (*pid == 0)
		become(argv, ends[1]);
	close(ends[1]);
	if (*pid > 0)
		return ends[0];
	close(ends[0]);
	return -1;
}

/* Reads to the end, or until the time is over. */
static struct slice read_all(int fd, char *into, size_t cap)
{
	const int64_t end = clock_monotonic_ms() + TMUX_MS;
	struct slice text = { into, 0 };

	while (text.n < cap) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - clock_monotonic_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) != 1)
			break;
		n = read(fd, into + text.n, cap - text.n);
		if (n <= 0)
			break;
		text.n += (size_t)n;
	}
	return text;
}

static struct slice output_of(char *const argv[], char *into, size_t cap)
{
	struct slice text = { into, 0 };
	pid_t pid;
	int fd = started(argv, &pid);

	if (fd < 0)
		return text;
	text = read_all(fd, into, cap);
	close(fd);
	/* It has ended, or is not waited for any longer. */
	if (waitpid(pid, NULL, WNOHANG) == 0) {
		clock_sleep_ms(1);
		if (waitpid(pid, NULL, WNOHANG) == 0) {
			kill(pid, SIGKILL);
			while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
				;
		}
	}
	return text;
}

void tmux_session_read(struct tmux_session *s, const char *name)
{
	static char output[OUTPUT_MAX];
	char target[NAME_MAX_BYTES + 8];
	struct buf b = buf_over(target, sizeof(target));
	char *const argv[] = {
		(char *)(uintptr_t)"tmux", (char *)(uintptr_t)"list-panes",
		(char *)(uintptr_t)"-s", (char *)(uintptr_t)"-F",
		(char *)(uintptr_t)"#{pane_pid}", (char *)(uintptr_t)"-t", target, NULL,
	};
	struct slice rest;
	int64_t pid;

	s->count = 0;
	buf_char(&b, '=');	/* exactly that name, not one that begins so */
	buf_text(&b, name);
	buf_char(&b, ':');	/* a session's, not a window's, where = would not count */
	if (!buf_cstr(&b))
		return;
	rest = output_of(argv, output, sizeof(output));
	while (s->count < TMUX_PANES_MAX && decimal_take(&rest, &pid) && rest.n && pid > 0) {
		s->panes[s->count++] = (pid_t)pid;
		rest = slice_from(rest, 1);
	}
}

bool tmux_session_holds(const struct tmux_session *s, pid_t pid)
{
	struct process p;

	for (int i = 0; s->count && i < ANCESTORS_MAX && pid > 1; i++) {
		for (unsigned at = 0; at < s->count; at++) {
			if (s->panes[at] == pid)
				return true;
		}
		if (!process_read(pid, &p))
			return false;
		pid = p.parent;
	}
	return false;
}
