/*
 * Codex's part of installing: its trust (codex_trust.h) is kept in step with what is registered, in
 * config.toml, which is changed as carefully as the settings are.
 */
#ifndef PEERHOOKS_AGENT_CODEX_INSTALL_H
#define PEERHOOKS_AGENT_CODEX_INSTALL_H

#include "agent/install.h"

/* Before its hooks are registered: notes what config.toml speaks of (codex_moving.h), from a dry
 * request. True if a note was made, which goes again if nothing is registered after all. */
bool codex_install_begin(struct install *in, const struct registration_request *r);

/* After its hooks were registered, or would be, and before they are taken out: does what is left to
 * do, and says what is left to its person. False, and said, if it could not be done. */
bool codex_install(struct install *in, const struct registration_request *r);

/* Both files are changed: the note goes. */
void codex_install_end(const struct registration_request *r);

#endif
