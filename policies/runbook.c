/* Reading runbooks; see runbook.h. */
#include "policies/runbook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/canon.h"
#include "policies/rule_parts.h"
#include "policies/runbook_parts.h"
#include "policies/vocab.h"

#define HELP 256	  /* bytes */
#define PARAMETER_NAME 32 /* the same */
#define FIXED 3		  /* words without a parameter: the program and what it does */
#define EXAMPLES 100	  /* in one list */
#define PIECES WORDS_MOST * 4

static const struct vocab runbook_keys[] = {
	{ "name", VOCAB_MUST },
	{ "help", VOCAB_MAY },
	{ "parameters", VOCAB_MAY },
	{ "command", VOCAB_MUST },
	{ "who", VOCAB_MAY },
	{ "where", VOCAB_MAY },
	{ "when", VOCAB_MAY },
	{ "rate", VOCAB_MAY },
	{ "limits", VOCAB_MAY },
	{ "credential", VOCAB_MAY },
	{ "mask", VOCAB_MAY },
	{ "record", VOCAB_MAY },
	{ "reason", VOCAB_MAY },
	{ "approvers", VOCAB_MUST },
	{ "examples", VOCAB_MAY },
	{ NULL, VOCAB_MAY },
};

/* Of a list or mapping that may not be there. */
static const struct yaml_node *
first_of(const struct yaml_node *n)
{
	return n == NULL ? NULL : yaml_first(n);
}

/* ---- parameters ---- */

static bool
is_parameter_name(struct span s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	if (s.len == 0 || s.len > PARAMETER_NAME || s.p[0] < 'a' || s.p[0] > 'z')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || strchr(set, s.p[i]) == NULL)
			return false;
	return true;
}

static enum rc
read_parameters(const struct yaml_node *n, const struct rule_file *f,
    struct runbook *rb, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 1, RUNBOOK_PARAMETERS, err)) != RC_OK)
		return rc;
	if ((rb->parameters = calloc(yaml_count(n), sizeof rb->parameters[0])) == NULL)
		return err_memory(err);
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		struct parameter *p = &rb->parameters[rb->n_parameters++];

		p->name = yaml_cstr(yaml_key(v));
		if (!is_parameter_name(yaml_span(yaml_key(v))))
			return yaml_expected(yaml_key(v), err,
			    "the name of a parameter: 1 to %d of a-z 0-9 _ -, a letter "
			    "first",
			    PARAMETER_NAME);
		if ((rc = matcher_read_word(v, f->sets, &p->matcher, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static struct parameter *
find_parameter(struct runbook *rb, struct span name)
{
	for (size_t i = 0; i < rb->n_parameters; i++)
		if (span_is(name, rb->parameters[i].name))
			return &rb->parameters[i];
	return NULL;
}

/* ---- the template ---- */

/* While a word is taken apart. */
struct reading {
	struct runbook *rb;
	struct template_word *w;
	char *end; /* of the texts so far */
	struct err *err;
};

static enum rc
add_piece(struct reading *r, struct piece **ret)
{
	if (r->rb->n_pieces == PIECES)
		return yaml_fail(r->w->n, r->err, "more than %d parts", PIECES);
	*ret = &r->rb->pieces[r->rb->n_pieces++];
	**ret = (struct piece){ 0 };
	r->w->count++;
	return RC_OK;
}

static struct piece *
last_piece(struct reading *r)
{
	return r->w->count == 0 ? NULL : &r->rb->pieces[r->rb->n_pieces - 1];
}

static enum rc
add_byte(struct reading *r, char c)
{
	struct piece *p = last_piece(r);
	enum rc rc;

	if (p == NULL || p->text == NULL) {
		if ((rc = add_piece(r, &p)) != RC_OK)
			return rc;
		p->text = r->end;
	}
	*r->end++ = c;
	p->len++;
	return RC_OK;
}

static enum rc
add_parameter(struct reading *r, struct span name)
{
	struct piece *p = last_piece(r);
	struct parameter *parameter = find_parameter(r->rb, name);
	enum rc rc;

	if (parameter == NULL)
		return yaml_fail(r->w->n, r->err,
		    "{%.*s}: no parameter of that name; a brace itself is written "
		    "twice",
		    name.len > PARAMETER_NAME ? PARAMETER_NAME : (int)name.len,
		    (const char *)name.p);
	/* Nobody could tell where the one ends. */
	if (p != NULL && p->text == NULL)
		return yaml_fail(r->w->n, r->err,
		    "two parameters with nothing between them in one word");
	if ((rc = add_piece(r, &p)) != RC_OK)
		return rc;
	p->parameter = (size_t)(parameter - r->rb->parameters);
	parameter->used = true;
	return RC_OK;
}

/* "{name}", "{{", "}}", or a byte; what is left behind it in *at. */
static enum rc
read_piece(struct reading *r, const char **at)
{
	const char *s = *at, *end;

	if ((s[0] == '{' || s[0] == '}') && s[1] == s[0]) {
		*at = s + 2;
		return add_byte(r, s[0]);
	}
	if (s[0] == '}')
		return yaml_fail(
		    r->w->n, r->err, "a } that closes nothing; write it twice");
	if (s[0] != '{') {
		*at = s + 1;
		return add_byte(r, s[0]);
	}
	if ((end = strchr(s, '}')) == NULL)
		return yaml_fail(
		    r->w->n, r->err, "a { that nothing closes; write it twice");
	*at = end + 1;
	return add_parameter(r, span_make(s + 1, (size_t)(end - s) - 1));
}

/* A parameter may be the value of an option, and never what its name is made of. */
static enum rc
check_word(const struct runbook *rb, const struct template_word *w, struct err *err)
{
	const struct piece *p = &rb->pieces[w->first];
	const bool option = w->count > 0 && p->text != NULL && p->text[0] == '-';

	if (w->count == 0)
		return yaml_expected(w->n, err, "a word");
	if (w < rb->words + FIXED && (w->count != 1 || p->text == NULL))
		return yaml_fail(w->n, err,
		    "no parameter may stand in the program, the service or the "
		    "operation");
	if (w < rb->words + FIXED && option)
		return yaml_fail(w->n, err,
		    "aws, the service and the operation stand first; options behind "
		    "them");
	if (option && w->count > 1 && memchr(p->text, '=', p->len) == NULL)
		return yaml_fail(
		    w->n, err, "no parameter may stand in the name of an option");
	return RC_OK;
}

static enum rc
read_word(struct runbook *rb, struct reading *r, struct err *err)
{
	const char *at;
	enum rc rc;

	if ((rc = yaml_line_text(r->w->n, 1, WORDS_WORD, &at, err)) != RC_OK)
		return rc;
	r->w->first = rb->n_pieces;
	while (*at != '\0')
		if ((rc = read_piece(r, &at)) != RC_OK)
			return rc;
	return check_word(rb, r->w, err);
}

static enum rc
read_command(const struct yaml_node *n, struct runbook *rb, struct err *err)
{
	struct reading r = { .rb = rb, .err = err };
	size_t bytes = 0;
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, FIXED, WORDS_MOST, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		bytes += yaml_span(v).len;
	rb->words = calloc(yaml_count(n), sizeof rb->words[0]);
	rb->pieces = calloc(PIECES, sizeof rb->pieces[0]);
	rb->texts = malloc(bytes + 1);
	if (rb->words == NULL || rb->pieces == NULL || rb->texts == NULL)
		return err_memory(err);
	r.end = rb->texts;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		r.w = &rb->words[rb->n_words++];
		r.w->n = v;
		if ((rc = read_word(rb, &r, err)) != RC_OK)
			return rc;
	}
	if (!span_is(yaml_span(yaml_first(n)), "aws"))
		return yaml_expected(
		    yaml_first(n), err, "aws: no other command is in this version");
	return RC_OK;
}

static enum rc
check_used(const struct yaml_node *n, const struct runbook *rb, struct err *err)
{
	const struct yaml_node *v = first_of(n);

	for (size_t i = 0; i < rb->n_parameters; i++, v = yaml_next(v))
		if (!rb->parameters[i].used)
			return yaml_fail(yaml_key(v), err,
			    "the command has no place for the parameter %s",
			    rb->parameters[i].name);
	return RC_OK;
}

/* ---- examples ---- */

static enum rc
expand_line(const struct runbook *rb, struct span line, struct aws_request **req,
    struct refusal *refusal)
{
	struct words *given = NULL, *filled = NULL;
	struct span values[WORDS_MOST];
	size_t n = 0;
	enum rc rc;

	refusal->status = STATUS_USAGE;
	if (line.len > 0 && (rc = words_split(line, &given, &refusal->err)) != RC_OK)
		return rc;
	for (; given != NULL && n < words_count(given); n++)
		values[n] = span_of(words_at(given, n));
	if (req != NULL)
		rc = runbook_fill(rb, values, n, &filled, req, refusal);
	else
		rc = runbook_expand(rb, values, n, &filled, refusal);
	words_free(filled);
	words_free(given);
	return rc;
}

/* Nothing but words goes in, and nothing but what it prints comes out. */
static enum rc
check_sample(const struct runbook *rb, const struct yaml_node *n, struct err *err)
{
	const struct aws_request *req = rb->sample;

	if (req->takes_stdin || req->file_in || req->file_out)
		return yaml_fail(n, err,
		    "the command of a runbook reads no input and writes no file");
	return RC_OK;
}

static enum rc
place(enum rc rc, const struct yaml_node *n, const struct refusal *why, struct err *err)
{
	if (rc == RC_REFUSE)
		return yaml_fail(n, err, "%s", why->err.text);
	return rc == RC_OK ? RC_OK : err_memory(err);
}

static enum rc
read_sample(struct runbook *rb, const struct yaml_node *first, struct err *err)
{
	struct refusal why = { .err = { "" } };
	const struct yaml_node *n = first;
	enum rc rc;

	if (n == NULL)
		n = yaml_find(rb->map, "command");
	rc = expand_line(
	    rb, first != NULL ? yaml_span(first) : span_of(""), &rb->sample, &why);
	if ((rc = place(rc, n, &why, err)) != RC_OK)
		return rc;
	return check_sample(rb, n, err);
}

static enum rc
run_matches(struct runbook *rb, const struct yaml_node *list, struct err *err)
{
	enum rc rc;

	for (const struct yaml_node *v = first_of(list); v != NULL; v = yaml_next(v)) {
		struct refusal why = { .err = { "" } };

		rc = expand_line(rb, yaml_span(v), NULL, &why);
		if ((rc = place(rc, v, &why, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
run_misses(struct runbook *rb, const struct yaml_node *list, struct err *err)
{
	for (const struct yaml_node *v = first_of(list); v != NULL; v = yaml_next(v)) {
		struct refusal why = { .err = { "" } };
		enum rc rc = expand_line(rb, yaml_span(v), NULL, &why);

		if (rc == RC_OK)
			return yaml_fail(
			    v, err, "runbook %s takes this example", runbook_name(rb));
		if (rc != RC_REFUSE)
			return err_memory(err);
	}
	return RC_OK;
}

/* A list of lines, or NULL. */
static enum rc
example_list(const struct yaml_node *n, const char *key, const struct yaml_node **ret,
    struct err *err)
{
	enum rc rc;

	if ((*ret = n = yaml_find(n, key)) == NULL)
		return RC_OK;
	if ((rc = vocab_count(n, YAML_LIST, 1, EXAMPLES, err)) != RC_OK)
		return rc;
	for (n = yaml_first(n); n != NULL; n = yaml_next(n))
		if ((rc = yaml_want(n, YAML_TEXT, err)) != RC_OK)
			return rc;
	return RC_OK;
}

/* Without a value for each parameter nobody could tell how the command will be read. */
static enum rc
read_examples(struct runbook *rb, struct err *err)
{
	static const struct vocab keys[] = {
		{ "match", VOCAB_MAY },
		{ "no_match", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *n = yaml_find(rb->map, "examples"), *match = NULL,
			       *miss = NULL;
	enum rc rc;

	if (n != NULL && ((rc = vocab_check(n, keys, err)) != RC_OK ||
			     (rc = example_list(n, "match", &match, err)) != RC_OK ||
			     (rc = example_list(n, "no_match", &miss, err)) != RC_OK))
		return rc;
	if (match == NULL && rb->n_parameters > 0)
		return yaml_fail(rb->map, err,
		    "a runbook with parameters needs examples: {match: [...]}, a line "
		    "of NAME=VALUE each");
	if ((rc = read_sample(rb, first_of(match), err)) != RC_OK ||
	    (rc = run_matches(rb, match, err)) != RC_OK)
		return rc;
	return run_misses(rb, miss, err);
}

/* ---- all of it ---- */

static enum rc
read_name(const struct yaml_node *n, const struct rule_file *f, struct rule *r,
    struct err *err)
{
	if (!name_plain(yaml_span(n)))
		return yaml_expected(
		    n, err, "a name of 1 to %d of A-Z a-z 0-9 . _ -", NAME_MOST);
	if (strlen(f->policy) + 1 + yaml_span(n).len > RUNBOOK_NAME)
		return yaml_fail(n, err,
		    "the policy's name and this one are more than %d bytes together",
		    RUNBOOK_NAME - 1);
	snprintf(r->name, sizeof r->name, "%s/%s", f->policy, yaml_cstr(n));
	r->place = n;
	return RC_OK;
}

static enum rc
read(const struct rule_file *f, const struct yaml_node *n, struct rule *r,
    struct runbook *rb, struct err *err)
{
	const struct yaml_node *v = yaml_find(n, "parameters");
	enum rc rc;

	if ((rc = vocab_check(n, runbook_keys, err)) != RC_OK ||
	    (rc = read_name(yaml_find(n, "name"), f, r, err)) != RC_OK)
		return rc;
	if (v != NULL && (rc = read_parameters(v, f, rb, err)) != RC_OK)
		return rc;
	if ((rc = read_command(yaml_find(n, "command"), rb, err)) != RC_OK ||
	    (rc = check_used(v, rb, err)) != RC_OK ||
	    (rc = rule_read_rest(n, f, r, err)) != RC_OK ||
	    (rc = read_examples(rb, err)) != RC_OK)
		return rc;
	/* They are lines of values, not of commands. */
	r->examples = NULL;
	if ((v = yaml_find(n, "help")) != NULL &&
	    (rc = yaml_line_text(v, 1, HELP, &rb->help, err)) != RC_OK)
		return rc;
	snprintf(rb->call, sizeof rb->call, "%s:%s", rb->sample->name.service,
	    rb->sample->name.operation);
	rc = awsrule_exact(rb->sample->name.service, rb->sample->name.operation,
	    rb->call, &r->aws, err);
	return rc == RC_OK ? runbook_render(rb, f, err) : rc;
}

enum rc
runbook_read(const struct rule_file *file, const struct yaml_node *n, struct rule *rule,
    struct runbook **ret, struct err *err)
{
	struct runbook *rb = calloc(1, sizeof *rb);
	enum rc rc;

	if (rb == NULL)
		return err_memory(err);
	*rule = (struct rule){
		.effect = EFFECT_ALLOW, .paths = RULE_PATH(PATH_EXEC), .runbook = rb
	};
	rb->rule = rule;
	rb->map = n;
	rb->help = "";
	buf_init(&rb->content, RUNBOOK_CONTENT);
	if ((rc = yaml_want(n, YAML_MAP, err)) == RC_OK)
		rc = read(file, n, rule, rb, err);
	if (rc != RC_OK) {
		rule_clear(rule);
		runbook_free(rb);
		return rc;
	}
	*ret = rb;
	return RC_OK;
}

void
runbook_free(struct runbook *rb)
{
	if (rb == NULL)
		return;
	for (size_t i = 0; i < rb->n_parameters; i++)
		matcher_free(rb->parameters[i].matcher);
	free(rb->parameters);
	free(rb->words);
	free(rb->pieces);
	free(rb->texts);
	aws_free(rb->sample);
	buf_clear(&rb->content);
	free(rb);
}

const char *
runbook_name(const struct runbook *rb)
{
	return rb->rule->name;
}

const char *
runbook_help(const struct runbook *rb)
{
	return rb->help;
}

const struct rule *
runbook_rule(const struct runbook *rb)
{
	return rb->rule;
}

struct span
runbook_content(const struct runbook *rb)
{
	return buf_span(&rb->content);
}

const uint8_t *
runbook_digest(const struct runbook *rb)
{
	return rb->digest;
}

const char *
runbook_parameter(const struct runbook *rb, size_t i)
{
	return i < rb->n_parameters ? rb->parameters[i].name : NULL;
}

void
runbook_say_parameter(const struct runbook *rb, size_t i, struct buf *out)
{
	matcher_say(rb->parameters[i].matcher, out);
}

void
runbook_put_command(const struct runbook *rb, struct buf *out)
{
	for (size_t i = 0; i < rb->n_words; i++) {
		if (i > 0)
			buf_u8(out, ' ');
		canon_word(yaml_cstr(rb->words[i].n), out);
	}
}
