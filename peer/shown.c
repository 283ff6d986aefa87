/* See shown.h. */
#include <time.h>

#include "peer.h"
#include "shown.h"

enum { TEXT_BYTES = 65536, PREVIEW_BYTES = 60 };

void shown_text(struct buf *out, struct slice escaped)
{
	static char text[TEXT_BYTES];
	struct buf b = buf_over(text, sizeof(text));

	json_decode(escaped, &b);
	peer_text(out, buf_slice(&b));
}

void shown_preview(struct buf *out, struct slice escaped)
{
	static char text[TEXT_BYTES];
	struct buf b = buf_over(text, sizeof(text));

	shown_text(&b, escaped);
	if (b.n > PREVIEW_BYTES) {
		/* Not in the middle of a character. */
		b.n = PREVIEW_BYTES;
		while (b.n && ((unsigned char)b.p[b.n] & 0xC0) == 0x80)
			b.n--;
		buf_text(&b, "...");
	}
	buf_put(out, buf_slice(&b));
}

static void two_digits(struct buf *out, const char *before, int n)
{
	buf_text(out, before);
	buf_text(out, n < 10 ? "0" : "");
	buf_int(out, n);
}

void shown_time(struct buf *out, int64_t ms)
{
	const time_t when = (time_t)(ms / 1000);
	struct tm local;

	if (!localtime_r(&when, &local)) {
		buf_int(out, ms);
		return;
	}
	buf_int(out, local.tm_year + 1900);
	two_digits(out, "-", local.tm_mon + 1);
	two_digits(out, "-", local.tm_mday);
	two_digits(out, " ", local.tm_hour);
	two_digits(out, ":", local.tm_min);
	two_digits(out, ":", local.tm_sec);
}
