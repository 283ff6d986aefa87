/* See clock.h. */
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <poll.h>

#include "base/clock.h"

static struct timespec read_clock(clockid_t which)
{
	struct timespec t = { 0, 0 };

#if defined(SYS_clock_gettime) && defined(__LP64__)
	/* In a process that lives for a quarter of a millisecond the way through the vdso does not
	 * pay: musl has to find it first, which takes 14 us. */
	syscall(SYS_clock_gettime, which, &t);
#else
	clock_gettime(which, &t);
#endif
	return t;
}

struct timespec clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_now_ms(void)
{
	return clock_ms_of(clock_now());
}

int64_t clock_now_s(void)
{
	return clock_now_ms() / 1000;
}

int64_t clock_monotonic_us(void)
{
	const struct timespec t = read_clock(CLOCK_MONOTONIC);

	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
	return clock_ms_of(read_clock(CLOCK_MONOTONIC));
}

void clock_sleep_ms(int64_t ms)
{
	poll(NULL, 0, (int)ms);
}
