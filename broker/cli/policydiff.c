/* broker policy diff; see policydiff.h.  What is compared is what policies say: order of
 * files, rules and keys, quotes and comments are no difference. */
#include "broker/cli/policydiff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/policyload.h"
#include "broker/cli/policysay.h"
#include "lib/base/yaml.h"
#include "lib/model/status.h"
#include "policies/digest.h"
#include "policies/policy.h"

/* All policies of one side. */
struct side {
	size_t n;
	struct policy *policies[PACK_FILES];
};

struct diff {
	bool json;
	size_t added, removed, changed;
	struct err err;
	bool failed; /* out of memory */
};

static void
side_clear(struct side *s)
{
	for (size_t i = 0; i < s->n; i++)
		policy_free(s->policies[i]);
	s->n = 0;
}

static const struct policy *
side_find(const struct side *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->policies[i]->name, name) == 0)
			return s->policies[i];
	return NULL;
}

static enum rc
side_read(struct side *s, const char *path, struct err *err)
{
	struct policyload *l = NULL;
	enum rc rc = policyload_read(&path, 1, &l, err);
	struct policy *p;

	for (size_t i = 0; rc == RC_OK && i < policyload_count(l); i++) {
		const struct pack_text *t = policyload_at(l, i);

		if ((rc = policy_read(t->file, t->text, &p, err)) != RC_OK)
			break;
		if (side_find(s, p->name) != NULL) {
			rc = err_set(err, RC_REFUSE, "%s: a second policy named %s",
			    t->file, p->name);
			policy_free(p);
			break;
		}
		s->policies[s->n++] = p;
	}
	policyload_free(l);
	return rc;
}

/* ---- comparing ---- */

static bool
same(struct diff *d, const struct yaml_node *a, const struct yaml_node *b)
{
	uint8_t x[32], y[32];

	if (digest_trees(&a, 1, x, &d->err) != RC_OK ||
	    digest_trees(&b, 1, y, &d->err) != RC_OK) {
		d->failed = true;
		return true;
	}
	return memcmp(x, y, sizeof x) == 0;
}

static const char *
key_of(const struct yaml_node *v)
{
	return yaml_cstr(yaml_key(v));
}

/* A part that a file leaves out has no entries. */
static const struct yaml_node *
first(const struct yaml_node *n)
{
	return n == NULL ? NULL : yaml_first(n);
}

static const struct yaml_node *
find(const struct yaml_node *n, const char *key)
{
	return n == NULL ? NULL : yaml_find(n, key);
}

static const char *
effect_of(const struct yaml_node *rule)
{
	const struct yaml_node *v = find(rule, "effect");

	if (v == NULL && find(rule, "command") != NULL && find(rule, "name") != NULL)
		return "runbook";
	return v == NULL ? "" : yaml_cstr(v);
}

/* Rules have an id, runbooks a name; no two of a file the same. */
static const struct kind {
	const char *list, *key;
} kinds[] = { { "rules", "id" }, { "runbooks", "name" } };

static const char *
name_of(const struct yaml_node *rule)
{
	const struct yaml_node *id = find(rule, "id");

	return yaml_cstr(id != NULL ? id : yaml_find(rule, "name"));
}

/* The first of a list that a file may not have. */
static const struct yaml_node *
first_of(const struct policy *p, const struct kind *k)
{
	return first(yaml_find(yaml_root(p->doc), k->list));
}

/* Keys of a mapping that the other one has not. */
static json_t *
only_in(const struct yaml_node *a, const struct yaml_node *b)
{
	json_t *list = json_array();

	for (const struct yaml_node *v = first(a); v != NULL; v = yaml_next(v))
		if (find(b, key_of(v)) == NULL)
			json_array_append_new(list, json_string(key_of(v)));
	return list;
}

static json_t *
not_same(struct diff *d, const struct yaml_node *a, const struct yaml_node *b)
{
	json_t *list = json_array();

	for (const struct yaml_node *v = first(a); v != NULL; v = yaml_next(v)) {
		const struct yaml_node *other = find(b, key_of(v));

		if (other != NULL && !same(d, v, other))
			json_array_append_new(list, json_string(key_of(v)));
	}
	return list;
}

static const struct yaml_node *
find_rule(const struct policy *p, const struct kind *k, const char *name)
{
	const struct yaml_node *v;

	for (v = first_of(p, k); v != NULL; v = yaml_next(v))
		if (strcmp(name_of(v), name) == 0)
			return v;
	return NULL;
}

/* ---- telling ---- */

static void
put_keys(const json_t *list, const char *what)
{
	if (json_array_size(list) == 0)
		return;
	printf("; %s", what);
	for (size_t i = 0; i < json_array_size(list); i++)
		printf("%s %s", i == 0 ? "" : ",",
		    json_string_value(json_array_get(list, i)));
}

static void
say_whole(struct diff *d, bool added, const char *policy, const struct yaml_node *rule)
{
	char name[VERDICT_RULE];
	const char *effect = effect_of(rule);

	snprintf(name, sizeof name, "%s/%s", policy, name_of(rule));
	*(added ? &d->added : &d->removed) += 1;
	if (d->json)
		policysay_json_take(json_pack("{s:s, s:s, s:s}", "change",
		    added ? "added" : "removed", "rule", name, "effect", effect));
	else
		printf("%c %s (%s)\n", added ? '+' : '-', name, effect);
}

/* What of a mapping is different: name is a rule's, or a part's of the file. */
static void
say_parts(struct diff *d, const char *kind, const char *name, const struct yaml_node *a,
    const struct yaml_node *b)
{
	json_t *changed = not_same(d, a, b), *added = only_in(b, a),
	       *removed = only_in(a, b);
	const char *was = effect_of(a), *is = effect_of(b);
	bool turned = strcmp(kind, "rule") == 0 && strcmp(was, is) != 0;

	d->changed++;
	if (d->json) {
		policysay_json_take(json_pack("{s:s, s:s, s:{s:O, s:O, s:O}, s:o*}",
		    "change", "changed", kind, name, "keys", "changed", changed,
		    "added", added, "removed", removed, "effect",
		    turned ? json_pack("[s, s]", was, is) : NULL));
	} else {
		printf("~ %s", name);
		if (turned)
			printf(": %s -> %s", was, is);
		put_keys(changed, "changed");
		put_keys(added, "added");
		put_keys(removed, "removed");
		putchar('\n');
	}
	json_decref(changed);
	json_decref(added);
	json_decref(removed);
}

/* ---- policies ---- */

/* Sets, shapes and defaults: what a rule says hangs on them, too. */
static void
compare_parts(struct diff *d, const struct policy *a, const struct policy *b)
{
	static const char *const parts[] = { "defaults", "sets", "shapes" };
	char name[VERDICT_RULE + 16];

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const struct yaml_node *x = yaml_find(yaml_root(a->doc), parts[i]);
		const struct yaml_node *y = yaml_find(yaml_root(b->doc), parts[i]);

		if (x == y || (x != NULL && y != NULL && same(d, x, y)))
			continue;
		snprintf(name, sizeof name, "%s: %s", b->name, parts[i]);
		say_parts(d, "part", name, x, y);
	}
}

static void
compare_rules(struct diff *d, const struct kind *k, const struct policy *a,
    const struct policy *b)
{
	char name[VERDICT_RULE];
	const struct yaml_node *x, *y;

	for (y = first_of(b, k); y != NULL; y = yaml_next(y)) {
		x = a == NULL ? NULL : find_rule(a, k, name_of(y));
		if (x == NULL) {
			say_whole(d, true, b->name, y);
		} else if (!same(d, x, y)) {
			snprintf(name, sizeof name, "%s/%s", b->name, name_of(y));
			say_parts(d, "rule", name, x, y);
		}
	}
}

/* Rules of a that b has not; b may be NULL. */
static void
find_removed(struct diff *d, const struct policy *a, const struct policy *b)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		for (const struct yaml_node *x = first_of(a, &kinds[i]); x != NULL;
		     x = yaml_next(x))
			if (b == NULL || find_rule(b, &kinds[i], name_of(x)) == NULL)
				say_whole(d, false, a->name, x);
}

static void
compare(struct diff *d, const struct side *was, const struct side *is)
{
	for (size_t i = 0; i < was->n; i++)
		find_removed(
		    d, was->policies[i], side_find(is, was->policies[i]->name));
	for (size_t i = 0; i < is->n; i++) {
		const struct policy *b = is->policies[i];
		const struct policy *a = side_find(was, b->name);

		if (a != NULL)
			compare_parts(d, a, b);
		for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
			compare_rules(d, &kinds[k], a, b);
	}
}

static int
conclude(const struct diff *d)
{
	if (d->failed)
		return policysay_error(RC_FAIL, &d->err);
	if (d->json)
		policysay_json_take(json_pack("{s:I, s:I, s:I}", "added",
		    (json_int_t)d->added, "removed", (json_int_t)d->removed, "changed",
		    (json_int_t)d->changed));
	else
		printf("%zu added, %zu removed, %zu changed\n", d->added, d->removed,
		    d->changed);
	return d->added + d->removed + d->changed == 0 ? STATUS_OK
						       : POLICYDIFF_DIFFERENT;
}

int
policydiff(const struct policyopts *o)
{
	struct side was = { 0 }, is = { 0 };
	struct diff d = { .json = o->json };
	struct err err = { "" };
	int status;
	enum rc rc;

	if (o->argc != 2)
		return policysay_error(
		    err_set(&err, RC_REFUSE, "expected OLD and NEW"), &err);
	if ((rc = side_read(&was, o->argv[0], &err)) == RC_OK &&
	    (rc = side_read(&is, o->argv[1], &err)) == RC_OK) {
		compare(&d, &was, &is);
		status = conclude(&d);
	} else {
		status = policysay_error(rc, &err);
	}
	side_clear(&was);
	side_clear(&is);
	return status;
}
