/* Judging a command by a shape; see shape.h.  One walk over the words.  Each finding
 * takes bits of the answer away: what is certainly outside takes both, what may be
 * inside leaves FIT_MAYBE.  The first finding is kept for people. */
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "policies/shape.h"
#include "policies/shape_parts.h"
#include "policies/wrapper.h"

#define SHOWN 48 /* bytes of somebody's word in a message */

struct judge {
	const struct shape *s;
	const struct shape_subject *c;
	const struct shape_program *program;
	unsigned fit;
	char *why;    /* SHAPE_WHY bytes, or NULL */
	bool script;  /* an option brought what the first operand is otherwise */
	bool guess;   /* one that nobody knows was there: it may have brought that */
	bool deep;    /* without a file, the current folder is read */
	bool unclear; /* of a word before here nobody knows whether it is a value */
	bool ended;   /* -- was there */
	bool verb;    /* the verb was there */
	const struct shell_word *first; /* kept until all options are known */
	size_t n;			/* operands, the verb not counted */
	size_t files;			/* of these, judged by each */
	bool each_sure, each_may;	/* all of them fit; some may */
	bool many;			/* one of them may become more */
	uint64_t *seen; /* OPTREAD_IDS bits, where each may stand once only */
};

const struct shape_program *
shape_program(const struct shape *s, const struct shell_word *name, bool wide)
{
	const char *p = wide ? wrapper_base(name->text) : wrapper_bare(name->text);
	size_t n = p == NULL ? 0 : strlen(p);

	if (n == 0 || shell_word_glob(name))
		return NULL;
	for (size_t i = 0; i < s->n_names; i++) {
		const struct shape_program *q = &s->programs[i];

		if ((q->glob ? n >= q->len : n == q->len) &&
		    memcmp(s->names[i], p, q->len) == 0)
			return q;
	}
	return NULL;
}

/* Somebody's bytes, printable and cut. */
static const char *
show(struct span s, char out[SHOWN + 4])
{
	struct buf b;

	buf_init(&b, 4 * SHAPE_WHY);
	text_escape(&b, span_make(s.p, s.len < SHOWN ? s.len : SHOWN));
	snprintf(out, SHOWN + 4, "%.*s%s", SHOWN, buf_cstr(&b),
	    s.len > SHOWN || b.len > SHOWN ? "..." : "");
	buf_clear(&b);
	return out;
}

static struct span
word_span(const struct shell_word *w)
{
	return span_make(w->text, w->len);
}

__attribute__((format(printf, 3, 4))) static void
find(struct judge *j, unsigned left, const char *fmt, ...)
{
	va_list ap;

	j->fit &= left;
	if (j->why == NULL || j->why[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(j->why, SHAPE_WHY, fmt, ap);
	va_end(ap);
}

/* A finding about a word, with what the rule says of it. */
static void
find_word(struct judge *j, unsigned left, const char *what, struct span word,
    const struct matcher *m)
{
	char shown[SHOWN + 4];
	struct buf b;

	j->fit &= left;
	if (j->why == NULL || j->why[0] != '\0')
		return;
	buf_init(&b, 8 * SHAPE_WHY);
	if (m != NULL) {
		buf_text(&b, " (");
		matcher_say(m, &b);
		buf_text(&b, ")");
	}
	snprintf(j->why, SHAPE_WHY, "%s %s%s", what, show(word, shown), buf_cstr(&b));
	buf_clear(&b);
}

static void
find_unlisted(struct judge *j, const struct optread_item *it)
{
	char shown[SHOWN + 4];
	struct buf b;

	j->fit = FIT_NO;
	if (j->why == NULL || j->why[0] != '\0')
		return;
	buf_init(&b, 64 * 1024);
	optlist_say(j->s->options, &b);
	snprintf(j->why, SHAPE_WHY, "option %s%s is not listed (options: %s)",
	    it->letter != '\0' ? "-" : "", show(it->shown, shown), buf_cstr(&b));
	buf_clear(&b);
}

static void
find_option(
    struct judge *j, unsigned left, const char *what, const struct optread_item *it)
{
	char shown[SHOWN + 4];

	j->fit &= left;
	if (j->why != NULL && j->why[0] == '\0')
		snprintf(j->why, SHAPE_WHY, "%s %s%s", what,
		    it->letter != '\0' && !it->number ? "-" : "",
		    show(it->shown, shown));
}

/* What an option's value comes to. */
static void
judge_value(struct judge *j, const struct optread_item *it)
{
	const struct shell_word joined = { .base = it->word->base,
		.text = (const char *)it->value.p,
		.len = it->value.len };
	unsigned fit;

	if (it->matcher == NULL)
		return;
	fit = matcher_fit_word(it->matcher, it->apart != NULL ? it->apart : &joined);
	if (fit != FIT_BOTH)
		find_word(j, fit, "the rule does not take the option's value",
		    it->value, it->matcher);
}

static void
judge_option(struct judge *j, const struct optread_item *it)
{
	const struct opttraits *t = j->program->traits;
	uint64_t bit = (uint64_t)1 << it->id % 64;

	j->script |= it->script;
	j->deep |= it->deep;
	if (optread_any(j->program->table)) {
		j->unclear |= !it->known;
		j->guess |= t != NULL && (it->letter == '\0' || !it->known);
		return;
	}
	if (j->seen != NULL) {
		if (j->seen[it->id / 64] & bit)
			find_option(j, FIT_NO, "once only:", it);
		j->seen[it->id / 64] |= bit;
	}
	if (it->has_value)
		judge_value(j, it);
}

static bool
is_verb(const struct shape *s, const struct shell_word *w)
{
	const struct yaml_node *v = s->verbs;

	if (yaml_kind(v) == YAML_TEXT)
		return span_eq(yaml_span(v), word_span(w));
	for (v = yaml_first(v); v != NULL; v = yaml_next(v))
		if (span_eq(yaml_span(v), word_span(w)))
			return true;
	return false;
}

/* The first operand.  Behind an option that may have taken a word, any operand can be
 * it. */
static void
judge_verb(struct judge *j, const struct shell_word *w)
{
	if (shell_word_glob(w)) {
		j->verb = true;
		find_word(j, FIT_MAYBE, "a pattern as the verb:", word_span(w), NULL);
	} else if (is_verb(j->s, w)) {
		j->verb = true;
		if (j->unclear)
			find_word(j, FIT_MAYBE, "an option before it may take the verb",
			    word_span(w), NULL);
	} else if (!j->unclear) {
		j->verb = true;
		find_word(
		    j, FIT_NO, "the rule has another verb than", word_span(w), NULL);
	}
}

/* What a pattern for the target's shell does to the answer, before anything else. */
static void
judge_glob(struct judge *j, const struct shell_word *w)
{
	enum shape_globs glob = j->s->glob;
	bool absolute = w->text[0] == '/';

	if (glob == SHAPE_GLOB_USUAL)
		glob =
		    j->s->operands->kind == SHAPE_OPERANDS_ANY && j->program->harmless
			? SHAPE_GLOB_ANY
			: SHAPE_GLOB_ABSOLUTE;
	j->many = true;
	if (glob == SHAPE_GLOB_NEVER)
		find_word(j, FIT_MAYBE,
		    "no pattern of the shell is taken:", word_span(w), NULL);
	else if (glob == SHAPE_GLOB_ABSOLUTE && !absolute)
		find_word(
		    j, FIT_MAYBE, "a pattern has to begin with /:", word_span(w), NULL);
}

/* "-" is the input, for most programs. */
static bool
is_input(const struct judge *j, const struct shell_word *w)
{
	return j->c->fed && w->len == 1 && w->text[0] == '-' && !j->program->harmless;
}

static void
judge_each(struct judge *j, const struct shell_word *w)
{
	const struct matcher *each = j->s->operands->each;
	bool dash = w->len == 1 && w->text[0] == '-' && !j->program->harmless;
	unsigned fit = each == NULL || is_input(j, w) ? (unsigned)FIT_BOTH
						      : matcher_fit_word(each, w);

	j->files++;
	if (dash && !is_input(j, w) && j->s->effect != EFFECT_DENY)
		find(j, FIT_NO, "operand - is the input, and nothing is piped into it");
	if (!(fit & FIT_SURE)) {
		j->each_sure = false;
		find_word(j, FIT_BOTH, "the rule does not take the operand",
		    word_span(w), each);
	}
	j->each_may |= (fit & FIT_MAYBE) != 0;
}

static void
judge_operand(struct judge *j, const struct shell_word *w)
{
	const struct shape_operands *o = j->s->operands;

	if (j->s->verbs != NULL && !j->verb) {
		judge_verb(j, w);
		return;
	}
	j->n++;
	if (o->kind == SHAPE_OPERANDS_NONE) {
		find_word(j, FIT_NO, "the rule takes no operand, such as", word_span(w),
		    NULL);
		return;
	}
	if (shell_word_glob(w))
		judge_glob(j, w);
	if (o->first != NULL && j->n == 1)
		j->first = w;
	else
		judge_each(j, w);
}

static void
judge_first(struct judge *j)
{
	const struct matcher *m = j->s->operands->first;
	unsigned fit;

	if (j->first == NULL)
		return;
	if (j->script) {
		judge_each(j, j->first);
		return;
	}
	if (j->guess)
		judge_each(j, j->first);
	fit = matcher_fit_word(m, j->first);
	if (fit != FIT_BOTH)
		find_word(j, fit, "the rule does not take the first operand",
		    word_span(j->first), m);
	/* The names behind the first that it becomes would be other operands. */
	if (shell_word_glob(j->first))
		find_word(j, FIT_MAYBE,
		    "a pattern as the first operand:", word_span(j->first), NULL);
}

/* Words may follow that nobody has seen. */
static bool
unfinished(const struct judge *j)
{
	return !j->c->whole || j->c->open;
}

static void
judge_count(struct judge *j)
{
	const struct shape_operands *o = j->s->operands;

	if (o->has_max && j->n > o->max)
		find(j, FIT_NO, "more than %u operand%s", (unsigned)o->max,
		    o->max == 1 ? "" : "s");
	if (o->has_max && j->many)
		find(j, FIT_MAYBE, "a pattern may become more than %u operand%s",
		    (unsigned)o->max, o->max == 1 ? "" : "s");
	if (!unfinished(j) && o->has_min && j->n < o->min)
		find(j, FIT_NO, "less than %u operand%s", (unsigned)o->min,
		    o->min == 1 ? "" : "s");
	if (j->files > 0 && !j->each_sure)
		j->fit &= FIT_MAYBE;
	if (j->files > 0 && !j->each_may)
		j->fit = FIT_NO;
}

static void
judge_input(struct judge *j)
{
	const struct shape *s = j->s;
	bool looks =
	    s->operands->each != NULL && (j->deep || opttraits_deep(j->program->traits,
							 j->guess ? 'r' : '\0', NULL));

	if (j->c->fed && !j->c->empty && s->input == SHAPE_STDIN_NEVER)
		find(j, FIT_NO, "the rule takes no input through a pipe");
	if (unfinished(j) || j->files > 0 || s->effect == EFFECT_DENY)
		return;
	if (looks)
		find(j, FIT_NO,
		    "a file has to be named: the current folder is read "
		    "otherwise");
	if (!j->c->fed && s->input == SHAPE_STDIN_PIPE && !s->operands->has_min)
		find(j, FIT_NO, "a file has to be named, as no input comes by a pipe");
}

static void
judge_end(struct judge *j)
{
	const struct shape *s = j->s;

	if (s->verbs != NULL && !j->verb) {
		if (!unfinished(j))
			find(j, FIT_NO, "the rule's verb is missing");
		else
			j->fit &= FIT_MAYBE;
	}
	/* Words that come later can be options, unless -- was there. */
	if (j->c->open &&
	    (s->operands->kind != SHAPE_OPERANDS_ANY ||
		!(j->ended || j->program->harmless || s->options == NULL)))
		find(j, FIT_MAYBE, "words follow that are not known");
	if (!j->c->whole)
		j->fit &= FIT_MAYBE;
}

static void
judge_item(struct judge *j, const struct optread_item *it)
{
	switch (it->what) {
	case OPTREAD_OPERAND:
		judge_operand(j, it->word);
		break;
	case OPTREAD_OPTION:
		judge_option(j, it);
		break;
	case OPTREAD_UNKNOWN:
		find_unlisted(j, it);
		break;
	case OPTREAD_NO_VALUE:
		find_option(j, unfinished(j) ? FIT_MAYBE : FIT_NO,
		    "no value behind the option", it);
		break;
	case OPTREAD_VALUE:
		find_option(j, FIT_NO, "no value is taken by the option", it);
		break;
	case OPTREAD_GLOB:
		find_option(j, FIT_MAYBE, "a pattern of the shell in the option", it);
		break;
	case OPTREAD_ORDER:
		find_option(
		    j, FIT_NO, "the program reads no options behind its operands:", it);
		break;
	case OPTREAD_END:
		break;
	}
}

static void
judge_words(struct judge *j)
{
	struct optread_cursor c = { .words = j->c->words, .n = j->c->n, .at = 1 };
	uint64_t seen[OPTREAD_IDS / 64];
	struct optread_item it;

	if (j->s->options != NULL && optlist_once(j->s->options)) {
		memset(seen, 0, sizeof seen);
		j->seen = seen;
	}
	do {
		optread_next(j->program->table, &c, &it);
		judge_item(j, &it);
	} while (it.what != OPTREAD_END);
	j->ended = c.ended;
	j->seen = NULL;
	judge_first(j);
	judge_count(j);
	judge_input(j);
	judge_end(j);
}

/* Where files may be, for a profile. */
static bool
profile_path(const void *arg, const struct shell_word *w)
{
	const struct shape *s = arg;
	const struct matcher *each = s->operands->each;

	if (each != NULL)
		return (matcher_fit_word(each, w) & FIT_SURE) != 0;
	return !shell_word_glob(w) || w->text[0] == '/';
}

static void
judge_profile(struct judge *j)
{
	const struct shape *s = j->s;
	bool none = s->operands->kind == SHAPE_OPERANDS_NONE;
	char why[SHAPE_WHY] = "";

	if (s->has_stdin && j->c->fed && !j->c->empty && s->input == SHAPE_STDIN_NEVER)
		find(j, FIT_NO, "the rule takes no input through a pipe");
	if (!s->profile->fits(j->c, none ? NULL : profile_path, s, why))
		find(j, unfinished(j) ? FIT_MAYBE : FIT_NO, "%s", why);
	if (unfinished(j))
		find(j, FIT_MAYBE, "words follow that are not known");
}

static unsigned
judge(const struct shape *s, const struct shape_subject *c, bool wide, char *why)
{
	struct judge j = {
		.s = s, .c = c, .fit = FIT_BOTH, .why = why, .each_sure = true
	};

	if (c->n == 0 || (j.program = shape_program(s, &c->words[0], wide)) == NULL)
		return FIT_NO;
	if (s->profile != NULL)
		judge_profile(&j);
	else
		judge_words(&j);
	return j.fit;
}

unsigned
shape_fit(const struct shape *s, const struct shape_subject *c, bool wide)
{
	return judge(s, c, wide, NULL);
}

const char *
shape_why(const struct shape *s, const struct shape_subject *c, char out[SHAPE_WHY])
{
	out[0] = '\0';
	if (judge(s, c, false, out) & FIT_SURE)
		out[0] = '\0';
	return out;
}

unsigned
shape_operands_fit(
    const struct shape_operands *o, const struct shell_word *words, size_t n)
{
	unsigned fit = FIT_BOTH;

	if (o->kind == SHAPE_OPERANDS_NONE)
		return n == 0 ? FIT_BOTH : FIT_NO;
	if ((o->has_min && n < o->min) || (o->has_max && n > o->max))
		return FIT_NO;
	for (size_t i = 0; i < n; i++) {
		const struct matcher *m =
		    i == 0 && o->first != NULL ? o->first : o->each;

		if (m != NULL)
			fit &= matcher_fit_word(m, &words[i]);
		/* How many words a pattern becomes is not known. */
		if (shell_word_glob(&words[i]))
			fit &= FIT_MAYBE;
	}
	return fit;
}
