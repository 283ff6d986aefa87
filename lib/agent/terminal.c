/* See terminal.h. */
#include <unistd.h>

#include "agent/activity.h"
#include "agent/composer.h"
#include "agent/profile.h"
#include "agent/terminal.h"
#include "base/clock.h"
#include "host/process.h"
#include "host/tmux.h"
#include "store/mark.h"
#include "store/runtime.h"

enum {
	SENTENCE_MAX = 1024,	/* bytes */
	ANCESTORS_MAX = 64,
	/* Within which a sentence that was typed must stand in the composer: OpenCode takes more
	 * than a second for the first key after its start. */
	APPEAR_MS = 3000,
	LOOK_MS = 20,	/* between two looks */
	FILE_TIME_MS = 20,	/* by how much the time of a file may lag behind the clock */
};

/* Whom we type to, and where. */
struct target {
	const struct presence *who;
	const struct profile *agent;
	struct tmux_pane pane;
	pid_t pid;	/* of the agent's process */
	char birth[PROCESS_BIRTH_MAX];
	struct slice born;	/* in `birth` */
	struct slice screen;	/* of the pane, when it was last looked at */
};

/* What the client itself says of its process must not be that it runs another session by now. */
static bool runs_another(const struct target *t)
{
	struct runtime_marker m;

	return runtime_read(RUNTIME_CLAUDE, t->pid, &m) == RUNTIME_FOUND &&
	       strcmp(m.session, t->who->session) != 0;
}

static bool is_there(const struct target *t)
{
	return process_is(t->pid, t->born) && !runs_another(t);
}

static bool has_the_terminal(const struct target *t)
{
	struct process p;

	return process_read(t->pid, &p) && !p.ended && !process_is_shell(&p) &&
	       process_has_terminal(&p, t->pane.terminal);
}

/* The agent of a server: the first process above it, no shell, that has the pane's terminal. */
static pid_t agent_above(pid_t server, const struct tmux_pane *pane)
{
	struct process p;
	pid_t pid = server;

	for (int i = 0; i < ANCESTORS_MAX && pid > 1 && pid != pane->pid; i++) {
		if (!process_read(pid, &p))
			break;
		pid = p.parent;
		if (process_read(pid, &p) && !process_is_shell(&p) &&
		    process_has_terminal(&p, pane->terminal))
			return pid;
	}
	return 0;
}

/* WAKE_FIRE, or why there is nobody to type to. */
static enum wake_status target_find(struct target *t)
{
	struct buf b = buf_over(t->birth, sizeof(t->birth));

	t->pid = t->who->pid;
	if (*t->who->birth)
		buf_text(&b, t->who->birth);
	t->born = buf_slice(&b);
	if (t->born.n && !process_is(t->pid, t->born))
		return WAKE_NO_TARGET;
	if (!tmux_find(t->pid, &t->pane))
		return WAKE_NO_TARGET;
	if (t->born.n)
		return WAKE_FIRE;
	t->pid = agent_above(t->who->pid, &t->pane);
	if (!t->pid)
		return WAKE_REFUSED_FOREGROUND;
	if (!process_birth(t->pid, &b))
		return WAKE_NO_TARGET;
	t->born = buf_slice(&b);
	return WAKE_FIRE;
}

/* Looks at everything but the composer; WAKE_FIRE if nothing stands in the way. */
static enum wake_status obstacle(const struct store *s, struct target *t)
{
	static char screen[TMUX_SCREEN_MAX];
	struct activity a;

	if (!is_there(t) || !tmux_look(&t->pane, screen, &t->screen))
		return WAKE_NO_TARGET;
	activity_of(s, t->who, &a);
	if (a.kind == ACTIVITY_WAITING)
		return WAKE_REFUSED_DIALOG;
	if (!t->pane.direct)
		return WAKE_REFUSED_MODE;
	if (!has_the_terminal(t))
		return WAKE_REFUSED_FOREGROUND;
	return WAKE_FIRE;
}

static enum composer_state composer_of(const struct target *t, struct buf *text)
{
	text->n = 0;
	text->full = false;
	return composer_read(t->agent->composer, t->screen, t->pane.cursor, text);
}

/* Nothing may be typed unless this says WAKE_FIRE. */
static enum wake_status may_type(const struct store *s, struct target *t)
{
	char memory[SENTENCE_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	enum wake_status status = obstacle(s, t);

	if (status != WAKE_FIRE)
		return status;
	switch (composer_of(t, &text)) {
	case COMPOSER_EMPTY:
		return WAKE_FIRE;
	case COMPOSER_DRAFT:
		return WAKE_REFUSED_DRAFT;
	default:
		return WAKE_REFUSED_UNSEEN;
	}
}

static void without_blanks(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text != ' ')
			buf_char(out, *text);
	}
}

/*
 * Nor may it be sent unless this does: the composer holds the sentence and nothing else. The client
 * may still be drawing it, so that anything may be seen for a while. Whatever else stands there in
 * the end is left as it is: to take ours out of it might take a person's words with it.
 */
static enum wake_status may_send(const struct store *s, struct target *t, const char *sentence)
{
	const int64_t end = clock_monotonic_ms() + APPEAR_MS;
	char memory[SENTENCE_MAX], expected_memory[SENTENCE_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	struct buf expected = buf_over(expected_memory, sizeof(expected_memory));

	without_blanks(&expected, sentence);
	do {
		enum wake_status status = obstacle(s, t);

		if (status != WAKE_FIRE)
			return status;
		if (composer_of(t, &text) == COMPOSER_DRAFT &&
		    slice_has(buf_slice(&text), buf_slice(&expected)))
			return !text.full && text.n == expected.n ? WAKE_FIRE : WAKE_REFUSED_DRAFT;
		clock_sleep_ms(LOOK_MS);
	} while (clock_monotonic_ms() < end);
	return WAKE_REFUSED_DRAFT;
}

/* Its own mark, or what its client says, is busy since that time. */
static bool busy_since(const struct store *s, const struct presence *who, int64_t when)
{
	struct activity a;
	enum mark mark;
	int64_t at;

	when -= FILE_TIME_MS;
	if (mark_read(s, who->session, &mark, &at) && mark == MARK_BUSY && at >= when)
		return true;
	activity_of(s, who, &a);
	return a.kind == ACTIVITY_BUSY && a.since >= when;
}

static enum wake_status confirmed(const struct store *s, const struct presence *who, int64_t when)
{
	const int64_t end = clock_monotonic_ms() + TERMINAL_CONFIRM_MS;

	do {
		if (busy_since(s, who, when))
			return WAKE_FIRED;
		clock_sleep_ms(LOOK_MS);
	} while (clock_monotonic_ms() < end);
	return WAKE_FIRED_UNCONFIRMED;
}

/* Types and sends, as far as nothing stands in the way. */
static enum wake_status typed(const struct store *s, struct target *t, const char *sentence)
{
	enum wake_status status = may_type(s, t);
	int64_t when;

	if (status != WAKE_FIRE)
		return status;
	if (!tmux_type(&t->pane, sentence))
		return WAKE_NO_TARGET;
	clock_sleep_ms(t->agent->enter_after_ms);
	status = may_send(s, t, sentence);
	if (status != WAKE_FIRE)
		return status;
	when = clock_now_ms();
	if (!tmux_enter(&t->pane))
		return WAKE_NO_TARGET;
	return confirmed(s, t->who, when);
}

enum wake_status terminal_wake(const struct store *s, const struct presence *who,
			       const char *sentence)
{
	struct target t = { .who = who, .agent = profile_of(who->agent) };
	enum wake_status status = target_find(&t);
	int lock;

	if (status != WAKE_FIRE)
		return status;
	lock = tmux_pane_lock(&t.pane);
	if (lock < 0)
		return WAKE_REFUSED_DRAFT;	/* another one types there just now */
	status = typed(s, &t, sentence);
	close(lock);
	return status;
}
