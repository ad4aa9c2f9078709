/* Asking people for a grant: from the words of "grant add" to a hold of the path "grant".
 *
 * What the grant is for is judged twice, when it is asked for and when it is made: its
 * rules have to be hold rules that are about its identity, and their conditions are
 * those of the grant. */
#include "broker/monitor/grants_parts.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/command.h"
#include "lib/base/quantity.h"
#include "lib/model/status.h"
#include "policies/arnpattern.h"
#include "policies/who.h"

#define USAGE                                                                          \
	"usage: grant add IDENTITY --rule POLICY/RULE | --like ID --for DURATION "     \
	"--uses N --reason TEXT"

/* ---- may it be granted at all? ---- */

static const struct rule *
find_rule(const struct ruleset *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rules[i]->name, name) == 0)
			return set->rules[i];
	return NULL;
}

/* By whichever proof, and whatever a token may say. */
static bool
may_be_about(const struct rule *r, const struct identity *who)
{
	for (enum proof p = PROOF_KEY; p <= PROOF_UID; p++) {
		const struct facts f = { .who = who, .proof = p, .verified = true };

		if (who_fit(r->who, &f) != FIT_NO)
			return true;
	}
	return false;
}

static enum rc
add_need(const struct wish *w, const char *name, const struct identity *who,
    struct verdict *v, struct err *err)
{
	const struct rule *r = find_rule(pack_rules(w->all->m->rules.policy), name);

	if (r == NULL)
		return err_set(err, RC_REFUSE, "there is no rule %s", name);
	if (r->effect != EFFECT_HOLD || r->need == NULL)
		return err_set(err, RC_REFUSE,
		    "rule %s holds nothing, so nothing of it can be granted", name);
	if (!may_be_about(r, who))
		return err_set(
		    err, RC_REFUSE, "rule %s is not about %s", name, w->identity);
	if (v->n_needs == VERDICT_NEEDS)
		return err_set(err, RC_REFUSE, "too many rules hold that");
	v->needs[v->n_needs++] = *r->need;
	if (r->terms.decide_ms != 0 &&
	    (v->decide_ms == 0 || r->terms.decide_ms < v->decide_ms))
		v->decide_ms = r->terms.decide_ms;
	return RC_OK;
}

static unsigned
count_of(const struct grants *all, const char *identity)
{
	unsigned n = 0;

	for (const struct grant *g = all->first; g != NULL; g = g->next)
		n += identity == NULL || strcmp(g->identity, identity) == 0;
	return n;
}

/* The conditions that a grant of this has, as rules and identities are now. */
enum rc
wish_judge(const struct wish *w, struct verdict *v, struct err *err)
{
	const struct config *c = w->all->m->rules.config;
	const struct identity *who =
	    identity_by_name(c->identities, span_of(w->identity));
	char most[QUANTITY_TEXT];
	enum rc rc;

	*v = (struct verdict){ .effect = EFFECT_HOLD, .code = "rule" };
	memcpy(
	    v->policy, pack_rules(w->all->m->rules.policy)->digest, sizeof v->policy);
	if (who == NULL)
		return err_set(err, RC_REFUSE, "there is no identity %s", w->identity);
	quantity_duration_text(c->holds.grant_time, most);
	if (w->for_ms > c->holds.grant_time)
		return err_set(err, RC_REFUSE,
		    "a grant is for %s at most (holds.grant_time)", most);
	for (size_t i = 0; i < w->n_rules; i++)
		if ((rc = add_need(w, w->rules[i], who, v, err)) != RC_OK)
			return rc;
	if (v->n_needs == 0)
		return err_set(err, RC_REFUSE, "no rule holds that");
	memcpy(v->rule, w->rules[0], sizeof v->rule);
	if (count_of(w->all, NULL) >= GRANTS_MAX ||
	    count_of(w->all, w->identity) >= GRANTS_OF)
		return err_set(err, RC_REFUSE, "there are too many grants already");
	return RC_OK;
}

/* ---- the hold ---- */

json_t *
wish_rules(const struct wish *w)
{
	json_t *a = json_array();

	for (size_t i = 0; i < w->n_rules; i++)
		json_array_append_new(a, json_string(w->rules[i]));
	return a;
}

/* What is stored with the hold: enough to make the grant after a restart. */
static json_t *
request_json(const struct wish *w)
{
	char hex[2 * HOLD_DIGEST + 1];
	json_t *g = json_pack("{s:o, s:I, s:I, s:s}", "rules", wish_rules(w), "for_ms",
	    (json_int_t)w->for_ms, "uses", (json_int_t)w->uses, "by", w->by);

	id_hex(w->digest, HOLD_DIGEST, hex);
	if (w->like[0] != '\0' &&
	    (json_object_set_new(g, "like", json_string(w->like)) != 0 ||
		json_object_set_new(g, "digest", json_string(hex)) != 0 ||
		json_object_set_new(g, "command", json_string(w->command)) != 0)) {
		json_decref(g);
		return NULL;
	}
	return json_pack("{s:o}", "grant", g);
}

/* One line that says all of it.  A command comes last: nothing in it can be mistaken for
 * a word of ours. */
void
wish_put(const struct wish *w, struct buf *out)
{
	char duration[QUANTITY_TEXT], hex[2 * HOLD_DIGEST + 1];

	quantity_duration_text(w->for_ms, duration);
	buf_printf(out, "grant to %s: %llu %s within %s, asked for by %s, of ",
	    w->identity, (unsigned long long)w->uses, w->uses == 1 ? "use" : "uses",
	    duration, w->by);
	if (w->like[0] == '\0') {
		buf_printf(out, "whatever rule %s holds", w->rules[0]);
		return;
	}
	id_hex(w->digest, HOLD_DIGEST, hex);
	buf_printf(out, "digest %s: %s", hex, w->command);
}

enum rc
wish_digest(
    const struct wish *w, const char *canon, uint8_t ret[HOLD_DIGEST], struct err *err)
{
	const struct hold_facts f = { .identity = span_of(w->identity),
		.path = span_of("grant"),
		.canon = span_of(canon),
		.stdin_kind = HOLD_STDIN_NONE,
		.reason = span_of(w->reason) };

	return hold_digest(&f, ret, err);
}

static void
ask_people(struct wish *w, const struct verdict *v)
{
	struct grants *all = w->all;
	const struct identity *who =
	    identity_by_name(all->m->rules.config->identities, span_of(w->identity));
	uint8_t digest[HOLD_DIGEST];
	json_t *request = request_json(w);
	struct err err = { "" };
	struct buf canon;
	struct hold_init init = { .path = "grant",
		.request = request,
		.identity = w->identity,
		.owner = who->owner,
		.key = "",
		.source = w->call->source,
		.profile = "",
		.reason = w->reason,
		.digest = digest,
		.verdict = v,
		.decide_ms = all->m->rules.config->holds.decide };
	const struct petition p = { .hold = &init, .vote = true, .call = w->call };

	buf_init(&canon, WISH_CANON);
	wish_put(w, &canon);
	init.canon = buf_cstr(&canon);
	if (request == NULL || !buf_ok(&canon) ||
	    wish_digest(w, init.canon, digest, &err) != RC_OK)
		verb_answer(w->call, STATUS_FAILED, "out of memory");
	else
		petitions_begin(all->petitions, &p);
	json_decref(request);
	buf_clear(&canon);
}

/* ---- one that is like a hold ---- */

static void
drop_wish(struct wish *w)
{
	for (struct wish **p = &w->all->wishes; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			break;
		}
	free(w);
}

/* Judge it and ask for it; takes the wish, and its call is answered. */
static void
begin_take(struct wish *w)
{
	struct verdict v;
	struct err err = { "" };

	if (wish_judge(w, &v, &err) != RC_OK)
		verb_answer(w->call, STATUS_DENIED, "%s", err.text);
	else
		ask_people(w, &v);
	drop_wish(w);
}

static void
refuse_take(struct wish *w, int status, const char *why)
{
	struct verb_call *call = w->call;

	drop_wish(w);
	verb_answer(call, status, "%s", why);
}

static bool
is_path(const char *path)
{
	static const enum path all[] = { PATH_EXEC, PATH_API, PATH_SHELL,
		PATH_FORWARD };

	for (size_t i = 0; path != NULL && i < sizeof all / sizeof all[0]; i++)
		if (strcmp(path, path_name(all[i])) == 0)
			return true;
	return false;
}

static void
like_live(struct wish *w, const struct hold *h)
{
	const struct verdict *v = hold_verdict(h);

	if (strcmp(hold_identity(h), w->identity) != 0 || !is_path(hold_path(h)) ||
	    !span_copy(span_of(hold_canon(h)), w->command, sizeof w->command)) {
		refuse_take(w, STATUS_USAGE, "that is no command of this identity");
		return;
	}
	memcpy(w->digest, hold_digest_of(h), HOLD_DIGEST);
	for (size_t i = 0; i < v->n_needs; i++)
		memcpy(w->rules[w->n_rules++], v->needs[i].rule, VERDICT_RULE);
	begin_take(w);
}

/* The rules whose conditions it had. */
static bool
take_rules(struct wish *w, const json_t *needs)
{
	const json_t *o;
	size_t i;

	json_array_foreach(needs, i, o)
	{
		const char *rule = json_string_value(json_object_get(o, "rule"));

		if (rule == NULL || w->n_rules == WISH_RULES ||
		    !span_copy(span_of(rule), w->rules[w->n_rules++], VERDICT_RULE))
			return false;
	}
	return w->n_rules > 0;
}

static bool
take_like(struct wish *w, const struct msg_recalled *row)
{
	json_t *o = json_loadb(
	    (const char *)row->detail.p, row->detail.len, JSON_REJECT_DUPLICATES, NULL);
	bool ok = span_is(row->identity, w->identity) &&
		  row->digest.len == HOLD_DIGEST &&
		  is_path(json_string_value(json_object_get(o, "path"))) &&
		  take_rules(w, json_object_get(o, "needs")) &&
		  span_copy(row->text, w->command, sizeof w->command);

	if (ok)
		memcpy(w->digest, row->digest.p, HOLD_DIGEST);
	json_decref(o);
	return ok;
}

static void
like_found(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct wish *w = arg;

	(void)why;
	if (rc == RC_OK && take_like(w, row))
		begin_take(w);
	else if (rc == RC_OK)
		refuse_take(w, STATUS_USAGE, "that is no command of this identity");
	else if (rc == RC_END)
		refuse_take(w, STATUS_USAGE, "there is no hold of that id");
	else
		refuse_take(w, STATUS_FAILED, "the keeper cannot tell");
}

static void
find_like(struct wish *w)
{
	const struct msg_recall m = { .what = RECALL_ONE, .after = span_of(w->like) };
	const struct hold *h = holds_find(w->all->m->holds, w->like);

	if (h != NULL)
		like_live(w, h);
	else if (keep_recall(w->all->m->keep, &m, like_found, w) != RC_OK)
		refuse_take(w, STATUS_FAILED, "the keeper cannot tell");
}

/* ---- the words ---- */

static bool
take_rule(struct wish *w, const char *word)
{
	return w->n_rules == 0 &&
	       span_copy(span_of(word), w->rules[w->n_rules++], VERDICT_RULE);
}

static bool
take_id(struct wish *w, const char *word)
{
	return w->like[0] == '\0' && id_hold_parse(span_of(word), w->like);
}

static bool
take_for(struct wish *w, const char *word)
{
	return w->for_ms == 0 && quantity_duration(span_of(word), &w->for_ms) &&
	       w->for_ms > 0;
}

static bool
take_uses(struct wish *w, const char *word)
{
	return w->uses == 0 && quantity_uint(span_of(word), &w->uses) && w->uses > 0 &&
	       w->uses <= GRANTS_USES;
}

static bool
take_reason(struct wish *w, const char *word)
{
	return w->reason[0] == '\0' && command_reason_ok(span_of(word)) &&
	       span_copy(span_of(word), w->reason, sizeof w->reason);
}

static const struct {
	const char *name;
	bool (*take)(struct wish *w, const char *word);
} options[] = {
	{ "--rule", take_rule },
	{ "--like", take_id },
	{ "--for", take_for },
	{ "--uses", take_uses },
	{ "--reason", take_reason },
};

static bool
take_option(struct wish *w, const char *name, const char *word)
{
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (strcmp(options[i].name, name) == 0)
			return options[i].take(w, word);
	return false;
}

/* Options may stand before or behind the name; each once. */
static bool
take_words(struct wish *w, const struct verb_call *call)
{
	for (unsigned i = 2; i < call->argc; i++) {
		const char *word = call->argv[i];

		if (strncmp(word, "--", 2) != 0) {
			if (w->identity[0] != '\0' ||
			    !span_copy(span_of(word), w->identity, sizeof w->identity))
				return false;
		} else if (++i == call->argc || !take_option(w, word, call->argv[i]))
			return false;
	}
	return w->identity[0] != '\0' && (w->n_rules == 1) != (w->like[0] != '\0') &&
	       w->for_ms != 0 && w->uses != 0 && w->reason[0] != '\0';
}

void
grantask_add(struct grants *all, struct verb_call *call)
{
	struct wish *w = calloc(1, sizeof *w);

	if (w == NULL) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	w->all = all;
	w->call = call;
	w->next = all->wishes;
	all->wishes = w;
	memcpy(w->by, call->name, sizeof w->by);
	if (!take_words(w, call))
		refuse_take(w, STATUS_USAGE, USAGE);
	else if (!config_may_approve(all->m->rules.config, call->who))
		refuse_take(w, STATUS_DENIED, "you have no right to grant");
	else if (w->like[0] != '\0')
		find_like(w);
	else
		begin_take(w);
}

void
grantask_free(struct grants *all)
{
	while (all->wishes != NULL) {
		struct verb_call *call = all->wishes->call;

		drop_wish(all->wishes);
		call->done(call->arg, call, STATUS_FAILED);
	}
}
