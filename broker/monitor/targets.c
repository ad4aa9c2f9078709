/* The verb targets; see targets.h.  What AWS and the configuration know of, and of that
 * what the rules may let the caller do. */
#include "broker/monitor/targets.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/inventory.h"
#include "broker/monitor/monitor.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/model/status.h"
#include "policies/decide.h"

#define USAGE "usage: targets [--profile PROFILE] [--json]"
#define PARTITION 32

/* One that is being answered. */
struct asking {
	struct verb_call *call;
	char profile[65];
};

/* ---- what may be done there ---- */

enum { MAY_COMMANDS = 1, MAY_SHELL = 2, MAY_PORTS = 4 };

static const char *const may_words[] = { "commands", "shell", "ports" };

struct judge {
	const struct ruleset *rules;
	const struct config *config;
	struct facts facts;
	char partition[PARTITION];
};

static bool
judge_init(struct judge *j, const struct verb_call *call, const struct identity *who,
    const struct profile *p)
{
	const char *first = strchr(p->role, ':');

	j->rules = pack_rules(call->m->rules.policy);
	j->config = call->m->rules.config;
	j->facts = (struct facts){ .who = who,
		.proof = call->proof,
		.verified = call->verified,
		.profile = p->name,
		.partition = j->partition,
		.account = p->account,
		.role = p->role,
		.now = clock_wall_ms() };
	return first != NULL && span_copy(span_make(first + 1, strcspn(first + 1, ":")),
				    j->partition, sizeof j->partition);
}

static bool
may_open(const struct judge *j, const struct facts *f)
{
	const struct ssm_ask modes[] = {
		{ j->config->ssm.shell, SSM_FED },
		{ j->config->ssm.shell, SSM_PROGRAM },
		{ j->config->ssm.raw, SSM_RAW },
	};

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		struct verdict v = { .effect = EFFECT_DENY };

		decide_open(j->rules, &modes[i], f, &v);
		if (v.effect != EFFECT_DENY)
			return true;
	}
	return false;
}

static unsigned
may(const struct judge *j, const struct instance *i)
{
	struct facts f = j->facts;
	unsigned ret = 0;

	instance_facts(i, &f);
	f.region = i->region;
	f.path = PATH_SHELL;
	if (decide_reaches(j->rules, &f))
		ret |= MAY_COMMANDS;
	if (!i->run && may_open(j, &f))
		ret |= MAY_SHELL;
	f.path = PATH_FORWARD;
	if (!i->run && decide_reaches(j->rules, &f))
		ret |= MAY_PORTS;
	return ret;
}

/* ---- rows ---- */

static const char *
state_of(const struct instance *i)
{
	if (!i->online)
		return "offline";
	return i->heard ? "online" : "unknown";
}

static void
put_row(struct buf *out, const struct instance *i, unsigned what)
{
	const char *sep = "";

	buf_printf(out, "%-20s  %-19s  %-10s  %-7s  ", i->name, i->id,
	    i->env[0] != '\0' ? i->env : "-", state_of(i));
	for (unsigned k = 0; k < 3; k++) {
		if (!(what & 1u << k))
			continue;
		buf_printf(out, "%s%s", sep, may_words[k]);
		sep = ", ";
	}
	buf_u8(out, '\n');
}

static void
put_object(struct buf *out, const struct instance *i, unsigned what)
{
	json_t *may_list = json_array();
	char *text;

	for (unsigned k = 0; k < 3; k++)
		if (what & 1u << k)
			(void)json_array_append_new(
			    may_list, json_string(may_words[k]));
	text = keep_detail_take(
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "name", i->name,
		"id", i->id, "env", i->env, "region", i->region, "state", state_of(i),
		"platform", i->platform, "agent", i->agent, "run", i->run, "may",
		may_list),
	    JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text != NULL)
		buf_printf(out, "%s\n", text);
	else
		out->bad = true;
	free(text);
}

struct row {
	const struct instance *i;
	unsigned what;
};

static int
by_name(const void *a, const void *b)
{
	const struct instance *x = ((const struct row *)a)->i,
			      *y = ((const struct row *)b)->i;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->id, y->id);
}

struct list {
	struct row *v;
	size_t n;
	struct instance *own; /* the configuration's, that AWS did not list as such */
	size_t n_own;
};

static void
list_free(struct list *l)
{
	free(l->v);
	free(l->own);
}

static const struct instance *
listed(const struct instance *all, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].id, id) == 0)
			return &all[i];
	return NULL;
}

/* As the inventory would have it, but for what only AWS knows of it; of that what it said
 * of the same machine.  Tags are borrowed from there. */
static void
own_one(struct instance *i, const struct config_target *t, const struct profile *p,
    const struct instance *there)
{
	const char *os_user = t->os_user != NULL ? t->os_user : p->os_user;

	if (there != NULL)
		*i = *there;
	else
		*i = (struct instance){ .online = true };
	snprintf(i->id, sizeof i->id, "%s", t->id);
	snprintf(i->name, sizeof i->name, "%s", t->name);
	snprintf(i->alias, sizeof i->alias, "%s", t->name);
	snprintf(i->region, sizeof i->region, "%s",
	    t->region != NULL ? t->region : p->region);
	if (t->env != NULL)
		snprintf(i->env, sizeof i->env, "%s", t->env);
	snprintf(i->os_user, sizeof i->os_user, "%s",
	    os_user != NULL && !t->run ? os_user : "");
	i->run = t->run;
}

/* Those of the configuration by their names, each, and of what AWS lists all others. */
static bool
list_make(struct list *l, const struct config *c, const struct profile *p,
    const struct instance *all, size_t n)
{
	*l = (struct list){ .n = 0 };
	l->v = calloc(n + c->targets.n + 1, sizeof *l->v);
	l->own = calloc(c->targets.n + 1, sizeof *l->own);
	if (l->v == NULL || l->own == NULL)
		return false;
	for (size_t k = 0; k < c->targets.n; k++) {
		const struct config_target *t = &c->targets.v[k];
		struct instance *i = &l->own[l->n_own];

		if (t->profile != NULL && strcmp(t->profile, p->name) != 0)
			continue;
		own_one(i, t, p, listed(all, n, t->id));
		l->n_own++;
		l->v[l->n++].i = i;
	}
	for (size_t k = 0; k < n; k++)
		if (all[k].alias[0] == '\0')
			l->v[l->n++].i = &all[k];
	return true;
}

/* ---- the answer ---- */

static void
put_list(struct verb_call *call, struct judge *j, struct list *l)
{
	size_t n = 0;

	for (size_t k = 0; k < l->n; k++) {
		l->v[k].what = may(j, l->v[k].i);
		if (l->v[k].what != 0)
			l->v[n++] = l->v[k];
	}
	qsort(l->v, n, sizeof *l->v, by_name);
	for (size_t k = 0; k < n; k++)
		(call->json ? put_object : put_row)(
		    &call->out, l->v[k].i, l->v[k].what);
}

static int
status_of(enum rc rc)
{
	return rc == RC_FAIL ? STATUS_FAILED : STATUS_UNREACHABLE;
}

static const struct profile *
profile_now(const struct verb_call *call, const struct identity *who, const char *name)
{
	if (who == NULL || name == NULL || !identity_may_use(who, name))
		return NULL;
	return config_profile(call->m->rules.config, span_of(name));
}

/* The caller may have gone (then nothing is heard), and a reload have come. */
static void
found(
    void *arg, enum rc rc, const struct instance *all, size_t n, const struct err *err)
{
	struct asking *a = arg;
	struct verb_call *call = a->call;
	const struct config *c = call->m->rules.config;
	const struct identity *who =
	    identity_by_name(c->identities, span_of(call->name));
	const struct profile *p = profile_now(call, who, a->profile);
	struct list l = { .n = 0 };
	struct judge j;

	free(a);
	if (p == NULL || !judge_init(&j, call, who, p)) {
		verb_answer(call, STATUS_DENIED, "the profile is no longer yours");
		return;
	}
	if (list_make(&l, c, p, all, n))
		put_list(call, &j, &l);
	else
		call->out.bad = true;
	list_free(&l);
	if (!buf_ok(&call->out)) {
		buf_reset(&call->out);
		verb_answer(call, STATUS_FAILED, "there are too many to list");
	} else if (rc != RC_OK)
		verb_answer(call, status_of(rc), "%s", err->text);
	else {
		if (err->text[0] != '\0' && !call->json)
			buf_printf(&call->say, "broker: %s\n", err->text);
		call->done(call->arg, call, STATUS_OK);
	}
}

/* ---- the beginning ---- */

static bool
read_words(const struct verb_call *call, const char **profile)
{
	*profile = NULL;
	if (call->argc == 1)
		return true;
	if (call->argc != 3 || strcmp(call->argv[1], "--profile") != 0)
		return false;
	*profile = call->argv[2];
	return true;
}

static void
begin(struct verb_call *call, const struct profile *p)
{
	struct inventory_call *under_way;
	struct asking *a = calloc(1, sizeof *a);
	uint8_t sid[16];
	const struct inventory_ask ask = { .profile = p,
		.region = p->region,
		.identity = call->name,
		.sid = sid,
		.done = found,
		.arg = a };
	struct err err = { "out of memory" };
	enum rc rc = a != NULL ? RC_OK : RC_FAIL;

	if (rc == RC_OK && (rc = id_uuid7(sid, &err)) == RC_OK) {
		a->call = call;
		snprintf(a->profile, sizeof a->profile, "%s", p->name);
		rc = inventory_find(call->m->inventory, &ask, &under_way, &err);
	}
	if (rc == RC_OK)
		return;
	if (rc == RC_RETRY && a != NULL) {
		found(a, rc, NULL, 0, &err);
		return;
	}
	free(a);
	verb_answer(
	    call, rc == RC_RETRY ? STATUS_UNREACHABLE : STATUS_FAILED, "%s", err.text);
}

void
targets_run(struct verb_call *call)
{
	const struct profile *p;
	const char *name;

	if (!read_words(call, &name)) {
		verb_answer(call, STATUS_USAGE, USAGE);
		return;
	}
	p = profile_now(call, call->who, name != NULL ? name : call->who->profile);
	if (p == NULL)
		verb_answer(call, STATUS_DENIED,
		    name == NULL ? "you have no profile of your own: name one "
				   "with --profile"
				 : "you have no such profile");
	else
		begin(call, p);
}
