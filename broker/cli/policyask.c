/* A question and its answer; see policyask.h.  The way from bytes to a verdict is the
 * broker's own: words, aws, decide; or decide_line. */
#include "broker/cli/policyask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "policies/aws.h"
#include "policies/canon.h"
#include "policies/decide.h"
#include "policies/runbook.h"
#include "policies/shell.h"
#include "policies/words.h"

void
policyanswer_init(struct policyanswer *a)
{
	memset(a, 0, sizeof *a);
	buf_init(&a->canon, CANON_MOST);
}

void
policyanswer_clear(struct policyanswer *a)
{
	buf_clear(&a->canon);
}

/* ---- exec ---- */

static void
refuse(const struct ruleset *set, enum rc rc, const char *text, struct verdict *v)
{
	memset(v, 0, sizeof *v);
	memcpy(v->policy, set->digest, sizeof v->policy);
	if (rc != RC_REFUSE) {
		snprintf(v->code, sizeof v->code, "internal");
		snprintf(v->reason, sizeof v->reason, "internal: out of memory");
		return;
	}
	snprintf(v->code, sizeof v->code, "%s", refusal_code(text));
	snprintf(v->reason, sizeof v->reason, "%.*s", (int)sizeof v->reason - 1, text);
}

static void
judge_aws(const struct ruleset *set, const struct words *w, const struct policyfacts *f,
    const char *runbook, struct explain *e, struct verdict *v)
{
	struct aws_request *req = NULL;
	struct refusal refusal = { .err = { "" } };
	struct policyfacts own;
	struct err err = { "" };
	enum rc rc;

	if ((rc = aws_read(w, &req, &refusal)) != RC_OK) {
		refuse(set, rc, refusal.err.text, v);
		return;
	}
	policyfacts_copy(&own, f);
	own.facts.path = PATH_EXEC;
	own.facts.runbook = runbook;
	if ((rc = policyfacts_profile(&own, req->profile, &err)) == RC_OK) {
		if (req->region != NULL)
			own.facts.region = req->region;
		if (e != NULL)
			explain_argv(set, req, &own.facts, e, v);
		else
			decide(set, req, &own.facts, v);
	} else {
		refuse(set, rc, err.text, v);
	}
	aws_free(req);
}

/* `run NAME NAME=VALUE …`, as if people had approved the runbook. */
static void
judge_run(const struct ruleset *set, const struct words *w, const struct policyfacts *f,
    struct explain *e, struct policyanswer *a)
{
	struct refusal refusal = { .err = { "" } };
	const struct runbook *rb = NULL;
	struct words *own = NULL;
	enum rc rc;

	if ((rc = runbook_run(set, w, &rb, &own, &refusal)) != RC_OK) {
		refuse(set, rc, refusal.err.text, &a->verdict);
		return;
	}
	canon_put(own, &a->canon);
	a->canonical = true;
	judge_aws(set, own, f, runbook_name(rb), e, &a->verdict);
	words_free(own);
}

static void
judge_exec(const struct ruleset *set, const struct policyask *q,
    const struct policyfacts *f, struct explain *e, struct policyanswer *a)
{
	struct facts facts = f->facts;
	struct words *w = NULL;
	struct err err = { "" };
	enum rc rc;

	rc = q->words == NULL ? words_split(q->line, &w, &err)
			      : words_from_list(q->words, q->n_words, &w, &err);
	if (rc != RC_OK) {
		refuse(set, rc, err.text, &a->verdict);
		return;
	}
	if (strcmp(words_at(w, 0), "run") == 0) {
		judge_run(set, w, f, e, a);
		words_free(w);
		return;
	}
	canon_put(w, &a->canon);
	a->canonical = true;
	facts.path = PATH_EXEC;
	if (strcmp(words_at(w, 0), "aws") == 0)
		judge_aws(set, w, f, NULL, e, &a->verdict);
	else
		decide_words(set, w, &facts, &a->verdict);
	words_free(w);
}

/* ---- shell ---- */

/* Words that were never one line: each becomes one that means just these bytes. */
static void
join(const struct policyask *q, struct buf *out)
{
	for (size_t i = 0; i < q->n_words; i++) {
		struct span w = q->words[i];

		buf_text(out, i == 0 ? "'" : " '");
		for (size_t k = 0; k < w.len; k++)
			if (w.p[k] == '\'')
				buf_text(out, "'\\''");
			else
				buf_u8(out, w.p[k]);
		buf_u8(out, '\'');
	}
}

static void
judge_shell(const struct ruleset *set, const struct policyask *q,
    const struct policyfacts *f, struct explain *e, struct policyanswer *a)
{
	struct facts facts = f->facts;
	struct span line = q->line;
	struct buf joined;

	/* One byte over the limit is as good as any more. */
	buf_init(&joined, 8 * SHELL_LINE);
	if (q->words != NULL) {
		join(q, &joined);
		line = buf_span(&joined);
	}
	facts.path = PATH_SHELL;
	if (buf_ok(&joined) && e != NULL)
		explain_line(set, line, &facts, e, &a->verdict, &a->canon);
	else if (buf_ok(&joined))
		decide_line(set, line, &facts, &a->verdict, &a->canon);
	else
		refuse(set, RC_REFUSE, "limit: the words are too long", &a->verdict);
	a->canonical = a->canon.len > 0;
	buf_clear(&joined);
}

void
policyask_watch(const struct ruleset *set, const struct policyask *q,
    const struct policyfacts *f, struct explain *e, struct policyanswer *a)
{
	buf_reset(&a->canon);
	a->canonical = false;
	if (q->path == PATH_SHELL)
		judge_shell(set, q, f, e, a);
	else
		judge_exec(set, q, f, e, a);
	if (!buf_ok(&a->canon)) {
		buf_reset(&a->canon);
		a->canonical = false;
		refuse(set, RC_FAIL, "", &a->verdict);
	}
}

void
policyask_put(const struct ruleset *set, const struct policyask *q,
    const struct policyfacts *f, struct policyanswer *a)
{
	policyask_watch(set, q, f, NULL, a);
}

/* ---- JSON ---- */

static struct span
text_of(const json_t *v)
{
	return span_make(json_string_value(v), json_string_length(v));
}

static enum rc
read_words(
    const json_t *argv, struct span *spans, struct policyask *ret, struct err *err)
{
	size_t n = json_array_size(argv);

	if (!json_is_array(argv) || n > POLICYASK_WORDS)
		return err_set(err, RC_REFUSE, "argv: expected a list of texts");
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(argv, i);

		if (!json_is_string(v))
			return err_set(
			    err, RC_REFUSE, "argv: expected a list of texts");
		spans[i] = text_of(v);
	}
	ret->words = spans;
	ret->n_words = n;
	return RC_OK;
}

static enum rc
read_path(const json_t *v, int path, enum path *ret, struct err *err)
{
	struct span s = text_of(v);

	if (v == NULL && path >= 0)
		*ret = (enum path)path;
	else if (json_is_string(v) && span_is(s, path_name(PATH_EXEC)))
		*ret = PATH_EXEC;
	else if (json_is_string(v) && span_is(s, path_name(PATH_SHELL)))
		*ret = PATH_SHELL;
	else
		return err_set(err, RC_REFUSE, "path: expected exec or shell");
	return RC_OK;
}

enum rc
policyask_read(const json_t *o, int path, const struct policyfacts *base,
    struct policyfacts *own, struct span *spans, struct policyask *ret,
    const struct policyfacts **f, struct err *err)
{
	const json_t *line = json_object_get(o, "line"),
		     *argv = json_object_get(o, "argv"),
		     *facts = json_object_get(o, "facts");
	enum rc rc;

	*ret = (struct policyask){ 0 };
	*f = base;
	if ((line == NULL) == (argv == NULL))
		return err_set(
		    err, RC_REFUSE, "expected one of the keys line and argv");
	if (line != NULL && !json_is_string(line))
		return err_set(err, RC_REFUSE, "line: expected a text");
	if (line != NULL)
		ret->line = text_of(line);
	else if ((rc = read_words(argv, spans, ret, err)) != RC_OK)
		return rc;
	if ((rc = read_path(json_object_get(o, "path"), path, &ret->path, err)) !=
	    RC_OK)
		return rc;
	if (facts == NULL)
		return RC_OK;
	policyfacts_copy(own, base);
	*f = own;
	if ((rc = policyfacts_read(own, facts, err)) != RC_OK)
		err_add(err, "facts");
	return rc;
}
