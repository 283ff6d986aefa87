/* See profile.h. */
#include <stddef.h>
#include <string.h>

#include "agent/profile.h"

/*
 * stops_max: Claude Code ignores the 9th output in a row, and other hooks' outputs count too;
 * Cursor's loop_limit is 5; the others have no limit, and no need of more.
 * enter_after_ms: Codex swallows an Enter within 120 ms (oxtail.md section 17), Claude Code never
 * did after 50; the others took it at once, and have some time to spare.
 * text_max: Claude Code replaces more than 10,000 UTF-16 units by a file's path; Codex cuts the
 * middle out of more than 2,500 tokens, counted as 4 bytes each.
 */
static const struct profile agents[] = {
	{	/* the first: see profile_may_be_claude */
		.name = "claude-code", .short_name = "claude", .one_session = true,
		.inject_at = EVENT_BEFORE_TOOL, .stop_form = ENVELOPE_CONTEXT, .stops_max = 6,
		.text_max = 10000, .text_unit = UNIT_UTF16, .frames_text = true, .proves = true,
		.composer = COMPOSER_CLAUDE, .enter_after_ms = 100,
		.context_form = ENVELOPE_CONTEXT, .wake_by = WAKE_BY_STDERR,
	},
	{
		.name = "codex", .short_name = "codex", .foreign_terminal = true, .serves = true,
		.inject_at = EVENT_BEFORE_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
		.text_max = 10000, .text_unit = UNIT_UTF8_BYTES, .frames_text = true,
		.proves = true, .composer = COMPOSER_CODEX, .enter_after_ms = 500,
		.context_form = ENVELOPE_CONTEXT, .queues = true,
	},
	{
		.name = "cursor", .short_name = "cursor",
		.inject_at = EVENT_AFTER_TOOL, .stop_form = ENVELOPE_FOLLOWUP, .stops_max = 4,
		.enter_after_ms = 150,
		.context_form = ENVELOPE_ADDITION,
	},
	{
		.name = "gemini", .short_name = "gemini", .one_session = true,
		.inject_at = EVENT_AFTER_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
		.frames_text = true, .hides_subagents = true,
		.composer = COMPOSER_GEMINI, .enter_after_ms = 150,
		.context_form = ENVELOPE_CONTEXT,
	},
	{
		.name = "opencode", .short_name = "opencode",
		.inject_at = EVENT_AFTER_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
		.composer = COMPOSER_OPENCODE, .enter_after_ms = 150,
		.context_form = ENVELOPE_CONTEXT, .wake_by = WAKE_BY_STDOUT,
	},
	{
		.name = "pi", .short_name = "pi", .one_session = true,
		.inject_at = EVENT_AFTER_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
		.composer = COMPOSER_PI, .enter_after_ms = 150,
		.context_form = ENVELOPE_CONTEXT, .wake_by = WAKE_BY_STDOUT,
	},
};

static const struct profile any_agent = {
	/* Who does not say is most likely what these hooks were first made for. */
	.name = "", .short_name = "claude",
	.inject_at = EVENT_BEFORE_TOOL, .stop_form = ENVELOPE_BLOCK, .stops_max = 6,
	.context_form = ENVELOPE_CONTEXT,
	.enter_after_ms = 150,
};

const struct profile *profile_of(const char *name)
{
	for (size_t i = 0; name && i < sizeof(agents) / sizeof(agents[0]); i++) {
		if (strcmp(agents[i].name, name) == 0)
			return &agents[i];
	}
	return &any_agent;
}

const struct profile *profile_by_any_name(const char *name)
{
	for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++) {
		if (strcmp(agents[i].name, name) == 0 || strcmp(agents[i].short_name, name) == 0)
			return &agents[i];
	}
	return NULL;
}

bool profile_may_be_claude(const struct profile *agent)
{
	return agent == &agents[0] || agent == &any_agent;
}
