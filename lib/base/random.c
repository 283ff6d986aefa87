/* See random.h. */
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/sha256.h"

static void without_kernel(uint8_t digest[SHA256_BYTES])
{
	struct {
		int64_t now, since_boot;
		pid_t pid;
		const void *stack;
	} unlike = { .pid = getpid(), .stack = digest };

	unlike.now = clock_now_ms();
	unlike.since_boot = clock_monotonic_ms();
	sha256((struct slice){ (const char *)&unlike, sizeof(unlike) }, digest);
}

void random_hex(struct buf *out, size_t n)
{
	uint8_t bytes[SHA256_BYTES];

	if (n > sizeof(bytes))
		n = sizeof(bytes);
	if (getentropy(bytes, n) != 0)
		without_kernel(bytes);
	buf_hex(out, bytes, n);
}
