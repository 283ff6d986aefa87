/*
 * See registration_text.h: looking at the text of a settings file. Whose hooks stand in it, and are
 * ours what they should be?
 */
#include "agent/registration_text.h"

enum { NAMES_MAX = 1000 };

/* A value of a type that it must not have: the report's error says where. */
static bool refused(struct slice text, struct json_value v, const char *why,
		    struct jsonc_error *error)
{
	/* A string's text begins behind its quote. */
	size_t at = (size_t)(v.text.p - text.p) - (v.type == JSON_STRING);

	*error = (struct jsonc_error){ .at = at, .why = why };
	jsonc_position(text, at, &error->line, &error->column);
	return false;
}

bool registration_text_check(const char *agent, struct slice text, struct jsonc_error *error)
{
	struct jsonc_item hooks, event;
	struct json_value root;

	if (!jsonc_check(text, error))
		return false;
	root = jsonc_value(text);
	if (root.type == JSON_ABSENT)
		return true;
	if (root.type != JSON_OBJECT)
		return refused(text, root, "settings must be one object", error);
	if (!jsonc_member(root, "hooks", &hooks, NULL) || hooks.value.type == JSON_NULL)
		return true;
	if (hooks.value.type != JSON_OBJECT)
		return refused(text, hooks.value, "\"hooks\" must be an object", error);
	for (const struct registration *row = registration_rows(agent); row->event; row++) {
		if (jsonc_member(hooks.value, row->event, &event, NULL) &&
		    event.value.type != JSON_ARRAY && event.value.type != JSON_NULL)
			return refused(text, event.value, "the hooks of an event must be an array",
				       error);
	}
	return true;
}

/* The members that count, on the way down to a hook; not those that a later one of the name
 * hides. */
static bool counts(const struct registration_walk *w)
{
	static const unsigned named[] = { LEVEL_ROOT, LEVEL_HOOKS, LEVEL_GROUP };

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]) && named[i] < w->deepest; i++) {
		const unsigned l = named[i];
		struct jsonc_item each = { .index = 0 };

		for (size_t at = w->at[l]; jsonc_next(w->in[l], &at, &each);) {
			if (json_same(each.name, w->item[l].name))
				return false;
		}
	}
	return true;
}

static bool matcher_is(const struct registration_walk *w, const char *wanted)
{
	struct jsonc_item matcher;

	if (!jsonc_member(w->item[LEVEL_EVENT].value, "matcher", &matcher, NULL))
		return !wanted;
	return wanted && json_string_is(&matcher.value, wanted);
}

/* Is the hook where the walk stands what this row says? */
static bool is_row(const struct registration_walk *w, const struct registration *row,
		   const char *libexec)
{
	const struct json_value hook = w->item[w->deepest].value;
	char memory[REGISTRATION_ELEMENT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	/* However it is laid out, it is not longer than that. */
	if (!json_is(w->item[LEVEL_HOOKS].name, row->event) || hook.text.n > sizeof(memory))
		return false;
	registration_handler(&text, row, libexec);
	/* The matcher last: the group is gone through for it, and may have many hooks. */
	return !text.full && jsonc_same(hook, jsonc_value(buf_slice(&text))) &&
	       (w->deepest != LEVEL_LIST || matcher_is(w, row->matcher));
}

/* The rows that stand in the text as they should, each once. */
static unsigned rows_seen(const char *agent, struct slice text, const char *libexec,
			  unsigned *doubled)
{
	unsigned seen = 0;

	for (const struct registration *row = registration_rows(agent); row->event; row++) {
		struct registration_walk w =
			registration_walk_of(text, client_traits_of(agent)->flat);
		unsigned times = 0;

		while (registration_walk_next(&w))
			times += is_row(&w, row, libexec) && counts(&w);
		seen += times > 0;
		*doubled += times > 1 ? times - 1 : 0;
	}
	return seen;
}

/* A member given twice, which a strict reader does not take. Each is compared with those before it,
 * up to the thousandth: who reads this object knows a dozen names. */
static bool has_twins(struct json_value object)
{
	static struct slice names[NAMES_MAX];
	struct jsonc_item each = { .index = 0 };
	size_t n = 0;

	for (size_t at = 0; object.type == JSON_OBJECT && n < NAMES_MAX &&
	     jsonc_next(object, &at, &each);) {
		for (size_t i = 0; i < n; i++) {
			if (json_same(each.name, names[i]))
				return true;
		}
		names[n++] = each.name;
	}
	return false;
}

const char *registration_text_unread(const struct client_traits *takes, struct slice text)
{
	static const char mark[] = "\xEF\xBB\xBF";
	const bool marked = text.n >= strlen(mark) && memcmp(text.p, mark, strlen(mark)) == 0;
	struct json_value root = jsonc_value(text);
	struct jsonc_item hooks;

	if (root.type == JSON_ABSENT || !takes->strict_json)
		return NULL;
	if (marked && takes->no_twins)
		return "byte order mark; save it as UTF-8 without one";
	if (takes->no_twins)
		return json_check(text) != JSON_OK || has_twins(root) ||
		       (jsonc_member(root, "hooks", &hooks, NULL) && has_twins(hooks.value)) ?
		       "comments, commas before a closing bracket, or names given twice; take them "
		       "out" : NULL;
	if (marked)
		text = slice_from(text, strlen(mark));
	return json_check(text) != JSON_OK ?
	       "comments, or commas before a closing bracket; take them out" : NULL;
}

/* Are hooks of ours on a list of names (registration_handler)? */
static bool names_ours(struct json_value list)
{
	const size_t n = strlen(REGISTRATION_NAME);
	struct jsonc_item item = { .index = 0 };

	for (size_t at = 0; list.type == JSON_ARRAY && jsonc_next(list, &at, &item);) {
		const struct slice name = item.value.text;

		if (item.value.type == JSON_STRING && name.n > n &&
		    memcmp(name.p, REGISTRATION_NAME, n) == 0)
			return true;
	}
	return false;
}

/* What in these settings keeps our hooks from being run; NULL: nothing. */
static const char *disabled_by(const struct client_traits *has, struct slice text)
{
	const struct json_value root = jsonc_value(text);
	struct jsonc_item config, member;

	if (has->disable_all)
		return jsonc_member(root, "disableAllHooks", &member, NULL) &&
		       member.value.type == JSON_TRUE ? "disableAllHooks" : NULL;
	if (!has->hooks_config || !jsonc_member(root, "hooksConfig", &config, NULL))
		return NULL;
	if (jsonc_member(config.value, "enabled", &member, NULL) &&
	    member.value.type == JSON_FALSE)
		return "hooksConfig.enabled";
	return jsonc_member(config.value, "disabled", &member, NULL) &&
	       names_ours(member.value) ? "hooksConfig.disabled" : NULL;
}

static bool version_is_there(const char *agent, struct slice text)
{
	struct jsonc_item version;

	return !client_traits_of(agent)->version ||
	       jsonc_member(jsonc_value(text), REGISTRATION_VERSION, &version, NULL);
}

/* The hook runs from that folder. */
static void elsewhere_looked_at(const struct client *c, const char *folder, const char *libexec,
				bool *here, struct registration_report *r)
{
	if (!registration_elsewhere(c, folder, libexec))
		*here = true;
	else if (!*r->elsewhere)
		memcpy(r->elsewhere, folder, strlen(folder) + 1);
}

void registration_text_look(const struct client *c, struct slice text, const char *libexec,
			    struct registration_report *r)
{
	const char *agent = c->agent->name;
	char folder[FILE_PATH_MAX];
	struct registration_walk w;
	unsigned seen;
	bool here = false;

	r->state = REGISTRATION_BROKEN;
	if (!registration_text_check(agent, text, &r->error))
		return;
	w = registration_walk_of(text, c->traits->flat);
	for (const struct registration *row = registration_rows(agent); row->event; row++)
		r->wanted++;
	while (registration_walk_next(&w)) {
		switch (registration_owner(w.item[w.deepest].value, libexec, folder)) {
		case OWNER_OURS:
			r->ours++;
			elsewhere_looked_at(c, folder, libexec, &here, r);
			break;
		case OWNER_OXTAIL:
			r->foreign++;
			break;
		case OWNER_OTHER:
			r->others++;
		}
	}
	r->unread = registration_text_unread(c->traits, text);
	r->disabled = disabled_by(c->traits, text);
	if (r->disabled)
		memcpy(r->disabled_in, c->file, sizeof(r->disabled_in));
	if (here)
		r->elsewhere[0] = '\0';
	seen = r->ours ? rows_seen(agent, text, libexec, &r->doubled) : 0;
	r->state = r->ours == 0 ? REGISTRATION_NONE :
		   seen == r->wanted && r->ours == seen && version_is_there(agent, text) ?
		   REGISTRATION_INSTALLED : REGISTRATION_OUTDATED;
}
