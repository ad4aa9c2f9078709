/* What people are asked about where an SDK's call is held: plea.c asks them.
 *
 * A client that gives up leaves the hold behind; the same call, asked again, finds it,
 * whatever has been said meanwhile. */
#include "broker/monitor/calltext.h"
#include "broker/monitor/wirecall_parts.h"

/* What people are asked about.  A call whose values are not all known is bound to this
 * one request: nobody may put others in their place later. */
static enum rc
call_text(struct wirecall *w, struct buf *out, bool *whole, struct err *err)
{
	enum rc rc = calltext_put(w->call, out, whole, err);

	if (rc == RC_OK && !*whole)
		buf_printf(out, " (not reviewed: ?; call %u of %s)", w->number,
		    w->plea.s->sid_text);
	return rc;
}

static enum rc
digest_of(const struct wirecall *w, const char *text, bool whole,
    uint8_t ret[HOLD_DIGEST], struct err *err)
{
	const struct session *s = w->plea.s;
	struct hold_facts f = {
		.identity = span_of(s->identity),
		.profile = span_of(s->profile_name),
		.role = span_of(s->target.role),
		.account = span_of(s->target.account),
		.region = span_of(apicall_region(w->call)),
		.path = span_of("api"),
		.canon = span_of(text),
		.stdin_kind = whole ? HOLD_STDIN_NONE : HOLD_STDIN_UNREVIEWED,
	};
	const char *reveals = w->plea.verdict.reveals;
	struct buf mode;
	enum rc rc;

	buf_init(&mode, 2 * VERDICT_REVEALS);
	if (reveals[0] != '\0')
		hold_mode_reveals(reveals, &mode);
	f.mode = buf_span(&mode);
	rc = buf_ok(&mode) ? hold_digest(&f, ret, err) : err_memory(err);
	buf_clear(&mode);
	return rc;
}

static enum rc
bind_call(
    struct plea *p, struct buf *canon, uint8_t digest[HOLD_DIGEST], struct err *err)
{
	struct wirecall *w = wirecall_of(p);
	bool whole = false;
	enum rc rc;

	if ((rc = call_text(w, canon, &whole, err)) != RC_OK)
		return rc;
	return digest_of(w, buf_cstr(canon), whole, digest, err);
}

static json_t *
request_of(struct plea *p)
{
	const char *reveals = p->verdict.reveals;

	return json_pack("{s:s*}", "reveals", reveals[0] != '\0' ? reveals : NULL);
}

const struct plea_kind wireheld_kind = {
	.path = "api",
	.what = "call",
	.judge = wirecall_judge,
	.bind = bind_call,
	.request = request_of,
	.note = wirecall_note,
	.held = wirecall_held,
	.forget = wirecall_forget,
};
