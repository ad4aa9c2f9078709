/* Names and their conditions; see clause.h.  Names are compared without dashes and
 * case: no two members of an operation, no two options of a command, differ in these
 * alone. */
#include "policies/clause.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "policies/vocab.h"

#define NAME 128

struct row {
	const char *name;
	struct matcher *matcher;
};

struct clause {
	size_t n;
	struct row rows[];
};

bool
clause_same(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a == '-')
			a++;
		while (*b == '-')
			b++;
		if (*a != *b &&
		    tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
	}
}

static enum rc
check_name(const struct clause *c, const struct yaml_node *key, enum clause_kind kind,
    struct err *err)
{
	static const char options[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	static const char members[] = "abcdefghijklmnopqrstuvwxyz0123456789-_."
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *s = yaml_cstr(key);
	size_t n = strspn(s, kind == CLAUSE_OPTIONS ? options : members);

	if (n == 0 || n > NAME || s[n] != '\0' || s[0] == '-')
		return yaml_expected(key, err,
		    kind == CLAUSE_OPTIONS ? "the name of an option, without dashes"
					   : "the name of a parameter");
	if (clause_find(c, s, NULL) != NULL)
		return yaml_fail(key, err, "%s stands here twice", s);
	return RC_OK;
}

static enum rc
read_rows(const struct yaml_node *n, const struct yaml_node *sets,
    enum clause_kind kind, struct clause *c, struct err *err)
{
	enum rc rc;

	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		struct row *row = &c->rows[c->n];

		if ((rc = check_name(c, yaml_key(v), kind, err)) != RC_OK ||
		    (rc = matcher_read(
			 v, sets, kind == CLAUSE_OPTIONS, &row->matcher, err)) != RC_OK)
			return rc;
		row->name = yaml_cstr(yaml_key(v));
		c->n++;
	}
	return RC_OK;
}

enum rc
clause_read(const struct yaml_node *n, const struct yaml_node *sets,
    enum clause_kind kind, struct clause **ret, struct err *err)
{
	struct clause *c;
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 0, CLAUSE_NAMES, err)) != RC_OK)
		return rc;
	if ((c = calloc(1, sizeof *c + yaml_count(n) * sizeof c->rows[0])) == NULL)
		return err_memory(err);
	if ((rc = read_rows(n, sets, kind, c, err)) != RC_OK) {
		clause_free(c);
		return rc;
	}
	*ret = c;
	return RC_OK;
}

void
clause_free(struct clause *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		matcher_free(c->rows[i].matcher);
	free(c);
}

size_t
clause_count(const struct clause *c)
{
	return c->n;
}

size_t
clause_weight(const struct clause *c)
{
	size_t most = 0;

	for (size_t i = 0; c != NULL && i < c->n; i++) {
		size_t n = matcher_weight(c->rows[i].matcher);

		most = n > most ? n : most;
	}
	return most;
}

const char *
clause_at(const struct clause *c, size_t i, const struct matcher **condition)
{
	*condition = c->rows[i].matcher;
	return c->rows[i].name;
}

const struct matcher *
clause_find(const struct clause *c, const char *name, const char *also)
{
	for (size_t i = 0; i < c->n; i++)
		if (clause_same(c->rows[i].name, name) ||
		    (also != NULL && clause_same(c->rows[i].name, also)))
			return c->rows[i].matcher;
	return NULL;
}
