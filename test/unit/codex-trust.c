/*
 * Codex's trust: codex-trust COMMAND HOOKS_PATH HOOKS_FILE [ARGUMENT...]. Ours are the
 * commands with /peerhooks/.
 *
 *	list			keys and hashes
 *	look CONFIG_FILE	what is trusted
 *	write|remove CONFIG_FILE	the new text
 *	identity CONFIG_FILE...	writes, writes again, removes: must trust all, change nothing, give back the bytes
 *	ask PROGRAM CWD		what Codex says
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/codex_trust.h"
#include "base/memory.h"

enum { ROOM = 1 << 24 };

static const char *path;
static struct slice hooks;

static struct slice contents(const char *file)
{
	struct buf b = memory_buf(ROOM);

	if (file_read_at(AT_FDCWD, file, b.p, b.cap, &b.n) != 0)
		exit(3);
	return buf_slice(&b);
}

static bool ours(struct json_value handler, const void *context)
{
	(void)context;
	return slice_has(handler.text, slice_of("/peerhooks/"));
}

static int say(const struct codex_trust *t)
{
	printf("%u %u%s", t->trusted, t->untrusted, t->off ? " off" : "");
	if (t->why)
		printf(" line %u: %s", t->line, t->why);
	if (t->err)
		printf(" error %d", t->err);
	putchar('\n');
	return 0;
}

static int list(void)
{
	struct codex_hooks h = codex_hooks_of(path, hooks);
	char key[CODEX_KEY_MAX], hash[CODEX_HASH_MAX];

	while (codex_hooks_next(&h)) {
		if (codex_hooks_key(&h, key) && codex_hooks_hash(&h, hash) == 0)
			printf("%s %s\n", key, hash);
	}
	return 0;
}

static bool written(struct slice config, bool trust, struct buf *out, struct codex_trust *t)
{
	*out = memory_buf(ROOM);
	return codex_trust_write(path, hooks, config, ours, NULL, trust, out, t);
}

static int change(const char *file, bool trust)
{
	struct codex_trust t;
	struct buf out;

	if (!written(contents(file), trust, &out, &t)) {
		say(&t);
		return 1;
	}
	fwrite(out.p, 1, out.n, stdout);
	return 0;
}

static const char *wrong(struct slice config, struct codex_trust *t)
{
	struct buf once, twice, back;

	if (!written(config, true, &once, t))
		return "refused";
	if (t->untrusted || !t->trusted)
		return "not all are trusted";
	if (!written(buf_slice(&once), true, &twice, t) ||
	    !slice_eq(buf_slice(&once), buf_slice(&twice)))
		return "written twice is not written once";
	if (!written(buf_slice(&once), false, &back, t) || !slice_eq(buf_slice(&back), config))
		return "not the bytes there were";
	if (t->trusted)
		return "still trusted";
	memory_free(&once);
	memory_free(&twice);
	memory_free(&back);
	return NULL;
}

static int identity(char *files[])
{
	for (; *files; files++) {
		struct codex_trust t;
		const char *what = wrong(contents(*files), &t);

		if (!what)
			continue;
		printf("%s: %s ", *files, what);
		say(&t);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	struct codex_trust t;

	if (argc < 4)
		return 2;
	path = argv[2];
	hooks = contents(argv[3]);
	if (strcmp(argv[1], "list") == 0)
		return list();
	if (argc < 5)
		return 2;
	if (strcmp(argv[1], "identity") == 0)
		return identity(argv + 4);
	if (strcmp(argv[1], "ask") == 0) {
		printf("%d ", codex_trust_ask(argv[4], path, hooks, argv[5], ours, NULL, &t));
		return say(&t);
	}
	if (strcmp(argv[1], "look") == 0) {
		codex_trust_look(path, hooks, contents(argv[4]), ours, NULL, &t);
		return say(&t);
	}
	return change(argv[4], strcmp(argv[1], "write") == 0);
}
