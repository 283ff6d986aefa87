/* See child.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "host/child.h"

/* A copy of a descriptor that none of 0 to 2 is: should those have come in closed, a pipe may
 * have taken their place. */
static int moved(int fd, int otherwise)
{
	return fcntl(fd < 0 ? otherwise : fd, F_DUPFD, STDERR_FILENO + 1);
}

bool child_prepare(int input, int output)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	setsid();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	input = moved(input, null);
	output = moved(output, null);
	null = moved(null, null);
	return null >= 0 && input >= 0 && output >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
	       dup2(output, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0;
}

void child_become(char *const argv[], int input, int output)
{
	if (!child_prepare(input, output))
		_exit(CHILD_NO_PROGRAM);
	file_close_from(STDERR_FILENO + 1);
	execvp(argv[0], argv);
	_exit(CHILD_NO_PROGRAM);
}

void child_kill(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);	/* it may not lead its session yet */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
