/* See toml.h. Whatever is open (a string, a bracket) is passed whole, so that nothing inside
 * it is taken for a statement. */
#include "base/toml.h"
#include "base/utf8.h"

static bool stop(struct toml *t, const char *why)
{
	t->why = why;
	return false;
}

static bool at(const struct toml *t, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(t->end - t->p) >= n && memcmp(t->p, text, n) == 0;
}

static void blanks(struct toml *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

/* Passes blanks, a comment, and the end of the line or text. */
static bool line_end(struct toml *t)
{
	blanks(t);
	if (at(t, "#")) {
		while (t->p < t->end && *t->p != '\n')
			t->p++;
	}
	if (t->p == t->end)
		return true;
	if (at(t, "\r\n"))
		t->p++;
	if (*t->p != '\n')
		return stop(t, "a line goes on where it should end");
	t->p++;
	t->line++;
	return true;
}

/* At three quotes: passes the string over several lines. */
static bool long_string(struct toml *t, char quote)
{
	const char closing[] = { quote, quote, quote, '\0' };
	const unsigned first = t->line;

	for (t->p += 3; t->p < t->end; t->p++) {
		if (at(t, closing)) {
			t->p += 3;
			/* Two quotes more may belong to it. */
			for (int i = 0; i < 2 && t->p < t->end && *t->p == quote; i++)
				t->p++;
			return true;
		}
		if (*t->p == '\\' && quote == '"' && t->end - t->p > 1)
			t->p++;
		t->line += *t->p == '\n';
	}
	t->line = first;
	return stop(t, "a string is not closed");
}

/* At a quote: passes the string on this line. */
static bool string(struct toml *t)
{
	const char quote = *t->p++;

	for (; t->p < t->end && *t->p != '\n'; t->p++) {
		if (*t->p == quote) {
			t->p++;
			return true;
		}
		if (*t->p == '\\' && quote == '"' && t->end - t->p > 1 && t->p[1] != '\n')
			t->p++;
	}
	return stop(t, "a string is not closed");
}

static bool any_string(struct toml *t)
{
	return at(t, "\"\"\"") || at(t, "'''") ? long_string(t, *t->p) : string(t);
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool part(struct toml *t, struct toml_part *part)
{
	const char *from = t->p;

	*part = (struct toml_part){ .quote = at(t, "\"") || at(t, "'") ? *t->p : '\0' };
	if (part->quote) {
		if (!string(t))
			return false;
		part->text = (struct slice){ from + 1, (size_t)(t->p - from) - 2 };
		return true;
	}
	while (t->p < t->end && is_bare(*t->p))
		t->p++;
	part->text = (struct slice){ from, (size_t)(t->p - from) };
	return part->text.n || stop(t, "a name is missing");
}

/* Passes a name with what is around its parts, and adds it to the path. */
static bool name(struct toml *t, struct toml_path *path)
{
	for (;;) {
		struct toml_part next;

		blanks(t);
		if (!part(t, &next))
			return false;
		if (path->n < TOML_PATH_MAX)
			path->part[path->n] = next;
		path->n++;
		blanks(t);
		if (!at(t, "."))
			return true;
		t->p++;
	}
}

static bool header(struct toml *t, struct toml_statement *s)
{
	const bool list = at(t, "[[");

	s->kind = list ? TOML_LIST : TOML_TABLE;
	t->p += list ? 2 : 1;
	if (!name(t, &s->path))
		return false;
	if (!at(t, list ? "]]" : "]"))
		return stop(t, "a ] is missing");
	t->p += list ? 2 : 1;
	t->table = s->path;
	return true;
}

/* Passes a number, a date, a word; outside brackets a date may have a blank in it. */
static bool plain(struct toml *t, unsigned depth)
{
	const char *const ends = depth ? " \t\r\n#,=[]{}\"'" : "\r\n#,=[]{}\"'";
	const char *from = t->p;

	while (t->p < t->end && *t->p && !strchr(ends, *t->p))
		t->p++;
	return t->p > from || stop(t, "a value is missing or cannot be read");
}

/* In brackets: passes blanks, lines, comments, and what stands between values. */
static bool between(struct toml *t)
{
	while (t->p < t->end) {
		if (strchr(" \t\r\n#", *t->p) && *t->p) {
			if (*t->p != '\r' && *t->p != '\n' && *t->p != '#')
				blanks(t);
			else if (!line_end(t))
				return false;
		} else if (*t->p == ',' || *t->p == '=') {
			t->p++;
		} else {
			return true;
		}
	}
	return true;
}

/* Passes one bracket, or one value without any. *braces: which of the open brackets are braces. */
static bool token(struct toml *t, unsigned *depth, uint64_t *braces)
{
	const char c = *t->p;

	if (c == '"' || c == '\'')
		return any_string(t);
	if (c == '[' || c == '{') {
		if (*depth == TOML_DEPTH_MAX)
			return stop(t, "too many brackets inside each other");
		*braces = *braces << 1 | (c == '{');
		++*depth;
	} else if (c == ']' || c == '}') {
		if (*depth == 0 || (*braces & 1) != (c == '}'))
			return stop(t, "brackets do not match");
		*braces >>= 1;
		--*depth;
	} else {
		return plain(t, *depth);
	}
	t->p++;
	return true;
}

static bool value(struct toml *t, struct slice *found)
{
	const char *from = t->p;
	const unsigned first = t->line;
	unsigned depth = 0;
	uint64_t braces = 0;

	do {
		if (depth && !between(t))
			return false;
		if (t->p == t->end) {
			t->line = first;
			return stop(t, depth ? "a bracket is not closed" : "a value is missing");
		}
		if (!token(t, &depth, &braces))
			return false;
	} while (depth);
	*found = slice_trimmed((struct slice){ from, (size_t)(t->p - from) });
	return true;
}

struct toml toml_of(struct slice text)
{
	struct toml t = { .p = text.p, .end = text.p + text.n, .line = 1 };

	if (at(&t, "\xEF\xBB\xBF"))
		t.p += 3;
	return t;
}

static bool assignment(struct toml *t, struct toml_statement *s)
{
	s->kind = TOML_VALUE;
	s->path = t->table;
	if (!name(t, &s->path))
		return false;
	if (!at(t, "="))
		return stop(t, "a = is missing");
	t->p++;
	blanks(t);
	return value(t, &s->value);
}

bool toml_next(struct toml *t, struct toml_statement *s)
{
	const char *from = t->p;

	*s = (struct toml_statement){ .line = t->line };
	while (!t->why && t->p < t->end) {
		blanks(t);
		if (t->p < t->end && !strchr("#\r\n", *t->p)) {
			if (!(*t->p == '[' ? header(t, s) : assignment(t, s)) || !line_end(t))
				return false;
			s->lines = (struct slice){ from, (size_t)(t->p - from) };
			return true;
		}
		if (!line_end(t))
			return false;
		from = t->p;
		s->line = t->line;
	}
	return false;
}

struct toml toml_inside(const struct toml_statement *s)
{
	const struct slice v = s->value;
	const size_t n = v.n > 1 && *v.p == '{' ? v.n - 2 : 0;
	struct toml t = toml_of((struct slice){ v.p + 1, n });

	t.table = s->path;
	return t;
}

bool toml_inside_next(struct toml *t, struct toml_statement *s)
{
	return between(t) && t->p < t->end && assignment(t, s);
}

static uint32_t digits_taken(struct slice *s, size_t n)
{
	uint32_t code = 0;

	for (; n && s->n; n--, *s = slice_from(*s, 1)) {
		const char c = (char)(s->p[0] | 0x20);

		code = code << 4 | (uint32_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
	}
	return code;
}

/* Takes the character after a backslash, and appends what it means. */
static void escape_taken(struct slice *s, struct buf *out)
{
	static const char letters[] = "btnfre", meant[] = "\b\t\n\f\r\033";
	const char c = s->p[0];
	const char *letter = c ? strchr(letters, c) : NULL;

	*s = slice_from(*s, 1);
	if (c == 'x' || c == 'u' || c == 'U')
		utf8_put(out, digits_taken(s, c == 'x' ? 2 : c == 'u' ? 4 : 8) & 0x1FFFFF);
	else
		buf_char(out, letter ? meant[letter - letters] : c);
}

/* Takes a byte of a basic string, or what a backslash begins, and appends what it means. */
static void meant_taken(struct slice *s, struct buf *out)
{
	if (s->p[0] == '\\' && s->n > 1) {
		*s = slice_from(*s, 1);
		escape_taken(s, out);
	} else {
		buf_char(out, s->p[0]);
		*s = slice_from(*s, 1);
	}
}

void toml_put(struct buf *out, struct toml_part part)
{
	while (part.quote == '"' && part.text.n)
		meant_taken(&part.text, out);
	buf_put(out, part.text);
}

bool toml_is(struct toml_part part, struct slice text)
{
	struct slice rest = part.text;

	if (part.quote != '"')
		return slice_eq(rest, text);
	while (rest.n) {
		char memory[4];
		struct buf one = buf_over(memory, sizeof(memory));

		meant_taken(&rest, &one);
		if (text.n < one.n || memcmp(text.p, memory, one.n) != 0)
			return false;
		text = slice_from(text, one.n);
	}
	return text.n == 0;
}

bool toml_string_is(struct slice value, struct slice text)
{
	size_t quotes = value.n >= 6 && memcmp(value.p, "\"\"\"", 3) == 0 ? 3 : 1;

	if (value.n >= 6 && memcmp(value.p, "'''", 3) == 0)
		quotes = 3;
	if (value.n < 2 * quotes || (value.p[0] != '"' && value.p[0] != '\''))
		return false;
	return toml_is((struct toml_part){ { value.p + quotes, value.n - 2 * quotes }, value.p[0] },
		       text);
}
