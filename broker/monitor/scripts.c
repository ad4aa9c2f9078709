/* The verb "script"; see scripts.h. */
#include "broker/monitor/scripts.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/articles.h"
#include "broker/monitor/command.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/verbcall.h"
#include "lib/base/id.h"
#include "lib/base/text.h"
#include "lib/model/name.h"
#include "lib/model/status.h"
#include "policies/arnpattern.h"
#include "policies/scriptrule.h"

/* What stands in place of a rule where none says who approves. */
#define RIGHT "rights.approve"

/* ---- what it may be ---- */

bool
scripts_text_ok(struct span text, unsigned *line)
{
	uint32_t cp;
	unsigned n;

	*line = 1;
	for (size_t i = 0; i < text.len; i += n) {
		n = text_char(span_make(text.p + i, text.len - i), &cp);
		if (n == 0 || (cp != '\n' && cp != '\t' && !text_plain(cp)))
			return false;
		*line += cp == '\n';
	}
	return text.len > 0;
}

/* ---- who approves it ---- */

static enum rc
by_right(const struct config *c, struct verdict *ret, struct err *err)
{
	const struct config_parties *p = &c->rights.approve;
	struct approver_need *n = &ret->needs[0];

	if (p->n == 0 || p->n > VERDICT_FROM)
		return err_set(err, RC_REFUSE,
		    "no rule says who approves it, and rights.approve has %s; hold it "
		    "by a rule with `script`",
		    p->n == 0 ? "nobody" : "too many entries");
	*n = (struct approver_need){ .rule = RIGHT,
		.need = 1,
		.proofs = PROOF_BIT(PROOF_SK) | PROOF_BIT(PROOF_DEVICE) };
	for (size_t i = 0; i < p->n; i++) {
		n->from[n->n_from].group = p->v[i].group;
		if (!span_copy(span_of(p->v[i].name), n->from[n->n_from++].name,
			sizeof n->from[0].name))
			return err_set(err, RC_REFUSE, "a name is too long");
	}
	ret->n_needs = 1;
	return RC_OK;
}

enum rc
scripts_needs(
    const struct monitor *m, const char *name, struct verdict *ret, struct err *err)
{
	const struct ruleset *set = pack_rules(m->rules.policy);
	enum rc rc = RC_OK;

	*ret = (struct verdict){ .effect = EFFECT_HOLD, .code = "rule" };
	memcpy(ret->policy, set->digest, sizeof ret->policy);
	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (r->effect != EFFECT_HOLD || r->script == NULL || r->need == NULL ||
		    scriptrule_names(r->script, name) == FIT_NO)
			continue;
		if (ret->n_needs == VERDICT_NEEDS)
			return err_set(err, RC_REFUSE, "too many rules hold it");
		ret->needs[ret->n_needs++] = *r->need;
		if (r->terms.decide_ms != 0 &&
		    (ret->decide_ms == 0 || r->terms.decide_ms < ret->decide_ms))
			ret->decide_ms = r->terms.decide_ms;
	}
	if (ret->n_needs == 0)
		rc = by_right(m->rules.config, ret, err);
	memcpy(ret->rule, ret->needs[0].rule, sizeof ret->rule);
	return rc;
}

/* ---- the verb ---- */

static bool
may(struct verb_call *call)
{
	if (config_may_approve(call->m->rules.config, call->who))
		return true;
	verb_answer(call, STATUS_DENIED, "you have no right to %s scripts",
	    call->argc > 1 ? call->argv[1] : "see");
	return false;
}

static bool
name_ok(const char *name)
{
	return name_plain(span_of(name)) && name[0] != '-' && name[0] != '.';
}

/* "add NAME [--reason TEXT]", and the text beside. */
static void
add(struct verb_call *call)
{
	struct article_ask ask = { .kind = ARTICLE_SCRIPT, .reason = "" };
	struct verdict needs;
	struct err err = { "" };
	unsigned line;

	if ((call->argc != 3 &&
		(call->argc != 5 || strcmp(call->argv[3], "--reason") != 0 ||
		    !command_reason_ok(span_of(call->argv[4])))) ||
	    !name_ok(call->argv[2])) {
		verb_answer(call, STATUS_USAGE,
		    "usage: broker script add NAME FILE [--reason TEXT], on the "
		    "gateway");
		return;
	}
	if (!may(call))
		return;
	if (call->body.len == 0) {
		verb_answer(call, STATUS_USAGE,
		    "it has no text; scripts are added on the gateway: broker script "
		    "add NAME FILE");
		return;
	}
	if (!scripts_text_ok(call->body, &line)) {
		verb_answer(call, STATUS_USAGE,
		    "line %u has something that cannot be shown as it is", line);
		return;
	}
	if (call->argc == 5)
		ask.reason = call->argv[4];
	ask.name = call->argv[2];
	ask.content = call->body;
	ask.verdict = &needs;
	if (scripts_needs(call->m, ask.name, &needs, &err) != RC_OK)
		verb_answer(call, STATUS_DENIED, "%s", err.text);
	else
		articles_request(call->m->articles, &ask, call);
}

/* ---- showing ---- */

static void
put_line_take(json_t *o, struct buf *out)
{
	char *s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(o);
	if (s == NULL)
		out->bad = true;
	else
		buf_printf(out, "%s\n", s);
	free(s);
}

static void
put_row(const struct article *a, struct buf *out)
{
	char hex[2 * HOLD_DIGEST + 1];

	id_hex(article_digest(a), HOLD_DIGEST, hex);
	buf_printf(out, "%-8s %s %s, %zu bytes, brought by %s\n",
	    article_is_approved(a) ? "approved" : "waiting", article_name(a), hex,
	    article_content(a).len, article_by(a));
}

static void
finish(struct verb_call *call)
{
	if (buf_ok(&call->out)) {
		call->done(call->arg, call, STATUS_OK);
		return;
	}
	buf_reset(&call->out);
	verb_answer(call, STATUS_FAILED, "there is too much to show");
}

static void
list(struct verb_call *call)
{
	const struct articles *all = call->m->articles;
	const struct article *a = NULL;

	if (call->argc != 2) {
		verb_answer(call, STATUS_USAGE, "usage: script list");
		return;
	}
	if (!may(call))
		return;
	while ((a = articles_next(all, ARTICLE_SCRIPT, a)) != NULL)
		if (call->json)
			put_line_take(article_json(a), &call->out);
		else
			put_row(a, &call->out);
	finish(call);
}

/* What is no ASCII is shown as bytes: letters that look like others are not those. */
static void
put_text(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] < 0x80)
			buf_u8(out, text.p[i]);
		else
			text_escape(out, span_make(text.p + i, 1));
	if (text.len > 0 && text.p[text.len - 1] != '\n')
		buf_u8(out, '\n');
}

/* The one of NAME [SHA256], whose digits may be the first few; NULL: it has answered. */
static struct article *
find(struct verb_call *call, const char *name, const char *digits)
{
	struct article *a;
	bool many;

	a = articles_find(call->m->articles, ARTICLE_SCRIPT, name, digits, &many);
	if (a == NULL)
		verb_answer(call, STATUS_USAGE, "%s",
		    many ? "there is more than one of that name; say the first digits "
			   "of its sha256 (script list)"
			 : "there is no such script");
	return a;
}

static void
show(struct verb_call *call)
{
	const struct article *a;
	json_t *o;

	if (call->argc != 3 && call->argc != 4) {
		verb_answer(call, STATUS_USAGE, "usage: script show NAME [SHA256]");
		return;
	}
	if (!may(call) || (a = find(call, call->argv[2],
			       call->argc == 4 ? call->argv[3] : "")) == NULL)
		return;
	if (call->json) {
		const struct span text = article_content(a);

		o = article_json(a);
		json_object_set_new(
		    o, "content", json_stringn((const char *)text.p, text.len));
		put_line_take(o, &call->out);
	} else
		put_text(article_content(a), &call->out);
	finish(call);
}

static void
remove_(struct verb_call *call)
{
	const char *digits = "", *reason = "";
	unsigned at = 3;
	struct article *a;

	if (at < call->argc && strncmp(call->argv[at], "--", 2) != 0)
		digits = call->argv[at++];
	if (at + 2 == call->argc && strcmp(call->argv[at], "--reason") == 0 &&
	    command_reason_ok(span_of(call->argv[at + 1]))) {
		reason = call->argv[at + 1];
		at += 2;
	}
	if (call->argc < 3 || at != call->argc) {
		verb_answer(call, STATUS_USAGE,
		    "usage: script remove NAME [SHA256] [--reason TEXT]");
		return;
	}
	if (may(call) && (a = find(call, call->argv[2], digits)) != NULL)
		articles_remove(call->m->articles, a, reason, call);
}

void
scripts_verb(struct verb_call *call)
{
	static const struct {
		const char *name;
		void (*run)(struct verb_call *call);
	} verbs[] = {
		{ "add", add },
		{ "list", list },
		{ "show", show },
		{ "remove", remove_ },
	};

	for (size_t i = 0; call->argc > 1 && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, call->argv[1]) == 0) {
			verbs[i].run(call);
			return;
		}
	verb_answer(call, STATUS_USAGE, "usage: script " SCRIPTS_WORDS " ...");
}
