/*
 * Runs a program: command MS held|free quiet|CAP PROGRAM [ARGUMENT...] prints its exit status and what
 * it printed. held: while signals are held. quiet: its output is not wanted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "host/command.h"
#include "host/signals.h"

int main(int argc, char *argv[])
{
	static char memory[1048576];
	bool held = argc > 2 && strcmp(argv[2], "held") == 0;
	bool quiet = argc > 3 && strcmp(argv[3], "quiet") == 0;
	struct slice output = { memory, 0 };
	sigset_t before;
	int status;

	if (argc < 5)
		return 2;
	if (held)
		signals_hold(&before);
	status = command_run(argv + 4, memory, quiet ? 0 : strtoul(argv[3], NULL, 10),
			     quiet ? NULL : &output, atoi(argv[1]));
	printf("%d %.*s\n", status, (int)output.n, output.p);
	return 0;
}
