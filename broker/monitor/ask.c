/* From the bytes of a request to a verdict, and through the hold if there is one.
 *
 * Each step is durable before the next begins: the verdict's event before anybody hears
 * it, the hold before anybody is asked, the approval spent before anything runs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/status.h"
#include "policies/canon.h"
#include "policies/decide.h"
#include "policies/refusal.h"

/* ---- deciding ---- */

static const struct profile *
profile_of(const struct session *s)
{
	return config_profile(
	    session_monitor(s)->rules.config, span_of(s->profile_name));
}

/* "aws" of "arn:aws:iam::…". */
static bool
partition_of(const char *role, char ret[ASK_PARTITION])
{
	const char *begin = strncmp(role, "arn:", 4) == 0 ? role + 4 : "";

	return span_copy(span_make(begin, strcspn(begin, ":")), ret, ASK_PARTITION) &&
	       ret[0] != '\0';
}

/* True when the session's lease, if there is one, is for this profile. */
static bool
leads_where_it_did(const struct session *s, const struct profile *p)
{
	return s->target.role[0] == '\0' ||
	       (strcmp(s->target.role, p->role) == 0 &&
		   strcmp(s->target.account, p->account) == 0);
}

enum path
ask_path(const struct session *s)
{
	if (s->remote != NULL)
		return s->remote->kind == REMOTE_PORT ? PATH_FORWARD : PATH_SHELL;
	return s->gate == GATE_SDK ? PATH_API : PATH_EXEC;
}

bool
ask_facts(struct session *s, enum path path, char partition[ASK_PARTITION],
    struct facts *ret, struct err *err)
{
	const struct identity *who = s->conn == NULL ? NULL : conn_identity(s->conn);
	const struct profile *p = profile_of(s);

	if (who == NULL || p == NULL || !identity_may_use(who, s->profile_name) ||
	    !partition_of(p->role, partition)) {
		err_set(err, RC_REFUSE, "the profile is no longer yours");
		return false;
	}
	if (!leads_where_it_did(s, p)) {
		err_set(err, RC_REFUSE, "the profile leads elsewhere now");
		return false;
	}
	*ret = (struct facts){ .who = who,
		.proof = conn_proof(s->conn),
		.verified = conn_verified(s->conn),
		.auth_age = clock_mono_ms() - conn_since(s->conn),
		.path = path,
		.profile = s->profile_name,
		.partition = partition,
		.account = p->account,
		.region = s->region,
		.role = p->role,
		.now = clock_wall_ms(),
		.runbook = s->runbook[0] != '\0' ? s->runbook : NULL };
	if (s->remote != NULL && s->remote->at != NULL)
		instance_facts(s->remote->at, ret);
	return true;
}

void
ask_judge(struct session *s, struct verdict *v)
{
	const struct ruleset *rules = pack_rules(session_monitor(s)->rules.policy);
	char partition[ASK_PARTITION];
	struct err why = { "" };
	struct facts f;

	*v = (struct verdict){ .effect = EFFECT_DENY, .code = "internal" };
	memcpy(v->policy, rules->digest, sizeof v->policy);
	if (s->remote != NULL)
		remote_judge(s, v);
	if (s->aws == NULL)
		return;
	if (!ask_facts(s, PATH_EXEC, partition, &f, &why)) {
		admit_deny(v, "profile", "%s", why.text);
		return;
	}
	decide(rules, s->aws, &f, v);
	admit_terms(s, v);
	bookrun_admit(s, v);
}

/* Nothing counts that will not be done: a rehearsal, what nobody will be asked about,
 * what there is no room for now. */
static void
hold_against_rates(struct session *s)
{
	struct verdict *v = &s->verdict;
	bool asked = v->effect != EFFECT_HOLD ||
		     ((s->command.wait_ms > 0 || !held_cancels(s)) &&
			 !heldfirst_denied(s) && !heldfirst_again(s));

	s->crowded = v->effect == EFFECT_ALLOW && session_crowded(s);
	(void)admit_rates(
	    s, asked && !s->command.dry_run && !s->crowded, v, &s->retry_after);
}

bool
ask_reads(const struct session *s)
{
	return s->aws != NULL && (s->aws->takes_stdin || s->aws->file_in);
}

/* ---- the order of things ---- */

static void
decided(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;

	(void)bytes;
	(void)fd;
	if (s->state == SESSION_OVER) /* refused meanwhile: the broker ends */
		return;
	if (rc != RC_OK) {
		log_line(LOG_ERROR, "a verdict was not recorded: %s", why);
		tell_refusal(s, STATUS_FAILED, "failed", NULL,
		    "the verdict could not be recorded; nothing ran");
		return;
	}
	if (s->command.dry_run)
		tell_dry_run(s);
	else if (s->request[0] != '\0' && s->verdict.effect != EFFECT_DENY)
		request_judged(s);
	else if (s->verdict.effect == EFFECT_ALLOW &&
		 (s->crowded || session_crowded(s)))
		tell_refusal(s, STATUS_HELD, "busy", NULL,
		    "too many commands run now; nothing ran, try again");
	else if (s->verdict.effect == EFFECT_ALLOW)
		leasing_begin(s);
	else if (s->verdict.effect == EFFECT_HOLD)
		held_begin(s);
	else
		tell_denial(s);
}

/* Who was asked about, as rules saw them: configurations change, and a verdict may have
 * to be understood, or made again, much later. */
static json_t *
asker(const struct session *s)
{
	const struct identity *who = s->conn == NULL ? NULL : conn_identity(s->conn);
	json_t *groups;
	uint64_t age;

	if (who == NULL || (groups = json_array()) == NULL)
		return NULL;
	for (size_t i = 0; i < who->group_count; i++)
		json_array_append_new(groups, json_string(who->groups[i]));
	age = (clock_mono_ms() - conn_since(s->conn)) / 1000;
	return json_pack("{s:s, s:s*, s:o, s:{s:s, s:I}}", "kind",
	    identity_kind_name(who->kind), "owner", who->owner, "groups", groups,
	    "auth", "method", proof_name(conn_proof(s->conn)), "age", (json_int_t)age);
}

/* Where it would run. */
static bool
put_target(const struct session *s, json_t *o)
{
	const struct instance *i = s->remote == NULL ? NULL : s->remote->at;

	return i == NULL ||
	       (json_object_set_new(o, "target", json_string(i->name)) == 0 &&
		   json_object_set_new(o, "target_id", json_string(i->id)) == 0 &&
		   (i->os_user[0] == '\0' ||
		       json_object_set_new(o, "run_as", json_string(i->os_user)) == 0));
}

json_t *
ask_verdict_json(const struct session *s, const struct verdict *v, const char *command)
{
	const struct profile *p = profile_of(s);
	char policy[65];
	json_t *o;

	id_hex(v->policy, 32, policy);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s, s:s, s:s, s:s, "
		      "s:o*, s:o*}",
	    "effect", effect_name(v->effect), "code", v->code, "reason", v->reason,
	    "command", command, "call", v->call, "profile", s->profile_name, "account",
	    p == NULL ? NULL : p->account, "role", p == NULL ? NULL : p->role, "region",
	    s->region, "asker_says", s->command.reason, "source", s->source, "policy",
	    policy, "asker", asker(s), "runbook", bookrun_json(s));
	if (o == NULL || put_target(s, o))
		return o;
	json_decref(o);
	return NULL;
}

static char *
verdict_text(const struct session *s)
{
	json_t *o = ask_verdict_json(s, &s->verdict, s->shown);

	if (o != NULL && s->remote != NULL && !remote_say(s, o)) {
		json_decref(o);
		return NULL;
	}
	return veil_detail_take(session_veil(s), o, JSON_COMPACT);
}

/* Commit the verdict; what follows from it comes behind that. */
static void
note(struct session *s)
{
	char *detail = verdict_text(s);

	if (detail == NULL ||
	    session_event(s, "verdict", s->verdict.rule, detail, decided) != RC_OK)
		tell_refusal(s, STATUS_FAILED, "failed", NULL,
		    "the verdict could not be recorded; nothing ran");
	free(detail);
}

void
ask_judged(struct session *s)
{
	/* What was held was counted when it was asked for. */
	if (s->request[0] == '\0')
		hold_against_rates(s);
	note(s);
}

/* Which profile: named by the words, or the identity's own; never another's. */
static const char *
choose_profile(const struct session *s, const struct identity *who)
{
	const char *a = s->aws->profile;
	const char *b = s->command.profile[0] != '\0' ? s->command.profile : NULL;

	if (a != NULL && b != NULL && strcmp(a, b) != 0)
		return NULL;
	a = a != NULL ? a : b;
	if (a == NULL)
		return who->profile;
	return identity_may_use(who, a) ? a : NULL;
}

static bool
settle_profile(struct session *s)
{
	const struct identity *who = conn_identity(s->conn);
	const char *name = who == NULL ? NULL : choose_profile(s, who);
	const struct profile *p =
	    name == NULL
		? NULL
		: config_profile(session_monitor(s)->rules.config, span_of(name));

	if (p == NULL)
		return false;
	span_copy(span_of(who->owner), s->owner, sizeof s->owner);
	return span_copy(span_of(p->name), s->profile_name, sizeof s->profile_name) &&
	       span_copy(span_of(s->aws->region != NULL ? s->aws->region : p->region),
		   s->region, sizeof s->region);
}

/* Half a text must not stand for the command before people and in the digest. */
static bool
set_canon(struct session *s)
{
	struct buf canon;

	buf_init(&canon, CANON_MOST + 1);
	canon_put(s->command.words, &canon);
	s->canon = buf_ok(&canon) ? span_dup(buf_span(&canon)) : NULL;
	buf_clear(&canon);
	return session_settle_shown(s);
}

static void
begin_aws(struct session *s)
{
	struct refusal r = { 0 };
	enum rc rc = aws_read(s->command.words, &s->aws, &r);

	if (!set_canon(s) || rc != RC_OK) {
		int status = rc == RC_REFUSE ? (int)r.status : STATUS_FAILED;

		tell_coded(s, status, status == STATUS_DENIED ? "denied" : "refused",
		    status == STATUS_FAILED ? "internal" : refusal_code(r.err.text),
		    rc == RC_OK ? "out of memory; nothing ran" : r.err.text);
		return;
	}
	/* Whoever wants the file on stdout says so, and gets no other bytes there. */
	if (s->command.out != s->aws->file_out) {
		tell_coded(s, STATUS_USAGE, "refused", "usage",
		    s->command.out
			? "--out is for an operation that writes a file: - stands in "
			  "that file's place"
			: "a file that is to be printed, -, needs --out before aws");
		return;
	}
	if (!settle_profile(s)) {
		tell_coded(s, STATUS_DENIED, "denied", "profile",
		    s->aws->profile == NULL && s->command.profile[0] == '\0'
			? "you have no profile to run commands with"
			: "you have no such profile; leave --profile out for your own");
		return;
	}
	ask_judge(s, &s->verdict);
	ask_judged(s);
}

void
ask_again(struct session *s)
{
	if (ssmwords_is(s->command.words))
		remote_begin(s);
	else
		begin_aws(s);
}

/* Where it would have run, as far as that is known: a rule may look at it. */
static bool
words_facts(struct session *s, char partition[ASK_PARTITION], struct facts *f)
{
	const struct identity *who = conn_identity(s->conn);
	const struct profile *p = who == NULL || who->profile == NULL
				      ? NULL
				      : config_profile(session_monitor(s)->rules.config,
					    span_of(who->profile));
	struct err err = { "" };

	if (p != NULL &&
	    span_copy(span_of(p->name), s->profile_name, sizeof s->profile_name) &&
	    span_copy(span_of(p->region), s->region, sizeof s->region) &&
	    ask_facts(s, PATH_EXEC, partition, f, &err))
		return true;
	*f = (struct facts){ .who = who,
		.proof = conn_proof(s->conn),
		.verified = conn_verified(s->conn),
		.auth_age = clock_mono_ms() - conn_since(s->conn),
		.path = PATH_EXEC,
		.now = clock_wall_ms() };
	return who != NULL;
}

/* Only aws runs here, and only ssm elsewhere.  But a rule may say why another program does not, in its own
 * words; then that is a verdict like any other. */
static void
refuse_words(struct session *s)
{
	char partition[ASK_PARTITION];
	struct facts f;

	if (words_facts(s, partition, &f))
		decide_words(pack_rules(session_monitor(s)->rules.policy),
		    s->command.words, &f, &s->verdict);
	s->verdict.effect = EFFECT_DENY;
	if (s->verdict.rule[0] != '\0' && set_canon(s))
		note(s);
	else
		tell_coded(s, STATUS_USAGE, "refused", "usage",
		    "not a command of Broker; it runs aws …, ssm … and the verbs that "
		    "`ssh broker help` lists");
}

/* "request --help", "run --help" and "ssm --help", which run nothing. */
static bool
is_help(const struct session *s)
{
	return words_count(s->command.words) == 2 &&
	       strcmp(words_at(s->command.words, 1), "--help") == 0;
}

void
ask_begin(struct session *s, const struct msg_exec_ask *ask)
{
	struct err err = { "" };
	enum rc rc = command_read(ask, &s->command, &s->json, &err);
	const struct verb *v;
	const char *name;

	if (rc != RC_OK) {
		tell_coded(s, rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED, "refused",
		    rc == RC_REFUSE ? refusal_code(err.text) : "internal", err.text);
		return;
	}
	name = words_at(s->command.words, 0);
	if (session_monitor(s)->ending)
		tell_refusal(s, STATUS_FAILED, "failed", NULL,
		    "the broker is ending; nothing ran");
	else if (ssmwords_is(s->command.words) && !is_help(s))
		remote_begin(s);
	else if (strcmp(name, "aws") == 0)
		begin_aws(s);
	else if (strcmp(name, "request") == 0 && !is_help(s))
		request_begin(s);
	else if (strcmp(name, "run") == 0 && !is_help(s))
		bookrun_begin(s);
	else if ((v = verb_find(name)) != NULL)
		call_begin(s, v);
	else
		refuse_words(s);
}
