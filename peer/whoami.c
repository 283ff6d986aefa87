/*
 * peer whoami: which session this is run in, and with --json how that was found out. Being nobody
 * is no error: nothing is said then, but for the exit status.
 */
#include <getopt.h>

#include "base/json.h"
#include "peer.h"

#define COMMAND "whoami"

enum { OUTPUT_MAX = 4096 };

static int arguments(int argc, char **argv, struct identity_request *r, bool *json)
{
	enum { JSON = 1, SESSION, NONCE, CWD, HINT };
	static const struct option options[] = {
		{ "json", no_argument, NULL, JSON },
		{ "session-id", required_argument, NULL, SESSION },
		{ "session-nonce", required_argument, NULL, NONCE },
		{ "cwd", required_argument, NULL, CWD },
		{ "hint", required_argument, NULL, HINT },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == JSON)
			*json = true;
		else if (option == SESSION)
			r->session_id = optarg;
		else if (option == NONCE)
			r->nonce = optarg;
		else if (option == CWD)
			r->cwd = optarg;
		else if (option == HINT)
			r->hint = optarg;
		else if (option == ':')
			return peer_misused(COMMAND, "no value given for ", argv[optind - 1]);
		else
			return peer_no_option(COMMAND, argv);
	}
	if (optind < argc)
		return peer_misused(COMMAND, "takes no argument: ", argv[optind]);
	return PEER_DONE;
}

static void text_or_null(struct buf *out, const char *name, const char *text)
{
	buf_text(out, name);
	if (text && *text)
		json_string(out, slice_of(text));
	else
		buf_text(out, "null");
}

static void number_or_null(struct buf *out, const char *name, int64_t number)
{
	buf_text(out, name);
	if (number)
		buf_int(out, number);
	else
		buf_text(out, "null");
}

static void json_out(struct buf *out, const struct identity *me)
{
	static const char *const provenances[] = {
		[PROVENANCE_NONE] = NULL, [PROVENANCE_EXPLICIT] = "explicit",
		[PROVENANCE_STRONG] = "strong", [PROVENANCE_WEAK] = "weak",
	};
	bool first = true;

	text_or_null(out, "{\"session_id\":", me->session);
	number_or_null(out, ",\"layer\":", me->layer);
	text_or_null(out, ",\"provenance\":", provenances[me->provenance]);
	text_or_null(out, ",\"agent\":", me->agent);
	number_or_null(out, ",\"pid\":", me->pid);
	buf_text(out, ",\"missed\":[");
	for (int i = 0; i < IDENTITY_LAYERS; i++) {
		if (!me->missed[i])
			continue;
		number_or_null(out, first ? "{\"layer\":" : ",{\"layer\":", i + 1);
		text_or_null(out, ",\"reason\":", me->missed[i]);
		buf_char(out, '}');
		first = false;
	}
	buf_text(out, "]}\n");
}

int peer_whoami(int argc, char **argv)
{
	char text[OUTPUT_MAX];
	struct buf out = buf_over(text, sizeof(text));
	struct identity_request r = { .session_id = NULL };
	struct identity me;
	bool json = false;
	int status = arguments(argc, argv, &r, &json);

	if (status)
		return status;
	identity_resolve(&r, &me);
	if (json) {
		json_out(&out, &me);
	} else if (me.layer) {
		buf_text(&out, me.session);
		buf_char(&out, '\n');
	}
	status = peer_print(COMMAND, buf_slice(&out));
	return status == PEER_DONE && !me.layer ? PEER_CANNOT : status;
}
