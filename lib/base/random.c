/* See random.h. */
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

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

/* musl's getentropy is 200 bytes of code about one call. */
static bool from_kernel(uint8_t *bytes, size_t n)
{
#ifdef SYS_getrandom
	return syscall(SYS_getrandom, bytes, n, 0) == (long)n;
#else
	return getentropy(bytes, n) == 0;
#endif
}

unsigned random_below(unsigned n)
{
	uint8_t bytes[SHA256_BYTES];
	unsigned number;

	if (!from_kernel(bytes, sizeof(number)))
		without_kernel(bytes);
	memcpy(&number, bytes, sizeof(number));
	return number % n;
}

void random_hex(struct buf *out, size_t n)
{
	uint8_t bytes[SHA256_BYTES];

	if (n > sizeof(bytes))
		n = sizeof(bytes);
	if (!from_kernel(bytes, n))
		without_kernel(bytes);
	buf_hex(out, bytes, n);
}
