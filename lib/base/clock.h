/* Time. Realtime for what is compared with file times and written down, monotonic for waiting. */
#ifndef PEERHOOKS_BASE_CLOCK_H
#define PEERHOOKS_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct timespec clock_now(void);	/* since 1970 */
int64_t clock_now_ms(void);
int64_t clock_now_s(void);
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);
void clock_sleep_ms(int64_t ms);

static inline int64_t clock_ms_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline struct timespec clock_timespec(int64_t ms)
{
	return (struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
}

#endif
