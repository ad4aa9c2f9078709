/* Between gate, monitor and recording; see calls.h. */
#include "broker/session/calls.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/gate/gate.h"
#include "broker/session/anchors.h"
#include "broker/session/approval.h"
#include "lib/model/notice.h"
#include "lib/wire/port.h"

/* A line of ours, masked. */
#define CALLS_SAYS 4096

struct calls {
	struct loop *loop;
	struct calls_owner owner;
	struct ask *ask;
	struct recording *recording;
	struct gate *gate;
	struct port *port; /* a command's: LISTENING comes here */
	struct timer *bell;
	struct err why;
	int client; /* an SDK's connection; -1 once it is the gate's */
	bool sdk, json, stopped, failed, limited;
	uint64_t recorded, most; /* bytes of events; most 0: no bound */
	struct census census;
};

/* ---- what the gate wants ---- */

static enum rc
want_verdict(void *arg, uint32_t call, struct span facts, struct err *err)
{
	struct calls *c = arg;

	return ask_call(c->ask, call, facts, err);
}

static void
want_none(void *arg, uint32_t call)
{
	struct calls *c = arg;

	(void)ask_call_gone(c->ask, call);
}

static enum rc
want_leaf(
    void *arg, uint32_t number, const char *host, struct span key, struct err *err)
{
	struct calls *c = arg;

	return ask_leaf(c->ask, number, host, key, err);
}

static enum rc
want_lease(void *arg, struct err *err)
{
	struct calls *c = arg;

	(void)err;
	return ask_lease(c->ask);
}

/* The owner ends the session for it, which ends the gate: never from inside the gate. */
static void
fail(struct calls *c, const struct err *err)
{
	if (c->failed)
		return;
	c->failed = true;
	c->why = *err;
	timer_set(c->bell, 0);
}

static void
tell_failed(void *arg)
{
	struct calls *c = arg;

	if (c->stopped)
		return;
	if (c->limited)
		c->owner.limit(c->owner.arg, &c->why);
	else
		c->owner.failed(c->owner.arg, &c->why);
}

/* What is recorded of calls counts for the quota, too. */
static enum rc
fits(struct calls *c, size_t n, struct err *err)
{
	if (writer_fit(recording_writer(c->recording), n) == n)
		return RC_OK;
	c->limited = true;
	return err_set(err, RC_FAIL, "the recording's quota is used up");
}

/* What stands in texts (a log's lines, an object's body) no member's name tells. */
static char *
masked_event(struct calls *c, const char *json)
{
	json_t *j = json_loads(json, 0, NULL);
	char *text = NULL;

	if (j != NULL && masking_json(c->owner.masking, j))
		text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	return text;
}

static enum rc
record_masked(struct calls *c, const char *json, struct err *err)
{
	enum rc rc;

	if (c->failed)
		return err_set(err, RC_FAIL, "the recording has failed before");
	c->recorded += strlen(json);
	c->limited = c->most > 0 && c->recorded > c->most;
	/* Who asks for what it may not, again and again, would fill the disk that all
	 * recordings share. */
	if (c->limited)
		rc = err_set(err, RC_FAIL, "its API calls fill the recording");
	else if ((rc = fits(c, strlen(json), err)) == RC_OK)
		rc = recording_json(c->recording, json, err);
	if (rc == RC_OK)
		census_add(&c->census, json);
	else
		fail(c, err);
	return rc;
}

static enum rc
record(void *arg, const char *json, struct err *err)
{
	struct calls *c = arg;
	char *text = masked_event(c, json);
	enum rc rc;

	if (text != NULL) {
		rc = record_masked(c, text, err);
	} else {
		rc = err_memory(err);
		fail(c, err);
	}
	free(text);
	return rc;
}

static void
say(void *arg, const char *text)
{
	struct calls *c = arg;
	char event[16], masked[CALLS_SAYS];
	const struct notice n = {
		.event = event, .text = masked, .escaped = true, .retry_after = -1
	};
	struct err err = { "" };
	struct buf line;

	masking_text(c->owner.masking, text, masked, sizeof masked);

	/* The text begins with the event's name. */
	snprintf(event, sizeof event, "%.*s", (int)strcspn(text, ":"), text);
	buf_init(&line, 8192);
	if (notice_put(&line, &n, c->json, &err) == RC_OK && !c->failed) {
		if (fits(c, line.len, &err) == RC_OK &&
		    recording_line(c->recording, buf_span(&line), &err) == RC_OK)
			c->owner.line(c->owner.arg, buf_span(&line));
		else
			fail(c, &err);
	}
	buf_clear(&line);
}

/* What a rule adds, in an answer before its client sees it. */
static enum rc
mask(void *arg, struct span names, struct span text, struct buf *out, struct err *err)
{
	struct calls *c = arg;

	if (c->owner.masking == NULL)
		return err_set(err, RC_FAIL, "nothing masks here");
	return masking_answer(c->owner.masking, names, text, out, err);
}

static void
moved(void *arg)
{
	(void)arg;
}

/* ---- the gate's socket ---- */

static enum rc
answer_listening(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct calls *c = arg;
	int fd = fds[0];

	(void)id;
	(void)m;
	fds[0] = -1;
	return gate_listen_take(c->gate, fd, err);
}

static const struct route routes[] = {
	{ MSG_LISTENING, 0, 16, 1, answer_listening },
};

/* Its end is the command's business: only a broken rule is ours. */
static void
port_gone(void *arg, enum rc rc, const struct err *err)
{
	struct calls *c = arg;

	port_close(c->port);
	c->port = NULL;
	if (rc != RC_END && !c->stopped)
		c->owner.broken(c->owner.arg, err);
}

static enum rc
open_port_take(struct calls *c, int fd, struct err *err)
{
	const struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = c,
		.gone = port_gone };
	enum rc rc = port_open_take(c->loop, fd, &owner, &c->port, err);

	if (rc == RC_OK)
		port_pause(c->port, true);
	return rc;
}

/* ---- beginning and end ---- */

static void
free_texts(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
}

static enum rc
make_gate(struct calls *c, const struct msg_start *m, struct span ca, struct err *err)
{
	const struct gate_owner owner = { .arg = c,
		.ask = want_verdict,
		.gone = want_none,
		.event = record,
		.say = say,
		.leaf = want_leaf,
		.fresh = want_lease,
		.moved = moved,
		.mask = mask };
	char account[16], region[64], *to[MSG_LIST_MAX];
	struct gate_init init = { .loop = c->loop,
		.kind = (enum msg_gate)m->gate,
		.account = account,
		.region = region,
		.connect_to = (const char *const *)to,
		.ca = ca,
		.dummy_id = m->dummy_id,
		.dummy_secret = m->dummy_secret };
	enum rc rc = RC_OK;

	if ((m->gate != GATE_COMMAND && m->gate != GATE_SDK) ||
	    !span_copy(m->account, account, sizeof account) ||
	    !span_copy(m->region, region, sizeof region))
		return err_set(err, RC_REFUSE, "a gate of no kind");
	for (size_t i = 0; i < m->connect_to.n && rc == RC_OK; i++)
		if ((to[init.n_connect_to] = span_dup(m->connect_to.v[i])) == NULL)
			rc = err_memory(err);
		else
			init.n_connect_to++;
	if (rc == RC_OK)
		rc = gate_new(&init, &owner, &c->gate, err);
	free_texts(to, init.n_connect_to);
	return rc;
}

enum rc
calls_open_take(struct loop *l, const struct msg_start *m, int gate, int ca,
    struct ask *ask, struct recording *recording, const struct calls_owner *owner,
    struct calls **ret, struct err *err)
{
	struct calls *c = calloc(1, sizeof *c);
	struct buf pem;
	enum rc rc = anchors_read_take(ca, &pem, err);

	if (c == NULL || (c->bell = loop_timer(l, tell_failed, c)) == NULL)
		rc = err_memory(err);
	if (rc != RC_OK) {
		close(gate);
		free(c);
		buf_clear(&pem);
		return rc;
	}
	c->loop = l;
	c->owner = *owner;
	c->ask = ask;
	c->recording = recording;
	c->sdk = m->gate == GATE_SDK;
	c->most = m->events_max;
	c->json = m->json != 0;
	c->client = c->sdk ? gate : -1;
	/* The gate's sockets do not block; later nothing can be said of them. */
	if (c->sdk && fcntl(gate, F_SETFL, O_NONBLOCK) != 0)
		rc = err_errno(err, RC_FAIL, "an SDK's connection");
	if (!c->sdk)
		rc = open_port_take(c, gate, err);
	if (rc == RC_OK)
		rc = make_gate(c, m, buf_span(&pem), err);
	buf_clear(&pem);
	if (rc != RC_OK) {
		calls_free(c);
		return rc;
	}
	*ret = c;
	return RC_OK;
}

void
calls_free(struct calls *c)
{
	if (c == NULL)
		return;
	port_close(c->port);
	gate_free(c->gate);
	timer_free(c->bell);
	if (c->client >= 0)
		close(c->client);
	free(c);
}

void
calls_ready(const struct calls *c, struct msg_ready *ret)
{
	struct gate_dummies d;

	gate_dummies(c->gate, &d);
	*ret = (struct msg_ready){ d.proxy, d.access_key_id, d.secret, d.ca };
	/* An SDK has them already. */
	if (c->sdk)
		*ret = (struct msg_ready){ .proxy = { NULL, 0 } };
}

enum rc
calls_start(struct calls *c, struct err *err)
{
	int fd = c->client;

	if (c->port != NULL)
		port_pause(c->port, false);
	c->client = -1;
	return fd >= 0 ? gate_client_take(c->gate, fd, err) : RC_OK;
}

void
calls_stop(struct calls *c)
{
	if (c == NULL || c->stopped)
		return;
	c->stopped = true;
	gate_stop(c->gate);
}

enum rc
calls_lease(struct calls *c, const struct msg_lease *m, struct err *err)
{
	return c->stopped ? RC_OK : gate_lease(c->gate, m, err);
}

/* What a rule adds is masked in what the command prints of the answer, too.  And what it
 * lifts is not: the command is that operation, and nothing else runs in its session.  An
 * SDK's answers do not come by here. */
static enum rc
lift(struct calls *c, const struct msg_call_says *m, struct err *err)
{
	struct masking *masking = c->owner.masking;

	if (masking == NULL || c->sdk)
		return RC_OK;
	if (m->reveal != 0)
		masking_reveal(masking);
	return masking_names(masking, m->masks, err);
}

/* What people said is recorded before the call goes out.  Where it cannot be, nothing
 * does, since the session ends for it. */
enum rc
calls_verdict(
    struct calls *c, uint32_t call, const struct msg_call_says *m, struct err *err)
{
	struct err why = { "" };
	enum rc rc;

	if (c->stopped)
		return RC_OK;
	if (m->effect == VERDICT_ALLOW && lift(c, m, &why) != RC_OK) {
		fail(c, &why);
		return RC_OK;
	}
	if ((rc = approval_call(call, m, record, c, &why)) == RC_OK)
		return gate_verdict(c->gate, call, m, err);
	if (rc == RC_REFUSE)
		return err_set(err, rc, "%s", why.text);
	fail(c, &why);
	return RC_OK;
}

const struct census *
calls_census(const struct calls *c)
{
	return c != NULL ? &c->census : NULL;
}

enum rc
calls_leaf(struct calls *c, uint32_t number, const struct msg_leaf *m, struct err *err)
{
	return c->stopped ? RC_OK : gate_leaf(c->gate, number, m, err);
}
