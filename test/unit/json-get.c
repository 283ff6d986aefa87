/*
 * json-get: the decoded string at a path of member names, from the JSON on standard input.
 *
 *	usage: json-get NAME[.NAME...]	exit 1 if the text is not JSON or there is no such string
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"

static char text[64 << 20], decoded[64 << 20];

int main(int argc, char **argv)
{
	struct json_value value = { JSON_OBJECT, { text, 0 } };
	struct buf out = buf_over(decoded, sizeof(decoded));

	if (argc != 2 || file_read(STDIN_FILENO, text, sizeof(text), &value.text.n) != 0 ||
	    json_check(value.text) != JSON_OK)
		return 1;
	for (char *name = strtok(argv[1], "."); name; name = strtok(NULL, ".")) {
		struct json_member in[] = { { .name = name } };

		if (value.type != JSON_OBJECT || json_object(value.text, in, 1) != JSON_OK)
			return 1;
		value = in[0].value;
	}
	if (value.type != JSON_STRING)
		return 1;
	json_decode(value.text, &out);
	return fwrite(out.p, 1, out.n, stdout) == out.n ? 0 : 1;
}
