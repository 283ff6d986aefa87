/* See profile.h. */
#include <stddef.h>
#include <string.h>

#include "agent/profile.h"

/*
 * stops_max: Claude Code ignores the 9th output in a row, and other hooks' outputs count too;
 * Cursor's loop_limit is 5; the others have no limit, and no need of more.
 * text_max: Claude Code replaces more than 10,000 UTF-16 units by a file's path; Codex cuts the
 * middle out of more than 2,500 tokens, counted as 4 bytes each.
 */
static const struct profile agents[] = {
	{
		.name = "claude-code",
		.inject_at = EVENT_BEFORE_TOOL, .stop_form = ENVELOPE_CONTEXT, .stops_max = 6,
		.text_max = 10000, .text_unit = UNIT_UTF16, .frames_text = true,
	},
	{
		.name = "codex",
		.inject_at = EVENT_BEFORE_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
		.text_max = 10000, .text_unit = UNIT_UTF8_BYTES, .frames_text = true,
	},
	{
		.name = "cursor",
		.inject_at = EVENT_AFTER_TOOL, .stop_form = ENVELOPE_FOLLOWUP, .stops_max = 4,
	},
	{
		.name = "gemini",
		.inject_at = EVENT_AFTER_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
		.frames_text = true,
	},
	{
		.name = "opencode",
		.inject_at = EVENT_AFTER_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
	},
	{
		.name = "pi",
		.inject_at = EVENT_AFTER_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
	},
};

static const struct profile any_agent = {
	.name = "",
	.inject_at = EVENT_BEFORE_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
};

const struct profile *profile_of(const char *name)
{
	for (size_t i = 0; name && i < sizeof(agents) / sizeof(agents[0]); i++) {
		if (strcmp(agents[i].name, name) == 0)
			return &agents[i];
	}
	return &any_agent;
}
