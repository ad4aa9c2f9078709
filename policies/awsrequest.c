/* Building requests; see awsrequest.h. */
#include "policies/awsrequest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policies/words.h"

enum rc
awsrequest_call(struct aws_request *r, const char *service, const char *operation,
    const char *cli, struct aws_call **ret, struct err *err)
{
	struct aws_call *c = &r->calls[r->n_calls];
	const char *region = r->region == NULL ? AWS_NO_REGION : r->region;
	enum rc rc;

	if (r->n_calls == AWS_CALLS)
		return err_set(err, RC_REFUSE, "limit: more than %d calls", AWS_CALLS);
	if ((rc = apicall_new(service, operation, region, &c->api, err)) != RC_OK)
		return rc;
	c->service = service;
	c->operation = cli;
	r->n_calls++;
	*ret = c;
	return RC_OK;
}

enum rc
awsrequest_option(
    struct aws_request *r, struct span name, const char *value, struct err *err)
{
	struct aws_option *o = &r->options[r->n_options];

	if (r->n_options == AWS_OPTIONS)
		return err_set(
		    err, RC_REFUSE, "limit: more than %d options", AWS_OPTIONS);
	if ((o->name = span_dup(name)) == NULL)
		return err_memory(err);
	r->n_options++;
	if (value != NULL && (o->value = strdup(value)) == NULL)
		return err_memory(err);
	return RC_OK;
}

static void
drop(const char *text)
{
	free((char *)(uintptr_t)text);
}

void
awsrequest_free(struct aws_request *r)
{
	if (r == NULL)
		return;
	/* The request's own copies; names of services and calls stand in tables. */
	drop(r->name.operation);
	drop(r->profile);
	drop(r->region);
	for (size_t i = 0; i < r->n_resources; i++)
		drop(r->resources[i].bucket);
	for (size_t i = 0; i < r->n_options; i++) {
		drop(r->options[i].name);
		drop(r->options[i].value);
	}
	for (size_t i = 0; i < r->n_calls; i++)
		apicall_free(r->calls[i].api);
	words_free(r->child);
	free(r);
}
