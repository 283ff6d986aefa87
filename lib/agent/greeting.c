/* See greeting.h. Labels are all that is shown of others, and those are harmless (label_valid). */
#include <unistd.h>

#include "agent/activity.h"
#include "agent/form.h"
#include "agent/greeting.h"
#include "agent/roster.h"
#include "host/output.h"
#include "store/project.h"

enum { LINE_MAX_BYTES = 1024, OUTPUT_MS = 500 };

struct peers {
	unsigned count;
	struct named {
		char label[LABEL_MAX + 1];
		enum activity_kind activity;
	} first[GREETING_NAMES_MAX];	/* by label */
};

static void peer_added(struct peers *p, const struct roster_entry *e, enum activity_kind activity)
{
	struct named n = { .activity = activity };
	unsigned at = p->count < GREETING_NAMES_MAX ? p->count : GREETING_NAMES_MAX;

	memcpy(n.label, e->label, sizeof(n.label));
	p->count++;
	while (at && label_compare(n.label, p->first[at - 1].label) < 0) {
		if (at < GREETING_NAMES_MAX)
			p->first[at] = p->first[at - 1];
		at--;
	}
	if (at < GREETING_NAMES_MAX)
		p->first[at] = n;
}

/* Those that this session may write to by their labels. */
static void peers_found(const struct hook *h, const struct presence *me, struct peers *peers)
{
	static struct roster roster;
	static struct roster_entry e;
	struct activity a;

	peers->count = 0;
	roster_open(&roster, &h->store, false);
	while (roster_next(&roster, &e)) {
		if (!e.alive || !*e.label || strcmp(e.who.session, me->session) == 0 ||
		    !project_shared(e.who.cwd, me->cwd))
			continue;
		activity_of(&h->store, &e.who, &a);
		peer_added(peers, &e, a.kind);
	}
	roster_close(&roster);
}

static void line_out(struct buf *out, const struct session *me, const struct peers *peers)
{
	unsigned named = peers->count < GREETING_NAMES_MAX ? peers->count : GREETING_NAMES_MAX;

	buf_text(out, "[oxtail] ");
	if (*me->label) {
		buf_text(out, "You are ");
		buf_text(out, me->label);
		buf_text(out, ". ");
	}
	buf_text(out, "Live peers in this project: ");
	for (unsigned i = 0; i < named; i++) {
		buf_text(out, i ? ", " : "");
		buf_text(out, peers->first[i].label);
		buf_text(out, " (");
		buf_text(out, activity_word(peers->first[i].activity));
		buf_char(out, ')');
	}
	if (peers->count > named) {
		buf_text(out, " and ");
		buf_int(out, peers->count - named);
		buf_text(out, " more (peer list)");
	}
	buf_text(out, ". Write to one: peer send LABEL TEXT");
}

/* A line for the model, in the form that the client understands at such an event. */
struct greeting {
	char text[LINE_MAX_BYTES];
	struct buf out;
};

static void greeting_begin(struct greeting *g, const struct hook *h, enum event_kind kind)
{
	g->out = buf_over(g->text, sizeof(g->text));
	form_open(&g->out, h->agent->context_form, event_name(&h->event, kind));
}

static void greeting_end(struct greeting *g, const struct hook *h)
{
	form_close(&g->out, h->agent->context_form);
	if (!g->out.full)
		output_whole(STDOUT_FILENO, buf_slice(&g->out), OUTPUT_MS);
}

void greeting_write(const struct hook *h, const struct session *me)
{
	static struct peers peers;
	struct greeting g;

	peers_found(h, &me->who, &peers);
	if (peers.count == 0)
		return;
	greeting_begin(&g, h, EVENT_SESSION_START);
	line_out(&g.out, me, &peers);
	greeting_end(&g, h);
}

void greeting_of_subagent(const struct hook *h)
{
	static struct roster_entry parent;
	static struct peers peers;
	struct greeting g;

	if (!roster_find(&h->store, h->event.session, false, &parent) || !*parent.label)
		return;
	peers_found(h, &parent.who, &peers);
	if (peers.count == 0)
		return;
	greeting_begin(&g, h, EVENT_SUBAGENT_START);
	buf_text(&g.out, "[oxtail] You are a subagent of ");
	buf_text(&g.out, parent.label);
	buf_text(&g.out, ". peer send here speaks in its name. Mail comes to it, not to you: leave "
		 "peer inbox alone.");
	greeting_end(&g, h);
}
