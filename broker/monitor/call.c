/* A control verb asked for over SSH. */
#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"

/* An approval over SSH must be a deliberate act of now, not a ride on an old login. */
#define FRESH_MS 60000

static void
send_text(struct session *s, enum msg type, struct span left)
{
	while (left.len > 0) {
		size_t n = left.len < MSG_TEXT_MAX ? left.len : MSG_TEXT_MAX;
		struct msg_text t = { .text = span_make(left.p, n) };

		conn_send(s->conn, s->chan, type, &t, NULL, 0);
		left = span_make(left.p + n, left.len - n);
	}
}

/* As much as the front takes; call_drained() goes on with the rest. */
static void
send_answer(struct session *s)
{
	struct verb_call *call = s->call;
	struct msg_done m = { .json = call->json };

	do {
		send_text(s, MSG_ROW, buf_span(&call->out));
		buf_reset(&call->out);
		if (call->next != NULL && conn_full(s->conn))
			return;
	} while (verb_next(call));
	send_text(s, MSG_SAY, buf_span(&call->say));
	m.status = (uint8_t)call->status;
	conn_send(s->conn, s->chan, MSG_DONE, &m, NULL, 0);
	s->call = NULL;
	session_free(s);
	verb_call_free(call);
}

static void
verb_done(void *arg, struct verb_call *call, int status)
{
	struct session *s = arg;

	call->over = true;
	call->status = status;
	if (s != NULL)
		send_answer(s);
	else /* abandoned: the call alone is left to free */
		verb_call_free(call);
}

void
call_drained(struct session *s)
{
	if (s->call != NULL && s->call->over)
		send_answer(s);
}

static void
verb_attach(void *arg, struct verb_call *call, int fd)
{
	struct session *s = arg;

	send_text(s, MSG_ROW, buf_span(&call->out));
	send_text(s, MSG_SAY, buf_span(&call->say));
	buf_reset(&call->out);
	buf_reset(&call->say);
	conn_send(s->conn, s->chan, MSG_ATTACH, NULL, &fd, 1);
}

void
call_stop(struct session *s)
{
	struct msg_done m = { .status = STATUS_FAILED, .json = s->json };

	conn_send(s->conn, s->chan, MSG_DONE, &m, NULL, 0);
	session_free(s);
}

static struct verb_call *
make(struct session *s, const struct identity *who)
{
	struct verb_call *call = verb_call_new();

	if (call == NULL)
		return NULL;
	call->m = session_monitor(s);
	call->who = who;
	call->proof = conn_proof(s->conn);
	call->verified = conn_verified(s->conn);
	call->json = s->json;
	call->argc = (unsigned)words_count(s->command.words);
	call->fresh =
	    conn_first(s->conn) && clock_mono_ms() - conn_since(s->conn) <= FRESH_MS;
	call->pty = s->command.pty;
	call->columns = s->command.columns;
	call->rows = s->command.rows;
	call->done = verb_done;
	call->attach = verb_attach;
	call->arg = s;
	span_copy(span_of(s->identity), call->name, sizeof call->name);
	span_copy(span_of(s->key), call->key, sizeof call->key);
	span_copy(span_of(s->source), call->source, sizeof call->source);
	for (unsigned i = 0; i < call->argc; i++)
		call->argv[i] = words_at(s->command.words, i);
	return call;
}

void
call_begin(struct session *s, const struct verb *v)
{
	const struct identity *who = conn_identity(s->conn);
	struct msg_verdict m = { .effect = VERDICT_VERB, .json = s->json };

	if (words_count(s->command.words) > VERB_WORDS)
		tell_refusal(
		    s, STATUS_USAGE, "refused", NULL, "too many words for a verb");
	else if (s->command.dry_run)
		/* A verb acts: what was meant as a rehearsal must not approve. */
		tell_refusal(s, STATUS_USAGE, "refused", NULL,
		    "--dry-run is for commands, not for verbs");
	else if (who == NULL)
		tell_refusal(
		    s, STATUS_DENIED, "denied", NULL, "you are no longer configured");
	else if ((s->call = make(s, who)) == NULL)
		tell_refusal(s, STATUS_FAILED, "failed", NULL, "out of memory");
	else {
		conn_send(s->conn, s->chan, MSG_VERDICT, &m, NULL, 0);
		verb_run(v, s->call);
	}
}
