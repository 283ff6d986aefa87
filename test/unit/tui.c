/*
 * A stand-in for an agent's terminal client, with a composer as Claude Code draws it: tui LOG
 * [NAME=VALUE...]. Every byte that it is sent goes to LOG, every prompt that is submitted to
 * LOG.prompts, a line each.
 *
 *	draft=TEXT	a person has begun to type
 *	placeholder=TEXT	what an empty composer shows
 *	inject=TEXT	a person types this as soon as the first byte has come
 *	busy=FILE	becomes "busy" when a prompt is submitted
 *	dialog=1	a dialog is open, which Enter answers: LOG.approved
 *	dialog-after=FILE	a dialog opens as soon as the first byte has come; FILE.new becomes FILE
 *	deaf=1	Enter does nothing
 *	slow=MS	it draws so much later
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { WIDTH = 78 };

static struct {
	const char *log, *placeholder, *inject, *busy, *dialog_after;
	bool dialog, deaf;
	int slow;
	char draft[4096];
	char last[4096];	/* prompt */
} tui;

static void append_to(const char *suffix, const char *text, size_t n)
{
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s%s", tui.log, suffix);
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		exit(1);
	close(fd);
}

static void rule(void)
{
	for (int i = 0; i < WIDTH; i++)
		fputs("─", stdout);
	fputs("\r\n", stdout);
}

static void draw_dialog(void)
{
	rule();
	printf(" Bash command\r\n   rm -rf /\r\n\r\n Do you want to proceed?\r\n ❯ 1. Yes\r\n   2. No\r\n\r\n"
	       " Esc to cancel\r\n");
}

/* A draft's lines are indented below the sign; the cursor stays behind the last character. */
static void draw_composer(void)
{
	rule();
	fputs("❯\u00a0", stdout);
	for (const char *p = tui.draft; *p; p++) {
		if (*p == '\n')
			fputs("\r\n  ", stdout);
		else
			putchar(*p);
	}
	fputs("\0337", stdout);	/* remembers where the cursor is */
	if (!*tui.draft && tui.placeholder)
		printf("\033[7m%c\033[0m\033[2m%s\033[0m", *tui.placeholder, tui.placeholder + 1);
	fputs("\r\n", stdout);
	rule();
	fputs("  ? for shortcuts\0338", stdout);
}

static void draw(void)
{
	if (tui.slow)
		poll(NULL, 0, tui.slow);
	printf("\033[2J\033[H Stand-in\r\n\r\n%s%s\r\n\r\n", *tui.last ? "❯ " : "", tui.last);
	if (tui.dialog)
		draw_dialog();
	else
		draw_composer();
	fflush(stdout);
}

static void submit(void)
{
	if (tui.dialog) {
		append_to(".approved", "", 0);
		tui.dialog = false;
		return;
	}
	if (tui.deaf || !*tui.draft)
		return;
	append_to(".prompts", tui.draft, strlen(tui.draft));
	append_to(".prompts", "\n", 1);
	memcpy(tui.last, tui.draft, sizeof(tui.last));
	tui.draft[0] = '\0';
	if (tui.busy) {
		FILE *f = fopen(tui.busy, "w");

		if (f) {
			fputs("busy", f);
			fclose(f);
		}
	}
}

static void typed(const char *text, size_t n)
{
	size_t length = strlen(tui.draft);

	if (!tui.dialog && length + n < sizeof(tui.draft)) {
		memcpy(tui.draft + length, text, n);
		tui.draft[length + n] = '\0';
	}
}

/* Enter counts only if it comes alone, as in the real ones: else it is part of a paste. */
static void received(const char *bytes, size_t n)
{
	append_to("", bytes, n);
	if (n == 1 && *bytes == '\r')
		submit();
	else
		typed(bytes, n);
	if (tui.inject)
		typed(tui.inject, strlen(tui.inject));
	tui.inject = NULL;
	if (tui.dialog_after) {
		char from[4096];

		snprintf(from, sizeof(from), "%s.new", tui.dialog_after);
		tui.dialog = rename(from, tui.dialog_after) == 0;
		tui.dialog_after = NULL;
	}
}

static bool is(const char *text, size_t n, const char *name)
{
	return strlen(name) == n && memcmp(text, name, n) == 0;
}

static void option(const char *text)
{
	const char *value = strchr(text, '=');
	size_t n = value ? (size_t)(value++ - text) : 0;

	if (n == 0)
		exit(2);
	if (is(text, n, "draft"))
		typed(value, strlen(value));
	else if (is(text, n, "placeholder"))
		tui.placeholder = value;
	else if (is(text, n, "inject"))
		tui.inject = value;
	else if (is(text, n, "busy"))
		tui.busy = value;
	else if (is(text, n, "dialog"))
		tui.dialog = true;
	else if (is(text, n, "dialog-after"))
		tui.dialog_after = value;
	else if (is(text, n, "deaf"))
		tui.deaf = true;
	else if (is(text, n, "slow"))
		tui.slow = atoi(value);
	else
		exit(2);
}

int main(int argc, char *argv[])
{
	struct termios raw;
	char bytes[4096];
	ssize_t n;

	if (argc < 2 || tcgetattr(STDIN_FILENO, &raw) != 0)
		return 2;
	tui.log = argv[1];
	for (int i = 2; i < argc; i++)
		option(argv[i]);
	raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	draw();
	append_to("", "", 0);	/* it is ready */
	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
		received(bytes, (size_t)n);
		draw();
	}
	return 0;
}
