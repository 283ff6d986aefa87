/*
 * What is known of a hook's last run: runs AGENT HOOK prints "unknown", "never", or "ran MICROSECONDS".
 */
#include <stdio.h>

#include "store/runs.h"

int main(int argc, char **argv)
{
	struct store s;
	struct run run;

	if (argc != 3 || store_open(&s) != 0)
		return 2;
	if (!runs_last(&s, argv[1], argv[2], &run))
		puts("unknown");
	else if (!run.at)
		puts("never");
	else
		printf("ran %lld\n", (long long)run.us);
	return 0;
}
