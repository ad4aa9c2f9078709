/* Matching operations.  A pattern in the API's spelling is compared without the CLI's
 * dashes and without case: GetSAMLP* means get-saml-provider too, although no rule of
 * spelling leads from the one to the other.  No two operations of a service differ in
 * dashes alone. */
#include "policies/match.h"

#include <ctype.h>
#include <string.h>

#include "policies/awsfacts.h"

#define OPERATION_MOST 128
#define SERVICE_MOST 64

enum rc
match_read(const struct yaml_node *n, struct match *ret, struct err *err)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-*?";
	char service[SERVICE_MOST + 1];
	struct match m = { .text = yaml_cstr(n) };
	const char *colon = strchr(m.text, ':');
	size_t len;

	if (yaml_kind(n) != YAML_TEXT || colon == NULL)
		return yaml_expected(n, err, "SERVICE:OPERATION");
	if (!span_copy(
		span_make(m.text, (size_t)(colon - m.text)), service, sizeof service) ||
	    (m.service = awsfacts_rule_service(service)) == NULL)
		return yaml_expected(
		    n, err, "a service of the AWS CLI before the colon");
	m.operation = colon + 1;
	len = strspn(m.operation, set);
	if (len == 0 || len > OPERATION_MOST || m.operation[len] != '\0')
		return yaml_expected(n, err,
		    "an operation (letters, digits, -, * and ?) behind the colon");
	m.api = strpbrk(m.operation, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
	m.wild = strpbrk(m.operation, "*?") != NULL;
	if (m.api && strchr(m.operation, '-') != NULL)
		return yaml_expected(
		    n, err, "one spelling: ListBuckets or list-buckets, not both");
	*ret = m;
	return RC_OK;
}

/* Greedy with one point to come back to: the time is at most the product of the two
 * lengths. */
static bool
glob(const char *p, const char *s)
{
	const char *star = NULL, *back = NULL;

	while (*s != '\0') {
		if (*p == '*') {
			star = p++;
			back = s;
		} else if (*p == '?' || tolower((unsigned char)*p) == *s) {
			p++;
			s++;
		} else if (star != NULL) {
			p = star + 1;
			s = ++back;
		} else {
			return false;
		}
	}
	return p[strspn(p, "*")] == '\0';
}

bool
match_call(const struct match *m, const struct aws_call *call)
{
	char flat[OPERATION_MOST + 1];
	size_t n = 0;

	if (strcmp(m->service, call->service) != 0)
		return false;
	if (!m->api)
		return glob(m->operation, call->operation);
	for (const char *s = call->operation; *s != '\0'; s++) {
		if (*s == '-')
			continue;
		if (n == OPERATION_MOST)
			return false;
		flat[n++] = *s;
	}
	flat[n] = '\0';
	return glob(m->operation, flat);
}
