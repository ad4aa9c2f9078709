/* What people have said of runbooks, and the verb "runbook"; see runbooks.h. */
#include "broker/monitor/runbooks.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/articles.h"
#include "broker/monitor/command.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/verbcall.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/model/needs.h"
#include "lib/model/status.h"

#define USAGE                                                                          \
	"usage: runbook list, runbook show NAME, or runbook request NAME [--reason "   \
	"TEXT]"
#define NONE "no runbook that is yours has that name; runbook list shows them"

/* ---- which ---- */

static bool
is_named(const struct runbook *rb, const char *name)
{
	const char *its = runbook_name(rb);

	return strcmp(strchr(name, '/') != NULL ? its : strchr(its, '/') + 1, name) ==
	       0;
}

static bool
is_for(const struct runbook *rb, const struct facts *who)
{
	return who_holds(runbook_rule(rb)->who, who);
}

const struct runbook *
runbooks_find(const struct monitor *m, const char *name, const struct facts *who)
{
	const struct ruleset *set = pack_rules(m->rules.policy);
	const struct runbook *found = NULL;

	for (size_t i = 0; i < set->n_runbooks; i++) {
		const struct runbook *rb = set->runbooks[i];

		if (!is_named(rb, name) || (who != NULL && !is_for(rb, who)))
			continue;
		if (found != NULL)
			return NULL;
		found = rb;
	}
	return found;
}

/* ---- what people said ---- */

/* Its own conditions, as a hold's. */
static void
needs_of(const struct monitor *m, const struct runbook *rb, struct verdict *ret)
{
	const struct rule *r = runbook_rule(rb);

	*ret = (struct verdict){ .effect = EFFECT_HOLD, .code = "rule", .n_needs = 1 };
	ret->needs[0] = *r->need;
	memcpy(ret->rule, r->name, sizeof ret->rule);
	memcpy(ret->policy, pack_rules(m->rules.policy)->digest, sizeof ret->policy);
	span_copy(span_of(r->reason), ret->reason, sizeof ret->reason);
}

bool
runbooks_approved(const struct monitor *m, const struct runbook *rb)
{
	struct verdict needs;

	needs_of(m, rb, &needs);
	return articles_approved(
	    m->articles, ARTICLE_RUNBOOK, runbook_name(rb), runbook_digest(rb), &needs);
}

const char *
runbooks_hold(const struct monitor *m, const struct runbook *rb)
{
	const char *id = articles_hold(
	    m->articles, ARTICLE_RUNBOOK, runbook_name(rb), runbook_digest(rb));

	return id != NULL ? id : "";
}

static const struct article *
article_of(const struct monitor *m, const struct runbook *rb)
{
	char hex[2 * RUNBOOK_DIGEST + 1];
	bool many;

	id_hex(runbook_digest(rb), RUNBOOK_DIGEST, hex);
	return articles_find(
	    m->articles, ARTICLE_RUNBOOK, runbook_name(rb), hex, &many);
}

json_t *
runbooks_approvals(const struct monitor *m, const struct runbook *rb)
{
	const struct article *a = article_of(m, rb);
	json_t *o, *list;

	if (a == NULL || !article_is_approved(a) || (o = article_json(a)) == NULL)
		return NULL;
	list = json_incref(json_object_get(o, "approvals"));
	json_decref(o);
	return list;
}

bool
runbooks_suffice(const struct monitor *m, const struct runbook *rb,
    const struct voters_for *asker, const struct verdict *v)
{
	json_t *list = runbooks_approvals(m, rb);
	struct voters vs = { 0 };
	bool enough = false;

	if (list != NULL && voters_read(list, &vs, NULL) == RC_OK)
		enough = voters_suffice(&vs, asker, v) &&
			 articles_approved(m->articles, ARTICLE_RUNBOOK,
			     runbook_name(rb), runbook_digest(rb), v);
	voters_clear(&vs);
	json_decref(list);
	return enough;
}

/* ---- the verb ---- */

/* When they logged in is looked at when something runs. */
static struct facts
facts_of(const struct verb_call *call)
{
	return (struct facts){ .who = call->who,
		.proof = call->proof,
		.verified = call->verified,
		.path = PATH_EXEC,
		.now = clock_wall_ms() };
}

static bool
may_see(const struct verb_call *call, const struct runbook *rb, const struct facts *who)
{
	return config_may_approve(call->m->rules.config, call->who) || is_for(rb, who);
}

static const char *
state_of(const struct monitor *m, const struct runbook *rb)
{
	const struct article *a = article_of(m, rb);

	if (runbooks_approved(m, rb))
		return "approved";
	if (a != NULL && !article_is_approved(a))
		return "waiting";
	return "not approved";
}

static void
put_approval(const struct monitor *m, const struct runbook *rb, struct buf *out)
{
	json_t *list = runbooks_approvals(m, rb);
	struct voters vs = { 0 };

	if (list != NULL && voters_read(list, &vs, NULL) == RC_OK) {
		buf_printf(out, " %s by ", runbooks_hold(m, rb));
		voters_put(&vs, out);
	}
	voters_clear(&vs);
	json_decref(list);
}

static void
put_row(const struct verb_call *call, const struct runbook *rb, struct buf *out)
{
	const struct rule *r = runbook_rule(rb);
	const char *state = state_of(call->m, rb);

	buf_printf(out, "%s  %s", runbook_name(rb), state);
	if (strcmp(state, "approved") == 0)
		put_approval(call->m, rb, out);
	buf_u8(out, '\n');
	if (runbook_help(rb)[0] != '\0')
		buf_printf(out, "    %s\n", runbook_help(rb));
	for (size_t i = 0; runbook_parameter(rb, i) != NULL; i++) {
		buf_printf(out, "    %s=  ", runbook_parameter(rb, i));
		runbook_say_parameter(rb, i, out);
		buf_u8(out, '\n');
	}
	buf_text(out, "    runs ");
	runbook_put_command(rb, out);
	buf_text(out, "\n    for ");
	runbook_put_who(rb, out);
	buf_printf(out, "\n    needs %u of ", r->need->need);
	needs_put(r->need, out);
	buf_u8(out, '\n');
}

static json_t *
parameters_json(const struct runbook *rb)
{
	json_t *o = json_object();
	struct buf b;

	for (size_t i = 0; runbook_parameter(rb, i) != NULL; i++) {
		buf_init(&b, 8192);
		runbook_say_parameter(rb, i, &b);
		if (json_object_set_new(
			o, runbook_parameter(rb, i), json_string(buf_cstr(&b))) != 0) {
			json_decref(o);
			o = NULL;
		}
		buf_clear(&b);
	}
	return o;
}

static json_t *
text_json(const struct runbook *rb, void (*put)(const struct runbook *, struct buf *))
{
	json_t *text;
	struct buf b;

	buf_init(&b, RUNBOOK_CONTENT);
	put(rb, &b);
	text = buf_ok(&b) ? json_string(buf_cstr(&b)) : NULL;
	buf_clear(&b);
	return text;
}

static void
put_json(const struct verb_call *call, const struct runbook *rb, struct buf *out)
{
	struct verdict needs;
	char hex[2 * RUNBOOK_DIGEST + 1];
	const char *hold = runbooks_hold(call->m, rb);
	json_t *o;
	char *s;

	id_hex(runbook_digest(rb), RUNBOOK_DIGEST, hex);
	needs_of(call->m, rb, &needs);
	o = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s*, s:o*}", "name",
	    runbook_name(rb), "state", state_of(call->m, rb), "sha256", hex, "help",
	    runbook_help(rb), "parameters", parameters_json(rb), "command",
	    text_json(rb, runbook_put_command), "for", text_json(rb, runbook_put_who),
	    "needs", needs_json(&needs), "hold", hold[0] != '\0' ? hold : NULL,
	    "approvals", runbooks_approvals(call->m, rb));
	s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (s == NULL)
		out->bad = true;
	else
		buf_printf(out, "%s\n", s);
	free(s);
	json_decref(o);
}

static void
list(struct verb_call *call)
{
	const struct ruleset *set = pack_rules(call->m->rules.policy);
	const struct facts who = facts_of(call);

	if (call->argc != 2) {
		verb_answer(call, STATUS_USAGE, "%s", USAGE);
		return;
	}
	for (size_t i = 0; i < set->n_runbooks; i++) {
		const struct runbook *rb = set->runbooks[i];

		if (!may_see(call, rb, &who))
			continue;
		if (call->json)
			put_json(call, rb, &call->out);
		else
			put_row(call, rb, &call->out);
	}
	if (buf_ok(&call->out)) {
		call->done(call->arg, call, STATUS_OK);
		return;
	}
	buf_reset(&call->out);
	verb_answer(call, STATUS_FAILED, "there is too much to show");
}

/* Approvers find all of them, anybody else what is theirs. */
static const struct runbook *
find(const struct verb_call *call, const char *name)
{
	const struct facts who = facts_of(call);
	const bool all = config_may_approve(call->m->rules.config, call->who);

	return runbooks_find(call->m, name, all ? NULL : &who);
}

/* What is approved, byte for byte: it is plain text. */
static void
show(struct verb_call *call)
{
	const struct runbook *rb;

	if (call->argc != 3) {
		verb_answer(call, STATUS_USAGE, "%s", USAGE);
		return;
	}
	if ((rb = find(call, call->argv[2])) == NULL) {
		verb_answer(call, STATUS_DENIED, "%s", NONE);
		return;
	}
	if (call->json)
		put_json(call, rb, &call->out);
	else
		buf_span_put(&call->out, runbook_content(rb));
	call->done(call->arg, call, buf_ok(&call->out) ? STATUS_OK : STATUS_FAILED);
}

static void
request_(struct verb_call *call)
{
	const struct runbook *rb;
	struct verdict needs;
	struct article_ask ask = {
		.kind = ARTICLE_RUNBOOK, .verdict = &needs, .reason = ""
	};

	if (call->argc == 5 && strcmp(call->argv[3], "--reason") == 0 &&
	    command_reason_ok(span_of(call->argv[4])))
		ask.reason = call->argv[4];
	else if (call->argc != 3) {
		verb_answer(call, STATUS_USAGE, "%s", USAGE);
		return;
	}
	if ((rb = find(call, call->argv[2])) == NULL) {
		verb_answer(call, STATUS_DENIED, "%s", NONE);
		return;
	}
	needs_of(call->m, rb, &needs);
	if (needs.needs[0].reason && ask.reason[0] == '\0') {
		verb_answer(call, STATUS_DENIED,
		    "its approvers want a reason: runbook request NAME --reason TEXT");
		return;
	}
	ask.name = runbook_name(rb);
	ask.content = runbook_content(rb);
	articles_request(call->m->articles, &ask, call);
}

void
runbooks_verb(struct verb_call *call)
{
	static const struct {
		const char *name;
		void (*run)(struct verb_call *call);
	} verbs[] = {
		{ "list", list },
		{ "show", show },
		{ "request", request_ },
	};

	for (size_t i = 0; call->argc > 1 && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, call->argv[1]) == 0) {
			verbs[i].run(call);
			return;
		}
	verb_answer(call, STATUS_USAGE, "%s", USAGE);
}
