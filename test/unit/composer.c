/* What is recognised on a captured screen: composer AGENT <FILE prints empty, "draft TEXT" (without
 * blanks) or unseen. The file: a line "cursor N", and what `tmux capture-pane -p -e` printed. */
#include <stdio.h>

#include "agent/composer.h"

int main(int argc, char *argv[])
{
	static char screen[262144], memory[4096];
	struct buf text = buf_over(memory, sizeof(memory));
	unsigned cursor;
	size_t n;

	if (argc != 2 || scanf("cursor %u", &cursor) != 1 || getchar() != '\n')
		return 2;
	n = fread(screen, 1, sizeof(screen), stdin);
	switch (composer_read(profile_of(argv[1])->composer, (struct slice){ screen, n }, cursor,
			      &text)) {
	case COMPOSER_UNSEEN:
		puts("unseen");
		break;
	case COMPOSER_EMPTY:
		puts("empty");
		break;
	case COMPOSER_DRAFT:
		printf("draft %.*s\n", (int)text.n, text.p);
		break;
	}
	return 0;
}
