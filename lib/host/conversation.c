/* See conversation.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/child.h"
#include "host/conversation.h"

enum { LOOK_MS = 5 };	/* between two looks whether it has ended */

struct talk {
	int to, from;
	struct slice said;	/* what is left of it */
	struct buf *memory;
	bool over;	/* the line that is being read is too long */
	conversation_line *line;
	void *context;
	int64_t end;
};

/* Hands out the lines that are whole. True: that is enough. */
static bool lines_heard(struct talk *t)
{
	struct buf *b = t->memory;
	const char *newline;
	bool enough = false;

	while (!enough && (newline = memchr(b->p, '\n', b->n))) {
		const size_t n = (size_t)(newline - b->p);

		enough = !t->over && t->line((struct slice){ b->p, n }, t->context);
		t->over = false;
		b->n -= n + 1;
		memmove(b->p, newline + 1, b->n);
	}
	if (b->n == b->cap) {
		t->over = true;
		b->n = 0;
	}
	return enough;
}

static bool may_go_on(ssize_t n)
{
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* Says what it takes. False: it listens no more, which is no reason not to hear it. */
static bool say(struct talk *t)
{
	const ssize_t n = write(t->to, t->said.p, t->said.n);

	if (n > 0)
		t->said = slice_from(t->said, (size_t)n);
	return may_go_on(n);
}

static bool talk(struct talk *t)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = t->from, .events = POLLIN },
			{ .fd = t->said.n ? t->to : -1, .events = POLLOUT },
		};
		const int64_t left = t->end - clock_monotonic_ms();
		ssize_t n;

		if (left <= 0)
			return false;
		if (poll(p, 2, (int)left) < 1)
			continue;	/* the time is over, or a signal came */
		if (p[1].revents && !say(t))
			t->said.n = 0;
		if (!p[0].revents)
			continue;
		n = read(t->from, t->memory->p + t->memory->n, t->memory->cap - t->memory->n);
		if (!may_go_on(n))
			return false;
		t->memory->n += n > 0 ? (size_t)n : 0;
		if (lines_heard(t))
			return true;
	}
}

/* It is not waited for before what it has started is killed: until then the number of its
 * group is its own. */
static void leave(pid_t pid, int64_t end)
{
	siginfo_t ended = { .si_pid = 0 };

	while (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       ended.si_pid == 0 && clock_monotonic_ms() < end)
		clock_sleep_ms(LOOK_MS);
	child_kill(pid);
}

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

bool conversation(char *const argv[], struct slice said, struct buf *memory,
		  conversation_line *line, void *context, int ms)
{
	struct talk t = { .said = said, .memory = memory, .line = line, .context = context,
			  .end = clock_monotonic_ms() + ms };
	void (*pipes)(int) = signal(SIGPIPE, SIG_IGN);
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	bool enough = false;
	pid_t pid = -1;

	/* Whoever started us may have it ignored: then there would be nothing to wait for. */
	signal(SIGCHLD, SIG_DFL);
	if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		child_become(argv, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	t.to = in[1];
	t.from = out[0];
	if (pid > 0 && fcntl(t.to, F_SETFL, O_NONBLOCK) == 0)
		enough = talk(&t);
	close_both((int[]){ t.to, t.from });
	if (pid > 0)
		leave(pid, enough ? clock_monotonic_ms() + CONVERSATION_LEAVE_MS : 0);
	signal(SIGPIPE, pipes);
	return enough;
}
