/* See codex_hooks.h. What Codex leaves out of a hash it leaves out when it runs the hook, too. */
#include <errno.h>

#include "agent/codex_hooks.h"
#include "base/memory.h"
#include "base/sha256.h"

enum {
	SECONDS = 600,	/* a hook's time, where it names none, */
	SECONDS_BRIEF = 1, SECONDS_BRIEF_MAX = 3,	/* and at the events that leave little */
};

struct event {
	const char *name;
	bool matcher;	/* it has one; elsewhere it is left out */
	bool context;	/* it may give context to the model: it may limit that */
	bool brief;
};

static const struct event events[] = {
	{ "SessionStart", true, true, false },
	{ "SessionEnd", true, false, true },
	{ "UserPromptSubmit", false, true, false },
	{ "PreToolUse", true, true, false },
	{ "PermissionRequest", true, false, false },
	{ "PostToolUse", true, true, false },
	{ "Stop", false, false, false },
	{ "Interrupt", false, false, true },
	{ "PreCompact", true, false, false },
	{ "PostCompact", true, false, false },
	{ "SubagentStart", true, true, false },
	{ "SubagentStop", true, false, false },
	{ "PreModelRequest", false, false, false },
	{ "PostModelRequest", false, false, false },
};

static struct json_value member(struct json_value object, const char *name)
{
	struct jsonc_item item;

	return jsonc_member(object, name, &item, NULL) ? item.value :
	       (struct json_value){ .type = JSON_ABSENT };
}

static struct json_value list(struct json_value v)
{
	return v.type == JSON_ARRAY ? v : (struct json_value){ .type = JSON_ABSENT };
}

struct codex_hooks codex_hooks_of(const char *path, struct slice text)
{
	return (struct codex_hooks){
		.path = path,
		.events = member(jsonc_value(text), "hooks"),
	};
}

bool codex_hooks_next(struct codex_hooks *h)
{
	for (;;) {
		if (jsonc_next(h->handlers, &h->handler_at, &h->handler))
			return true;
		h->handler_at = 0;
		h->handlers = (struct json_value){ .type = JSON_ABSENT };
		if (jsonc_next(h->groups, &h->group_at, &h->group)) {
			h->handlers = list(member(h->group.value, "hooks"));
			continue;
		}
		h->group_at = 0;
		if (!jsonc_next(h->events, &h->event_at, &h->event))
			return false;
		h->groups = list(h->event.value);
	}
}

static const struct event *event_of(const struct codex_hooks *h)
{
	const struct json_value type = member(h->handler.value, "type");

	if (!json_string_is(&type, "command"))
		return NULL;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		if (json_is(h->event.name, events[i].name))
			return &events[i];
	}
	return NULL;
}

/* PreToolUse: pre_tool_use. */
static void snake_put(struct buf *out, const char *name)
{
	for (const char *c = name; *c; c++) {
		const bool upper = *c >= 'A' && *c <= 'Z';

		if (upper && c > name)
			buf_char(out, '_');
		buf_char(out, upper ? (char)(*c | 0x20) : *c);
	}
}

bool codex_hooks_key(const struct codex_hooks *h, char key[CODEX_KEY_MAX])
{
	const struct event *e = event_of(h);
	struct buf b = buf_over(key, CODEX_KEY_MAX);

	if (!e)
		return false;
	buf_text(&b, h->path);
	buf_char(&b, ':');
	snake_put(&b, e->name);
	buf_char(&b, ':');
	buf_int(&b, (int64_t)h->group.index);
	buf_char(&b, ':');
	buf_int(&b, (int64_t)h->handler.index);
	return buf_cstr(&b);
}

static int64_t seconds(const struct event *e, struct json_value timeout)
{
	const int64_t n = json_int(timeout, e->brief ? SECONDS_BRIEF : SECONDS);

	if (n < 1)
		return 1;
	return e->brief && n > SECONDS_BRIEF_MAX ? SECONDS_BRIEF_MAX : n;
}

/* A string that is there; null is as good as none. */
static void string_put(struct buf *out, const char *name, struct json_value v, struct buf *scratch)
{
	if (v.type != JSON_STRING)
		return;
	scratch->n = 0;
	json_decode(v.text, scratch);
	json_name(out, name);
	json_string(out, buf_slice(scratch));
}

/* What is hashed: compact, the names in order, as serde_json writes it. */
static void canonical(const struct codex_hooks *h, const struct event *e, struct buf *out,
		      struct buf *scratch)
{
	const struct json_value handler = h->handler.value;
	const struct json_value limit = member(handler, "additionalContextLimit");

	buf_text(out, "{\"event_name\":\"");
	snake_put(out, e->name);
	buf_text(out, "\",\"hooks\":[{");
	if (e->context && limit.type == JSON_NUMBER)
		json_member_int(out, "additionalContextLimit", json_int(limit, 0));
	json_member_bool(out, "async", member(handler, "async").type == JSON_TRUE);
	string_put(out, "command", member(handler, "command"), scratch);
	string_put(out, "statusMessage", member(handler, "statusMessage"), scratch);
	json_member_int(out, "timeout", seconds(e, member(handler, "timeout")));
	buf_text(out, ",\"type\":\"command\"}]");
	if (e->matcher)
		string_put(out, "matcher", member(h->group.value, "matcher"), scratch);
	buf_char(out, '}');
}

int codex_hooks_hash(const struct codex_hooks *h, char hash[CODEX_HASH_MAX])
{
	const struct event *e = event_of(h);
	/* A byte of JSON means three at most, if it is bad, which a \u00XX may stand for again. */
	const size_t room = 3 * h->group.whole.n + CODEX_KEY_MAX;
	struct buf scratch, out, b = buf_over(hash, CODEX_HASH_MAX);
	uint8_t digest[SHA256_BYTES];
	int err = -ENOMEM;

	if (!e)
		return -EINVAL;
	scratch = memory_buf(room);
	out = memory_buf(room);
	canonical(h, e, &out, &scratch);
	if (!out.full && !scratch.full) {
		sha256(buf_slice(&out), digest);
		buf_text(&b, "sha256:");
		buf_hex(&b, digest, sizeof(digest));
		err = buf_cstr(&b) ? 0 : -ENOMEM;
	}
	memory_free(&out);
	memory_free(&scratch);
	return err;
}
