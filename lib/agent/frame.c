/* See frame.h. What counts is the decoded text: `<` may come as <, or as \u003c. */
#include "agent/frame.h"
#include "base/json.h"
#include "base/utf8.h"

#define FIRST_CHARACTERS "-[<"	/* of marks */

static const char *const client_tags[] = {
	"system-reminder", "hook_context", "hook_prompt", "task-notification",
	"persisted-output", "cross-session-message",
};

/* The ASCII character that this one looks like: full-width forms and dashes of all kinds. */
static uint32_t folded(uint32_t c)
{
	if (c >= 0xFF01 && c <= 0xFF5E)
		return c - 0xFF00 + ' ';
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE58 || c == 0xFE63)
		return '-';
	return c;
}

/* Takes the next character off the text; 0 at its end (U+0000 is no part of a mark either). */
static uint32_t take(struct slice *text)
{
	struct json_char c;

	if (text->n == 0)
		return 0;
	c = json_first(*text);
	*text = slice_from(*text, c.bytes);
	return folded(c.code);
}

/* What takes no room on a screen: it may stand even inside the words of a mark. */
static bool invisible(uint32_t c)
{
	return (c > 0 && c < '\t') || (c > '\r' && c < ' ') || (c >= 0x7F && c < 0xA0) ||
	       c == 0xAD || c == 0x34F || c == 0x61C || c == 0x115F || c == 0x1160 ||
	       c == 0x17B4 || c == 0x17B5 || (c >= 0x180B && c <= 0x180F) ||
	       (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
	       (c >= 0x2060 && c <= 0x206F) || c == 0x3164 || (c >= 0xFE00 && c <= 0xFE0F) ||
	       c == 0xFEFF || c == 0xFFA0 || (c >= 0xFFF0 && c <= 0xFFFB) ||
	       (c >= 0x1BCA0 && c <= 0x1BCA3) || (c >= 0x1D173 && c <= 0x1D17A) ||
	       (c >= 0xE0000 && c <= 0xE0FFF);
}

static bool blank(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
	       c == 0x205F || c == 0x2800 || c == 0x3000 || invisible(c);
}

static struct slice after_blanks(struct slice text)
{
	struct slice next = text;

	while (blank(take(&next)))
		text = next;
	return text;
}

/* Does the text begin with the word, in any case? Then passes it. */
static bool word(struct slice *text, const char *lower)
{
	struct slice rest = *text;

	while (*lower) {
		uint32_t c = take(&rest);

		if (invisible(c))
			continue;
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c != (unsigned char)*lower++)
			return false;
	}
	*text = rest;
	return true;
}

static bool header_follows(struct slice rest)
{
	for (int i = 0; i < 2; i++) {
		rest = after_blanks(rest);
		if (take(&rest) != '-')
			return false;
	}
	rest = after_blanks(rest);
	return word(&rest, "msg");
}

static bool note_follows(struct slice rest)
{
	rest = after_blanks(rest);
	return word(&rest, "oxtail");
}

static bool tag_follows(struct slice rest)
{
	struct slice slash;

	rest = after_blanks(rest);
	slash = rest;
	if (take(&slash) == '/')
		rest = after_blanks(slash);
	for (size_t i = 0; i < sizeof(client_tags) / sizeof(client_tags[0]); i++) {
		if (word(&rest, client_tags[i]))
			return true;
	}
	return false;
}

/* Do the first character and what follows it make a mark of the frame? */
static bool mark(uint32_t first, struct slice rest)
{
	struct slice next = rest;

	if (first > 127 || first == 0 || !strchr(FIRST_CHARACTERS, (int)first))
		return false;
	while (take(&next) == '\\')
		rest = next;
	if (first == '-')
		return header_follows(rest);
	return first == '[' ? note_follows(rest) : tag_follows(rest);
}

struct framed frame_body(struct buf *out, struct slice escaped, size_t max_units)
{
	struct framed done = { 0, false };

	while (escaped.n) {
		size_t plain = json_plain(escaped, FIRST_CHARACTERS);
		struct json_char c;
		unsigned units;

		if (plain > max_units - done.units)
			plain = max_units - done.units;
		buf_bytes(out, escaped.p, plain);
		done.units += plain;
		escaped = slice_from(escaped, plain);
		if (escaped.n == 0)
			break;
		c = json_first(escaped);
		units = utf16_units(c.code);
		if (done.units + units > max_units) {
			done.cut = true;
			break;
		}
		if (c.bad || (c.code >= 0xD800 && c.code <= 0xDFFF))
			utf8_put(out, 0xFFFD);
		else
			buf_bytes(out, escaped.p, c.bytes);
		done.units += units;
		escaped = slice_from(escaped, c.bytes);
		if (mark(folded(c.code), escaped))
			buf_text(out, "\\\\");
	}
	return done;
}
