/*
 * See waiter.h.
 *
 * Whoever reads from a pipe opens it for writing too: so a writer who leaves never closes it, and
 * the reader sleeps on. Writers never block: nobody reads is ENXIO, a full pipe EAGAIN.
 *
 * The lock is a record lock (fcntl) on one byte of the file waiters.lock, at an offset that the
 * session's id gives (63 bits of its hash, far behind the file's end). Not on the pipe: macOS locks
 * no pipes. Not a file for each session: they would have to be cleared away, which is a race with
 * the next waiter. A record lock ends with its process, and asking who holds it (F_GETLK) disturbs
 * nobody.
 *
 * Only who holds the lock makes or replaces the pipe, and each waiter makes its own. So what a dead
 * one left, or somebody put there, stands in nobody's way. Three cases are left:
 *
 *	The pipe was removed under a living waiter, which cannot be reached any more. The next one
 *	finds the lock taken, and nobody at the pipe; it gives a waiter that is just starting
 *	START_MS to make it, then sends the holder SIGTERM and takes its place.
 *
 *	waiters.lock was removed under one. Then the next one gets the lock, and there are two. It
 *	tells the one at the pipe to leave before it makes its own.
 *
 *	Killed anywhere in between: the lock is free, and the next one starts from the beginning.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>	/* renameat */
#include <unistd.h>

#include "agent/waiter.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/trace.h"
#include "host/signals.h"

#define WAKE "wake "
#define LEAVE "leave"
#define LOOK "look"

enum {
	START_MS = 100,	/* from the lock to the pipe */
	REPLACE_MS = 300,	/* for a waiter to end on SIGTERM */
	LOOK_MS = 5,
	WORD_MAX = 16,
};

static const char *const words[] = {
	[WAITER_HANDED] = "handed",
	[WAITER_BUSY] = "busy",
	[WAITER_EMPTY] = "empty",
	[WAITER_GONE] = "gone",
};

/* ---- Pipes ---- */

/* Opens a pipe that must be ours alone. */
static int pipe_open(const struct store *s, const char *path, int flags)
{
	struct stat st;
	int fd = openat(s->root, path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && file_trusted(&st))
		return fd;
	close(fd);
	return -EINVAL;
}

/* Makes a pipe and opens it for its reader. */
static int pipe_make(const struct store *s, const char *path)
{
	return mkfifoat(s->root, path, 0600) == 0 ? pipe_open(s, path, O_RDWR) : -errno;
}

/* Writes a line whole, or nothing. */
static bool line_written(int fd, const char *word, const char *token)
{
	char text[WAITER_COMMAND_MAX];
	struct buf line = buf_over(text, sizeof(text));
	sigset_t before;
	ssize_t n;

	buf_text(&line, word);
	buf_text(&line, token);
	buf_char(&line, '\n');
	/* The reader may end just now. */
	signals_hold(&before);
	n = write(fd, line.p, line.n);
	signals_release(&before);
	return !line.full && n == (ssize_t)line.n;
}

/* ---- The sender's side ---- */

/* The session's pipe, if a waiter reads it; a negative errno if none does. */
static int waiter_pipe(const struct store *s, const char *session)
{
	char path[LAYOUT_MAX];
	int err = store_has(s, LAYOUT_WAITERS);

	return err ? err : pipe_open(s, layout_waiter(path, session), O_WRONLY);
}

bool waiter_there(const struct store *s, const char *session)
{
	int fd = waiter_pipe(s, session);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Says it to the waiter, if there is one. */
static void told(const struct store *s, const char *session, const char *word)
{
	int fd = waiter_pipe(s, session);

	if (fd < 0)
		return;
	line_written(fd, word, "");
	close(fd);
}

void waiter_dismiss(const struct store *s, const char *session)
{
	told(s, session, LEAVE);
}

void waiter_missed(const struct store *s, const char *session)
{
	told(s, session, LOOK);
}

static enum waiter_answer answer_read(int fd)
{
	char text[WORD_MAX];
	ssize_t n = read(fd, text, sizeof(text));
	struct slice word = { text, n > 0 ? (size_t)n : 0 };
	enum waiter_answer answer = 0;

	while (answer != WAITER_SILENT && !slice_is(slice_trimmed(word), words[answer]))
		answer++;
	return answer;
}

/* What comes of it, after at most WAITER_ANSWER_MS, and no longer than the waiter lives. */
static enum wake_status answered(int answer, int waiter)
{
	struct pollfd ends[] = { { .fd = answer, .events = POLLIN }, { .fd = waiter } };
	const int64_t end = clock_monotonic_ms() + WAITER_ANSWER_MS;
	int64_t left = WAITER_ANSWER_MS;

	while (poll(ends, 2, (int)left) < 0 && errno == EINTR) {
		left = end - clock_monotonic_ms();
		if (left < 0)
			left = 0;
	}
	switch (answer_read(answer)) {
	case WAITER_HANDED:
	case WAITER_BUSY:
	case WAITER_EMPTY:
		return WAKE_FIRED;
	case WAITER_GONE:
		return WAKE_NO_TARGET;
	case WAITER_SILENT:
		break;
	}
	return WAKE_FIRED_UNCONFIRMED;
}

static enum wake_status asked(const struct store *s, int waiter)
{
	enum wake_status status = WAKE_NO_TARGET;
	char path[LAYOUT_MAX];
	waiter_token token;
	struct buf b = buf_over(token, sizeof(token));
	int answer;

	random_hex(&b, WAITER_TOKEN_BYTES);
	buf_cstr(&b);
	answer = pipe_make(s, layout_waiter_answer(path, token));
	if (answer >= 0 && line_written(waiter, WAKE, token))
		status = answered(answer, waiter);
	unlinkat(s->root, path, 0);
	if (answer >= 0)
		close(answer);
	return status;
}

enum wake_status waiter_wake(const struct store *s, const char *session)
{
	enum wake_status status;
	int waiter = waiter_pipe(s, session);

	if (waiter < 0)
		return WAKE_NO_TARGET;
	status = asked(s, waiter);
	close(waiter);
	return status;
}

/* ---- The waiter's side ---- */

static struct flock byte_of(const char *session)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	uint8_t digest[SHA256_BYTES];

	sha256(slice_of(session), digest);
	digest[0] &= 0x3F;	/* start + length may not overflow either */
	for (size_t i = 0; i < sizeof(lock.l_start); i++)
		lock.l_start = (lock.l_start << 8) | digest[i];
	return lock;
}

static bool locked(int fd, const char *session)
{
	struct flock lock = byte_of(session);

	return fcntl(fd, F_SETLK, &lock) == 0;
}

/* Ends the waiter that holds the lock though nobody can reach it. */
static void end_holder(int fd, const char *session)
{
	struct flock lock = byte_of(session);

	/* 0 or less: of a process that we cannot name. */
	if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0)
		return;
	trace("ends a waiter that has lost its pipe:", session, 0);
	kill(lock.l_pid, SIGTERM);
}

/* Takes the lock; false if a waiter has it who can be reached, or does not let go. */
static bool lock_taken(int fd, const struct store *s, const char *session)
{
	const int64_t start = clock_monotonic_ms();
	bool ended = false;
	int64_t age = 0;

	while (!locked(fd, session)) {
		if (waiter_there(s, session) || age > START_MS + REPLACE_MS)
			return false;
		if (age > START_MS && !ended) {
			end_holder(fd, session);
			ended = true;
		}
		clock_sleep_ms(LOOK_MS);
		age = clock_monotonic_ms() - start;
	}
	return true;
}

/* Takes away whatever has the pipe's name. */
static void clear_name(const struct store *s, const char *path, const char *session)
{
	char aside[FILE_TEMPORARY_MAX];

	waiter_dismiss(s, session);
	if (unlinkat(s->root, path, 0) == 0 || errno == ENOENT)
		return;
	/* A directory. */
	if (file_temporary(aside, path))
		renameat(s->root, path, s->root, aside);
}

bool waiter_open(struct waiter *w, const struct store *s, const char *session)
{
	char path[LAYOUT_MAX];
	struct stat st;
	int lock;

	if (store_make(s, LAYOUT_WAITERS, false) != 0)
		return false;
	/* Open to the end of the process: closing it would free the lock. */
	lock = file_open(s->root, LAYOUT_WAITERS_LOCK, O_RDWR | O_CREAT, &st);
	if (lock < 0 || !lock_taken(lock, s, session))
		return false;
	layout_waiter(path, session);
	clear_name(s, path, session);
	*w = (struct waiter){ .store = s, .session = session, .pipe = pipe_make(s, path) };
	if (w->pipe < 0)
		trace("cannot make the pipe of a waiter:", path, w->pipe);
	return w->pipe >= 0;
}

static bool is_token(struct slice text)
{
	if (text.n != 2 * WAITER_TOKEN_BYTES)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (!strchr("0123456789abcdef", text.p[i]) || !text.p[i])
			return false;
	}
	return true;
}

static enum waiter_command command_of(struct slice line, waiter_token token)
{
	const size_t n = strlen(WAKE);

	if (slice_is(line, LEAVE))
		return WAITER_LEAVE;
	if (slice_is(line, LOOK))
		return WAITER_LOOK;
	if (line.n <= n || memcmp(line.p, WAKE, n) != 0 || !is_token(slice_from(line, n)))
		return WAITER_NOTHING;
	memcpy(token, line.p + n, line.n - n);
	token[line.n - n] = '\0';
	return WAITER_WAKE;
}

/* Takes the first line out of what was read; false if no whole one is there. */
static bool line_taken(struct waiter *w, char line[WAITER_COMMAND_MAX], size_t *n)
{
	const char *end = memchr(w->text, '\n', w->n);

	if (!end) {
		if (w->n == sizeof(w->text))
			w->n = 0;	/* no command is so long */
		return false;
	}
	*n = (size_t)(end - w->text);
	memcpy(line, w->text, *n);
	w->n -= *n + 1;
	memmove(w->text, end + 1, w->n);
	return true;
}

enum waiter_command waiter_next(struct waiter *w, waiter_token token)
{
	char line[WAITER_COMMAND_MAX];
	enum waiter_command command = WAITER_NOTHING;
	size_t n;

	while (command == WAITER_NOTHING) {
		ssize_t got;

		if (line_taken(w, line, &n)) {
			command = command_of((struct slice){ line, n }, token);
			continue;
		}
		got = read(w->pipe, w->text + w->n, sizeof(w->text) - w->n);
		if (got <= 0)
			break;
		w->n += (size_t)got;
	}
	return command;
}

void waiter_answer(const struct waiter *w, const waiter_token token, enum waiter_answer answer)
{
	char path[LAYOUT_MAX];
	int fd;

	if (answer == WAITER_SILENT)
		return;
	fd = pipe_open(w->store, layout_waiter_answer(path, token), O_WRONLY);
	if (fd < 0)
		return;
	line_written(fd, words[answer], "");
	close(fd);
}

void waiter_close(struct waiter *w, enum waiter_answer answer)
{
	char path[LAYOUT_MAX];
	struct stat ours, there;
	waiter_token token;
	enum waiter_command command;

	layout_waiter(path, w->session);
	if (fstat(w->pipe, &ours) == 0 &&
	    fstatat(w->store->root, path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    there.st_ino == ours.st_ino)
		unlinkat(w->store->root, path, 0);
	while ((command = waiter_next(w, token)) != WAITER_NOTHING) {
		if (command == WAITER_WAKE)
			waiter_answer(w, token, answer);
	}
	close(w->pipe);
}
