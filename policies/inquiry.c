/* Putting questions of policies; see inquiry.h. */
#include "policies/inquiry.h"

#include <stdio.h>
#include <string.h>

#include "policies/callnode.h"
#include "policies/decide.h"
#include "policies/refusal.h"
#include "policies/runbook.h"
#include "policies/ssmrule.h"
#include "policies/vocab.h"

#define KEYS "line, argv, call, forward, ssm and script"

static const struct {
	const char *key;
	enum inquiry_kind kind;
	enum path path;
	enum yaml_kind want;
} forms[] = {
	{ "line", INQUIRY_LINE, PATH_EXEC, YAML_TEXT },
	{ "argv", INQUIRY_ARGV, PATH_EXEC, YAML_LIST },
	{ "call", INQUIRY_CALL, PATH_API, YAML_MAP },
	{ "forward", INQUIRY_FORWARD, PATH_FORWARD, YAML_MAP },
	{ "ssm", INQUIRY_SSM, PATH_SHELL, YAML_MAP },
	{ "script", INQUIRY_SCRIPT, PATH_SHELL, YAML_MAP },
};

static bool
find_form(const struct yaml_node *n, struct inquiry *ret, unsigned *found,
    enum yaml_kind *want)
{
	*found = 0;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const struct yaml_node *v = yaml_find(n, forms[i].key);

		if (v == NULL)
			continue;
		*ret = (struct inquiry){ forms[i].kind, forms[i].path, v };
		*want = forms[i].want;
		++*found;
	}
	return *found == 1;
}

enum rc
inquiry_read(const struct yaml_node *n, struct inquiry *ret, struct err *err)
{
	static const char *const paths[] = { "exec", "shell", NULL };
	const struct yaml_node *path = yaml_find(n, "path");
	struct inquiry q = { 0 };
	enum yaml_kind want = YAML_TEXT;
	unsigned found;
	size_t at = 0;
	enum rc rc;

	if (!find_form(n, &q, &found, &want))
		return yaml_fail(n, err, "expected one of the keys " KEYS);
	if ((rc = yaml_want(q.n, want, err)) != RC_OK)
		return rc;
	if (path != NULL) {
		if (q.kind != INQUIRY_LINE)
			return yaml_fail(
			    yaml_key(path), err, "path stands beside line only");
		if ((rc = yaml_choice(path, paths, &at, err)) != RC_OK)
			return rc;
		if (at == 1)
			q.path = PATH_SHELL;
	}
	*ret = q;
	return RC_OK;
}

enum rc
inquiry_example(const struct yaml_node *n, struct inquiry *ret, struct err *err)
{
	struct inquiry q = { 0 };
	enum yaml_kind want = YAML_TEXT;
	unsigned found;

	if (yaml_kind(n) == YAML_TEXT) {
		*ret = (struct inquiry){ INQUIRY_LINE, PATH_EXEC, n };
		return RC_OK;
	}
	if (yaml_kind(n) != YAML_MAP)
		return yaml_expected(n, err, "text");
	if (find_form(n, &q, &found, &want) && yaml_count(n) == 1) {
		*ret = q;
		return yaml_want(q.n, want, err);
	}
	*ret = (struct inquiry){ INQUIRY_CALL, PATH_API, n };
	return RC_OK;
}

/* A deny before any rule: "CODE: what"; a text that has no such beginning is about how
 * aws is used. */
static void
refuse(struct verdict *v, const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

	memset(v, 0, sizeof *v);
	if (n == 0 || n >= sizeof v->code || text[n] != ':')
		snprintf(v->code, sizeof v->code, "usage");
	else
		snprintf(v->code, sizeof v->code, "%.*s", (int)n, text);
	snprintf(v->reason, sizeof v->reason, "%.*s", (int)sizeof v->reason - 1, text);
}

/* What a reader of words made of them: a refusal is an answer, too. */
static enum rc
settle(enum rc rc, const struct err *why, struct verdict *v, struct err *err)
{
	if (rc == RC_REFUSE)
		refuse(v, why->text);
	return rc == RC_FAIL ? err_memory(err) : RC_OK;
}

static enum rc
put_aws(const struct ruleset *set, const struct words *w, struct facts *f,
    struct verdict *v, struct err *err)
{
	struct aws_request *req = NULL;
	struct refusal refusal = { .err = { "" } };
	enum rc rc;

	rc = aws_read(w, &req, &refusal);
	if (rc == RC_OK) {
		if (req->profile != NULL)
			f->profile = req->profile;
		if (req->region != NULL)
			f->region = req->region;
		decide(set, req, f, v);
	}
	aws_free(req);
	return settle(rc, &refusal.err, v, err);
}

/* `run NAME NAME=VALUE …`, as if people had approved the runbook. */
static enum rc
put_run(const struct ruleset *set, const struct words *w, struct facts *f,
    struct verdict *v, struct err *err)
{
	struct refusal refusal = { .err = { "" } };
	const struct runbook *rb = NULL;
	struct words *own = NULL;
	enum rc rc;

	if ((rc = runbook_run(set, w, &rb, &own, &refusal)) == RC_OK) {
		f->runbook = runbook_name(rb);
		rc = put_aws(set, own, f, v, err);
	} else {
		rc = settle(rc, &refusal.err, v, err);
	}
	words_free(own);
	return rc;
}

/* A list of texts as words; RC_OK with *ret NULL and v set where they are refused. */
static enum rc
list_words(
    const struct yaml_node *n, struct words **ret, struct verdict *v, struct err *err)
{
	struct span list[WORDS_MOST];
	struct err why = { "" };
	size_t count = 0;
	enum rc rc;

	*ret = NULL;
	if ((rc = vocab_count(n, YAML_LIST, 1, WORDS_MOST, err)) != RC_OK)
		return rc;
	for (n = yaml_first(n); n != NULL; n = yaml_next(n)) {
		if ((rc = yaml_want(n, YAML_TEXT, err)) != RC_OK)
			return rc;
		list[count++] = yaml_span(n);
	}
	return settle(words_from_list(list, count, ret, &why), &why, v, err);
}

static enum rc
split_words(
    const struct yaml_node *n, struct words **ret, struct verdict *v, struct err *err)
{
	struct err why = { "" };

	return settle(words_split(yaml_span(n), ret, &why), &why, v, err);
}

static enum rc
put_exec(const struct inquiry *q, const struct ruleset *set, struct facts *f,
    struct verdict *v, struct err *err)
{
	struct words *w = NULL;
	enum rc rc;

	rc = q->kind == INQUIRY_LINE ? split_words(q->n, &w, v, err)
				     : list_words(q->n, &w, v, err);
	if (rc == RC_OK && w != NULL) {
		if (strcmp(words_at(w, 0), "aws") == 0)
			rc = put_aws(set, w, f, v, err);
		else if (strcmp(words_at(w, 0), "run") == 0)
			rc = put_run(set, w, f, v, err);
		else
			decide_words(set, w, f, v);
	}
	words_free(w);
	return rc;
}

static enum rc
put_line(const struct inquiry *q, const struct ruleset *set, struct facts *f,
    struct verdict *v, struct err *err)
{
	if (f->path == PATH_EXEC)
		return put_exec(q, set, f, v, err);
	decide_line(set, yaml_span(q->n), f, v, NULL);
	return RC_OK;
}

static enum rc
put_call(const struct inquiry *q, const struct ruleset *set, struct facts *f,
    struct verdict *v, struct err *err)
{
	struct callnode c = { 0 };
	enum rc rc;

	if ((rc = callnode_read(q->n, f, &c, err)) != RC_OK)
		return rc;
	decide_call(set, NULL, c.api, &c.needs, f, v);
	callnode_clear(&c);
	return RC_OK;
}

static enum rc
put_forward(const struct inquiry *q, const struct ruleset *set, struct facts *f,
    struct verdict *v, struct err *err)
{
	static const struct vocab keys[] = {
		{ "host", VOCAB_MAY },
		{ "port", VOCAB_MUST },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *host = yaml_find(q->n, "host");
	struct forward_ask ask = { 0 };
	uint64_t port = 0;
	enum rc rc;

	if ((rc = vocab_check(q->n, keys, err)) != RC_OK ||
	    (rc = yaml_uint(yaml_find(q->n, "port"), 1, 65535, &port, err)) != RC_OK)
		return rc;
	if (host != NULL &&
	    (rc = yaml_line_text(host, 1, 255, &ask.host, err)) != RC_OK)
		return rc;
	ask.port = (unsigned)port;
	decide_forward(set, &ask, f, v);
	return RC_OK;
}

static enum rc
put_ssm(const struct inquiry *q, const struct ruleset *set, struct facts *f,
    struct verdict *v, struct err *err)
{
	static const struct vocab keys[] = {
		{ "document", VOCAB_MAY },
		{ "mode", VOCAB_MUST },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *document = yaml_find(q->n, "document");
	struct ssm_ask ask = { 0 };
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(q->n, keys, err)) != RC_OK ||
	    (rc = yaml_choice(yaml_find(q->n, "mode"), ssmrule_modes, &at, err)) !=
		RC_OK)
		return rc;
	if (document != NULL &&
	    (rc = yaml_line_text(document, 1, 255, &ask.document, err)) != RC_OK)
		return rc;
	ask.mode = (enum ssm_mode)at;
	decide_open(set, &ask, f, v);
	return RC_OK;
}

static enum rc
put_script(const struct inquiry *q, const struct ruleset *set, struct facts *f,
    struct verdict *v, struct err *err)
{
	static const struct vocab keys[] = {
		{ "name", VOCAB_MUST },
		{ "arguments", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *arguments = yaml_find(q->n, "arguments");
	struct words *w = NULL;
	const char *name;
	enum rc rc;

	if ((rc = vocab_check(q->n, keys, err)) != RC_OK ||
	    (rc = yaml_line_text(yaml_find(q->n, "name"), 1, 255, &name, err)) != RC_OK)
		return rc;
	if (arguments != NULL &&
	    ((rc = list_words(arguments, &w, v, err)) != RC_OK || w == NULL))
		return rc;
	decide_script(set, name, w, f, v);
	words_free(w);
	return RC_OK;
}

enum rc
inquiry_put(const struct inquiry *q, const struct ruleset *set, const struct facts *f,
    struct verdict *ret, struct err *err)
{
	static enum rc (*const put[])(const struct inquiry *q,
	    const struct ruleset *set, struct facts *f, struct verdict *v,
	    struct err *err) = {
		[INQUIRY_LINE] = put_line,
		[INQUIRY_ARGV] = put_exec,
		[INQUIRY_CALL] = put_call,
		[INQUIRY_FORWARD] = put_forward,
		[INQUIRY_SSM] = put_ssm,
		[INQUIRY_SCRIPT] = put_script,
	};
	struct facts own = *f;

	own.path = q->path;
	return put[q->kind](q, set, &own, ret, err);
}
