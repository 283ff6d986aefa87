/*
 * json-check: is a file one valid JSON text?
 *
 *	usage: json-check FILE		exit 0 if it is, 1 if not, 2 if it cannot be read
 *	       json-check -		file names on standard input, one a line; prints `0 NAME`,
 *					`1 NAME` or `2 NAME` for each
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"

static int check(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC), bad;
	char *text;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		fprintf(stderr, "json-check: cannot read %s: %s\n", name,
			fd < 0 ? strerror(errno) : "not a regular file");
		if (fd >= 0)
			close(fd);
		return 2;
	}
	if (st.st_size == 0) {
		close(fd);
		return 1;
	}
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (text == MAP_FAILED) {
		fprintf(stderr, "json-check: cannot map %s: %s\n", name, strerror(errno));
		return 2;
	}
	bad = json_check((struct slice){ text, (size_t)st.st_size }) == JSON_OK ? 0 : 1;
	munmap(text, (size_t)st.st_size);
	return bad;
}

int main(int argc, char **argv)
{
	char name[4096];

	if (argc != 2) {
		fputs("usage: json-check FILE | -\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "-") != 0)
		return check(argv[1]);
	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		printf("%d %s\n", check(name), name);
	}
	return 0;
}
