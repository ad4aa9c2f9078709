/* Input that is approved with its command: the front reads all of it before people are
 * asked, and what it was is bound by the hold.  The bytes themselves stay with the front;
 * the session process compares them again with what was approved. */
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/model/status.h"

void
staging_begin(struct session *s)
{
	const struct config *c = session_monitor(s)->rules.config;
	const struct msg_stage m = { .most = c->holds.input };
	uint64_t ms = c->holds.decide;

	if (s->command.wait_ms > 0 && s->command.wait_ms < ms)
		ms = s->command.wait_ms;
	s->state = SESSION_STAGING;
	if (!held_patience(s, ms))
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "out of memory; nothing ran");
	else
		conn_send(s->conn, s->chan, MSG_STAGE, &m, NULL, 0);
}

static void
too_much(struct session *s)
{
	uint64_t most = session_monitor(s)->rules.config->holds.input;
	struct buf b;

	buf_init(&b, 256);
	buf_printf(&b,
	    "its input is approved with it, and has more than %llu bytes; nothing ran",
	    (unsigned long long)most);
	tell_coded(s, STATUS_USAGE, "refused", "limit", buf_cstr(&b));
	buf_clear(&b);
}

enum rc
staging_done(struct session *s, const struct msg_staged *m, struct err *err)
{
	/* It was refused while the front still read. */
	if (s->state == SESSION_OVER)
		return RC_OK;
	if (s->state != SESSION_STAGING)
		return err_set(err, RC_REFUSE, "input that nobody asked for");
	timer_stop(s->patience);
	if (!m->fits || m->len > session_monitor(s)->rules.config->holds.input) {
		too_much(s);
		return RC_OK;
	}
	s->state = SESSION_ASKED;
	s->staged = true;
	s->staged_len = m->len;
	memcpy(s->staged_sha256, m->sha256.p, sizeof s->staged_sha256);
	if (s->request[0] != '\0')
		request_staged(s);
	else
		heldfirst_staged(s);
	return RC_OK;
}
