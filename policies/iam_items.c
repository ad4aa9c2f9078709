/* Calls of DynamoDB that do several things at once: transactions, and statements of
 * PartiQL, whose table is read out of their text. */
#include "policies/iam_parts.h"

#include <string.h>
#include <strings.h>

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

#define TABLE "dynamodb:{r}:{a}:table/{v}"

/* Tables inside a transaction, and what is done to each. */
static const struct {
	const char *operation, *path, *action;
} items[] = {
	{ "TransactGetItems", "TransactItems.Get.TableName", "GetItem" },
	{ "TransactWriteItems", "TransactItems.Put.TableName", "PutItem" },
	{ "TransactWriteItems", "TransactItems.Update.TableName", "UpdateItem" },
	{ "TransactWriteItems", "TransactItems.Delete.TableName", "DeleteItem" },
	{ "TransactWriteItems", "TransactItems.ConditionCheck.TableName",
	    "ConditionCheckItem" },
};

/* Where statements of PartiQL stand. */
static const struct {
	const char *operation, *path;
} statements[] = {
	{ "ExecuteStatement", "Statement" },
	{ "BatchExecuteStatement", "Statements.Statement" },
	{ "ExecuteTransaction", "TransactStatements.Statement" },
};

/* How a statement begins, and the word before its table. */
static const struct {
	const char *word, *before, *action;
} verbs[] = {
	{ "SELECT", "FROM", "PartiQLSelect" },
	{ "INSERT", "INTO", "PartiQLInsert" },
	{ "UPDATE", "UPDATE", "PartiQLUpdate" },
	{ "DELETE", "FROM", "PartiQLDelete" },
	{ "EXISTS", "FROM", "PartiQLSelect" },
};

static enum rc
add_item(struct iam_work *w, const char *action, struct span table)
{
	struct iam_resource r = { 0 };
	enum rc rc;

	rc = span_starts(table, "arn:") ? iam_verbatim(w, table, &r)
					: iam_fill(w, TABLE, NULL, table, &r);
	if (rc != RC_OK)
		return rc;
	w->action = iam_action_text(w, "dynamodb", action);
	if ((rc = iam_add_own(w, &r)) != RC_OK)
		return rc;
	return iam_add_implied(w, "dynamodb", action, w->action, &r);
}

static bool
in_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* A word of PartiQL: letters; a name in quotes; or one other character. */
static struct span
take_word(struct span *rest)
{
	size_t n = 0, skip = 0;
	struct span word;

	while (skip < rest->len && strchr(" \t\r\n", rest->p[skip]) != NULL &&
	       rest->p[skip] != 0)
		skip++;
	*rest = span_make(rest->p + skip, rest->len - skip);
	if (rest->len == 0)
		return *rest;
	if (rest->p[0] == '"' || rest->p[0] == '\'') {
		const uint8_t *end = memchr(rest->p + 1, rest->p[0], rest->len - 1);

		n = end == NULL ? rest->len : (size_t)(end - rest->p) + 1;
	} else {
		while (n < rest->len && in_word(rest->p[n]))
			n++;
		n += n == 0;
	}
	word = span_make(rest->p, n);
	*rest = span_make(rest->p + n, rest->len - n);
	return word;
}

static bool
is_word(struct span s, const char *word)
{
	return s.len == strlen(word) &&
	       strncasecmp((const char *)s.p, word, s.len) == 0;
}

/* The table's name: quoted or plain, and then neither "." with something else than an
 * index, nor anything that could be a second table. */
static bool
table_of(struct span text, const char *before, struct span *ret)
{
	struct span word = take_word(&text);

	while (word.len > 0 && !is_word(word, before))
		word = take_word(&text);
	word = take_word(&text);
	if (word.len >= 2 && word.p[0] == '"' && word.p[word.len - 1] == '"')
		word = span_make(word.p + 1, word.len - 2);
	*ret = word;
	if (word.len < 3 || word.len > 1024 || memchr(word.p, '"', word.len) != NULL ||
	    memchr(word.p, '\'', word.len) != NULL)
		return false;
	for (word = take_word(&text); word.len > 0; word = take_word(&text))
		if (is_word(word, "FROM") || is_word(word, "JOIN") ||
		    is_word(word, "INTO") || word.p[0] == ';')
			return false;
	return true;
}

static enum rc
add_statement(struct iam_work *w, struct span text)
{
	struct span rest = text, table = { 0 };
	struct span first = take_word(&rest);

	for (size_t i = 0; i < ROWS(verbs); i++)
		if (is_word(first, verbs[i].word) &&
		    table_of(text, verbs[i].before, &table))
			return add_item(w, verbs[i].action, table);
	return err_set(w->err, RC_REFUSE, "a PartiQL statement is not understood");
}

static enum rc
each(struct iam_work *w, const char *path, const char *action)
{
	const struct apicall_param *p;
	size_t at = 0;
	enum rc rc = RC_OK;

	while (rc == RC_OK && (p = apicall_next(w->call, path, &at)) != NULL) {
		if (!p->known)
			return err_set(
			    w->err, RC_REFUSE, "the value of %s is not known", path);
		rc = action == NULL ? add_statement(w, p->value)
				    : add_item(w, action, p->value);
	}
	return rc;
}

enum rc
iam_items(struct iam_work *w)
{
	bool many = false;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < ROWS(items) && rc == RC_OK; i++)
		if (strcmp(items[i].operation, w->op.name) == 0) {
			many = true;
			rc = each(w, items[i].path, items[i].action);
		}
	for (size_t i = 0; i < ROWS(statements) && rc == RC_OK; i++)
		if (strcmp(statements[i].operation, w->op.name) == 0) {
			many = true;
			rc = each(w, statements[i].path, NULL);
		}
	if (rc == RC_OK && many && w->n == 0)
		return err_set(w->err, RC_REFUSE, "%s names no table", w->op.name);
	return rc;
}
