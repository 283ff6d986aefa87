/* See composer.h. */
#include "agent/composer.h"
#include "base/utf8.h"
#include "host/screen.h"

enum {
	FOOTER_LINES_MAX = 5,	/* that are not blank; below a dialog's frame there are more */
	NO_BREAK_SPACE = 0xA0,	/* Claude Code draws one after its sign */
};

/*
 * What is around the lines of a composer. It ends at the last line that begins with `below` and
 * begins after the last line before it that begins with `above`; blanks before either do not count.
 */
static const struct frame {
	const char *above, *below;
	const char *sign;	/* what the first line begins with */
	const char *other_sign;	/* or with this, where nothing is asked before a tool is run */
	const char *bar;	/* what every line begins with */
	const char *placeholder;	/* grey words that stand in an empty one */
	bool status_inside;	/* its last line is none of the person's */
} frames[] = {
	[COMPOSER_CLAUDE] = { .above = "───", .below = "───", .sign = "❯" },
	[COMPOSER_GEMINI] = { .above = "▄▄▄", .below = "▀▀▀", .sign = ">", .other_sign = "*",
			      .placeholder = "Typeyourmessageor@path/to/file" },
	[COMPOSER_OPENCODE] = { .below = "╹▀▀▀", .bar = "┃", .placeholder = "Askanything…",
				.status_inside = true },
	[COMPOSER_PI] = { .above = "───", .below = "───" },
	/* Codex's has no frame: see unframed(). */
	[COMPOSER_CODEX] = { .sign = "›" },
};

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

/* How the character is drawn that the line begins with. One that stands under a cursor which the
 * client draws itself is as the next one is. */
static unsigned char drawn_first(const struct screen *s, struct slice line, size_t bytes)
{
	unsigned char drawn = screen_drawn(s, line.p);

	if ((drawn & SCREEN_INVERSE) && line.n > bytes)
		return screen_drawn(s, line.p + bytes);
	return drawn;
}

/* What that line of the composer has to begin with before any text, "" if nothing. */
static const char *mark_of(const struct frame *f, struct slice line, bool first)
{
	if (f->bar)
		return f->bar;
	if (!first || !f->sign)
		return "";
	return f->other_sign && begins(line, f->other_sign) ? f->other_sign : f->sign;
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
		unsigned char drawn = drawn_first(s, line, first.bytes);

		if (blank_length(line)) {
			;
		} else if (drawn & SCREEN_DIM) {
			c->dim++;
		} else {
			buf_bytes(c->typed, line.p, first.bytes);
			c->grey = c->grey && (drawn & SCREEN_GREY);
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

	if (look == COMPOSER_UNKNOWN || !screen_read(&s, captured) ||
	    !(f->below ? framed(&s, f, &e) : unframed(&s, f, &e)) ||
	    cursor < e.from || cursor >= e.end)
		return COMPOSER_UNSEEN;
	for (unsigned i = e.from; i < e.end; i++) {
		struct slice line = unblanked(s.line[i]);
		const char *mark = mark_of(f, line, i == e.from);

		if (!begins(line, mark))
			return COMPOSER_UNSEEN;
		line_read(&s, slice_from(line, strlen(mark)), &c);
	}
	if (text->full)
		return COMPOSER_DRAFT;
	if (f->placeholder && c.grey &&
	    begins((struct slice){ text->p + before, text->n - before }, f->placeholder))
		text->n = before;
	if (text->n > before)
		return COMPOSER_DRAFT;
	/* A draft of Codex's may begin with empty lines: only the placeholder shows that there is
	 * none. */
	return look == COMPOSER_CODEX && !c.dim ? COMPOSER_UNSEEN : COMPOSER_EMPTY;
}
