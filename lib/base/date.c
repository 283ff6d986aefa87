/* See date.h. */
#include "base/date.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

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

void date_time(struct buf *out, int64_t s, char between)
{
	date(out, s / DAY);
	buf_char(out, 'T');
	digits(out, s % DAY / HOUR, 10);
	buf_char(out, between);
	digits(out, s % HOUR / MINUTE, 10);
	buf_char(out, between);
	digits(out, s % MINUTE, 10);
}
