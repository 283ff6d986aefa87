/*
 * See diff.h. Both texts are walked together. Where they differ, the nearest place is looked for at
 * which two lines in a row are the same again: enough for texts of which we know that something was
 * put in here and taken out there.
 */
#include "base/diff.h"
#include "base/memory.h"

enum {
	AROUND = 3,	/* lines shown before and after a change */
	REACH = 2000,	/* lines in which the same ones are looked for again */
};

struct lines {
	struct slice text;
	struct buf memory;	/* of offsets */
	const size_t *at;	/* where each line begins; one more: the end */
	size_t n;
};

/* Lines of the first text that are replaced by lines of the second. */
struct change {
	size_t a, a_n, b, b_n;
};

struct diff {
	struct lines a, b;
	struct buf memory;
	struct change *changes;
	size_t n;
	struct buf out;
};

static bool lines_split(struct lines *l, struct slice text)
{
	size_t count = 1;
	size_t *at;

	for (size_t i = 0; i < text.n; i++)
		count += text.p[i] == '\n';
	*l = (struct lines){ .text = text, .memory = memory_buf((count + 1) * sizeof(size_t)) };
	if (!l->memory.p)
		return false;
	at = (size_t *)(void *)l->memory.p;
	l->at = at;
	for (size_t i = 0; i < text.n; i++) {
		if (i == 0 || text.p[i - 1] == '\n')
			at[l->n++] = i;
	}
	at[l->n] = text.n;
	return true;
}

/* A line with its end. */
static struct slice line(const struct lines *l, size_t i)
{
	return (struct slice){ l->text.p + l->at[i], l->at[i + 1] - l->at[i] };
}

/* The same line, or the end, in both. */
static bool meets(const struct diff *d, size_t i, size_t j)
{
	if (i >= d->a.n || j >= d->b.n)
		return i >= d->a.n && j >= d->b.n;
	return slice_eq(line(&d->a, i), line(&d->b, j));
}

/* From a place where they differ: how many lines on they are the same again. */
static void rejoined(const struct diff *d, struct change *c)
{
	const size_t rest_a = d->a.n - c->a, rest_b = d->b.n - c->b;

	for (size_t far = 1; far <= REACH; far++) {
		for (size_t i = 0; i <= far; i++) {
			if (i > rest_a || far - i > rest_b ||
			    !meets(d, c->a + i, c->b + far - i) ||
			    !meets(d, c->a + i + 1, c->b + far - i + 1))
				continue;
			c->a_n = i;
			c->b_n = far - i;
			return;
		}
	}
	/* All the rest, but for what they end with alike. */
	c->a_n = rest_a;
	c->b_n = rest_b;
	while (c->a_n && c->b_n && meets(d, c->a + c->a_n - 1, c->b + c->b_n - 1)) {
		c->a_n--;
		c->b_n--;
	}
}

static void compared(struct diff *d)
{
	size_t i = 0, j = 0;

	while (i < d->a.n || j < d->b.n) {
		if (i < d->a.n && j < d->b.n && meets(d, i, j)) {
			i++;
			j++;
			continue;
		}
		d->changes[d->n] = (struct change){ .a = i, .b = j };
		rejoined(d, &d->changes[d->n]);
		i += d->changes[d->n].a_n;
		j += d->changes[d->n].b_n;
		d->n++;
	}
}

static void lines_out(struct diff *d, char sign, const struct lines *l, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++) {
		struct slice text = line(l, i);

		buf_char(&d->out, sign);
		buf_put(&d->out, text);
		if (text.n == 0 || text.p[text.n - 1] != '\n')
			buf_text(&d->out, "\n\\ No newline at end of file\n");
	}
}

static void range_out(struct diff *d, const char *sign, size_t from, size_t n)
{
	buf_text(&d->out, sign);
	buf_int(&d->out, (int64_t)(n ? from + 1 : from));
	buf_char(&d->out, ',');
	buf_int(&d->out, (int64_t)n);
}

/* Changes first to last, near enough to stand in one hunk. */
static void hunk_out(struct diff *d, size_t first, size_t last)
{
	const struct change *f = &d->changes[first], *l = &d->changes[last];
	const size_t before = f->a < AROUND ? f->a : AROUND, rest = d->a.n - l->a - l->a_n;
	const size_t after = rest < AROUND ? rest : AROUND;

	range_out(d, "@@ -", f->a - before, before + l->a + l->a_n - f->a + after);
	range_out(d, " +", f->b - before, before + l->b + l->b_n - f->b + after);
	buf_text(&d->out, " @@\n");
	lines_out(d, ' ', &d->a, f->a - before, before);
	for (size_t i = first; i <= last; i++) {
		const struct change *c = &d->changes[i];
		size_t end = c->a + c->a_n;

		lines_out(d, '-', &d->a, c->a, c->a_n);
		lines_out(d, '+', &d->b, c->b, c->b_n);
		lines_out(d, ' ', &d->a, end, i < last ? c[1].a - end : after);
	}
}

static void changes_out(struct diff *d, const char *name_before, const char *name_after)
{
	if (d->n == 0)
		return;
	buf_text(&d->out, "--- ");
	buf_text(&d->out, name_before);
	buf_text(&d->out, "\n+++ ");
	buf_text(&d->out, name_after);
	buf_char(&d->out, '\n');
	for (size_t first = 0, last; first < d->n; first = last + 1) {
		for (last = first; last + 1 < d->n; last++) {
			const struct change *c = &d->changes[last];

			if (c[1].a - c->a - c->a_n > 2 * AROUND)
				break;
		}
		hunk_out(d, first, last);
	}
}

struct buf diff_unified(struct slice before, struct slice after, const char *name_before,
			const char *name_after)
{
	enum { HEAD = 100, SIGNS = 40 };	/* bytes: of a hunk's first line, around a line */
	struct diff d = { .n = 0 };

	d.out = (struct buf){ .full = true };
	if (lines_split(&d.a, before) && lines_split(&d.b, after)) {
		const size_t lines = d.a.n + d.b.n + 1;

		d.memory = memory_buf(lines * sizeof(struct change));
		d.changes = (struct change *)(void *)d.memory.p;
		d.out = memory_buf(before.n + after.n + lines * (HEAD + SIGNS) +
				   strlen(name_before) + strlen(name_after));
	}
	if (d.memory.p && d.out.p) {
		compared(&d);
		changes_out(&d, name_before, name_after);
	}
	memory_free(&d.a.memory);
	memory_free(&d.b.memory);
	memory_free(&d.memory);
	return d.out;
}
