/* See proof.h. */
#include "agent/proof.h"
#include "base/buf.h"
#include "base/json.h"
#include "store/id.h"

/* An entry is of the first row that fits. */
static const struct {
	const char *type;
	const char *kind;	/* NULL: any */
	const char *text;	/* stands in it too; NULL: nothing in particular */
	enum proof proof;
} rows[] = {
	/* Claude Code */
	{ "assistant", NULL, NULL, PROOF_WORD },
	{ "attachment", "hook_additional_context", NULL, PROOF_SHOWN },
	{ "attachment", "hook_blocking_error", NULL, PROOF_SHOWN },
	{ "attachment", "queued_command", NULL, PROOF_SHOWN },
	{ "user", "task_notification", NULL, PROOF_SHOWN },
	{ "user", NULL, NULL, PROOF_RESULT },
	{ "system", "stop_hook_summary", NULL, PROOF_END },
	{ "queue-operation", NULL, NULL, PROOF_QUEUED },
	/* Codex */
	{ "response_item", "developer", "\"hooks.additional_context\"", PROOF_SHOWN },
	{ "response_item", "user", "\"<hook_prompt ", PROOF_SHOWN },
	{ "response_item", "assistant", NULL, PROOF_WORD },
	{ "response_item", "function_call", NULL, PROOF_WORD },
	{ "response_item", "custom_tool_call", NULL, PROOF_WORD },
	{ "response_item", "function_call_output", NULL, PROOF_RESULT },
	{ "response_item", "custom_tool_call_output", NULL, PROOF_RESULT },
	{ "event_msg", "task_complete", NULL, PROOF_END },
	{ "event_msg", "turn_aborted", NULL, PROOF_END },
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

/* The value, or another if there is none. */
static struct json_value given(struct json_value v, struct json_value otherwise)
{
	return v.type == JSON_ABSENT ? otherwise : v;
}

enum proof proof_of(struct slice line, struct slice *at)
{
	enum { TYPE, TIME, SIDECHAIN, ATTACHMENT, PAYLOAD, ORIGIN, SUBTYPE, MEMBERS };
	enum { ROLE, KIND, PARTS };
	struct json_member in[MEMBERS] = {
		[TYPE] = { .name = "type" },
		[TIME] = { .name = "timestamp" },
		[SIDECHAIN] = { .name = "isSidechain" },	/* of a subagent */
		[ATTACHMENT] = { .name = "attachment" },
		[PAYLOAD] = { .name = "payload" },
		[ORIGIN] = { .name = "turnOrigin" },
		[SUBTYPE] = { .name = "subtype" },
	};
	struct json_member part[PARTS] = { [ROLE] = { .name = "role" }, [KIND] = { .name = "type" } };
	struct json_value kind;

	if (json_object(line, in, MEMBERS) != JSON_OK || in[SIDECHAIN].value.type == JSON_TRUE)
		return PROOF_NONE;
	*at = in[TIME].value.text;
	json_object(given(in[PAYLOAD].value, in[ATTACHMENT].value).text, part, PARTS);
	kind = given(given(part[ROLE].value, part[KIND].value),
		     given(in[SUBTYPE].value, in[ORIGIN].value));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (json_string_is(&in[TYPE].value, rows[i].type) &&
		    (!rows[i].kind || json_string_is(&kind, rows[i].kind)) &&
		    (!rows[i].text || find(line, slice_of(rows[i].text))))
			return rows[i].proof;
	}
	return PROOF_NONE;
}

/* Is this what a header line of an envelope begins with, up to here: "--- msg NUMBER "? */
static bool header_before(const char *at, const char *from)
{
	static const char header[] = "--- msg ";
	const size_t n = sizeof(header) - 1;

	while (at > from && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return (size_t)(at - from) >= n && memcmp(at - n, header, n) == 0;
}

bool proof_names(struct slice line, const char *message_id)
{
	char named[64];
	struct buf b = buf_over(named, sizeof(named));
	struct slice rest = line;
	const char *at;

	buf_text(&b, "| message_id=");
	buf_text(&b, message_id);
	buf_char(&b, ' ');
	while ((at = find(rest, buf_slice(&b))) != NULL) {
		if (at > line.p && header_before(at - 1, line.p))
			return true;
		rest = slice_from(rest, (size_t)(at + 1 - rest.p));
	}
	return false;
}

bool proof_has(struct slice line, struct slice text)
{
	const char *at;

	while (text.n && (at = find(line, text)) != NULL) {
		if (at[-1] == '"' && at[text.n] == '"')
			return true;
		line = slice_from(line, (size_t)(at + 1 - line.p));
	}
	return false;
}
