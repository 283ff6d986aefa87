/* See proof.h. */
#include "agent/proof.h"
#include "base/decimal.h"
#include "base/json.h"
#include "store/id.h"

/* By the most particular word that an entry has for what it is. */
static const struct {
	char word[24];
	char proof;
} words[] = {
	{ "assistant", PROOF_WORD },
	{ "function_call", PROOF_WORD },
	{ "custom_tool_call", PROOF_WORD },
	{ "user", PROOF_RESULT },
	{ "function_call_output", PROOF_RESULT },
	{ "custom_tool_call_output", PROOF_RESULT },
	{ "hook_additional_context", PROOF_SHOWN },
	{ "hook_blocking_error", PROOF_SHOWN },
	{ "queued_command", PROOF_SHOWN },
	{ "task_notification", PROOF_SHOWN },
	{ "developer", PROOF_SHOWN },
	{ "queue-operation", PROOF_QUEUED },
	{ "stop_hook_summary", PROOF_END },
	{ "task_complete", PROOF_END },
	{ "turn_aborted", PROOF_END },
};

/* Where the part begins in the text; NULL if it does not stand there. */
static const char *find(struct slice text, struct slice part)
{
	while (text.n >= part.n) {
		const char *at = memchr(text.p, part.p[0], text.n - part.n + 1);

		if (!at || memcmp(at, part.p, part.n) == 0)
			return at;
		text = slice_from(text, (size_t)(at - text.p) + 1);
	}
	return NULL;
}

bool proof_has(struct slice line, struct slice text)
{
	return find(line, text) != NULL;
}

/* The most particular one comes last. */
enum { TIME, SIDECHAIN, TYPE, SUBTYPE, ORIGIN, INNER_TYPE, ROLE, ATTACHMENT, PAYLOAD, MEMBERS };

enum proof proof_of(struct slice line, struct slice *time)
{
	struct json_member in[MEMBERS] = {
		[TIME] = { .name = "timestamp" },
		[SIDECHAIN] = { .name = "isSidechain" },	/* of a subagent */
		[TYPE] = { .name = "type" },
		[SUBTYPE] = { .name = "subtype" },
		[ORIGIN] = { .name = "turnOrigin" },
		[INNER_TYPE] = { .name = "type" },
		[ROLE] = { .name = "role" },
		[ATTACHMENT] = { .name = "attachment" },	/* Claude Code */
		[PAYLOAD] = { .name = "payload" },	/* Codex */
	};
	struct slice inner;
	int i = ROLE;

	if (json_object(line, in, MEMBERS) != JSON_OK || in[SIDECHAIN].value.type == JSON_TRUE)
		return PROOF_NONE;
	*time = in[TIME].value.text;
	inner = in[in[PAYLOAD].value.type == JSON_OBJECT ? PAYLOAD : ATTACHMENT].value.text;
	json_object(inner, &in[INNER_TYPE], 2);
	while (i > TYPE && in[i].value.type != JSON_STRING)
		i--;
	/* Codex's, of a Stop hook. */
	if (i == ROLE && proof_has(inner, slice_of("\"<hook_prompt ")))
		return PROOF_SHOWN;
	for (size_t n = 0; n < sizeof(words) / sizeof(words[0]); n++) {
		if (json_string_is(&in[i].value, words[n].word))
			return (enum proof)words[n].proof;
	}
	return PROOF_NONE;
}

/* Takes the numbers of `2026-11-21T07:51:14.123Z`, with any one character between them. */
static bool numbers_taken(struct slice time, int64_t *n, int count)
{
	for (int i = 0; i < count; i++) {
		if (i && time.n)
			time = slice_from(time, 1);
		if (!decimal_take(&time, &n[i]) || n[i] > 9999)
			return false;
	}
	return true;
}

bool proof_later(struct slice time, int64_t ms)
{
	enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, MS, NUMBERS };
	static const short units[NUMBERS] = {
		[HOUR] = 24, [MINUTE] = 60, [SECOND] = 60, [MS] = 1000,
	};
	int64_t n[NUMBERS], at;

	if (!numbers_taken(time, n, NUMBERS) || n[MONTH] > 12)
		return false;
	/* As in date.c: a year that begins in March, and days since 1970. */
	n[YEAR] -= n[MONTH] < 3;
	n[MONTH] += n[MONTH] < 3 ? 9 : -3;
	at = 365 * n[YEAR] + n[YEAR] / 4 - n[YEAR] / 100 + n[YEAR] / 400 +
	     (153 * n[MONTH] + 2) / 5 + n[DAY] - 1 - 719468;
	for (int i = HOUR; i < NUMBERS; i++)
		at = at * units[i] + n[i];
	return at > ms;
}

#define HEADER "--- msg "
#define MESSAGE " | message_id="

bool proof_names(struct slice line, const char *message_id)
{
	const size_t n = sizeof(MESSAGE) - 1, id = strlen(message_id);
	const char *at;
	int64_t number;

	while ((at = find(line, slice_of(HEADER))) != NULL) {
		line = slice_from(line, (size_t)(at - line.p) + sizeof(HEADER) - 1);
		if (decimal_take(&line, &number) && line.n > n + id &&
		    memcmp(line.p, MESSAGE, n) == 0 && memcmp(line.p + n, message_id, id) == 0 &&
		    line.p[n + id] == ' ')
			return true;
	}
	return false;
}
