/* broker policy test; see policytest.h.  Three sources of questions: what files bring
 * along, a corpus with what is expected of each line, and what was recorded. */
#include "broker/cli/policytest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/cli/jsonlines.h"
#include "broker/cli/policyagainst.h"
#include "broker/cli/policyask.h"
#include "broker/cli/policyload.h"
#include "broker/cli/policysay.h"
#include "lib/model/status.h"
#include "policies/exam.h"
#include "policies/policy.h"

struct tally {
	bool json;
	size_t good, bad;
};

/* ---- of the files themselves ---- */

static void
count(void *arg, enum rc rc, const struct err *err)
{
	struct tally *t = arg;

	if (rc == RC_OK) {
		t->good++;
		return;
	}
	t->bad++;
	policysay_finding(t->json, "failed", err->text);
}

static enum rc
test_file(const struct pack_text *text, struct tally *t, struct err *err)
{
	struct policy *p = NULL;
	enum rc rc = policy_read(text->file, text->text, &p, err);

	if (rc == RC_OK)
		rc = exam_each(p, count, t, err);
	policy_free(p);
	return rc;
}

/* A file that cannot be read at all is one failure. */
static enum rc
test_files(const struct policyload *l, struct tally *t, struct err *err)
{
	enum rc rc;

	for (size_t i = 0; i < policyload_count(l); i++) {
		rc = test_file(policyload_at(l, i), t, err);
		if (rc == RC_FAIL)
			return rc;
		if (rc != RC_OK) {
			t->bad++;
			policysay_finding(t->json, "error", err->text);
		}
	}
	return RC_OK;
}

/* ---- of a corpus ---- */

struct corpus {
	struct tally *t;
	const struct ruleset *set;
	struct policyfacts base, own;
	struct span spans[POLICYASK_WORDS];
	struct policyanswer answer;
};

/* Whether an effect is what the line expects: "exact" says which, "expect" perhaps only
 * that it is not let through. */
static enum rc
expected(const json_t *o, enum effect got, bool *ret, struct err *err)
{
	const char *expect = json_string_value(json_object_get(o, "expect"));
	const char *exact = json_string_value(json_object_get(o, "exact"));
	const char *word = exact != NULL ? exact : expect;
	enum effect want;

	if (word == NULL)
		return err_set(err, RC_REFUSE, "expect: missing");
	if (strcmp(word, "not-allow") == 0) {
		*ret = got != EFFECT_ALLOW;
		return RC_OK;
	}
	if (!effect_find(word, &want))
		return err_set(
		    err, RC_REFUSE, "expected one of deny, hold, allow and not-allow");
	*ret = got == want;
	return RC_OK;
}

static void
say_wrong(const struct corpus *c, const json_t *o)
{
	const struct verdict *v = &c->answer.verdict;
	const char *id = json_string_value(json_object_get(o, "id"));
	const char *expect = json_string_value(json_object_get(o, "expect"));
	const char *exact = json_string_value(json_object_get(o, "exact"));

	if (c->t->json) {
		policysay_json_take(json_pack("{s:O*, s:O*, s:s?, s:s, s:o, s:o, s:o}",
		    "failed", json_object_get(o, "id"), "line",
		    json_object_get(o, "line"), "expect",
		    exact != NULL ? exact : expect, "verdict", effect_name(v->effect),
		    "code", policysay_value_or_null(v->code), "rule",
		    policysay_value_or_null(v->rule), "reason",
		    policysay_value_or_null(v->reason)));
		return;
	}
	printf("failed: ");
	policysay_text(id != NULL ? id : "?");
	printf(": expected %s, the answer is %s", exact != NULL ? exact : expect,
	    effect_name(v->effect));
	if (v->rule[0] != '\0')
		printf(" by %s", v->rule);
	if (v->reason[0] != '\0') {
		printf(": ");
		policysay_text(v->reason);
	}
	printf("\n    ");
	policysay_bytes(span_make(json_string_value(json_object_get(o, "line")),
	    json_string_length(json_object_get(o, "line"))));
	putchar('\n');
}

static enum rc
test_line(struct corpus *c, const json_t *o, struct err *err)
{
	const struct policyfacts *f;
	struct policyask q;
	bool good = false;
	enum rc rc;

	if ((rc = policyask_read(o, -1, &c->base, &c->own, c->spans, &q, &f, err)) !=
	    RC_OK)
		return rc;
	policyask_put(c->set, &q, f, &c->answer);
	if ((rc = expected(o, c->answer.verdict.effect, &good, err)) != RC_OK)
		return rc;
	if (good) {
		c->t->good++;
		return RC_OK;
	}
	c->t->bad++;
	say_wrong(c, o);
	return RC_OK;
}

static enum rc
test_lines(struct corpus *c, struct jsonlines *in, struct err *err)
{
	json_t *o = NULL;
	enum rc rc;

	while ((rc = jsonlines_next(in, &o, err)) == RC_OK) {
		rc = test_line(c, o, err);
		json_decref(o);
		if (rc != RC_OK) {
			err_add(err, "line %zu", jsonlines_number(in));
			return rc;
		}
	}
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
open_and_test(struct corpus *c, const char *path, struct err *err)
{
	struct jsonlines *in = NULL;
	int fd = -1;
	enum rc rc;

	if ((rc = jsonlines_open(path, &fd, err)) != RC_OK)
		return rc;
	if ((rc = jsonlines_new(fd, NULL, NULL, &in, err)) == RC_OK)
		rc = test_lines(c, in, err);
	if (rc != RC_OK)
		err_add(err, "%s", path);
	jsonlines_free(in);
	close(fd);
	return rc;
}

static enum rc
test_corpus(const struct policyopts *o, const struct ruleset *set, struct tally *t,
    struct err *err)
{
	struct policyopts own = *o;
	struct corpus *c = calloc(1, sizeof *c);
	json_t *doc = NULL;
	enum rc rc;

	if (c == NULL)
		return err_memory(err);
	/* A corpus asks what is asked; seldom who asks it. */
	if (own.as == NULL && own.facts == NULL)
		own.as = "somebody";
	c->t = t;
	c->set = set;
	policyanswer_init(&c->answer);
	if ((rc = policyopts_facts(&own, &c->base, &doc, err)) == RC_OK)
		rc = open_and_test(c, o->corpus, err);
	policyanswer_clear(&c->answer);
	json_decref(doc);
	free(c);
	return rc;
}

static enum rc
test_all(const struct policyopts *o, const struct policyload *l, struct tally *t,
    struct err *err)
{
	struct pack *pack = NULL;
	enum rc rc;

	if (o->corpus == NULL)
		return test_files(l, t, err);
	if ((rc = policyload_pack(l, &pack, err)) == RC_OK)
		rc = test_corpus(o, pack_rules(pack), t, err);
	pack_free(pack);
	return rc;
}

static int
say_tally(const struct tally *t)
{
	if (t->json)
		policysay_json_take(json_pack("{s:I, s:I}", "passed",
		    (json_int_t)t->good, "failed", (json_int_t)t->bad));
	else
		printf("%zu passed, %zu failed\n", t->good, t->bad);
	return t->bad == 0 ? STATUS_OK : POLICYTEST_FAILED;
}

static int
test_against(const struct policyopts *o, const struct policyload *l)
{
	struct pack *pack = NULL;
	struct err err = { "" };
	enum rc rc = policyload_pack(l, &pack, &err);
	int status = rc == RC_OK ? policyagainst(o, pack_rules(pack))
				 : policysay_error(rc, &err);

	pack_free(pack);
	return status;
}

int
policytest(const struct policyopts *o)
{
	struct policyload *l = NULL;
	struct tally t = { .json = o->json };
	struct err err = { "" };
	int status;
	enum rc rc;

	if (o->argc == 0 || (o->corpus != NULL && o->against != NULL))
		return policysay_error(
		    err_set(&err, RC_REFUSE,
			o->argc == 0 ? "which files?"
				     : "--corpus or --against, not both"),
		    &err);
	rc = policyload_read((const char *const *)o->argv, (size_t)o->argc, &l, &err);
	if (rc != RC_OK)
		return policysay_error(rc, &err);
	if (o->against != NULL)
		status = test_against(o, l);
	else if ((rc = test_all(o, l, &t, &err)) == RC_OK)
		status = say_tally(&t);
	else
		status = policysay_error(rc, &err);
	policyload_free(l);
	return status;
}
