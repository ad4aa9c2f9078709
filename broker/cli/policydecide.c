/* broker policy decide; see policydecide.h.  The engine is the broker's, the daemon is
 * not needed.  A line that is no question does not end the run: it is denied. */
#include "broker/cli/policydecide.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/cli/jsonlines.h"
#include "broker/cli/policyask.h"
#include "broker/cli/policyload.h"
#include "broker/cli/policysay.h"
#include "lib/model/status.h"

#define FLUSH 65536u

struct run {
	const struct ruleset *set;
	struct policyfacts base, own;
	int path; /* -1: each line has to say it */
	struct span spans[POLICYASK_WORDS];
	struct policyanswer answer;
	struct jsonlines *in;
	struct buf out;
	bool bad; /* a line was no question */
};

static enum rc
flush(void *arg, struct err *err)
{
	struct run *r = arg;
	ssize_t n;

	for (size_t at = 0; at < r->out.len; at += (size_t)n)
		if ((n = write(STDOUT_FILENO, r->out.p + at, r->out.len - at)) < 0) {
			if (errno != EINTR)
				return err_errno(err, RC_FAIL, "write");
			n = 0;
		}
	buf_reset(&r->out);
	return RC_OK;
}

static int
append(const char *s, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_put(b, s, n);
	return buf_ok(b) ? 0 : -1;
}

/* One line of output; takes o. */
static enum rc
put_take(struct run *r, json_t *o, struct err *err)
{
	int bad = o == NULL || json_dump_callback(o, append, &r->out,
				   JSON_COMPACT | JSON_ENSURE_ASCII) != 0;

	json_decref(o);
	buf_u8(&r->out, '\n');
	if (bad || !buf_ok(&r->out))
		return err_memory(err);
	return r->out.len >= FLUSH ? flush(r, err) : RC_OK;
}

static enum rc
put_answer(struct run *r, json_t *id, struct err *err)
{
	const struct verdict *v = &r->answer.verdict;
	json_t *canon = r->answer.canonical
			    ? policysay_value(buf_span(&r->answer.canon))
			    : json_null();

	return put_take(r,
	    json_pack("{s:O, s:s, s:o, s:o, s:o, s:o}", "id", id, "verdict",
		effect_name(v->effect), "code", policysay_value_or_null(v->code),
		"rule", policysay_value_or_null(v->rule), "canonical", canon, "reason",
		policysay_value_or_null(v->reason)),
	    err);
}

static enum rc
put_no_question(struct run *r, json_t *id, const struct err *why, struct err *err)
{
	r->bad = true;
	return put_take(r,
	    json_pack("{s:O, s:s, s:s, s:n, s:n, s:o}", "id", id, "verdict",
		effect_name(EFFECT_DENY), "code", "input", "rule", "canonical",
		"reason", policysay_value(span_of(why->text))),
	    err);
}

static json_t *
id_of(const json_t *question)
{
	json_t *id = json_object_get(question, "id");

	return id != NULL ? id : json_null();
}

static enum rc
answer(struct run *r, json_t *question, struct err *err)
{
	json_t *id = id_of(question);
	const struct policyfacts *f;
	struct policyask q;
	struct err why = { "" };

	if (policyask_read(question, r->path, &r->base, &r->own, r->spans, &q, &f,
		&why) != RC_OK) {
		err_add(&why, "line %zu", jsonlines_number(r->in));
		return put_no_question(r, id, &why, err);
	}
	policyask_put(r->set, &q, f, &r->answer);
	return put_answer(r, id, err);
}

static enum rc
answer_all(struct run *r, struct err *err)
{
	json_t *question = NULL;
	struct err why = { "" };
	enum rc rc;

	do {
		rc = jsonlines_next(r->in, &question, &why);
		if (rc == RC_REFUSE) {
			rc = put_no_question(
			    r, id_of(jsonlines_refused(r->in)), &why, err);
		} else if (rc == RC_OK) {
			rc = answer(r, question, err);
			json_decref(question);
		} else if (rc == RC_FAIL) {
			*err = why;
		}
	} while (rc == RC_OK);
	return rc == RC_END ? flush(r, err) : rc;
}

static enum rc
begin(const struct policyopts *o, struct run *r, struct pack **pack, json_t **doc,
    struct err *err)
{
	enum rc rc;

	if ((rc = policyopts_path(o, &r->path, err)) != RC_OK ||
	    (rc = policyopts_facts(o, &r->base, doc, err)) != RC_OK ||
	    (rc = policyload_chosen(o, true, pack, err)) != RC_OK)
		return rc;
	r->set = pack_rules(*pack);
	return jsonlines_new(STDIN_FILENO, flush, r, &r->in, err);
}

int
policydecide(const struct policyopts *o)
{
	struct run *r = calloc(1, sizeof *r);
	struct err err = { "" };
	struct pack *pack = NULL;
	json_t *doc = NULL;
	enum rc rc;
	bool bad = false;

	if (r == NULL)
		return policysay_error(err_memory(&err), &err);
	policyanswer_init(&r->answer);
	buf_init(&r->out, FLUSH + 8 * JSONLINES_LINE);
	if ((rc = begin(o, r, &pack, &doc, &err)) == RC_OK)
		rc = answer_all(r, &err);
	bad = r->bad;
	jsonlines_free(r->in);
	buf_clear(&r->out);
	policyanswer_clear(&r->answer);
	pack_free(pack);
	json_decref(doc);
	free(r);
	if (rc != RC_OK)
		return policysay_error(rc, &err);
	return bad ? STATUS_USAGE : STATUS_OK;
}
