/*
 * Changing a JSONC text by splicing: what is put in follows the layout around it, and all that is
 * not changed keeps every byte. What jsonc_add has put in, jsonc_cut takes out again without a
 * trace, but for the layout of a container that was empty.
 *
 * Every change moves the text: values and items taken from it before are void after it.
 */
#ifndef PEERHOOKS_BASE_JSONC_EDIT_H
#define PEERHOOKS_BASE_JSONC_EDIT_H

#include "base/jsonc.h"

enum { JSONC_UNIT_MAX = 16 };	/* bytes of one step of indentation */

struct jsonc_edit {
	struct buf now;	/* the text; `full` once something did not fit: then it is not to be used */
	struct buf next;
	/* Its layout. */
	const char *eol;
	char unit[JSONC_UNIT_MAX + 1];
	bool one_line;	/* nothing in it begins a line */
	bool spaced;	/* on one line: blanks behind colons and commas */
};

/* Takes a text that jsonc_check found good; it can grow by `room` bytes. -ENOMEM. */
int jsonc_edit_begin(struct jsonc_edit *e, struct slice text, size_t room);
void jsonc_edit_end(struct jsonc_edit *e);

struct slice jsonc_edit_text(const struct jsonc_edit *e);

/* The value of the text; one that holds none becomes an empty object first. */
struct json_value jsonc_edit_root(struct jsonc_edit *e);

/* Adds to the end of an object (with a name: one of ours, nothing to escape) or an array (NULL) a
 * value given as JSON without blanks. */
void jsonc_add(struct jsonc_edit *e, struct json_value container, const char *name,
	       struct slice value);

/* Takes an item out of its container, with its comma; `before`: the item before it, if its index is
 * above 0. */
void jsonc_cut(struct jsonc_edit *e, struct json_value container, const struct jsonc_item *item,
	       const struct jsonc_item *before);

/* Puts another value, which is written as it is, in the place of an object, an array or a word. */
void jsonc_set(struct jsonc_edit *e, struct json_value value, struct slice other);

/* Nothing is in it but this item, if that is not NULL: no comment either. */
bool jsonc_bare(struct json_value container, const struct jsonc_item *item);

#endif
