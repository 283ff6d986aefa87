/* See clock.h. */
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <poll.h>

#include "base/clock.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

static int64_t read_clock(clockid_t which)
{
	struct timespec t = { 0, 0 };

#if defined(SYS_clock_gettime) && defined(__LP64__)
	/* In a process that lives for a quarter of a millisecond the way through the vdso does not
	 * pay: musl has to find it first, which takes 14 us. */
	syscall(SYS_clock_gettime, which, &t);
#else
	clock_gettime(which, &t);
#endif
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
	poll(NULL, 0, (int)ms);
}

/* With leading zeros. */
static void digits(struct buf *out, int64_t value, int64_t highest)
{
	for (; highest; highest /= 10)
		buf_char(out, (char)('0' + value / highest % 10));
}

/*
 * YYYY-MM-DD. The year is taken to begin in March, so that a leap day is its last; then five
 * months on end always have 153 days (Howard Hinnant's days_from_civil, inverted).
 */
static void date(struct buf *out, int64_t days_since_1970)
{
	int64_t days = days_since_1970 + 719468;	/* since 1 March of the year 0 */
	int64_t era = days / 146097, day = days % 146097;	/* of 400 years each */
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;	/* 0 is March */
	day -= (153 * month + 2) / 5;
	digits(out, 400 * era + year + (month >= 10), 1000);
	buf_char(out, '-');
	digits(out, month >= 10 ? month - 9 : month + 3, 10);
	buf_char(out, '-');
	digits(out, day + 1, 10);
}

void clock_iso(struct buf *out, int64_t ms)
{
	date(out, ms / DAY_MS);
	buf_char(out, 'T');
	digits(out, ms % DAY_MS / HOUR_MS, 10);
	buf_char(out, ':');
	digits(out, ms % HOUR_MS / MINUTE_MS, 10);
	buf_char(out, ':');
	digits(out, ms % MINUTE_MS / 1000, 10);
	buf_char(out, '.');
	digits(out, ms % 1000, 100);
	buf_char(out, 'Z');
}
