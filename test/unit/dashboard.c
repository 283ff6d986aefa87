/*
 * A stand-in for syntaur's dashboard: listens on a free port of 127.0.0.1.
 *
 *	usage: dashboard answer|hang FILE
 *
 * Prints the port, then serves one connection after the other until it is killed: reads a request
 * whole and appends it to FILE, with a line feed. `answer` answers 201; `hang` reads but never
 * answers, and keeps the connection open.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listening(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		exit(1);
	printf("%d\n", ntohs(a.sin_port));
	fclose(stdout);
	return fd;
}

/* How long a request is with its body; 0 while that is not known. */
static size_t length_of(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n"), *field = strstr(text, "Content-Length: ");

	if (!end || !field)
		return 0;
	return (size_t)(end + 4 - text) + strtoul(field + strlen("Content-Length: "), NULL, 10);
}

static void serve(int fd, const char *file)
{
	static char text[1 << 20];
	size_t n = 0;
	FILE *out;

	while (length_of(text) == 0 || n < length_of(text)) {
		ssize_t got = read(fd, text + n, sizeof(text) - 1 - n);

		if (got <= 0)
			break;
		n += (size_t)got;
		text[n] = '\0';
	}
	out = fopen(file, "a");
	if (!out)
		exit(1);
	fprintf(out, "%s\n", text);
	fclose(out);
	memset(text, 0, n);
}

int main(int argc, char **argv)
{
	static const char answer[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
	int listener;

	if (argc != 3)
		return 2;
	listener = listening();
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		serve(fd, argv[2]);
		if (strcmp(argv[1], "answer") != 0)
			continue;
		if (write(fd, answer, sizeof(answer) - 1) < 0)
			return 1;
		close(fd);
	}
}
