/*
 * TOML, as far as somebody needs it who changes a file by splicing: which statement stands
 * where, under what name. A scanner that allocates nothing and does not recurse. It takes all
 * that is TOML, and some that is not quite: values are not looked at beyond where they end.
 */
#ifndef PEERHOOKS_BASE_TOML_H
#define PEERHOOKS_BASE_TOML_H

#include "base/buf.h"
#include "base/slice.h"

enum {
	TOML_PATH_MAX = 5,	/* parts of a name that are kept */
	TOML_DEPTH_MAX = 64,	/* brackets inside each other */
};

/* One part of a dotted name: "b" of a."b". */
struct toml_part {
	struct slice text;	/* without its quotes; of a basic string: escaped */
	char quote;	/* ", ' or, of a bare one, 0 */
};

struct toml_path {
	struct toml_part part[TOML_PATH_MAX];
	size_t n;	/* may be more than are kept */
};

enum toml_kind {
	TOML_TABLE,	/* [name] */
	TOML_LIST,	/* [[name]] */
	TOML_VALUE,	/* name = value */
};

struct toml_statement {
	enum toml_kind kind;
	struct toml_path path;	/* of a value: with that of the table it stands in */
	struct slice value;	/* of a value: as it stands there */
	struct slice lines;	/* the whole of the lines it takes, with the end of the last */
	unsigned line;	/* the first of them, from 1 */
};

struct toml {
	const char *p, *end;
	unsigned line;	/* where we are, or what follows went wrong */
	const char *why;	/* the text cannot be read further; NULL: it can */
	struct toml_path table;
};

struct toml toml_of(struct slice text);

/* The next statement; false at the end, or at what cannot be read (t->why). */
bool toml_next(struct toml *t, struct toml_statement *s);

/* Goes through what stands in a value { name = value, ... }; through nothing if it is another. Of
 * each the kind, the path and the value are filled in. */
struct toml toml_inside(const struct toml_statement *s);
bool toml_inside_next(struct toml *t, struct toml_statement *s);

/* Appends what a part of a name means. */
void toml_put(struct buf *out, struct toml_part part);

/* Does a part of a name mean this text? */
bool toml_is(struct toml_part part, struct slice text);

/* Is a value a string that means this text? A string over several lines may be taken for
 * another. */
bool toml_string_is(struct slice value, struct slice text);

#endif
