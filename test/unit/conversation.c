/*
 * Says its input and a newline to a program: conversation MS PROGRAM [ARGUMENT...] prints how
 * many bytes the first line that it heard has, with its end; `no` if there was none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "host/conversation.h"

static bool heard(struct slice line, void *context)
{
	*(size_t *)context = line.n + 1;
	return true;
}

int main(int argc, char *argv[])
{
	static char said[1 << 20], memory[1 << 20];
	struct buf b = buf_over(memory, sizeof(memory));
	size_t n = 0, length = 0;

	if (argc < 3)
		return 2;
	file_read(STDIN_FILENO, said, sizeof(said) - 1, &n);
	said[n++] = '\n';
	if (conversation(argv + 2, (struct slice){ said, n }, &b, heard, &length, atoi(argv[1])))
		printf("%zu\n", length);
	else
		puts("no");
	return 0;
}
