/*
 * Hooks in settings files, without any file being written.
 *
 *	usage: settings AGENT FILE...
 *
 * For each file one line: `ok NAME`, `left NAME:LINE:COLUMN: why` if it is left alone, or `FAILED NAME: what`.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "agent/registration_text.h"
#include "base/file.h"
#include "settings.h"

int main(int argc, char **argv)
{
	static char memory[8 << 20];
	int status = 0;

	for (int i = 2; i < argc; i++) {
		struct jsonc_error error;
		const char *wrong;
		struct slice text = { memory, 0 };

		if (file_read_at(AT_FDCWD, argv[i], memory, sizeof(memory), &text.n) != 0)
			return 2;
		if (!registration_text_check(argv[1], text, &error)) {
			printf("left %s:%u:%u: %s\n", strrchr(argv[i], '/') + 1, error.line, error.column,
			       error.why);
			continue;
		}
		wrong = settings_wrong(argv[1], text);
		printf(wrong ? "FAILED %s: %s\n" : "ok %s\n", strrchr(argv[i], '/') + 1, wrong);
		status |= wrong != NULL;
	}
	return status;
}
