/* A session of Session Manager; see ssm.h.  Here: its memory, its owner's calls, and the
 * turns in which what is owed is done.  The rest is in ssm_*.c. */
#include "broker/target/ssm_parts.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define START_MAX (1u << 17)
#define REASON_MAX 256

/* ---- what is asked of AWS ---- */

static bool
put_one(json_t *parameters, const char *name, const char *value)
{
	return json_object_set_new(parameters, name, json_pack("[s]", value)) == 0;
}

static bool
put_parameters(json_t *j, const struct target_spec *spec)
{
	json_t *p = json_object();
	bool good = p != NULL;
	char port[16];

	if (good && spec->command != NULL)
		good = put_one(p, "command", spec->command);
	if (good && spec->kind == TARGET_COMMAND)
		good = put_one(p, "separateOutputStream", "true");
	snprintf(port, sizeof port, "%u", spec->port);
	if (good && spec->kind == TARGET_PORT)
		good = put_one(p, "portNumber", port);
	if (good && spec->kind == TARGET_PORT && spec->host != NULL)
		good = put_one(p, "host", spec->host);
	if (good && json_object_size(p) > 0)
		good = json_object_set(j, "Parameters", p) == 0;
	json_decref(p);
	return good;
}

/* One line, at most REASON_MAX characters; left out where nothing is left. */
static bool
put_reason(json_t *j, const char *reason)
{
	char text[4 * REASON_MAX + 1];
	size_t n = 0, characters = 0;

	for (; reason != NULL && *reason != '\0' && n < sizeof text - 1; reason++) {
		uint8_t c = (uint8_t)*reason;

		if (c < 0x20 || c == 0x7F)
			continue;
		if ((c & 0xC0) != 0x80 && ++characters > REASON_MAX)
			break;
		text[n++] = (char)c;
	}
	return n == 0 || json_object_set_new(j, "Reason", json_stringn(text, n)) == 0;
}

static enum rc
write_start(struct ssm *s, const struct target_spec *spec, struct err *err)
{
	json_t *j = json_pack("{s:s}", "Target", spec->instance);
	char *text = NULL;
	bool good = j != NULL;

	if (good && spec->document != NULL)
		good = json_object_set_new(
			   j, "DocumentName", json_string(spec->document)) == 0;
	if (good && put_parameters(j, spec) && put_reason(j, spec->reason))
		text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	if (text == NULL)
		return err_set(
		    err, RC_REFUSE, "a command or a reason that is no UTF-8");
	buf_text(&s->start, text);
	free(text);
	return buf_ok(&s->start) ? RC_OK
				 : err_set(err, RC_REFUSE, "too long a command");
}

/* ---- memory ---- */

static void
destroy(struct ssm *s)
{
	ssm_link_drop(s);
	ssmcall_drop(s->key_call);
	ssm_flow_free(s->flow);
	ssm_crypt_free(s->crypt);
	smux_free(s->mux);
	timer_free(s->timer);
	secret_free(s->token);
	buf_clear(&s->start);
	buf_clear(&s->held);
	free(s->url);
	free(s->other_url);
	free(s->instance);
	free(s->host);
	free(s);
}

static void
ssm_free(void *arg)
{
	struct ssm *s = arg;

	s->freed = true;
	s->state = SSM_ST_OVER;
	if (s->depth == 0)
		destroy(s);
}

static bool
send_frame(void *arg, struct span frame)
{
	struct ssm *s = arg;

	return s->up && websocket_send(s->ws, false, frame);
}

static void on_timer(void *arg);

static enum rc
fill(struct ssm *s, const struct target_spec *spec, struct err *err)
{
	const struct ssm_flow_init init = { .pace = net_init(s->net)->pace };
	const struct ssm_flow_owner owner = {
		.arg = s,
		.send = send_frame,
		.deliver = ssm_talk_deliver,
	};
	uint8_t id[16];
	enum rc rc;

	if ((rc = id_uuid4(id, err)) != RC_OK)
		return rc;
	id_uuid_text(id, s->client_id);
	if ((s->instance = strdup(spec->instance)) == NULL ||
	    (spec->host != NULL && (s->host = strdup(spec->host)) == NULL) ||
	    (s->timer = loop_timer(net_loop(s->net), on_timer, s)) == NULL)
		return err_memory(err);
	if ((rc = write_start(s, spec, err)) != RC_OK)
		return rc;
	return ssm_flow_new(&init, &owner, &s->flow, err);
}

static enum rc
ssm_open(struct target_net *n, const struct target_spec *spec,
    const struct target_owner *owner, void **ret, struct err *err)
{
	struct ssm *s = calloc(1, sizeof *s);
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	s->net = n;
	s->owner = *owner;
	s->kind = spec->kind;
	s->port = spec->port;
	s->columns = spec->columns;
	s->rows = spec->rows;
	s->status = s->end.status = -1;
	s->settle_ms = s->resume_ms = s->size_ms = s->exit_ms = SSM_NEVER;
	s->end_call_ms = s->end_late_ms = s->key_ms = SSM_NEVER;
	buf_init(&s->start, START_MAX);
	buf_init(&s->held, SSM_FRAME_MAX);
	if ((rc = fill(s, spec, err)) == RC_OK)
		rc = ssm_link_start(s, err);
	if (rc != RC_OK) {
		destroy(s);
		return rc;
	}
	s->late_ms = clock_mono_ms() + net_init(n)->connect_ms;
	timer_set(s->timer, net_init(n)->connect_ms);
	*ret = s;
	return RC_OK;
}

/* ---- turns ---- */

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
set_timer(struct ssm *s, uint64_t now)
{
	uint64_t at = least(s->late_ms, s->settle_ms);

	at = least(at, least(s->resume_ms, s->exit_ms));
	at = least(at, least(s->end_call_ms, s->end_late_ms));
	if (s->state == SSM_ST_RUN)
		at = least(at, least(s->size_ms, s->key_ms));
	if (s->up)
		at = least(at, ssm_flow_next(s->flow, now));
	if (s->up && s->mux != NULL && s->state == SSM_ST_RUN)
		at = least(at, smux_next(s->mux));
	if (s->more)
		at = now;
	if (at == SSM_NEVER)
		timer_stop(s->timer);
	else
		timer_set(s->timer, at > now ? at - now : 0);
}

/* Reading stops where the owner takes less than comes, but not for what is missing: it
 * would never come. */
static void
set_pause(struct ssm *s)
{
	size_t waiting = ssm_flow_blocked(s->flow) ? ssm_flow_waiting(s->flow) : 0;

	if (!s->up)
		return;
	if (!s->paused && waiting > SSM_HIGH)
		s->paused = true;
	else if (s->paused && waiting < SSM_LOW)
		s->paused = false;
	websocket_pause(s->ws, s->paused);
}

/* The window's size, where it may be told again. */
static void
tell_size(struct ssm *s, uint64_t now)
{
	char text[SSM_SIZE_ROOM];
	size_t n;

	if (s->state != SSM_ST_RUN || now < s->size_ms)
		return;
	n = ssm_size_write(s->columns, s->rows, text);
	s->size_ms = now + SSM_SIZE_MS;
	if (ssm_flow_put(s->flow, SSM_P_SIZE, span_make(text, n), now, NULL) != RC_OK)
		return;
	s->sized_ms = now;
	s->size_ms = SSM_NEVER;
}

/* A command's signals are keys. */
static void
send_key(struct ssm *s, uint64_t now)
{
	size_t taken;

	if (s->state != SSM_ST_RUN || now < s->key_ms)
		return;
	s->key_ms = SSM_NEVER;
	(void)ssm_flow_write(s->flow, s->sealed ? s->crypt : NULL,
	    span_make(&s->key, 1), now, &taken, NULL);
}

static size_t
room(const struct ssm *s)
{
	return s->mux != NULL ? smux_room(s->mux, s->stream) : ssm_flow_room(s->flow);
}

/* What a failure of the flow, or of those it delivers to, means. */
static void
fail(struct ssm *s, enum rc rc, const struct err *err)
{
	if (rc == RC_OK || rc == RC_WAIT || s->state >= SSM_ST_END)
		return;
	ssm_end_begin(s,
	    rc == RC_REFUSE	    ? TARGET_BROKEN
	    : s->state < SSM_ST_RUN ? TARGET_UNREACHED
				    : TARGET_LOST,
	    rc == RC_END ? "the agent takes nothing any more" : err->text);
}

static void
pump(struct ssm *s, uint64_t now)
{
	struct err err = { "" };
	enum rc rc = RC_OK;

	if (s->mux != NULL && s->state == SSM_ST_RUN)
		rc = ssm_port_pump(s, now, &err);
	tell_size(s, now);
	send_key(s, now);
	if (rc == RC_OK)
		rc = ssm_flow_run(s->flow, now, &err);
	fail(s, rc, &err);
	if (s->wants_write && s->state == SSM_ST_RUN && room(s) > 0) {
		s->wants_write = false;
		s->owner.writable(s->owner.arg);
	}
}

static void
give_more(struct ssm *s, uint64_t now)
{
	struct err err = { "" };
	enum rc rc = RC_OK;

	if (!s->more)
		return;
	s->more = false;
	if (s->mux != NULL)
		smux_more(s->mux, s->stream);
	if (ssm_talk_give(s))
		rc = ssm_flow_more(s->flow, now, &err);
	fail(s, rc, &err);
}

void
ssm_enter(struct ssm *s)
{
	s->depth++;
}

void
ssm_leave(struct ssm *s)
{
	uint64_t now = clock_mono_ms();

	if (s->depth == 1 && !s->freed && s->state != SSM_ST_OVER) {
		give_more(s, now);
		ssm_talk_time(s, now);
		ssm_link_time(s, now);
		if (s->state != SSM_ST_OVER)
			pump(s, now);
		ssm_end_time(s, now);
	}
	if (s->depth == 1 && !s->freed && s->state != SSM_ST_OVER) {
		set_pause(s);
		set_timer(s, now);
	}
	if (--s->depth == 0 && s->freed)
		destroy(s);
}

static void
on_timer(void *arg)
{
	ssm_enter(arg);
	ssm_leave(arg);
}

/* ---- the owner's calls: nothing is called back from within ---- */

static void
soon(struct ssm *s)
{
	if (s->depth == 0)
		timer_set(s->timer, 0);
}

static size_t
ssm_write(void *arg, struct span bytes)
{
	struct ssm *s = arg;
	size_t taken = 0;

	if (s->state != SSM_ST_RUN || s->kind == TARGET_COMMAND)
		return 0;
	if (s->mux != NULL)
		taken = smux_write(s->mux, s->stream, bytes);
	else
		(void)ssm_flow_write(s->flow, s->sealed ? s->crypt : NULL, bytes,
		    clock_mono_ms(), &taken, NULL);
	s->wants_write = taken < bytes.len;
	soon(s);
	return taken;
}

static void
ssm_resize(void *arg, uint32_t columns, uint32_t rows)
{
	struct ssm *s = arg;

	if (s->kind != TARGET_TERMINAL || (columns == s->columns && rows == s->rows))
		return;
	s->columns = columns;
	s->rows = rows;
	s->size_ms = s->sized_ms + SSM_SIZE_MS;
	soon(s);
}

static void
ssm_signal(void *arg, int signo)
{
	struct ssm *s = arg;

	if (s->kind != TARGET_COMMAND || s->state != SSM_ST_RUN ||
	    (signo != SIGINT && signo != SIGQUIT))
		return;
	s->key = signo == SIGINT ? 0x03 : 0x1C;
	s->key_ms = s->hears_ms;
	soon(s);
}

static void
ssm_more(void *arg)
{
	struct ssm *s = arg;

	s->more = true;
	soon(s);
}

static void
ssm_end(void *arg)
{
	struct ssm *s = arg;

	ssm_end_begin(s, TARGET_ENDED, "");
	soon(s);
}

static size_t
ssm_held(const void *arg)
{
	const struct ssm *s = arg;

	return ssm_flow_waiting(s->flow) + s->held.len +
	       (s->mux != NULL ? smux_held(s->mux) : 0) +
	       ssm_flow_unacked(s->flow) * SSM_CHUNK;
}

const struct target_way ssm_way = {
	.open = ssm_open,
	.free = ssm_free,
	.write = ssm_write,
	.resize = ssm_resize,
	.signal = ssm_signal,
	.more = ssm_more,
	.end = ssm_end,
	.held = ssm_held,
};
