/* The line of broker-argv; see argv.h.  jansson parses, a table checks. */
#include "broker/front/argv.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MAX 31536000 /* a year, in seconds */

struct argv {
	json_t *root;
	char wait[16];
};

typedef enum rc check_fn(struct argv *a, const json_t *v, size_t most, struct err *err);

static enum rc
check_words(struct argv *a, const json_t *v, size_t most, struct err *err)
{
	size_t n = json_array_size(v);

	(void)a;
	if (!json_is_array(v) || n == 0 || n > most)
		return err_set(
		    err, RC_REFUSE, "argv must be a list of 1 to %zu words", most);
	for (size_t i = 0; i < n; i++)
		if (!json_is_string(json_array_get(v, i)))
			return err_set(
			    err, RC_REFUSE, "word %zu of argv is not text", i);
	return RC_OK;
}

static enum rc
check_text(struct argv *a, const json_t *v, size_t most, struct err *err)
{
	(void)a;
	if (!json_is_string(v) || json_string_length(v) > most)
		return err_set(
		    err, RC_REFUSE, "must be text of at most %zu bytes", most);
	return RC_OK;
}

static enum rc
check_wait(struct argv *a, const json_t *v, size_t most, struct err *err)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n > (json_int_t)most)
		return err_set(err, RC_REFUSE, "must be seconds, 0 to %zu", most);
	snprintf(a->wait, sizeof a->wait, "%lld", (long long)n);
	return RC_OK;
}

static const struct {
	const char *name;
	size_t most;
	check_fn *check;
} members[] = {
	{ "argv", MSG_LIST_MAX, check_words },
	{ "profile", 256, check_text },
	{ "reason", 1024, check_text },
	{ "wait", WAIT_MAX, check_wait },
};

static enum rc
check_member(struct argv *a, const char *name, const json_t *v, struct err *err)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		enum rc rc;

		if (strcmp(members[i].name, name) != 0)
			continue;
		if ((rc = members[i].check(a, v, members[i].most, err)) != RC_OK)
			err_add(err, "%s", name);
		return rc;
	}
	return err_set(
	    err, RC_REFUSE, "a member that is not argv, profile, reason or wait");
}

static enum rc
check_root(struct argv *a, struct err *err)
{
	const char *name;
	json_t *v;

	if (!json_is_object(a->root))
		return err_set(err, RC_REFUSE, "not an object");
	json_object_foreach(a->root, name, v)
	{
		enum rc rc = check_member(a, name, v, err);

		if (rc != RC_OK)
			return rc;
	}
	if (json_object_get(a->root, "argv") == NULL)
		return err_set(err, RC_REFUSE, "argv is missing");
	return RC_OK;
}

enum rc
argv_parse(struct span line, struct argv **ret, struct err *err)
{
	struct argv *a;
	json_error_t at;
	enum rc rc;

	if (line.len > ARGV_LINE_MAX)
		return err_set(err, RC_REFUSE, "over %d bytes", ARGV_LINE_MAX);
	if ((a = calloc(1, sizeof *a)) == NULL)
		return err_memory(err);
	/* Without JSON_ALLOW_NUL an escaped NUL is an error too. */
	a->root =
	    json_loadb((const char *)line.p, line.len, JSON_REJECT_DUPLICATES, &at);
	if (a->root == NULL)
		rc = err_set(err, RC_REFUSE, "not JSON at byte %d", at.position);
	else
		rc = check_root(a, err);
	if (rc != RC_OK) {
		argv_free(a);
		return rc;
	}
	*ret = a;
	return RC_OK;
}

void
argv_free(struct argv *a)
{
	if (a == NULL)
		return;
	json_decref(a->root);
	free(a);
}

static struct span
text_of(const json_t *v)
{
	return span_make(json_string_value(v), json_string_length(v));
}

void
argv_fill(const struct argv *a, struct msg_exec_ask *m)
{
	const json_t *words = json_object_get(a->root, "argv");
	const json_t *profile = json_object_get(a->root, "profile");
	const json_t *reason = json_object_get(a->root, "reason");

	m->form = FORM_ARGV;
	m->argv.n = (uint32_t)json_array_size(words);
	for (uint32_t i = 0; i < m->argv.n; i++)
		m->argv.v[i] = text_of(json_array_get(words, i));
	if (profile != NULL)
		m->profile = text_of(profile);
	if (reason != NULL)
		m->reason = text_of(reason);
	if (a->wait[0] != '\0')
		m->wait = span_of(a->wait);
}
