/* See setting.h. */
#include <strings.h>

#include "base/decimal.h"
#include "base/setting.h"

int64_t setting_number(const char *value, int64_t otherwise)
{
	struct decimal d;

	if (!value || !decimal_read(slice_trimmed(slice_of(value)), &d) || d.whole <= 0)
		return otherwise;
	return d.whole;
}

bool setting_off(const char *value)
{
	static const char off[] = "off";
	struct slice word = slice_trimmed(slice_of(value ? value : ""));

	return word.n == sizeof(off) - 1 && strncasecmp(word.p, off, word.n) == 0;
}
