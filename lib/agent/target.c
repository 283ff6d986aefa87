/* See target.h. */
#include <fcntl.h>
#include <sys/stat.h>

#include "agent/target.h"
#include "host/tmux.h"
#include "store/project.h"

/* How a name fits a session; the higher the better. */
enum fit { FITS_NOT, FITS_PREFIX, FITS_TMUX, FITS_LABEL, FITS_ID };

/* A live session, as far as it matters here. */
struct seen {
	struct target who;
	enum fit fit;
	bool self;
	bool reachable;	/* of the same project, or it does not matter */
};

static struct seen seen[TARGETS_MAX];
static unsigned seen_count;

static enum fit fit_of(const struct roster_entry *e, const char *name,
		       const struct tmux_session *tmux)
{
	if (strcmp(e->who.session, name) == 0)
		return FITS_ID;
	if (*e->label && strcmp(e->label, name) == 0)
		return FITS_LABEL;
	if ((*e->tmux_session && strcmp(e->tmux_session, name) == 0) ||
	    tmux_session_holds(tmux, e->who.pid))
		return FITS_TMUX;
	if (strlen(name) >= TARGET_PREFIX_MIN && strncmp(e->who.session, name, strlen(name)) == 0)
		return FITS_PREFIX;
	return FITS_NOT;
}

/* One session may run in two processes: then it is one target, as good as its better one. */
static struct seen *seen_before(const char *session)
{
	for (unsigned i = 0; i < seen_count; i++) {
		if (strcmp(seen[i].who.session, session) == 0)
			return &seen[i];
	}
	return NULL;
}

static void look_around(const struct store *s, const struct target_request *r,
			const struct tmux_session *tmux)
{
	static struct roster roster;
	static struct roster_entry e;

	seen_count = 0;
	roster_open(&roster, s, true);
	while (roster_next(&roster, &e)) {
		struct seen *one;

		if (!e.alive || !*e.who.session)
			continue;
		one = seen_before(e.who.session);
		if (!one && seen_count == TARGETS_MAX)
			continue;
		if (!one) {
			one = &seen[seen_count++];
			*one = (struct seen){ .self = r->me && strcmp(r->me, e.who.session) == 0 };
			memcpy(one->who.session, e.who.session, sizeof(e.who.session));
			one->who.live = true;
		}
		if (!*one->who.label || fit_of(&e, r->name, tmux) == FITS_LABEL)
			memcpy(one->who.label, e.label, sizeof(e.label));
		if (fit_of(&e, r->name, tmux) > one->fit)
			one->fit = fit_of(&e, r->name, tmux);
		one->reachable |= r->any_project || project_shared(r->cwd, e.who.cwd);
	}
	roster_close(&roster);
}

static int compare(const struct target *a, const struct target *b)
{
	return roster_order(a->label, a->session, b->label, b->session);
}

static void keep(struct targets *t, const struct target *who)
{
	if (t->count < TARGETS_MAX)
		t->list[t->count++] = *who;
}

/* Those of the project, sorted by label. */
static void keep_reachable(struct targets *t)
{
	for (unsigned i = 0; i < seen_count; i++) {
		unsigned at = t->count;

		if (seen[i].self || !seen[i].reachable || at == TARGETS_MAX)
			continue;
		t->count++;
		while (at && compare(&seen[i].who, &t->list[at - 1]) < 0) {
			t->list[at] = t->list[at - 1];
			at--;
		}
		t->list[at] = seen[i].who;
	}
}

static enum target_result nobody_in_particular(const struct target_request *r, struct targets *t)
{
	keep_reachable(t);
	if (t->count == 0)
		return TARGET_NOBODY;
	if (strcmp(r->name, TARGET_ANY) == 0 && r->policy == POLICY_PRIMARY)
		t->count = 1;
	return TARGET_FOUND;
}

static enum fit best_fit(void)
{
	enum fit best = FITS_NOT;

	for (unsigned i = 0; i < seen_count; i++)
		best = seen[i].fit > best ? seen[i].fit : best;
	return best;
}

static enum target_result the_one(struct targets *t)
{
	const enum fit best = best_fit();
	bool self = false, reachable = true;

	if (best == FITS_NOT)
		return TARGET_UNKNOWN;
	for (unsigned i = 0; i < seen_count; i++) {
		if (seen[i].fit != best)
			continue;
		self |= seen[i].self;
		if (seen[i].self)
			continue;
		reachable &= seen[i].reachable;
		keep(t, &seen[i].who);
	}
	if (t->count == 0)
		return self ? TARGET_SELF : TARGET_UNKNOWN;
	if (t->count > 1)
		return TARGET_AMBIGUOUS;
	return reachable ? TARGET_FOUND : TARGET_OTHER_PROJECT;
}

bool target_successor(const struct store *s, const char *session, char out[SESSION_ID_MAX + 1])
{
	static struct presence_scan scan;
	static struct presence p;
	bool found = false, itself = false;

	if (presence_open(&scan, s) != 0)
		return false;
	while (presence_next(&scan, &p)) {
		if (strcmp(p.session, session) != 0 || !process_is(p.pid, slice_of(p.birth)))
			continue;
		/* It may have been resumed elsewhere meanwhile. */
		itself |= !p.ended_at;
		if (!*p.successor)
			continue;
		memcpy(out, p.successor, SESSION_ID_MAX + 1);
		found = true;
	}
	presence_close(&scan);
	return found && !itself;
}

static bool exists(const struct store *s, const char *path)
{
	struct stat st;

	return fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Is there any trace of such a session on this machine? */
static bool left_traces(const struct store *s, const char *session)
{
	char key[BOX_NAME_MAX], path[LAYOUT_MAX];

	layout_session_key(key, session);
	return exists(s, layout_mark(path, session)) ||
	       exists(s, layout_label_memory(path, session)) ||
	       exists(s, layout_ledger(path, session)) ||
	       exists(s, layout_drop(path, session)) || exists(s, layout_mailbox(path, key));
}

/* An id that no live session has. */
static enum target_result whole_id(const struct store *s, const struct target_request *r,
				   struct targets *t)
{
	const struct slice name = slice_of(r->name);
	struct target who = { .live = false };

	if (!session_id_valid(name) || (!session_id_typical(name) && !left_traces(s, r->name)))
		return TARGET_UNKNOWN;
	if (r->me && strcmp(r->me, r->name) == 0)
		return TARGET_SELF;
	memcpy(who.session, r->name, name.n + 1);
	keep(t, &who);
	return TARGET_FOUND;
}

enum target_result target_find(const struct store *s, const struct target_request *r,
			       struct targets *t)
{
	static struct tmux_session tmux;
	char successor[SESSION_ID_MAX + 1];
	enum target_result result;

	t->count = 0;
	tmux.count = 0;
	look_around(s, r, &tmux);
	/* tmux is asked only where it may be what is meant: that takes milliseconds. */
	if (best_fit() < FITS_TMUX && tmux_name_valid(r->name) &&
	    !session_id_uuid(slice_of(r->name)))
		tmux_session_read(&tmux, r->name);
	if (tmux.count)
		look_around(s, r, &tmux);
	if (strcmp(r->name, TARGET_ALL) == 0 || strcmp(r->name, TARGET_ANY) == 0)
		return nobody_in_particular(r, t);
	result = the_one(t);
	if (result == TARGET_UNKNOWN && target_successor(s, r->name, successor)) {
		const struct target_request instead = { successor, r->me, r->cwd, r->any_project,
							r->policy };

		look_around(s, &instead, &tmux);
		result = the_one(t);
	}
	if (result == TARGET_UNKNOWN)
		result = whole_id(s, r, t);
	if (result != TARGET_UNKNOWN)
		return result;
	keep_reachable(t);
	return label_valid(slice_of(r->name)) ? TARGET_UNHELD : TARGET_UNKNOWN;
}
