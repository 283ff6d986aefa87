/* See tmux.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/directory.h"
#include "base/file.h"
#include "host/command.h"
#include "host/process.h"
#include "host/tmux.h"

enum { OUTPUT_MAX = 65536, NAME_MAX_BYTES = 64, ANCESTORS_MAX = 64, FOLDER_MAX = 4096 };

bool tmux_name_valid(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= NAME_MAX_BYTES && name[n] == '\0';
}

void tmux_session_read(struct tmux_session *s, const char *name)
{
	static char output[OUTPUT_MAX];
	char target[NAME_MAX_BYTES + 8];
	struct buf b = buf_over(target, sizeof(target));
	char *const argv[] = {
		(char *)(uintptr_t)"tmux", (char *)(uintptr_t)"list-panes",
		(char *)(uintptr_t)"-s", (char *)(uintptr_t)"-F",
		(char *)(uintptr_t)"#{pane_pid}", (char *)(uintptr_t)"-t", target, NULL,
	};
	struct slice rest;
	int64_t pid;

	s->count = 0;
	buf_char(&b, '=');	/* exactly that name, not one that begins so */
	buf_text(&b, name);
	buf_char(&b, ':');	/* a session's, not a window's, where = would not count */
	if (!buf_cstr(&b))
		return;
	command_run(argv, output, sizeof(output), &rest, TMUX_MS);
	while (s->count < TMUX_PANES_MAX && decimal_take(&rest, &pid) && rest.n && pid > 0) {
		s->panes[s->count++] = (pid_t)pid;
		rest = slice_from(rest, 1);
	}
}

bool tmux_session_holds(const struct tmux_session *s, pid_t pid)
{
	struct process p;

	for (int i = 0; s->count && i < ANCESTORS_MAX && pid > 1; i++) {
		for (unsigned at = 0; at < s->count; at++) {
			if (s->panes[at] == pid)
				return true;
		}
		if (!process_read(pid, &p))
			return false;
		pid = p.parent;
	}
	return false;
}

/* ---- The servers of this user ---- */

struct servers {
	unsigned count;
	char sockets[TMUX_SERVERS_MAX][TMUX_SOCKET_MAX];
};

static bool known(const struct servers *all, const char *socket)
{
	for (unsigned i = 0; i < all->count; i++) {
		if (strcmp(all->sockets[i], socket) == 0)
			return true;
	}
	return false;
}

/* Adds the path if it is a socket of ours; one that is too long for the kernel is none. */
static void server_add(struct servers *all, struct slice folder, struct slice name)
{
	struct buf b = buf_over(all->sockets[all->count], TMUX_SOCKET_MAX);
	const char *socket;
	struct stat st;

	buf_put(&b, folder);
	buf_put(&b, name);
	socket = buf_cstr(&b);
	if (socket && *socket == '/' && !known(all, socket) && lstat(socket, &st) == 0 &&
	    S_ISSOCK(st.st_mode) && st.st_uid == geteuid())
		all->count++;
}

/* "<socket>,<pid>,<session>" of the one that we were started in; NULL: in none. */
static const char *tmux_around(void)
{
	return getenv("TMUX");
}

/* That one's socket may lie anywhere. */
static void server_around_us(struct servers *all)
{
	const char *around = tmux_around();

	if (around)
		server_add(all, (struct slice){ around, strcspn(around, ",") }, slice_of(""));
}

/* Where tmux itself puts them: ${TMUX_TMPDIR:-/tmp}/tmux-<uid>/. */
static void servers_in_folder(struct servers *all)
{
	static struct directory d;
	const char *above = getenv("TMUX_TMPDIR"), *name, *folder;
	char path[FOLDER_MAX];
	struct buf b = buf_over(path, sizeof(path));
	struct stat st;

	buf_text(&b, above && *above ? above : "/tmp");
	buf_text(&b, "/tmux-");
	buf_int(&b, geteuid());
	folder = buf_cstr(&b);
	if (!folder || lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode) || !file_trusted(&st) ||
	    directory_open(&d, AT_FDCWD, folder) != 0)
		return;
	buf_char(&b, '/');
	while (all->count < TMUX_SERVERS_MAX && (name = directory_next(&d)))
		server_add(all, buf_slice(&b), slice_of(name));
	directory_close(&d);
}

/* ---- Panes ---- */

/* The process and those above it, the nearest first. */
struct ancestry {
	unsigned count;
	pid_t pids[ANCESTORS_MAX];
};

static void ancestry_read(struct ancestry *a, pid_t pid)
{
	struct process p;

	a->count = 0;
	while (a->count < ANCESTORS_MAX && pid > 1 && process_read(pid, &p)) {
		a->pids[a->count++] = pid;
		pid = p.parent;
	}
}

/* What tmux is asked to say of a pane, and how it is read. */
static const char pane_format[] = "#{pane_id} #{pane_pid} #{pane_tty} #{cursor_y} "
	"#{?pane_in_mode,1,0}#{?pane_synchronized,1,0}#{?pane_input_off,1,0}#{?pane_dead,1,0}";
static const char pane_direct[] = "0000";

static struct slice taken_until(struct slice *text, char end)
{
	struct slice part = { text->p, 0 };

	while (part.n < text->n && text->p[part.n] != end)
		part.n++;
	*text = slice_from(*text, part.n < text->n ? part.n + 1 : part.n);
	return part;
}

static bool kept(struct slice text, char *into, size_t size)
{
	struct buf b = buf_over(into, size);

	buf_put(&b, text);
	return buf_cstr(&b) != NULL;
}

/* Only %N: it becomes an argument. */
static bool pane_id_valid(struct slice id)
{
	if (id.n < 2 || id.p[0] != '%')
		return false;
	for (size_t i = 1; i < id.n; i++) {
		if (id.p[i] < '0' || id.p[i] > '9')
			return false;
	}
	return true;
}

/* Reads a line of that format; the pane's socket stays as it is. */
static bool pane_taken(struct slice line, struct tmux_pane *pane)
{
	struct slice id = taken_until(&line, ' '), number = taken_until(&line, ' ');
	struct slice terminal = taken_until(&line, ' '), row = taken_until(&line, ' ');
	int64_t pid, cursor;

	if (!pane_id_valid(id) || !kept(id, pane->id, sizeof(pane->id)) ||
	    !decimal_take(&number, &pid) || number.n || pid <= 1 || pid > INT32_MAX ||
	    !kept(terminal, pane->terminal, sizeof(pane->terminal)) ||
	    !decimal_take(&row, &cursor) || row.n || cursor > INT16_MAX)
		return false;
	pane->pid = (pid_t)pid;
	pane->cursor = (unsigned)cursor;
	pane->direct = slice_is(line, pane_direct);
	return true;
}

/* Runs `tmux -S SOCKET ...`: its exit status, and what it printed, UTF-8 whatever our locale is. */
static int ask(const char *socket, const char *const words[], char *into, size_t cap,
	       struct slice *output, int ms)
{
	enum { WORDS_MAX = 18 };
	char *argv[WORDS_MAX] = {
		(char *)(uintptr_t)"tmux", (char *)(uintptr_t)"-u", (char *)(uintptr_t)"-S",
		(char *)(uintptr_t)socket,
	};

	for (int i = 0; i < WORDS_MAX - 5 && words[i]; i++)
		argv[i + 4] = (char *)(uintptr_t)words[i];
	return command_run(argv, into, cap, output, ms);
}

enum tmux_reach tmux_reach(void)
{
	char *const version[] = { (char *)(uintptr_t)"tmux", (char *)(uintptr_t)"-V", NULL };
	static const char *const words[] = { "list-sessions", NULL };
	static struct servers all;

	if (command_run(version, NULL, 0, NULL, TMUX_MS) != 0)
		return TMUX_MISSING;
	if (!tmux_around())
		return TMUX_OUTSIDE;
	all.count = 0;
	server_around_us(&all);
	return all.count && ask(all.sockets[0], words, NULL, 0, NULL, TMUX_MS) == 0 ?
	       TMUX_ANSWERS : TMUX_SILENT;
}

/* Looks on one server for a pane whose first process is nearer than *nearest. */
static void look_on(const char *socket, const struct ancestry *a, unsigned *nearest,
		    struct tmux_pane *pane, int ms)
{
	static char text[OUTPUT_MAX];
	const char *const words[] = { "list-panes", "-a", "-F", pane_format, NULL };
	struct tmux_pane seen;
	struct slice rest;

	if (ask(socket, words, text, sizeof(text), &rest, ms) != 0 ||
	    !kept(slice_of(socket), seen.socket, sizeof(seen.socket)))
		return;
	while (rest.n) {
		if (!pane_taken(taken_until(&rest, '\n'), &seen))
			continue;
		for (unsigned i = 0; i < *nearest; i++) {
			if (a->pids[i] == seen.pid) {
				*nearest = i;
				*pane = seen;
			}
		}
	}
}

bool tmux_find(pid_t pid, struct tmux_pane *pane)
{
	const int64_t end = clock_monotonic_ms() + TMUX_FIND_MS;
	static struct servers all;
	struct ancestry a;
	unsigned nearest;

	ancestry_read(&a, pid);
	nearest = a.count;
	all.count = 0;
	server_around_us(&all);
	servers_in_folder(&all);
	for (unsigned i = 0; i < all.count && nearest; i++) {
		int64_t left = end - clock_monotonic_ms();

		if (left > 0)
			look_on(all.sockets[i], &a, &nearest, pane,
				left < TMUX_MS ? (int)left : TMUX_MS);
	}
	return nearest < a.count;
}

int tmux_pane_lock(const struct tmux_pane *pane)
{
	int fd = open(pane->terminal, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool tmux_look(struct tmux_pane *pane, char into[TMUX_SCREEN_MAX], struct slice *screen)
{
	/* One command of two: the server runs them without anything in between. */
	const char *const words[] = {
		"display-message", "-p", "-t", pane->id, pane_format, ";",
		"capture-pane", "-p", "-e", "-t", pane->id, NULL,
	};
	struct tmux_pane now = *pane;

	if (ask(pane->socket, words, into, TMUX_SCREEN_MAX, screen, TMUX_MS) != 0 ||
	    screen->n == TMUX_SCREEN_MAX || !pane_taken(taken_until(screen, '\n'), &now) ||
	    strcmp(now.id, pane->id) != 0 || now.pid != pane->pid ||
	    strcmp(now.terminal, pane->terminal) != 0)
		return false;
	*pane = now;
	return true;
}

bool tmux_type(const struct tmux_pane *pane, const char *text)
{
	const char *const words[] = { "send-keys", "-t", pane->id, "-l", "--", text, NULL };

	return ask(pane->socket, words, NULL, 0, NULL, TMUX_MS) == 0;
}

bool tmux_enter(const struct tmux_pane *pane)
{
	const char *const words[] = { "send-keys", "-t", pane->id, "Enter", NULL };

	return ask(pane->socket, words, NULL, 0, NULL, TMUX_MS) == 0;
}
