/* What a shell writes into its session's recording: lines with their verdicts, before
 * they run, and how they ended. */
#include "broker/session/shell_parts.h"

#include <jansson.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

/* A string that shows what s is, whatever its bytes. */
static json_t *
shown(struct span s)
{
	struct buf b;
	json_t *j;

	buf_init(&b, 4 * s.len + 1);
	text_show(&b, s);
	j = buf_ok(&b) ? json_stringn((const char *)b.p, b.len) : NULL;
	if (j == NULL && b.len == 0)
		j = json_string("");
	buf_clear(&b);
	return j;
}

static bool
record_take(struct shell *s, json_t *j)
{
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	enum rc rc = RC_FAIL;

	if (text != NULL)
		rc = s->owner.record(s->owner.arg, text);
	free(text);
	json_decref(j);
	if (rc == RC_OK)
		return true;
	shell_finish(s, STATUS_FAILED, false, "what is done could not be recorded");
	return false;
}

bool
shell_record_line(struct shell *s, const struct msg_line_says *m)
{
	static const char *const effects[] = { [VERDICT_DENY] = "deny",
		[VERDICT_HOLD] = "hold",
		[VERDICT_ALLOW] = "allow" };
	static const char *const hows[] = { [0] = "",
		[LINE_USUAL] = "usual",
		[LINE_ALONE] = "alone",
		[LINE_PROGRAM] = "program",
		[LINE_DIRECTORY] = "directory" };
	char policy[65] = "";
	json_t *j;

	if (m->policy.len == 32)
		id_hex(m->policy.p, 32, policy);
	j = json_pack("{s:s, s:I, s:o*, s:s, s:s, s:o*, s:o*, s:o*, s:s}", "t", "line",
	    "n", (json_int_t)s->line, "line", shown(buf_span(&s->asked)), "directory",
	    s->directory, "verdict", effects[m->effect], "rule", shown(m->rule), "why",
	    shown(m->why), "hold", m->hold.len > 0 ? shown(m->hold) : NULL, "policy",
	    policy);
	if (j != NULL && m->effect == VERDICT_ALLOW &&
	    (json_object_set_new(j, "how", json_string(hows[m->how])) != 0 ||
		json_object_set_new(j, "form",
		    json_string(m->form == LINE_BYTES ? "bytes" : "canon")) != 0 ||
		json_object_set_new(j, "text", shown(m->text)) != 0)) {
		json_decref(j);
		j = NULL;
	}
	if (j != NULL && m->decisions.len > 0) {
		json_t *all =
		    json_loadb((const char *)m->decisions.p, m->decisions.len, 0, NULL);

		if (json_is_array(all))
			json_object_set(j, "decisions", all);
		json_decref(all);
	}
	return record_take(s, j);
}

bool
shell_record_end(struct shell *s, uint8_t status)
{
	const char *how = s->run.cut != NULL   ? s->run.cut
			  : s->run.interrupted ? "interrupted"
					       : "ended";

	return record_take(
	    s, json_pack("{s:s, s:I, s:i, s:s, s:I, s:I}", "t", "line.end", "n",
		   (json_int_t)s->run.number, "status", status, "how", how, "bytes",
		   (json_int_t)s->run.bytes, "duration_ms",
		   (json_int_t)(clock_mono_ms() - s->run.began_ms)));
}

bool
shell_record_program(struct shell *s, const char *what, struct span command)
{
	return record_take(s,
	    json_pack("{s:s, s:s, s:I, s:o*, s:I, s:I}", "t", "program", "what", what,
		"n", (json_int_t)s->run.number, "command", shown(command), "typed",
		(json_int_t)s->run.typed, "bytes", (json_int_t)s->run.bytes));
}

bool
shell_record_what(struct shell *s, const char *type, const char *what, const char *text)
{
	return record_take(
	    s, json_pack("{s:s, s:s, s:I, s:o*}", "t", type, "what", what, "n",
		   (json_int_t)s->line, "text", shown(span_of(text))));
}
