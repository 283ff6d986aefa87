/* codex-queue SESSION SENTENCE prints what came of it. */
#include <stdio.h>

#include "agent/codex_queue.h"

int main(int argc, char *argv[])
{
	if (argc != 3)
		return 2;
	puts(wake_word(codex_queue(argv[1], argv[2])));
	return 0;
}
