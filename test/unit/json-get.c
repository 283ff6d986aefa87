/*
 * json-get: the decoded string at a path of member names, from the JSON on standard input, or the
 * number, true or false that stands there; much faster to start than jq.
 *
 *	usage: json-get NAME[.NAME...]	exit 1 if the text is not JSON or there is no such value
 *	       json-get -l NAME[.NAME...]	of each line, each on a line of its own; null if there is none
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"

static char text[64 << 20], decoded[64 << 20];

static bool got(struct slice json, const char *path)
{
	struct json_value value = { JSON_OBJECT, json };
	struct buf out = buf_over(decoded, sizeof(decoded));
	char names[256];

	if (json_check(json) != JSON_OK)
		return false;
	snprintf(names, sizeof(names), "%s", path);
	for (char *name = strtok(names, "."); name; name = strtok(NULL, ".")) {
		struct json_member in[] = { { .name = name } };

		if (value.type != JSON_OBJECT || json_object(value.text, in, 1) != JSON_OK)
			return false;
		value = in[0].value;
	}
	if (value.type == JSON_STRING)
		json_decode(value.text, &out);
	else if (value.type >= JSON_FALSE && value.type <= JSON_NUMBER)
		buf_put(&out, value.text);
	else
		return false;
	return fwrite(out.p, 1, out.n, stdout) == out.n;
}

static bool lines_got(struct slice all, const char *path)
{
	while (all.n) {
		const char *end = memchr(all.p, '\n', all.n);
		const size_t n = end ? (size_t)(end - all.p) : all.n;

		if (!got((struct slice){ all.p, n }, path))
			fputs("null", stdout);
		if (putchar('\n') == EOF)
			return false;
		all = slice_from(all, n + (end != NULL));
	}
	return true;
}

int main(int argc, char **argv)
{
	const bool lines = argc == 3 && strcmp(argv[1], "-l") == 0;
	struct slice all = { text, 0 };

	if ((argc != 2 && !lines) || file_read(STDIN_FILENO, text, sizeof(text), &all.n) != 0)
		return 1;
	return lines ? !lines_got(all, argv[2]) : !got(all, argv[1]);
}
