/* See trace.h. Invariant: a line is one write(2), so that lines of several processes stay apart. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/trace.h"

enum { LINE_BYTES = 1024 };

const char *trace_path(void)
{
	const char *path = getenv("PEERHOOKS_TRACE");

	return path && *path ? path : NULL;
}

void trace(const char *what, const char *about, int err)
{
	const char *path = trace_path();
	char line[LINE_BYTES];
	struct buf b = buf_over(line, sizeof(line) - 1);
	int fd;

	if (!path)
		return;
	/* Not open, which musl has besides. */
	fd = openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK |
		    O_NOCTTY, 0600);
	if (fd < 0)
		return;
	buf_int(&b, clock_now_ms());
	buf_char(&b, ' ');
	buf_int(&b, getpid());
	buf_char(&b, ' ');
	buf_text(&b, what);
	buf_char(&b, ' ');
	buf_text(&b, about);
	if (err < 0) {
		buf_text(&b, ": errno ");
		buf_int(&b, -err);
	}
	line[b.n++] = '\n';
	(void)!write(fd, line, b.n);	/* there is nowhere left to say that it failed */
	close(fd);
}
