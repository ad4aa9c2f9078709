/* What is decided about a session on a target.
 *
 * What was read of it at first stays: a reload may turn a yes into a no, but never what
 * runs into something else. */
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/model/status.h"
#include "policies/render.h"

static bool
has_line(const struct remote *r)
{
	return r->line != NULL;
}

/* ---- judging ---- */

static void
judge_line(struct session *s, struct verdict *v)
{
	struct remote *r = s->remote;
	enum msg_line_form form = LINE_CANON;
	enum msg_remote_kind kind;
	struct buf text;

	buf_init(&text, MSG_COMMAND_MAX);
	lineask_judge(s, span_of(r->line), v, &text, &form);
	kind = v->asks & VERDICT_ASK_INTERACTIVE ? REMOTE_PROGRAM
	       : r->at->run			 ? REMOTE_RUN
						 : REMOTE_COMMAND;
	if (v->effect != EFFECT_DENY && r->settled &&
	    (r->text == NULL || !span_is(buf_span(&text), r->text) || form != r->form ||
		kind != r->kind))
		admit_deny(v, "changed",
		    "the rules let it run otherwise now; ask for it again");
	if (v->effect != EFFECT_DENY && !r->settled) {
		r->kind = kind;
		r->form = form;
		free(r->text);
		r->text = span_dup(buf_span(&text));
		if (r->text == NULL)
			admit_deny(v, "internal", "internal: out of memory");
	}
	buf_clear(&text);
}

static const char *
document_of_mode(const struct session *s, enum ssm_mode mode)
{
	const struct config *c = session_monitor(s)->rules.config;

	if (s->remote->settled)
		return mode == SSM_SINGLE ? s->remote->command_document
					  : s->remote->document;
	return mode == SSM_SINGLE ? c->ssm.command
	       : mode == SSM_RAW  ? c->ssm.raw
				  : c->ssm.shell;
}

static void
judge_mode(
    struct session *s, enum ssm_mode mode, const struct facts *f, struct verdict *v)
{
	const struct ssm_ask ask = { document_of_mode(s, mode), mode };

	decide_open(pack_rules(session_monitor(s)->rules.policy), &ask, f, v);
	admit_terms(s, v);
	s->remote->mode = mode;
}

/* One shell for all lines, where nobody says otherwise; each line a session of its own
 * where that alone is let through. */
static void
judge_shell(struct session *s, const struct facts *f, struct verdict *v)
{
	static const enum ssm_mode modes[] = { [SSMWORDS_USUAL] = SSM_FED,
		[SSMWORDS_SINGLE] = SSM_SINGLE,
		[SSMWORDS_FED] = SSM_FED,
		[SSMWORDS_RAW] = SSM_RAW };
	struct remote *r = s->remote;
	struct verdict single;

	judge_mode(s, r->settled ? r->mode : modes[r->wanted], f, v);
	if (r->settled || r->wanted != SSMWORDS_USUAL || v->effect != EFFECT_DENY)
		return;
	single = *v;
	judge_mode(s, SSM_SINGLE, f, &single);
	if (single.effect != EFFECT_DENY)
		*v = single;
	else
		r->mode = SSM_FED;
}

/* Clients of ssh have no word for it. */
static void
want_no_reason(const struct session *s, struct verdict *v)
{
	for (size_t i = 0; v->effect == EFFECT_HOLD && i < v->n_needs; i++)
		if (v->needs[i].reason && s->command.reason[0] == '\0') {
			memcpy(v->rule, v->needs[i].rule, sizeof v->rule);
			admit_deny(v, "reason",
			    "its approvers want a reason, which a port connection "
			    "cannot give");
		}
}

static void
judge_port(struct session *s, const struct facts *f, struct verdict *v)
{
	const struct remote *r = s->remote;
	const struct forward_ask ask = { r->host[0] != '\0' ? r->host : NULL, r->port };

	decide_forward(pack_rules(session_monitor(s)->rules.policy), &ask, f, v);
	want_no_reason(s, v);
	admit_terms(s, v);
}

void
remote_judge(struct session *s, struct verdict *v)
{
	char partition[ASK_PARTITION];
	struct err why = { "" };
	struct facts f;

	if (s->remote->at == NULL)
		return;
	if (has_line(s->remote)) {
		judge_line(s, v);
		return;
	}
	if (!ask_facts(s, ask_path(s), partition, &f, &why))
		admit_deny(v, "profile", "%s", why.text);
	else if (s->remote->kind == REMOTE_PORT)
		judge_port(s, &f, v);
	else
		judge_shell(s, &f, v);
}

/* ---- what the target can do ---- */

/* As the session process will: nobody is asked about what could not be sent. */
static enum rc
try_render(const struct remote *r, struct err *err)
{
	const struct span here = { NULL, 0 }, text = span_of(r->text);
	struct buf out;
	enum rc rc;

	buf_init(&out, RENDER_MAX + 1);
	if (r->kind == REMOTE_RUN)
		rc = render_run(text, r->form == LINE_CANON, here, &out, err);
	else if (r->kind == REMOTE_PROGRAM)
		rc = render_program(text, here, &out, err);
	else if (r->form == LINE_CANON)
		rc = render_command(text, here, &out, err);
	else
		rc = render_bytes(text, here, &out, err);
	buf_clear(&out);
	return rc;
}

static bool
can_send(struct session *s)
{
	struct err err = { "" };
	enum rc rc = has_line(s->remote) ? try_render(s->remote, &err) : RC_OK;

	if (rc == RC_OK)
		return true;
	tell_coded(s, rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED,
	    rc == RC_REFUSE ? "refused" : "failed",
	    rc == RC_REFUSE ? "value" : "internal", err.text);
	return false;
}

/* Who may not use a target is not told how it is. */
bool
remote_can(struct session *s)
{
	const struct remote *r = s->remote;
	bool port = r->kind == REMOTE_PORT;

	if (s->verdict.effect == EFFECT_DENY)
		return true;
	if (!port && strcmp(r->at->platform, "Windows") == 0)
		tell_coded(s, STATUS_USAGE, "refused", "target",
		    "the target runs Windows: no commands and shells there, ports "
		    "alone");
	else if (r->at->run && !has_line(r))
		tell_coded(s, STATUS_USAGE, "refused", "target",
		    "the target takes single commands alone, by Run Command: ssm "
		    "TARGET "
		    "-- COMMAND");
	else if (!r->at->online)
		tell_coded(s, STATUS_UNREACHABLE, "unreachable", "target",
		    "the target is not connected: AWS has not heard of its agent");
	else
		return can_send(s);
	return false;
}
