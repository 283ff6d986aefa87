/*
 * See json.h. One state machine walks the text from left to right. Which kind each open
 * container is stands in a set of bits, one for each level, so that nothing recurses. Inside
 * strings, where most bytes are, 16 bytes are looked at in one step.
 */
#include "base/decimal.h"
#include "base/json.h"
#include "base/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

struct scan {
	const char *p;
	const char *end;
	enum json_status status;
	unsigned depth;
	uint64_t objects[JSON_DEPTH_MAX / 64];	/* bit d: level d is an object, not an array */
};

static bool stop(struct scan *s, enum json_status why)
{
	s->status = why;
	return false;
}

static void blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

/* Passes blanks; true if a byte follows. */
static bool more(struct scan *s)
{
	blanks(s);
	return s->p < s->end || stop(s, JSON_SHORT);
}

/* The first quote, backslash or control byte at or after p; `end` if there is none. */
static const char *special(const char *p, const char *end)
{
#if defined(__SSE2__)
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
	const __m128i control = _mm_set1_epi8(0x1F);

	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash));
		int mask;

		hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
		mask = _mm_movemask_epi8(hit);
		if (mask)
			return p + __builtin_ctz((unsigned)mask);
	}
#elif defined(__ARM_NEON) && defined(__aarch64__)
	for (; end - p >= 16; p += 16) {
		uint8x16_t v = vld1q_u8((const uint8_t *)p);
		uint8x16_t hit = vcltq_u8(v, vdupq_n_u8(0x20));

		hit = vorrq_u8(hit, vceqq_u8(v, vdupq_n_u8('"')));
		hit = vorrq_u8(hit, vceqq_u8(v, vdupq_n_u8('\\')));
		if (vmaxvq_u8(hit))
			break;
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* At a backslash; passes the escape. */
static bool escape(struct scan *s)
{
	if (s->end - s->p < 2)
		return stop(s, JSON_SHORT);
	switch (s->p[1]) {
	case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
		s->p += 2;
		return true;
	case 'u':
		break;
	default:
		return stop(s, JSON_BAD);
	}
	for (int i = 2; i < 6; i++) {
		if (s->p + i >= s->end)
			return stop(s, JSON_SHORT);
		if (hex_digit(s->p[i]) < 0)
			return stop(s, JSON_BAD);
	}
	s->p += 6;
	return true;
}

/* At a quote; passes the string. */
static bool string(struct scan *s)
{
	s->p++;
	for (;;) {
		s->p = special(s->p, s->end);
		if (s->p == s->end)
			return stop(s, JSON_SHORT);
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		if (*s->p != '\\')
			return stop(s, JSON_BAD);
		if (!escape(s))
			return false;
	}
}

/* Passes one or more digits. */
static bool digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	if (s->p > from)
		return true;
	return stop(s, s->p == s->end ? JSON_SHORT : JSON_BAD);
}

static bool number(struct scan *s)
{
	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!digits(s))
		return false;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!digits(s))
			return false;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!digits(s))
			return false;
	}
	return true;
}

static bool literal(struct scan *s, const char *word)
{
	for (; *word; word++, s->p++) {
		if (s->p == s->end)
			return stop(s, JSON_SHORT);
		if (*s->p != *word)
			return stop(s, JSON_BAD);
	}
	return true;
}

static bool scalar(struct scan *s)
{
	switch (*s->p) {
	case '"':
		return string(s);
	case 't':
		return literal(s, "true");
	case 'f':
		return literal(s, "false");
	case 'n':
		return literal(s, "null");
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return number(s);
	}
	return stop(s, JSON_BAD);
}

/* At a key's quote; passes the key, the colon and the blanks up to the value. */
static bool key(struct scan *s, struct slice *escaped)
{
	const char *from = s->p + 1;

	if (*s->p != '"')
		return stop(s, JSON_BAD);
	if (!string(s))
		return false;
	*escaped = (struct slice){ from, (size_t)(s->p - 1 - from) };
	if (!more(s))
		return false;
	if (*s->p != ':')
		return stop(s, JSON_BAD);
	s->p++;
	return more(s);
}

static bool in_object(const struct scan *s)
{
	unsigned level = s->depth - 1;

	return s->objects[level / 64] >> level % 64 & 1;
}

/* At a bracket or brace; opens a level and stands on its first byte that is no blank. */
static bool open_level(struct scan *s)
{
	unsigned level = s->depth;
	uint64_t bit = (uint64_t)1 << level % 64;

	if (level == JSON_DEPTH_MAX)
		return stop(s, JSON_DEEP);
	if (*s->p == '{')
		s->objects[level / 64] |= bit;
	else
		s->objects[level / 64] &= ~bit;
	s->depth++;
	s->p++;
	return more(s);
}

/* Closes the level if its closing byte stands here. */
static bool close_level(struct scan *s)
{
	if (*s->p != (in_object(s) ? '}' : ']'))
		return false;
	s->p++;
	s->depth--;
	return true;
}

/* Before a member of the open level: in an object, passes the key. */
static bool at_member(struct scan *s)
{
	struct slice ignored;

	return !in_object(s) || key(s, &ignored);
}

/*
 * After a value: closes what ends here. True if another value follows or the level that we
 * began at is reached again (`s->depth == bottom`).
 */
static bool after_value(struct scan *s, unsigned bottom)
{
	while (s->depth > bottom) {
		if (!more(s))
			return false;
		if (close_level(s))
			continue;
		if (*s->p != ',')
			return stop(s, JSON_BAD);
		s->p++;
		return more(s) && at_member(s);
	}
	return true;
}

/* At the first byte of a value; passes the whole value. */
static bool value(struct scan *s)
{
	unsigned bottom = s->depth;

	for (;;) {
		if (*s->p == '{' || *s->p == '[') {
			if (!open_level(s))
				return false;
			if (!close_level(s)) {
				if (!at_member(s))
					return false;
				continue;
			}
		} else if (!scalar(s)) {
			return false;
		}
		if (!after_value(s, bottom))
			return false;
		if (s->depth == bottom)
			return true;
	}
}

static enum json_status ended(struct scan *s)
{
	blanks(s);
	return s->p == s->end ? JSON_OK : JSON_BAD;
}

static struct scan scan_of(struct slice text)
{
	return (struct scan){ .p = text.p, .end = text.p + text.n, .status = JSON_OK };
}

enum json_status json_check(struct slice text)
{
	struct scan s = scan_of(text);

	if (!more(&s) || !value(&s))
		return s.status;
	if (ended(&s) != JSON_OK)
		return JSON_BAD;
	return utf8_valid(text) ? JSON_OK : JSON_BAD;
}

static enum json_type type_at(const char *p)
{
	switch (*p) {
	case '"':
		return JSON_STRING;
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	}
	return JSON_NUMBER;
}

static void keep_if_wanted(struct slice name, struct json_value found,
			   struct json_member *wanted, size_t count)
{
	const char first = name.n ? *name.p : '\0';

	for (size_t i = 0; i < count; i++) {
		/* Most names differ here already; what begins with a backslash may be any. */
		if (first != *wanted[i].name && first != '\\')
			continue;
		if (json_is(name, wanted[i].name))
			wanted[i].value = found;
	}
}

/* At the first byte of a value; passes and takes it. */
static bool value_taken(struct scan *s, struct json_value *found)
{
	const char *from = s->p;

	found->type = type_at(from);
	if (!value(s))
		return false;
	found->text = (struct slice){ from, (size_t)(s->p - from) };
	if (found->type == JSON_STRING)
		found->text = (struct slice){ from + 1, found->text.n - 2 };
	return true;
}

/* At a key of the top level; passes the member. */
static bool member(struct scan *s, struct json_member *wanted, size_t count)
{
	struct slice name;
	struct json_value found;

	if (!key(s, &name) || !value_taken(s, &found))
		return false;
	keep_if_wanted(name, found, wanted, count);
	return true;
}

struct json_value json_element(struct json_value array)
{
	struct scan s = scan_of(array.text);
	struct json_value found = { .type = JSON_ABSENT };

	if (array.type != JSON_ARRAY || !open_level(&s) || close_level(&s) ||
	    !value_taken(&s, &found))
		return (struct json_value){ .type = JSON_ABSENT };
	return found;
}

enum json_status json_object(struct slice text, struct json_member *wanted, size_t count)
{
	struct scan s = scan_of(text);

	for (size_t i = 0; i < count; i++)
		wanted[i].value = (struct json_value){ .type = JSON_ABSENT };
	if (!more(&s))
		return s.status;
	if (*s.p != '{')
		return JSON_BAD;
	if (!open_level(&s))
		return s.status;
	if (close_level(&s))
		return ended(&s);
	for (;;) {
		if (!member(&s, wanted, count) || !more(&s))
			return s.status;
		if (close_level(&s))
			return ended(&s);
		if (*s.p != ',')
			return JSON_BAD;
		s.p++;
		if (!more(&s))
			return s.status;
	}
}

static uint32_t hex4(const char *p)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++)
		code = code << 4 | (uint32_t)hex_digit(p[i]);
	return code;
}

/* The character of an escape \uXXXX, with the half that may follow it. */
static struct json_char unicode_escape(struct slice s)
{
	uint32_t high = hex4(s.p + 2), low;

	if (high < 0xD800 || high > 0xDBFF || s.n < 12 || s.p[6] != '\\' || s.p[7] != 'u')
		return (struct json_char){ high, 6, false };
	low = hex4(s.p + 8);
	if (low < 0xDC00 || low > 0xDFFF)
		return (struct json_char){ high, 6, false };
	return (struct json_char){ 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 12, false };
}

static const char letters[] = "btn\0fr";	/* U+0008 to U+000D, but U+000B, as escapes */

struct json_char json_first(struct slice escaped)
{
	if (*escaped.p != '\\') {
		struct utf8_char c = utf8_first(escaped);

		return (struct json_char){ c.code, c.bytes, !c.valid };
	}
	if (escaped.p[1] == 'u')
		return unicode_escape(escaped);
	for (uint32_t c = '\b'; c <= '\r'; c++) {
		if (escaped.p[1] == letters[c - '\b'])
			return (struct json_char){ c, 2, false };
	}
	return (struct json_char){ (uint32_t)escaped.p[1], 2, false };
}

size_t json_plain(struct slice escaped, const char *others)
{
	bool stops[128] = { ['\\'] = true };
	size_t n = 0;

	for (; *others; others++)
		stops[*others & 127] = true;
	while (n < escaped.n && (signed char)escaped.p[n] >= 0 && !stops[(int)escaped.p[n]])
		n++;
	return n;
}

void json_decode(struct slice escaped, struct buf *out)
{
	while (escaped.n) {
		size_t plain = json_plain(escaped, "");
		struct json_char c;

		buf_bytes(out, escaped.p, plain);
		escaped = slice_from(escaped, plain);
		if (escaped.n == 0)
			break;
		c = json_first(escaped);
		utf8_put(out, c.code);
		escaped = slice_from(escaped, c.bytes);
	}
}

bool json_take(struct json_value v, char *into, size_t size)
{
	struct buf b = buf_over(into, size);

	if (v.type == JSON_STRING)
		json_decode(v.text, &b);
	if (v.type == JSON_STRING && buf_cstr(&b) && !memchr(into, '\0', b.n))
		return true;
	into[0] = '\0';
	return false;
}

bool json_same(struct slice a, struct slice b)
{
	while (a.n && b.n && *a.p == *b.p && *a.p != '\\') {
		a = slice_from(a, 1);
		b = slice_from(b, 1);
	}
	/* Without an escape, bytes that differ are characters that differ, good UTF-8 or not. */
	if (a.n == 0 || b.n == 0 || (*a.p != '\\' && *b.p != '\\'))
		return a.n == 0 && b.n == 0;
	while (a.n && b.n) {
		struct json_char x = json_first(a), y = json_first(b);

		if (x.code != y.code)
			return false;
		a = slice_from(a, x.bytes);
		b = slice_from(b, y.bytes);
	}
	return a.n == b.n;
}

bool json_is(struct slice escaped, const char *text)
{
	while (escaped.n && *text && *escaped.p == *text) {
		escaped = slice_from(escaped, 1);
		text++;
	}
	if (escaped.n && *escaped.p == '\\')
		return json_same(escaped, slice_of(text));
	return escaped.n == 0 && !*text;
}

bool json_string_is(const struct json_value *value, const char *text)
{
	return value->type == JSON_STRING && json_is(value->text, text);
}

/* A surrogate in WTF-8, as json_decode writes it. */
static bool surrogate_bytes(struct slice text)
{
	return text.n >= 3 && (uint8_t)text.p[0] == 0xED && (uint8_t)text.p[1] >= 0xA0 &&
	       (uint8_t)text.p[1] <= 0xBF && ((uint8_t)text.p[2] & 0xC0) == 0x80;
}

static void unicode_escape_out(struct buf *out, uint32_t code)
{
	uint8_t bytes[2] = { (uint8_t)(code >> 8), (uint8_t)code };

	buf_text(out, "\\u");
	buf_hex(out, bytes, sizeof(bytes));
}

static void control_out(struct buf *out, char c)
{
	if (c >= '\b' && c <= '\r' && letters[c - '\b']) {
		buf_char(out, '\\');
		buf_char(out, letters[c - '\b']);
	} else {
		unicode_escape_out(out, (uint32_t)c);
	}
}

/* Appends the character that is no plain run, and says how many bytes of the text it took. */
static size_t character_out(struct buf *out, struct slice text)
{
	char c = *text.p;
	struct utf8_char u;

	if (c == '"' || c == '\\') {
		buf_char(out, '\\');
		buf_char(out, c);
		return 1;
	}
	if ((unsigned char)c < 0x20) {
		control_out(out, c);
		return 1;
	}
	if (surrogate_bytes(text)) {
		unicode_escape_out(out, 0xD000u | ((uint32_t)text.p[1] & 0x3F) << 6 |
						((uint32_t)text.p[2] & 0x3F));
		return 3;
	}
	u = utf8_first(text);
	utf8_put(out, u.code);
	return u.bytes;
}

void json_string(struct buf *out, struct slice text)
{
	buf_char(out, '"');
	while (text.n) {
		size_t run = 0;

		while (run < text.n && (unsigned char)text.p[run] >= 0x20 &&
		       (unsigned char)text.p[run] < 0x80 && text.p[run] != '"' &&
		       text.p[run] != '\\')
			run++;
		buf_bytes(out, text.p, run);
		text = slice_from(text, run);
		if (text.n)
			text = slice_from(text, character_out(out, text));
	}
	buf_char(out, '"');
}

void json_name(struct buf *out, const char *name)
{
	if (out->n && out->p[out->n - 1] != '{')
		buf_char(out, ',');
	buf_char(out, '"');
	buf_text(out, name);
	buf_text(out, "\":");
}

void json_member_text(struct buf *out, const char *name, const char *text)
{
	json_name(out, name);
	if (text && *text)
		json_string(out, slice_of(text));
	else
		buf_text(out, "null");
}

void json_member_value(struct buf *out, const char *name, struct json_value value)
{
	json_name(out, name);
	if (value.type != JSON_STRING) {
		buf_text(out, "null");
		return;
	}
	buf_char(out, '"');
	buf_put(out, value.text);
	buf_char(out, '"');
}

void json_member_int(struct buf *out, const char *name, int64_t n)
{
	json_name(out, name);
	buf_int(out, n);
}

void json_member_known(struct buf *out, const char *name, int64_t n)
{
	if (n > 0)
		json_member_int(out, name, n);
	else
		json_member_text(out, name, NULL);
}

void json_member_bool(struct buf *out, const char *name, bool value)
{
	json_name(out, name);
	buf_text(out, value ? "true" : "false");
}

int64_t json_int(struct json_value value, int64_t otherwise)
{
	struct decimal d;

	if (value.type != JSON_NUMBER || !decimal_read(value.text, &d) || !d.exact)
		return otherwise;
	return d.whole;
}
