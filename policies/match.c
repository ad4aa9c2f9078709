/* Matching operations.  A pattern in the API's spelling is compared without case:
 * GetSamlP* means GetSAMLProvider too.  No two operations of a service differ in case
 * alone. */
#include "policies/match.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "policies/awsfacts.h"
#include "policies/glob.h"

#define OPERATION_MOST 128
#define SERVICE_ROOM 65

enum rc
match_read(const struct yaml_node *n, struct match *ret, struct err *err)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-*?";
	char service[SERVICE_ROOM];
	struct match m = { .text = yaml_cstr(n) };
	const char *colon = strchr(m.text, ':');
	size_t len;

	/* What is no text has none. */
	if (colon == NULL)
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

bool
match_operation(
    const struct match *m, const char *service, const char *cli, const char *api)
{
	char lower[OPERATION_MOST + 1];
	size_t n;

	if (strcmp(m->service, service) != 0)
		return false;
	if (!m->api)
		return m->wild ? glob_matches_lower(m->operation, cli)
			       : strcmp(m->operation, cli) == 0;
	if (api == NULL)
		return false;
	if (!m->wild)
		return strcasecmp(m->operation, api) == 0;
	if ((n = strlen(api)) > OPERATION_MOST)
		return false;
	for (size_t i = 0; i <= n; i++)
		lower[i] = (char)tolower((unsigned char)api[i]);
	return glob_matches_lower(m->operation, lower);
}
