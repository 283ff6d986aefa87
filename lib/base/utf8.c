/* See utf8.h. */
#include "base/utf8.h"

struct utf8_char utf8_first(struct slice text)
{
	const uint8_t *p = (const uint8_t *)text.p;
	uint8_t lead = p[0], low = 0x80, high = 0xBF;
	uint32_t need, code;

	if (lead < 0x80)
		return (struct utf8_char){ lead, 1, true };
	if (lead < 0xC2 || lead > 0xF4)
		return (struct utf8_char){ 0xFFFD, 1, false };
	if (lead < 0xE0) {
		need = 1;
		code = lead & 0x1F;
	} else if (lead < 0xF0) {
		need = 2;
		code = lead & 0x0F;
		low = lead == 0xE0 ? 0xA0 : 0x80;
		high = lead == 0xED ? 0x9F : 0xBF;
	} else {
		need = 3;
		code = lead & 0x07;
		low = lead == 0xF0 ? 0x90 : 0x80;
		high = lead == 0xF4 ? 0x8F : 0xBF;
	}
	for (uint32_t i = 1; i <= need; i++) {
		if (i >= text.n || p[i] < low || p[i] > high)
			return (struct utf8_char){ 0xFFFD, i, false };
		code = code << 6 | (p[i] & 0x3F);
		low = 0x80;
		high = 0xBF;
	}
	return (struct utf8_char){ code, need + 1, true };
}

bool utf8_valid(struct slice text)
{
	while (text.n) {
		uint64_t eight;
		struct utf8_char c;

		if (text.n >= 8) {
			memcpy(&eight, text.p, 8);
			if (!(eight & 0x8080808080808080u)) {
				text = slice_from(text, 8);
				continue;
			}
		}
		c = utf8_first(text);
		if (!c.valid)
			return false;
		text = slice_from(text, c.bytes);
	}
	return true;
}

void utf8_put(struct buf *out, uint32_t code)
{
	char b[4];
	size_t n = 0;

	if (code < 0x80) {
		b[n++] = (char)code;
	} else if (code < 0x800) {
		b[n++] = (char)(0xC0 | code >> 6);
		b[n++] = (char)(0x80 | (code & 0x3F));
	} else if (code < 0x10000) {
		b[n++] = (char)(0xE0 | code >> 12);
		b[n++] = (char)(0x80 | (code >> 6 & 0x3F));
		b[n++] = (char)(0x80 | (code & 0x3F));
	} else {
		b[n++] = (char)(0xF0 | code >> 18);
		b[n++] = (char)(0x80 | (code >> 12 & 0x3F));
		b[n++] = (char)(0x80 | (code >> 6 & 0x3F));
		b[n++] = (char)(0x80 | (code & 0x3F));
	}
	buf_bytes(out, b, n);
}
