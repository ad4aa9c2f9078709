/* Reading command shapes; see shape.h.  How they judge is in shape_fit.c. */
#include "policies/shape.h"

#include <stdlib.h>
#include <string.h>

#include "lib/model/name.h"
#include "policies/shape_parts.h"
#include "policies/vocab.h"

#define PROGRAM 128 /* bytes of a program's name */
#define SHAPES 256  /* under `shapes` */
#define LIKES 8	    /* shapes that take over one another */
#define OPERANDS 256
#define VERBS 128

/* A mapping, and those that it takes over, in order. */
struct source {
	size_t n;
	const struct yaml_node *nodes[LIKES + 1];
};

static const struct vocab shape_keys[] = {
	{ "name", VOCAB_MAY },
	{ "verb", VOCAB_MAY },
	{ "options", VOCAB_MAY },
	{ "operands", VOCAB_MAY },
	{ "stdin", VOCAB_MAY },
	{ "glob", VOCAB_MAY },
	{ "profile", VOCAB_MAY },
	{ "like", VOCAB_MAY },
	{ NULL, VOCAB_MAY },
};

static enum rc
follow(const struct yaml_node *n, const struct yaml_node *shapes, struct source *src,
    struct err *err)
{
	const struct yaml_node *like;
	enum rc rc;

	if ((rc = vocab_check(n, shape_keys, err)) != RC_OK)
		return rc;
	src->nodes[src->n++] = n;
	while ((like = yaml_find(n, "like")) != NULL) {
		n = shapes == NULL ? NULL : yaml_find(shapes, yaml_cstr(like));
		if (yaml_kind(like) != YAML_TEXT || n == NULL)
			return yaml_expected(like, err, "the name of a shape");
		if (src->n > LIKES)
			return yaml_fail(like, err,
			    "more than %d shapes that take over one another", LIKES);
		if ((rc = vocab_check(n, shape_keys, err)) != RC_OK)
			return rc;
		src->nodes[src->n++] = n;
	}
	return RC_OK;
}

/* The first that says it. */
static const struct yaml_node *
find(const struct source *src, const char *key)
{
	for (size_t i = 0; i < src->n; i++) {
		const struct yaml_node *v = yaml_find(src->nodes[i], key);

		if (v != NULL)
			return v;
	}
	return NULL;
}

/* A word like `none`, in text. */
static bool
says(const struct yaml_node *n, const char *word)
{
	return yaml_kind(n) == YAML_TEXT && strcmp(yaml_cstr(n), word) == 0;
}

static enum rc
read_name(const struct yaml_node *n, void *arg, struct err *err)
{
	struct shape *s = arg;
	const char *name, *star;
	enum rc rc;

	if ((rc = yaml_line_text(n, 1, PROGRAM, &name, err)) != RC_OK)
		return rc;
	for (const char *p = name; *p != '\0'; p++)
		if (*p <= ' ' || (unsigned char)*p >= 0x7f || *p == '/')
			return yaml_expected(
			    n, err, "the name of a program, without a path");
	if (strpbrk(name, "?\\") != NULL)
		return yaml_expected(n, err, "the name of a program");
	if ((star = strchr(name, '*')) != NULL) {
		if (star[1] != '\0')
			return yaml_fail(
			    n, err, "* stands only at the end of a program's name");
		if (s->effect != EFFECT_DENY)
			return yaml_fail(
			    n, err, "* stands only in the names of deny rules");
		s->globs = true;
	}
	s->names[s->n_names++] = name;
	return RC_OK;
}

static enum rc
read_names(const struct yaml_node *n, struct shape *s, struct err *err)
{
	size_t count = yaml_kind(n) == YAML_TEXT ? 1 : yaml_count(n);

	if (count > SHAPE_NAMES)
		return yaml_fail(n, err, "more than %d names", SHAPE_NAMES);
	if ((s->names = calloc(count + 1, sizeof s->names[0])) == NULL)
		return err_memory(err);
	return vocab_each(n, read_name, s, err);
}

static enum rc
read_verb(const struct yaml_node *n, void *arg, struct err *err)
{
	const char *text;

	(void)arg;
	return yaml_line_text(n, 1, VERBS, &text, err);
}

static enum rc
read_verbs(const struct source *src, struct shape *s, struct err *err)
{
	s->verbs = find(src, "verb");
	return s->verbs == NULL ? RC_OK : vocab_each(s->verbs, read_verb, NULL, err);
}

/* Mappings add up; any and none stand for themselves, the first that is there. */
static enum rc
read_options(const struct source *src, const struct yaml_node *sets, struct shape *s,
    bool *any, struct err *err)
{
	const struct yaml_node *maps[LIKES + 1];
	size_t n = 0;

	*any = find(src, "options") == NULL && s->effect == EFFECT_DENY;
	for (size_t i = 0; i < src->n; i++) {
		const struct yaml_node *v = yaml_find(src->nodes[i], "options");

		if (v == NULL)
			continue;
		if (yaml_kind(v) == YAML_MAP) {
			maps[n++] = v;
			continue;
		}
		if (!says(v, "any") && !says(v, "none"))
			return yaml_expected(v, err, "any, none or a mapping");
		if (n == 0) {
			*any = says(v, "any");
			break;
		}
	}
	return *any ? RC_OK : optlist_read(maps, n, sets, &s->options, err);
}

static enum rc
read_bounds(const struct yaml_node *n, struct shape_operands *o, struct err *err)
{
	const struct yaml_node *v;
	enum rc rc;

	if ((v = yaml_find(n, "min")) != NULL) {
		if ((rc = yaml_uint(v, 0, OPERANDS, &o->min, err)) != RC_OK)
			return rc;
		o->has_min = true;
	}
	if ((v = yaml_find(n, "max")) != NULL) {
		if ((rc = yaml_uint(v, o->min, OPERANDS, &o->max, err)) != RC_OK)
			return rc;
		o->has_max = true;
	}
	return RC_OK;
}

static enum rc
read_listed(const struct yaml_node *n, const struct yaml_node *sets,
    struct shape_operands *o, struct err *err)
{
	static const struct vocab keys[] = {
		{ "min", VOCAB_MAY },
		{ "max", VOCAB_MAY },
		{ "first", VOCAB_MAY },
		{ "each", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	enum rc rc;

	if (says(n, "none") || says(n, "any")) {
		o->kind = says(n, "any") ? SHAPE_OPERANDS_ANY : SHAPE_OPERANDS_NONE;
		return RC_OK;
	}
	if (yaml_kind(n) != YAML_MAP)
		return yaml_expected(n, err, "none, any or a mapping");
	o->kind = SHAPE_OPERANDS_LISTED;
	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 4, err)) != RC_OK ||
	    (rc = read_bounds(n, o, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "first")) != NULL &&
	    (rc = matcher_read_word(v, sets, &o->first, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "each")) != NULL)
		return matcher_read_word(v, sets, &o->each, err);
	/* Nothing is said of those behind the first: there are none. */
	if (o->first != NULL && !o->has_max) {
		o->has_max = true;
		o->max = 1;
	}
	return RC_OK;
}

enum rc
shape_operands_read(const struct yaml_node *n, const struct yaml_node *sets,
    struct shape_operands **ret, struct err *err)
{
	struct shape_operands *o = calloc(1, sizeof *o);
	enum rc rc;

	if (o == NULL)
		return err_memory(err);
	if ((rc = read_listed(n, sets, o, err)) != RC_OK) {
		shape_operands_free(o);
		return rc;
	}
	*ret = o;
	return RC_OK;
}

void
shape_operands_free(struct shape_operands *o)
{
	if (o == NULL)
		return;
	matcher_free(o->first);
	matcher_free(o->each);
	free(o);
}

static enum rc
read_operands(const struct source *src, const struct yaml_node *sets, struct shape *s,
    struct err *err)
{
	const struct yaml_node *v = find(src, "operands");

	if (v != NULL)
		return shape_operands_read(v, sets, &s->operands, err);
	if ((s->operands = calloc(1, sizeof *s->operands)) == NULL)
		return err_memory(err);
	if (s->effect == EFFECT_DENY && s->profile == NULL)
		s->operands->kind = SHAPE_OPERANDS_ANY;
	return RC_OK;
}

static enum rc
read_words(const struct source *src, struct shape *s, struct err *err)
{
	static const char *const inputs[] = { "never", "pipe", "any", NULL };
	static const char *const globs[] = { "never", "absolute", "any", NULL };
	const struct yaml_node *v;
	size_t at;
	enum rc rc;

	if (s->effect == EFFECT_DENY) {
		s->input = SHAPE_STDIN_ANY;
		s->glob = SHAPE_GLOB_ANY;
	}
	if ((v = find(src, "stdin")) != NULL) {
		if ((rc = yaml_choice(v, inputs, &at, err)) != RC_OK)
			return rc;
		s->input = (enum shape_stdin)at;
		s->has_stdin = true;
	}
	if ((v = find(src, "glob")) != NULL) {
		if ((rc = yaml_choice(v, globs, &at, err)) != RC_OK)
			return rc;
		s->glob = (enum shape_globs)(at + SHAPE_GLOB_NEVER);
	}
	return RC_OK;
}

static bool
profile_reads(const struct shape_profile *p, const char *name)
{
	for (size_t i = 0; p->names[i] != NULL; i++)
		if (strcmp(p->names[i], name) == 0)
			return true;
	return false;
}

static enum rc
check_profile(const struct source *src, const struct yaml_node *n, struct shape *s,
    struct err *err)
{
	static const char *const others[] = { "verb", "options", "glob" };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		const struct yaml_node *v = find(src, others[i]);

		if (v != NULL)
			return yaml_fail(yaml_key(v), err,
			    "%s and profile stand in one shape", others[i]);
	}
	for (size_t i = 0; i < s->n_names; i++)
		if (!profile_reads(s->profile, s->names[i]))
			return yaml_fail(n, err, "%s is not a profile of %s",
			    s->profile->profile, s->names[i]);
	return RC_OK;
}

static enum rc
read_profile(const struct source *src, struct shape *s, struct err *err)
{
	const struct yaml_node *n = find(src, "profile");

	if (n == NULL)
		return RC_OK;
	if (yaml_kind(n) == YAML_TEXT)
		s->profile = shape_profile_find(yaml_cstr(n));
	if (s->profile == NULL)
		return yaml_expected(n, err, "the name of a profile");
	return check_profile(src, n, s, err);
}

/* A profile takes of `operands` only where files may be. */
static enum rc
check_files(const struct source *src, const struct shape *s, struct err *err)
{
	const struct shape_operands *o = s->operands;

	if (s->profile == NULL || (o->first == NULL && !o->has_min && !o->has_max))
		return RC_OK;
	return yaml_fail(
	    find(src, "operands"), err, "operands beside a profile say only each");
}

static enum rc
make_programs(struct shape *s, struct err *err)
{
	enum rc rc;

	if ((s->programs = calloc(s->n_names + 1, sizeof s->programs[0])) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < s->n_names; i++) {
		struct shape_program *p = &s->programs[i];
		const char *name = s->names[i];

		p->glob = strchr(name, '*') != NULL;
		p->len = strlen(name) - p->glob;
		p->harmless = optfacts_harmless(name);
		p->traits = opttraits_find(name);
		if (s->profile == NULL &&
		    (rc = optread_new(s->options, name, &p->table, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
read_shape(const struct source *src, const struct yaml_node *sets, bool named,
    struct shape *s, struct err *err)
{
	const struct yaml_node *name = find(src, "name");
	bool any;
	enum rc rc;

	if (name == NULL && named)
		return yaml_fail(src->nodes[0], err, "the key name is missing");
	if (name != NULL && (rc = read_names(name, s, err)) != RC_OK)
		return rc;
	if ((rc = read_profile(src, s, err)) != RC_OK ||
	    (rc = read_verbs(src, s, err)) != RC_OK ||
	    (rc = read_operands(src, sets, s, err)) != RC_OK ||
	    (rc = check_files(src, s, err)) != RC_OK ||
	    (rc = read_words(src, s, err)) != RC_OK)
		return rc;
	if (s->profile == NULL && (rc = read_options(src, sets, s, &any, err)) != RC_OK)
		return rc;
	return make_programs(s, err);
}

static size_t
weigh(const struct shape *s)
{
	size_t most = optlist_weight(s->options);
	size_t first = matcher_weight(s->operands->first);
	size_t each = matcher_weight(s->operands->each);

	most = first > most ? first : most;
	return each > most ? each : most;
}

static enum rc
new_shape(const struct source *src, const struct yaml_node *sets, enum effect effect,
    bool named, struct shape **ret, struct err *err)
{
	struct shape *s = calloc(1, sizeof *s);
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	s->effect = effect;
	if ((rc = read_shape(src, sets, named, s, err)) != RC_OK) {
		shape_free(s);
		return rc;
	}
	s->weight = weigh(s);
	*ret = s;
	return RC_OK;
}

enum rc
shape_read(const struct yaml_node *n, const struct yaml_node *sets,
    const struct yaml_node *shapes, enum effect effect, struct shape **ret,
    struct err *err)
{
	struct source src = { 0 };
	enum rc rc;

	if ((rc = follow(n, shapes, &src, err)) != RC_OK)
		return rc;
	return new_shape(&src, sets, effect, true, ret, err);
}

void
shape_free(struct shape *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; s->programs != NULL && i < s->n_names; i++)
		optread_free(s->programs[i].table);
	free(s->programs);
	free(s->names);
	optlist_free(s->options);
	shape_operands_free(s->operands);
	free(s);
}

enum rc
shape_check_all(
    const struct yaml_node *n, const struct yaml_node *sets, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 0, SHAPES, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		struct source src = { 0 };
		struct shape *s = NULL;

		if (!name_plain(yaml_span(yaml_key(v))))
			return yaml_expected(yaml_key(v), err,
			    "a name of 1 to %d of A-Z a-z 0-9 . _ -", NAME_MOST);
		if ((rc = follow(v, n, &src, err)) != RC_OK ||
		    (rc = new_shape(&src, sets, EFFECT_DENY, false, &s, err)) != RC_OK)
			return rc;
		shape_free(s);
	}
	return RC_OK;
}

size_t
shape_names(const struct shape *s, const char *const **names, bool *globs)
{
	*names = s->names;
	*globs = s->globs;
	return s->n_names;
}

size_t
shape_steps(const struct shape *s, const struct shape_subject *c)
{
	size_t bytes = 0;

	for (size_t i = 0; s->weight > 0 && i < c->n; i++)
		bytes += c->words[i].len;
	return 1 + c->n + bytes * s->weight / MATCHER_STEP;
}

bool
shape_any_options(const struct shape *s)
{
	return s->options == NULL && s->profile == NULL;
}

bool
shape_any_operands(const struct shape *s)
{
	return s->operands->kind == SHAPE_OPERANDS_ANY;
}

bool
shape_lists_options(const struct shape *s)
{
	return s->options != NULL && optlist_lists(s->options);
}

bool
shape_option_open(const struct shape *s, char letter, const char *name)
{
	return s->options != NULL && optlist_open(s->options, letter, name);
}

bool
shape_operand_open(const struct shape *s, bool first)
{
	const struct shape_operands *o = s->operands;

	if (o->kind != SHAPE_OPERANDS_LISTED)
		return o->kind == SHAPE_OPERANDS_ANY;
	if (o->first != NULL && (first || o->each == NULL))
		return matcher_open(o->first);
	return matcher_open(o->each);
}

const char *
shape_profile(const struct shape *s)
{
	return s->profile == NULL ? NULL : s->profile->profile;
}

/* One program of a shape, for whoever lists what can be typed. */
struct typed {
	const char *name;
	void (*each)(void *arg, const char *name, const char *word);
	void *arg;
};

static void
give_option(void *arg, const char *option)
{
	const struct typed *t = arg;

	t->each(t->arg, t->name, option);
}

static enum rc
give_verb(const struct yaml_node *n, void *arg, struct err *err)
{
	(void)err;
	give_option(arg, yaml_cstr(n));
	return RC_OK;
}

void
shape_hints(const struct shape *s,
    void (*each)(void *arg, const char *name, const char *word), void *arg)
{
	struct err err = { "" };

	for (size_t i = 0; i < s->n_names; i++) {
		struct typed t = { s->names[i], each, arg };

		give_option(&t, "");
		if (s->verbs != NULL)
			(void)vocab_each(s->verbs, give_verb, &t, &err);
		if (s->options != NULL)
			optlist_each(s->options, give_option, &t);
	}
}
