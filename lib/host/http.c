/* See http.h. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "host/http.h"

static bool ready(int fd, short event, int64_t end)
{
	struct pollfd p = { .fd = fd, .events = event };
	int64_t left = end - clock_monotonic_ms();

	return left > 0 && poll(&p, 1, (int)left) == 1;
}

/* Goes on until the server has closed: who closes first may throw away what is not read yet. */
static void converse(uint16_t port, struct slice request, int64_t end)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char answer[1024];

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && !ready(fd, POLLOUT, end))
		return;
	if (file_write(fd, request, (int)(end - clock_monotonic_ms())) != 0)
		return;
	while (ready(fd, POLLIN, end) && read(fd, answer, sizeof(answer)) > 0)
		;
}

void http_send_detached(uint16_t port, struct slice request, int ms)
{
	const int64_t end = clock_monotonic_ms() + ms;

	if (fork() != 0)
		return;
	setsid();
	signal(SIGPIPE, SIG_IGN);
	file_close_from(0);	/* a client waits for its hook's output to be closed by everybody */
	converse(port, request, end);
	_exit(0);
}
