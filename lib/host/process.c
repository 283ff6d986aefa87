/* See process.h. On Linux all of it comes from /proc; elsewhere the start time is unknown. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#endif

#include "base/decimal.h"
#include "base/file.h"
#include "base/memory.h"
#include "host/process.h"

enum {
	STAT_BYTES = 4096,	/* of /proc/PID/stat; a real one has some 350 */
	SYSTEM_STAT_BYTES = 262144,	/* of /proc/stat; grows with processors and interrupts */
	PARENT_FIELD = 4,	/* of /proc/PID/stat, see proc(5) */
	GROUP_FIELD = 5,
	TERMINAL_FIELD = 7,
	FOREGROUND_FIELD = 8,
	START_TIME_FIELD = 22,
	BOOT_ID_BYTES = 36,
	COMMAND_LINE_BYTES = 4096,	/* of /proc/PID/cmdline, where its beginning is enough */
	COMMAND_LINE_MAX = 2 << 20,	/* as much as Linux takes, by default */
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

/* Field of /proc/PID/stat, counted from 1; `after` is what follows the second one. */
static int64_t stat_field(struct slice after, int field)
{
	size_t at = 0;

	for (int i = 2; i < field; i++) {
		while (at < after.n && after.p[at] != ' ')
			at++;
		if (at == after.n)
			return -1;
		at++;
	}
	return leading_number(slice_from(after, at));
}

/* The name stands in brackets, and may hold blanks and brackets itself. */
static bool stat_taken(struct slice text, struct process *p)
{
	const char *open = memchr(text.p, '(', text.n);
	size_t end = text.n;
	struct buf name = buf_over(p->name, sizeof(p->name));

	while (end && text.p[end - 1] != ')')
		end--;
	if (!open || end == 0 || text.p + end - 1 <= open)
		return false;
	buf_bytes(&name, open + 1, (size_t)(text.p + end - 1 - (open + 1)));
	if (!buf_cstr(&name))
		return false;
	text = slice_from(text, end);
	p->ended = text.n > 1 && (text.p[1] == 'Z' || text.p[1] == 'X');
	p->parent = (pid_t)stat_field(text, PARENT_FIELD);
	p->group = (pid_t)stat_field(text, GROUP_FIELD);
	p->terminal = stat_field(text, TERMINAL_FIELD);
	p->foreground = (pid_t)stat_field(text, FOREGROUND_FIELD);
	p->ticks = stat_field(text, START_TIME_FIELD);
	return p->parent >= 0 && p->ticks >= 0;
}

bool process_read(pid_t pid, struct process *p)
{
	char name[32], text[STAT_BYTES];
	struct buf b = buf_over(name, sizeof(name));
	size_t n;

	if (pid <= 0)
		return false;
	buf_text(&b, "/proc/");
	buf_int(&b, pid);
	buf_text(&b, "/stat");
	return buf_cstr(&b) && file_read_at(AT_FDCWD, name, text, sizeof(text), &n) == 0 &&
	       stat_taken((struct slice){ text, n }, p);
}

/* The id of the machine's boot, BOOT_ID_BYTES long; NULL if unknown. Read once. */
static const char *boot_id(void)
{
	static char id[BOOT_ID_BYTES + 1];
	static size_t n;

	if (n == 0 && file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", id, sizeof(id),
				   &n) != 0)
		n = 0;
	return n >= BOOT_ID_BYTES ? id : NULL;
}

bool process_birth(pid_t pid, struct buf *out)
{
	const char *boot = boot_id();
	struct process p;

	if (!boot || !process_read(pid, &p) || p.ended)
		return false;
	buf_int(out, p.ticks);
	buf_char(out, '@');
	buf_bytes(out, boot, BOOT_ID_BYTES);
	return true;
}

bool process_is(pid_t pid, struct slice birth)
{
	char live[PROCESS_BIRTH_MAX];
	struct buf b = buf_over(live, sizeof(live));

	return process_birth(pid, &b) && slice_eq(buf_slice(&b), birth);
}

bool process_has_terminal(const struct process *p, const char *terminal)
{
#ifdef __linux__
	/* The kernel writes the minor number around the major one: its low 8 bits, 12 bits of
	 * major, the rest. */
	unsigned high = (unsigned)(p->terminal >> 8) & 0xFFF;
	unsigned low = ((unsigned)p->terminal & 0xFF) | ((unsigned)(p->terminal >> 12) & 0xFFF00);
	struct stat st;

	return stat(terminal, &st) == 0 && S_ISCHR(st.st_mode) && p->terminal > 0 &&
	       st.st_rdev == makedev(high, low) && p->foreground > 0 &&
	       p->foreground == p->group;
#else
	(void)p;
	(void)terminal;
	return false;
#endif
}

int process_watch(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

void process_end_with_parent(void)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
}

bool process_is_shell(const struct process *p)
{
	static const char *const shells[] = {
		"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "tcsh", "csh", "rbash",
		"busybox", "nu", "pwsh", "elvish", "xonsh",
	};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(p->name, shells[i]) == 0)
			return true;
	}
	return false;
}

static int64_t boot_time_read(void)
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

/* Seconds since 1970 at which the machine booted, from the line "btime N"; -1 if unknown. Read
 * once: we do not live long. */
static int64_t boot_time(void)
{
	static int64_t known;

	if (!known)
		known = boot_time_read();
	return known;
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

/* Of the clock that ticks are counted by. What sysconf asks for is the same, and 1 KB more. */
static int64_t ticks_per_second(void)
{
#ifdef __linux__
	return (int64_t)getauxval(AT_CLKTCK);
#else
	return sysconf(_SC_CLK_TCK);
#endif
}

int64_t process_start_time(pid_t pid)
{
	int64_t boot = boot_time();
	int64_t per_second = ticks_per_second();
	struct process p;

	if (boot < 0 || per_second <= 0 || !process_read(pid, &p))
		return -1;
	return boot + p.ticks / per_second;
}

bool process_time(int64_t seconds, struct buf *out)
{
	time_t when = (time_t)seconds;
	struct tm local;

	tzset();
	if (!localtime_r(&when, &local))
		return false;
	ctime_out(out, &local);
	return true;
}

bool process_started(pid_t pid, struct buf *out)
{
	int64_t when = process_start_time(pid);

	return when >= 0 && process_time(when, out);
}

/* Takes the next argument off a command line, in which each ends with a NUL. */
static struct slice argument_taken(struct slice *line)
{
	struct slice argument = { line->p, strnlen(line->p, line->n) };

	*line = slice_from(*line, argument.n < line->n ? argument.n + 1 : argument.n);
	return argument;
}

static struct slice without_folders(struct slice path)
{
	size_t n = path.n;

	while (n && path.p[n - 1] != '/')
		n--;
	return slice_from(path, n);
}

/* Reads a process's command line. 0; -EFBIG: its beginning, there is more of it than fits; or
 * another negative errno. */
static int command_line_read(pid_t pid, char *text, size_t size, struct slice *line)
{
	char file[32];
	struct buf b = buf_over(file, sizeof(file));

	*line = (struct slice){ text, 0 };
	buf_text(&b, "/proc/");
	buf_int(&b, pid);
	buf_text(&b, "/cmdline");
	if (pid <= 0 || !buf_cstr(&b))
		return -ESRCH;
	return file_read_at(AT_FDCWD, file, text, size, &line->n);
}

bool process_called(pid_t pid, char name[PROCESS_NAME_MAX])
{
	char text[COMMAND_LINE_BYTES];
	struct buf out = buf_over(name, PROCESS_NAME_MAX);
	struct slice line, called;
	int err = command_line_read(pid, text, sizeof(text), &line);

	/* The rest of a long one is of no interest. */
	if (err && err != -EFBIG)
		return false;
	called = without_folders(argument_taken(&line));
	if (slice_is(called, "node") || slice_is(called, "nodejs") || slice_is(called, "bun")) {
		do
			called = argument_taken(&line);
		while (called.n && called.p[0] == '-');
		called = without_folders(called);
	}
	buf_put(&out, called);
	return called.n && buf_cstr(&out);
}

static bool has_argument(struct slice line, const char *const *words)
{
	argument_taken(&line);
	while (line.n) {
		struct slice argument = argument_taken(&line);

		for (const char *const *w = words; *w; w++) {
			if (slice_is(argument, *w))
				return true;
		}
	}
	return false;
}

/* All of it is looked at: editors put long settings before the word that counts. */
bool process_has_argument(pid_t pid, const char *const *words)
{
	struct buf memory = memory_buf(COMMAND_LINE_MAX);
	struct slice line;
	bool found = !memory.p ||
		     command_line_read(pid, memory.p, COMMAND_LINE_MAX, &line) != 0 ||
		     has_argument(line, words);

	memory_free(&memory);
	return found;
}
