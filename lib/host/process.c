/* See process.h. On Linux all of it comes from /proc; elsewhere the start time is unknown. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/file.h"
#include "host/process.h"

enum {
	STAT_BYTES = 4096,	/* of /proc/PID/stat; a real one has some 350 */
	SYSTEM_STAT_BYTES = 262144,	/* of /proc/stat; grows with processors and interrupts */
	START_TIME_FIELD = 22,	/* of /proc/PID/stat, see proc(5) */
};

bool process_exists(pid_t pid)
{
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* The number at the beginning of the text, -1 if there is none. */
static int64_t leading_number(struct slice text)
{
	int64_t n;

	return decimal_take(&text, &n) ? n : -1;
}

/* Field of /proc/PID/stat, counted from 1; the second, the name, may hold blanks and brackets. */
static int64_t stat_field(struct slice text, int field)
{
	size_t at = text.n;

	while (at && text.p[at - 1] != ')')
		at--;
	for (int i = 2; i < field; i++) {
		while (at < text.n && text.p[at] != ' ')
			at++;
		if (at == text.n)
			return -1;
		at++;
	}
	return leading_number(slice_from(text, at));
}

/* Clock ticks from boot to the start of the process; -1 if unknown. */
static int64_t start_ticks(pid_t pid)
{
	char name[32], text[STAT_BYTES];
	struct buf b = buf_over(name, sizeof(name));
	size_t n;

	buf_text(&b, "/proc/");
	buf_int(&b, pid);
	buf_text(&b, "/stat");
	if (!buf_cstr(&b) || file_read_at(AT_FDCWD, name, text, sizeof(text), &n) != 0)
		return -1;
	return stat_field((struct slice){ text, n }, START_TIME_FIELD);
}

/* Seconds since 1970 at which the machine booted, from the line "btime N"; -1 if unknown. */
static int64_t boot_time(void)
{
	static char text[SYSTEM_STAT_BYTES];
	static const char name[] = "\nbtime ";
	const size_t length = sizeof(name) - 1;
	size_t n;

	if (file_read_at(AT_FDCWD, "/proc/stat", text, sizeof(text), &n) != 0)
		return -1;
	for (size_t i = 0; i + length < n; i++) {
		if (memcmp(text + i, name, length) == 0)
			return leading_number((struct slice){ text + i + length, n - i - length });
	}
	return -1;
}

static void two_digits(struct buf *out, int value, char pad)
{
	buf_char(out, (char)(value < 10 ? pad : '0' + value / 10));
	buf_char(out, (char)('0' + value % 10));
}

static void ctime_out(struct buf *out, const struct tm *t)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	buf_bytes(out, days + 3 * t->tm_wday, 3);
	buf_char(out, ' ');
	buf_bytes(out, months + 3 * t->tm_mon, 3);
	buf_char(out, ' ');
	two_digits(out, t->tm_mday, ' ');
	buf_char(out, ' ');
	two_digits(out, t->tm_hour, '0');
	buf_char(out, ':');
	two_digits(out, t->tm_min, '0');
	buf_char(out, ':');
	two_digits(out, t->tm_sec, '0');
	buf_char(out, ' ');
	buf_int(out, (int64_t)t->tm_year + 1900);
}

bool process_started(pid_t pid, struct buf *out)
{
	int64_t ticks = start_ticks(pid), boot = boot_time();
	long per_second = sysconf(_SC_CLK_TCK);
	struct tm local;
	time_t when;

	if (ticks < 0 || boot < 0 || per_second <= 0)
		return false;
	when = (time_t)(boot + ticks / per_second);
	tzset();
	if (!localtime_r(&when, &local))
		return false;
	ctime_out(out, &local);
	return true;
}
