/* Interim: the identity branch has it whole. */
#ifndef PEERHOOKS_AGENT_IDENTITY_H
#define PEERHOOKS_AGENT_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/id.h"

enum provenance { PROVENANCE_NONE, PROVENANCE_EXPLICIT, PROVENANCE_STRONG, PROVENANCE_WEAK };
struct identity_request { const char *session_id, *nonce, *cwd, *hint; };
enum { IDENTITY_LAYERS = 6 };
struct identity {
	char session[SESSION_ID_MAX + 1];
	enum provenance provenance;
	int layer;
	const char *agent;
	pid_t pid;
	const char *missed[IDENTITY_LAYERS];
};
void identity_resolve(const struct identity_request *r, struct identity *id);

#endif
