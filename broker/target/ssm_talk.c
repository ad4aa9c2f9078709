/* What the agent of a session says, once it is in order: output for the owner, the exit
 * code, the end.  Handshake and ports are other files'. */
#include "broker/target/ssm_parts.h"

#include <string.h>

#include "broker/target/ssm_closed.h"
#include "lib/base/text.h"

void
ssm_talk_say(struct span text, char out[ERR_TEXT])
{
	struct buf flat, shown;
	bool gap = false;

	buf_init(&flat, ERR_TEXT);
	buf_init(&shown, 4 * ERR_TEXT);
	for (size_t i = 0; i < text.len && flat.len < ERR_TEXT - 1; i++) {
		bool blank = text.p[i] == ' ' || (text.p[i] >= 9 && text.p[i] <= 13);

		if (!blank && gap && flat.len > 0)
			buf_u8(&flat, ' ');
		if (!blank)
			buf_u8(&flat, text.p[i]);
		gap = blank;
	}
	flat.bad = false;
	/* A last character that was cut is none. */
	flat.len -= text_partial(buf_span(&flat));
	text_say(&shown, buf_span(&flat));
	snprintf(out, ERR_TEXT, "%s", buf_cstr(&shown));
	buf_clear(&flat);
	buf_clear(&shown);
}

/* ---- output ---- */

bool
ssm_talk_give(struct ssm *s)
{
	size_t n;

	if (s->held.len == 0)
		return true;
	n = s->owner.output(s->owner.arg, s->held_stream, buf_span(&s->held));
	if (s->freed)
		return false;
	buf_skip(&s->held, n < s->held.len ? n : s->held.len);
	return s->held.len == 0;
}

enum rc
ssm_talk_output(
    struct ssm *s, enum target_stream stream, struct span bytes, struct err *err)
{
	size_t n = bytes.len;

	if (n == 0)
		return RC_OK;
	s->heard = true;
	n = s->owner.output(s->owner.arg, stream, bytes);
	if (s->freed || n >= bytes.len)
		return RC_OK;
	s->held_stream = stream;
	buf_put(&s->held, bytes.p + n, bytes.len - n);
	return buf_ok(&s->held) ? RC_OK : err_memory(err);
}

static enum rc
on_bytes(struct ssm *s, enum target_stream stream, struct span bytes, struct err *err)
{
	if (s->kind == TARGET_PORT)
		return stream == TARGET_OUT ? ssm_port_in(s, bytes, err) : RC_OK;
	return ssm_talk_output(s, stream, bytes, err);
}

/* A command that a signal has ended has a number below zero: no status is like it. */
static enum rc
on_exit_code(struct ssm *s, struct span bytes)
{
	int32_t code;

	if (!ssm_exit_read(bytes, &code))
		return RC_OK;
	s->killed = code < 0;
	s->status = s->killed ? 255 : (int)(code & 0xFF);
	if (s->exit_ms == SSM_NEVER)
		s->exit_ms = clock_mono_ms() + SSM_EXIT_MS;
	return RC_OK;
}

static enum rc
on_plain(struct ssm *s, uint32_t type, struct span bytes, struct err *err)
{
	if (type == SSM_P_EXIT)
		return on_exit_code(s, bytes);
	return on_bytes(s, type == SSM_P_STDERR ? TARGET_ERR : TARGET_OUT, bytes, err);
}

static enum rc
on_sealed(struct ssm *s, uint32_t type, struct span payload, struct err *err)
{
	struct buf plain;
	enum rc rc;

	buf_init(&plain, payload.len);
	if ((rc = ssm_crypt_open(s->crypt, payload, &plain, err)) == RC_OK)
		rc = on_plain(s, type, buf_span(&plain), err);
	else
		err_add(err, "what the agent sent cannot be opened");
	buf_clear(&plain);
	return rc;
}

static enum rc
running(struct ssm *s, uint32_t type, struct span payload, struct err *err)
{
	if (s->held.len > 0 || (s->mux != NULL && smux_full(s->mux)))
		return RC_WAIT;
	switch (type) {
	case SSM_P_OUTPUT:
	case SSM_P_STDERR:
	case SSM_P_EXIT:
		return s->sealed ? on_sealed(s, type, payload, err)
				 : on_plain(s, type, payload, err);
	case SSM_P_FLAG:
		return s->kind == TARGET_PORT ? ssm_port_flag(s, payload, err) : RC_OK;
	default:
		return RC_OK;
	}
}

/* ---- before it runs ---- */

static enum rc
run(struct ssm *s, struct err *err)
{
	s->state = SSM_ST_RUN;
	s->late_ms = s->settle_ms = SSM_NEVER;
	if (s->kind == TARGET_TERMINAL && s->columns > 0)
		s->size_ms = 0;
	if (s->kind == TARGET_PORT && ssm_port_begin(s, err) != RC_OK)
		return RC_FAIL;
	s->owner.running(s->owner.arg, s->message);
	return RC_OK;
}

/* Plain shells have no handshake: they begin with what they have to say. */
static enum rc
first_word(struct ssm *s, uint32_t type, struct span payload, struct err *err)
{
	switch (type) {
	case SSM_P_REQUEST:
		return ssm_shake_request(s, payload, err);
	case SSM_P_OUTPUT:
	case SSM_P_STDERR:
	case SSM_P_EXIT:
		if (s->kind == TARGET_PORT)
			return err_set(err, RC_REFUSE,
			    "the agent begins a session to a port without a handshake");
		if (run(s, err) != RC_OK)
			return RC_FAIL;
		return s->freed ? RC_OK : running(s, type, payload, err);
	default:
		return RC_OK;
	}
}

static enum rc
shaking(struct ssm *s, uint32_t type, struct span payload, struct err *err)
{
	switch (type) {
	case SSM_P_CHALLENGE:
		return ssm_shake_challenge(s, payload, err);
	case SSM_P_COMPLETE:
		return ssm_shake_complete(s, payload, err);
	case SSM_P_OUTPUT:
	case SSM_P_EXIT:
		return err_set(
		    err, RC_REFUSE, "the agent sends output within its handshake");
	case SSM_P_STDERR:
		/* Why there will be no session; its end follows. */
		ssm_talk_say(payload, s->trouble);
		return RC_OK;
	default:
		return RC_OK;
	}
}

enum rc
ssm_talk_deliver(void *arg, uint32_t type, struct span payload, struct err *err)
{
	struct ssm *s = arg;

	if (s->freed || s->state >= SSM_ST_END)
		return RC_OK;
	switch (s->state) {
	case SSM_ST_START:
	case SSM_ST_HELLO:
		return first_word(s, type, payload, err);
	case SSM_ST_SHAKE:
		return shaking(s, type, payload, err);
	case SSM_ST_SETTLE:
		return RC_WAIT;
	default:
		return running(s, type, payload, err);
	}
}

/* ---- its end ---- */

void
ssm_talk_closed(struct ssm *s, struct span payload)
{
	struct buf text;

	if (s->closed_by_aws)
		return;
	s->closed_by_aws = s->end.closed = true;
	buf_init(&text, ERR_TEXT);
	(void)ssm_closed_read(payload, &text);
	if (buf_ok(&text) && text.len > 0)
		ssm_talk_say(buf_span(&text), s->trouble);
	else if (s->state >= SSM_ST_RUN)
		s->trouble[0] = '\0';
	buf_clear(&text);
}

/* A port that gave nothing was none. */
static enum target_how
how_closed(const struct ssm *s)
{
	if (s->state < SSM_ST_RUN)
		return TARGET_REFUSED;
	if (s->kind != TARGET_PORT || s->heard || s->fin)
		return TARGET_EXITED;
	return s->trouble[0] != '\0' ? TARGET_REFUSED : TARGET_UNREACHED;
}

/* 255 may be many things. */
static const char *
exit_words(const struct ssm *s)
{
	return s->killed ? "the command was ended by a signal" : "";
}

static void
close_it(struct ssm *s)
{
	enum target_how how = how_closed(s);
	const char *text = s->trouble;

	if (text[0] == '\0' && how == TARGET_REFUSED)
		text = "the session was ended before it began";
	if (text[0] == '\0' && how == TARGET_UNREACHED)
		text = "the port does not answer";
	if (s->refused_it)
		text = s->message;
	if (how == TARGET_EXITED && text[0] == '\0')
		text = exit_words(s);
	/* What came behind a hole is there, and the hole will not be filled. */
	if (how == TARGET_EXITED && ssm_flow_waiting(s->flow) > 0) {
		how = TARGET_LOST;
		text = "the end of its output was lost";
	}
	ssm_end_begin(s, how, text);
}

void
ssm_talk_time(struct ssm *s, uint64_t now)
{
	struct err err = { "" };
	enum rc rc = RC_OK;

	if (s->state == SSM_ST_SETTLE && (now >= s->settle_ms || s->closed_by_aws)) {
		if ((rc = run(s, &err)) == RC_OK && !s->freed)
			rc = ssm_flow_more(s->flow, now, &err);
		if (rc != RC_OK && rc != RC_WAIT)
			ssm_end_begin(s, TARGET_BROKEN, err.text);
	}
	if (s->freed || s->state >= SSM_ST_END)
		return;
	if (s->closed_by_aws && s->held.len == 0 && !s->mux_blocked)
		close_it(s);
	else if (now >= s->exit_ms && s->held.len == 0)
		ssm_end_begin(s, TARGET_EXITED, exit_words(s));
}
