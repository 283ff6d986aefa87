/* See clock.h. */
#include "base/clock.h"

static int64_t read_clock(clockid_t which)
{
	struct timespec t = { 0, 0 };

	clock_gettime(which, &t);
	return clock_ms_of(t);
}

int64_t clock_now_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}
