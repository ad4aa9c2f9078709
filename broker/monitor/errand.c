/* Errands to AWS: a lease, an event, signed calls; see errand.h.  What is asked, and what
 * the answer means, is for others. */
#include "broker/monitor/errand.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/apisign.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/previewread.h"
#include "lib/base/http.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "policies/apiwire.h"

#define LEASE_SECONDS 900u /* AWS gives none that is shorter */
#define CONNECTS_MAX 256
#define LINES_MAX 65536u /* headers; a session token may be long */
#define BODY_MAX 65536u

struct errand {
	struct monitor *m;
	struct http *http;
	struct vault_call *leasing;
	struct http_call *call;
	struct lease *lease;
	void (*ready)(void *arg, enum rc rc, const struct err *err);
	void *arg;
	errand_fn *fn;
	enum awsmodel_protocol protocol; /* of what was asked */
	char identity[65], region[APIWIRE_REGION], event[32], calls[128];
	uint8_t sid[16];
	size_t most;
	unsigned timeout_ms;
};

/* ---- the lease ---- */

static void
noted(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct errand *e = arg;
	struct err err = { "" };

	(void)bytes;
	(void)fd;
	if (rc != RC_OK) {
		log_line(
		    LOG_ERROR, "a lease for %s was not recorded: %s", e->calls, why);
		err_set(
		    &err, RC_FAIL, "it could not be recorded, so AWS was not asked");
	}
	e->ready(e->arg, rc == RC_OK ? RC_OK : RC_FAIL, &err);
}

static char *
detail_text(const struct errand *e)
{
	return keep_detail_take(
	    json_pack("{s:s, s:s, s:s, s:I, s:s}", "role", e->lease->role, "region",
		e->region, "access_key_id", e->lease->access_key_id, "expires_ms",
		(json_int_t)e->lease->expires_ms, "calls", e->calls),
	    JSON_COMPACT);
}

/* As of any lease, the audit knows before anybody uses it. */
static void
leased(void *arg, enum rc rc, struct lease *l, const struct err *err)
{
	struct errand *e = arg;
	struct keep_event event = {
		.kind = e->event, .identity = e->identity, .sid = e->sid
	};
	char *detail;

	e->leasing = NULL;
	if (rc != RC_OK) {
		e->ready(e->arg, rc == RC_END ? RC_FAIL : rc, err);
		return;
	}
	e->lease = l;
	event.detail = detail = detail_text(e);
	rc = detail != NULL ? keep_event(e->m->keep, &event, noted, e) : RC_FAIL;
	free(detail);
	if (rc != RC_OK)
		noted(
		    e, RC_FAIL, "the keeper did not take it", span_make(NULL, 0), NULL);
}

static enum rc
ask_lease(struct errand *e, const struct errand_init *init, struct err *err)
{
	char sid[ID_UUID_TEXT];
	const struct lease_ask lease = { .identity = e->identity,
		.session = sid,
		.role = init->profile->role,
		.region = init->profile->region,
		.external_id = init->profile->external_id,
		.seconds = LEASE_SECONDS,
		.policy = init->policy };

	id_uuid_text(e->sid, sid);
	return vault_lease(e->m->vault, &lease, leased, e, &e->leasing, err);
}

enum rc
errand_new(const struct errand_init *init, struct errand **ret, struct err *err)
{
	struct errand *e;
	enum rc rc;

	if (!profile_region(span_of(init->region)) ||
	    strlen(init->region) >= sizeof e->region)
		return err_set(err, RC_REFUSE, "an ill-formed region");
	if ((e = calloc(1, sizeof *e)) == NULL)
		return err_memory(err);
	e->m = init->m;
	e->http = init->http;
	e->ready = init->ready;
	e->arg = init->arg;
	e->most = init->most;
	e->timeout_ms = init->timeout_ms;
	memcpy(e->sid, init->sid, sizeof e->sid);
	snprintf(e->identity, sizeof e->identity, "%s", init->identity);
	snprintf(e->region, sizeof e->region, "%s", init->region);
	snprintf(e->event, sizeof e->event, "%s", init->event);
	snprintf(e->calls, sizeof e->calls, "%s", init->calls);
	if ((rc = ask_lease(e, init, err)) != RC_OK) {
		errand_free(e);
		return rc;
	}
	*ret = e;
	return RC_OK;
}

void
errand_free(struct errand *e)
{
	if (e == NULL)
		return;
	vault_cancel(e->leasing);
	http_cancel(e->call);
	keep_forget(e->m->keep, e);
	lease_free(e->lease);
	free(e);
}

/* ---- the answer ---- */

static bool
one_of(const char *code, const char *const *v)
{
	while (*v != NULL && strcmp(*v, code) != 0)
		v++;
	return *v != NULL;
}

static enum errand_end
end_of(unsigned status, const char *code)
{
	static const char *const denied[] = { "AccessDenied", "AccessDeniedException",
		"UnauthorizedOperation", NULL };
	static const char *const busy[] = { "RequestLimitExceeded", "Throttling",
		"ThrottlingException", "ThrottledException", "TooManyRequestsException",
		"ServiceUnavailable", "InternalServerError", "InternalError", NULL };

	if (status == 200)
		return ERRAND_DONE;
	if (one_of(code, denied))
		return ERRAND_DENIED;
	if (status >= 500 || status == 429 || one_of(code, busy))
		return ERRAND_BUSY;
	return ERRAND_REFUSED;
}

static void
on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err)
{
	struct errand *e = arg;
	struct errand_answer a = { .body = body };

	if (rc != RC_OK) {
		a.end = rc == RC_RETRY ? ERRAND_BUSY : ERRAND_REFUSED;
		snprintf(a.why, sizeof a.why, "%s", http_err->text);
	} else if (status != 200)
		previewread_error(e->protocol, http_header(e->call, "x-amzn-errortype"),
		    body, a.code);
	if (rc == RC_OK)
		a.end = end_of(status, a.code);
	if (rc == RC_OK && a.end != ERRAND_DONE)
		snprintf(a.why, sizeof a.why, "HTTP %u %s", status, a.code);
	e->call = NULL;
	e->fn(e->arg, &a);
}

/* ---- the call ---- */

static enum rc
post(struct errand *e, const struct apiwire *w, struct span lines, struct err *err)
{
	const struct config *c = e->m->rules.config;
	const char *to[CONNECTS_MAX];
	struct http_options o = { .connect_to = to,
		.ca_file = c->aws.ca_file,
		.timeout_ms = e->timeout_ms,
		.max_body = e->most,
		.keep_head = true };
	char url[APIWIRE_HOST + 16];

	for (; o.n_connect_to < c->aws.connect_to.n && o.n_connect_to < CONNECTS_MAX;
	     o.n_connect_to++)
		to[o.n_connect_to] = c->aws.connect_to.v[o.n_connect_to].curl;
	snprintf(url, sizeof url, "https://%s/", w->host);
	return http_post(
	    e->http, url, lines, buf_span(&w->body), &o, on_answer, e, &e->call, err);
}

/* The model says where it goes and how it is called; the members are the caller's. */
static enum rc
lay_out(const struct errand *e, const char *service, const char *operation,
    struct span members, struct apiwire *w, struct err *err)
{
	struct apicall *c = NULL;
	enum rc rc = apicall_new(service, operation, e->region, &c, err);

	if (rc == RC_OK)
		rc = apiwire_make(c, false, w, err);
	apicall_free(c);
	if (rc != RC_OK)
		return rc;
	if (w->protocol == AWSMODEL_JSON) {
		buf_clear(&w->body);
		buf_init(&w->body, BODY_MAX);
	} else if (w->protocol != AWSMODEL_EC2 && w->protocol != AWSMODEL_QUERY)
		rc = err_set(err, RC_REFUSE, "%s has no body of that kind", operation);
	buf_span_put(&w->body, members);
	if (rc == RC_OK && !buf_ok(&w->body))
		rc = err_set(err, RC_REFUSE, "%s with too much in it", operation);
	if (rc != RC_OK)
		apiwire_clear(w);
	return rc;
}

enum rc
errand_send(struct errand *e, const char *service, const char *operation,
    struct span members, errand_fn *fn, struct err *err)
{
	struct apiwire w = { .method = NULL };
	struct buf lines;
	enum rc rc;

	if (e->lease == NULL || e->call != NULL)
		return err_set(err, RC_FAIL, "there is no lease, or a call under way");
	if ((rc = lay_out(e, service, operation, members, &w, err)) != RC_OK)
		return rc;
	e->protocol = w.protocol;
	e->fn = fn;
	buf_init(&lines, LINES_MAX);
	if ((rc = apisign_lines(e->lease, &w, &lines, err)) == RC_OK)
		rc = post(e, &w, buf_span(&lines), err);
	buf_clear(&lines);
	apiwire_clear(&w);
	return rc;
}
