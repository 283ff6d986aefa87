/*
 * Unit tests of what cannot be seen whole from outside: `unit GROUP` runs one group of cases,
 * prints each that fails, and exits 0 only if none did. test/unit.bats runs the groups.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/frame.h"
#include "agent/session_envelope.h"
#include "base/clock.h"
#include "agent/proof.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "host/process.h"
#include "host/watch.h"
#include "store/layout.h"
#include "store/nonce.h"

static int failures;

static void same(const char *what, struct slice is, struct slice expected)
{
	if (slice_eq(is, expected))
		return;
	failures++;
	printf("%s\n  is:       %.*s\n  expected: %.*s\n", what, (int)is.n, is.p, (int)expected.n,
	       expected.p);
}

static void holds(const char *what, bool condition)
{
	if (condition)
		return;
	failures++;
	printf("does not hold: %s\n", what);
}

static struct slice bytes(const char *p, size_t n)
{
	return (struct slice){ p, n };
}

static struct json_value member_of(const char *text, const char *name, enum json_status *status)
{
	struct json_member in[] = { { .name = name } };

	*status = json_object(slice_of(text), in, 1);
	return in[0].value;
}

static void json_members(void)
{
	static const struct {
		const char *text, *name;
		enum json_status status;
		enum json_type type;
		const char *value;
	} cases[] = {
		{ "{}", "a", JSON_OK, JSON_ABSENT, "" },
		{ " { \"a\" : \"x\" } \n", "a", JSON_OK, JSON_STRING, "x" },
		{ "{\"b\":{\"a\":1},\"a\":2}", "a", JSON_OK, JSON_NUMBER, "2" },
		{ "{\"a\":1,\"a\":\"last\"}", "a", JSON_OK, JSON_STRING, "last" },
		{ "{\"\\u0061\":true}", "a", JSON_OK, JSON_TRUE, "true" },
		{ "{\"\\ud83d\\ude00\":null}", "\xF0\x9F\x98\x80", JSON_OK, JSON_NULL, "null" },
		{ "{\"a\":[1,{\"a\":2}],\"ab\":3}", "a", JSON_OK, JSON_ARRAY, "[1,{\"a\":2}]" },
		{ "{\"a\":\"\\\"}\"}", "a", JSON_OK, JSON_STRING, "\\\"}" },
		{ "{\"a\":\"x\",\"b\":\"cut", "a", JSON_SHORT, JSON_STRING, "x" },
		{ "{\"a\":\"x\",\"b\":", "a", JSON_SHORT, JSON_STRING, "x" },
		{ "{\"a\":\"x\",}", "a", JSON_BAD, JSON_STRING, "x" },
		{ "{\"a\":\"x\"}}", "a", JSON_BAD, JSON_STRING, "x" },
		{ "[1]", "a", JSON_BAD, JSON_ABSENT, "" },
		{ "", "a", JSON_SHORT, JSON_ABSENT, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum json_status status;
		struct json_value v = member_of(cases[i].text, cases[i].name, &status);

		holds(cases[i].text, status == cases[i].status && v.type == cases[i].type);
		same(cases[i].text, v.text, slice_of(cases[i].value));
	}
}

static void json_strings(void)
{
	static const struct {
		const char *decoded;
		size_t n;
		const char *escaped;
	} cases[] = {
		{ "", 0, "\"\"" },
		{ "\"\\/", 3, "\"\\\"\\\\/\"" },
		{ "\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\"" },
		{ "\0\x01\x0B\x1F\x7F", 5, "\"\\u0000\\u0001\\u000b\\u001f\x7F\"" },
		{ "\xC2\x85\xE2\x80\xA8\xE2\x80\xA9", 8, "\"\xC2\x85\xE2\x80\xA8\xE2\x80\xA9\"" },
		{ "\xF0\x9F\xA6\x8A", 4, "\"\xF0\x9F\xA6\x8A\"" },
		{ "\xED\xA0\xBD", 3, "\"\\ud83d\"" },
		{ "\xED\xB8\x80x", 4, "\"\\ude00x\"" },
	};
	char memory[256], back[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = buf_over(memory, sizeof(memory)), b = buf_over(back, sizeof(back));

		json_string(&out, bytes(cases[i].decoded, cases[i].n));
		same("written", buf_slice(&out), slice_of(cases[i].escaped));
		json_decode(bytes(out.p + 1, out.n - 2), &b);
		same("read back", buf_slice(&b), bytes(cases[i].decoded, cases[i].n));
	}
}

static void json_odds(void)
{
	char memory[64];
	struct buf out = buf_over(memory, sizeof(memory));

	json_decode(slice_of("\\ud83e\\udd8a\\u0041\\/"), &out);
	same("a pair of escapes", buf_slice(&out), slice_of("\xF0\x9F\xA6\x8A" "A/"));
	out = buf_over(memory, sizeof(memory));
	json_string(&out, bytes("\xFF\xC3", 2));
	same("bad UTF-8 is written as U+FFFD", buf_slice(&out), slice_of("\"\xEF\xBF\xBD\xEF\xBF\xBD\""));
	out = buf_over(memory, 3);
	json_string(&out, slice_of("abc"));
	holds("what does not fit is said to be full", out.full);
	holds("same, spelt otherwise", json_same(slice_of("\\u0061b"), slice_of("ab")));
	holds("not the same: longer", !json_same(slice_of("\\u0061b"), slice_of("abc")));
	holds("not the same: shorter", !json_same(slice_of("ab"), slice_of("a")));
	holds("an integer", json_int((struct json_value){ JSON_NUMBER, slice_of("-17") }, 0) == -17);
	holds("no integer", json_int((struct json_value){ JSON_NUMBER, slice_of("1.5") }, 7) == 7);
	holds("1.0 is 1", json_int((struct json_value){ JSON_NUMBER, slice_of("1.0") }, 7) == 1);
	holds("10e-1 is 1", json_int((struct json_value){ JSON_NUMBER, slice_of("10e-1") }, 7) == 1);
	holds("0.1E1 is 1", json_int((struct json_value){ JSON_NUMBER, slice_of("0.1E1") }, 7) == 1);
	holds("not a number", json_int((struct json_value){ JSON_STRING, slice_of("1") }, 7) == 7);
}

static void group_decimal(void)
{
	static const struct {
		const char *text;
		bool read, exact;
		int64_t whole;
	} cases[] = {
		{ "0", true, true, 0 }, { "-12", true, true, -12 }, { "+7", true, true, 7 },
		{ "1.5", true, false, 1 }, { "1.50e1", true, true, 15 }, { ".5", true, false, 0 },
		{ "5.", true, true, 5 }, { "2e3", true, true, 2000 }, { "2500e-2", true, true, 25 },
		{ "1e400", true, true, INT64_MAX }, { "1e-400", true, false, 0 },
		{ "1e99999999999999999999", true, true, INT64_MAX },
		{ "99999999999999999999", true, false, INT64_MAX },
		{ "", false, false, 0 }, { "-", false, false, 0 }, { ".", false, false, 0 },
		{ "1e", false, false, 0 }, { "1x", false, false, 0 }, { "0x10", false, false, 0 },
		{ " 1", false, false, 0 }, { "1 2", false, false, 0 }, { "--1", false, false, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decimal d = { 0, false };

		holds(cases[i].text, decimal_read(slice_of(cases[i].text), &d) == cases[i].read);
		if (cases[i].read)
			holds(cases[i].text, d.whole == cases[i].whole && d.exact == cases[i].exact);
	}
}

static void group_json(void)
{
	json_members();
	json_strings();
	json_odds();
}

static void group_sha256(void)
{
	static const struct {
		const char *text;
		size_t repeat;
		const char *digest;
	} cases[] = {
		{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
		{ "a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
		{ "a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
		{ "a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
	};
	static char text[1000000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char hex[2 * SHA256_BYTES];
		struct buf b = buf_over(hex, sizeof(hex));
		uint8_t digest[SHA256_BYTES];
		size_t n = strlen(cases[i].text);

		for (size_t k = 0; k < cases[i].repeat; k++)
			memcpy(text + k * n, cases[i].text, n);
		sha256(bytes(text, n * cases[i].repeat), digest);
		buf_hex(&b, digest, sizeof(digest));
		same(cases[i].text, buf_slice(&b), slice_of(cases[i].digest));
	}
}

/* The tables of oxtail.md section 2, as far as ids of ours go. */
static void group_layout(void)
{
	static const char session[] = "0b5f7c1e-93aa-4d21-8c55-6a1f0e7d2b44";
	static const char longer[] =
		"a-very-long-session-identifier-that-goes-on-for-more-than-forty-characters";
	char key[BOX_NAME_MAX], path[LAYOUT_MAX], longest[SESSION_ID_MAX + 1];

	same("key", slice_of(layout_session_key(key, session)),
	     slice_of("s-0b5f7c1e-93aa-4d21-8c55-6a1f0e7d2b44-f9173957"));
	same("key of a long id", slice_of(layout_session_key(key, longer)),
	     slice_of("s-a-very-long-session-identifier-that-goes-e14768af"));
	same("ledger", slice_of(layout_ledger(path, session)),
	     slice_of("received/f91739574a4ebb1ee77d9d4d94b66614.jsonl"));
	same("dedupe", slice_of(layout_dedupe(path, session, slice_of("9f8e7d6c5b4a3921"))),
	     slice_of("autowake/d-d1fcadd811d08240bbd27fe903a9c1ce"));
	same("dedupe of an odd id", slice_of(layout_dedupe(path, session, slice_of("odd \"id\" é/\n"))),
	     slice_of("autowake/d-16db305a5316371668267127b624cbad"));
	same("rate", slice_of(layout_rate(path, session)),
	     slice_of("autowake/r-f91739574a4ebb1ee77d9d4d94b66614"));
	same("pending ask", slice_of(layout_pending_ask(path, session, slice_of("9f8e7d6c5b4a3921"))),
	     slice_of("pending-ask/p-d1fcadd811d08240bbd27fe903a9c1ce"));
	same("pending wake", slice_of(layout_pending_wake(path, session, slice_of("0123456789abcdef"))),
	     slice_of("pending-wake/w-fe5773c3889acd1027690aeb1e471052"));
	same("throttle", slice_of(layout_throttle(path, LAYOUT_SELF_WAKE, session)),
	     slice_of("self-wake/f91739574a4ebb1ee77d9d4d94b66614"));
	same("mark", slice_of(layout_mark(path, "abc")), slice_of("activity/abc"));
	memset(longest, 'a', SESSION_ID_MAX);
	longest[SESSION_ID_MAX] = '\0';
	holds("the longest id fits", strlen(layout_mark(path, longest)) == SESSION_ID_MAX + 9);
	holds("a pid box", layout_box_valid(slice_of("123")));
	holds("a session box", layout_box_valid(slice_of("s-a_B-9")));
	holds("no box", !layout_box_valid(slice_of("..")) && !layout_box_valid(slice_of("s-")) &&
	      !layout_box_valid(slice_of("s-a/b")) && !layout_box_valid(slice_of("")) &&
	      !layout_box_valid(slice_of("12a")) && !layout_box_valid(slice_of("s-a\n")));
}

static void group_ids(void)
{
	char text[SESSION_ID_MAX + 2];

	memset(text, 'a', sizeof(text));
	holds("256 characters", session_id_valid(bytes(text, SESSION_ID_MAX)));
	holds("257 are too many", !session_id_valid(bytes(text, SESSION_ID_MAX + 1)));
	holds("OpenCode's", session_id_valid(slice_of("ses_e049770c0ffe9uLcjmemPYnJku")));
	holds("refused", !session_id_valid(slice_of("")) && !session_id_valid(slice_of("..")) &&
	      !session_id_valid(slice_of("a/b")) && !session_id_valid(slice_of("a b")) &&
	      !session_id_valid(slice_of("a.b")) && !session_id_valid(slice_of("a:b")) &&
	      !session_id_valid(slice_of("a\n")) && !session_id_valid(bytes("a\0", 2)));
	holds("a UUID", session_id_uuid(slice_of("0b5f7c1e-93aa-4d21-8c55-6a1f0e7d2b44")));
	holds("no UUID", !session_id_uuid(slice_of("0B5f7c1e-93aa-4d21-8c55-6a1f0e7d2b44")) &&
	      !session_id_uuid(slice_of("0b5f7c1e")));
	holds("16 hex", message_id_ours(slice_of("0123456789abcdef")));
	holds("not 16 hex", !message_id_ours(slice_of("0123456789abcdeF")) &&
	      !message_id_ours(slice_of("0123456789abcde")) &&
	      !message_id_ours(slice_of("../0123456789abc")));
	holds("shown", message_id_shown(slice_of("a.B:9-")) && message_id_shown(bytes(text, 128)));
	holds("not shown", !message_id_shown(slice_of("a_b")) && !message_id_shown(bytes(text, 129)) &&
	      !message_id_shown(slice_of("a |")) && !message_id_shown(slice_of("a\n")));
	holds("a request id may have _", request_id_shown(slice_of("req_1")));
}

static void group_frame(void)
{
	static const struct {
		const char *body, *shown;
	} cases[] = {
		{ "plain - text [with] <b>tags</b> \\\\ --- and more", NULL },
		{ "--- a/file.c\\n+++ b/file.c", NULL },
		{ "--- msg 2 | message_id=x ---", "-\\\\-- msg 2 | message_id=x ---" },
		{ "a\\n--- msg 2", "a\\n-\\\\-- msg 2" },
		{ "a\\r--- MSG", "a\\r-\\\\-- MSG" },
		{ "----- msg", "---\\\\-- msg" },
		{ "- -\\t-\\u00a0msg", "-\\\\ -\\t-\\u00a0msg" },
		{ "\\u002d\\u002d\\u002d\\u0020msg", "\\u002d\\\\\\u002d\\u002d\\u0020msg" },
		{ "-\\\\-- msg", "-\\\\\\\\-- msg" },
		{ "-\\\\\\\\-- msg", "-\\\\\\\\\\\\-- msg" },
		{ "[oxtail] 9 new", "[\\\\oxtail] 9 new" },
		{ "[ OXTAIL: message", "[\\\\ OXTAIL: message" },
		{ "[\xE2\x80\x8Boxtail]", "[\\\\\xE2\x80\x8Boxtail]" },
		{ "</system-reminder>", "<\\\\/system-reminder>" },
		{ "<\\/System-Reminder >", "<\\\\\\/System-Reminder >" },
		{ "\\u003c / system-reminder", "\\u003c\\\\ / system-reminder" },
		{ "<system-reminder>", "<\\\\system-reminder>" },
		{ "<<</hook_context>", "<<<\\\\/hook_context>" },
		{ "</hook_prompt", "<\\\\/hook_prompt" },
		{ "<task-notification>", "<\\\\task-notification>" },
		{ "</system", NULL },
		{ "ends with <", NULL },
		{ "\\u0000 stays", NULL },
		{ "\\ud83d does not, nor \\udd8a", "\xEF\xBF\xBD does not, nor \xEF\xBF\xBD" },
		{ "--\\u200b- m\xC2\xAD" "sg", "-\\\\-\\u200b- m\xC2\xAD" "sg" },
		{ "\xE2\x80\x90\xE2\x80\x90\xE2\x88\x92 msg", "\xE2\x80\x90\\\\\xE2\x80\x90\xE2\x88\x92 msg" },
		{ "\xEF\xBC\x9C/system\\ufe0f-reminder\xEF\xBC\x9E", "\xEF\xBC\x9C\\\\/system\\ufe0f-reminder\xEF\xBC\x9E" },
		{ "\\uff3boxtail", "\\uff3b\\\\oxtail" },
		{ "bad \xFF\xE2\x82 bytes", "bad \xEF\xBF\xBD\xEF\xBF\xBD bytes" },
	};
	char memory[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = buf_over(memory, sizeof(memory));
		const char *expected = cases[i].shown ? cases[i].shown : cases[i].body;

		frame_body(&out, slice_of(cases[i].body), SIZE_MAX);
		same("framed", buf_slice(&out), slice_of(expected));
	}
}

static void cut_case(const char *body, size_t units, const char *expected, size_t counted, bool cut)
{
	char memory[512];
	struct buf out = buf_over(memory, sizeof(memory));
	struct framed done = frame_body(&out, slice_of(body), units);

	same(body, buf_slice(&out), slice_of(expected));
	holds(body, done.units == counted && done.cut == cut);
}

static void group_cut(void)
{
	cut_case("abc", 3, "abc", 3, false);
	cut_case("abc", 2, "ab", 2, true);
	cut_case("a\\n\\u00e9z", 3, "a\\n\\u00e9", 3, true);
	cut_case("abcdefghij\xF0\x9F\xA6\x8Aklm", 11, "abcdefghij", 10, true);
	cut_case("abcdefghij\xF0\x9F\xA6\x8Aklm", 12, "abcdefghij\xF0\x9F\xA6\x8A", 12, true);
	cut_case("x\\ud83e\\udd8ay", 2, "x", 1, true);
	cut_case("x\\ud83e\\udd8ay", 3, "x\\ud83e\\udd8a", 3, true);
	cut_case("\\ud83e\\ud83e", 1, "\xEF\xBF\xBD", 1, true);
	cut_case("", 0, "", 0, false);
}

static void digest_is(const char *what, struct slice text, size_t n, const char *expected)
{
	char hex[2 * SHA256_BYTES];
	struct buf b = buf_over(hex, sizeof(hex));
	uint8_t digest[SHA256_BYTES];

	sha256(text, digest);
	buf_hex(&b, digest, sizeof(digest));
	holds(what, text.n == n);
	same(what, buf_slice(&b), slice_of(expected));
}

/* The worked examples of labels-and-routing.md section 2.1. */
static void session_examples(void)
{
	char memory[2048];
	struct buf out = buf_over(memory, sizeof(memory));
	struct session_draft d = {
		.text = slice_of("hello world"), .message_id = slice_of("msg-0123456789abcdef01"),
		.from = slice_of("claude:1"), .to = slice_of("claude:2"), .automatic = true,
		.in_reply_to = slice_of("msg-001122334455667788"), .agent = slice_of("AgentAddr"),
		.harness_session = slice_of("85544734-b7f3-43ac-9922-139aa62d90b9"),
		.cwd = slice_of("/home/ann/demo"), .now_ms = 1782995696789,
	};

	session_envelope_write(&out, &d);
	digest_is("full", buf_slice(&out), 712,
		  "cac18fec6c9756dd5077a42506d890dad249fc320737d16cb029095d3bc51e99");
	d = (struct session_draft){
		.text = slice_of("caf\xC3\xA9 \"q\" \\ \n\t\x01\xE2\x80\xA8\xF0\x9F\x98\x80/"),
		.from_user = true, .message_id = slice_of("msg-000000000000000000"),
		.from = slice_of("reviewer"), .agent = slice_of("A"), .cwd = slice_of("/w"),
		.harness_session = slice_of(""), .now_ms = 1782995696789,
	};
	out = buf_over(memory, sizeof(memory));
	session_envelope_write(&out, &d);
	digest_is("escaping", buf_slice(&out), 576,
		  "0ff441375ff77b3a4bf61d4ac27a6de25190271b2499ca1dddaf882a4367dc19");
	for (size_t cap = 0; cap < 576; cap++) {
		out = buf_over(memory, cap);
		session_envelope_write(&out, &d);
		holds("what does not fit is said to be full", out.full && out.n <= cap);
	}
}

static void session_times(void)
{
	static const struct {
		int64_t ms;
		const char *start, *end, *stamp;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:01:00.000Z", "1970-01-01T00:00:00.000Z" },
		{ 951782399999, "2000-02-28T23:59:00.000Z", "2000-02-29T00:00:00.000Z", "2000-02-28T23:59:59.999Z" },
		{ 951868799001, "2000-02-29T23:59:00.000Z", "2000-03-01T00:00:00.000Z", "2000-02-29T23:59:59.001Z" },
		{ 1798761599000, "2026-12-31T23:59:00.000Z", "2027-01-01T00:00:00.000Z", "2026-12-31T23:59:59.000Z" },
		{ 1835395260010, "2028-02-29T00:01:00.000Z", "2028-02-29T00:02:00.000Z", "2028-02-29T00:01:00.010Z" },
		{ 4107542399000, "2100-02-28T23:59:00.000Z", "2100-03-01T00:00:00.000Z", "2100-02-28T23:59:59.000Z" },
		{ 253402300739999, "9999-12-31T23:58:00.000Z", "9999-12-31T23:59:00.000Z", "9999-12-31T23:58:59.999Z" },
	};
	char memory[2048];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = buf_over(memory, sizeof(memory) - 1);

		session_envelope_write(&out, &(struct session_draft){ .now_ms = cases[i].ms });
		holds(cases[i].stamp, strstr(buf_cstr(&out), cases[i].start) &&
				      strstr(memory, cases[i].end) && strstr(memory, cases[i].stamp));
	}
}

/* A body that does not fit into the scratch memory is plain; whatever does not fit, by one byte. */
static void session_scratch(void)
{
	static const char body[] = "{\\\"envelope_version\\\":\\\"tinyplace.harness.session.v1\\\","
				   "\\\"message\\\":{\\\"text\\\":\\\"x\\\"}}";
	const size_t decoded = strlen("{`envelope_version`:`tinyplace.harness.session.v1`,`message`:{`text`:`x`}}");
	char memory[256];
	struct session_envelope e;

	session_envelope_read(slice_of(body), buf_over(memory, decoded), &e);
	holds("it fits", e.enveloped);
	same("its text", e.text, slice_of("x"));
	session_envelope_read(slice_of(body), buf_over(memory, decoded - 1), &e);
	holds("it does not fit", !e.enveloped);
	same("the body as it is", e.text, slice_of(body));
	session_envelope_read(slice_of(""), buf_over(memory, 0), &e);
	holds("empty", !e.enveloped && !e.automatic && e.text.n == 0);
}

static void group_session(void)
{
	session_examples();
	session_times();
	session_scratch();
}

/* Against libc, over all days of some years, so that there are days of one digit and of two. */
/* Written and compared: each is after the moment before its own, and not after its own. */
static void time_of_entries(void)
{
	static const int64_t moments[] = { 0, 951782400, 951868799, 1078012800, 4107542400, 4107456000, 1795262714,
		253402300799 };
	char text[40];

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct buf b = buf_over(text, sizeof(text));

		date_time(&b, moments[i], ':');
		buf_text(&b, ".123Z");
		holds("after what was before", proof_later(buf_slice(&b), moments[i] * 1000 + 122));
		holds("not after itself", !proof_later(buf_slice(&b), moments[i] * 1000 + 123));
	}
	holds("a date alone is no moment", !proof_later(slice_of("2026-11-21"), 0));
	holds("nor is a month of 13", !proof_later(slice_of("2026-13-21T00:00:00.000Z"), 0));
	holds("nor a number without end", !proof_later(slice_of("2026-11-21T00:00:99999999999999999.000Z"), 0));
}

static void group_time(void)
{
	time_of_entries();
	static const char *const zones[] = {
		"UTC", "Asia/Kolkata", "America/New_York", "Pacific/Apia", "XYZ-3:30ABC,M3.2.0,M11.1.0",
	};
	enum { STEP = 86400 - 3607, TIMES = 2000 };

	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		setenv("TZ", zones[z], 1);
		tzset();
		for (int i = 0; i < TIMES; i++) {
			time_t when = (time_t)1700000000 + (time_t)i * STEP;
			char memory[64], expected[64];
			struct buf out = buf_over(memory, sizeof(memory));

			holds(zones[z], process_time(when, &out) && ctime_r(&when, expected));
			same(zones[z], buf_slice(&out), bytes(expected, strcspn(expected, "\n")));
		}
	}
	setenv("TZ", "UTC", 1);
	{
		char memory[64];
		struct buf out = buf_over(memory, sizeof(memory));

		process_time(978307200, &out);
		same("a day of one digit", buf_slice(&out), slice_of("Mon Jan  1 00:00:00 2001"));
	}
}

static void nonce_case(const char *command, const char *expected)
{
	char nonce[NONCE_MAX + 1] = "";
	bool found = nonce_find(slice_of(command), nonce);

	holds(command, found == (expected != NULL));
	if (found && expected)
		same(command, slice_of(nonce), slice_of(expected));
}

static void group_nonce(void)
{
	char text[NONCE_MAX + 32] = NONCE_OPTION " ";
	const size_t n = strlen(text);

	nonce_case("", NULL);
	nonce_case("--session-nonce", NULL);
	nonce_case("--session-nonce ", NULL);
	nonce_case("--session-nonce abcdefg", NULL);
	nonce_case("--session-nonce abcdefgh", "abcdefgh");
	nonce_case("x --session-nonce aZ09_-xx; y", "aZ09_-xx");
	nonce_case("--session-nonce=abcdefgh", NULL);
	nonce_case("--session-nonce  abcdefgh", NULL);
	nonce_case("--session-nonce\tabcdefgh", NULL);
	nonce_case("--session-nonce \"abcdefgh\"", NULL);
	nonce_case("--session-nonces abcdefgh", NULL);
	nonce_case("--session-nonce abcdefgh/../x", "abcdefgh");
	nonce_case("--session-nonce ../abcdefgh", NULL);
	nonce_case("--session-nonce abcdefgh --session-nonce ijklmnop", "ijklmnop");
	nonce_case("--session-nonce abcdefgh --session-nonce short", "abcdefgh");
	nonce_case("--session-nonce abcdefgh\n--session-nonce ijklmnop\n", "ijklmnop");
	nonce_case("--session-nonce --session-nonce abcdefgh", "abcdefgh");
	nonce_case("--session-nonce --session-nonce", "--session-nonce");
	nonce_case("-----session-nonce abcdefgh", "abcdefgh");
	memset(text + n, 'a', NONCE_MAX);
	nonce_case(text, text + n);
	text[n + NONCE_MAX] = 'a';
	nonce_case(text, NULL);
}

/* In the working directory, with the folder "watched". */
enum { NOT_YET_MS = 30, SOON_MS = 5000 };

static enum watch_result waited(struct watch *w, int other, int64_t ms)
{
	return watch_wait(w, other, clock_monotonic_ms() + ms);
}

static void file_made(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	holds(path, fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* Something was done: it is reported, if that was not all at once more than once, and then no more. */
static void reported(const char *what, struct watch *w)
{
	holds(what, waited(w, -1, SOON_MS) == WATCH_CHANGED);
	while (waited(w, -1, NOT_YET_MS) == WATCH_CHANGED)
		;
}

static void watch_changes(void)
{
	struct watch w;

	watch_open(&w);
	holds("a folder is watched", watch_add(&w, AT_FDCWD, "watched") == 0);
	holds("a missing folder is not", watch_add(&w, AT_FDCWD, "missing") == -ENOENT);
	file_made("no-folder", "");
	holds("a file is not", watch_add(&w, AT_FDCWD, "no-folder") == -ENOTDIR);
	holds("nothing has changed", waited(&w, -1, NOT_YET_MS) == WATCH_TIMEOUT);
	file_made("watched/file", "");
	reported("a new file", &w);
	file_made("watched/file", "x");
	reported("more in a file", &w);
	holds("emptied", truncate("watched/file", 0) == 0);
	reported("an emptied file", &w);
	file_made("other", "x");
	holds("nothing has changed there", waited(&w, -1, NOT_YET_MS) == WATCH_TIMEOUT);
	holds("renamed", rename("other", "watched/file") == 0);
	reported("a file in the place of another", &w);
	holds("unlinked", unlink("watched/file") == 0);
	reported("a file less", &w);
	file_made("watched/file", "x");
	holds("no time left", watch_wait(&w, -1, clock_monotonic_ms()) == WATCH_TIMEOUT);
	reported("what changed before", &w);
	watch_close(&w);
}

/* So many changes that the kernel gives up to name them. */
static void watch_overflow(void)
{
	enum { MORE_THAN_FIT = 20000 };
	struct watch w;
	int file = open("watched/file", O_WRONLY | O_CREAT, 0600);

	watch_open(&w);
	watch_add(&w, AT_FDCWD, "watched");
	watch_add(&w, AT_FDCWD, ".");
	/* The same event twice in a row is kept once. */
	for (int i = 0; i < MORE_THAN_FIT; i++)
		holds("changed", mkdir("watched/folder", 0700) == 0 && rmdir("watched/folder") == 0);
	reported("too many changes", &w);
	holds("written", write(file, "x", 1) == 1);
	reported("a change after too many", &w);
	close(file);
	watch_close(&w);
}

static void watch_other(void)
{
	struct watch w;
	int ends[2];

	watch_open(&w);
	watch_add(&w, AT_FDCWD, "watched");
	holds("a pipe", pipe(ends) == 0);
	holds("an empty pipe", waited(&w, ends[0], NOT_YET_MS) == WATCH_TIMEOUT);
	holds("written", write(ends[1], "x", 1) == 1);
	file_made("watched/file", "x");
	holds("what can be read", waited(&w, ends[0], SOON_MS) == WATCH_OTHER);
	w.hangup_only = true;
	reported("hangup only", &w);
	holds("hangup only, later", waited(&w, ends[0], NOT_YET_MS) == WATCH_TIMEOUT);
	holds("a pipe with a reader", waited(&w, ends[1], NOT_YET_MS) == WATCH_TIMEOUT);
	close(ends[0]);
	holds("a pipe without a reader", waited(&w, ends[1], SOON_MS) == WATCH_OTHER);
	close(ends[1]);
	watch_close(&w);
}

/* Without a descriptor to spare it looks now and then. */
static void watch_without(void)
{
	const struct rlimit few = { 3, 3 };
	struct watch w;

	holds("fewer descriptors", setrlimit(RLIMIT_NOFILE, &few) == 0);
	watch_open(&w);
	holds("no descriptor", w.fd == -1);
	holds("a folder is looked at", watch_add(&w, AT_FDCWD, "watched") == 0);
	holds("less than a look", waited(&w, -1, WATCH_LOOK_MS / 2) == WATCH_TIMEOUT);
	holds("a look", waited(&w, -1, SOON_MS) == WATCH_CHANGED);
	watch_close(&w);
}

static void group_watch(void)
{
	mkdir("watched", 0700);
	watch_changes();
	watch_overflow();
	watch_other();
	watch_without();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} groups[] = {
		{ "json", group_json }, { "decimal", group_decimal }, { "sha256", group_sha256 }, { "layout", group_layout },
		{ "ids", group_ids }, { "frame", group_frame }, { "cut", group_cut },
		{ "session", group_session },
		{ "time", group_time }, { "nonce", group_nonce }, { "watch", group_watch },
	};
	char memory[64];
	struct buf out = buf_over(memory, sizeof(memory));

	if (argc == 3 && strcmp(argv[1], "started") == 0)
		return process_started((pid_t)atol(argv[2]), &out) ? puts(buf_cstr(&out)) < 0 : 1;
	for (size_t i = 0; argc == 2 && i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(groups[i].name, argv[1]) == 0) {
			groups[i].run();
			return failures ? 1 : 0;
		}
	}
	fputs("usage: unit GROUP | started PID\n", stderr);
	return 2;
}
