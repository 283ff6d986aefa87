/* See screen.h. */
#include "base/decimal.h"
#include "host/screen.h"

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

/* Takes a parameter and the semicolon behind it; of one with parts (4:3, an underline's form) the
 * first part counts, and what is no number is 0. */
static int64_t parameter_taken(struct slice *rest)
{
	int64_t n;

	if (!decimal_take(rest, &n))
		n = 0;
	while (rest->n && rest->p[0] != ';')
		*rest = slice_from(*rest, 1);
	if (rest->n)
		*rest = slice_from(*rest, 1);
	return n;
}

/* Takes the colour after 38, 48 or 58 (text, ground, underline): is it a middle grey? */
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

		if (n == 38 || n == 48 || n == 58)
			grey = grey_taken(&parameters);
		if (n == 0)
			drawn = 0;
		else if (n == 2)
			drawn |= SCREEN_DIM;
		else if (n == 22)
			drawn &= (unsigned char)~SCREEN_DIM;
		else if (n == 7)
			drawn |= SCREEN_INVERSE;
		else if (n == 27)
			drawn &= (unsigned char)~SCREEN_INVERSE;
		else if ((n >= 30 && n <= 39) || (n >= 90 && n <= 97))
			drawn = (unsigned char)((drawn & ~SCREEN_GREY) | (grey ? SCREEN_GREY : 0));
	} while (parameters.n);
	return drawn;
}

/* Takes a string (a link: ESC ] ... ESC \\) off the text, but for its two last bytes. */
static void string_taken(struct slice *rest)
{
	*rest = slice_from(*rest, 2);
	while (rest->n && rest->p[0] != '\033')
		*rest = slice_from(*rest, 1);
}

/* Takes an escape sequence off the text; tmux writes SGR and links. */
static unsigned char sequence_taken(struct slice *rest, unsigned char drawn)
{
	struct slice parameters;
	size_t n = 2;

	if (rest->n < 2 || rest->p[1] != '[') {
		if (rest->n > 2 && rest->p[1] == ']')
			string_taken(rest);
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
	if (s->lines == SCREEN_LINES_MAX)
		return false;
	s->line[s->lines++] = (struct slice){ s->text + from, s->n - from };
	return true;
}

bool screen_read(struct screen *s, struct slice captured)
{
	struct slice rest = captured;
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
		if (s->n == SCREEN_BYTES_MAX)
			return false;
		s->drawn[s->n] = drawn;
		s->text[s->n++] = c;
	}
	return s->n == from || line_added(s, from);
}

unsigned char screen_drawn(const struct screen *s, const char *p)
{
	return s->drawn[p - s->text];
}
