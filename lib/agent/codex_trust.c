/*
 * See codex_trust.h. config.toml is gone through once for each hook of ours, and copied when
 * something is changed; there are a dozen of them, and it is small.
 *
 * What is put in stands at the end, after an empty line, and a file without a line end at its end
 * stays so: that tells what is to be taken out again.
 */
#include <errno.h>

#include "agent/codex_trust.h"
#include "base/memory.h"
#include "base/toml.h"
#include "base/utf8.h"

enum { ENTRY_MAX = 2 * CODEX_KEY_MAX + 2 * CODEX_HASH_MAX };	/* bytes that a hook adds */

/* What config.toml says of one key. */
struct entry {
	struct toml_statement table, hash;
	unsigned tables, hashes;	/* how many there are */
	unsigned others_line;	/* the last of what else stands under the key; 0: nothing does */
	unsigned off_line;	/* its person has switched it off there; 0: no */
	/* Nothing can be put in: what is above it is no table of lines. */
	struct toml_statement closed;
	bool is_closed;
};

static bool fails(struct codex_trust *t, const char *why, unsigned line)
{
	t->why = why;
	t->line = line;
	return false;
}

/* How many parts of hooks.state.KEY the path begins with. */
static size_t common(const struct toml_path *path, struct slice key)
{
	const struct slice names[] = { slice_of("hooks"), slice_of("state"), key };
	size_t n = 0;

	while (n < 3 && n < path->n && toml_is(path->part[n], names[n]))
		n++;
	return n;
}

static void under_key_taken(const struct toml_statement *s, struct entry *e)
{
	const struct toml_part last = s->path.part[3];
	const bool plain = s->path.n == 4 && s->kind == TOML_VALUE;

	if (plain && toml_is(last, slice_of("trusted_hash"))) {
		e->hash = *s;
		e->hashes++;
		return;
	}
	e->others_line = s->line;
	if (plain && toml_is(last, slice_of("enabled")) && slice_is(s->value, "false"))
		e->off_line = s->line;
}

static void statement_taken(const struct toml_statement *s, struct slice key, struct entry *e)
{
	const size_t n = common(&s->path, key);

	if (n == 3 && s->path.n > 3) {
		under_key_taken(s, e);
	} else if (n && n == s->path.n && s->kind != TOML_TABLE) {
		e->closed = *s;
		e->is_closed = true;
	} else if (n == 3) {
		e->table = *s;
		e->tables++;
	}
}

static bool entry_find(struct slice config, struct slice key, struct entry *e,
		       struct codex_trust *t)
{
	struct toml toml = toml_of(config);
	struct toml_statement s;

	*e = (struct entry){ .tables = 0 };
	while (toml_next(&toml, &s))
		statement_taken(&s, key, e);
	if (toml.why)
		return fails(t, toml.why, toml.line);
	if (e->tables > 1 || e->hashes > 1)
		return fails(t, "the trust of a hook is there twice",
			     e->hashes > 1 ? e->hash.line : e->table.line);
	return true;
}

/* How the lines end at the end of a text. */
static const char *line_end_of(struct slice text)
{
	while (text.n && text.p[text.n - 1] != '\n')
		text.n--;
	return text.n > 1 && text.p[text.n - 2] == '\r' ? "\r\n" : "\n";
}

static bool ends_line(struct slice text)
{
	return text.n && text.p[text.n - 1] == '\n';
}

static struct slice before(struct slice text, const char *p)
{
	return (struct slice){ text.p, (size_t)(p - text.p) };
}

static struct slice after(struct slice text, const char *p)
{
	return slice_from(text, (size_t)(p - text.p));
}

static void hash_put(struct buf *out, const char *hash)
{
	buf_text(out, "trusted_hash = \"");
	buf_text(out, hash);
	buf_char(out, '"');
}

static void table_append(struct slice config, struct slice key, const char *hash, struct buf *out)
{
	const char *const end = line_end_of(config);
	const bool ended = config.n == 0 || ends_line(config);

	buf_put(out, config);
	if (!ended)
		buf_text(out, end);
	if (config.n)
		buf_text(out, end);
	buf_text(out, "[hooks.state.");
	json_string(out, key);
	buf_text(out, "]");
	buf_text(out, end);
	hash_put(out, hash);
	if (ended)
		buf_text(out, end);
}

/* Puts the hash below the table's header. */
static void hash_insert(struct slice config, struct slice header, const char *hash,
			struct buf *out)
{
	const char *const end = line_end_of(ends_line(header) ? header : config);
	const char *const place = header.p + header.n;

	buf_put(out, before(config, place));
	if (!ends_line(header))
		buf_text(out, end);
	hash_put(out, hash);
	if (ends_line(header))
		buf_text(out, end);
	buf_put(out, after(config, place));
}

static bool entry_put(struct slice config, struct slice key, const char *hash, struct buf *out,
		      struct codex_trust *t)
{
	struct entry e;

	if (!entry_find(config, key, &e, t))
		return false;
	if (e.is_closed)
		return fails(t, "what hooks are trusted is written in one value here, "
			     "to which nothing can be added", e.closed.line);
	if (e.hashes) {
		const struct slice value = e.hash.value;

		buf_put(out, before(config, value.p));
		if (toml_string_is(value, slice_of(hash))) {
			buf_put(out, value);
		} else {
			buf_char(out, '"');
			buf_text(out, hash);
			buf_char(out, '"');
		}
		buf_put(out, after(config, value.p + value.n));
	} else if (e.tables) {
		hash_insert(config, e.table.lines, hash, out);
	} else if (e.others_line) {
		return fails(t, "a hook's settings are not in a table of their own",
			     e.others_line);
	} else {
		table_append(config, key, hash, out);
	}
	return true;
}

/* Without the line end at its end, of that kind. */
static struct slice without_end(struct slice text, const char *end)
{
	const size_t n = strlen(end);

	if (text.n >= n && memcmp(text.p + text.n - n, end, n) == 0)
		text.n -= n;
	return text;
}

/* Of what stands before a table: without the empty line above it. */
static struct slice without_gap(struct slice text)
{
	const struct slice shorter = without_end(text, line_end_of(text));

	return ends_line(text) && (shorter.n == 0 || ends_line(shorter)) ? shorter : text;
}

static void entry_cut(struct slice config, const struct entry *e, struct buf *out)
{
	const struct slice header = e->table.lines, hash = e->hash.lines;
	const bool whole = e->tables && !e->others_line && hash.p > header.p;
	const struct slice rest = after(config, hash.p + hash.n);
	struct slice head = before(config, hash.p), between = { hash.p, 0 };

	if (whole) {
		between = after(head, header.p + header.n);
		head = without_gap(before(config, header.p));
	}
	/* Of a text that does not end its last line, what is left does not either. */
	if (rest.n == 0 && !ends_line(hash) && between.n == 0)
		head = without_end(head, line_end_of(before(config, hash.p)));
	buf_put(out, head);
	buf_put(out, between);
	buf_put(out, rest);
}

static bool entry_take(struct slice config, struct slice key, const char *path, struct buf *out,
		       struct codex_trust *t)
{
	struct entry e;

	if (!entry_find(config, key, &e, t))
		return false;
	if (e.is_closed && slice_has(e.closed.value, slice_of(path)))
		return fails(t, "what hooks are trusted is written in one value here, "
			     "from which nothing can be taken", e.closed.line);
	if (e.hashes)
		entry_cut(config, &e, out);
	else
		buf_put(out, config);
	return true;
}

/* Goes on to the next of ours that Codex would run. */
static bool next_of_ours(struct codex_hooks *h, codex_trust_ours *ours, const void *context,
			 char key[CODEX_KEY_MAX])
{
	while (codex_hooks_next(h)) {
		if (ours(h->handler.value, context) && codex_hooks_key(h, key))
			return true;
	}
	return false;
}

static void hook_looked_at(struct slice config, const struct codex_hooks *h, const char *key,
			   struct codex_trust *t)
{
	char hash[CODEX_HASH_MAX];
	struct entry e;
	const int err = codex_hooks_hash(h, hash);

	t->untrusted++;
	if (err) {
		t->err = err;
		return;
	}
	if (!entry_find(config, slice_of(key), &e, t))
		return;
	if (e.is_closed)
		fails(t, "which hooks are trusted is written in one value here, which is not read",
		      e.closed.line);
	if (e.off_line) {
		t->switched_off++;
		fails(t, "a hook is switched off here (enabled = false)", e.off_line);
	}
	if (e.hashes && !e.off_line && toml_string_is(e.hash.value, slice_of(hash))) {
		t->untrusted--;
		t->trusted++;
	}
}

/* Codex passes over a file with a comment, a comma too many, a byte order mark. */
static bool codex_reads(struct slice hooks, struct codex_trust *t)
{
	return hooks.n == 0 || json_check(hooks) == JSON_OK ||
	       fails(t, "hooks.json is not plain JSON, so that Codex does not read it", 0);
}

/* The feature has an older name, which counts too. */
static bool switches_off(const struct toml_statement *s)
{
	return s->path.n == 2 && slice_is(s->value, "false") &&
	       (toml_is(s->path.part[1], slice_of("hooks")) ||
		toml_is(s->path.part[1], slice_of("codex_hooks")));
}

static bool switched_off(struct slice config)
{
	struct toml toml = toml_of(config), inside;
	struct toml_statement s;

	while (toml_next(&toml, &s)) {
		if (s.kind != TOML_VALUE || !toml_is(s.path.part[0], slice_of("features")))
			continue;
		if (switches_off(&s))
			return true;
		inside = toml_inside(&s);
		while (toml_inside_next(&inside, &s)) {
			if (switches_off(&s))
				return true;
		}
	}
	return false;
}

void codex_trust_look(const char *hooks_path, struct slice hooks, struct slice config,
		      codex_trust_ours *ours, const void *context, struct codex_trust *t)
{
	struct codex_hooks h = codex_hooks_of(hooks_path, hooks);
	char key[CODEX_KEY_MAX];

	*t = (struct codex_trust){ .off = switched_off(config) };
	while (next_of_ours(&h, ours, context, key))
		hook_looked_at(config, &h, key, t);
	if (!codex_reads(hooks, t)) {
		t->untrusted += t->trusted;
		t->trusted = 0;
	}
}

/* May it stand in config.toml, and mean there what it is? */
static bool path_writable(const char *path)
{
	for (const char *c = path; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			return false;
	}
	return utf8_valid(slice_of(path));
}

/*
 * Is it what trusted one of ours at a place in this file where none of ours is now, and under which
 * key? It is known by its hash; it would stay for ever, when somebody else has moved ours.
 */
static bool is_left(const struct toml_statement *s, struct codex_hooks h, codex_trust_ours *ours,
		    const void *context, char left[CODEX_KEY_MAX])
{
	char key[CODEX_KEY_MAX], hash[CODEX_HASH_MAX];
	struct buf b = buf_over(left, CODEX_KEY_MAX);
	const size_t n = strlen(h.path);
	bool known = false;

	if (s->kind != TOML_VALUE || s->path.n != 4 ||
	    !toml_is(s->path.part[3], slice_of("trusted_hash")))
		return false;
	toml_put(&b, s->path.part[2]);
	if (!buf_cstr(&b) || common(&s->path, slice_of(left)) != 3 ||
	    strncmp(left, h.path, n) != 0 || left[n] != ':')
		return false;
	while (next_of_ours(&h, ours, context, key)) {
		if (strcmp(key, left) == 0)
			return false;
		known |= codex_hooks_hash(&h, hash) == 0 &&
			 toml_string_is(s->value, slice_of(hash));
	}
	return known;
}

static void texts_swapped(struct buf texts[2])
{
	const struct buf old = texts[0];

	texts[0] = texts[1];
	texts[1] = old;
}

static bool left_taken(const struct codex_hooks *h, codex_trust_ours *ours, const void *context,
		       struct buf texts[2], struct codex_trust *t)
{
	struct toml toml = toml_of(buf_slice(&texts[0]));
	struct toml_statement s;
	char key[CODEX_KEY_MAX];

	while (toml_next(&toml, &s)) {
		if (!is_left(&s, *h, ours, context, key))
			continue;
		texts[1].n = 0;
		if (!entry_take(buf_slice(&texts[0]), slice_of(key), h->path, &texts[1], t))
			return false;
		texts_swapped(texts);
		toml = toml_of(buf_slice(&texts[0]));
	}
	return true;
}

/* One hook after the other, each from the text that the one before has made. */
static bool all_written(struct codex_hooks h, codex_trust_ours *ours, const void *context,
			bool trust, struct buf texts[2], struct codex_trust *t)
{
	char key[CODEX_KEY_MAX], hash[CODEX_HASH_MAX];

	while (next_of_ours(&h, ours, context, key)) {
		const struct slice old = buf_slice(&texts[0]);

		t->err = codex_hooks_hash(&h, hash);
		if (t->err)
			return false;
		texts[1].n = 0;
		if (trust ? !entry_put(old, slice_of(key), hash, &texts[1], t) :
			    !entry_take(old, slice_of(key), h.path, &texts[1], t))
			return false;
		texts_swapped(texts);
	}
	return true;
}

bool codex_trust_write(const char *hooks_path, struct slice hooks, struct slice config,
		       codex_trust_ours *ours, const void *context, bool trust, struct buf *out,
		       struct codex_trust *t)
{
	struct codex_hooks h = codex_hooks_of(hooks_path, hooks);
	char key[CODEX_KEY_MAX];
	size_t room = config.n + 1;
	struct buf texts[2];
	bool done;

	*t = (struct codex_trust){ .trusted = 0 };
	if (trust && !codex_reads(hooks, t))
		return false;
	if (trust && !path_writable(hooks_path))
		return fails(t, "the path of hooks.json has a character that cannot be written", 0);
	while (next_of_ours(&h, ours, context, key))
		room += ENTRY_MAX;
	texts[0] = memory_buf(room);
	texts[1] = memory_buf(room);
	buf_put(&texts[0], config);
	h = codex_hooks_of(hooks_path, hooks);
	done = left_taken(&h, ours, context, texts, t) &&
	       all_written(h, ours, context, trust, texts, t);
	if (done)
		buf_put(out, buf_slice(&texts[0]));
	if (texts[0].full || texts[1].full || out->full) {
		t->err = -ENOMEM;
		done = false;
	}
	if (done)
		codex_trust_look(hooks_path, hooks, buf_slice(&texts[0]), ours, context, t);
	memory_free(&texts[0]);
	memory_free(&texts[1]);
	return done;
}
