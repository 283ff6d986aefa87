/*
 * wake-latency: from the moment a sender asks a session's waiter to the envelope on its stderr.
 *
 *	usage: wake-latency AWAIT-MAIL ROUNDS	in the ~/.oxtail of HOME, which is used up
 *
 * Prints the median, the 95th percentile and the slowest, in us.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/waiter.h"
#include "base/clock.h"
#include "base/file.h"

#define SESSION "11111111-2222-4333-8444-555555555555"
#define EVENT "{\"session_id\":\"" SESSION "\",\"hook_event_name\":\"Stop\"}"
#define LINE "{\"schema_version\":1,\"id\":\"00000000000000ff\",\"body\":\"hello\"," \
	     "\"enqueued_at\":1790000000,\"body_bytes\":5,\"origin\":\"peer\"}\n"

enum { ROUNDS_MAX = 10000 };

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void file_made(const struct store *s, const char *path, const char *text)
{
	if (file_replace(s->root, path, slice_of(text)) != 0)
		exit(1);
}

/* Idle, with one message. */
static void prepare(const struct store *s)
{
	char path[LAYOUT_MAX], box[BOX_NAME_MAX];

	store_make(s, LAYOUT_MAILBOXES, false);
	store_make(s, LAYOUT_ACTIVITY, false);
	file_made(s, layout_mailbox(path, layout_session_key(box, SESSION)), LINE);
	file_made(s, layout_mark(path, SESSION), "idle");
}

static pid_t waiter_started(const char *program, int err, int spare)
{
	int in[2];
	pid_t pid;

	if (pipe(in) != 0 || write(in[1], EVENT, strlen(EVENT)) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(err, STDERR_FILENO);
		close(in[0]);
		close(in[1]);
		close(err);
		close(spare);
		execl(program, program, "--agent", "claude-code", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(in[1]);
	return pid;
}

/* Asks from a process of its own, which says when it began. */
static void ask(const struct store *s, int began)
{
	long long start;

	if (fork() != 0)
		return;
	start = now_us();
	if (write(began, &start, sizeof(start)) != sizeof(start))
		_exit(1);
	_exit(waiter_wake(s, SESSION) == WAKE_FIRED ? 0 : 1);
}

static long long measured(const struct store *s, const char *program)
{
	long long start = 0, end;
	int err[2], began[2], status, failed = 0;
	struct pollfd first;

	prepare(s);
	if (pipe(err) != 0 || pipe(began) != 0)
		exit(1);
	waiter_started(program, err[1], err[0]);
	close(err[1]);
	while (!waiter_there(s, SESSION))
		clock_sleep_ms(1);
	clock_sleep_ms(5);	/* until it sleeps */
	first = (struct pollfd){ .fd = err[0], .events = POLLIN };
	ask(s, began[1]);
	poll(&first, 1, 5000);
	end = now_us();
	if (!(first.revents & POLLIN) || read(began[0], &start, sizeof(start)) != sizeof(start))
		exit(1);
	close(err[0]);
	close(began[0]);
	close(began[1]);
	while (wait(&status) > 0)
		failed |= !WIFEXITED(status);
	return failed ? -1 : end - start;
}

static int by_size(const void *a, const void *b)
{
	long long left = *(const long long *)a, right = *(const long long *)b;

	return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
	static long long took[ROUNDS_MAX];
	int rounds = argc == 3 ? atoi(argv[2]) : 0;
	char pid[32];
	struct store s;

	if (rounds <= 0 || rounds > ROUNDS_MAX || store_open(&s) != 0)
		return 2;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("CLAUDE_PID", pid, 1);
	setenv("CLAUDE_CODE_SESSION_ATTENDED", "1", 1);
	for (int i = 0; i < rounds; i++)
		took[i] = measured(&s, argv[1]);
	qsort(took, (size_t)rounds, sizeof(took[0]), by_size);
	printf("from a wake request to the envelope, us: median %lld, 95 %% %lld, slowest %lld\n",
	       took[rounds / 2], took[rounds * 95 / 100], took[rounds - 1]);
	return took[0] < 0;
}
