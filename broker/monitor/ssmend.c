/* Sessions on targets that lost their process: AWS is told to end them, a few times, and
 * what came of it is in the audit; see ssmend.h. */
#include "broker/monitor/ssmend.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/errand.h"
#include "broker/monitor/monitor.h"
#include "lib/base/http.h"
#include "lib/base/log.h"
#include "lib/model/target.h"

#define MOST 256 /* at once; every session of the broker might be lost together */
#define TRIES 3
#define TIMEOUT_MS 5000
#define ANSWER_MOST 65536
#define ID_MOST 96 /* bytes that AWS has in a session's id */

struct ending {
	struct ssmend *e;
	struct ending *next, *prev;
	struct errand *errand; /* while there is a lease, or one is asked for */
	struct timer *again;
	bool leased;
	unsigned tries;
	char why[ERR_TEXT];
	/* What errands borrow: a reload may come between two tries. */
	struct profile profile;
	char name[65], account[16], *role, *external_id;
	char home[64], region[64], identity[65];
	char id[ID_MOST + 1], instance[TARGET_ID_MOST + 1];
	uint8_t sid[16];
	bool run;
};

struct ssmend {
	struct monitor *m;
	struct http *http;
	struct ending *first;
	unsigned n;
};

static void try(void *arg);

/* ---- what came of it ---- */

static void
keep_note(
    struct monitor *m, const struct ssmend_ask *ask, const char *kind, const char *why)
{
	struct keep_event event = {
		.kind = kind, .identity = ask->identity, .sid = ask->sid
	};
	char *detail = keep_detail_take(
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*}", "id", ask->id, "call",
		ask->run ? "ssm:CancelCommand" : "ssm:TerminateSession", "instance",
		ask->instance, "profile", ask->profile->name, "region", ask->region,
		"why", why),
	    JSON_COMPACT);

	event.detail = detail;
	if (keep_event(m->keep, &event, NULL, NULL) != RC_OK)
		log_line(LOG_ERROR, "the end of %s was not recorded", ask->id);
	free(detail);
}

static void
note(struct monitor *m, const struct ssmend_ask *ask, const char *kind, const char *why)
{
	keep_note(m, ask, kind, why);
	if (why != NULL)
		log_line(LOG_ERROR, "%s %s on %s may still run: %s",
		    ask->run ? "the command" : "the session", ask->id, ask->instance,
		    why);
}

static void
ending_free(struct ending *g)
{
	struct ssmend *e = g->e;

	if (g->prev != NULL)
		g->prev->next = g->next;
	else
		e->first = g->next;
	if (g->next != NULL)
		g->next->prev = g->prev;
	e->n--;
	errand_free(g->errand);
	timer_free(g->again);
	free(g->role);
	free(g->external_id);
	free(g);
}

static void
finish(struct ending *g, const char *why)
{
	const struct ssmend_ask ask = { .id = g->id,
		.run = g->run,
		.instance = g->instance,
		.profile = &g->profile,
		.region = g->region,
		.identity = g->identity,
		.sid = g->sid };

	note(g->e->m, &ask, why == NULL ? "target.ended" : "target.left", why);
	ending_free(g);
}

/* A second, then three: whoever ends the broker waits for this. */
static void
later(struct ending *g, const char *why)
{
	snprintf(g->why, sizeof g->why, "%s", why);
	if (++g->tries >= TRIES) {
		finish(g, g->why);
		return;
	}
	if (!g->leased) {
		errand_free(g->errand);
		g->errand = NULL;
	}
	timer_set(g->again, g->tries == 1 ? 500 : 1500);
}

/* ---- telling AWS ---- */

static bool
is_over(const char *code)
{
	return strcmp(code, "DoesNotExistException") == 0 ||
	       strcmp(code, "InvalidCommandId") == 0;
}

static void
on_answer(void *arg, const struct errand_answer *a)
{
	struct ending *g = arg;

	if (a->end == ERRAND_DONE || is_over(a->code))
		finish(g, NULL);
	else if (a->end == ERRAND_BUSY)
		later(g, a->why);
	else
		finish(g, a->why);
}

static void
tell(struct ending *g)
{
	json_t *o = g->run ? json_pack("{s:s, s:[s]}", "CommandId", g->id,
				 "InstanceIds", g->instance)
			   : json_pack("{s:s}", "SessionId", g->id);
	char *s = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	struct err err = { "out of memory" };
	enum rc rc = RC_FAIL;

	json_decref(o);
	if (s != NULL)
		rc = errand_send(g->errand, "ssm",
		    g->run ? "CancelCommand" : "TerminateSession", span_of(s),
		    on_answer, &err);
	free(s);
	if (rc != RC_OK)
		later(g, err.text);
}

static void
on_lease(void *arg, enum rc rc, const struct err *err)
{
	struct ending *g = arg;

	g->leased = rc == RC_OK;
	if (rc == RC_OK)
		tell(g);
	else
		later(g, err->text);
}

/* CancelCommand knows no resources, says AWS. */
static void
put_policy(const struct ending *g, struct buf *b)
{
	const char *p = strchr(g->role, ':');
	int n = p != NULL ? (int)strcspn(p + 1, ":") : 0;

	buf_printf(b,
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Action\":[\"ssm:%s\"],\"Resource\":[",
	    g->run ? "CancelCommand" : "TerminateSession");
	if (g->run)
		buf_text(b, "\"*\"");
	else
		buf_printf(b, "\"arn:%.*s:ssm:%s:%s:session/%s\"", n,
		    p != NULL ? p + 1 : "", g->region, g->account, g->id);
	buf_text(b, "]}]}");
}

static void
try(void *arg)
{
	struct ending *g = arg;
	struct errand_init init = { .m = g->e->m,
		.http = g->e->http,
		.profile = &g->profile,
		.region = g->region,
		.identity = g->identity,
		.sid = g->sid,
		.event = "target.ending",
		.calls = g->run ? "ssm:CancelCommand" : "ssm:TerminateSession",
		.most = ANSWER_MOST,
		.timeout_ms = TIMEOUT_MS,
		.ready = on_lease,
		.arg = g };
	struct err err = { "" };
	struct buf policy;
	enum rc rc;

	if (g->leased) {
		tell(g);
		return;
	}
	buf_init(&policy, 2048);
	put_policy(g, &policy);
	init.policy = buf_cstr(&policy);
	rc = errand_new(&init, &g->errand, &err);
	buf_clear(&policy);
	if (rc == RC_REFUSE)
		finish(g, err.text);
	else if (rc != RC_OK)
		later(g, err.text);
}

/* ---- from outside ---- */

/* It becomes part of a policy, where a star would be more than one session. */
static bool
id_good(const char *id)
{
	size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			      "0123456789_+=,.@-");

	return n > 0 && n <= ID_MOST && id[n] == '\0';
}

static bool
take_profile(struct ending *g, const struct profile *p)
{
	if (!span_copy(span_of(p->name), g->name, sizeof g->name) ||
	    !span_copy(span_of(p->account), g->account, sizeof g->account) ||
	    !span_copy(span_of(p->region), g->home, sizeof g->home) ||
	    (g->role = strdup(p->role)) == NULL ||
	    (p->external_id != NULL &&
		(g->external_id = strdup(p->external_id)) == NULL))
		return false;
	g->profile = (struct profile){ .name = g->name,
		.account = g->account,
		.role = g->role,
		.region = g->home,
		.external_id = g->external_id };
	return true;
}

static struct ending *
ending_new(struct ssmend *e, const struct ssmend_ask *ask)
{
	struct ending *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->e = e;
	g->next = e->first;
	if (g->next != NULL)
		g->next->prev = g;
	e->first = g;
	e->n++;
	g->run = ask->run;
	memcpy(g->sid, ask->sid, sizeof g->sid);
	if (!take_profile(g, ask->profile) ||
	    !span_copy(span_of(ask->id), g->id, sizeof g->id) ||
	    !span_copy(span_of(ask->instance), g->instance, sizeof g->instance) ||
	    !span_copy(span_of(ask->region), g->region, sizeof g->region) ||
	    !span_copy(span_of(ask->identity), g->identity, sizeof g->identity) ||
	    (g->again = loop_timer(e->m->loop, try, g)) == NULL) {
		ending_free(g);
		return NULL;
	}
	return g;
}

void
ssmend_tell(struct monitor *m, struct ssmend *e, const struct ssmend_ask *ask)
{
	struct ending *g;

	if (!id_good(ask->id)) {
		/* Whoever says such an id is not AWS; it is not said again. */
		log_line(LOG_ERROR, "a session on %s ended with an id that is none",
		    ask->instance);
		keep_note(m, ask, "target.left", "AWS gives no such id");
		return;
	}
	if (e == NULL) {
		note(m, ask, "target.left", "nobody is there to tell AWS");
		return;
	}
	if (e->n >= MOST) {
		note(m, ask, "target.left", "too many were lost at once");
		return;
	}
	if ((g = ending_new(e, ask)) == NULL) {
		note(m, ask, "target.left", "out of memory");
		return;
	}
	/* From the loop: whoever calls may be in the middle of something. */
	timer_set(g->again, 0);
}

unsigned
ssmend_count(const struct ssmend *e)
{
	return e != NULL ? e->n : 0;
}

enum rc
ssmend_new(struct monitor *m, struct ssmend **ret, struct err *err)
{
	struct ssmend *e = calloc(1, sizeof *e);
	enum rc rc;

	if (e == NULL)
		return err_memory(err);
	e->m = m;
	if ((rc = http_new(m->loop, &e->http, err)) != RC_OK) {
		free(e);
		return rc;
	}
	*ret = e;
	return RC_OK;
}

/* What is still under way when the broker ends was not told. */
void
ssmend_free(struct ssmend *e)
{
	if (e == NULL)
		return;
	while (e->first != NULL)
		finish(e->first, e->first->why[0] != '\0'
				     ? e->first->why
				     : "the broker ended before AWS was told");
	http_free(e->http);
	free(e);
}
