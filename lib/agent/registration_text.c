/*
 * See registration_text.h: changing the text of a settings file. Hooks are taken out one by one,
 * and put in event by event, each time by a splice (jsonc_edit.h). What is registered already but
 * not as it should be is taken out and put in anew.
 */
#include <errno.h>

#include "agent/registration_text.h"

enum { ROOM = 1 << 20 };	/* what we put in is smaller, however long our folder's path is */

/* "hooks", or an event in it, that counts in a text; absent if there is none. */
static struct json_value place(struct slice text, const char *event)
{
	const struct json_value none = { .type = JSON_ABSENT };
	struct jsonc_item item;

	if (!jsonc_member(jsonc_value(text), "hooks", &item, NULL) ||
	    (event && !jsonc_member(item.value, event, &item, NULL)))
		return none;
	return item.value;
}

static bool is_empty(struct json_value v)
{
	struct jsonc_item item;
	size_t at = 0;

	return v.type == JSON_NULL ||
	       ((v.type == JSON_OBJECT || v.type == JSON_ARRAY) && !jsonc_next(v, &at, &item));
}

/* It was there before us, and empty. */
static bool was_empty(const struct slice *backup, const char *event)
{
	return backup && is_empty(place(*backup, event));
}

static const char *next_byte(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p))
		p++;
	return p;
}

static bool same_but_blanks(struct slice a, struct slice b)
{
	const char *p = a.p, *q = b.p, *p_end = p + a.n, *q_end = q + b.n;

	for (;;) {
		p = next_byte(p, p_end);
		q = next_byte(q, q_end);
		if (p == p_end || q == q_end)
			return p == p_end && q == q_end;
		if (*p++ != *q++)
			return false;
	}
}

/* What is empty now and was so before us gets its old layout. */
static void layout_restored(struct jsonc_edit *e, struct json_value now, struct json_value before)
{
	if (!is_empty(now) || !is_empty(before) || slice_eq(now.text, before.text))
		return;
	if (same_but_blanks(now.text, before.text) ||
	    (before.type == JSON_NULL && jsonc_bare(now, NULL)))
		jsonc_set(e, now, before.text);
}

static void layouts_restored(struct jsonc_edit *e, const char *agent, const struct slice *backup)
{
	if (!backup)
		return;
	layout_restored(e, jsonc_value(jsonc_edit_text(e)), jsonc_value(*backup));
	layout_restored(e, place(jsonc_edit_text(e), NULL), place(*backup, NULL));
	for (const struct registration *row = registration_rows(agent); row->event; row++)
		layout_restored(e, place(jsonc_edit_text(e), row->event),
				place(*backup, row->event));
}

/* The event where the walk stands, as the table spells it; NULL if that has no such event. */
static const char *event_at(const struct registration_walk *w, const char *agent)
{
	for (const struct registration *row = registration_rows(agent); row->event; row++) {
		if (json_is(w->item[LEVEL_HOOKS].name, row->event))
			return row->event;
	}
	return NULL;
}

/*
 * Takes the hook out where the walk stands. What holds nothing else goes with it: its group, the
 * event, "hooks"; but not what was there before us, and empty.
 */
static void cut_hook(struct jsonc_edit *e, const char *agent, struct registration_walk *w,
		     const struct slice *backup)
{
	const char *event = event_at(w, agent);
	unsigned l = w->deepest, lists;
	struct jsonc_item list;

	/* A list of hooks is its group's reason to be. */
	if (l == LEVEL_LIST && jsonc_bare(w->in[l], &w->item[l]) &&
	    jsonc_member(w->in[LEVEL_GROUP], "hooks", &list, &lists) && lists == 1)
		l = LEVEL_EVENT;
	if (l == LEVEL_EVENT && jsonc_bare(w->in[l], &w->item[l]) &&
	    !(event && was_empty(backup, event)))
		l = LEVEL_HOOKS;
	if (l == LEVEL_HOOKS && jsonc_bare(w->in[l], &w->item[l]) && !was_empty(backup, NULL))
		l = LEVEL_ROOT;
	jsonc_cut(e, w->in[l], &w->item[l], &w->before[l]);
}

/* Takes out all hooks of that owner. */
static void cut_all(struct jsonc_edit *e, const char *agent, const char *libexec,
		    enum registration_owner owner, const struct slice *backup)
{
	struct registration_walk w;

	if (jsonc_value(jsonc_edit_text(e)).type == JSON_ABSENT)
		return;
	w = registration_walk_of(jsonc_edit_text(e), client_traits_of(agent)->flat);
	while (!e->now.full && registration_walk_next(&w)) {
		if (registration_owner(w.item[w.deepest].value, libexec, NULL) != owner)
			continue;
		cut_hook(e, agent, &w, backup);
		w = registration_walk_of(jsonc_edit_text(e), client_traits_of(agent)->flat);
	}
}

/* Takes out a member of the top level. */
static void cut_member(struct jsonc_edit *e, const char *name)
{
	struct json_value root = jsonc_value(jsonc_edit_text(e));
	struct jsonc_item item = { .index = 0 }, before = item;

	for (size_t at = 0; jsonc_next(root, &at, &item); before = item) {
		if (json_is(item.name, name)) {
			jsonc_cut(e, root, &item, &before);
			return;
		}
	}
}

/* The member of that name that counts, which is made if it is missing: with `empty`, also for
 * null. */
static struct json_value made(struct jsonc_edit *e, const char *event, const char *empty)
{
	for (;;) {
		struct json_value in = jsonc_edit_root(e);
		struct jsonc_item item;

		if (event && (!jsonc_member(in, "hooks", &item, NULL) ||
			      item.value.type != JSON_OBJECT))
			return (struct json_value){ .type = JSON_ABSENT };
		if (event)
			in = item.value;
		if (!jsonc_member(in, event ? event : "hooks", &item, NULL))
			jsonc_add(e, in, event ? event : "hooks", slice_of(empty));
		else if (item.value.type == JSON_NULL)
			jsonc_set(e, item.value, slice_of(empty));
		else
			return item.value;
		if (e->now.full)
			return (struct json_value){ .type = JSON_ABSENT };
	}
}

static void put_all(struct jsonc_edit *e, const char *agent, const char *libexec)
{
	static char memory[REGISTRATION_ELEMENT_MAX];
	const char *version = client_traits_of(agent)->version;
	struct jsonc_item item;

	if (version && !jsonc_member(jsonc_edit_root(e), REGISTRATION_VERSION, &item, NULL))
		jsonc_add(e, jsonc_edit_root(e), REGISTRATION_VERSION, slice_of(version));
	made(e, NULL, "{}");
	for (const struct registration *row = registration_rows(agent); row->event;
	     row += registration_group_rows(row)) {
		struct buf element = buf_over(memory, sizeof(memory));
		struct json_value event = made(e, row->event, "[]");

		registration_group(&element, row, libexec);
		if (element.full || event.type != JSON_ARRAY)
			e->now.full = true;
		if (e->now.full)
			return;
		jsonc_add(e, event, NULL, buf_slice(&element));
	}
}

static int ended(struct jsonc_edit *e)
{
	if (!e->now.full)
		return 0;
	jsonc_edit_end(e);
	return -ENOMEM;
}

int registration_text_install(const char *agent, struct slice text, const char *libexec,
			      bool replace_oxtail, const struct slice *backup, struct jsonc_edit *e)
{
	int err = jsonc_edit_begin(e, text, ROOM);

	if (err)
		return err;
	cut_all(e, agent, libexec, OWNER_OURS, backup);
	layouts_restored(e, agent, backup);
	if (replace_oxtail) {
		cut_all(e, agent, libexec, OWNER_OXTAIL, backup);
		cut_member(e, OXTAIL_MARKER);
	}
	put_all(e, agent, libexec);
	return ended(e);
}

int registration_text_uninstall(const char *agent, struct slice text, const char *libexec,
				const struct slice *backup, struct jsonc_edit *e)
{
	int err = jsonc_edit_begin(e, text, ROOM);
	struct jsonc_item version;

	if (err)
		return err;
	cut_all(e, agent, libexec, OWNER_OURS, backup);
	if (client_traits_of(agent)->version && backup &&
	    !jsonc_member(jsonc_value(*backup), REGISTRATION_VERSION, &version, NULL))
		cut_member(e, REGISTRATION_VERSION);
	layouts_restored(e, agent, backup);
	return ended(e);
}
