/* See sender.h. */
#include <unistd.h>

#include "outgoing.h"
#include "sender.h"
#include "store/runtime.h"

/* Where the sender works: what its session said at its start, else where we are. */
static void cwd_found(struct outgoing *o)
{
	static char cwd[PRESENCE_CWD_MAX];
	static struct roster_entry e;

	o->cwd = cwd;
	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = '\0';
	if (o->from && roster_find(&o->store, o->from, true, &e) && *e.who.cwd)
		memcpy(cwd, e.who.cwd, sizeof(cwd));
}

static bool is_marked(enum runtime_folder folder, pid_t pid)
{
	struct runtime_marker marker;
	enum runtime_result result = runtime_read(folder, pid, &marker);

	/* A stale one was left behind by a process that is gone. */
	return result != RUNTIME_NONE && result != RUNTIME_STALE;
}

/* Does an agent's process stand above us, whichever session we are? Then this is no person. */
static bool under_an_agent(const struct store *s)
{
	static struct presence_scan scan;
	static struct presence p;
	struct process process;
	bool found = false;

	for (pid_t pid = getppid(); !found && pid > 1 && process_read(pid, &process);
	     pid = process.parent) {
		found = is_marked(RUNTIME_CLAUDE, pid) || is_marked(RUNTIME_GENERIC, pid);
		if (presence_open(&scan, s) != 0)
			continue;
		while (!found && presence_next(&scan, &p))
			found = p.pid == pid && process_is(pid, slice_of(p.birth));
		presence_close(&scan);
	}
	return found;
}

int sender_found(struct outgoing *o)
{
	static struct identity me;
	const struct identity_request here = { NULL, NULL, NULL, NULL };
	struct identity around;

	identity_resolve(&o->who, &me);
	if (me.provenance == PROVENANCE_EXPLICIT || me.provenance == PROVENANCE_STRONG)
		o->from = me.session;
	if (o->who.nonce && !o->from)
		return peer_fail(PEER_CANNOT, o->command, "cannot tell who sends: nothing is known "
				 "of this --session-nonce; is the cursor-nonce hook registered?",
				 NULL);
	if (me.ambiguous && !o->from)
		return peer_fail(PEER_CANNOT, o->command, "cannot tell who sends: it may be one "
				 "agent or another; say which with --session-id ID", NULL);
	identity_resolve(&here, &around);
	if (o->any_project && (*around.session || around.ambiguous || under_an_agent(&o->store)))
		return peer_fail(PEER_CANNOT, o->command, "will not ", o->verb,
				 " sessions of another project: --any-project is for people, and "
				 "this is session ", *around.session ? around.session :
				 "(unclear which)", "; ask the person to do it", NULL);
	cwd_found(o);
	return PEER_DONE;
}

const char *sender_label(const struct outgoing *o)
{
	static struct roster_entry e;

	return o->from && roster_find(&o->store, o->from, false, &e) ? e.label : "";
}
