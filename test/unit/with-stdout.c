/*
 * with-stdout: runs a command with a difficult standard output, and passes on what came through.
 *
 *	usage: with-stdout MODE COMMAND [ARGUMENT...]
 *
 *	slow	a non-blocking pipe that is full at first and is read after 100 ms
 *	stuck	a blocking pipe that is full, and never read
 *	stuck-non-blocking	the same, non-blocking
 *	closed	a pipe whose reader is gone
 *
 * Exit status: the command's, or 128 plus the signal that ended it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILLER = '.', SLOW_MS = 100 };

static long fill(int fd)
{
	static char block[4096];
	long filled = 0;
	ssize_t n;

	memset(block, FILLER, sizeof(block));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((n = write(fd, block, sizeof(block))) > 0)
		filled += n;
	return filled;
}

static void pass_on(int fd, long skip)
{
	char block[4096];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0) {
		long from = skip < n ? skip : n;

		skip -= from;
		fwrite(block + from, 1, (size_t)(n - from), stdout);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";
	bool slow = strcmp(mode, "slow") == 0, closed = strcmp(mode, "closed") == 0;
	bool blocking = strcmp(mode, "stuck") == 0;
	long filled = 0;
	int ends[2], status;
	pid_t child;

	if (argc < 3 || pipe(ends) != 0)
		return 2;
	if (!closed)
		filled = fill(ends[1]);
	fcntl(ends[1], F_SETFL, blocking ? 0 : O_NONBLOCK);
	if (closed)
		close(ends[0]);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[1]);
		if (!closed)
			close(ends[0]);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	close(ends[1]);
	if (slow) {
		poll(NULL, 0, SLOW_MS);
		pass_on(ends[0], filled);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
