/*
 * codex_trust_ask of codex_trust.h: JSON-RPC with `codex app-server`, a message a line. All is
 * said at once; Codex takes it in order, and goes when its input ends.
 */
#include <errno.h>

#include "agent/codex_trust.h"
#include "base/memory.h"
#include "host/conversation.h"

enum {
	LINE_MAX_BYTES = 8 << 20,	/* of an answer; Codex's longest are some kilobytes */
	SAID_MAX = 6 * FILE_PATH_MAX + 1024,
	ANSWER = 2,	/* the id of what is asked */
};

struct answer {
	struct codex_hooks hooks;
	codex_trust_ours *ours;
	const void *context;
	struct codex_trust *t;
};

static void questions(struct buf *out, const char *cwd)
{
	buf_text(out, "{\"id\":1,\"method\":\"initialize\",\"params\":{\"clientInfo\":"
		      "{\"name\":\"peerhooks\",\"version\":\"" PEERHOOKS_VERSION "\"}}}\n"
		      "{\"method\":\"initialized\"}\n"
		      "{\"id\":2,\"method\":\"hooks/list\",\"params\":{\"cwds\":[");
	json_string(out, slice_of(cwd));
	buf_text(out, "]}}\n");
}

/* Would Codex run the hook of that key? Of what it lists for one directory. */
static bool runs(struct json_value hooks, const char *key)
{
	struct jsonc_item item;
	size_t at = 0;

	while (jsonc_next(hooks, &at, &item)) {
		struct json_member m[] = { { "key", { 0 } }, { "trustStatus", { 0 } },
					   { "enabled", { 0 } } };

		if (item.value.type == JSON_OBJECT &&
		    json_object(item.value.text, m, 3) == JSON_OK &&
		    json_string_is(&m[0].value, key))
			return json_string_is(&m[1].value, "trusted") &&
			       m[2].value.type != JSON_FALSE;
	}
	return false;
}

static void directory_taken(struct slice directory, struct answer *a)
{
	struct json_member m[] = { { "hooks", { 0 } }, { "errors", { 0 } } };
	struct codex_hooks h = a->hooks;
	char key[CODEX_KEY_MAX];

	if (json_object(directory, m, 2) != JSON_OK)
		return;
	a->t->why = json_element(m[1].value).type == JSON_ABSENT ? NULL :
		    "Codex cannot read its own configuration";
	while (codex_hooks_next(&h)) {
		if (!a->ours(h.handler.value, a->context) || !codex_hooks_key(&h, key))
			continue;
		if (runs(m[0].value, key))
			a->t->trusted++;
		else
			a->t->untrusted++;
	}
}

static bool line_taken(struct slice line, void *context)
{
	struct json_member m[] = { { "id", { 0 } }, { "result", { 0 } } };
	struct json_member data = { "data", { 0 } };
	struct answer *a = context;
	struct json_value first;

	/* What is gone through below must be good throughout. */
	if (json_check(line) != JSON_OK || json_object(line, m, 2) != JSON_OK ||
	    json_int(m[0].value, 0) != ANSWER)
		return false;
	a->t->why = "Codex gave no answer that is known here";
	if (m[1].value.type != JSON_OBJECT || json_object(m[1].value.text, &data, 1) != JSON_OK)
		return true;
	first = json_element(data.value);
	if (first.type == JSON_OBJECT)
		directory_taken(first.text, a);
	return true;
}

bool codex_trust_ask(const char *program, const char *hooks_path, struct slice hooks,
		     const char *cwd, codex_trust_ours *ours, const void *context,
		     struct codex_trust *t)
{
	char *const argv[] = { (char *)(uintptr_t)program, (char *)(uintptr_t)"app-server", NULL };
	struct answer a = { codex_hooks_of(hooks_path, hooks), ours, context, t };
	struct buf memory = memory_buf(LINE_MAX_BYTES);
	char said[SAID_MAX];
	struct buf b = buf_over(said, sizeof(said));
	bool heard;

	*t = (struct codex_trust){ .err = memory.p ? 0 : -ENOMEM };
	questions(&b, cwd);
	if (!memory.p || b.full)
		return false;
	heard = conversation(argv, buf_slice(&b), &memory, line_taken, &a, CODEX_TRUST_ASK_MS);
	memory_free(&memory);
	if (!heard)
		t->why = "codex app-server does not answer";
	return heard && !t->why;
}
