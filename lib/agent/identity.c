/* See identity.h. The variables are those of each agent's FACTS.md. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/agent_process.h"
#include "agent/identity.h"
#include "agent/profile.h"
#include "agent/transcripts.h"
#include "base/decimal.h"
#include "host/process.h"
#include "store/nonce.h"
#include "store/runtime.h"

/* The agents that put their session's id into the environment of what they start, in the
 * documented order. Cursor puts none into any environment. */
enum { CLAUDE, OPENCODE, PI, CODEX, GEMINI, AGENTS };

static const struct {
	const char *name;
	const char *program;
	const char *helper;	/* another program of it, between it and its commands */
} agents[AGENTS] = {
	[CLAUDE] = { "claude-code", "claude", NULL },
	[OPENCODE] = { "opencode", "opencode", NULL },
	[PI] = { "pi", "pi", NULL },
	/* In its sandbox, which has pids of its own, the helper is pid 1. */
	[CODEX] = { "codex", "codex", "codex-linux-sandbox" },
	[GEMINI] = { "gemini", "gemini", NULL },
};

struct environment {
	const char *session[AGENTS];	/* valid, or NULL */
	pid_t pid[AGENTS];	/* what the agent says its process is; 0 if it does not */
	int first;	/* the first that has an id; AGENTS if none has */
	bool differ;	/* they are not all the same */
	bool unsafe;	/* a variable is there, but what it holds is no id */
};

/* A variable's value, if it is an id. */
static const char *checked(struct environment *e, const char *value)
{
	if (!value || !*value)
		return NULL;
	if (session_id_valid(slice_of(value)))
		return value;
	e->unsafe = true;
	return NULL;
}

static pid_t opencode_pid(void)
{
	const char *text = getenv("OPENCODE_PID");
	struct slice digits = slice_of(text ? text : "");
	int64_t pid;

	if (!decimal_take(&digits, &pid) || digits.n || pid > INT32_MAX)
		return 0;
	return (pid_t)pid;
}

static void environment_read(struct environment *e)
{
	*e = (struct environment){ .first = AGENTS };
	e->session[CLAUDE] = checked(e, getenv("CLAUDE_CODE_SESSION_ID"));
	e->session[OPENCODE] = checked(e, getenv("OPENCODE_SESSION_ID"));
	e->session[PI] = checked(e, getenv("PI_SESSION_ID"));
	/* In a subagent CODEX_THREAD_ID is the subagent's own; its hooks go by the session's id. */
	e->session[CODEX] = checked(e, getenv("CODEX_SESSION_ID"));
	if (!e->session[CODEX])
		e->session[CODEX] = checked(e, getenv("CODEX_THREAD_ID"));
	e->session[GEMINI] = checked(e, getenv("GEMINI_SESSION_ID"));
	e->pid[CLAUDE] = agent_claude_pid();
	e->pid[OPENCODE] = opencode_pid();
	for (int i = AGENTS - 1; i >= 0; i--) {
		if (!e->session[i])
			continue;
		if (e->first < AGENTS && strcmp(e->session[i], e->session[e->first]) != 0)
			e->differ = true;
		e->first = i;
	}
}

/* What the processes above us say. */
struct ancestry {
	const struct environment *env;
	struct runtime_marker marker;	/* the nearest that is good */
	const char *marker_agent;	/* NULL: unknown */
	pid_t marker_pid;	/* 0: there is none */
	bool stale;	/* markers that were passed over */
	bool unsafe;
	int inner;	/* the innermost of the environment's agents; AGENTS: not made out */
	pid_t inner_pid;
	bool unclear;	/* the innermost may be one of these agents or another */
	bool overruled;	/* nearer than any of them runs an agent that they do not know of */
};

static bool marker_at(struct ancestry *a, pid_t pid, struct runtime_marker *m, const char **agent)
{
	for (enum runtime_folder folder = RUNTIME_CLAUDE; folder < RUNTIME_FOLDERS; folder++) {
		enum runtime_result result = runtime_read(folder, pid, m);
		const struct profile *known;

		a->stale |= result == RUNTIME_STALE;
		a->unsafe |= result == RUNTIME_UNSAFE;
		if (result != RUNTIME_FOUND)
			continue;
		if (folder == RUNTIME_CLAUDE) {
			*agent = agents[CLAUDE].name;
			return true;
		}
		known = profile_by_any_name(m->agent);
		*agent = known ? known->name : NULL;
		return true;
	}
	return false;
}

/* Agents of the environment, a bit each, of which the marker is. */
static unsigned agents_of_marker(const struct environment *e, const struct runtime_marker *m,
				 const char *agent)
{
	unsigned found = 0;

	for (int i = 0; i < AGENTS; i++) {
		if (!e->session[i])
			continue;
		/* The session's id tells only where the agent's name does not. */
		if (agent ? strcmp(agent, agents[i].name) == 0 :
		    strcmp(m->session, e->session[i]) == 0)
			found |= 1u << i;
	}
	return found;
}

/* Is that the program's name, perhaps cut as the kernel cuts it? */
static bool program_is(const char *name, const char *program)
{
	enum { KERNEL_NAME = 15 };

	if (!program)
		return false;
	return strcmp(name, program) == 0 ||
	       (strlen(name) == KERNEL_NAME && strncmp(name, program, KERNEL_NAME) == 0);
}

/* Agents of the environment whose program the process runs. */
static unsigned agents_of_program(const struct environment *e, pid_t pid)
{
	char called[PROCESS_NAME_MAX];
	struct process p;
	unsigned found = 0;

	if (!process_read(pid, &p))
		return 0;
	if (!process_called(pid, called))
		called[0] = '\0';
	for (int i = 0; i < AGENTS; i++) {
		const char *program = agents[i].program, *helper = agents[i].helper;

		if (e->session[i] &&
		    (program_is(p.name, program) || program_is(called, program) ||
		     program_is(p.name, helper) || program_is(called, helper)))
			found |= 1u << i;
	}
	return found;
}

static void inner_taken(struct ancestry *a, unsigned found, pid_t pid)
{
	if (!found)
		return;
	for (int i = AGENTS - 1; i >= 0; i--) {
		if (!(found >> i & 1))
			continue;
		a->unclear = a->inner < AGENTS;
		a->inner = i;
	}
	a->inner_pid = pid;
}

/* Looks at one process, the next one up. Pid 1 has no marker: it is no process of an agent. */
static void process_taken(struct ancestry *a, pid_t pid)
{
	const struct environment *e = a->env;
	struct runtime_marker m;
	const char *agent = NULL;
	bool marked = pid > 1 && marker_at(a, pid, &m, &agent);
	bool nearest = marked && !a->marker_pid;
	unsigned found = 0;

	if (nearest) {
		a->marker = m;
		a->marker_agent = agent;
		a->marker_pid = pid;
	}
	if (e->first == AGENTS || a->inner < AGENTS || a->overruled)
		return;
	if (marked)
		found = agents_of_marker(e, &m, agent);
	if (marked && m.guarded && (agent || *m.agent)) {
		/* This is what the process is, whatever its name. */
		a->overruled = !found && nearest;
		inner_taken(a, found, pid);
		return;
	}
	for (int i = 0; i < AGENTS && pid > 1; i++) {
		if (e->session[i] && e->pid[i] == pid)
			found |= 1u << i;
	}
	inner_taken(a, found | agents_of_program(e, pid), pid);
}

static void ancestry_read(struct ancestry *a, const struct environment *e)
{
	pid_t pid = getppid();
	struct process p;

	*a = (struct ancestry){ .env = e, .inner = AGENTS };
	for (int i = 0; i < AGENT_ANCESTORS_MAX && pid >= 1; i++) {
		process_taken(a, pid);
		if (!process_read(pid, &p))
			return;
		pid = p.parent;
	}
}

static void hit(struct identity *id, int layer, enum provenance provenance, const char *session)
{
	struct buf b = buf_over(id->session, sizeof(id->session));

	if (session != id->session)
		buf_text(&b, session);
	buf_cstr(&b);
	id->layer = layer;
	id->provenance = provenance;
}

/* Layers 1 and 6. */
static bool given(struct identity *id, int layer, enum provenance provenance, const char *session)
{
	if (!session)
		return false;
	if (!session_id_valid(slice_of(session))) {
		id->missed[layer - 1] = "what was given is not a session id";
		return false;
	}
	hit(id, layer, provenance, session);
	return true;
}

/* Layer 2. */
static bool from_environment(struct identity *id, const struct ancestry *a)
{
	const struct environment *e = a->env;
	int which = a->inner < AGENTS && !a->unclear ? a->inner : e->first;

	if (e->first == AGENTS)
		id->missed[1] = e->unsafe ? "what the environment holds is not a session id" :
					    "no agent's session id is in the environment";
	else if (a->overruled)
		id->missed[1] = "inherited: a nearer process runs another agent, as its marker "
				"proves";
	else if (e->differ && a->unclear)
		id->missed[1] = "the session ids of several agents are in the environment, and the "
				"process above may be one or another of them";
	id->ambiguous = e->differ && a->unclear;
	if (id->missed[1])
		return false;
	hit(id, 2, PROVENANCE_STRONG, e->session[which]);
	id->agent = agents[which].name;
	id->pid = which == a->inner ? a->inner_pid : 0;
	return true;
}

/* Layer 3. */
static bool from_nonce(struct identity *id, const char *nonce)
{
	char session[SESSION_ID_MAX + 1];
	int err = nonce ? nonce_take(nonce, session) : 0;

	if (err == -EINVAL)
		id->missed[2] = "what was given is not a nonce";
	else if (err == -ENOENT)
		id->missed[2] = "no hook has left a session for the nonce, or it was taken already";
	else if (err)
		id->missed[2] = "what was left for the nonce cannot be read, or names no session";
	if (!nonce || err)
		return false;
	hit(id, 3, PROVENANCE_EXPLICIT, session);
	id->agent = "cursor";
	return true;
}

/* Layer 4. */
static bool from_markers(struct identity *id, const struct ancestry *a)
{
	if (id->ambiguous)
		id->missed[3] = "not asked, since the environment speaks of several agents";
	else if (a->marker_pid == 0 && a->stale)
		id->missed[3] = "the marker above is of a process that has ended";
	else if (a->marker_pid == 0 && a->unsafe)
		id->missed[3] = "the marker above names no valid session";
	else if (a->marker_pid == 0)
		id->missed[3] = "no process above has a marker";
	if (id->missed[3])
		return false;
	hit(id, 4, PROVENANCE_STRONG, a->marker.session);
	id->agent = a->marker_agent;
	id->pid = a->marker_pid;
	return true;
}

/* Layer 5. */
static bool from_transcripts(struct identity *id, const char *cwd)
{
	struct transcript found;

	if (!cwd)
		return false;
	if (!*cwd || !transcript_newest(cwd, &found)) {
		id->missed[4] = "no transcript is of that directory";
		return false;
	}
	hit(id, 5, PROVENANCE_WEAK, found.session);
	id->agent = found.agent;
	return true;
}

void identity_resolve(const struct identity_request *r, struct identity *id)
{
	struct environment env;
	struct ancestry above;

	*id = (struct identity){ .provenance = PROVENANCE_NONE };
	if (given(id, 1, PROVENANCE_EXPLICIT, r->session_id))
		return;
	environment_read(&env);
	ancestry_read(&above, &env);
	if (from_environment(id, &above) || from_nonce(id, r->nonce) || from_markers(id, &above) ||
	    from_transcripts(id, r->cwd))
		return;
	given(id, 6, PROVENANCE_WEAK, r->hint);
}
