/*
 * Forms: the JSON that a client wants around a text for its model.
 */
#ifndef PEERHOOKS_AGENT_FORM_H
#define PEERHOOKS_AGENT_FORM_H

#include "agent/profile.h"
#include "base/buf.h"

/* What stands in front of the text, which follows escaped, as the inside of a JSON string. The
 * event's name is for ENVELOPE_CONTEXT, as the client spells it. */
void form_open(struct buf *out, enum envelope_form form, const char *event_name);

/* What stands behind it, with a line feed. */
void form_close(struct buf *out, enum envelope_form form);

#endif
