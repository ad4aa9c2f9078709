/* A session's way to AWS: StartSession, the socket, and the way back when it is lost.
 * What goes over it is not known here. */
#include "broker/target/ssm_parts.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#define RESUME_CALL_MS 30000u
#define BACKOFF_FIRST_MS 200u
#define BACKOFF_MAX_MS 10000u

static void on_started(void *arg, struct ssmanswer *a);
static void on_resumed(void *arg, struct ssmanswer *a);

void
ssm_link_drop(struct ssm *s)
{
	ssmcall_drop(s->call);
	s->call = NULL;
	websocket_free(s->ws);
	s->ws = NULL;
	s->up = false;
	s->resume_ms = SSM_NEVER;
}

enum rc
ssm_link_start(struct ssm *s, struct err *err)
{
	return ssmcall_start(s->net, OP_START, buf_span(&s->start),
	    net_init(s->net)->connect_ms, on_started, s, &s->call, err);
}

/* ---- opening ---- */

/* The credentials may have ended meanwhile: the socket is then asked for unsigned, and
 * AWS decides. */
static void
open_socket(struct ssm *s)
{
	const char *url = s->try_other && s->other_url != NULL ? s->other_url : s->url;
	struct websocket_owner owner = ssm_link_owner;
	struct err err = { "" };

	owner.arg = s;
	s->attempts++;
	if (websocket_open(s->net, span_of(url), &owner, &s->ws, &err) != RC_OK)
		ssm_end_begin(
		    s, s->state < SSM_ST_RUN ? TARGET_BROKEN : TARGET_LOST, err.text);
}

static void
refuse_start(struct ssm *s, const struct ssmanswer *a)
{
	bool refused = a->word == ANSWER_REFUSED || a->word == ANSWER_GONE ||
		       a->word == ANSWER_EXPIRED;

	/* Whether it was done is not known where no answer came; without its id it cannot
	 * be ended either, and ends alone, as nobody connects to it. */
	ssm_end_begin(s, refused ? TARGET_REFUSED : TARGET_UNREACHED, a->text);
}

static void
on_started(void *arg, struct ssmanswer *a)
{
	struct ssm *s = arg;

	s->call = NULL;
	ssm_enter(s);
	if (a->word != ANSWER_DONE) {
		if (s->state == SSM_ST_START)
			refuse_start(s, a);
		s->end_late_ms = 0;
	} else {
		memcpy(s->id, a->id, sizeof s->id);
		s->token = a->token;
		s->url = a->url;
		a->token = NULL;
		a->url = NULL;
		s->owner.opened(s->owner.arg, s->id);
		if (!s->freed && s->state == SSM_ST_START) {
			s->state = SSM_ST_HELLO;
			open_socket(s);
		} else {
			s->end_call_ms = 0;
		}
	}
	ssm_leave(s);
}

/* What stands in a JSON string; the token is printable. */
static void
put_string(struct buf *b, struct span text)
{
	buf_u8(b, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_u8(b, '\\');
		buf_u8(b, text.p[i]);
	}
	buf_u8(b, '"');
}

static bool
say_hello(struct ssm *s)
{
	char request[ID_UUID_TEXT];
	uint8_t id[16];
	struct buf b;
	bool good;

	if (s->token == NULL || id_uuid4(id, NULL) != RC_OK)
		return false;
	id_uuid_text(id, request);
	buf_init(&b, 1u << 16);
	buf_printf(
	    &b, "{\"MessageSchemaVersion\":\"1.0\",\"RequestId\":\"%s\",", request);
	buf_text(&b, "\"TokenValue\":");
	put_string(&b, secret_span(s->token));
	buf_printf(&b, ",\"ClientId\":\"%s\",\"ClientVersion\":\"%s\"}", s->client_id,
	    net_init(s->net)->client_version);
	good = buf_ok(&b) && websocket_send(s->ws, true, buf_span(&b));
	buf_clear(&b);
	return good;
}

static void
on_open(void *arg)
{
	struct ssm *s = arg;

	ssm_enter(s);
	s->up = true;
	s->paused = false;
	if (!say_hello(s)) {
		ssm_end_begin(s, TARGET_LOST, "the stream takes nothing");
	} else {
		ssm_flow_up(s->flow, clock_mono_ms());
		if (s->mux != NULL)
			smux_awake(s->mux, clock_mono_ms());
		if (s->opened)
			s->owner.note(s->owner.arg, "resumed", "");
		s->opened = true;
	}
	ssm_leave(s);
}

static void
on_message(void *arg, struct span bytes)
{
	struct ssm *s = arg;
	struct ssm_frame frame;
	struct err err = { "" };
	enum rc rc;

	/* What is no frame is dropped without a word. */
	if (s->state == SSM_ST_OVER || ssm_frame_read(bytes, &frame, NULL) != RC_OK)
		return;
	ssm_enter(s);
	s->attempts = 0;
	s->lost_ms = 0;
	if (frame.type == SSM_CLOSED) {
		ssm_talk_closed(s, frame.payload);
	} else {
		rc = ssm_flow_in(s->flow, &frame, clock_mono_ms(), &err);
		if (rc != RC_OK && rc != RC_WAIT && s->state < SSM_ST_END)
			ssm_end_begin(
			    s, rc == RC_FAIL ? TARGET_LOST : TARGET_BROKEN, err.text);
	}
	ssm_leave(s);
}

static void
on_writable(void *arg)
{
	ssm_enter(arg);
	ssm_leave(arg);
}

/* ---- lost, and back ---- */

static uint64_t
backoff(unsigned attempts)
{
	uint64_t ms = BACKOFF_FIRST_MS << (attempts < 6 ? attempts : 6);
	uint16_t r = 0;

	(void)RAND_bytes((unsigned char *)&r, sizeof r);
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	return ms / 2 + ms * (r % 1000u) / 1000u;
}

static void
try_later(struct ssm *s, const char *why)
{
	uint64_t now = clock_mono_ms();

	ssm_talk_say(span_of(why), s->trouble);
	s->resume_ms = now + backoff(s->attempts);
	if (s->lost_ms == 0)
		s->lost_ms = now;
}

static void
on_closed(void *arg, enum rc rc, bool refused, const struct err *err)
{
	struct ssm *s = arg;

	ssm_enter(s);
	websocket_free(s->ws);
	s->ws = NULL;
	if (s->up && s->state < SSM_ST_END)
		s->owner.note(s->owner.arg, "lost", err->text);
	s->up = false;
	ssm_flow_down(s->flow);
	if (s->freed || s->state >= SSM_ST_END || s->closed_by_aws) {
		/* It is not needed any more. */
	} else if (rc == RC_END) {
		ssm_end_begin(s, TARGET_BROKEN, err->text);
	} else if (!s->opened && rc == RC_REFUSE && !refused) {
		/* Another answers in the name of AWS. */
		ssm_end_begin(s, TARGET_UNREACHED, err->text);
	} else if (rc == RC_FAIL) {
		ssm_end_begin(s, s->opened ? TARGET_LOST : TARGET_UNREACHED, err->text);
	} else {
		try_later(s, err->text);
	}
	ssm_leave(s);
}

const struct websocket_owner ssm_link_owner = {
	.opened = on_open,
	.message = on_message,
	.writable = on_writable,
	.closed = on_closed,
};

static void
resume(struct ssm *s)
{
	struct err err = { "" };
	struct buf b;

	buf_init(&b, 512);
	buf_text(&b, "{\"SessionId\":");
	put_string(&b, span_of(s->id));
	buf_u8(&b, '}');
	if (!buf_ok(&b) || ssmcall_start(s->net, OP_RESUME, buf_span(&b),
			       RESUME_CALL_MS, on_resumed, s, &s->call, &err) != RC_OK)
		ssm_end_begin(s, TARGET_LOST, "out of memory");
	buf_clear(&b);
}

static void
take_token(struct ssm *s, struct ssmanswer *a)
{
	secret_free(s->token);
	s->token = a->token;
	a->token = NULL;
	if (a->url != NULL && strcmp(a->url, s->url) != 0) {
		/* The new one first; where it was just tried, the first again. */
		s->try_other = s->attempts == 0 || !s->try_other;
		free(s->other_url);
		s->other_url = a->url;
		a->url = NULL;
	} else {
		s->try_other = false;
	}
	open_socket(s);
}

static void
on_resumed(void *arg, struct ssmanswer *a)
{
	struct ssm *s = arg;
	bool over =
	    a->word == ANSWER_GONE || (a->word == ANSWER_DONE && a->token == NULL);

	s->call = NULL;
	ssm_enter(s);
	if (s->state >= SSM_ST_END) {
		/* Nobody waits for it. */
	} else if (over) {
		s->end.closed = true;
		ssm_end_begin(s, s->state < SSM_ST_RUN ? TARGET_UNREACHED : TARGET_LOST,
		    a->word == ANSWER_GONE ? a->text : "the session has timed out");
	} else if (a->word == ANSWER_DONE) {
		take_token(s, a);
	} else {
		/* New rights may come with new credentials. */
		if (a->word == ANSWER_REFUSED || a->word == ANSWER_EXPIRED)
			net_refresh(s->net);
		s->attempts++;
		try_later(s, a->text);
	}
	ssm_leave(s);
}

/* The first token is good for a second try; then AWS is asked for another. */
void
ssm_link_time(struct ssm *s, uint64_t now)
{
	char text[ERR_TEXT];

	if (s->state >= SSM_ST_END)
		return;
	if (now >= s->late_ms) {
		snprintf(text, sizeof text, "no answer in time%s%.400s",
		    s->trouble[0] != '\0' ? ": " : "", s->trouble);
		ssm_end_begin(s, TARGET_UNREACHED, text);
		return;
	}
	if (s->lost_ms != 0 && !s->up && s->opened &&
	    now - s->lost_ms >= net_init(s->net)->resume_ms) {
		ssm_end_begin(s, s->state < SSM_ST_RUN ? TARGET_UNREACHED : TARGET_LOST,
		    s->trouble);
		return;
	}
	if (now < s->resume_ms || s->ws != NULL || s->call != NULL)
		return;
	s->resume_ms = SSM_NEVER;
	if (!s->opened && s->attempts < 2)
		open_socket(s);
	else
		resume(s);
}
