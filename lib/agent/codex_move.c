/*
 * codex_trust_move of codex_trust.h. A key of config.toml holds a hook's place; when hooks before
 * it go, or come, what its person said of it must stand under its new key. config.toml is gone
 * through once, so that two hooks may change places.
 */
#include <errno.h>

#include "agent/codex_trust.h"
#include "base/toml.h"

enum { HOOKS, STATE, KEY };	/* parts of the name of what is said of a hook */

struct move {
	const char *path;
	struct slice old, now;
	codex_trust_ours *ours;
	const void *context;
};

/* Hooks of the same event that are told apart by their order alone. */
static bool alike(const struct move *m, const struct codex_hooks *a, const struct codex_hooks *b)
{
	const bool ours = m->ours(a->handler.value, m->context);

	return json_same(a->event.name, b->event.name) &&
	       ours == m->ours(b->handler.value, m->context) &&
	       (ours || slice_eq(a->handler.whole, b->handler.whole));
}

/* The key that a hook of one text has in the other; false if it is not there. */
static bool counterpart(const struct move *m, const struct codex_hooks *hook, struct slice text,
			struct slice other, char key[CODEX_KEY_MAX])
{
	struct codex_hooks h = codex_hooks_of(m->path, text);
	unsigned before = 0;

	while (codex_hooks_next(&h) && h.handler.whole.p != hook->handler.whole.p)
		before += alike(m, hook, &h);
	h = codex_hooks_of(m->path, other);
	while (codex_hooks_next(&h)) {
		if (alike(m, hook, &h) && before-- == 0)
			return codex_hooks_key(&h, key);
	}
	return false;
}

/* The hook of a text that has this key. */
static bool hook_of(const struct move *m, struct slice text, struct toml_part part,
		    struct codex_hooks *h, char key[CODEX_KEY_MAX])
{
	*h = codex_hooks_of(m->path, text);
	while (codex_hooks_next(h)) {
		if (codex_hooks_key(h, key) && toml_is(part, slice_of(key)))
			return true;
	}
	return false;
}

enum fate { STAYS, MOVES, GOES };

/* Of what is said under a key; `key` becomes the one under which it is to stand. */
static enum fate fate_of(const struct move *m, struct toml_part part, char key[CODEX_KEY_MAX])
{
	char now[CODEX_KEY_MAX];
	struct codex_hooks h;

	if (hook_of(m, m->old, part, &h, key)) {
		if (counterpart(m, &h, m->old, m->now, now)) {
			const bool same = strcmp(now, key) == 0;

			memcpy(key, now, sizeof(now));
			return same ? STAYS : MOVES;
		}
		/* What is left of a hook of ours must not switch off the next one there. */
		if (m->ours(h.handler.value, m->context))
			return GOES;
	}
	/* Nor may what was said of another that is gone. */
	return hook_of(m, m->now, part, &h, key) && counterpart(m, &h, m->now, m->old, now) &&
	       strcmp(now, key) != 0 ? GOES : STAYS;
}

static bool is_of_hook(const struct toml_statement *s)
{
	return s->path.n > KEY && toml_is(s->path.part[HOOKS], slice_of("hooks")) &&
	       toml_is(s->path.part[STATE], slice_of("state"));
}

static const char *copied(struct buf *out, const char *from, const char *to)
{
	buf_bytes(out, from, (size_t)(to - from));
	return to;
}

/* Copies one statement, from `at`, as it is to be; returns up to where. */
static const char *statement_out(const struct move *m, const struct toml_statement *s,
				 const char *at, struct buf *out)
{
	const struct toml_part part = s->path.part[KEY];
	const char *const end = s->lines.p + s->lines.n;
	const char *name = part.text.p - (part.quote != 0);
	char key[CODEX_KEY_MAX];

	switch (fate_of(m, part, key)) {
	case STAYS:
		break;
	case MOVES:
		/* Else it stands in the header above, which has been changed. */
		if (name < s->lines.p)
			break;
		copied(out, at, name);
		json_string(out, slice_of(key));
		return part.text.p + part.text.n + (part.quote != 0);
	case GOES:
		copied(out, at, s->lines.p);
		return end;
	}
	return copied(out, at, end);
}

bool codex_trust_move(const char *hooks_path, struct slice old, struct slice now,
		      struct slice config, codex_trust_ours *ours, const void *context,
		      struct buf *out, struct codex_trust *t)
{
	const struct move m = { hooks_path, old, now, ours, context };
	struct toml toml = toml_of(config);
	struct toml_statement s;
	const char *at = config.p;

	*t = (struct codex_trust){ .trusted = 0 };
	while (toml_next(&toml, &s)) {
		if (is_of_hook(&s))
			at = statement_out(&m, &s, at, out);
	}
	copied(out, at, config.p + config.n);
	t->why = toml.why;
	t->line = toml.why ? toml.line : 0;
	t->err = out->full ? -ENOMEM : 0;
	return !t->why && !t->err;
}
