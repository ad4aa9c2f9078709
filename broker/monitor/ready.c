/* The moment before a command: its gate is made and says what it made up, gets the lease,
 * and the command gets what the gate made up. */
#include <string.h>

#include <config.h>

#include "broker/monitor/childenv.h"
#include "broker/monitor/services.h"
#include "broker/monitor/session_parts.h"

/* The form of the keys that a command's gate makes up: never that of a key of AWS. */
#define DUMMY "AKBROKER"
#define DUMMY_LEN 20

static bool
all_of(struct span s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || strchr(set, s.p[i]) == NULL)
			return false;
	return s.len > 0;
}

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS CAPITALS "abcdefghijklmnopqrstuvwxyz0123456789"

/* What goes on to the launcher and the command is checked here, where the lease is
 * known: a session process that has been taken over hands no real key on by mistake of
 * ours. */
static bool
dummies_ok(const struct msg_ready *m)
{
	return span_starts(m->access_key_id, DUMMY) &&
	       m->access_key_id.len == DUMMY_LEN &&
	       all_of(m->access_key_id, CAPITALS "234567") &&
	       all_of(m->secret, LETTERS "+/=_-") && all_of(m->proxy, LETTERS ":_-") &&
	       memchr(m->proxy.p, ':', m->proxy.len) != NULL &&
	       span_starts(m->ca, "-----BEGIN CERTIFICATE-----\n");
}

static uint8_t
stages(const struct aws_request *r)
{
	return (uint8_t)((r->file_in ? STAGE_IN : 0) | (r->file_out ? STAGE_OUT : 0));
}

static enum rc
launch(struct session *s, const struct msg_ready *ready, struct err *err)
{
	struct monitor *m = session_monitor(s);
	struct childenv env;
	struct msg_launch l = {
		.proxy = ready->proxy, .ca = ready->ca, .stage = stages(s->aws)
	};
	const int fds[4] = { s->in_r, s->out_w, s->err_w, s->gate_w };
	const struct words *w = s->aws->child;
	enum rc rc;

	if ((rc = childenv_make(m, ready->access_key_id, ready->secret, s->region, &env,
		 err)) != RC_OK)
		return rc;
	l.env = env.list;
	l.argv.n = (uint32_t)words_count(w);
	for (uint32_t i = 0; i < l.argv.n; i++)
		l.argv.v[i] = span_of(i == 0 ? AWS_PROGRAM : words_at(w, i));
	rc = services_launch(m->services, s->number, &l, fds);
	childenv_clear(&env);
	if (rc == RC_OK)
		s->launched = true;
	return rc;
}

/* The recording is open and the gate is made: it gets the lease, and what it is made
 * for begins.  An SDK is there already, and needs no start. */
enum rc
ready_answer(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	enum rc rc;

	(void)id;
	(void)fds;
	if (s->state != SESSION_STARTING || !s->certified)
		return err_set(err, RC_REFUSE, "ready out of turn");
	if (s->gate == GATE_COMMAND && !dummies_ok(&m->ready))
		return err_set(err, RC_REFUSE, "a gate's keys that are none");
	if (s->stopping)
		return RC_OK;
	s->state = SESSION_RUNNING;
	if ((rc = leasing_give(s, err)) == RC_OK && s->gate == GATE_COMMAND)
		rc = launch(s, &m->ready, err);
	session_close_fds(s);
	if (rc != RC_OK) {
		run_stop(s, STOP_LOST, "the command could not be started");
		return RC_OK;
	}
	timer_set(s->deadline, s->time_ms);
	return RC_OK;
}
