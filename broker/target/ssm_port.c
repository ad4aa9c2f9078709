/* A session that is one TCP connection: raw, or the one stream of a smux. */
#include "broker/target/ssm_parts.h"

static size_t
on_output(void *arg, uint32_t id, struct span bytes)
{
	struct ssm *s = arg;
	size_t n;

	(void)id;
	if (s->freed || s->state >= SSM_ST_END)
		return bytes.len;
	s->heard = true;
	n = s->owner.output(s->owner.arg, TARGET_OUT, bytes);
	s->mux_blocked = !s->freed && n < bytes.len;
	return s->freed ? bytes.len : n;
}

/* The agent has sent all there was, and all of it was taken. */
static void
on_closed(void *arg, uint32_t id)
{
	struct ssm *s = arg;

	(void)id;
	s->fin = true;
}

enum rc
ssm_port_begin(struct ssm *s, struct err *err)
{
	const struct agentversion *agent = &s->request.agent;
	const struct smux_init init = { .keepalive =
					    !agentversion_can(agent, AGENT_QUIET) };
	const struct smux_owner owner = {
		.arg = s,
		.output = on_output,
		.closed = on_closed,
	};
	enum rc rc;

	if (s->request.type[0] == '\0' || !agentversion_can(agent, AGENT_MUX)) {
		s->port_mode = SSM_STREAM;
		return RC_OK;
	}
	s->port_mode = SSM_MUX;
	if ((rc = smux_new(&init, &owner, clock_mono_ms(), &s->mux, err)) != RC_OK)
		return rc;
	return smux_open(s->mux, &s->stream, err);
}

enum rc
ssm_port_in(struct ssm *s, struct span bytes, struct err *err)
{
	if (s->port_mode == SSM_MUX)
		return smux_in(s->mux, bytes, clock_mono_ms(), err);
	return ssm_talk_output(s, TARGET_OUT, bytes, err);
}

enum rc
ssm_port_flag(struct ssm *s, struct span payload, struct err *err)
{
	uint32_t flag;

	(void)err;
	if (ssm_flag_read(payload, &flag) && flag == SSM_UNREACHED)
		s->unreached = true;
	return RC_OK;
}

/* As much as the flow takes; each message is full where there is enough. */
static enum rc
move(struct ssm *s, uint64_t now, struct err *err)
{
	uint8_t bytes[SSM_CHUNK];
	size_t n, taken;
	enum rc rc;

	while (smux_wants(s->mux) && ssm_flow_room(s->flow) >= sizeof bytes) {
		if ((n = smux_out(s->mux, bytes, sizeof bytes)) == 0)
			break;
		rc = ssm_flow_write(
		    s->flow, NULL, span_make(bytes, n), now, &taken, err);
		if (rc != RC_OK || taken < n)
			return rc != RC_OK ? rc : err_memory(err);
	}
	return RC_OK;
}

enum rc
ssm_port_pump(struct ssm *s, uint64_t now, struct err *err)
{
	enum rc rc;

	if ((rc = move(s, now, err)) != RC_OK)
		return rc;
	/* Without a socket its silence says nothing. */
	if (s->up && (rc = smux_run(s->mux, now, err)) != RC_OK)
		return rc;
	if (s->unreached && !s->heard) {
		ssm_end_begin(s, TARGET_UNREACHED, "the port does not answer");
	} else if (s->fin && !s->eof_told && !s->mux_blocked) {
		s->eof_told = true;
		s->owner.eof(s->owner.arg);
		/* There is no half-close: this was its end. */
		if (!s->freed)
			ssm_end_begin(s, TARGET_EXITED, "");
	}
	return RC_OK;
}
