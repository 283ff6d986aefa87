/* See roster.h. */
#include "agent/roster.h"
#include "base/buf.h"
#include "base/hash.h"

/* Of a whole text, and its end. */
static uint64_t hash_on(uint64_t h, const char *text)
{
	return hash_bytes(h, text, strlen(text) + 1);
}

static uint64_t hash(const char *session)
{
	return hash_on(HASH_EMPTY, session);
}

/* Of the session in a process. */
static uint64_t hash_of_holder(const char *session, const char *birth)
{
	return hash_on(hash(session), birth);
}

static void labels_taken(struct roster *r)
{
	static struct label_scan scan;
	struct label l;

	r->label_count = 0;
	if (label_open(&scan, r->store) != 0)
		return;
	while (r->label_count < ROSTER_LABELS_MAX && label_next(&scan, &l)) {
		struct roster_label *to = &r->labels[r->label_count];

		/* The dead may be many, and would take the places of the living. */
		if (!process_exists(l.pid))
			continue;
		r->label_count++;
		memcpy(to->name, l.name, sizeof(to->name));
		to->pid = l.pid;
		to->holder = hash_of_holder(l.session, l.birth);
	}
	label_close(&scan);
}

static void open_registry(struct roster *r)
{
	r->at = r->servers && registry_open(&r->registry, r->store) == 0 ? ROSTER_REGISTRY
									  : ROSTER_END;
}

void roster_open(struct roster *r, const struct store *s, bool servers)
{
	r->store = s;
	r->servers = servers;
	r->seen_count = 0;
	labels_taken(r);
	r->at = ROSTER_PRESENCE;
	if (presence_open(&r->presence, s) != 0)
		open_registry(r);
}

void roster_close(struct roster *r)
{
	if (r->at == ROSTER_PRESENCE)
		presence_close(&r->presence);
	else if (r->at == ROSTER_REGISTRY)
		registry_close(&r->registry);
	r->at = ROSTER_END;
}

static void label_found(const struct roster *r, struct roster_entry *e)
{
	uint64_t holder = hash_of_holder(e->who.session, e->who.birth);

	e->label[0] = '\0';
	for (unsigned i = 0; i < r->label_count; i++) {
		if (r->labels[i].pid == e->who.pid && r->labels[i].holder == holder)
			memcpy(e->label, r->labels[i].name, sizeof(e->label));
	}
}

static bool seen(const struct roster *r, const char *session)
{
	uint64_t h = hash(session);

	for (unsigned i = 0; i < r->seen_count; i++) {
		if (r->seen[i] == h)
			return true;
	}
	return false;
}

static bool next_presence(struct roster *r, struct roster_entry *e)
{
	if (!presence_next(&r->presence, &e->who))
		return false;
	e->alive = presence_alive(&e->who);
	e->server = false;
	e->tmux_session[0] = '\0';
	label_found(r, e);
	if (e->alive && r->seen_count < ROSTER_SEEN_MAX)
		r->seen[r->seen_count++] = hash(e->who.session);
	return true;
}

static void entry_taken(const struct registry_entry *from, struct roster_entry *e)
{
	e->who = (struct presence){ .pid = from->pid, .started_at = from->started_at };
	json_take(from->session, e->who.session, sizeof(e->who.session));
	if (!session_id_valid(slice_of(e->who.session)))
		e->who.session[0] = '\0';
	json_take(from->cwd, e->who.cwd, sizeof(e->who.cwd));
	json_take(from->client_type, e->who.agent, sizeof(e->who.agent));
	json_take(from->tmux_session, e->tmux_session, sizeof(e->tmux_session));
	e->label[0] = '\0';
	e->server = true;
	e->alive = registry_entry_alive(from);
}

static bool next_server(struct roster *r, struct roster_entry *e)
{
	struct registry_entry entry;

	while (registry_next(&r->registry, &entry)) {
		if (entry.ours || entry.pid <= 0)
			continue;
		entry_taken(&entry, e);
		if (!*e->who.session || !seen(r, e->who.session))
			return true;
	}
	return false;
}

bool roster_next(struct roster *r, struct roster_entry *e)
{
	if (r->at == ROSTER_PRESENCE) {
		if (next_presence(r, e))
			return true;
		presence_close(&r->presence);
		open_registry(r);
	}
	if (r->at == ROSTER_REGISTRY) {
		if (next_server(r, e))
			return true;
		roster_close(r);
	}
	return false;
}

bool roster_find(const struct store *s, const char *session, bool servers, struct roster_entry *e)
{
	static struct roster roster;
	bool found = false;

	roster_open(&roster, s, servers);
	while (!found && roster_next(&roster, e))
		found = e->alive && strcmp(e->who.session, session) == 0;
	roster_close(&roster);
	return found;
}

int roster_order(const char *label_a, const char *session_a, const char *label_b,
		 const char *session_b)
{
	if (!*label_a != !*label_b)
		return *label_a ? -1 : 1;
	return *label_a ? label_compare(label_a, label_b) : strcmp(session_a, session_b);
}
