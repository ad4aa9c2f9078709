/* Laying out lines, and rules against their parts; see part.h. */
#include "policies/part.h"

#include <stdio.h>
#include <string.h>

#include "policies/fit.h"
#include "policies/pathset.h"
#include "policies/refusal.h"
#include "policies/wrapper.h"

/* No byte of a line becomes more than this many of its canonical text: a quote takes
 * four, an operator its blanks, a word two quotes and a blank. */
#define CANON_GROWTH 8

static void
give_up(struct parts *p, enum shell_reason reason, size_t offset, const char *what)
{
	if (p->undecidable != SHELL_FINE)
		return;
	p->undecidable = reason;
	p->offset = offset;
	p->what = what;
}

static bool
is_null(const struct shell_redir *d)
{
	bool fd = d->op == SHELL_IN ? d->fd == 0 : d->fd == 1 || d->fd == 2;

	return d->op != SHELL_DUP && fd && !shell_word_glob(&d->target) &&
	       strcmp(d->target.text, "/dev/null") == 0;
}

/* Input that comes from elsewhere than the caller; that it may come from there is
 * judged apart. */
static bool
is_fed(const struct shell_simple *c)
{
	for (size_t i = 0; i < c->n_redirs; i++)
		if (c->redirs[i].op == SHELL_IN && c->redirs[i].fd == 0)
			return true;
	return c->stage > 0;
}

/* It is there, and has nothing in it. */
static bool
is_empty(const struct shell_simple *c)
{
	bool empty = false;

	/* The last one counts. */
	for (size_t i = 0; i < c->n_redirs; i++)
		if (c->redirs[i].op == SHELL_IN && c->redirs[i].fd == 0)
			empty = is_null(&c->redirs[i]);
	return empty;
}

static void
add_chain(struct parts *ret, size_t command, const struct shell_simple *c, bool odd)
{
	struct wrapper_chain chain;
	const char *run_as = NULL;

	wrapper_unwrap(c->words, c->n_words, &chain);
	if (chain.undecidable != SHELL_FINE)
		give_up(ret, chain.undecidable,
		    chain.at < c->n_words ? c->words[chain.at].at : c->words[0].at,
		    chain.what);
	for (size_t i = 0; i < chain.n; i++) {
		const struct wrapper_link *l = &chain.links[i];

		if (l->run_as != NULL)
			run_as = l->run_as;
		ret->v[ret->n++] = (struct part){
			/* xargs keeps its input to itself. */
			.subject = { l->words, l->n, is_fed(c) && !l->open, l->open,
			    c->whole, is_empty(c) },
			.command = command,
			.run_as = run_as,
			.wrapper = l->wrapper,
			.odd = odd || chain.undecidable != SHELL_FINE,
		};
	}
}

static void
add_redirs(struct parts *ret, size_t command, const struct shell_simple *c)
{
	for (size_t i = 0; i < c->n_redirs; i++)
		ret->redirs[ret->n_redirs++] =
		    (struct part_redir){ .redir = &c->redirs[i], .command = command };
}

static enum rc
lay_out(struct parts *ret, struct arena *a, struct err *err)
{
	const struct shell_line *line = &ret->line;
	const bool odd = ret->undecidable != SHELL_FINE;
	size_t redirs = 0;

	for (size_t i = 0; i < line->n; i++)
		redirs += line->commands[i].n_redirs;
	ret->v = arena_list(a, line->n * (WRAPPER_DEPTH + 1), sizeof *ret->v);
	ret->redirs = arena_list(a, redirs, sizeof *ret->redirs);
	if (ret->v == NULL || ret->redirs == NULL)
		return err_memory(err);
	for (size_t i = 0; i < line->n; i++) {
		/* Of a line that broke off there may be a redirection and no word. */
		if (line->commands[i].n_words > 0)
			add_chain(ret, i, &line->commands[i], odd);
		/* Where nothing is let through, no redirection is either. */
		if (!odd)
			add_redirs(ret, i, &line->commands[i]);
	}
	return RC_OK;
}

/* What runs is the canonical text, and no shell may cut it short. */
static enum rc
render(
    struct parts *ret, size_t len, struct arena *a, struct buf *canon, struct err *err)
{
	void *room;
	struct buf b;

	if (ret->line.undecidable != SHELL_FINE ||
	    (canon == NULL && len <= SHELL_CANON / CANON_GROWTH))
		return RC_OK;
	if ((room = arena_take(a, SHELL_CANON + 1)) == NULL)
		return err_memory(err);
	buf_over(&b, room, SHELL_CANON + 1);
	shell_canon(&ret->line, &b);
	if (!buf_ok(&b))
		give_up(ret, SHELL_LIMIT, 0, "a line that is too long when quoted");
	else if (canon != NULL)
		buf_span_put(canon, buf_span(&b));
	return RC_OK;
}

enum rc
parts_read(struct span line, struct arena *a, struct buf *canon, struct parts *ret,
    struct err *err)
{
	enum rc rc;

	*ret = (struct parts){ 0 };
	if ((rc = shell_read(line, a, &ret->line, err)) != RC_OK)
		return rc;
	give_up(ret, ret->line.undecidable, ret->line.offset, ret->line.what);
	if ((rc = render(ret, line.len, a, canon, err)) != RC_OK)
		return rc;
	return lay_out(ret, a, err);
}

enum rc
parts_words(const struct words *w, struct arena *a, struct parts *ret, struct err *err)
{
	size_t n = words_count(w);
	struct shell_word *words = arena_list(a, n, sizeof *words);
	struct shell_simple *c = arena_list(a, 1, sizeof *c);

	*ret = (struct parts){ 0 };
	if (words == NULL || c == NULL)
		return err_memory(err);
	for (size_t i = 0; i < n; i++)
		words[i] = (struct shell_word){ .text = words_at(w, i),
			.len = strlen(words_at(w, i)),
			.quoted = true };
	*c = (struct shell_simple){ .n_words = n, .words = words, .whole = true };
	ret->line = (struct shell_line){ .n = 1, .commands = c };
	return lay_out(ret, a, err);
}

static unsigned
fit_shapes(struct shape *const *shapes, size_t n, const struct part *p, bool wide,
    size_t *steps)
{
	unsigned all = FIT_NO;

	for (size_t i = 0; i < n && !(all & FIT_SURE); i++) {
		*steps += shape_steps(shapes[i], &p->subject);
		all |= shape_fit(shapes[i], &p->subject, wide);
	}
	/* What is surely about all of it is about some of it. */
	return all & FIT_SURE ? FIT_BOTH : all;
}

static bool
may_run_as(const struct rule *r, const char *user)
{
	if (user == NULL)
		return true;
	for (const struct yaml_node *n = r->run_as == NULL ? NULL
							   : yaml_first(r->run_as);
	     n != NULL; n = yaml_next(n))
		if (strcmp(yaml_cstr(n), user) == 0)
			return true;
	return false;
}

/* An exception that is about calls of AWS is about no command. */
static unsigned
fit_beside(const struct rule *r, const struct part *p, unsigned fit, unsigned except,
    size_t *steps)
{
	const struct unless *u = r->unless;
	unsigned sure = except, wide = except;

	if (u == NULL || fit == FIT_NO || except == FIT_NO || u->aws != NULL)
		return fit;
	if (u->n_shapes > 0) {
		sure &= fit_shapes(u->shapes, u->n_shapes, p, false, steps);
		wide &= fit_shapes(u->shapes, u->n_shapes, p, true, steps);
	}
	return fit_besides(fit, sure, wide);
}

unsigned
part_fit(const struct rule *r, const struct part *p, unsigned ambient, unsigned except,
    size_t *steps)
{
	bool wide = r->effect == EFFECT_DENY;
	unsigned fit = ambient;

	if (fit == FIT_NO || (p->wrapper && r->effect == EFFECT_ALLOW))
		return FIT_NO;
	fit &= fit_shapes(r->shapes, r->n_shapes, p, wide, steps);
	fit = fit_beside(r, p, fit, except, steps);
	return p->odd || !may_run_as(r, p->run_as) ? fit & FIT_MAYBE : fit;
}

/* The shapes of a rule with many: one that is nearest to the part cannot be told, so the
 * first with something to say speaks. */
static bool
why_shapes(const struct rule *r, const struct part *p, char out[PART_WHY])
{
	char why[SHAPE_WHY];

	for (size_t i = 0; i < r->n_shapes; i++)
		if (shape_why(r->shapes[i], &p->subject, why)[0] != '\0') {
			snprintf(out, PART_WHY, "%s", why);
			return true;
		}
	return false;
}

const char *
part_why(const struct rule *r, const struct part *p, unsigned ambient, unsigned except,
    char out[PART_WHY])
{
	size_t steps = 0;

	out[0] = '\0';
	if (!(fit_shapes(r->shapes, r->n_shapes, p, false, &steps) & FIT_SURE)) {
		why_shapes(r, p, out);
		return out;
	}
	if (!may_run_as(r, p->run_as))
		snprintf(out, PART_WHY, "not as this user");
	else if (!(fit_beside(r, p, FIT_BOTH, except, &steps) & FIT_SURE))
		snprintf(out, PART_WHY, "an exception of it is about this");
	else if (!(ambient & FIT_SURE))
		snprintf(out, PART_WHY, "%s", PART_ELSEWHERE);
	return out;
}

static bool
is_merge(const struct shell_redir *d)
{
	return d->op == SHELL_DUP &&
	       ((d->fd == 2 && strcmp(d->target.text, "1") == 0) ||
		   (d->fd == 1 && strcmp(d->target.text, "2") == 0));
}

bool
part_redirects(const struct rule *r, const struct shell_redir *d)
{
	if (is_null(d))
		return r->redirect_null;
	if (is_merge(d))
		return r->redirect_merge;
	/* A name that a shell has yet to expand is no name. */
	return d->op == SHELL_IN && d->fd == 0 && !shell_word_glob(&d->target) &&
	       r->redirect_from != NULL &&
	       (pathset_fit(r->redirect_from, &d->target) & FIT_SURE);
}

/* Append what fits; false when the text ends here. */
static bool
put(char *out, size_t *len, const char *before, const char *text)
{
	size_t b = strlen(before), n = strlen(text);

	if (*len + b + n + 4 > PART_TEXT) {
		memcpy(out + *len, "...", 4);
		return false;
	}
	memcpy(out + *len, before, b);
	memcpy(out + *len + b, text, n + 1);
	*len += b + n;
	return true;
}

/* Quotes where a reader needs them to see which words there are. */
static bool
put_word(char *out, size_t *len, const char *before, const struct shell_word *w)
{
	char shown[REFUSAL_WORD], quoted[REFUSAL_WORD + 2];

	refusal_word(w->text, shown);
	if (shell_word_glob(w) ||
	    (w->len > 0 && strpbrk(w->text, " \t'\"|&;<>()*?[$`#") == NULL))
		return put(out, len, before, shown);
	snprintf(quoted, sizeof quoted, "'%s'", shown);
	return put(out, len, before, quoted);
}

const char *
part_text(const struct part *p, char out[PART_TEXT])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->subject.n; i++)
		if (!put_word(out, &len, i == 0 ? "" : " ", &p->subject.words[i]))
			break;
	return out;
}

const char *
part_redir_text(const struct shell_redir *d, char out[PART_TEXT])
{
	static const char *const signs[] = { [SHELL_OUT] = ">",
		[SHELL_APPEND] = ">>",
		[SHELL_IN] = "<",
		[SHELL_DUP] = ">&" };
	char sign[16];
	size_t len = 0;

	snprintf(sign, sizeof sign, "%d%s", d->fd, signs[d->op]);
	put_word(out, &len, sign, &d->target);
	return out;
}
