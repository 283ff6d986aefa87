/* See decimal.h. All digits make one integer; point and exponent then say how far to shift it. */
#include "base/decimal.h"

enum { SHIFT_MAX = 400 };	/* beyond what a double can hold */

static bool at(struct slice text, char c)
{
	return text.n && *text.p == c;
}

/* Takes digits off the text into *n; counts them, and those of them that were one too many. */
static int digits(struct slice *text, int64_t *n, int *dropped)
{
	int count = 0;

	while (text->n && *text->p >= '0' && *text->p <= '9') {
		if (*n < INT64_MAX / 10 - 1)
			*n = *n * 10 + (*text->p - '0');
		else
			(*dropped)++;
		*text = slice_from(*text, 1);
		count++;
	}
	return count;
}

static bool exponent(struct slice *text, int *shift)
{
	bool negative;
	int64_t n = 0;
	int dropped = 0;

	*text = slice_from(*text, 1);
	negative = at(*text, '-');
	if (negative || at(*text, '+'))
		*text = slice_from(*text, 1);
	if (digits(text, &n, &dropped) == 0)
		return false;
	if (n > SHIFT_MAX || dropped)
		n = SHIFT_MAX;
	*shift += negative ? -(int)n : (int)n;
	return true;
}

bool decimal_read(struct slice text, struct decimal *d)
{
	bool negative = at(text, '-');
	int64_t n = 0;
	int count, fraction = 0, dropped = 0, shift = 0;

	if (negative || at(text, '+'))
		text = slice_from(text, 1);
	count = digits(&text, &n, &dropped);
	if (at(text, '.')) {
		text = slice_from(text, 1);
		fraction = digits(&text, &n, &dropped);
	}
	if (count + fraction == 0)
		return false;
	if ((at(text, 'e') || at(text, 'E')) && !exponent(&text, &shift))
		return false;
	d->exact = dropped == 0;
	shift += dropped - fraction;
	for (; shift < 0 && n; shift++) {
		d->exact = d->exact && n % 10 == 0;
		n /= 10;
	}
	for (; shift > 0 && n && n != INT64_MAX; shift--)
		n = n <= INT64_MAX / 10 ? n * 10 : INT64_MAX;
	d->whole = negative ? -n : n;
	return text.n == 0;
}

bool decimal_take(struct slice *text, int64_t *n)
{
	int dropped = 0, count;

	*n = 0;
	count = digits(text, n, &dropped);
	return count > 0 && dropped == 0;
}
