/* What must hold of every settings file that hooks can be put into: for test/unit/settings.c and for fuzzing. */
#ifndef TEST_SETTINGS_H
#define TEST_SETTINGS_H

#include <string.h>

#include "agent/registration_text.h"

static bool settings_is(const char *agent, struct slice text, enum registration_state state)
{
	struct client c = { .agent = profile_of(agent), .traits = client_traits_of(agent) };
	struct registration_report r = { .state = REGISTRATION_NONE };

	registration_text_look(&c, text, "/opt/libexec/peerhooks", &r);
	return r.state == state && r.doubled == 0;
}

/* Others' hooks, and their order: what is left of a text without ours. */
static unsigned settings_others(const char *agent, struct slice text)
{
	struct registration_walk w = registration_walk_of(text, client_traits_of(agent)->flat);
	unsigned sum = 0;

	while (registration_walk_next(&w)) {
		const struct slice whole = w.item[w.deepest].whole;

		if (registration_owner(w.item[w.deepest].value, "/opt/libexec/peerhooks", NULL) ==
		    OWNER_OURS)
			continue;
		for (size_t i = 0; i < whole.n; i++)
			sum = sum * 31 + (unsigned char)whole.p[i];
	}
	return sum;
}

/* What does not hold; NULL: all does. */
static const char *settings_wrong(const char *agent, struct slice text)
{
	static const char libexec[] = "/opt/libexec/peerhooks", other[] = "/usr/lib/peerhooks";
	struct jsonc_edit in, moved, again, out;
	struct jsonc_error error;
	const char *wrong = NULL;

	if (!settings_is(agent, text, REGISTRATION_NONE))
		return NULL;
	if (registration_text_install(agent, text, libexec, false, NULL, &in) != 0)
		return "no room";
	if (!jsonc_check(jsonc_edit_text(&in), &error))
		wrong = error.why;
	else if (!settings_is(agent, jsonc_edit_text(&in), REGISTRATION_INSTALLED))
		wrong = "it is not installed after an install";
	else if (settings_others(agent, jsonc_edit_text(&in)) != settings_others(agent, text))
		wrong = "others' hooks have changed";
	if (wrong) {
		jsonc_edit_end(&in);
		return wrong;
	}
	/* Moved to another folder and back, and then out: each time by cutting. */
	if (registration_text_install(agent, jsonc_edit_text(&in), other, false, &text, &moved) != 0)
		return "no room";
	if (registration_text_install(agent, jsonc_edit_text(&moved), libexec, false, &text, &again) != 0)
		return "no room";
	if (registration_text_uninstall(agent, jsonc_edit_text(&again), libexec, &text, &out) != 0)
		return "no room";
	if (!slice_eq(jsonc_edit_text(&in), jsonc_edit_text(&again)))
		wrong = "an install elsewhere and back changes it";
	else if (!slice_eq(text, jsonc_edit_text(&out)) && jsonc_value(text).type != JSON_ABSENT)
		wrong = "cutting does not give back what there was";
	jsonc_edit_end(&in);
	jsonc_edit_end(&moved);
	jsonc_edit_end(&again);
	jsonc_edit_end(&out);
	return wrong;
}

#endif
