/* Which targets there are: who asks, what is known already, and what the configuration
 * adds; see inventory.h.  Questions that are the same are asked once. */
#include "broker/monitor/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/inventory_parts.h"
#include "broker/monitor/monitor.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

/* ---- what was found ---- */

struct found *
found_new(void)
{
	struct found *f = calloc(1, sizeof *f);

	if (f != NULL)
		f->refs = 1;
	return f;
}

void
found_drop(struct found *f)
{
	if (f == NULL || --f->refs > 0)
		return;
	instances_clear(&f->all);
	free(f);
}

static bool
same_key(const struct inventory_key *a, const struct inventory_key *b)
{
	return strcmp(a->profile, b->profile) == 0 &&
	       strcmp(a->region, b->region) == 0 && strcmp(a->name, b->name) == 0;
}

static void
drop_kept(struct inventory *v, struct inventory_kept **at)
{
	struct inventory_kept *k = *at;

	*at = k->next;
	v->n_kept--;
	v->n_kept_instances -= k->found->all.n;
	found_drop(k->found);
	free(k);
}

/* What is too old, and from the old end what is too much. */
static void
trim(struct inventory *v, uint64_t now)
{
	const uint64_t life = v->m->rules.config->ssm.inventory;
	struct inventory_kept **at = &v->kept;
	unsigned n = 0;
	size_t instances = 0;

	while (*at != NULL) {
		struct inventory_kept *k = *at;

		instances += k->found->all.n;
		if (now - k->at_ms >= life || n >= INVENTORY_KEPT ||
		    instances > INVENTORY_KEPT_INSTANCES) {
			instances -= k->found->all.n;
			drop_kept(v, at);
			continue;
		}
		n++;
		at = &k->next;
	}
}

/* Without memory it is not kept, which costs another question. */
static void
keep_found(struct inventory *v, const struct inventory_key *key, struct found *f)
{
	struct inventory_kept *k;

	if (v->m->rules.config->ssm.inventory == 0 ||
	    (k = calloc(1, sizeof *k)) == NULL)
		return;
	*k = (struct inventory_kept){
		.next = v->kept, .key = *key, .found = f, .at_ms = clock_mono_ms()
	};
	f->refs++;
	v->kept = k;
	v->n_kept++;
	v->n_kept_instances += f->all.n;
	trim(v, k->at_ms);
}

static struct found *
known(struct inventory *v, const struct inventory_key *key)
{
	trim(v, clock_mono_ms());
	for (struct inventory_kept *k = v->kept; k != NULL; k = k->next)
		if (same_key(&k->key, key))
			return k->found;
	return NULL;
}

/* ---- what the configuration says ---- */

static const struct config_target *
alias_of(const struct config *c, const struct inventory_key *key, const char *id)
{
	for (size_t i = 0; i < c->targets.n; i++) {
		const struct config_target *t = &c->targets.v[i];

		if (strcmp(t->id, id) == 0 &&
		    (t->profile == NULL || strcmp(t->profile, key->profile) == 0) &&
		    (t->region == NULL || strcmp(t->region, key->region) == 0))
			return t;
	}
	return NULL;
}

/* By name, or by id: who types the id meets the same rules. */
void
inventory_overlay(struct inventory *v, const struct inventory_key *key,
    const char *os_user, struct instance *i)
{
	const struct config *c = v->m->rules.config;
	const struct config_target *t = config_target(c, span_of(key->name));

	if (t == NULL)
		t = alias_of(c, key, i->id);
	snprintf(i->name, sizeof i->name, "%s",
	    key->name[0] == '\0' ? (t != NULL			? t->name
				       : i->tag_name[0] != '\0' ? i->tag_name
								: i->id)
				 : key->name);
	snprintf(i->region, sizeof i->region, "%s", key->region);
	snprintf(i->os_user, sizeof i->os_user, "%s", os_user);
	if (t == NULL)
		return;
	snprintf(i->alias, sizeof i->alias, "%s", t->name);
	i->run = t->run;
	if (t->env != NULL)
		snprintf(i->env, sizeof i->env, "%s", t->env);
	if (t->os_user != NULL)
		snprintf(i->os_user, sizeof i->os_user, "%s", t->os_user);
	if (t->run)
		i->os_user[0] = '\0';
}

/* ---- who waits ---- */

static void
unlink_call(struct inventory_call *c)
{
	struct inventory_call **first =
	    c->query != NULL ? &c->query->calls : &c->v->ready;

	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		*first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
}

static void
free_call(struct inventory_call *c)
{
	c->v->n_calls--;
	found_drop(c->found);
	timer_free(c->soon);
	free(c);
}

static void
link_call(struct inventory_call *c, struct inventory_call **first)
{
	c->prev = NULL;
	c->next = *first;
	if (c->next != NULL)
		c->next->prev = c;
	*first = c;
}

static void
tell(struct inventory_call *c, struct found *f)
{
	void (*done)(void *arg, enum rc rc, const struct instance *all, size_t n,
	    const struct err *err) = c->done;
	void *arg = c->arg;

	f->refs++;
	unlink_call(c);
	free_call(c);
	done(arg, f->rc, f->rc == RC_OK ? f->all.v : NULL,
	    f->rc == RC_OK ? f->all.n : 0, &f->err);
	found_drop(f);
}

static void
on_soon(void *arg)
{
	struct inventory_call *c = arg;

	tell(c, c->found);
}

static struct inventory_call *
new_call(struct inventory *v, const struct inventory_ask *ask)
{
	struct inventory_call *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->v = v;
	c->done = ask->done;
	c->arg = ask->arg;
	v->n_calls++;
	return c;
}

/* What is known is told from the loop, too. */
static enum rc
answer_soon(struct inventory *v, const struct inventory_ask *ask, struct found *f,
    struct inventory_call **ret, struct err *err)
{
	struct inventory_call *c = new_call(v, ask);

	if (c == NULL)
		return err_memory(err);
	if ((c->soon = loop_timer(v->m->loop, on_soon, c)) == NULL) {
		free_call(c);
		return err_memory(err);
	}
	f->refs++;
	c->found = f;
	link_call(c, &v->ready);
	timer_set(c->soon, 0);
	*ret = c;
	return RC_OK;
}

/* ---- questions ---- */

void
inventory_query_free(struct inventory_query *q)
{
	struct inventory *v = q->v;

	if (q->prev != NULL)
		q->prev->next = q->next;
	else
		v->queries = q->next;
	if (q->next != NULL)
		q->next->prev = q->prev;
	v->n_queries--;
	errand_free(q->errand);
	timer_free(q->deadline);
	timer_free(q->pause);
	buf_clear(&q->token);
	buf_clear(&q->before);
	found_drop(q->found);
	free(q);
}

void
inventory_answered(struct inventory_query *q)
{
	struct inventory *v = q->v;
	struct inventory_call *calls = NULL, *c;
	struct found *f = q->found;

	for (size_t i = 0; f->rc == RC_OK && i < f->all.n; i++)
		inventory_overlay(v, &q->key, q->os_user, &f->all.v[i]);
	if (f->rc == RC_OK && q->generation == v->generation)
		keep_found(v, &q->key, f);
	f->refs++;
	/* They wait with the ready ones now, where each may be cancelled by another's
	 * done(). */
	while ((c = q->calls) != NULL) {
		unlink_call(c);
		c->query = NULL;
		f->refs++;
		c->found = f;
		link_call(c, &v->ready);
		calls = c;
	}
	inventory_query_free(q);
	while (calls != NULL) {
		for (c = v->ready; c != NULL && (c->found != f || c->soon != NULL);
		     c = c->next)
			;
		if ((calls = c) != NULL)
			tell(c, f);
	}
	found_drop(f);
}

static struct inventory_query *
new_query(struct inventory *v, const struct inventory_ask *ask,
    const struct inventory_key *key, const char *id)
{
	struct inventory_query *q = calloc(1, sizeof *q);

	if (q == NULL || (q->found = found_new()) == NULL) {
		free(q);
		return NULL;
	}
	q->v = v;
	q->key = *key;
	q->generation = v->generation;
	snprintf(q->id, sizeof q->id, "%s", id);
	q->kind = target_kind(span_of(id));
	snprintf(q->os_user, sizeof q->os_user, "%s",
	    ask->profile->os_user != NULL ? ask->profile->os_user : "");
	snprintf(q->env_tag, sizeof q->env_tag, "%s",
	    v->m->rules.config->ssm.env_tag != NULL ? v->m->rules.config->ssm.env_tag
						    : "Environment");
	q->next = v->queries;
	if (q->next != NULL)
		q->next->prev = q;
	v->queries = q;
	v->n_queries++;
	return q;
}

static struct inventory_query *
under_way(struct inventory *v, const struct inventory_key *key)
{
	for (struct inventory_query *q = v->queries; q != NULL; q = q->next)
		if (same_key(&q->key, key) && q->generation == v->generation)
			return q;
	return NULL;
}

static enum rc
begin(struct inventory *v, const struct inventory_ask *ask,
    const struct inventory_key *key, const char *id, struct inventory_query **ret,
    struct err *err)
{
	struct inventory_query *q;
	enum rc rc;

	if (v->n_queries >= INVENTORY_FLYING)
		return err_set(
		    err, RC_RETRY, "too many targets are being looked for just now");
	if ((q = new_query(v, ask, key, id)) == NULL)
		return err_memory(err);
	if ((rc = inventory_ask(q, ask, err)) != RC_OK) {
		inventory_query_free(q);
		return rc;
	}
	*ret = q;
	return RC_OK;
}

/* A container is what the configuration says, and nothing is asked. */
static enum rc
answer_container(struct inventory *v, const struct inventory_ask *ask,
    const struct inventory_key *key, const char *id, struct inventory_call **ret,
    struct err *err)
{
	struct found *f = found_new();
	struct instance *i = f != NULL ? instances_add(&f->all, id) : NULL;
	enum rc rc;

	if (i == NULL) {
		found_drop(f);
		return err_memory(err);
	}
	inventory_overlay(
	    v, key, ask->profile->os_user != NULL ? ask->profile->os_user : "", i);
	rc = answer_soon(v, ask, f, ret, err);
	found_drop(f);
	return rc;
}

/* ---- from outside ---- */

static bool
name_good(struct span s)
{
	if (s.len == 0 || (s.len >= INSTANCE_NAME && target_kind(s) == TARGET_NONE))
		return false;
	while (s.len > 0) {
		uint32_t cp;
		unsigned n = text_char(s, &cp);

		if (n == 0 || !text_plain(cp))
			return false;
		s = span_make(s.p + n, s.len - n);
	}
	return true;
}

/* The key of a question, and the id that is meant if there is one. */
static enum rc
resolve(struct inventory *v, const struct inventory_ask *ask, struct inventory_key *key,
    const char **id, struct err *err)
{
	const char *name = ask->name != NULL ? ask->name : "";
	const struct config_target *t =
	    config_target(v->m->rules.config, span_of(name));
	const char *region = ask->region != NULL ? ask->region : ask->profile->region;
	enum target_kind kind;

	if (t != NULL && t->profile != NULL &&
	    strcmp(t->profile, ask->profile->name) != 0)
		return err_set(err, RC_REFUSE, "%s is a target of the profile %s", name,
		    t->profile);
	if (t != NULL && t->region != NULL)
		region = t->region;
	if (!span_copy(
		span_of(ask->profile->name), key->profile, sizeof key->profile) ||
	    !span_copy(span_of(region), key->region, sizeof key->region) ||
	    !span_copy(span_of(name), key->name, sizeof key->name) ||
	    (ask->name != NULL && !name_good(span_of(name))))
		return err_set(err, RC_REFUSE, "no target can have that name");
	kind = target_kind(span_of(name));
	if (t == NULL && kind == TARGET_CONTAINER &&
	    alias_of(v->m->rules.config, key, name) == NULL)
		return err_set(err, RC_REFUSE,
		    "a container is reached by the name that the configuration gives "
		    "it");
	*id = t != NULL ? t->id : kind != TARGET_NONE ? name : "";
	return RC_OK;
}

enum rc
inventory_find(struct inventory *v, const struct inventory_ask *ask,
    struct inventory_call **ret, struct err *err)
{
	struct inventory_key key = { .name = "" };
	struct inventory_query *q;
	struct inventory_call *c;
	struct found *f;
	const char *id = "";
	enum rc rc;

	if ((rc = resolve(v, ask, &key, &id, err)) != RC_OK)
		return rc;
	if (v->n_calls >= INVENTORY_CALLS)
		return err_set(
		    err, RC_RETRY, "too many targets are being looked for just now");
	if (target_kind(span_of(id)) == TARGET_CONTAINER)
		return answer_container(v, ask, &key, id, ret, err);
	if ((f = known(v, &key)) != NULL)
		return answer_soon(v, ask, f, ret, err);
	if ((c = new_call(v, ask)) == NULL)
		return err_memory(err);
	if ((q = under_way(v, &key)) == NULL &&
	    (rc = begin(v, ask, &key, id, &q, err)) != RC_OK) {
		free_call(c);
		return rc;
	}
	c->query = q;
	link_call(c, &q->calls);
	*ret = c;
	return RC_OK;
}

void
inventory_cancel(struct inventory_call *c)
{
	struct inventory_query *q;

	if (c == NULL)
		return;
	q = c->query;
	unlink_call(c);
	free_call(c);
	if (q != NULL && q->calls == NULL)
		inventory_query_free(q);
}

void
inventory_recheck(struct inventory *v)
{
	if (v == NULL)
		return;
	while (v->kept != NULL)
		drop_kept(v, &v->kept);
	v->generation++;
	v->said_denied = false;
}

enum rc
inventory_new(struct monitor *m, struct inventory **ret, struct err *err)
{
	struct inventory *v = calloc(1, sizeof *v);
	enum rc rc;

	if (v == NULL)
		return err_memory(err);
	v->m = m;
	if ((rc = http_new(m->loop, &v->http, err)) != RC_OK) {
		free(v);
		return rc;
	}
	*ret = v;
	return RC_OK;
}

void
inventory_free(struct inventory *v)
{
	if (v == NULL)
		return;
	while (v->queries != NULL) {
		while (v->queries->calls != NULL) {
			struct inventory_call *c = v->queries->calls;

			unlink_call(c);
			free_call(c);
		}
		inventory_query_free(v->queries);
	}
	while (v->ready != NULL)
		inventory_cancel(v->ready);
	while (v->kept != NULL)
		drop_kept(v, &v->kept);
	http_free(v->http);
	free(v);
}
