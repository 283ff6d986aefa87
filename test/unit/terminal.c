/* Types into a terminal: terminal SESSION PID BIRTH AGENT SENTENCE prints what came of it. An empty
 * BIRTH: PID is a server's, which alone stands for the session. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/terminal.h"

static void put(const char *text, char *into, size_t size)
{
	snprintf(into, size, "%s", text);
}

int main(int argc, char *argv[])
{
	static struct presence who;
	struct store s;

	if (argc != 6 || store_open(&s) != 0)
		return 2;
	put(argv[1], who.session, sizeof(who.session));
	who.pid = (pid_t)strtol(argv[2], NULL, 10);
	put(argv[3], who.birth, sizeof(who.birth));
	put(argv[4], who.agent, sizeof(who.agent));
	puts(wake_word(terminal_wake(&s, &who, argv[5])));
	return 0;
}
