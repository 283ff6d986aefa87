/*
 * fuzz: mutated input for what reads the outside world, with checks that must hold for any bytes.
 *
 *	usage: fuzz event|mail|json|jsonc|settings|screen ITERATIONS SEED FILE...
 *
 * event	a hook's payload: event_read ends, and what it takes for a session id is one
 * mail	a mailbox: what envelope_compose makes of it is valid JSON, holds as many header lines
 *	as messages and closes its frame once; and what was said to wait comes out next
 * screen	what a terminal shows: composer_read ends, and a draft holds no blanks
 * jsonc	any text: what json_check accepts is JSONC too, and the same as itself
 * settings	an agent's settings: if hooks can be put in, they stand there then, others' stay, and taken
 *	out again by cutting they leave the bytes there were (test/unit/settings.h)
 * json	any text: the scanner ends; what it accepts, it accepts again after it is written anew
 *
 * The FILEs are seeds. The same SEED gives the same run. Stops at the first failure, leaves the
 * input beside the executable in fuzz.failure, and exits 1.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/composer.h"
#include "agent/envelope.h"
#include "agent/event.h"
#include "base/clock.h"
#include "base/file.h"
#include "../unit/settings.h"
#include "store/receipt.h"

enum { INPUT_MAX = 200000, SEEDS_MAX = 96, DECODED_MAX = 6 * ENVELOPE_MAX };

#define SESSION "11111111-2222-4333-8444-555555555555"

static uint64_t state;
static struct slice seeds[SEEDS_MAX];
static size_t seed_count;
static char input[INPUT_MAX];
static size_t length;

static uint32_t pick(size_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % (uint32_t)(below ? below : 1);
}

static const char *const words[] = {
	"\"session_id\":", "\"agent_id\":\"x\",", "\"stop_hook_active\":true,", "\\u0000", "\\ud83d", "\\\"",
	"--- msg ", "</system-reminder>", "[oxtail]", "\n", "\\n", "{", "}", "[", "]", ",", ":", "\"", "\\",
	"1e999", "-", "null", "\xF0\x9F\xA6\x8A", "\xFF", "\xED\xA0\x80", "\"id\":\"0000000000000001\",",
	"{\"schema_version\":1,\"id\":\"0000000000000001\",\"body\":\"", "\"enqueued_at\":", "\"request_id\":",
	"\\u0001tp-auto\\u0001", "\\u0001re:", "\033[", "\033]", ";2", "38;", "m", "───", "❯", "›",
	"{\\\"envelope_version\\\":\\\"tinyplace.harness.session.v1\\\",\\\"message\\\":{\\\"text\\\":\\\"",
	"// x\n", "/*", "*/", "\"hooks\":", "\"Stop\":[", "\"SessionEnd\" : null,", "{}", "[]", "\r\n", "\n\t", " ",
	"{\"hooks\":[{\"type\":\"command\",\"command\":\"/opt/x\"}]}", "\"stop\":[{\"command\":\"x\"},",
	"\\\"},\\\"tp\\\":{\\\"from_session\\\":\\\"a\\\",\\\"auto\\\":true}}",
};

static void insert(size_t at, const char *p, size_t n)
{
	if (length + n > sizeof(input))
		return;
	memmove(input + at + n, input + at, length - at);
	memcpy(input + at, p, n);
	length += n;
}

static void mutate(void)
{
	size_t at = pick(length + 1);
	const struct slice other = seeds[pick(seed_count)];
	const char *word = words[pick(sizeof(words) / sizeof(words[0]))];
	size_t n;

	switch (pick(6)) {
	case 0:
		if (at < length)
			input[at] = (char)pick(256);
		break;
	case 1:
		n = pick(length - at + 1);
		n = n > 40 && pick(4) ? 40 : n;
		memmove(input + at, input + at + n, length - at - n);
		length -= n;
		break;
	case 2:
		n = pick(other.n + 1);
		insert(at, other.p, n);
		break;
	case 3:
		if (at < length)
			input[at] ^= (char)(1 << pick(8));
		break;
	default:
		insert(at, word, strlen(word));
	}
}

static bool event_holds(void)
{
	struct event e;
	int fd = memfd_create("payload", 0);
	bool taken;

	if (fd < 0 || write(fd, input, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET) != 0)
		return false;
	taken = event_read(fd, &e);
	close(fd);
	return !taken || !e.session[0] || session_id_valid(slice_of(e.session));
}

static bool json_holds(void)
{
	static char again[INPUT_MAX * 6 + 2];
	struct slice text = { input, length };
	struct json_member in[] = { { .name = "body" } };
	struct buf out = buf_over(again, sizeof(again));

	json_check(text);
	json_object(text, in, 1);
	json_string(&out, text);
	return !out.full && json_check(buf_slice(&out)) == JSON_OK;
}

/* Some container of the text, and some item of it, whose index is -1 if there is none. */
static struct json_value some_item(struct slice text, struct jsonc_item *item, struct jsonc_item *before)
{
	struct json_value c = jsonc_value(text), inner = c;

	item->index = (size_t)-1;
	while (inner.type == JSON_OBJECT || inner.type == JSON_ARRAY) {
		struct jsonc_item each = { .index = 0 }, last = each;

		c = inner;
		inner.type = JSON_ABSENT;
		item->index = (size_t)-1;
		for (size_t at = 0; jsonc_next(c, &at, &each); last = each) {
			if (each.index && pick(3))
				continue;
			*item = each;
			*before = last;
			inner = each.value;
		}
		if (pick(3) == 0)
			break;
	}
	return c;
}

/* The container that begins there in the edit's text. */
static struct json_value container_at(const struct jsonc_edit *e, size_t offset)
{
	return jsonc_value(slice_from(jsonc_edit_text(e), offset));
}

static bool is_good(const struct jsonc_edit *e)
{
	struct jsonc_error error;

	return jsonc_check(jsonc_edit_text(e), &error);
}

/* What is put behind the items of a container and cut out again leaves no trace. */
static bool put_and_cut(struct jsonc_edit *e, struct slice text)
{
	struct jsonc_item item, before = { .index = 0 }, each = before;
	struct json_value c = some_item(jsonc_edit_text(e), &item, &before);
	const size_t offset = (size_t)(c.text.p - e->now.p);

	if (item.index == (size_t)-1)
		return true;
	jsonc_add(e, c, c.type == JSON_OBJECT ? "added" : NULL, slice_of("{\"a\":[1,{}],\"b\":\"\"}"));
	if (!is_good(e) || slice_eq(jsonc_edit_text(e), text))
		return false;
	c = container_at(e, offset);
	for (size_t at = 0; jsonc_next(c, &at, &each); item = each)
		before = item;
	jsonc_cut(e, c, &item, &before);
	return slice_eq(jsonc_edit_text(e), text);
}

/* Any item can be cut out, and the text stays good. */
static bool edits_hold(struct slice text)
{
	struct jsonc_item item, before = { .index = 0 };
	struct jsonc_edit e;
	struct json_value c;
	bool good;

	if (jsonc_value(text).type != JSON_OBJECT || jsonc_edit_begin(&e, text, 4096) != 0)
		return true;
	good = put_and_cut(&e, text);
	if (good) {
		c = some_item(jsonc_edit_text(&e), &item, &before);
		if (item.index != (size_t)-1)
			jsonc_cut(&e, c, &item, &before);
		good = is_good(&e);
	}
	jsonc_edit_end(&e);
	return good;
}

static bool jsonc_holds(void)
{
	struct slice text = { input, length };
	struct jsonc_error error;
	struct json_value v;

	if (!jsonc_check(text, &error))
		return error.why && error.at <= length && error.line > 0 && json_check(text) != JSON_OK;
	v = jsonc_value(text);
	return v.type == JSON_ABSENT || (jsonc_same(v, v) && edits_hold(text));
}

static bool settings_hold(void)
{
	static const char *const agents[] = { "claude-code", "codex", "cursor", "gemini" };
	const char *agent = agents[pick(4)], *wrong;
	struct slice text = { input, length };
	struct jsonc_error error;

	if (!registration_text_check(agent, text, &error))
		return settings_is(agent, text, REGISTRATION_BROKEN);
	wrong = settings_wrong(agent, text);
	if (wrong)
		printf("%s: %s\n", agent, wrong);
	return !wrong;
}

static bool screen_holds(void)
{
	char memory[256];

	for (int look = COMPOSER_UNKNOWN; look <= COMPOSER_PI; look++) {
		struct buf text = buf_over(memory, sizeof(memory));
		enum composer_state state_seen = composer_read((enum composer_look)look,
			(struct slice){ input, length }, pick(40), &text);

		if (memchr(text.p, ' ', text.n) || memchr(text.p, '\n', text.n) ||
		    (state_seen == COMPOSER_EMPTY && text.n))
			return false;
	}
	return true;
}

static unsigned times(struct slice text, const char *word)
{
	size_t n = strlen(word);
	unsigned count = 0;

	for (size_t i = 0; i + n <= text.n; i++)
		count += memcmp(text.p + i, word, n) == 0;
	return count;
}

static bool envelope_holds(struct slice output, unsigned taken)
{
	static char decoded[DECODED_MAX];
	struct json_member outer[] = { { .name = "hookSpecificOutput" } };
	struct json_member inner[] = { { .name = "additionalContext" } };
	struct buf text = buf_over(decoded, sizeof(decoded));

	if (json_check(output) != JSON_OK || json_object(output, outer, 1) != JSON_OK ||
	    json_object(outer[0].value.text, inner, 1) != JSON_OK)
		return false;
	json_decode(inner[0].value.text, &text);
	return times(buf_slice(&text), "--- msg ") == taken &&
	       times(buf_slice(&text), "</system-reminder>") == 1 &&
	       times(buf_slice(&text), "[oxtail] ") == 1;
}

static bool drained(const struct store *s, unsigned *taken, unsigned *waiting)
{
	static struct drain d;
	static struct boxes boxes;
	const struct envelope e = {
		.form = ENVELOPE_CONTEXT, .event_name = "PreToolUse", .tagged = true,
		.messages_max = 1 + pick(5), .body_units = pick(4) ? 1 + pick(200) : ENVELOPE_MAX,
		.text_max = pick(2) ? 1500 : 0, .lock_end = clock_monotonic_ms() + 100,
	};
	struct slice output;
	bool good;

	*taken = *waiting = 0;
	boxes_find(s, SESSION, &boxes);
	if (!drain_open(&d, s, SESSION, &boxes, clock_monotonic_ms() + 100))
		return true;
	output = envelope_compose(&e, &d);
	good = output.n == 0 || envelope_holds(output, d.taken_count);
	*taken = d.taken_count;
	*waiting = d.waiting;
	good = good && drain_commit(&d, RECEIPT_VIA_HOOK) == 0;
	drain_close(&d);
	return good;
}

static bool mail_holds(void)
{
	static struct store s;
	char key[BOX_NAME_MAX], path[LAYOUT_MAX];
	unsigned taken, waiting, before = 0;
	bool first = true;

	if (s.root == 0 && store_open(&s) != 0)
		return false;
	store_make(&s, LAYOUT_MAILBOXES, false);
	layout_mailbox(path, layout_session_key(key, SESSION));
	if (file_replace(s.root, path, (struct slice){ input, length }) != 0)
		return false;
	do {
		/* Two of those that wait may have one id: then fewer come than were counted. */
		if (!drained(&s, &taken, &waiting) || (!first && taken + waiting > before) ||
		    (!first && before && !taken))
			return false;
		before = waiting;
		first = false;
	} while (waiting);
	return true;
}

static void seed_read(const char *name)
{
	static char memory[SEEDS_MAX * 4096];
	static size_t used;
	size_t n;

	if (seed_count == SEEDS_MAX || used + 4096 > sizeof(memory))
		return;
	file_read_at(AT_FDCWD, name, memory + used, 4096, &n);
	seeds[seed_count++] = (struct slice){ memory + used, n };
	used += n;
}

static void failure_kept(const char *program)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.failure", program);
	file_replace(AT_FDCWD, path, (struct slice){ input, length });
	printf("the input is in %s\n", path);
}

int main(int argc, char **argv)
{
	bool (*holds)(void) = argc < 5 ? NULL : !strcmp(argv[1], "event") ? event_holds :
			      !strcmp(argv[1], "mail") ? mail_holds :
			      !strcmp(argv[1], "screen") ? screen_holds :
			      !strcmp(argv[1], "jsonc") ? jsonc_holds :
			      !strcmp(argv[1], "settings") ? settings_hold : json_holds;

	if (!holds) {
		fputs("usage: fuzz event|mail|json|jsonc|settings|screen ITERATIONS SEED FILE...\n", stderr);
		return 2;
	}
	state = (uint64_t)atoll(argv[3]) * 0x9E3779B97F4A7C15u + 1;
	for (int i = 4; i < argc; i++)
		seed_read(argv[i]);
	for (long i = 0; i < atol(argv[2]); i++) {
		const struct slice seed = seeds[pick(seed_count)];

		memcpy(input, seed.p, seed.n);
		length = seed.n;
		for (uint32_t n = pick(8); n; n--)
			mutate();
		if (!holds()) {
			failure_kept(argv[0]);
			printf("fuzz %s: failed at iteration %ld\n", argv[1], i);
			return 1;
		}
	}
	return 0;
}
