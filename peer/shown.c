/* See shown.h. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/label.h"
#include "base/clock.h"
#include "peer.h"
#include "shown.h"

enum { TEXT_BYTES = 65536, PREVIEW_BYTES = 60, LABELS_MAX = 1024 };

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

void shown_ago(struct buf *out, int64_t since_ms)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	int64_t s = (clock_now_ms() - since_ms) / 1000;
	size_t i = 0;

	s = s < 0 ? 0 : s;
	while (i < 3 && s < units[i].seconds)
		i++;
	buf_int(out, s / units[i].seconds);
	buf_char(out, units[i].unit);
}

bool shown_coloured(void)
{
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

static struct {
	unsigned count;
	struct label list[LABELS_MAX];
} labels;

void shown_labels_read(const struct store *s)
{
	static struct label_scan scan;

	labels.count = 0;
	if (label_open(&scan, s) != 0)
		return;
	while (labels.count < LABELS_MAX && label_next(&scan, &labels.list[labels.count]))
		labels.count++;
	label_close(&scan);
}

const char *shown_label(const char *session)
{
	for (unsigned i = 0; i < labels.count; i++) {
		if (strcmp(labels.list[i].session, session) == 0)
			return labels.list[i].name;
	}
	return "";
}

void shown_session(struct buf *out, const char *session)
{
	const char *label = shown_label(session);

	peer_text(out, slice_of(*label ? label : session));
	if (!*label)
		return;
	buf_text(out, " (");
	peer_text(out, slice_of(session));
	buf_char(out, ')');
}
