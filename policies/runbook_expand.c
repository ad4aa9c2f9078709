/* Putting values into a runbook's command; see runbook.h.
 *
 * What a value may do is bounded four times: by its own condition; by the characters that
 * no value has; by those that mean something in the word that it stands in; and in that
 * the reader of commands has to find the same calls, members and options as in the
 * example that people looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "policies/runbook_parts.h"

/* Values by the number of their parameter; p is NULL where there is none. */
struct filling {
	const struct runbook *rb;
	struct span values[RUNBOOK_PARAMETERS];
	struct refusal *refusal;
};

static enum rc
from_err(enum rc rc, enum status status, const struct err *why, struct refusal *r)
{
	if (rc != RC_REFUSE)
		return rc == RC_OK ? RC_OK : refusal_memory(r);
	return refusal_set(r, status, "%s", why->text);
}

/* ---- which values ---- */

static void
list_parameters(const struct runbook *rb, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < rb->n_parameters && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s", i == 0 ? "" : ", ",
		    rb->parameters[i].name);
}

static enum rc
refuse_name(const struct filling *f, struct span name)
{
	char shown[REFUSAL_WORD], known[RUNBOOK_PARAMETERS * 36], text[64] = "?";

	name.len = name.len < sizeof text ? name.len : sizeof text - 1;
	(void)span_copy(name, text, sizeof text);
	list_parameters(f->rb, known, sizeof known);
	return refusal_set(f->refusal, STATUS_USAGE,
	    "runbook %s has no parameter %s; it has %.200s", f->rb->rule->name,
	    refusal_word(text, shown), known[0] != '\0' ? known : "none");
}

/* "NAME=VALUE", each name once. */
static enum rc
take(struct filling *f, struct span given)
{
	const uint8_t *equals = given.len == 0 ? NULL : memchr(given.p, '=', given.len);
	struct span name, value;
	size_t i = 0;

	if (equals == NULL)
		return refusal_set(f->refusal, STATUS_USAGE,
		    "behind the name of a runbook stands NAME=VALUE for each of its "
		    "parameters");
	name = span_make(given.p, (size_t)(equals - given.p));
	value = span_make(equals + 1, given.len - name.len - 1);
	while (i < f->rb->n_parameters && !span_is(name, f->rb->parameters[i].name))
		i++;
	if (i == f->rb->n_parameters)
		return refuse_name(f, name);
	if (f->values[i].p != NULL)
		return refusal_set(f->refusal, STATUS_USAGE,
		    "the parameter %s stands there twice", f->rb->parameters[i].name);
	f->values[i] = value;
	return RC_OK;
}

static enum rc
take_all(struct filling *f, const struct span *values, size_t n)
{
	enum rc rc;

	for (size_t i = 0; i < n; i++)
		if ((rc = take(f, values[i])) != RC_OK)
			return rc;
	for (size_t i = 0; i < f->rb->n_parameters; i++)
		if (f->values[i].p == NULL)
			return refusal_set(f->refusal, STATUS_USAGE,
			    "the parameter %s is missing", f->rb->parameters[i].name);
	return RC_OK;
}

/* ---- what they may be ---- */

static bool
is_plain(struct span s)
{
	uint32_t cp;
	unsigned n;

	for (; s.len > 0; s = span_make(s.p + n, s.len - n))
		if ((n = text_char(s, &cp)) == 0 || !text_plain(cp))
			return false;
	return true;
}

static enum rc
refuse_value(const struct filling *f, size_t i, const char *why)
{
	return refusal_set(f->refusal, STATUS_DENIED, "the value of %s %s",
	    f->rb->parameters[i].name, why);
}

static enum rc
refuse_misfit(const struct filling *f, size_t i)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, 1024);
	buf_text(&b, "is none that runbook ");
	buf_text(&b, f->rb->rule->name);
	buf_text(&b, " takes: ");
	matcher_say(f->rb->parameters[i].matcher, &b);
	rc = refuse_value(
	    f, i, buf_ok(&b) ? buf_cstr(&b) : "is none that the runbook takes");
	buf_clear(&b);
	return rc;
}

static enum rc
check_value(const struct filling *f, size_t i)
{
	const struct span v = f->values[i];
	const struct shell_word w = { .text = (const char *)v.p, .len = v.len };

	if (v.len == 0)
		return refuse_value(f, i, "is empty");
	if (v.len > RUNBOOK_VALUE)
		return refuse_value(f, i, "is too long");
	if (!is_plain(v))
		return refuse_value(f, i, "has a character that does not show");
	if (v.p[0] == '-')
		return refuse_value(f, i, "begins with -, as options do");
	if (memmem(v.p, v.len, "file://", 7) != NULL ||
	    memmem(v.p, v.len, "fileb://", 8) != NULL)
		return refuse_value(f, i, "names a file");
	return matcher_fit_word(f->rb->parameters[i].matcher, &w) & FIT_SURE
		   ? RC_OK
		   : refuse_misfit(f, i);
}

/* What parts it from the text behind it must not be in it: "{bucket}/x" is no place for
 * "other/y". */
static enum rc
check_end(const struct filling *f, const struct template_word *w)
{
	const struct piece *p = &f->rb->pieces[w->first];

	for (size_t i = 0; i + 1 < w->count; i++) {
		const struct span v = f->values[p[i].parameter];

		if (p[i].text == NULL && memchr(v.p, p[i + 1].text[0], v.len) != NULL)
			return refuse_value(f, p[i].parameter,
			    "has the character in it that stands behind it in its "
			    "word");
	}
	return RC_OK;
}

/* What the CLI's short form of structures, and JSON, are made of. */
#define STRUCTURE "=,[]{}\"'`\\ "

static bool
has_any(const char *p, size_t n, const char *set)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\0' && strchr(set, p[i]) != NULL)
			return true;
	return false;
}

/* Beside its parameters a word has such characters, but for the = of "--option=". */
static bool
is_structure(const struct filling *f, const struct template_word *w)
{
	const struct piece *p = &f->rb->pieces[w->first];

	for (size_t i = 0; i < w->count; i++) {
		const char *text = p[i].text, *equals;
		size_t n = p[i].len;

		if (text == NULL)
			continue;
		if (i == 0 && text[0] == '-' &&
		    (equals = memchr(text, '=', n)) != NULL) {
			n -= (size_t)(equals - text) + 1;
			text = equals + 1;
		}
		if (has_any(text, n, STRUCTURE))
			return true;
	}
	return false;
}

/* "Name=a,Values={v}" is no place for "x,Name=b". */
static enum rc
check_structure(const struct filling *f, const struct template_word *w)
{
	const struct piece *p = &f->rb->pieces[w->first];

	if (w->count < 2 || !is_structure(f, w))
		return RC_OK;
	for (size_t i = 0; i < w->count; i++) {
		const struct span v = f->values[p[i].parameter];

		if (p[i].text == NULL && has_any((const char *)v.p, v.len, STRUCTURE))
			return refuse_value(f, p[i].parameter,
			    "has a character in it that would change the form of its "
			    "word");
	}
	return RC_OK;
}

/* ---- words ---- */

static void
put_word(const struct filling *f, const struct template_word *w, struct buf *out)
{
	const struct piece *p = &f->rb->pieces[w->first];

	for (size_t i = 0; i < w->count; i++)
		if (p[i].text != NULL)
			buf_put(out, p[i].text, p[i].len);
		else
			buf_span_put(out, f->values[p[i].parameter]);
}

static enum rc
make_words(const struct filling *f, struct words **ret)
{
	struct span list[WORDS_MOST];
	size_t ends[WORDS_MOST], from = 0;
	struct err why = { "" };
	struct buf b;
	enum rc rc;

	buf_init(&b, 4 * WORDS_LINE);
	for (size_t i = 0; i < f->rb->n_words; i++) {
		put_word(f, &f->rb->words[i], &b);
		ends[i] = b.len;
	}
	if (buf_ok(&b)) {
		for (size_t i = 0; i < f->rb->n_words; from = ends[i++])
			list[i] = span_make(b.p + from, ends[i] - from);
		rc = from_err(words_from_list(list, f->rb->n_words, ret, &why),
		    STATUS_DENIED, &why, f->refusal);
	} else
		rc = refusal_set(f->refusal, STATUS_DENIED,
		    "limit: the command is too long with these values");
	buf_clear(&b);
	return rc;
}

enum rc
runbook_fill(const struct runbook *rb, const struct span *values, size_t n,
    struct words **ret, struct aws_request **req, struct refusal *refusal)
{
	struct filling f = { .rb = rb, .refusal = refusal };
	struct words *w = NULL;
	enum rc rc;

	if ((rc = take_all(&f, values, n)) != RC_OK)
		return rc;
	for (size_t i = 0; i < rb->n_parameters; i++)
		if ((rc = check_value(&f, i)) != RC_OK)
			return rc;
	for (size_t i = 0; i < rb->n_words; i++)
		if ((rc = check_end(&f, &rb->words[i])) != RC_OK ||
		    (rc = check_structure(&f, &rb->words[i])) != RC_OK)
			return rc;
	if ((rc = make_words(&f, &w)) != RC_OK)
		return rc;
	if ((rc = aws_read(w, req, refusal)) != RC_OK) {
		words_free(w);
		return rc;
	}
	*ret = w;
	return RC_OK;
}

/* ---- read as the example is ---- */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The same members, in the same places: their values alone may differ. */
static bool
same_members(const struct apicall *a, const struct apicall *b)
{
	if (apicall_count(a) != apicall_count(b))
		return false;
	for (size_t i = 0; i < apicall_count(a); i++)
		if (strcmp(apicall_at(a, i)->name, apicall_at(b, i)->name) != 0 ||
		    apicall_at(a, i)->known != apicall_at(b, i)->known)
			return false;
	return true;
}

static bool
same_calls(const struct aws_request *a, const struct aws_request *b)
{
	if (a->n_calls != b->n_calls)
		return false;
	for (size_t i = 0; i < a->n_calls; i++) {
		const struct aws_call *x = &a->calls[i], *y = &b->calls[i];

		if (strcmp(x->service, y->service) != 0 ||
		    strcmp(x->operation, y->operation) != 0 || x->prefix != y->prefix ||
		    !same_text(x->own, y->own) || !same_members(x->api, y->api))
			return false;
	}
	return true;
}

static bool
same_options(const struct aws_request *a, const struct aws_request *b)
{
	if (a->n_options != b->n_options)
		return false;
	for (size_t i = 0; i < a->n_options; i++)
		if (strcmp(a->options[i].name, b->options[i].name) != 0 ||
		    (a->options[i].value == NULL) != (b->options[i].value == NULL))
			return false;
	return true;
}

static bool
same_resources(const struct aws_request *a, const struct aws_request *b)
{
	if (a->n_resources != b->n_resources)
		return false;
	for (size_t i = 0; i < a->n_resources; i++)
		if ((a->resources[i].key[0] == '\0') !=
		    (b->resources[i].key[0] == '\0'))
			return false;
	return true;
}

static bool
same_form(const struct aws_request *a, const struct aws_request *b)
{
	return strcmp(a->name.service, b->name.service) == 0 &&
	       strcmp(a->name.operation, b->name.operation) == 0 && same_calls(a, b) &&
	       same_options(a, b) && same_resources(a, b) &&
	       (a->profile == NULL) == (b->profile == NULL) &&
	       (a->region == NULL) == (b->region == NULL) &&
	       a->takes_stdin == b->takes_stdin && a->file_in == b->file_in &&
	       a->file_out == b->file_out;
}

enum rc
runbook_expand(const struct runbook *rb, const struct span *values, size_t n,
    struct words **ret, struct refusal *refusal)
{
	struct aws_request *req = NULL;
	struct words *w = NULL;
	bool same;
	enum rc rc;

	if ((rc = runbook_fill(rb, values, n, &w, &req, refusal)) != RC_OK)
		return rc;
	same = same_form(rb->sample, req);
	aws_free(req);
	if (!same) {
		words_free(w);
		return refusal_set(refusal, STATUS_DENIED,
		    "with these values the command of runbook %s is another than its "
		    "first example is",
		    rb->rule->name);
	}
	*ret = w;
	return RC_OK;
}

/* ---- in a set ---- */

const struct runbook *
runbook_find(const struct ruleset *set, const char *name, bool *many)
{
	const bool whole = strchr(name, '/') != NULL;
	const struct runbook *found = NULL;

	*many = false;
	for (size_t i = 0; i < set->n_runbooks; i++) {
		const char *its = set->runbooks[i]->rule->name;

		if (strcmp(whole ? its : strchr(its, '/') + 1, name) != 0)
			continue;
		*many = found != NULL;
		if (*many)
			return NULL;
		found = set->runbooks[i];
	}
	return found;
}

enum rc
runbook_run(const struct ruleset *set, const struct words *w, const struct runbook **rb,
    struct words **ret, struct refusal *refusal)
{
	struct span values[WORDS_MOST];
	const char *name = words_at(w, 1);
	char shown[REFUSAL_WORD];
	bool many = false;

	if (name == NULL)
		return refusal_set(
		    refusal, STATUS_USAGE, "run NAME NAME=VALUE ...: which runbook?");
	if ((*rb = runbook_find(set, name, &many)) == NULL)
		return refusal_set(refusal, STATUS_USAGE,
		    many ? "more than one policy has a runbook %s; say POLICY/NAME"
			 : "there is no runbook %s",
		    refusal_word(name, shown));
	for (size_t i = 2; i < words_count(w); i++)
		values[i - 2] = span_of(words_at(w, i));
	return runbook_expand(*rb, values, words_count(w) - 2, ret, refusal);
}
