/* See form.h. */
#include "agent/form.h"

void form_open(struct buf *out, enum envelope_form form, const char *event_name)
{
	switch (form) {
	case ENVELOPE_TEXT:
		break;
	case ENVELOPE_CONTEXT:
		buf_text(out, "{\"hookSpecificOutput\":{\"hookEventName\":\"");
		buf_text(out, event_name);
		buf_text(out, "\",\"additionalContext\":\"");
		break;
	case ENVELOPE_BLOCK:
		buf_text(out, "{\"decision\":\"block\",\"reason\":\"");
		break;
	case ENVELOPE_FOLLOWUP:
		buf_text(out, "{\"followup_message\":\"");
		break;
	case ENVELOPE_ADDITION:
		buf_text(out, "{\"additional_context\":\"");
		break;
	}
}

void form_close(struct buf *out, enum envelope_form form)
{
	if (form == ENVELOPE_TEXT)
		return;
	buf_text(out, form == ENVELOPE_CONTEXT ? "\"}}\n" : "\"}\n");
}
