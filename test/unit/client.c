/*
 * client: a stand-in for Claude Code and Codex that drops hooks' output. It runs the real hooks as
 * they do, and writes a transcript as they do (test/fixtures/transcripts), but swallows every tenth
 * output that holds mail.
 *
 *	usage: client claude-code|codex pretooluse|stop MESSAGES HOOKS TRANSCRIPT SESSION BOX
 *
 * Before each turn one more message is put into BOX; at the end turns are made until nothing is
 * left to be shown. Prints how many messages were never shown, how many more than once, and how
 * many outputs were swallowed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"

enum { MESSAGES_MAX = 1000, OUTPUT_MAX = 65536, IDLE_TURNS = 4, SWALLOWED = 10 };

static struct {
	const char *agent, *hooks, *transcript, *session, *box;
	bool codex;
	int tool, shown[MESSAGES_MAX + 1], with_mail, swallowed, idle;
} client;

static const char *now(void)
{
	static char text[64];
	struct timespec t;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &t);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime_r(&t.tv_sec, &tm));
	snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(t.tv_nsec / 1000000));
	return text;
}

/* Appends an entry: its type, and whatever more members. */
static void entry(const char *type, const char *members, const char *text, size_t n)
{
	FILE *f = fopen(client.transcript, "a");

	fprintf(f, "{\"timestamp\":\"%s\",\"type\":\"%s\",", now(), type);
	fprintf(f, members, client.tool, (int)n, text);
	fprintf(f, "}\n");
	fclose(f);
}

/* Runs a hook on an event; its output. */
static struct slice run(const char *hook, const char *event, bool active)
{
	static char output[OUTPUT_MAX];
	char path[4096];
	struct slice out = { output, 0 };
	int in[2], from[2];
	ssize_t got;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", client.hooks, hook);
	if (pipe(in) != 0 || pipe(from) != 0)
		abort();
	if (fork() == 0) {
		dup2(in[0], 0);
		dup2(from[1], 1);
		close(in[1]);
		close(from[0]);
		execl(path, hook, "--agent", client.agent, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(from[1]);
	f = fdopen(in[1], "w");
	fprintf(f, "{\"session_id\":\"%s\",\"transcript_path\":\"%s\",\"hook_event_name\":\"%s\","
		"\"stop_hook_active\":%s,\"tool_use_id\":\"call_%d\"}", client.session,
		client.transcript, event, active ? "true" : "false", client.tool);
	fclose(f);
	while ((got = read(from[0], output + out.n, OUTPUT_MAX - out.n)) > 0)
		out.n += (size_t)got;
	close(from[0]);
	wait(NULL);
	return out;
}

/* What the output has for the model, escaped as it is; empty if it is swallowed, or has nothing. */
static struct slice honoured(struct slice output)
{
	struct json_member inner[] = { { .name = "additionalContext" } };
	struct json_member in[] = { { .name = "hookSpecificOutput" }, { .name = "reason" } };
	struct slice text, none = { "", 0 };
	char *copy;

	if (json_object(output, in, 2) != JSON_OK)
		return none;
	json_object(in[0].value.text, inner, 1);
	text = inner[0].value.type ? inner[0].value.text : in[1].value.text;
	if (++client.with_mail % SWALLOWED == 0) {
		client.swallowed++;
		return none;
	}
	copy = strndup(text.p, text.n);
	for (char *at = copy; (at = strstr(at, "| message_id=")) != NULL; at++)
		client.shown[strtol(at + 13, NULL, 16)]++;
	free(copy);
	return text;
}

static void tool_call(void)
{
	struct slice output, text;

	client.tool++;
	if (client.codex)
		entry("response_item", "\"payload\":{\"type\":\"function_call\",\"call_id\":\"call_%d\"}",
		      "", 0);
	else
		entry("assistant", "\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"call_%d\"}]}",
		      "", 0);
	output = run("pretooluse", "PreToolUse", false);
	client.idle = output.n ? 0 : client.idle + 1;
	text = honoured(output);
	if (text.n && client.codex)
		entry("response_item", "\"payload\":{\"role\":\"developer\",\"n\":%d,"
		      "\"content\":[{\"text\":\"%.*s\"}]}", text.p, text.n);
	else if (text.n)
		entry("attachment", "\"attachment\":{\"toolUseID\":\"call_%d\",\"content\":[\"%.*s\"],"
		      "\"type\":\"hook_additional_context\"}", text.p, text.n);
	if (client.codex)
		entry("response_item", "\"payload\":{\"type\":\"function_call_output\","
		      "\"call_id\":\"call_%d\"}", "", 0);
	else
		entry("user", "\"message\":{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
		      "\"tool_use_id\":\"call_%d\"}]}", "", 0);
}

static void word(void)
{
	if (client.codex)
		entry("response_item", "\"payload\":{\"role\":\"assistant\",\"n\":%d}", "", 0);
	else
		entry("assistant", "\"message\":{\"n\":%d}", "", 0);
}

/* A turn without a tool call. */
static void turn(void)
{
	struct slice text = { "", 0 };
	bool active = false;

	run("userpromptsubmit", "UserPromptSubmit", false);
	client.idle++;
	do {
		word();
		text = run("stop", "Stop", active);
		client.idle = text.n ? 0 : client.idle;
		text = honoured(text);
		if (text.n && client.codex)
			entry("response_item", "\"payload\":{\"role\":\"user\",\"n\":%d,"
			      "\"content\":[{\"text\":\"<hook_prompt id=1>%.*s\"}]}", text.p, text.n);
		else if (text.n)
			entry("attachment", "\"attachment\":{\"n\":%d,\"content\":[\"%.*s\"],"
			      "\"type\":\"hook_additional_context\"}", text.p, text.n);
		if (!client.codex)
			entry("system", "\"subtype\":\"stop_hook_summary\",\"n\":%d", "", 0);
		active = true;
	} while (text.n);
	if (client.codex)
		entry("event_msg", "\"payload\":{\"type\":\"task_complete\",\"n\":%d}", "", 0);
}

static void post(int n)
{
	FILE *f = fopen(client.box, "a");

	fprintf(f, "{\"schema_version\":1,\"id\":\"%016x\",\"body\":\"text %d\","
		"\"enqueued_at\":1790000000,\"body_bytes\":6,\"origin\":\"peer\"}\n", (unsigned)n, n);
	fclose(f);
}

int main(int argc, char **argv)
{
	int messages = argc == 8 ? atoi(argv[3]) : 0, lost = 0, twice = 0;
	bool tools;

	if (messages < 1 || messages > MESSAGES_MAX)
		return 2;
	client.agent = argv[1];
	client.codex = strcmp(argv[1], "codex") == 0;
	tools = strcmp(argv[2], "pretooluse") == 0;
	client.hooks = argv[4];
	client.transcript = argv[5];
	client.session = argv[6];
	client.box = argv[7];
	for (int n = 1; n <= messages || client.idle < IDLE_TURNS; n++) {
		if (n <= messages)
			post(n);
		if (tools)
			tool_call();
		else
			turn();
		if (n > 10 * MESSAGES_MAX)
			break;
	}
	for (int n = 1; n <= messages; n++) {
		lost += client.shown[n] == 0;
		twice += client.shown[n] > 1;
	}
	printf("never shown %d, twice %d, swallowed %d\n", lost, twice, client.swallowed);
	return 0;
}
