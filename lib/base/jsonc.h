/*
 * JSON as people keep it in settings files (JSONC): a byte order mark in front, // and block
 * comments, a comma after the last member. A scanner that says where things stand, so that a text
 * can be changed by splicing and keeps every other byte; it allocates nothing and does not recurse.
 * An empty text, or one of blanks and comments only, is no error: it holds no value.
 *
 * Strings come as json.h's do: between their quotes, escaped.
 */
#ifndef PEERHOOKS_BASE_JSONC_H
#define PEERHOOKS_BASE_JSONC_H

#include "base/json.h"

/* Where a text stops being JSONC. */
struct jsonc_error {
	size_t at;	/* byte offset */
	unsigned line, column;	/* from 1; the column in characters */
	const char *why;	/* one of our own words, such as "a comma or } is missing" */
};

/* True if the whole text is one JSONC value in UTF-8, or none at all; else *error is filled in. */
bool jsonc_check(struct slice text, struct jsonc_error *error);

/* Line and column of a byte of the text; a CRLF ends one line. */
void jsonc_position(struct slice text, size_t at, unsigned *line, unsigned *column);

/*
 * What follows takes texts, and values that come from texts, that jsonc_check has found good.
 */

/* The one value of the text; absent if it holds none. Its slice lies in the text, as all do. */
struct json_value jsonc_value(struct slice text);

/* One member or element, in the order of the text. */
struct jsonc_item {
	struct slice name;	/* of a member: escaped, without its quotes; of an element: empty */
	struct json_value value;
	size_t index;	/* from 0 */
	/* What belongs to it in the text: from its first byte (a name's quote) to its value's
	 * last. */
	struct slice whole;
	bool comma;	/* one follows */
	size_t comma_at;	/* its offset from the beginning of the container's text */
};

/* Goes through an object or array: begin with *at = 0, and leave *at and *item as they are between
 * two calls. False at the end, or if it is neither. */
bool jsonc_next(struct json_value container, size_t *at, struct jsonc_item *item);

/* The member of that name that counts (the last); false if there is none. *repeated, if not NULL,
 * says how many have that name. */
bool jsonc_member(struct json_value object, const char *name, struct jsonc_item *item,
		  unsigned *repeated);

/*
 * Of what stands between two things of a text, which is blanks and comments: how many bytes it is
 * to the end of the last comment, 0 if there is none. *to_line_end: it is one that lasts until its
 * line ends.
 */
size_t jsonc_comments(struct slice gap, bool *to_line_end);

/* The same JSON, whatever their layout, comments, order of members, spelling of numbers? */
bool jsonc_same(struct json_value a, struct json_value b);

#endif
