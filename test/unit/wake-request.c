/*
 * wake-request: asks a session's waiter to wake it, and prints what came of it.
 *
 *	usage: wake-request SESSION	in the ~/.oxtail of HOME
 *
 * `fired`, `fired_unconfirmed` or `skipped_no_target`.
 */
#include <stdio.h>

#include "agent/waiter.h"

int main(int argc, char **argv)
{
	struct store s;

	if (argc != 2 || store_open(&s) != 0)
		return 2;
	puts(wake_word(waiter_wake(&s, argv[1])));
	return 0;
}
