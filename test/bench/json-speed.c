/*
 * json-speed: how fast lib/base/json scans a file, in GB/s.
 *
 *	usage: json-speed FILE lines	every line of the file is a document (a transcript)
 *	       json-speed FILE document	the whole file is one
 *
 * Scans it over and over for a second, and prints the best round.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/json.h"

enum { TEXT_MAX = 64 << 20, SECONDS = 1 };

static char text[TEXT_MAX];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool scanned(struct slice all, bool lines)
{
	struct json_member in[] = { { .name = "session_id" } };

	while (lines && all.n) {
		const char *feed = memchr(all.p, '\n', all.n);
		size_t n = feed ? (size_t)(feed - all.p) : all.n;

		if (n && json_object((struct slice){ all.p, n }, in, 1) != JSON_OK)
			return false;
		all = slice_from(all, feed ? n + 1 : n);
	}
	return lines || json_object(all, in, 1) == JSON_OK;
}

int main(int argc, char **argv)
{
	struct slice all = { text, 0 };
	bool lines = argc == 3 && strcmp(argv[2], "lines") == 0;
	double begun = now(), best = 1e9;

	if (argc != 3 || file_read_at(AT_FDCWD, argv[1], text, sizeof(text), &all.n) != 0) {
		fputs("usage: json-speed FILE lines|document\n", stderr);
		return 2;
	}
	while (now() - begun < SECONDS) {
		double from = now(), took;

		if (!scanned(all, lines)) {
			fprintf(stderr, "json-speed: %s is not what it should be\n", argv[1]);
			return 1;
		}
		took = now() - from;
		best = took < best ? took : best;
	}
	printf("%.2f\n", (double)all.n / best / 1e9);
	return 0;
}
