/*
 * See jsonc.h. Two walks: jsonc_check goes through everything and trusts nothing; the others pass
 * over what it has found good, and look only at quotes, brackets and comments. What a string, a
 * number or a word may be is json.h's to say.
 */
#include "base/decimal.h"
#include "base/jsonc.h"
#include "base/utf8.h"

#define MARK "\xEF\xBB\xBF"	/* the byte order mark, in UTF-8 */

struct walk {
	const char *p;
	const char *end;
	const char *why;	/* NULL while all is well */
	const char *bad;	/* where it is not */
	unsigned depth;
	uint64_t objects[JSON_DEPTH_MAX / 64];	/* bit d: level d is an object, not an array */
};

static bool stop(struct walk *w, const char *at, const char *why)
{
	w->bad = at;
	w->why = why;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* At a slash: the first byte behind the comment, NULL if it is none, or not closed. */
static const char *comment_end(const char *p, const char *end)
{
	if (end - p < 2 || (p[1] != '/' && p[1] != '*'))
		return NULL;
	if (p[1] == '/') {
		const char *line_end = memchr(p, '\n', (size_t)(end - p));

		return line_end ? line_end : end;
	}
	for (p += 2; end - p >= 2; p++) {
		p = memchr(p, '*', (size_t)(end - p - 1));
		if (!p)
			return NULL;
		if (p[1] == '/')
			return p + 2;
	}
	return NULL;
}

/* Passes blanks and comments; true if a byte follows. */
static bool more(struct walk *w)
{
	while (w->p < w->end) {
		const char *behind;

		if (is_blank(*w->p)) {
			w->p++;
			continue;
		}
		if (*w->p != '/')
			return true;
		behind = comment_end(w->p, w->end);
		if (!behind)
			return stop(w, w->p, w->end - w->p > 1 && w->p[1] == '*' ?
				    "a comment is not closed" : "a lone / is no comment");
		w->p = behind;
	}
	return false;
}

/* The same where the text may not end. */
static bool wanted(struct walk *w, const char *what)
{
	return more(w) || (w->why ? false : stop(w, w->p, what));
}

/* At a quote: behind the closing one; NULL if a line ends before it. */
static const char *string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"' && *p != '\n'; p++) {
		if (*p == '\\' && end - p > 1)
			p++;
	}
	return p < end && *p == '"' ? p + 1 : NULL;
}

/* A number or a word ends before one of these. */
static const char *word_end(const char *p, const char *end)
{
	while (p < end && !is_blank(*p) && !strchr(",:{}[]\"/", *p))
		p++;
	return p;
}

static bool scalar(struct walk *w)
{
	const char *from = w->p;
	bool quoted = *from == '"';

	w->p = quoted ? string_end(from, w->end) : word_end(from, w->end);
	if (!w->p)
		return stop(w, from, "a string is not closed");
	if (w->p == from)
		return stop(w, from, "a value is missing");
	if (json_check((struct slice){ from, (size_t)(w->p - from) }) == JSON_OK)
		return true;
	return stop(w, from, quoted ? "this string holds what no JSON string may" :
		    "this is no value");
}

/* At a name; passes it, the colon, and what is between that and the value. */
static bool name(struct walk *w)
{
	if (*w->p != '"')
		return stop(w, w->p, "a name in double quotes is missing");
	if (!scalar(w) || !wanted(w, "a colon is missing"))
		return false;
	if (*w->p != ':')
		return stop(w, w->p, "a colon is missing");
	w->p++;
	return wanted(w, "a value is missing");
}

static bool in_object(const struct walk *w)
{
	unsigned level = w->depth - 1;

	return w->objects[level / 64] >> level % 64 & 1;
}

static const char *unclosed(const struct walk *w)
{
	return in_object(w) ? "a comma or } is missing" : "a comma or ] is missing";
}

/* At a bracket or brace. */
static bool open_level(struct walk *w)
{
	unsigned level = w->depth;
	uint64_t bit = (uint64_t)1 << level % 64;

	if (level == JSON_DEPTH_MAX)
		return stop(w, w->p, "too many arrays and objects inside each other");
	if (*w->p == '{')
		w->objects[level / 64] |= bit;
	else
		w->objects[level / 64] &= ~bit;
	w->depth++;
	w->p++;
	return wanted(w, unclosed(w));
}

static bool close_level(struct walk *w)
{
	if (*w->p != (in_object(w) ? '}' : ']'))
		return false;
	w->p++;
	w->depth--;
	return true;
}

/* Behind a value: closes what ends here, up to the comma before the next one, or to the text's
 * end. */
static bool after_value(struct walk *w)
{
	while (w->depth) {
		if (!wanted(w, unclosed(w)))
			return false;
		if (close_level(w))
			continue;
		if (*w->p != ',')
			return stop(w, w->p, unclosed(w));
		w->p++;
		if (!wanted(w, unclosed(w)))
			return false;
		if (close_level(w))
			continue;
		return !in_object(w) || name(w);
	}
	return true;
}

/* At the first byte of a value; passes it. */
static bool value(struct walk *w)
{
	for (;;) {
		if (*w->p == '{' || *w->p == '[') {
			if (!open_level(w))
				return false;
			if (!close_level(w)) {
				if (in_object(w) && !name(w))
					return false;
				continue;
			}
		} else if (!scalar(w)) {
			return false;
		}
		if (!after_value(w))
			return false;
		if (w->depth == 0)
			return true;
	}
}

static struct walk walk_of(struct slice text)
{
	struct walk w = { .p = text.p, .end = text.p + text.n };

	if (text.n >= 3 && memcmp(text.p, MARK, 3) == 0)
		w.p += 3;
	return w;
}

/* The first byte that is no UTF-8. */
static const char *not_utf8(struct slice text)
{
	for (;;) {
		struct utf8_char c = utf8_first(text);

		if (!c.valid)
			return text.p;
		text = slice_from(text, c.bytes);
	}
}

bool jsonc_check(struct slice text, struct jsonc_error *error)
{
	struct walk w = walk_of(text);

	*error = (struct jsonc_error){ .why = NULL };
	if (!utf8_valid(text))
		stop(&w, not_utf8(text), "this is not UTF-8");
	else if (more(&w) && value(&w) && more(&w))
		stop(&w, w.p, "something follows the end");
	if (!w.why)
		return true;
	error->at = (size_t)(w.bad - text.p);
	error->why = w.why;
	jsonc_position(text, error->at, &error->line, &error->column);
	return false;
}

void jsonc_position(struct slice text, size_t at, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = text.n >= 3 && memcmp(text.p, MARK, 3) == 0 ? 3 : 0; i < at; i++) {
		if (text.p[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text.p[i] & 0xC0) != 0x80) {
			++*column;
		}
	}
}

/* From here on the texts are good. */

/* Passes the value at p. */
static const char *value_end(const char *p, const char *end)
{
	size_t depth = 0;

	do {
		if (*p == '"') {
			p = string_end(p, end);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else if (*p == '/') {
			p = comment_end(p, end);
		} else if (is_blank(*p) || *p == ',' || *p == ':') {
			p++;
		} else {
			p = word_end(p, end);
		}
	} while (depth && p);
	return p ? p : end;	/* in a good text it is never NULL */
}

static struct json_value value_taken(struct walk *w)
{
	const char *from = w->p;
	struct json_value v = { .type = JSON_NUMBER };

	w->p = value_end(from, w->end);
	v.text = (struct slice){ from, (size_t)(w->p - from) };
	switch (*from) {
	case '"':
		v.type = JSON_STRING;
		v.text = (struct slice){ from + 1, v.text.n - 2 };
		break;
	case '{':
		v.type = JSON_OBJECT;
		break;
	case '[':
		v.type = JSON_ARRAY;
		break;
	case 't':
		v.type = JSON_TRUE;
		break;
	case 'f':
		v.type = JSON_FALSE;
		break;
	case 'n':
		v.type = JSON_NULL;
		break;
	}
	return v;
}

struct json_value jsonc_value(struct slice text)
{
	struct walk w = walk_of(text);

	return more(&w) ? value_taken(&w) : (struct json_value){ .type = JSON_ABSENT };
}

bool jsonc_next(struct json_value container, size_t *at, struct jsonc_item *item)
{
	struct walk w = { .p = container.text.p, .end = container.text.p + container.text.n };
	size_t index = *at ? item->index + 1 : 0;
	const char *from;

	if (container.type != JSON_OBJECT && container.type != JSON_ARRAY)
		return false;
	w.p += *at ? *at : 1;
	if (!more(&w) || *w.p == '}' || *w.p == ']')
		return false;
	*item = (struct jsonc_item){ .index = index };
	from = w.p;
	if (container.type == JSON_OBJECT) {
		w.p = value_end(w.p, w.end);
		item->name = (struct slice){ from + 1, (size_t)(w.p - from - 2) };
		more(&w);
		w.p++;	/* the colon */
		more(&w);
	}
	item->value = value_taken(&w);
	item->whole = (struct slice){ from, (size_t)(w.p - from) };
	more(&w);
	item->comma = *w.p == ',';
	item->comma_at = (size_t)(w.p - container.text.p);
	*at = item->comma_at + item->comma;
	return true;
}

size_t jsonc_comments(struct slice gap, bool *to_line_end)
{
	const char *p = gap.p, *end = gap.p + gap.n, *last = NULL;

	*to_line_end = false;
	while (p < end) {
		if (*p != '/') {
			p++;
			continue;
		}
		*to_line_end = p[1] == '/';
		last = p = comment_end(p, end);
	}
	/* The CR of a line's end is no part of the comment. */
	if (*to_line_end && last[-1] == '\r')
		last--;
	return last ? (size_t)(last - gap.p) : 0;
}

static bool member_named(struct json_value object, struct slice escaped, struct jsonc_item *item,
			 unsigned *repeated)
{
	struct jsonc_item each = { .index = 0 };
	unsigned count = 0;

	for (size_t at = 0; object.type == JSON_OBJECT && jsonc_next(object, &at, &each);) {
		if (!json_same(each.name, escaped))
			continue;
		*item = each;
		count++;
	}
	if (repeated)
		*repeated = count;
	return count > 0;
}

bool jsonc_member(struct json_value object, const char *name_wanted, struct jsonc_item *item,
		  unsigned *repeated)
{
	return member_named(object, slice_of(name_wanted), item, repeated);
}

static bool same_scalar(struct json_value a, struct json_value b)
{
	struct decimal x, y;

	if (a.type == JSON_STRING)
		return json_same(a.text, b.text);
	if (a.type != JSON_NUMBER || slice_eq(a.text, b.text))
		return true;
	return decimal_read(a.text, &x) && decimal_read(b.text, &y) && x.exact && y.exact &&
	       x.whole == y.whole;
}

/* Two containers that are compared, as far as that has got. */
struct pair {
	struct json_value a, b;
	size_t at, at_b;
	struct jsonc_item item, item_b;
};

/* As many names, however often each stands there? */
static bool same_names(struct json_value a, struct json_value b)
{
	struct jsonc_item each = { .index = 0 }, other;

	for (size_t at = 0; jsonc_next(b, &at, &each);) {
		if (!member_named(a, each.name, &other, NULL))
			return false;
	}
	return true;
}

enum step { STEP_DIFFER, STEP_END, STEP_VALUES, STEP_AGAIN };

/* The next two values that have to be the same. */
static enum step pair_next(struct pair *p, struct json_value *a, struct json_value *b)
{
	struct jsonc_item last;
	bool more_a = jsonc_next(p->a, &p->at, &p->item);

	if (p->a.type == JSON_ARRAY) {
		if (more_a != jsonc_next(p->b, &p->at_b, &p->item_b))
			return STEP_DIFFER;
	} else if (!more_a) {
		return same_names(p->a, p->b) ? STEP_END : STEP_DIFFER;
	} else {
		member_named(p->a, p->item.name, &last, NULL);
		if (last.whole.p != p->item.whole.p)
			return STEP_AGAIN;	/* a later one of that name counts */
		if (!member_named(p->b, p->item.name, &p->item_b, NULL))
			return STEP_DIFFER;
	}
	*a = p->item.value;
	*b = p->item_b.value;
	return more_a ? STEP_VALUES : STEP_END;
}

bool jsonc_same(struct json_value a, struct json_value b)
{
	struct pair pairs[JSON_DEPTH_MAX];
	size_t depth = 0;

	for (;;) {
		enum step step;

		if (a.type != b.type)
			return false;
		if (a.type == JSON_OBJECT || a.type == JSON_ARRAY)
			pairs[depth++] = (struct pair){ .a = a, .b = b };
		else if (!same_scalar(a, b))
			return false;
		do {
			if (depth == 0)
				return true;
			step = pair_next(&pairs[depth - 1], &a, &b);
			if (step == STEP_DIFFER)
				return false;
			if (step == STEP_END)
				depth--;
		} while (step != STEP_VALUES);
	}
}
