/* Any bytes as the values of runbooks, a NAME=VALUE a line, the first byte choosing the
 * runbook: what is taken changes its own places and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "policies/aws.h"
#include "policies/pack.h"
#include "policies/runbook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VALUES 8

static const char policy[] =
    "version: 1\nname: p\nrules: []\nrunbooks:\n"
    "  - {name: a, parameters: {id: instance, n: {int: [1, 5]}}, command: [aws, ec2, "
    "describe-instances, --instance-ids, '{id}', '--page-size={n}'], approvers: {need: "
    "1, from: ['group:x']}, examples: {match: ['id=i-0123456789abcdef0 n=1']}}\n"
    "  - {name: b, parameters: {v: any, w: any}, command: [aws, ec2, "
    "describe-instances, --filters, 'Name=tag:{v},Values={w}'], approvers: {need: 1, "
    "from: ['group:x']}, examples: {match: ['v=a w=b']}}\n"
    "  - {name: c, parameters: {b: any, k: any}, command: [aws, s3, rm, "
    "'s3://{b}/x/{k}'], approvers: {need: 1, from: ['group:x']}, examples: {match: "
    "['b=logs k=a']}}\n"
    "  - {name: d, parameters: {v: any}, command: [aws, ec2, describe-instances, "
    "--filters, '[{{\"Name\":\"tag:a\",\"Values\":[\"{v}\"]}}]', --region, us-east-1], "
    "approvers: {need: 1, from: ['group:x']}, examples: {match: ['v=a']}}\n"
    "  - {name: e, parameters: {t: any}, command: [aws, s3, ls, '{t}'], approvers: "
    "{need: 1, from: ['group:x']}, examples: {match: ['t=s3://logs/']}}\n";

static const struct {
	const char *operation;
	size_t words;
} wanted[] = { { "describe-instances", 6 }, { "describe-instances", 5 }, { "rm", 4 },
	{ "describe-instances", 7 }, { "ls", 4 } };

static void
check(const struct words *w, size_t which)
{
	struct aws_request *req = NULL;
	struct refusal refusal;

	if (words_count(w) != wanted[which].words ||
	    aws_read(w, &req, &refusal) != RC_OK ||
	    strcmp(req->name.operation, wanted[which].operation) != 0 ||
	    req->profile != NULL || (req->region != NULL) != (which == 3) ||
	    req->takes_stdin || req->file_in || req->file_out)
		abort();
	if (which == 2 && (strchr(req->resources[0].bucket, '/') != NULL ||
			      strncmp(req->resources[0].key, "x/", 2) != 0))
		abort();
	aws_free(req);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pack_text text = { "p.yaml", span_of(policy) };
	struct span values[VALUES];
	struct refusal refusal = { .err = { "" } };
	struct words *w = NULL;
	struct pack *p = NULL;
	struct err err = { "" };
	size_t n = 0, which;
	enum rc rc;

	if (size == 0)
		return 0;
	which = data[0] % (sizeof wanted / sizeof wanted[0]);
	if (pack_read(&text, 1, &p, &err) != RC_OK)
		abort();
	for (data++, size--; size > 0 && n < VALUES;) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end == NULL ? size : (size_t)(end - data);

		values[n++] = span_make(data, len);
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	rc = runbook_expand(pack_rules(p)->runbooks[which], values, n, &w, &refusal);
	if (rc == RC_OK)
		check(w, which);
	else if (w != NULL || refusal.err.text[0] == '\0' ||
		 (refusal.status != STATUS_USAGE && refusal.status != STATUS_DENIED))
		abort();
	words_free(w);
	pack_free(p);
	return 0;
}
