/* See jsonc_edit.h. */
#include <errno.h>

#include "base/jsonc_edit.h"
#include "base/memory.h"

#define UNIT "  "	/* where the text shows none */

static bool is_indent(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_blank(char c)
{
	return is_indent(c) || c == '\n' || c == '\r';
}

struct slice jsonc_edit_text(const struct jsonc_edit *e)
{
	return buf_slice(&e->now);
}

/* The blanks before a place of the text. *alone: a line begins with them. */
static struct slice blanks_before(struct slice text, const char *at, bool *alone)
{
	const char *from = at;

	while (from > text.p && is_indent(from[-1]))
		from--;
	*alone = from > text.p && from[-1] == '\n';
	return (struct slice){ from, (size_t)(at - from) };
}

/* What the line of a place of the text begins with: its blanks up to that place. *alone: nothing
 * else stands before it. */
static struct slice indentation(struct slice text, const char *at, bool *alone)
{
	const struct slice before = blanks_before(text, at, alone);
	const char *from = before.p, *p;

	if (*alone)
		return before;
	while (from > text.p && from[-1] != '\n')
		from--;
	for (p = from; p < at && is_indent(*p); p++)
		;
	return (struct slice){ from, (size_t)(p - from) };
}

static bool is_spaced(const struct jsonc_item *item)
{
	const struct json_value *v = &item->value;
	const char *p = v->text.p - (v->type == JSON_STRING);

	return is_indent(p[-1]);
}

/* Learns the layout from what stands there. */
static void layout_learnt(struct jsonc_edit *e)
{
	const struct slice text = jsonc_edit_text(e);
	const struct json_value root = jsonc_value(text);
	const char *line_end = memchr(text.p, '\n', text.n);
	struct jsonc_item item = { .index = 0 };
	struct slice around;
	size_t at = 0;
	bool alone;

	/* Of a line that is cut off, the first half of its end counts too. */
	if (!line_end)
		line_end = text.p + text.n;
	e->eol = line_end > text.p && line_end[-1] == '\r' ? "\r\n" : "\n";
	memcpy(e->unit, UNIT, sizeof(UNIT));
	e->one_line = false;
	if (root.type != JSON_OBJECT)
		return;
	around = indentation(text, root.text.p, &alone);
	while (jsonc_next(root, &at, &item)) {
		/* There may be many of them on one line, which must not be gone back along. */
		struct slice unit = blanks_before(text, item.whole.p, &alone);

		if (item.index == 0) {
			e->one_line = !memchr(root.text.p, '\n', root.text.n);
			e->spaced = is_spaced(&item);
		}
		if (!alone || unit.n <= around.n || unit.n - around.n > JSONC_UNIT_MAX)
			continue;
		unit = slice_from(unit, around.n);
		memcpy(e->unit, unit.p, unit.n);
		e->unit[unit.n] = '\0';
		return;
	}
}

int jsonc_edit_begin(struct jsonc_edit *e, struct slice text, size_t room)
{
	*e = (struct jsonc_edit){ .now = memory_buf(text.n + room) };
	e->next = memory_buf(text.n + room);
	if (!e->now.p || !e->next.p) {
		jsonc_edit_end(e);
		return -ENOMEM;
	}
	buf_put(&e->now, text);
	layout_learnt(e);
	return 0;
}

void jsonc_edit_end(struct jsonc_edit *e)
{
	memory_free(&e->now);
	memory_free(&e->next);
}

/* What has been built takes the text's place, if there was room for it. */
static void turn(struct jsonc_edit *e)
{
	struct buf old = e->now;

	if (e->next.full) {
		e->now.full = true;
	} else {
		e->next.full = old.full;
		e->now = e->next;
		e->next = old;
	}
	e->next.n = 0;
	e->next.full = false;
}

/* Of the text, the bytes from one place to another. */
static void copied(struct jsonc_edit *e, const char *from, const char *to)
{
	buf_bytes(&e->next, from, (size_t)(to - from));
}

static const char *text_end(const struct jsonc_edit *e)
{
	return e->now.p + e->now.n;
}

struct json_value jsonc_edit_root(struct jsonc_edit *e)
{
	const struct slice text = jsonc_edit_text(e);
	const bool comments = memchr(text.p, '/', text.n);
	const bool ended = text.n && text_end(e)[-1] == '\n';
	struct json_value root = jsonc_value(text);

	if (root.type != JSON_ABSENT)
		return root;
	copied(e, text.p, text_end(e));
	if (comments && !ended)
		buf_text(&e->next, e->eol);
	buf_text(&e->next, "{}");
	if (!comments || ended)
		buf_text(&e->next, e->eol);
	turn(e);
	return jsonc_value(jsonc_edit_text(e));
}

/* How something that is put in is laid out. */
struct layout {
	bool lines;	/* its members each on a line of their own */
	bool spaced;
	struct slice around;	/* what its first line begins with */
	unsigned depth;	/* of what is written now, inside it */
};

static void line_begun(struct jsonc_edit *e, const struct layout *l)
{
	buf_text(&e->next, e->eol);
	buf_put(&e->next, l->around);
	for (unsigned i = 0; i < l->depth; i++)
		buf_text(&e->next, e->unit);
}

/* One byte of structure, and the blanks that belong to it. */
static void structure_out(struct jsonc_edit *e, struct layout *l, const char *p)
{
	const bool opens = *p == '{' || *p == '[', closes = *p == '}' || *p == ']';

	if (closes && l->lines && p[-1] != '{' && p[-1] != '[') {
		l->depth--;
		line_begun(e, l);
	}
	buf_char(&e->next, *p);
	if (opens && l->lines && p[1] != '}' && p[1] != ']') {
		l->depth++;
		line_begun(e, l);
	} else if (*p == ',' && l->lines) {
		line_begun(e, l);
	} else if (*p == ':' ? l->lines || l->spaced : *p == ',' && l->spaced) {
		buf_char(&e->next, ' ');
	}
}

/* Writes JSON that has no blanks with those that it should have. */
static void laid_out(struct jsonc_edit *e, struct layout l, struct slice value)
{
	bool quoted = false;

	for (size_t i = 0; i < value.n; i++) {
		const char *p = value.p + i;

		if (quoted && *p == '\\') {
			buf_bytes(&e->next, p, 2);
			i++;
			continue;
		}
		quoted ^= *p == '"';
		if (!quoted && strchr("{}[],:", *p))
			structure_out(e, &l, p);
		else
			buf_char(&e->next, *p);
	}
}

/* Where in a container something is put, or stands: between `from` and `to` is nothing but
 * blanks. */
struct gap {
	const char *from;	/* behind the item or comment before it */
	const char *to;
	bool to_line_end;	/* that is a comment which ends with its line */
};

static struct gap gap_of(const char *from, const char *to)
{
	bool to_line_end;

	from += jsonc_comments((struct slice){ from, (size_t)(to - from) }, &to_line_end);
	return (struct gap){ from, to, to_line_end };
}

static bool has_line_end(const char *from, const char *to)
{
	return memchr(from, '\n', (size_t)(to - from)) != NULL;
}

static const char *behind(const struct jsonc_item *item)
{
	return item->whole.p + item->whole.n;
}

static void named_out(struct jsonc_edit *e, struct layout l, const char *name, struct slice value)
{
	if (name) {
		buf_char(&e->next, '"');
		buf_text(&e->next, name);
		buf_text(&e->next, l.lines || l.spaced ? "\": " : "\":");
	}
	laid_out(e, l, value);
}

/* Into a container that holds no item. */
static void add_first(struct jsonc_edit *e, struct json_value c, const char *name,
		      struct slice value)
{
	const char *closer = c.text.p + c.text.n - 1;
	struct gap g = gap_of(c.text.p + 1, closer);
	struct layout l = { .lines = !e->one_line, .spaced = e->spaced };
	bool ignored;

	l.around = indentation(jsonc_edit_text(e), c.text.p, &ignored);
	copied(e, e->now.p, g.from);
	if (l.lines) {
		l.depth = 1;
		line_begun(e, &l);
	}
	named_out(e, l, name, value);
	if (l.lines && !has_line_end(g.from, g.to)) {
		l.depth = 0;
		line_begun(e, &l);
		g.from = closer;
	}
	copied(e, g.from, text_end(e));
}

/* Behind the last item of a container. */
static void add_behind(struct jsonc_edit *e, struct json_value c, const struct jsonc_item *last,
		       const char *name, struct slice value)
{
	const char *closer = c.text.p + c.text.n - 1;
	const char *end = last->comma ? c.text.p + last->comma_at + 1 : behind(last);
	struct gap g = gap_of(end, closer);
	struct layout l = { .lines = has_line_end(c.text.p, closer), .spaced = e->spaced };
	const struct slice text = jsonc_edit_text(e);
	bool own_line, ignored;

	l.around = indentation(text, last->whole.p, &own_line);
	/* Behind a comment that ends the line of the last, it gets a line of its own. */
	l.depth = l.lines && !own_line && g.to_line_end;
	if (l.lines && !own_line)
		l.around = indentation(text, l.depth ? c.text.p : closer, &ignored);
	copied(e, e->now.p, end);
	if (!last->comma)
		buf_char(&e->next, ',');
	copied(e, end, g.from);
	if (l.lines && (own_line || g.to_line_end))
		line_begun(e, &l);
	else if (l.lines || !e->one_line || e->spaced)
		buf_char(&e->next, ' ');
	if (!e->one_line)
		l.spaced = true;
	named_out(e, l, name, value);
	if (last->comma)
		buf_char(&e->next, ',');
	copied(e, g.from, text_end(e));
}

void jsonc_add(struct jsonc_edit *e, struct json_value container, const char *name,
	       struct slice value)
{
	struct jsonc_item item = { .index = 0 };
	size_t at = 0;

	while (jsonc_next(container, &at, &item))
		;
	if (at)
		add_behind(e, container, &item, name, value);
	else
		add_first(e, container, name, value);
	turn(e);
}

/* Does what stands there end its line? */
static bool line_ends_at(const char *p, const char *end)
{
	while (p < end && (is_indent(*p) || *p == '\r'))
		p++;
	return p == end || *p == '\n';
}

void jsonc_cut(struct jsonc_edit *e, struct json_value container, const struct jsonc_item *item,
	       const struct jsonc_item *before)
{
	const char *at = e->now.p, *comma = container.text.p + item->comma_at;
	const bool first = item->index == 0;
	struct gap g = gap_of(first ? container.text.p + 1 :
			      container.text.p + before->comma_at + 1, item->whole.p);
	const char *next = item->comma ? comma + 1 : behind(item);

	/* A comment must not swallow what comes after it. */
	if (g.to_line_end && !line_ends_at(next, text_end(e)))
		g.from = (const char *)memchr(g.from, '\n', (size_t)(g.to - g.from)) + 1;
	if (!first && !item->comma) {
		/* It was the last, and now the one before it is. */
		copied(e, at, container.text.p + before->comma_at);
		at = container.text.p + before->comma_at + 1;
	}
	copied(e, at, g.from);
	if (item->comma) {
		copied(e, behind(item), comma);
		while (first && g.from == g.to && next < text_end(e) && is_indent(*next))
			next++;
	}
	copied(e, next, text_end(e));
	turn(e);
}

void jsonc_set(struct jsonc_edit *e, struct json_value value, struct slice other)
{
	copied(e, e->now.p, value.text.p);
	buf_put(&e->next, other);
	copied(e, value.text.p + value.text.n, text_end(e));
	turn(e);
}

bool jsonc_bare(struct json_value container, const struct jsonc_item *item)
{
	const char *end = container.text.p + container.text.n - 1;
	bool comma = false;

	for (const char *p = container.text.p + 1; p < end; p++) {
		if (item && p == item->whole.p)
			p += item->whole.n;
		if (p == end)
			break;
		if (is_blank(*p))
			continue;
		if (*p != ',' || comma || !item)
			return false;
		comma = true;
	}
	return true;
}
