/* What people are asked about where a line for a target is held: plea.c asks them.
 *
 * The line is bound to where, as whom and how it would run; the same line in another
 * directory is another question. */
#include "broker/monitor/lineask_parts.h"
#include "policies/ssmrule.h"

const char *
line_mode(const struct line *l)
{
	if (l->how == LINE_PROGRAM)
		return ssmrule_modes[SSM_PROGRAM];
	return l->form == LINE_BYTES ? "bytes" : ssmrule_modes[l->plea.s->remote->mode];
}

static enum rc
bind_line(
    struct plea *p, struct buf *canon, uint8_t digest[HOLD_DIGEST], struct err *err)
{
	const struct line *l = line_of(p);
	const struct session *s = p->s;
	const struct hold_facts f = {
		.identity = span_of(s->identity),
		.profile = span_of(s->profile_name),
		.role = span_of(s->target.role),
		.account = span_of(s->target.account),
		.region = span_of(s->region),
		.path = span_of("shell"),
		.canon = buf_span(&l->canon),
		.target = span_of(s->remote->at->id),
		.run_as = span_of(s->remote->at->os_user),
		.directory = span_of(l->directory),
		.mode = span_of(line_mode(l)),
		.stdin_kind = HOLD_STDIN_NONE,
		.reason = span_of(s->command.reason),
	};

	buf_span_put(canon, buf_span(&l->canon));
	return hold_digest(&f, digest, err);
}

static json_t *
request_of(struct plea *p)
{
	const struct line *l = line_of(p);
	const struct session *s = p->s;
	const struct instance *i = s->remote->at;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s}}",
	    "target", i->name, "target_id", i->id, "run_as", i->os_user, "directory",
	    l->directory, "mode", line_mode(l), "profile", s->profile_name, "role",
	    s->target.role, "account", s->target.account, "region", s->region, "stdin",
	    "kind", "none");
}

const struct plea_kind linehold_kind = {
	.path = "shell",
	.what = "line",
	.grants = true,
	.judge = line_judge,
	.bind = bind_line,
	.request = request_of,
	.note = line_note,
	.held = line_held,
	.forget = line_forget,
};
