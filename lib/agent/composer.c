/* See composer.h. */
#include "agent/composer.h"
#include "base/decimal.h"
#include "base/utf8.h"

enum {
	CELLS_MAX = 65536,	/* bytes of a screen's plain text */
	LINES_MAX = 512,
	FOOTER_LINES_MAX = 4,	/* that are not blank; below a dialog's frame there are more */
	NO_BREAK_SPACE = 0xA0,	/* Claude Code draws one after its sign */
};

/*
 * What is around the lines of a composer. It ends at the last line that begins with `below` and
 * begins after the last line before it that begins with `above`; blanks before either do not count.
 */
static const struct frame {
	const char *above, *below;
	const char *sign;	/* what the first line begins with */
	const char *bar;	/* what every line begins with */
	const char *placeholder;	/* grey words that stand in an empty one */
	bool status_inside;	/* its last line is none of the person's */
} frames[] = {
	[COMPOSER_CLAUDE] = { .above = "───", .below = "───", .sign = "❯" },
	[COMPOSER_GEMINI] = { .above = "▄▄▄", .below = "▀▀▀", .sign = ">",
			      .placeholder = "Typeyourmessageor@path/to/file" },
	[COMPOSER_OPENCODE] = { .below = "╹▀▀▀", .bar = "┃", .placeholder = "Askanything…",
				.status_inside = true },
	[COMPOSER_PI] = { .above = "───", .below = "───" },
	/* Codex's has no frame: see unframed(). */
	[COMPOSER_CODEX] = { .sign = "›" },
};

/* ---- The screen: plain text, and how each of its bytes is drawn ---- */

enum { DIM = 1, GREY = 2, INVERSE = 4 };

struct screen {
	size_t n;
	char text[CELLS_MAX];
	unsigned char drawn[CELLS_MAX];
	unsigned lines;
	struct slice line[LINES_MAX];
};

/* The middle greys: what is neither text on dark nor text on light. */
static bool middle_grey(int64_t red, int64_t green, int64_t blue)
{
	return red == green && green == blue && red >= 100 && red <= 190;
}

/* Colour N of 256, of which only greys matter: the diagonal of the cube, and the ramp. */
static bool indexed_grey(int64_t n)
{
	static const unsigned char levels[] = { 0, 95, 135, 175, 215, 255 };
	int64_t level = 0;

	if (n >= 232 && n <= 255)
		level = 8 + 10 * (n - 232);
	else if (n >= 16 && n <= 231 && (n - 16) % 43 == 0)
		level = levels[(n - 16) / 43];
	return middle_grey(level, level, level);
}

static int64_t parameter_taken(struct slice *rest)
{
	int64_t n = 0;

	decimal_take(rest, &n);
	if (rest->n && (rest->p[0] == ';' || rest->p[0] == ':'))
		*rest = slice_from(*rest, 1);
	return n;
}

/* Takes the colour after 38 or 48: is it a middle grey? */
static bool grey_taken(struct slice *rest)
{
	int64_t red, green;

	if (parameter_taken(rest) == 5)
		return indexed_grey(parameter_taken(rest));
	red = parameter_taken(rest);
	green = parameter_taken(rest);
	return middle_grey(red, green, parameter_taken(rest));
}

/* What the parameters of an SGR sequence make of how things are drawn. */
static unsigned char drawn_after(unsigned char drawn, struct slice parameters)
{
	do {
		int64_t n = parameter_taken(&parameters);
		bool grey = false;

		if (n == 38 || n == 48)
			grey = grey_taken(&parameters);
		if (n == 0)
			drawn = 0;
		else if (n == 2)
			drawn |= DIM;
		else if (n == 22)
			drawn &= (unsigned char)~DIM;
		else if (n == 7)
			drawn |= INVERSE;
		else if (n == 27)
			drawn &= (unsigned char)~INVERSE;
		else if ((n >= 30 && n <= 39) || (n >= 90 && n <= 97))
			drawn = (unsigned char)((drawn & ~GREY) | (grey ? GREY : 0));
	} while (parameters.n);
	return drawn;
}

/* Takes an escape sequence off the text. tmux writes only SGR, and the two that change to line
 * drawing and back. */
static unsigned char sequence_taken(struct slice *rest, unsigned char drawn)
{
	struct slice parameters;
	size_t n = 2;

	if (rest->n < 2 || rest->p[1] != '[') {
		*rest = slice_from(*rest, rest->n < 2 ? rest->n : 2);
		return drawn;
	}
	while (n < rest->n && (rest->p[n] < 0x40 || rest->p[n] > 0x7E))
		n++;
	parameters = (struct slice){ rest->p + 2, n - 2 };
	if (n < rest->n && rest->p[n] == 'm')
		drawn = drawn_after(drawn, parameters);
	*rest = slice_from(*rest, n < rest->n ? n + 1 : n);
	return drawn;
}

static bool line_added(struct screen *s, size_t from)
{
	if (s->lines == LINES_MAX)
		return false;
	s->line[s->lines++] = (struct slice){ s->text + from, s->n - from };
	return true;
}

/* False if the screen is too large to be seen whole. */
static bool screen_taken(struct screen *s, struct slice rest)
{
	unsigned char drawn = 0;
	size_t from = 0;

	s->n = s->lines = 0;
	while (rest.n) {
		char c = rest.p[0];

		if (c == '\033') {
			drawn = sequence_taken(&rest, drawn);
			continue;
		}
		rest = slice_from(rest, 1);
		if (c == '\n') {
			if (!line_added(s, from))
				return false;
			from = s->n;
			continue;
		}
		if (s->n == CELLS_MAX)
			return false;
		s->drawn[s->n] = drawn;
		s->text[s->n++] = c;
	}
	return s->n == from || line_added(s, from);
}

/* ---- Lines ---- */

/* Bytes of the blank that the text begins with; 0 if it begins with none. */
static size_t blank_length(struct slice text)
{
	struct utf8_char c;

	if (!text.n)
		return 0;
	c = utf8_first(text);
	return c.code == ' ' || c.code == '\t' || c.code == NO_BREAK_SPACE ? c.bytes : 0;
}

static struct slice unblanked(struct slice text)
{
	size_t n;

	while ((n = blank_length(text)))
		text = slice_from(text, n);
	return text;
}

static bool begins(struct slice text, const char *with)
{
	size_t n = strlen(with);

	return text.n >= n && memcmp(text.p, with, n) == 0;
}

static bool line_begins(const struct screen *s, unsigned line, const char *with)
{
	return begins(unblanked(s->line[line]), with);
}

static bool line_blank(const struct screen *s, unsigned line)
{
	return unblanked(s->line[line]).n == 0;
}

/* ---- Where the composer is ---- */

struct extent {
	unsigned from, end;	/* the lines from .. end - 1 */
};

/* The lines below are the client's footer, and not, say, the choices of a dialog. */
static bool footer_below(const struct screen *s, unsigned line)
{
	unsigned count = 0;

	for (; line < s->lines; line++)
		count += !line_blank(s, line);
	return count <= FOOTER_LINES_MAX;
}

static bool framed(const struct screen *s, const struct frame *f, struct extent *e)
{
	unsigned end = s->lines;

	while (end > 0 && !line_begins(s, end - 1, f->below))
		end--;
	if (end < 2 || !footer_below(s, end))
		return false;
	e->end = e->from = end - 1;
	if (f->bar) {
		while (e->from > 0 && line_begins(s, e->from - 1, f->bar))
			e->from--;
	} else {
		while (e->from > 0 && !line_begins(s, e->from - 1, f->above))
			e->from--;
		if (e->from == 0)
			return false;
	}
	if (f->status_inside && e->end > e->from)
		e->end--;
	return e->end > e->from;
}

/* From the last line with the sign at its very beginning to the last paragraph of the screen, which
 * is the footer. */
static bool unframed(const struct screen *s, const struct frame *f, struct extent *e)
{
	unsigned end = s->lines;

	while (end > 0 && line_blank(s, end - 1))
		end--;
	while (end > 0 && !line_blank(s, end - 1))
		end--;
	e->end = e->from = end;
	while (e->from > 0 && !begins(s->line[e->from], f->sign))
		e->from--;
	return e->from < e->end && begins(s->line[e->from], f->sign) && footer_below(s, e->end);
}

/* ---- What stands in it ---- */

/* Of a character that stands under a cursor drawn by the client, the next one tells how it is. */
static unsigned char drawn_at(const struct screen *s, const char *p, size_t bytes, size_t left)
{
	unsigned char drawn = s->drawn[p - s->text];

	if ((drawn & INVERSE) && left > bytes)
		return s->drawn[(size_t)(p - s->text) + bytes];
	return drawn;
}

struct contents {
	struct buf *typed;	/* all that is not dim */
	size_t dim;	/* characters that are */
	bool grey;	/* all of what is typed is grey */
};

static void line_read(const struct screen *s, struct slice line, struct contents *c)
{
	while (line.n) {
		struct utf8_char first = utf8_first(line);
		unsigned char drawn = drawn_at(s, line.p, first.bytes, line.n);

		if (blank_length(line)) {
			;
		} else if (drawn & DIM) {
			c->dim++;
		} else {
			buf_bytes(c->typed, line.p, first.bytes);
			c->grey = c->grey && (drawn & GREY);
		}
		line = slice_from(line, first.bytes);
	}
}

enum composer_state composer_read(enum composer_look look, struct slice captured, unsigned cursor,
				  struct buf *text)
{
	static struct screen s;
	const struct frame *f = &frames[look];
	struct contents c = { .typed = text, .grey = true };
	const size_t before = text->n;
	struct extent e;

	if (look == COMPOSER_UNKNOWN || !screen_taken(&s, captured) ||
	    !(f->below ? framed(&s, f, &e) : unframed(&s, f, &e)) ||
	    cursor < e.from || cursor >= e.end)
		return COMPOSER_UNSEEN;
	for (unsigned i = e.from; i < e.end; i++) {
		struct slice line = unblanked(s.line[i]);
		const char *mark = f->bar ? f->bar : i == e.from ? f->sign : NULL;

		if (mark && !begins(line, mark))
			return COMPOSER_UNSEEN;
		line_read(&s, mark ? slice_from(line, strlen(mark)) : line, &c);
	}
	if (text->full)
		return COMPOSER_DRAFT;
	if (f->placeholder && c.grey &&
	    begins((struct slice){ text->p + before, text->n - before }, f->placeholder))
		text->n = before;
	if (text->n > before)
		return COMPOSER_DRAFT;
	/* A draft of Codex's may begin with empty lines: only the placeholder shows that there is none. */
	return look == COMPOSER_CODEX && !c.dim ? COMPOSER_UNSEEN : COMPOSER_EMPTY;
}
