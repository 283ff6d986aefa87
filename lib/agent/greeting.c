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
static void peers_found(const struct hook *h, const struct session *me, struct peers *peers)
{
	static struct roster roster;
	static struct roster_entry e;
	struct activity a;

	peers->count = 0;
	roster_open(&roster, &h->store, false);
	while (roster_next(&roster, &e)) {
		if (!e.alive || !*e.label || strcmp(e.who.session, me->who.session) == 0 ||
		    !project_shared(e.who.cwd, me->who.cwd))
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

void greeting_write(const struct hook *h, const struct session *me)
{
	static struct peers peers;
	char line[LINE_MAX_BYTES];
	struct buf out = buf_over(line, sizeof(line));

	peers_found(h, me, &peers);
	if (peers.count == 0)
		return;
	form_open(&out, h->agent->start_form, event_name(&h->event, EVENT_SESSION_START));
	line_out(&out, me, &peers);
	form_close(&out, h->agent->start_form);
	if (!out.full)
		output_whole(STDOUT_FILENO, buf_slice(&out), OUTPUT_MS);
}
