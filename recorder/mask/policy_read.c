/* Reads the mapping of a policy of masking.  A key has one reader; each refusal names the
 * place.  Nothing is guessed: what is not said is as by default. */
#include "recorder/mask/policy_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "recorder/mask/charclass.h"
#include "recorder/mask/pattern.h"

#define KEY_LEAST 3
#define RUN_MOST 4096

typedef enum rc read_fn(
    const struct yaml_node *n, struct mask_policy *p, struct err *err);

/* A copy that lives as long as the policy. */
static enum rc
keep(struct mask_policy *p, const struct yaml_node *n, struct span text, char **ret,
    struct err *err)
{
	char *room = arena_take(p->room, text.len + 1);

	if (room == NULL)
		return yaml_fail(n, err, "masking is longer than %d bytes as text",
		    MASK_POLICY_TEXT);
	if (text.len > 0)
		memcpy(room, text.p, text.len);
	*ret = room;
	return RC_OK;
}

static enum rc
want_list(const struct yaml_node *n, size_t most, struct err *err)
{
	enum rc rc;

	if ((rc = yaml_want(n, YAML_LIST, err)) != RC_OK)
		return rc;
	if (yaml_count(n) > most)
		return yaml_fail(n, err, "expected at most %zu entries, found %zu",
		    most, yaml_count(n));
	return RC_OK;
}

static enum rc
read_literal(
    const struct yaml_node *n, struct mask_policy *p, struct span *ret, struct err *err)
{
	const char *text;
	char *kept = NULL;
	enum rc rc;

	if ((rc = yaml_line_text(n, 3, MASK_LITERAL, &text, err)) != RC_OK ||
	    (rc = keep(p, n, yaml_span(n), &kept, err)) != RC_OK)
		return rc;
	*ret = span_make(kept, yaml_span(n).len);
	return RC_OK;
}

static enum rc
read_mode(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	size_t at = 0;
	enum rc rc = yaml_choice(n, policy_modes, &at, err);

	p->counts_only = at == 1;
	return rc;
}

static enum rc
read_style(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	size_t at = 0;
	enum rc rc = yaml_choice(n, policy_styles, &at, err);

	p->same_width = at == 1;
	return rc;
}

static enum rc
read_hold(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	static const uint64_t most[MASK_PACES] = { 1000, 5000 };
	enum rc rc;

	if ((rc = yaml_want_keys(n, policy_paces, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < MASK_PACES; i++) {
		const struct yaml_node *v = yaml_find(n, policy_paces[i]);
		uint64_t ms;

		if (v == NULL)
			continue;
		if ((rc = yaml_uint(v, 0, most[i], &ms, err)) != RC_OK)
			return rc;
		p->hold_ms[i] = (uint32_t)ms;
	}
	return RC_OK;
}

static enum rc
read_max_hold(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	uint64_t v = p->max_hold;
	enum rc rc = yaml_uint(n, 1024, 65536, &v, err);

	p->max_hold = (uint32_t)v;
	return rc;
}

static enum rc
read_reveal(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	uint64_t v = 0;
	enum rc rc = yaml_uint(n, 0, 8, &v, err);

	p->reveal = (unsigned)v;
	return rc;
}

/* Who writes [pii] means more, not less: to leave the secrets out is refused. */
static enum rc
read_policies(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	size_t at;
	enum rc rc;

	if ((rc = want_list(n, 3, err)) != RC_OK)
		return rc;
	p->on = 0;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if ((rc = yaml_choice(v, policy_names, &at, err)) != RC_OK)
			return rc;
		if (p->on & (1u << at))
			return yaml_fail(v, err, "%s stands twice", yaml_cstr(v));
		p->on |= 1u << at;
	}
	if (!(p->on & MASK_SECRETS))
		return yaml_fail(n, err, "secrets cannot be left out of the policies");
	return RC_OK;
}

/* One rule.
 */
static enum rc
read_id(const struct yaml_node *n, const struct mask_policy *p, struct mask_custom *c,
    struct err *err)
{
	if (!policy_id(yaml_span(n)))
		return yaml_expected(
		    n, err, "an id of 1 to %d of A-Z a-z 0-9 . _ -", MASK_RULE_ID - 1);
	if (mask_policy_bit(yaml_span(n)) != 0)
		return yaml_fail(n, err, "%s is a policy's name", yaml_cstr(n));
	if (mask_policy_knows(p, yaml_span(n)))
		return yaml_fail(n, err, "a rule %s is there already", yaml_cstr(n));
	span_copy(yaml_span(n), c->id, sizeof c->id);
	return RC_OK;
}

static enum rc
read_literals(const struct yaml_node *n, struct mask_policy *p, struct mask_custom *c,
    struct err *err)
{
	enum rc rc;

	if (yaml_kind(n) == YAML_TEXT) {
		c->n_literals = 1;
		return read_literal(n, p, &c->literals[0], err);
	}
	if ((rc = want_list(n, MASK_LITERALS, err)) != RC_OK)
		return rc;
	if (yaml_count(n) == 0)
		return yaml_fail(n, err, "a rule has one literal at least");
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = read_literal(v, p, &c->literals[c->n_literals++], err)) !=
		    RC_OK)
			return rc;
	return RC_OK;
}

static enum rc
read_run(const struct yaml_node *rule, struct mask_custom *c, struct err *err)
{
	const struct yaml_node *class_ = yaml_find(rule, "class");
	const struct yaml_node *least = yaml_find(rule, "min");
	const struct yaml_node *most = yaml_find(rule, "max");
	uint64_t min = 1, max;
	const char *wrong;
	enum rc rc;

	if (most == NULL)
		return yaml_fail(rule, err, "a run without an end: max is missing");
	if ((rc = yaml_want(class_, YAML_TEXT, err)) != RC_OK ||
	    (rc = yaml_uint(most, 1, RUN_MOST, &max, err)) != RC_OK)
		return rc;
	if (min > max)
		min = max;
	if (least != NULL && (rc = yaml_uint(least, 0, RUN_MOST, &min, err)) != RC_OK)
		return rc;
	if (min > max)
		return yaml_fail(least, err, "min is more than max");
	if ((wrong = charclass_read(yaml_span(class_), c->class_)) != NULL)
		return yaml_fail(class_, err, "%s", wrong);
	c->min = (uint32_t)min;
	c->max = (uint32_t)max;
	return RC_OK;
}

static enum rc
read_regex(const struct yaml_node *n, struct mask_policy *p, struct mask_custom *c,
    struct err *err)
{
	struct pattern *pattern = NULL;
	struct err why = { "" };
	const char *text;
	char *kept = NULL;
	enum rc rc;

	if ((rc = yaml_line_text(n, 1, PATTERN_LONGEST, &text, err)) != RC_OK)
		return rc;
	if ((rc = pattern_new(text, &pattern, &why)) == RC_REFUSE)
		return yaml_fail(n, err, "%s", why.text);
	if (rc != RC_OK)
		return err_set(err, rc, "%s", why.text);
	pattern_free(pattern);
	if ((rc = keep(p, n, yaml_span(n), &kept, err)) == RC_OK)
		c->regex = kept;
	return rc;
}

static enum rc
read_kind(const struct yaml_node *n, struct mask_policy *p, struct mask_custom *c,
    struct err *err)
{
	static const char *const run[] = { "class", "min", "max", NULL };
	const struct yaml_node *regex = yaml_find(n, "regex");

	for (size_t i = 0; regex != NULL && run[i] != NULL; i++)
		if (yaml_find(n, run[i]) != NULL)
			return yaml_fail(yaml_key(yaml_find(n, run[i])), err,
			    "a rule has a regex or %s, not both", run[i]);
	if (regex != NULL)
		return read_regex(regex, p, c, err);
	if (yaml_find(n, "class") == NULL)
		return yaml_fail(n, err, "a rule has a class or a regex");
	return read_run(n, c, err);
}

static enum rc
read_rest(const struct yaml_node *n, struct mask_custom *c, struct err *err)
{
	static const char *const on[] = { "asked", NULL };
	const struct yaml_node *v;
	size_t at = 0;
	enum rc rc;

	if ((v = yaml_find(n, "boundary")) != NULL &&
	    (rc = yaml_choice(v, policy_borders, &at, err)) != RC_OK)
		return rc;
	c->before = at & 1;
	c->after = at & 2;
	if ((v = yaml_find(n, "on")) == NULL)
		return RC_OK;
	c->asked = true;
	return yaml_choice(v, on, &at, err);
}

static enum rc
read_rule(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	static const char *const keys[] = { "id", "literal", "class", "min", "max",
		"regex", "boundary", "on", NULL };
	struct mask_custom *c;
	enum rc rc;

	if ((rc = yaml_want_keys(n, keys, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < 2; i++)
		if (yaml_find(n, keys[i]) == NULL)
			return yaml_fail(n, err, "a rule without %s", keys[i]);
	if ((c = arena_take(p->room, sizeof *c)) == NULL)
		return yaml_fail(n, err, "masking is longer than %d bytes as text",
		    MASK_POLICY_TEXT);
	if ((rc = read_id(yaml_find(n, "id"), p, c, err)) != RC_OK ||
	    (rc = read_literals(yaml_find(n, "literal"), p, c, err)) != RC_OK ||
	    (rc = read_kind(n, p, c, err)) != RC_OK ||
	    (rc = read_rest(n, c, err)) != RC_OK)
		return rc;
	p->customs[p->n_customs++] = c;
	return RC_OK;
}

static enum rc
read_rules(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	enum rc rc;

	if ((rc = want_list(n, MASK_CUSTOM, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = read_rule(v, p, err)) != RC_OK)
			return rc;
	return RC_OK;
}

/* Names of keys.
 */
static bool
key_text(struct span s)
{
	if (s.len < KEY_LEAST || s.len > MASK_LITERAL)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int c = s.p[i] | 0x20;

		if (!(c >= 'a' && c <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    s.p[i] != '_' && s.p[i] != '-')
			return false;
	}
	return true;
}

static enum rc
read_key(const struct yaml_node *n, struct mask_policy *p, struct policy_keys *to,
    struct err *err)
{
	char *name = NULL;
	enum rc rc;

	if (!key_text(yaml_span(n)))
		return yaml_expected(n, err, "a name of %d to %d of A-Z a-z 0-9 _ -",
		    KEY_LEAST, MASK_LITERAL);
	if ((rc = keep(p, n, yaml_span(n), &name, err)) != RC_OK)
		return rc;
	for (size_t l = 0; l < POLICY_LISTS; l++)
		for (size_t i = 0; i < p->keys[l].n; i++)
			if (strcasecmp(p->keys[l].at[i], name) == 0)
				return yaml_fail(n, err, "%s stands in %s already",
				    name, policy_lists[l]);
	to->at[to->n++] = name;
	return RC_OK;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum rc
read_keys(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	enum rc rc;

	if ((rc = yaml_want_keys(n, policy_lists, err)) != RC_OK)
		return rc;
	for (size_t l = 0; l < POLICY_LISTS; l++) {
		const struct yaml_node *list = yaml_find(n, policy_lists[l]), *v;

		if (list == NULL)
			continue;
		if ((rc = want_list(list, MASK_KEYS, err)) != RC_OK)
			return rc;
		for (v = yaml_first(list); v != NULL; v = yaml_next(v))
			if ((rc = read_key(v, p, &p->keys[l], err)) != RC_OK)
				return rc;
		qsort(p->keys[l].at, p->keys[l].n, sizeof p->keys[l].at[0], by_name);
	}
	return RC_OK;
}

static enum rc
read_allow(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	static const char *const keys[] = { "literal", NULL };
	enum rc rc;

	if ((rc = want_list(n, MASK_ALLOWED, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		const struct yaml_node *text = yaml_find(v, "literal");

		if ((rc = yaml_want_keys(v, keys, err)) != RC_OK)
			return rc;
		if (text == NULL)
			return yaml_fail(v, err, "an allowed text without literal");
		if ((rc = read_literal(text, p, &p->allowed[p->n_allowed++], err)) !=
		    RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
read_all(const struct yaml_node *n, struct mask_policy *p, struct err *err)
{
	static const char *const keys[] = { "mode", "hold_ms", "max_hold", "policies",
		"style", "reveal", "rules", "keys", "allow", NULL };
	static read_fn *const readers[] = { read_mode, read_hold, read_max_hold,
		read_policies, read_style, read_reveal, read_rules, read_keys,
		read_allow };
	struct buf text;
	enum rc rc;

	if ((rc = yaml_want_keys(n, keys, err)) != RC_OK)
		return rc;
	for (size_t i = 0; keys[i] != NULL; i++) {
		const struct yaml_node *v = yaml_find(n, keys[i]);

		if (v != NULL && (rc = readers[i](v, p, err)) != RC_OK)
			return rc;
	}
	/* What a session could not be told is refused here, not at its start. */
	buf_init(&text, MASK_POLICY_TEXT);
	if ((rc = mask_policy_text(p, &text, NULL)) == RC_REFUSE)
		yaml_fail(n, err, "masking is longer than %d bytes as text",
		    MASK_POLICY_TEXT);
	else if (rc != RC_OK)
		err_memory(err);
	buf_clear(&text);
	return rc;
}

enum rc
mask_policy_read(const struct yaml_node *n, struct mask_policy **ret, struct err *err)
{
	struct mask_policy *p = policy_new();
	enum rc rc;

	if (p == NULL)
		return err_memory(err);
	if (n != NULL && (rc = read_all(n, p, err)) != RC_OK) {
		mask_policy_free(p);
		return rc;
	}
	*ret = p;
	return RC_OK;
}
