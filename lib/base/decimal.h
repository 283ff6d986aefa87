/* Decimal numbers in text, as JavaScript reads them. */
#ifndef PEERHOOKS_BASE_DECIMAL_H
#define PEERHOOKS_BASE_DECIMAL_H

#include <stdint.h>

#include "base/slice.h"

struct decimal {
	int64_t floor;	/* towards zero; INT64_MAX or its negative if it is larger */
	bool whole;	/* nothing was cut off by that */
};

/* Reads `[+-] digits [. digits] [e [+-] digits]`, the whole text. False if it is none. */
bool decimal_read(struct slice text, struct decimal *d);

#endif
