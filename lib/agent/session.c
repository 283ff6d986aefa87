/* See session.h. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/agent_process.h"
#include "agent/session.h"
#include "agent/waiter.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/trace.h"
#include "host/process.h"
#include "store/backlog.h"
#include "store/drain.h"
#include "store/move.h"
#include "store/project.h"
#include "store/registry.h"
#include "store/runtime.h"

enum { DROP_MAX = EVENT_HEAD + 1024 };

/* Decodes one thing that the event says into memory of that size. */
static bool said(const struct hook *h, bool (*what)(const struct event *, struct buf *),
		 char *into, size_t size)
{
	struct buf b = buf_over(into, size);

	if (what(&h->event, &b) && buf_cstr(&b))
		return true;
	into[0] = '\0';
	return false;
}

bool session_of(struct hook *h, struct session *me)
{
	struct buf birth = buf_over(me->who.birth, sizeof(me->who.birth));
	struct buf started = buf_over(me->started, sizeof(me->started));

	if (!*h->agent->name)
		h->agent = profile_of(event_agent(&h->event));
	if (!said(h, event_cwd, me->who.cwd, sizeof(me->who.cwd)))
		return false;
	said(h, event_transcript, me->transcript, sizeof(me->transcript));
	said(h, event_reason, me->reason, sizeof(me->reason));
	memcpy(me->who.session, h->event.session, sizeof(me->who.session));
	memcpy(me->who.agent, h->agent->name, strlen(h->agent->name) + 1);
	me->lock_end = clock_monotonic_ms() + SESSION_LOCK_MS;
	me->who.pid = agent_process(h->agent);
	me->who.started_at = clock_now_s();
	if (!process_started(me->who.pid, &started) || !buf_cstr(&started))
		me->started[0] = '\0';
	if (!process_birth(me->who.pid, &birth) || !buf_cstr(&birth)) {
		trace("cannot tell the process of", h->event.session, 0);
		me->who.birth[0] = '\0';
		me->who.pid = 0;
	}
	me->one_session = agent_runs_one_session(h->agent, me->who.pid);
	return true;
}

static bool says_another_comes(const char *reason)
{
	return strcmp(reason, "clear") == 0 || strcmp(reason, "resume") == 0;
}

/* Nobody runs the session there any more, and nobody takes its place. */
static bool is_over(const struct presence *p)
{
	return (p->ended_at && !says_another_comes(p->reason)) ||
	       !process_is(p->pid, slice_of(p->birth));
}

/* Is it, in the same process, a session whose place this one takes? */
static bool is_before(const struct session *me, const struct presence *p)
{
	if (!presence_same_process(p, &me->who) || strcmp(p->session, me->who.session) == 0)
		return false;
	/* Of several in a process, one that said that another comes, and this is such a one. */
	return me->one_session ||
	       (p->ended_at && !*p->successor && says_another_comes(p->reason) &&
		says_another_comes(me->reason) && project_shared(p->cwd, me->who.cwd));
}

/* Does the session go on in another process too? Then its mail and its drop are that one's. */
static bool is_elsewhere(const struct store *s, const struct presence *p)
{
	static struct presence_scan scan;
	static struct presence other;
	bool found = false;

	if (presence_open(&scan, s) != 0)
		return false;
	while (!found && presence_next(&scan, &other))
		found = strcmp(other.session, p->session) == 0 &&
			!presence_same_process(&other, p) && presence_alive(&other);
	presence_close(&scan);
	return found;
}

/* Takes away what serves the session in whatever process it runs: its drop and its waiter. */
static void remove_common(const struct store *s, const struct presence *p)
{
	char path[LAYOUT_MAX];

	if (is_elsewhere(s, p))
		return;
	waiter_dismiss(s, p->session);
	if (store_has(s, LAYOUT_DROPS) == 0)
		unlinkat(s->root, layout_drop(path, p->session), 0);
}

/* Takes away what others wrote down of the session in that process. */
static void remove_traces(const struct store *s, const struct presence *p, int64_t end)
{
	if (registry_names(s, p->pid, p->session)) {
		/* Readers would not find the pid box any more. */
		if (mail_move_pid_box(s, p->pid, p->session, end) == 0)
			registry_withdraw(s, p->pid, p->session);
	}
	runtime_remove(p->pid, p->session);
	remove_common(s, p);
}

void session_withdraw(const struct store *s, const struct presence *p, int64_t end)
{
	remove_traces(s, p, end);
	presence_remove(s, p->session, p->pid);
}

/* Label and mail of a session before this one come over to this one; so will what is sent to that
 * one from now on (target.h). */
static void take_over(const struct hook *h, struct session *me, const struct presence *before)
{
	static struct boxes boxes;
	struct presence ended = *before;
	char label[LABEL_MAX + 1];

	if (!me->label[0] && label_of(&h->store, before, label) &&
	    label_pass_on(&h->store, label, before, &me->who, me->lock_end) == 0)
		memcpy(me->label, label, sizeof(label));
	label_release_others(&h->store, NULL, before, me->lock_end);
	remove_traces(&h->store, before, me->lock_end);
	/* Written before the mail is moved: who sends meanwhile looks for it afterwards. And what
	 * cannot be moved now is found again by this record, at our next start. */
	ended.ended_at = ended.ended_at ? ended.ended_at : me->who.started_at;
	ended.generation++;
	memcpy(ended.successor, me->who.session, sizeof(ended.successor));
	presence_write(&h->store, &ended);
	if (is_elsewhere(&h->store, before))
		return;
	boxes_find(&h->store, before->session, &boxes);
	if (mail_move(&h->store, &boxes, me->who.session, me->lock_end) == 0 &&
	    ended.generation > SESSION_GENERATIONS)
		presence_remove(&h->store, before->session, before->pid);
}

/* What the other records of presence say about this session. */
struct others {
	unsigned before;
	unsigned beside;	/* other sessions that go on in this process */
};

static struct others others_counted(const struct hook *h, const struct session *me)
{
	static struct presence_scan scan;
	struct others n = { 0, 0 };
	struct presence p;

	if (presence_open(&scan, &h->store) != 0)
		return n;
	while (presence_next(&scan, &p)) {
		if (is_before(me, &p))
			n.before++;
		else if (presence_same_process(&p, &me->who) && !p.ended_at &&
			 strcmp(p.session, me->who.session) != 0)
			n.beside++;
	}
	presence_close(&scan);
	return n;
}

/* Goes through the records: takes over what was before, and clears away what was killed. */
static void succeed(const struct hook *h, struct session *me, bool take)
{
	static struct presence_scan scan;
	struct presence p;

	if (presence_open(&scan, &h->store) != 0)
		return;
	while (presence_next(&scan, &p)) {
		bool same = strcmp(p.session, me->who.session) == 0;

		if (same && presence_same_process(&p, &me->who))
			continue;
		if (same && is_over(&p))
			session_withdraw(&h->store, &p, me->lock_end);
		else if (take && is_before(me, &p))
			take_over(h, me, &p);
	}
	presence_close(&scan);
}

/* Only %N, as tmux has it. */
static const char *tmux_pane(const struct hook *h)
{
	const char *pane = getenv("TMUX_PANE");
	const char *at = pane ? pane + 1 : "";

	if (!pane || *pane != '%' || !*at || h->agent->foreign_terminal)
		return NULL;
	while (*at >= '0' && *at <= '9')
		at++;
	return *at || at - pane > 12 ? NULL : pane;
}

/* An entry of a process that had our pid before goes, and what lies in the pid box goes to the
 * session that it was for: else we would read that. */
static int cleared_of_dead(const struct hook *h, const struct session *me)
{
	char session[SESSION_ID_MAX + 1];
	int err;

	if (!registry_dead(&h->store, me->who.pid, session))
		return 0;
	err = mail_move_pid_box(&h->store, me->who.pid, session, me->lock_end);
	if (err == 0)
		registry_remove_dead(&h->store, me->who.pid);
	return err;
}

static void publish(const struct hook *h, const struct session *me)
{
	const bool known = strcmp(h->agent->name, "claude-code") == 0 ||
			   strcmp(h->agent->name, "codex") == 0;
	const struct registry_draft d = {
		.session = me->who.session,
		.pid = me->who.pid,
		.started_at = process_start_time(me->who.pid),
		.proc_sig = slice_of(me->started),
		.client_type = known ? h->agent->name : "unknown",
		.transcript = slice_of(me->transcript),
		.cwd = slice_of(me->who.cwd),
		.tmux_pane = tmux_pane(h),
	};
	int err = cleared_of_dead(h, me);

	if (err == 0)
		err = registry_publish(&h->store, &d, me->one_session);
	if (err)
		trace("no entry in the registry for", me->who.session, err);
}

static void mark_runtime(const struct hook *h, const struct session *me)
{
	const struct runtime_draft d = {
		.session = me->shared ? NULL : me->who.session,
		.agent = h->agent->short_name,
		.cwd = slice_of(me->who.cwd),
		.started = slice_of(me->started),
	};
	int err = runtime_write(me->who.pid, &d);

	if (err)
		trace("no runtime marker for", me->who.session, err);
}

/* In the drop each run of blanks is one. */
static void collapsed(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (text[0] != ' ' || text[1] != ' ')
			buf_char(out, *text);
	}
}

/* Only oxtail servers of Claude Code read it, and take it for one of theirs. */
static void drop(const struct hook *h, const struct session *me)
{
	static char text[DROP_MAX];
	struct buf out = buf_over(text, sizeof(text));
	char path[LAYOUT_MAX];
	int err = store_make(&h->store, LAYOUT_DROPS, false);

	buf_text(&out, "{\"schema_version\":1,\"ppid\":");
	buf_int(&out, me->who.pid);
	buf_text(&out, ",\"ppid_sig\":\"");
	collapsed(&out, me->started);
	buf_text(&out, "\",\"written_at\":");
	buf_int(&out, clock_now_s());
	buf_text(&out, ",\"payload\":");
	buf_put(&out, h->event.payload);
	buf_char(&out, '}');
	if (err == 0 && !out.full)
		err = file_replace(h->store.root, layout_drop(path, me->who.session),
				   buf_slice(&out));
	if (err)
		trace("no session-start drop for", me->who.session, err);
}

void session_appear(const struct hook *h, struct session *me)
{
	static struct presence there;
	struct others others = { 0, 0 };
	int err;

	if (!me->who.pid)
		return;
	if (presence_read(&h->store, me->who.session, me->who.pid, &there) &&
	    presence_same_process(&there, &me->who))
		me->who.started_at = there.started_at;
	/* First, so that of two that start at once in one process one sees the other. */
	err = presence_write(&h->store, &me->who);
	if (err)
		trace("no presence for", me->who.session, err);
	if (!me->one_session)
		others = others_counted(h, me);
	me->shared = others.beside > 0;
	succeed(h, me, me->one_session || others.before == 1);
	publish(h, me);
	if (profile_may_be_claude(h->agent))
		drop(h, me);
	mark_runtime(h, me);
	if (me->one_session || me->shared || others_counted(h, me).beside == 0)
		return;
	/* It came meanwhile, and may have looked before the marker was there. */
	me->shared = true;
	mark_runtime(h, me);
}

void session_name(const struct hook *h, struct session *me)
{
	if (!me->who.pid)
		return;
	/* What was passed on counts; it may have got another one while that could not be had. */
	if (me->label[0])
		label_release_others(&h->store, me->label, &me->who, me->lock_end);
	if (me->label[0] || label_of(&h->store, &me->who, me->label))
		return;
	label_choose(&h->store, label_wanted(), h->agent->short_name, &me->who,
		     me->lock_end, me->label);
}

/* It goes on in the same process under another id: what was its own waits for that. */
static void leave_to_another(const struct hook *h, const struct presence *p, const char *reason)
{
	struct presence ended = *p;

	ended.ended_at = clock_now_s();
	memcpy(ended.reason, reason, sizeof(ended.reason));
	presence_write(&h->store, &ended);
	runtime_remove(p->pid, p->session);
	remove_common(&h->store, p);
}

static void leave(const struct hook *h, const struct presence *p, const struct session *me)
{
	static struct drain drain;
	struct presence ended = *p;

	label_release_others(&h->store, NULL, p, me->lock_end);
	session_withdraw(&h->store, p, me->lock_end);
	backlog_write(&h->store, p->session, (struct backlog){ 0, 0 });
	if (drain_count(&drain, &h->store, p->session) == 0)
		return;
	trace("ended with mail in its boxes:", p->session, 0);
	ended.ended_at = clock_now_s();
	memcpy(ended.reason, me->reason, sizeof(ended.reason));
	presence_write(&h->store, &ended);
}

/* Nobody takes this one's place any more. If mail could not be moved when somebody did, it is one
 * that has ended with mail left, which the list shows. */
static void end_chain(const struct hook *h, const struct presence *p)
{
	static struct drain drain;
	struct presence ended = *p;

	ended.successor[0] = '\0';
	if (is_elsewhere(&h->store, p) || drain_count(&drain, &h->store, p->session) == 0)
		presence_remove(&h->store, p->session, p->pid);
	else
		presence_write(&h->store, &ended);
}

void session_leave(const struct hook *h, struct session *me)
{
	static struct presence_scan scan;
	struct presence p;

	if (presence_open(&scan, &h->store) != 0)
		return;
	while (presence_next(&scan, &p)) {
		bool here = presence_same_process(&p, &me->who);

		if (here && strcmp(p.successor, me->who.session) == 0 &&
		    !says_another_comes(me->reason))
			end_chain(h, &p);
		if (strcmp(p.session, me->who.session) != 0 || p.ended_at ||
		    (!here && process_is(p.pid, slice_of(p.birth))))
			continue;
		if (here && says_another_comes(me->reason))
			leave_to_another(h, &p, me->reason);
		else
			leave(h, &p, me);
	}
	presence_close(&scan);
	/* While the process ran several the marker named none of them. */
	if (me->who.pid && others_counted(h, me).beside == 0)
		runtime_remove_pending(me->who.pid);
}
