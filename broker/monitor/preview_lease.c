/* The lease of a preview: of the same role as the command's would be, cut to its reads,
 * and known to the audit before it is used. */
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/monitor.h"
#include "broker/monitor/preview_parts.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "policies/iam.h"
#include "policies/scope.h"

#define LEASE_SECONDS 900u /* AWS gives none that is shorter */
#define POLICY_MAX (SCOPE_MAX + 1)
#define PARTITION 32

static void
noted(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct preview *p = arg;

	(void)bytes;
	(void)fd;
	if (rc == RC_OK) {
		preview_step(p);
		return;
	}
	log_line(LOG_ERROR, "a preview was not recorded: %s", why);
	preview_fail(p, "it could not be recorded, so nothing was asked");
}

static char *
detail_text(const struct preview *p)
{
	json_t *calls = json_array();

	for (size_t i = 0; i < p->plan.n; i++) {
		const struct apicall *c = p->plan.v[i].call;

		(void)json_array_append_new(calls,
		    json_sprintf("%s:%s%s", apicall_service(c), apicall_operation(c),
			p->plan.v[i].read == NULL ? " (dry run)" : ""));
	}
	return keep_detail_take(
	    json_pack("{s:s, s:s, s:I, s:o}", "role", p->lease->role, "access_key_id",
		p->lease->access_key_id, "expires_ms", (json_int_t)p->lease->expires_ms,
		"calls", calls),
	    JSON_COMPACT);
}

/* As of any lease, the audit knows before anybody uses it. */
static void
leased(void *arg, enum rc rc, struct lease *l, const struct err *err)
{
	struct preview *p = arg;
	struct keep_event e = { .kind = "preview",
		.identity = p->identity,
		.sid = p->sid,
		.rule = p->rule[0] != '\0' ? p->rule : NULL };
	char *detail;

	p->leasing = NULL;
	if (rc != RC_OK) {
		preview_fail(p, err->text);
		return;
	}
	p->lease = l;
	e.detail = detail = detail_text(p);
	if (detail == NULL || keep_event(p->all->m->keep, &e, noted, p) != RC_OK)
		noted(
		    p, RC_FAIL, "the keeper did not take it", span_make(NULL, 0), NULL);
	free(detail);
}

/* "aws", "aws-cn", … of arn:PARTITION:… */
static bool
place_of(
    const struct preview_ask *ask, char partition[PARTITION], struct iam_place *ret)
{
	const char *arn = ask->profile->role;
	const char *first = strchr(arn, ':'), *second;

	if (first == NULL || (second = strchr(first + 1, ':')) == NULL ||
	    !span_copy(span_make(first + 1, (size_t)(second - first - 1)), partition,
		PARTITION))
		return false;
	*ret = (struct iam_place){ partition, ask->profile->account, ask->region };
	return true;
}

/* All that the steps need, and no more. */
static enum rc
put_policy(const struct preview *p, const struct iam_place *place, struct buf *out,
    struct err *err)
{
	struct iam_needs each[PREVIEWTABLE_STEPS], all = { 0 };
	size_t n = 0;
	enum rc rc = RC_OK;

	memset(each, 0, sizeof each);
	for (size_t i = 0; i < p->plan.n && rc == RC_OK; i++) {
		const struct apicall *c = p->plan.v[i].call;
		struct iam_place at = *place;

		at.region = apicall_region(c);
		if ((rc = iam_needs(c, &at, &each[i], err)) == RC_OK)
			n += each[i].n;
	}
	if (rc == RC_OK && (all.v = calloc(n + 1, sizeof all.v[0])) == NULL)
		rc = err_memory(err);
	for (size_t i = 0; i < p->plan.n && rc == RC_OK; i++)
		for (size_t k = 0; k < each[i].n; k++)
			all.v[all.n++] = each[i].v[k];
	if (rc == RC_OK)
		rc = scope_bare(&all, place, out, err);
	free(all.v);
	for (size_t i = 0; i < p->plan.n; i++)
		iam_clear(&each[i]);
	return rc;
}

enum rc
preview_lease(struct preview *p, const struct preview_ask *ask, struct err *err)
{
	char partition[PARTITION], sid[ID_UUID_TEXT];
	struct lease_ask lease = { .identity = p->identity,
		.session = sid,
		.role = ask->profile->role,
		.region = ask->profile->region,
		.external_id = ask->profile->external_id,
		.rule = p->rule[0] != '\0' ? p->rule : NULL,
		.seconds = LEASE_SECONDS };
	struct iam_place place;
	struct buf policy;
	enum rc rc;

	if (!place_of(ask, partition, &place))
		return err_set(err, RC_REFUSE, "the profile's role is none");
	id_uuid_text(p->sid, sid);
	buf_init(&policy, POLICY_MAX);
	if ((rc = put_policy(p, &place, &policy, err)) == RC_OK) {
		lease.policy = buf_cstr(&policy);
		rc = vault_lease(p->all->m->vault, &lease, leased, p, &p->leasing, err);
	}
	buf_clear(&policy);
	return rc;
}
