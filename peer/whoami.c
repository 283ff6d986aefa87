/*
 * peer whoami: which session this is run in, and with --json how that was found out. Being nobody
 * is no error: nothing is said then, but for the exit status.
 */
#include "base/json.h"
#include "peer.h"

#define COMMAND "whoami"

enum { OUTPUT_MAX = 4096 };

static int arguments(int argc, char **argv, struct identity_request *r, bool *json)
{
	const struct peer_option options[] = {
		{ "json", json, NULL },
		{ "session-id", NULL, &r->session_id },
		{ "session-nonce", NULL, &r->nonce },
		{ "cwd", NULL, &r->cwd },
		{ "hint", NULL, &r->hint },
		{ NULL, NULL, NULL },
	};

	return peer_options(COMMAND, argc, argv, options, 0, NULL);
}

static void json_out(struct buf *out, const struct identity *me)
{
	static const char *const provenances[] = {
		[PROVENANCE_NONE] = NULL, [PROVENANCE_EXPLICIT] = "explicit",
		[PROVENANCE_STRONG] = "strong", [PROVENANCE_WEAK] = "weak",
	};
	bool first = true;

	buf_char(out, '{');
	json_member_text(out, "session_id", me->session);
	json_member_known(out, "layer", me->layer);
	json_member_text(out, "provenance", provenances[me->provenance]);
	json_member_text(out, "agent", me->agent);
	json_member_known(out, "pid", me->pid);
	json_name(out, "missed");
	buf_char(out, '[');
	for (int i = 0; i < IDENTITY_LAYERS; i++) {
		if (!me->missed[i])
			continue;
		buf_text(out, first ? "{" : ",{");
		json_member_int(out, "layer", i + 1);
		json_member_text(out, "reason", me->missed[i]);
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
