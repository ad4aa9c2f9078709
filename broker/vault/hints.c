/* Variables that lead to credentials; see hints.h. */
#include "broker/vault/hints.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "broker/vault/sources.h"

#define TEXT_MAX 4095
#define TOKEN_MAX 16384

static const char auth_variable[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

#define AT(member) offsetof(struct hints, member)

/* The first that is set fills a member. */
static const struct {
	const char *variable;
	size_t to;
} rows[] = {
	{ "AWS_WEB_IDENTITY_TOKEN_FILE", AT(token_file) },
	{ "AWS_ROLE_ARN", AT(role) },
	{ "AWS_ROLE_SESSION_NAME", AT(session_name) },
	{ "AWS_REGION", AT(region) },
	{ "AWS_DEFAULT_REGION", AT(region) },
	{ "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", AT(relative) },
	{ "AWS_CONTAINER_CREDENTIALS_FULL_URI", AT(full) },
	{ "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", AT(auth_file) },
};

#define ROWS (sizeof rows / sizeof rows[0])

static char **
slot(struct hints *h, size_t i)
{
	return (char **)((char *)h + rows[i].to);
}

static enum rc
take_text(struct hints *h, size_t i, struct err *err)
{
	const char *value = getenv(rows[i].variable);

	if (value == NULL || value[0] == '\0' || *slot(h, i) != NULL)
		return RC_OK;
	if (strlen(value) > TEXT_MAX)
		return err_set(err, RC_REFUSE, "%s has more than %d bytes",
		    rows[i].variable, TEXT_MAX);
	*slot(h, i) = strdup(value);
	return *slot(h, i) == NULL ? err_memory(err) : RC_OK;
}

static enum rc
take_auth(struct hints *h, struct err *err)
{
	struct span value = span_of(getenv(auth_variable));

	if (value.len == 0)
		return RC_OK;
	if (value.len > TOKEN_MAX)
		return err_set(err, RC_REFUSE, "%s has more than %d bytes",
		    auth_variable, TOKEN_MAX);
	return secret_copy(value, &h->auth, err);
}

enum rc
hints_take(struct hints *h, struct err *err)
{
	enum rc rc;

	memset(h, 0, sizeof *h);
	rc = take_auth(h, err);
	for (size_t i = 0; rc == RC_OK && i < ROWS; i++)
		rc = take_text(h, i, err);
	for (size_t i = 0; i < ROWS; i++)
		sources_forget(rows[i].variable);
	sources_forget(auth_variable);
	if (rc != RC_OK)
		hints_clear(h);
	return rc;
}

void
hints_clear(struct hints *h)
{
	for (size_t i = 0; i < ROWS; i++) {
		free(*slot(h, i));
		*slot(h, i) = NULL;
	}
	secret_free(h->auth);
	h->auth = NULL;
}
