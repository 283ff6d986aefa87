/*
 * peer envelope: session envelopes by hand, for scripts: what a body says (decode), and a body that
 * says it (encode). Both from standard input to standard output; no mail is touched.
 */
#include <unistd.h>

#include "agent/identity.h"
#include "agent/label.h"
#include "agent/session_envelope.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "base/utf8.h"
#include "peer.h"
#include "store/id.h"

#define COMMAND "envelope"
#define LABEL_CHARACTERS " is not a label (1 to 32 of A-Z a-z 0-9 _ : -, no _ in front): "

enum {
	INPUT_MAX = 1 << 20,	/* bytes; stands in peer.c and peer.1 too */
	DECODED_MAX = 3 * INPUT_MAX,	/* a bad byte becomes U+FFFD */
	ESCAPED_MAX = 6 * INPUT_MAX + 2,	/* a control character becomes \u00xx */
	AROUND_MAX = 1024,	/* JSON around the texts */
	ID_RANDOM_BYTES = 9,
};

_Static_assert(LABEL_MAX == 32, "this limit stands in the text above and in peer.c");

static char input[INPUT_MAX + 1];
static char decoded[DECODED_MAX];
static char escaped[ESCAPED_MAX];
static char scratch[DECODED_MAX];
static char output[ESCAPED_MAX + AROUND_MAX];

static int input_taken(const char *verb, struct slice *text)
{
	int err;

	*text = (struct slice){ input, 0 };
	err = file_read(STDIN_FILENO, input, sizeof(input), &text->n);
	if (err)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot ", verb, ": standard input cannot "
				 "be read: ", peer_reason(err), "; try again", NULL);
	if (text->n > INPUT_MAX)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot ", verb, ": standard input is "
				 "longer than 1 MB; shorten it", NULL);
	return PEER_DONE;
}

static void string_or_null(struct buf *out, const char *name, const struct json_value *v)
{
	struct buf text = buf_over(decoded, sizeof(decoded));

	buf_text(out, name);
	if (v->type != JSON_STRING) {
		buf_text(out, "null");
		return;
	}
	json_decode(v->text, &text);
	json_string(out, buf_slice(&text));
}

static void report(struct buf *out, const struct session_envelope *e)
{
	const struct json_value text = { JSON_STRING, e->text };

	buf_text(out, e->automatic ? "{\"auto\":true" : "{\"auto\":false");
	string_or_null(out, ",\"inReplyTo\":", &e->in_reply_to);
	string_or_null(out, ",\"text\":", &text);
	string_or_null(out, ",\"messageId\":", &e->message_id);
	string_or_null(out, ",\"fromSession\":", &e->from);
	string_or_null(out, ",\"toSession\":", &e->to);
	buf_text(out, ",\"role\":");
	if (e->enveloped)
		buf_text(out, e->from_user ? "\"user\"" : "\"agent\"");
	else
		buf_text(out, "null");
	buf_text(out, e->enveloped ? ",\"envelope\":true}\n" : ",\"envelope\":false}\n");
}

static int decode(void)
{
	struct buf good = buf_over(decoded, sizeof(decoded));
	struct buf body = buf_over(escaped, sizeof(escaped));
	struct buf out = buf_over(output, sizeof(output));
	struct session_envelope e;
	struct slice text;
	int status = input_taken("decode", &text);

	if (status)
		return status;
	/* json_string would take the bytes of a surrogate for one; here they are bad UTF-8. */
	while (text.n) {
		struct utf8_char c = utf8_first(text);

		utf8_put(&good, c.code);
		text = slice_from(text, c.bytes);
	}
	json_string(&body, buf_slice(&good));
	session_envelope_read((struct slice){ body.p + 1, body.n - 2 },
			      buf_over(scratch, sizeof(scratch)), &e);
	report(&out, &e);
	return peer_print(COMMAND, buf_slice(&out));
}

/* The members of what encode reads: strings first. */
enum { TEXT, ROLE, TO, REPLY, FROM, HARNESS, AGENT, CWD, ID, STRINGS, AUTO = STRINGS, MEMBERS };

static struct json_member in[MEMBERS] = {
	[TEXT] = { .name = "text" },
	[ROLE] = { .name = "role" },
	[TO] = { .name = "toSession" },
	[REPLY] = { .name = "inReplyTo" },
	[FROM] = { .name = "fromSession" },
	[HARNESS] = { .name = "harnessSessionId" },
	[AGENT] = { .name = "agentAddress" },
	[CWD] = { .name = "cwd" },
	[ID] = { .name = "messageId" },
	[AUTO] = { .name = "auto" },
};

static int no_member(const char *name, const char *what)
{
	return peer_fail(PEER_CANNOT, COMMAND, "cannot encode: the member ", name, what, NULL);
}

/* Decodes the strings, each with a NUL behind it; what is null or absent stays as it is. */
static int strings_taken(struct slice given[STRINGS])
{
	struct buf pool = buf_over(decoded, sizeof(decoded));

	for (size_t i = 0; i < STRINGS; i++) {
		enum json_type type = in[i].value.type;
		size_t from = pool.n;

		if (type == JSON_ABSENT || type == JSON_NULL)
			continue;
		if (type != JSON_STRING)
			return no_member(in[i].name, " is not a string; put it in quotes");
		json_decode(in[i].value.text, &pool);
		given[i] = (struct slice){ pool.p + from, pool.n - from };
		buf_char(&pool, '\0');
	}
	if (!given[TEXT].p)
		return no_member("text", " is missing; give at least {\"text\":\"...\"}");
	return PEER_DONE;
}

static int checked(const struct slice given[STRINGS])
{
	enum json_type automatic = in[AUTO].value.type;

	if (!label_valid(given[FROM]))
		return peer_misused(COMMAND, "cannot encode: fromSession" LABEL_CHARACTERS,
				    given[FROM].p);
	if (given[TO].p && !label_valid(given[TO]))
		return peer_misused(COMMAND, "cannot encode: toSession" LABEL_CHARACTERS,
				    given[TO].p);
	if (!slice_is(given[ROLE], "user") && !slice_is(given[ROLE], "agent"))
		return peer_misused(COMMAND, "cannot encode: role is neither user nor agent: ",
				    given[ROLE].p);
	if (automatic > JSON_TRUE)
		return no_member("auto", " is neither true nor false; make it one of them");
	return PEER_DONE;
}

static int given_taken(struct slice text, struct slice given[STRINGS])
{
	int status;

	if (json_check(text) != JSON_OK || json_object(text, in, MEMBERS) != JSON_OK)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot encode: standard input is not one "
				 "JSON object in UTF-8; give at least {\"text\":\"...\"}", NULL);
	status = strings_taken(given);
	return status ? status : checked(given);
}

static int encode(void)
{
	const struct identity_request here = { NULL, NULL, NULL, NULL };
	struct identity me;
	char cwd[FILE_PATH_MAX], id_text[2 * ID_RANDOM_BYTES + 4];
	struct buf out = buf_over(output, sizeof(output)), id = buf_over(id_text, sizeof(id_text));
	struct slice text, given[STRINGS] = {
		[ROLE] = slice_of("agent"),
		[FROM] = slice_of(*label_wanted() ? label_wanted() : "claude:1"),
		[AGENT] = slice_of("local"),
		[CWD] = slice_of(getcwd(cwd, sizeof(cwd)) ? cwd : ""),
	};
	int status;

	identity_resolve(&here, &me);
	given[HARNESS] = slice_of(me.session);
	buf_text(&id, "msg-");
	random_hex(&id, ID_RANDOM_BYTES);
	given[ID] = buf_slice(&id);
	if ((status = input_taken("encode", &text)) || (status = given_taken(text, given)))
		return status;
	session_envelope_write(&out, &(struct session_draft){
		.text = given[TEXT],
		.from_user = slice_is(given[ROLE], "user"),
		.automatic = in[AUTO].value.type == JSON_TRUE,
		.message_id = given[ID],
		.from = given[FROM],
		.to = given[TO],
		.in_reply_to = given[REPLY],
		.agent = given[AGENT],
		.harness_session = given[HARNESS],
		.cwd = given[CWD],
		.now_ms = clock_now_ms(),
	});
	return peer_print(COMMAND, buf_slice(&out));
}

int peer_envelope(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc > 2)
		return peer_misused(COMMAND, "takes one argument, and its input from standard "
				    "input: ", argv[2]);
	if (strcmp(verb, "decode") == 0)
		return decode();
	if (strcmp(verb, "encode") == 0)
		return encode();
	return peer_misused(COMMAND, "needs decode or encode, not: ", verb);
}
