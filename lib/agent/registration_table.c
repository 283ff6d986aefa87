/*
 * What is registered: the table, how its rows are written, and whose a hook is. The forms are
 * those of contracts/<agent>/FACTS.md.
 */
#include "agent/registration_table.h"
#include "base/shell.h"

enum {
	AWAIT_S = 2000000,	/* 23 days; more than 2147483 would be none */
	AGENT_SAID_MAX = 32,
};

/* The one hook that is not told for whom it runs: it is Cursor's alone. */
#define CURSOR_NONCE "cursor-nonce"

static const struct registration claude[] = {
	{ "claude-code", "SessionStart", "session-start", .timeout = 5 },
	{ "claude-code", "SessionStart", "await-mail", .timeout = AWAIT_S, .waits = true },
	{ "claude-code", "UserPromptSubmit", "userpromptsubmit", .timeout = 5 },
	{ "claude-code", "UserPromptSubmit", "await-mail", .timeout = AWAIT_S, .waits = true },
	{ "claude-code", "PreToolUse", "pretooluse", .timeout = 5 },
	{ "claude-code", "Stop", "stop", .timeout = 5 },
	{ "claude-code", "Stop", "await-mail", .timeout = AWAIT_S, .waits = true },
	{ "claude-code", "StopFailure", "stop", .timeout = 5 },
	{ "claude-code", "PreCompact", "pre-compact", .timeout = 5 },
	{ "claude-code", "SubagentStart", "subagent-start", .timeout = 5 },
	{ "claude-code", "SubagentStop", "stop", .timeout = 5 },
	/* Without a timeout of its own it would have 1.5 s. */
	{ "claude-code", "SessionEnd", "session-end", .timeout = 5 },
	{ .event = NULL },
};

static const struct registration codex[] = {
	{ "codex", "SessionStart", "session-start", .timeout = 5, .uncut = true },
	{ "codex", "UserPromptSubmit", "userpromptsubmit", .timeout = 5 },
	{ "codex", "PreToolUse", "pretooluse", .timeout = 5, .uncut = true },
	{ "codex", "Stop", "stop", .timeout = 5 },
	/* Codex gives these two 3 s at most. */
	{ "codex", "Interrupt", "stop", .timeout = 3 },
	{ "codex", "SessionEnd", "session-end", .timeout = 3 },
	{ .event = NULL },
};

static const struct registration cursor[] = {
	{ "cursor", "sessionStart", "session-start", .timeout = 5 },
	{ "cursor", "beforeSubmitPrompt", "userpromptsubmit", .timeout = 5 },
	{ "cursor", "beforeShellExecution", CURSOR_NONCE, .timeout = 5 },
	{ "cursor", "postToolUse", "posttooluse", .timeout = 5 },
	{ "cursor", "stop", "stop", .timeout = 5 },
	{ "cursor", "sessionEnd", "session-end", .timeout = 5 },
	{ .event = NULL },
};

static const struct registration gemini[] = {
	{ "gemini", "SessionStart", "session-start", .matcher = "*", .timeout = 5000 },
	{ "gemini", "BeforeAgent", "userpromptsubmit", .matcher = "*", .timeout = 5000 },
	{ "gemini", "AfterTool", "posttooluse", .matcher = "*", .timeout = 5000 },
	{ "gemini", "AfterAgent", "stop", .matcher = "*", .timeout = 5000 },
	{ "gemini", "SessionEnd", "session-end", .matcher = "*", .timeout = 5000 },
	{ .event = NULL },
};

/* What the plugins run; they hold the time themselves. */
static const struct registration opencode[] = {
	{ "opencode", "session.created", .hook = "session-start" },
	{ "opencode", "session.status busy", .hook = "userpromptsubmit" },
	{ "opencode", "tool.execute.after", .hook = "posttooluse" },
	{ "opencode", "session.status idle", .hook = "stop" },
	{ "opencode", "session.status idle", "await-mail", .waits = true },
	{ "opencode", "dispose", .hook = "session-end" },
	{ .event = NULL },
};

static const struct registration pi[] = {
	{ "pi", "session_start", .hook = "session-start" },
	{ "pi", "agent_start", .hook = "userpromptsubmit" },
	{ "pi", "tool_result", .hook = "posttooluse" },
	{ "pi", "agent_settled", .hook = "stop" },
	{ "pi", "agent_settled", "await-mail", .waits = true },
	{ "pi", "session_shutdown", .hook = "session-end" },
	{ .event = NULL },
};

static const struct registration *const tables[] = { claude, codex, cursor, gemini, opencode, pi };

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

const struct registration *registration_rows(const char *agent)
{
	static const struct registration none = { .event = NULL };

	for (size_t i = 0; i < TABLES; i++) {
		if (strcmp(tables[i]->agent, agent) == 0)
			return tables[i];
	}
	return &none;
}

/* `PATH --agent NAME`, for a shell. */
static void command_line(struct buf *out, const struct registration *row, const char *path)
{
	enum { LINE_MAX = 4 * FILE_PATH_MAX + 64 };	/* if each byte is a quote */
	char memory[LINE_MAX];
	struct buf line = buf_over(memory, sizeof(memory));

	shell_word(&line, path);
	if (strcmp(row->hook, CURSOR_NONCE) != 0) {
		buf_text(&line, " --agent ");
		buf_text(&line, row->agent);
	}
	json_name(out, "command");
	json_string(out, buf_slice(&line));
}

void registration_handler(struct buf *out, const struct registration *row, const char *libexec)
{
	const struct client_traits *traits = client_traits_of(row->agent);
	char path[FILE_PATH_MAX];

	if (!file_join(path, slice_of(libexec), row->hook)) {
		out->full = true;
		return;
	}
	buf_char(out, '{');
	if (!traits->flat)
		json_member_text(out, "type", "command");
	if (traits->named) {
		json_name(out, "name");
		buf_text(out, "\"" REGISTRATION_NAME);
		buf_text(out, row->hook);
		buf_char(out, '"');
	}
	if (traits->args) {
		json_member_text(out, "command", path);
		json_name(out, "args");
		buf_text(out, "[\"--agent\",");
		json_string(out, slice_of(row->agent));
		buf_char(out, ']');
	} else {
		command_line(out, row, path);
	}
	json_member_int(out, "timeout", row->timeout);
	if (traits->rewakes && row->waits) {
		json_member_bool(out, "asyncRewake", true);
		json_member_text(out, "rewakeSummary", "Mail from a peer");
		json_member_text(out, "rewakeMessage", "Mail from peers:");
	}
	/* Else it would cut what is longer than its limit; on other events it complains of it. */
	if (row->uncut)
		json_member_int(out, "additionalContextLimit", 0);
	/* As often as we keep a turn going, and once more that says nothing. */
	if (traits->loop_limit && strcmp(row->hook, "stop") == 0)
		json_member_int(out, "loop_limit", profile_of(row->agent)->stops_max + 1);
	buf_char(out, '}');
}

size_t registration_group_rows(const struct registration *row)
{
	size_t n = 1;

	while (!client_traits_of(row->agent)->flat && row[n].event &&
	       strcmp(row[n].event, row->event) == 0)
		n++;
	return n;
}

void registration_group(struct buf *out, const struct registration *row, const char *libexec)
{
	size_t n = registration_group_rows(row);

	if (client_traits_of(row->agent)->flat) {
		registration_handler(out, row, libexec);
		return;
	}
	buf_char(out, '{');
	if (row->matcher)
		json_member_text(out, "matcher", row->matcher);
	json_name(out, "hooks");
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(out, ',');
		registration_handler(out, &row[i], libexec);
	}
	buf_text(out, "]}");
}

struct registration_walk registration_walk_of(struct slice text, bool flat)
{
	return (struct registration_walk){
		.deepest = flat ? LEVEL_EVENT : LEVEL_LIST, .in = { jsonc_value(text) },
	};
}

bool registration_walk_next(struct registration_walk *w)
{
	for (;;) {
		unsigned l = w->level;
		struct jsonc_item last = w->item[l];

		if (w->at[l] == 0)
			last = (struct jsonc_item){ .index = 0 };
		if (!jsonc_next(w->in[l], &w->at[l], &w->item[l])) {
			if (l == LEVEL_ROOT)
				return false;
			w->level--;
			continue;
		}
		w->before[l] = last;
		if ((l == LEVEL_ROOT || l == LEVEL_GROUP) && !json_is(w->item[l].name, "hooks"))
			continue;
		if (l == w->deepest)
			return true;
		w->level++;
		w->in[l + 1] = w->item[l].value;
		w->at[l + 1] = 0;
	}
}

/* Takes the quotes off the first word of a command line; in place. Returns what is behind it. */
static const char *first_word(char *text)
{
	char quote = 0, *out = text;

	for (; *text; text++) {
		if (!quote && (*text == ' ' || *text == '\t'))
			break;
		if (*text == quote)
			quote = 0;
		else if (!quote && (*text == '\'' || *text == '"'))
			quote = *text;
		else if (*text == '\\' && quote != '\'' && text[1])
			*out++ = *++text;
		else
			*out++ = *text;
	}
	text += *text != '\0';
	*out = '\0';
	return text;
}

/* Has an agent a hook of that name? With `called`, how the hook is called: has that agent? */
static bool is_hook(const char *name, const char *called)
{
	for (size_t t = 0; t < TABLES; t++) {
		const struct registration *row = tables[t];

		if (called && strcmp(called, row->agent) != 0)
			continue;
		for (; row->event; row++) {
			if (strcmp(row->hook, name) == 0)
				return true;
		}
	}
	return false;
}

/*
 * Is the executable of that path ours? Then only its folder is left. It is by the folder's name, or
 * by how it is called: in the build of a clone, too, or wherever else the one who put it there had
 * it (`--libexec`).
 */
static bool is_ours(char *path, const char *agent, const char *libexec)
{
	char *slash = strrchr(path, '/');
	const char *last;
	bool so;

	if (!slash || !is_hook(slash + 1, NULL))
		return false;
	so = *agent ? is_hook(slash + 1, agent) : strcmp(slash + 1, CURSOR_NONCE) == 0;
	*slash = '\0';
	last = strrchr(path, '/');
	return so || strcmp(path, libexec) == 0 || (last && strcmp(last, "/peerhooks") == 0);
}

/* The NAME of `--agent NAME`, with which arguments begin; else nothing. */
static void agent_said(char out[AGENT_SAID_MAX], const char *arguments)
{
	static const char option[] = "--agent ";
	struct buf b = buf_over(out, AGENT_SAID_MAX);

	while (*arguments == ' ')
		arguments++;
	if (strncmp(arguments, option, strlen(option)) == 0) {
		arguments += strlen(option);
		buf_bytes(&b, arguments, strcspn(arguments, " \t"));
	}
	if (!buf_cstr(&b))
		out[0] = '\0';
}

static void agent_in(char out[AGENT_SAID_MAX], struct json_value args)
{
	struct jsonc_item item = { .index = 0 };
	size_t at = 0;

	if (!jsonc_next(args, &at, &item) || !json_string_is(&item.value, "--agent") ||
	    !jsonc_next(args, &at, &item) || !json_take(item.value, out, AGENT_SAID_MAX))
		out[0] = '\0';
}

static bool is_oxtail(const char *command)
{
	static const char *const scripts[] = {
		"oxtail/hooks/pretooluse.sh", "oxtail/hooks/stop.sh",
		"oxtail/hooks/userpromptsubmit.sh", "oxtail/hooks/sessionstart.sh",
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		if (slice_has(slice_of(command), slice_of(scripts[i])))
			return true;
	}
	return false;
}

enum registration_owner registration_owner(struct json_value handler, const char *libexec,
					   char folder[FILE_PATH_MAX])
{
	enum { COMMAND_MAX = 4 * FILE_PATH_MAX + 64 };
	char text[COMMAND_MAX], agent[AGENT_SAID_MAX];
	struct jsonc_item command, args;

	if (!jsonc_member(handler, "command", &command, NULL) ||
	    !json_take(command.value, text, sizeof(text)))
		return OWNER_OTHER;
	if (is_oxtail(text))
		return OWNER_OXTAIL;
	/* With args the command is a path and nothing else. */
	if (jsonc_member(handler, "args", &args, NULL) && args.value.type == JSON_ARRAY)
		agent_in(agent, args.value);
	else
		agent_said(agent, first_word(text));
	if (strlen(text) >= FILE_PATH_MAX || !is_ours(text, agent, libexec))
		return OWNER_OTHER;
	if (folder)
		memcpy(folder, text, strlen(text) + 1);
	return OWNER_OURS;
}
