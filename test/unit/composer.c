/* What is recognised on a captured screen: composer AGENT <SCREEN prints empty, "draft TEXT" (without
 * blanks) or unseen. */
#include <stdio.h>

#include "agent/composer.h"

int main(int argc, char *argv[])
{
	static char screen[262144], memory[4096];
	struct buf text = buf_over(memory, sizeof(memory));
	size_t n = fread(screen, 1, sizeof(screen), stdin);

	if (argc != 2)
		return 2;
	switch (composer_read(profile_of(argv[1])->composer, (struct slice){ screen, n }, &text)) {
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
