/* Does one rule match all that another does?  Conditions are compared as they stand in
 * their files, so the answer is yes only where that is plain. */
#include <string.h>

#include "policies/glob.h"
#include "policies/lint_parts.h"
#include "policies/shape.h"

void
lint_read_keys(const struct yaml_node *map, struct lint_keys *ret)
{
	const struct {
		const char *key;
		const struct yaml_node **place;
	} rows[] = {
		{ "who", &ret->who },
		{ "where", &ret->where },
		{ "when", &ret->when },
		{ "command", &ret->subjects[LINT_COMMAND] },
		{ "aws", &ret->subjects[LINT_AWS] },
		{ "forward", &ret->subjects[LINT_FORWARD] },
		{ "ssm", &ret->subjects[LINT_SSM] },
		{ "script", &ret->subjects[LINT_SCRIPT] },
	};

	*ret = (struct lint_keys){ 0 };
	for (const struct yaml_node *v = yaml_first(map); v != NULL; v = yaml_next(v)) {
		const char *key = yaml_cstr(yaml_key(v));

		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			if (key[0] == rows[i].key[0] && strcmp(key, rows[i].key) == 0)
				*rows[i].place = v;
	}
}

/* One side of the question: a rule, or the exception of one. */
struct side {
	const struct lint_keys *keys;
	size_t n_shapes;
	struct shape *const *shapes;
	bool
	    part; /* it is about nothing that it does not say: not so for an exception */
};

static bool
same(const struct yaml_node *a, const struct yaml_node *b)
{
	const struct yaml_node *v, *w;

	if (a == NULL || b == NULL)
		return a == b;
	if (yaml_kind(a) != yaml_kind(b) || yaml_count(a) != yaml_count(b))
		return false;
	if (yaml_kind(a) == YAML_TEXT)
		return span_eq(yaml_span(a), yaml_span(b));
	w = yaml_first(b);
	for (v = yaml_first(a); v != NULL; v = yaml_next(v)) {
		const struct yaml_node *other = w;

		if (yaml_kind(a) == YAML_MAP)
			other = yaml_find(b, yaml_cstr(yaml_key(v)));
		if (other == NULL || !same(v, other))
			return false;
		w = yaml_next(w);
	}
	return true;
}

/* One text against one, a list of them, or {glob: …}. */
static bool
text_within(const struct yaml_node *text, const struct yaml_node *wide)
{
	const struct yaml_node *v;

	switch (yaml_kind(wide)) {
	case YAML_TEXT:
		return span_eq(yaml_span(text), yaml_span(wide));
	case YAML_MAP:
		v = yaml_find(wide, "glob");
		return v != NULL && yaml_count(wide) == 1 &&
		       yaml_kind(v) == YAML_TEXT &&
		       glob_matches(yaml_cstr(v), yaml_span(text));
	default:
		for (v = yaml_first(wide); v != NULL; v = yaml_next(v))
			if (yaml_kind(v) == YAML_TEXT &&
			    span_eq(yaml_span(text), yaml_span(v)))
				return true;
		return false;
	}
}

/* Values of which one has to hold. */
static bool
value_within(const struct yaml_node *narrow, const struct yaml_node *wide)
{
	const struct yaml_node *v;

	if (same(narrow, wide))
		return true;
	if (yaml_kind(narrow) == YAML_TEXT)
		return text_within(narrow, wide);
	if (yaml_kind(narrow) != YAML_LIST)
		return false;
	for (v = yaml_first(narrow); v != NULL; v = yaml_next(v))
		if (yaml_kind(v) != YAML_TEXT || !text_within(v, wide))
			return false;
	return yaml_count(narrow) > 0;
}

/* Keys of which all have to hold: narrow has each of wide's, and no wider. */
static bool
conditions_within(const struct yaml_node *narrow, const struct yaml_node *wide)
{
	static const char *const whole[] = { "all", "any", "not", "auth", "claim",
		"tag" };

	if (wide == NULL)
		return true;
	if (narrow == NULL || yaml_kind(narrow) != YAML_MAP ||
	    yaml_kind(wide) != YAML_MAP)
		return false;
	for (const struct yaml_node *v = yaml_first(wide); v != NULL;
	     v = yaml_next(v)) {
		const char *key = yaml_cstr(yaml_key(v));
		const struct yaml_node *mine = yaml_find(narrow, key);
		bool equal = false;

		for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
			equal |= strcmp(whole[i], key) == 0;
		if (mine == NULL || !(equal ? same(mine, v) : value_within(mine, v)))
			return false;
	}
	return true;
}

/* A shape that takes its programs with any words: it has a name, and nothing but that or
 * `any` beside. */
static bool
shape_open(const struct shape *s, const struct yaml_node *n)
{
	return shape_any_options(s) && shape_any_operands(s) &&
	       yaml_find(n, "verb") == NULL && yaml_find(n, "like") == NULL;
}

static bool
name_within(const char *name, const char *wide)
{
	size_t n = strlen(wide);

	if (n > 0 && wide[n - 1] == '*')
		return strncmp(name, wide, n - 1) == 0;
	return strcmp(name, wide) == 0;
}

static bool
names_within(const struct shape *narrow, const struct shape *wide)
{
	const char *const *a, *const *b;
	bool globs;
	size_t n = shape_names(narrow, &a, &globs), m = shape_names(wide, &b, &globs);

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < m && !name_within(a[i], b[k]))
			k++;
		if (k == m)
			return false;
	}
	return n > 0;
}

/* Shape i of a `command`. */
static const struct yaml_node *
shape_node(const struct side *s, size_t i)
{
	const struct yaml_node *command = s->keys->subjects[LINT_COMMAND];
	const struct yaml_node *any = yaml_find(command, "any");
	const struct yaml_node *v;

	if (any == NULL)
		return command;
	for (v = yaml_first(any); v != NULL && i > 0; v = yaml_next(v))
		i--;
	return v;
}

static bool
shape_within(const struct side *narrow, size_t i, const struct side *wide)
{
	for (size_t k = 0; k < wide->n_shapes; k++) {
		const struct yaml_node *w;

		if (!names_within(narrow->shapes[i], wide->shapes[k]))
			continue;
		w = shape_node(wide, k);
		if (shape_open(wide->shapes[k], w) || same(shape_node(narrow, i), w))
			return true;
	}
	return false;
}

static bool
commands_within(const struct side *narrow, const struct side *wide)
{
	for (size_t i = 0; i < narrow->n_shapes; i++)
		if (!shape_within(narrow, i, wide))
			return false;
	return narrow->n_shapes > 0;
}

/* A pattern of operations: what wide stands for holds all that the other does. */
static bool
operation_within(const struct yaml_node *narrow, const struct yaml_node *list)
{
	for (const struct yaml_node *w = yaml_first(list); w != NULL;
	     w = yaml_next(w)) {
		if (span_eq(yaml_span(narrow), yaml_span(w)))
			return true;
		/* Its ? would take a * of the other for one letter. */
		if (strchr(yaml_cstr(w), '?') == NULL &&
		    glob_matches(yaml_cstr(w), yaml_span(narrow)))
			return true;
	}
	return false;
}

static bool
aws_within(const struct yaml_node *narrow, const struct yaml_node *wide)
{
	static const char *const others[] = { "resources", "parameters", "options",
		"required" };
	const struct yaml_node *a = yaml_find(narrow, "operations");
	const struct yaml_node *b = yaml_find(wide, "operations");

	if (a == NULL || b == NULL || yaml_count(a) == 0)
		return false;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		const struct yaml_node *v = yaml_find(wide, others[i]);

		if (v != NULL && !same(v, yaml_find(narrow, others[i])))
			return false;
	}
	for (const struct yaml_node *v = yaml_first(a); v != NULL; v = yaml_next(v))
		if (!operation_within(v, b))
			return false;
	return true;
}

static bool
subject_within(const struct side *narrow, const struct side *wide, size_t i)
{
	const struct yaml_node *a = narrow->keys->subjects[i];
	const struct yaml_node *b = wide->keys->subjects[i];

	if (a == NULL)
		return true;
	if (b == NULL)
		return false;
	if (i == LINT_AWS)
		return aws_within(a, b);
	if (i == LINT_COMMAND && narrow->n_shapes > 0)
		return commands_within(narrow, wide);
	return same(a, b);
}

/* What they are about.  An exception that says nothing of it is about all of it; one that
 * names two kinds is about nothing. */
static bool
subjects_within(const struct side *narrow, const struct side *wide)
{
	unsigned n = 0;

	for (size_t i = 0; i < LINT_SUBJECTS; i++)
		n += wide->keys->subjects[i] != NULL;
	if (!wide->part && n != 1)
		return n == 0;
	for (size_t i = 0; i < LINT_SUBJECTS; i++)
		if (!subject_within(narrow, wide, i))
			return false;
	return true;
}

static bool
side_within(const struct side *narrow, const struct side *wide)
{
	const struct lint_keys *a = narrow->keys, *b = wide->keys;

	return subjects_within(narrow, wide) && conditions_within(a->who, b->who) &&
	       conditions_within(a->where, b->where) &&
	       (b->when == NULL || same(b->when, a->when));
}

/* False when the programs of the first shape are no other's. */
static bool
first_named(const struct side *narrow, const struct side *wide)
{
	if (narrow->n_shapes == 0)
		return true;
	for (size_t i = 0; i < wide->n_shapes; i++)
		if (names_within(narrow->shapes[0], wide->shapes[i]))
			return true;
	return false;
}

static struct side
side_of(const struct lint_rule *r)
{
	return (struct side){ &r->keys, r->rule->n_shapes, r->rule->shapes, true };
}

bool
lint_covers(const struct lint_rule *wide, const struct lint_rule *narrow)
{
	const struct side a = side_of(narrow), b = side_of(wide);

	/* A runbook's is about its own words, which no other rule tells of. */
	if (narrow->rule->runbook != NULL || wide->rule->runbook != NULL)
		return false;
	if ((narrow->rule->paths & ~wide->rule->paths) != 0 ||
	    wide->rule->unless != NULL)
		return false;
	/* There are many pairs; most are told apart by this. */
	if (!first_named(&a, &b))
		return false;
	/* Names of sets and shapes mean other things in another file. */
	if (wide->policy != narrow->policy &&
	    (wide->rule->where != NULL || wide->keys.when != NULL))
		return false;
	return side_within(&a, &b);
}

bool
lint_swallowed(const struct lint_rule *r)
{
	const struct unless *u = r->rule->unless;
	struct side a = side_of(r), b;
	struct lint_keys keys;

	if (u == NULL)
		return false;
	lint_read_keys(yaml_find(r->map, "unless"), &keys);
	b = (struct side){ &keys, u->n_shapes, u->shapes, false };
	return side_within(&a, &b);
}
