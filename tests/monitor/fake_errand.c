/* See fake_errand.h; linked with --wrap for the three of errand.h. */
#include "tests/monitor/fake_errand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum rc __wrap_errand_new(
    const struct errand_init *init, struct errand **ret, struct err *err);
void __wrap_errand_free(struct errand *e);
enum rc __wrap_errand_send(struct errand *e, const char *service, const char *operation,
    struct span members, errand_fn *fn, struct err *err);

struct errand {
	struct timer *soon;
	void (*ready)(void *arg, enum rc rc, const struct err *err);
	void *arg;
	errand_fn *fn;
	unsigned answer;
};

static struct fake_errand the;

struct fake_errand *
fake_errand(void)
{
	return &the;
}

struct fake_errand *
fake_errand_begin(struct loop *l)
{
	memset(&the, 0, sizeof the);
	the.loop = l;
	return &the;
}

static void
on_soon(void *arg)
{
	struct errand *e = arg;
	const struct err err = { "no lease today" };
	struct errand_answer a = { .end = ERRAND_DONE };

	if (e->fn == NULL) {
		e->ready(e->arg, the.lease, &err);
		return;
	}
	a.end = the.answers[e->answer].end;
	a.body = span_of(the.answers[e->answer].body);
	if (a.end != ERRAND_DONE)
		snprintf(
		    a.why, sizeof a.why, "HTTP 400 %s", the.answers[e->answer].code);
	snprintf(a.code, sizeof a.code, "%s",
	    the.answers[e->answer].code != NULL ? the.answers[e->answer].code : "");
	e->fn(e->arg, &a);
}

enum rc
__wrap_errand_new(const struct errand_init *init, struct errand **ret, struct err *err)
{
	struct errand *e;

	if (the.at_once != RC_OK)
		return err_set(err, the.at_once, "not now");
	e = calloc(1, sizeof *e);
	e->ready = init->ready;
	e->arg = init->arg;
	e->soon = loop_timer(the.loop, on_soon, e);
	timer_set(e->soon, 0);
	snprintf(the.policy, sizeof the.policy, "%s", init->policy);
	snprintf(the.event, sizeof the.event, "%s", init->event);
	snprintf(the.region, sizeof the.region, "%s", init->region);
	snprintf(the.identity, sizeof the.identity, "%s", init->identity);
	snprintf(the.role, sizeof the.role, "%s", init->profile->role);
	the.made++;
	the.live++;
	*ret = e;
	return RC_OK;
}

void
__wrap_errand_free(struct errand *e)
{
	if (e == NULL)
		return;
	timer_free(e->soon);
	free(e);
	the.freed++;
	the.live--;
}

enum rc
__wrap_errand_send(struct errand *e, const char *service, const char *operation,
    struct span members, errand_fn *fn, struct err *err)
{
	if (the.n_calls == FAKE_CALLS)
		return err_set(err, RC_FAIL, "too many calls for a test");
	snprintf(the.calls[the.n_calls], sizeof the.calls[0], "%s:%s %.*s", service,
	    operation, (int)members.len, (const char *)members.p);
	e->fn = fn;
	e->answer = the.n_calls++;
	if (e->answer < the.n_answers)
		timer_set(e->soon, 0);
	return RC_OK;
}
