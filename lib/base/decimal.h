/* Decimal numbers in text, as JavaScript reads them. */
#ifndef PEERHOOKS_BASE_DECIMAL_H
#define PEERHOOKS_BASE_DECIMAL_H

#include <stdint.h>

#include "base/slice.h"

struct decimal {
	int64_t whole;	/* without the fraction; INT64_MAX or its negative if it is larger */
	bool exact;	/* that is all of it */
};

/* Reads `[+-] digits [. digits] [e [+-] digits]`, the whole text. False if it is none. */
bool decimal_read(struct slice text, struct decimal *d);

/* Takes the digits that a text begins with, and what they say. False if there are none, or too
 * many for the type. */
bool decimal_take(struct slice *text, int64_t *n);

#endif
