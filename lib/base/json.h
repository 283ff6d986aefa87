/*
 * JSON: a strict RFC 8259 scanner over (pointer, length), and a writer.
 *
 * The scanner allocates nothing, does not recurse, copies nothing: it hands out slices of the
 * text it was given. Strings come as they stand between their quotes, still escaped; decode on
 * demand. A byte above 0x7F inside a string passes unlooked at (a mailbox may hold bad UTF-8,
 * which reads as U+FFFD); json_check is the one that insists on UTF-8 throughout.
 */
#ifndef PEERHOOKS_BASE_JSON_H
#define PEERHOOKS_BASE_JSON_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

enum { JSON_DEPTH_MAX = 512 };	/* arrays and objects inside each other */

enum json_type {
	JSON_ABSENT,	/* no such member */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

enum json_status {
	JSON_OK,
	JSON_BAD,	/* not JSON, or not of the wanted type */
	JSON_DEEP,	/* deeper than JSON_DEPTH_MAX */
	JSON_SHORT,	/* good so far, but the text ends too early */
};

struct json_value {
	enum json_type type;
	struct slice text;	/* of a string: between the quotes, escaped; else the whole token */
};

struct json_member {
	const char *name;	/* in: the decoded key */
	struct json_value value;	/* out: JSON_ABSENT if the object has no such key */
};

/* JSON_OK if the whole text is one JSON text in valid UTF-8, with blanks around at most. */
enum json_status json_check(struct slice text);

/*
 * Scans a text that must be one object, once, and fills in the wanted members of its top level.
 * Of a repeated key the last counts, as in JSON.parse; a key may be written with escapes. When
 * the result is not JSON_OK, the members hold what had been read whole up to there.
 */
enum json_status json_object(struct slice text, struct json_member *wanted, size_t count);

/* The first element of an array that was scanned; absent if it has none or is no array. */
struct json_value json_element(struct json_value array);

/* One character of an escaped string. */
struct json_char {
	uint32_t code;	/* code point; a lone surrogate is itself; bad UTF-8 is U+FFFD */
	uint32_t bytes;	/* how many bytes it takes in the escaped text */
	bool bad;	/* the bytes are not UTF-8: who copies them must write U+FFFD instead */
};

/* How many bytes at the beginning of an escaped string are ASCII characters that stand for
 * themselves and are none of `others`. Most text is, and need not be taken bit by bit. */
size_t json_plain(struct slice escaped, const char *others);

/* The first character of an escaped string, which must not be empty and must come from here. */
struct json_char json_first(struct slice escaped);

/*
 * Appends the decoded string: UTF-8, but for lone surrogates, which become the three bytes of
 * WTF-8; json_string turns those back into \udxxx, so that decoding and writing is exact.
 */
void json_decode(struct slice escaped, struct buf *out);

/*
 * Decodes a string into memory of that size, as a C string. False, and the memory holds an empty
 * one, if it is no string, does not fit, or holds a NUL.
 */
bool json_take(struct json_value v, char *into, size_t size);

/* Do two escaped strings mean the same? */
bool json_same(struct slice a, struct slice b);

/* Does an escaped string mean this text, which holds no backslash? */
bool json_is(struct slice escaped, const char *text);

/* The same of a value, which may be of any type. */
bool json_string_is(const struct json_value *value, const char *text);

/* Appends the text as a JSON string with its quotes, escaped exactly as JSON.stringify does;
 * bad UTF-8 becomes U+FFFD. */
void json_string(struct buf *out, struct slice text);

/* Of an object that is being written: a comma, unless its brace has just been opened, and the name
 * with its colon; the value follows. The name is one of ours, without anything to escape. */
void json_name(struct buf *out, const char *name);

/* The same with a value. NULL and the empty string are written as null. */
void json_member_text(struct buf *out, const char *name, const char *text);
void json_member_int(struct buf *out, const char *name, int64_t n);
void json_member_known(struct buf *out, const char *name, int64_t n);	/* null unless above 0 */
void json_member_bool(struct buf *out, const char *name, bool value);

/* The same with a string as it stands escaped in another object; null unless it is one. */
void json_member_value(struct buf *out, const char *name, struct json_value value);

/* The value of a number that is an integer, however it is written (1, 1.0, 10e-1); otherwise
 * `otherwise`. */
int64_t json_int(struct json_value value, int64_t otherwise);

#endif
