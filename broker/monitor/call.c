/* A control verb asked for over SSH. */
#include <stdlib.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"

/* An approval over SSH must be a deliberate act of now, not a ride on an old login. */
#define FRESH_MS 60000

static void
verb_done(void *arg, struct verb_call *call, int status)
{
	struct session *s = arg;
	struct msg_done m = { .status = (uint8_t)status, .json = call->json };
	const struct {
		enum msg type;
		struct buf *text;
	} rows[] = { { MSG_ROW, &call->out }, { MSG_SAY, &call->say } };

	for (size_t i = 0; s != NULL && i < 2; i++) {
		struct span left = buf_span(rows[i].text);

		while (left.len > 0) {
			size_t n = left.len < MSG_TEXT_MAX ? left.len : MSG_TEXT_MAX;
			struct msg_text t = { .text = span_make(left.p, n) };

			conn_send(s->conn, s->chan, rows[i].type, &t, NULL, 0);
			left = span_make(left.p + n, left.len - n);
		}
	}
	if (s != NULL) {
		conn_send(s->conn, s->chan, MSG_DONE, &m, NULL, 0);
		s->call = NULL;
		session_free(s);
	}
	buf_clear(&call->out);
	buf_clear(&call->say);
	free(call);
}

void
call_begin(struct session *s, const struct verb *v)
{
	struct verb_call *call = calloc(1, sizeof *call);
	struct msg_verdict m = { .effect = VERDICT_VERB, .json = s->json };

	if (call == NULL || conn_identity(s->conn) == NULL ||
	    words_count(s->command.words) > VERB_WORDS) {
		free(call);
		tell_refusal(
		    s, STATUS_USAGE, "refused", NULL, "too many words for a verb");
		return;
	}
	*call = (struct verb_call){ .m = session_monitor(s),
		.who = conn_identity(s->conn),
		.proof = "key",
		.json = s->json,
		.argc = (unsigned)words_count(s->command.words),
		.fresh = conn_first(s->conn) &&
			 clock_mono_ms() - conn_since(s->conn) <= FRESH_MS,
		.done = verb_done,
		.arg = s };
	buf_init(&call->out, 1 << 20);
	buf_init(&call->say, 65536);
	span_copy(span_of(s->identity), call->name, sizeof call->name);
	span_copy(span_of(s->key), call->key, sizeof call->key);
	span_copy(span_of(s->source), call->source, sizeof call->source);
	for (unsigned i = 0; i < call->argc; i++)
		call->argv[i] = words_at(s->command.words, i);
	s->call = call;
	conn_send(s->conn, s->chan, MSG_VERDICT, &m, NULL, 0);
	verb_run(v, call);
}
