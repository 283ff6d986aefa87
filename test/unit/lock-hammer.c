/*
 * lock-hammer: do the locks of lib/store exclude each other? Several processes take the lock of
 * one file, and each time find and leave the file "counter" one higher, with a pause between
 * reading and writing, so that two at once lose a count.
 *
 *	usage: lock-hammer PROCESSES ROUNDS	in the ~/.oxtail of HOME
 *
 * Exit 0 if the counter ends at PROCESSES x ROUNDS. Takes that had to be given up are repeated.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/lock.h"

#define COUNTER "counter"

static long count_read(const struct store *s)
{
	char text[32] = "";
	size_t n;

	file_read_at(s->root, COUNTER, text, sizeof(text) - 1, &n);
	return atol(text);
}

static void count_write(const struct store *s, long count)
{
	char text[32];
	struct buf b = buf_over(text, sizeof(text));

	buf_int(&b, count);
	file_replace(s->root, COUNTER, buf_slice(&b));
}

static int hammer(long rounds)
{
	struct store s;
	struct lock lock;

	if (store_open(&s) != 0)
		return 1;
	for (long i = 0; i < rounds; i++) {
		long count;

		while (lock_take(&s, COUNTER, clock_monotonic_ms() + 2000, &lock) != 0)
			;
		count = count_read(&s);
		sched_yield();
		count_write(&s, count + 1);
		lock_release(&s, &lock);
	}
	return 0;
}

int main(int argc, char **argv)
{
	long processes = argc == 3 ? atol(argv[1]) : 0, rounds = argc == 3 ? atol(argv[2]) : 0;
	int status, bad = 0;
	struct store s;

	if (processes <= 0 || rounds <= 0 || store_open(&s) != 0)
		return 2;
	count_write(&s, 0);
	for (long i = 0; i < processes; i++) {
		if (fork() == 0)
			_exit(hammer(rounds));
	}
	while (wait(&status) > 0)
		bad |= status;
	printf("%ld of %ld\n", count_read(&s), processes * rounds);
	return bad || count_read(&s) != processes * rounds;
}
