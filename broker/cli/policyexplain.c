/* broker policy explain; see policyexplain.h.  For those who write policies: it names
 * rules that whoever asks may not hear of. */
#include "broker/cli/policyexplain.h"

#include <stdio.h>
#include <string.h>

#include "broker/cli/policyask.h"
#include "broker/cli/policyload.h"
#include "broker/cli/policysay.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/model/needs.h"
#include "lib/model/status.h"
#include "policies/words.h"

struct telling {
	json_t *parts; /* NULL: for people */
	struct buf text;
};

static json_t *
near_json(const struct explain_part *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_near; i++)
		json_array_append_new(
		    list, json_pack("{s:s, s:o}", "rule", p->near[i].rule, "why",
			      policysay_value(span_of(p->near[i].why))));
	return list;
}

static void
tell_part(const struct explain_part *p, void *arg)
{
	struct telling *t = arg;

	if (t->parts != NULL)
		json_array_append_new(
		    t->parts, json_pack("{s:I, s:o, s:s, s:o, s:o}", "part",
				  (json_int_t)p->number, "text",
				  policysay_value(span_of(p->text)), "outcome",
				  p->outcome, "rule", policysay_value_or_null(p->rule),
				  "near", near_json(p)));
	else
		explain_put(p, &t->text);
}

/* ---- for people ---- */

static void
put_asker(const struct policyfacts *f)
{
	char when[21];

	clock_iso(f->facts.now, when);
	printf("asker     %s, %s", f->who.name, identity_kind_name(f->who.kind));
	for (size_t i = 0; i < f->who.group_count; i++)
		printf("%s%s", i == 0 ? ", of " : ", ", f->who.groups[i]);
	printf("; at %s", when);
	if (f->facts.account != NULL)
		printf("; account %s", f->facts.account);
	if (f->facts.target != NULL) {
		printf("; on ");
		policysay_text(f->facts.target);
	}
	putchar('\n');
}

static void
put_need(const struct approver_need *n)
{
	struct buf b;

	buf_init(&b, 8192);
	needs_put(n, &b);
	printf("needs     %u of %s%s\n", n->need, buf_cstr(&b),
	    n->reason ? ", and a reason" : "");
	buf_clear(&b);
}

/* Lines of a text, each behind the margin. */
static void
put_parts(struct buf *text)
{
	const char *line = buf_cstr(text);
	const char *margin = "parts     ";

	for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		printf("%s", margin);
		policysay_bytes(span_make(line, (size_t)(end - line)));
		putchar('\n');
		margin = "          ";
	}
}

static void
put_all(const struct policyanswer *a, const struct policyfacts *f, struct buf *text,
    size_t looked)
{
	const struct verdict *v = &a->verdict;
	char hex[65];

	put_asker(f);
	if (a->canonical) {
		printf("line      ");
		policysay_bytes(buf_span(&a->canon));
		putchar('\n');
	}
	put_parts(text);
	printf("result    %s", effect_name(v->effect));
	if (v->rule[0] != '\0')
		printf(", rule %s", v->rule);
	else if (v->code[0] != '\0')
		printf(" (%s)", v->code);
	putchar('\n');
	if (v->reason[0] != '\0') {
		printf("reason    ");
		policysay_text(v->reason);
		putchar('\n');
	}
	for (size_t i = 0; i < v->n_needs; i++)
		put_need(&v->needs[i]);
	if (v->masks[0] != '\0')
		printf("masks     %s\n", v->masks);
	if (v->reveals[0] != '\0')
		printf("reveals   %s, by rule %s: its answer will not be masked\n",
		    v->reveals, v->reveals_by);
	id_hex(v->policy, sizeof v->policy, hex);
	printf("policy    sha256:%s; %zu %s looked at\n", hex, looked,
	    looked == 1 ? "rule" : "rules");
}

/* ---- as JSON ---- */

static void
put_json(const struct policyanswer *a, json_t *parts, size_t looked)
{
	const struct verdict *v = &a->verdict;
	json_t *canon =
	    a->canonical ? policysay_value(buf_span(&a->canon)) : json_null();
	char hex[65];

	id_hex(v->policy, sizeof v->policy, hex);
	policysay_json_take(json_pack(
	    "{s:s, s:o, s:o, s:o, s:o, s:O, s:o, s:s, s:I, s:o, s:o}", "verdict",
	    effect_name(v->effect), "code", policysay_value_or_null(v->code), "rule",
	    policysay_value_or_null(v->rule), "canonical", canon, "reason",
	    policysay_value_or_null(v->reason), "parts", parts, "needs", needs_json(v),
	    "policy", hex, "looked", (json_int_t)looked, "masks",
	    policysay_value_or_null(v->masks), "reveals",
	    policysay_value_or_null(v->reveals)));
}

/* ---- the question ---- */

static enum rc
read_question(const struct policyopts *o, struct span *words, struct policyask *ret,
    struct err *err)
{
	int path = -1;
	enum rc rc;

	*ret = (struct policyask){ 0 };
	if ((rc = policyopts_path(o, &path, err)) != RC_OK)
		return rc;
	if ((o->line == NULL) == (o->argc == 0))
		return err_set(err, RC_REFUSE,
		    "expected --line LINE, or a command behind the options");
	if (o->argc > WORDS_MOST + 1)
		return err_set(err, RC_REFUSE, "more than %d words", WORDS_MOST);
	for (int i = 0; i < o->argc; i++)
		words[i] = span_of(o->argv[i]);
	if (o->line != NULL)
		ret->line = span_of(o->line);
	else
		ret->words = words;
	ret->n_words = (size_t)o->argc;
	ret->path = path >= 0	      ? (enum path)path
		    : o->line != NULL ? PATH_SHELL
				      : PATH_EXEC;
	return RC_OK;
}

static int
explain(const struct policyopts *o, const struct ruleset *set,
    const struct policyask *q, const struct policyfacts *f)
{
	static const int status[] = { [EFFECT_DENY] = STATUS_DENIED,
		[EFFECT_HOLD] = STATUS_HELD,
		[EFFECT_ALLOW] = STATUS_OK };
	struct telling t = { .parts = o->json ? json_array() : NULL };
	struct explain e = { .part = tell_part, .arg = &t };
	struct policyanswer a;
	enum effect effect;

	buf_init(&t.text, 1u << 20);
	policyanswer_init(&a);
	policyask_watch(set, q, f, &e, &a);
	if (o->json)
		put_json(&a, t.parts, e.looked);
	else
		put_all(&a, f, &t.text, e.looked);
	effect = a.verdict.effect;
	policyanswer_clear(&a);
	buf_clear(&t.text);
	json_decref(t.parts);
	return status[effect];
}

int
policyexplain(const struct policyopts *o)
{
	struct span words[WORDS_MOST + 1];
	struct policyfacts f;
	struct policyask q;
	struct pack *pack = NULL;
	struct err err = { "" };
	json_t *doc = NULL;
	int status;
	enum rc rc;

	if ((rc = read_question(o, words, &q, &err)) == RC_OK &&
	    (rc = policyopts_facts(o, &f, &doc, &err)) == RC_OK &&
	    (rc = policyload_chosen(o, false, &pack, &err)) == RC_OK)
		status = explain(o, pack_rules(pack), &q, &f);
	else
		status = policysay_error(rc, &err);
	pack_free(pack);
	json_decref(doc);
	return status;
}
