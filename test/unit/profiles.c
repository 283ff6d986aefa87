/* The rows of the README's table of agents, as the profiles say: `profiles` prints them. */
#include <stdio.h>

#include "agent/client.h"

static const char *wake_hook(const struct profile *a)
{
	if (a->queues)
		return "codex queue";
	return a->wake_by == WAKE_BY_STDERR ? "await-mail" :
	       a->wake_by == WAKE_BY_STDOUT ? "await-mail in the plugin" : "";
}

static void row(const struct client *c)
{
	const struct profile *a = c->agent;
	const char *hook = wake_hook(a);
	bool typed = a->composer != COMPOSER_UNKNOWN;

	printf("| %s | ", c->title);
	printf("%s | ", c->form == CLIENT_PLUGIN ? "a plugin" : "hooks");
	printf("%s | ", a->inject_at == EVENT_BEFORE_TOOL ? "with the next tool call" : "with a tool's result");
	printf("%u times in a row | ", a->stops_max);
	printf("%s%s%s | ", hook, *hook && typed ? ", else " : "", typed ? "tmux" : *hook ? "" : "nothing");
	printf("%s | ", a->proves ? "yes" : "no");
	if (a->text_max)
		printf("%u %s |\n", a->text_max, a->text_unit == UNIT_UTF16 ? "UTF-16 units" : "bytes");
	else
		printf("no limit known |\n");
}

int main(void)
{
	struct client c;

	for (int i = 0; i < CLIENTS; i++) {
		client_at(i, NULL, &c);
		row(&c);
	}
	return 0;
}
