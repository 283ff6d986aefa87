/* See event.h. */
#include <sys/mman.h>
#include <unistd.h>

#include "agent/event.h"
#include "base/file.h"
#include "base/json.h"

enum {
	SESSION, CONVERSATION, CURSOR_VERSION, NAME, AGENT, STOP_ACTIVE, LOOP_COUNT, STATUS,
	TRANSCRIPT, TOOL, RESULT, FIELDS
};

static char head[EVENT_HEAD];
static char beyond[EVENT_HEAD];	/* what nobody looks at */

enum dialect { ANY, CURSOR, GEMINI };

static const char *const dialects[] = { [ANY] = NULL, [CURSOR] = "cursor", [GEMINI] = "gemini" };

/* Of each kind the most usual spelling comes first. Laid out in few bytes. */
static const struct {
	char name[19];
	unsigned char kind;
	unsigned char dialect;
} events[] = {
	{ "PreToolUse", EVENT_BEFORE_TOOL, ANY },
	{ "BeforeTool", EVENT_BEFORE_TOOL, GEMINI },
	{ "preToolUse", EVENT_BEFORE_TOOL, CURSOR },
	{ "PostToolUse", EVENT_AFTER_TOOL, ANY },
	{ "AfterTool", EVENT_AFTER_TOOL, GEMINI },
	{ "postToolUse", EVENT_AFTER_TOOL, CURSOR },
	{ "Stop", EVENT_STOP, ANY },
	{ "AfterAgent", EVENT_STOP, GEMINI },
	{ "stop", EVENT_STOP, CURSOR },
	{ "StopFailure", EVENT_ABORT, ANY },
	{ "Interrupt", EVENT_ABORT, ANY },
	{ "SubagentStart", EVENT_SUBAGENT_START, ANY },
	{ "SubagentStop", EVENT_SUBAGENT_STOP, ANY },
	{ "subagentStop", EVENT_SUBAGENT_STOP, CURSOR },
	{ "UserPromptSubmit", EVENT_PROMPT, ANY },
	{ "BeforeAgent", EVENT_PROMPT, GEMINI },
	{ "beforeSubmitPrompt", EVENT_PROMPT, CURSOR },
	{ "PreCompact", EVENT_BEFORE_COMPACT, ANY },
	{ "SessionStart", EVENT_SESSION_START, ANY },
	{ "sessionStart", EVENT_SESSION_START, CURSOR },
	{ "SessionEnd", EVENT_SESSION_END, ANY },
	{ "sessionEnd", EVENT_SESSION_END, CURSOR },
};

static bool session_taken(struct json_value v, struct event *e)
{
	struct buf b = buf_over(e->session, sizeof(e->session));

	if (v.type != JSON_STRING || v.text.n == 0)
		return false;
	e->session_given = true;
	json_decode(v.text, &b);
	if (buf_cstr(&b) && session_id_valid(buf_slice(&b)))
		return true;
	e->session[0] = '\0';
	return false;
}

static void name_taken(struct json_value v, struct event *e)
{
	if (v.type == JSON_ABSENT)
		return;
	e->kind = EVENT_OTHER;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (v.type == JSON_STRING && json_is(v.text, events[i].name)) {
			e->kind = (enum event_kind)events[i].kind;
			e->name = events[i].name;
			e->dialect = dialects[events[i].dialect];
			return;
		}
	}
}

/* Its base input says so; that of an event that it passes on in Claude Code's spelling too. */
static bool by_cursor(const struct json_member *in)
{
	return in[CONVERSATION].value.type != JSON_ABSENT ||
	       in[CURSOR_VERSION].value.type != JSON_ABSENT;
}

/* Cursor says by `status` how its turn ended. */
static bool aborted(struct json_value status)
{
	return status.type == JSON_STRING &&
	       (json_is(status.text, "aborted") || json_is(status.text, "error"));
}

enum taken {
	TAKEN_NOTHING,	/* no event for us */
	TAKEN_HEAD,	/* the text is cut off, but what counts was before that */
	TAKEN_ALL,
};

static enum taken fields_taken(struct slice text, struct event *e)
{
	struct json_member in[FIELDS] = {
		[SESSION] = { .name = "session_id" },
		[CONVERSATION] = { .name = "conversation_id" },	/* Cursor */
		[CURSOR_VERSION] = { .name = "cursor_version" },
		[NAME] = { .name = "hook_event_name" },
		[AGENT] = { .name = "agent_id" },
		[STOP_ACTIVE] = { .name = "stop_hook_active" },
		[LOOP_COUNT] = { .name = "loop_count" },	/* Cursor */
		[STATUS] = { .name = "status" },	/* Cursor */
		[TRANSCRIPT] = { .name = "transcript_path" },
		[TOOL] = { .name = "tool_use_id" },
		[RESULT] = { .name = "tool_response" },
	};
	enum json_status status = json_object(text, in, FIELDS);
	bool session;

	*e = (struct event){ .kind = EVENT_UNNAMED };
	session = session_taken(in[SESSION].value, e) || session_taken(in[CONVERSATION].value, e);
	name_taken(in[NAME].value, e);
	if (by_cursor(in))
		e->dialect = dialects[CURSOR];
	if (e->kind == EVENT_STOP && aborted(in[STATUS].value))
		e->kind = EVENT_ABORT;
	e->in_subagent = in[AGENT].value.type == JSON_STRING && in[AGENT].value.text.n > 0;
	e->stop_active = in[STOP_ACTIVE].value.type == JSON_TRUE ||
			 json_int(in[LOOP_COUNT].value, 0) > 0;
	e->transcript = in[TRANSCRIPT].value;
	e->tool = in[TOOL].value;
	e->result = in[RESULT].value;
	if (status == JSON_OK)
		return TAKEN_ALL;
	/* Whether a tool failed stands at the end. */
	if (!session || e->kind == EVENT_AFTER_TOOL || status != JSON_SHORT ||
	    e->kind == EVENT_UNNAMED ||
	    (e->kind == EVENT_STOP && in[STOP_ACTIVE].value.type == JSON_ABSENT))
		return TAKEN_NOTHING;
	return TAKEN_HEAD;
}

/* The rest is read too, or the client might meet a broken pipe. */
static void read_to_end(int fd)
{
	size_t n;

	while (file_read(fd, beyond, EVENT_HEAD, &n) == 0 && n == EVENT_HEAD)
		;
}

/* Memory of EVENT_MAX bytes, which costs what is used of it; NULL if there is none. */
static char *large_memory(void)
{
	void *p = mmap(NULL, EVENT_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* A payload that goes on beyond the head, which did not have all that counts. */
static bool large_event_read(int fd, struct event *e)
{
	char *payload = large_memory();
	struct slice all = { payload, EVENT_HEAD };
	bool taken = false;
	size_t n;

	if (!payload) {
		read_to_end(fd);
		return false;
	}
	memcpy(payload, head, EVENT_HEAD);
	if (file_read(fd, payload + EVENT_HEAD, EVENT_MAX - EVENT_HEAD, &n) == 0) {
		all.n += n;
		if (all.n < EVENT_MAX)
			taken = fields_taken(all, e) == TAKEN_ALL;
		else
			read_to_end(fd);
	}
	return taken;
}

bool event_read(int fd, struct event *e)
{
	size_t n;

	if (file_read(fd, head, EVENT_HEAD, &n) != 0)
		return false;
	if (n < EVENT_HEAD) {
		if (fields_taken((struct slice){ head, n }, e) != TAKEN_ALL)
			return false;
		e->payload = slice_trimmed((struct slice){ head, n });
		return true;
	}
	if (fields_taken((struct slice){ head, n }, e) == TAKEN_NOTHING)
		return large_event_read(fd, e);
	read_to_end(fd);
	return true;
}

const char *event_name(const struct event *e, enum event_kind kind)
{
	size_t i = 0;

	if (e->name)
		return e->name;
	while (events[i].kind != kind)
		i++;
	return events[i].name;
}

static struct json_value field(const struct event *e, const char *name)
{
	struct json_member in[] = { { .name = name } };

	if (!e->payload.n || json_object(e->payload, in, 1) != JSON_OK)
		return (struct json_value){ .type = JSON_ABSENT };
	return in[0].value;
}

bool event_tool_failed(const struct event *e)
{
	struct json_member error = { .name = "error" };

	return e->result.type == JSON_OBJECT &&
	       json_object(e->result.text, &error, 1) == JSON_OK &&
	       error.value.type == JSON_OBJECT;
}

static bool text_taken(struct json_value v, struct buf *out)
{
	if (v.type != JSON_STRING || v.text.n == 0)
		return false;
	json_decode(v.text, out);
	return !out->full;
}

bool event_cwd(const struct event *e, struct buf *out)
{
	if (text_taken(field(e, "cwd"), out))
		return true;
	/* Cursor names the folders that are open. */
	return !out->full && text_taken(json_element(field(e, "workspace_roots")), out);
}

bool event_transcript(const struct event *e, struct buf *out)
{
	return text_taken(e->transcript, out);
}

bool event_reason(const struct event *e, struct buf *out)
{
	const char *name = e->kind == EVENT_SESSION_END ? "reason" : "source";

	return text_taken(field(e, name), out);
}

const char *event_agent(const struct event *e)
{
	static const struct {
		const char *part;
		const char *agent;
	} homes[] = {
		{ "/.claude/projects/", "claude-code" },
		{ "/.codex/sessions/", "codex" },
		{ "/.gemini/tmp/", "gemini" },
		{ "/.pi/agent/sessions/", "pi" },
	};
	char path[FILE_PATH_MAX];
	struct buf b = buf_over(path, sizeof(path));

	if (!event_transcript(e, &b) || !buf_cstr(&b))
		return NULL;
	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		if (slice_has(buf_slice(&b), slice_of(homes[i].part)))
			return homes[i].agent;
	}
	return NULL;
}

/* The command line: `command`, else that of `tool_input`. */
static struct json_value shell_command(struct json_value top, struct json_value tool_input)
{
	struct json_member in[] = { { .name = "command" } };

	if (top.type == JSON_STRING || tool_input.type != JSON_OBJECT ||
	    json_object(tool_input.text, in, 1) != JSON_OK)
		return top;
	return in[0].value;
}

bool event_shell_read(int fd, struct shell_event *e)
{
	enum { ID, COMMAND, INPUT, MEMBERS };
	struct json_member in[MEMBERS] = {
		[ID] = { .name = "conversation_id" },
		[COMMAND] = { .name = "command" },
		[INPUT] = { .name = "tool_input" },
	};
	struct event ids = { .kind = EVENT_UNNAMED };
	struct json_value line;
	struct slice payload;
	struct buf command;
	char *memory;

	if (isatty(fd))
		return false;
	memory = large_memory();
	command = buf_over(large_memory(), EVENT_MAX);
	payload = (struct slice){ memory, 0 };
	if (!memory || !command.p || file_read(fd, memory, EVENT_MAX, &payload.n) != 0 ||
	    payload.n == EVENT_MAX) {
		read_to_end(fd);
		return false;
	}
	if (json_object(payload, in, MEMBERS) != JSON_OK || !session_taken(in[ID].value, &ids))
		return false;
	line = shell_command(in[COMMAND].value, in[INPUT].value);
	if (line.type != JSON_STRING)
		return false;
	memcpy(e->session, ids.session, sizeof(e->session));
	json_decode(line.text, &command);
	e->command = buf_slice(&command);
	return !command.full;
}
