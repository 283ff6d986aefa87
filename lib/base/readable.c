/* See readable.h. */
#include "base/json.h"
#include "base/readable.h"
#include "base/utf8.h"

void readable_character(struct buf *out, uint32_t code)
{
	const uint8_t unit[] = { (uint8_t)(code >> 8), (uint8_t)code };

	if (code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
	    (code >= 0x2066 && code <= 0x2069)) {
		buf_text(out, "\\u");
		buf_hex(out, unit, sizeof(unit));
	} else {
		/* Half of a pair is no character. */
		utf8_put(out, code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code);
	}
}

size_t readable_first(struct buf *out, struct slice escaped)
{
	struct json_char c = json_first(escaped);

	if (c.code == '\n' || c.code == '\t')
		buf_char(out, (char)c.code);
	else
		readable_character(out, c.code);
	return c.bytes;
}

void readable_escaped(struct buf *out, struct slice escaped)
{
	while (escaped.n)
		escaped = slice_from(escaped, readable_first(out, escaped));
}
