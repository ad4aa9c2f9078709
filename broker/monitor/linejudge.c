/* What is decided about one line for a session's target: the engine's word, what this
 * version can do about it, and what would run. */
#include <string.h>

#include "broker/monitor/lineask_parts.h"
#include "lib/base/text.h"
#include "policies/decide.h"
#include "policies/shell.h"

/* Approvers are shown every byte of what nobody understood: as text, which hides
 * nothing and ends where it seems to. */
static bool
is_plain(struct span line)
{
	while (line.len > 0) {
		uint32_t cp;
		unsigned n = text_char(line, &cp);

		if (n == 0 || (cp != '\t' && !text_plain(cp)))
			return false;
		line = span_make(line.p + n, line.len - n);
	}
	return true;
}

/* One command and nothing around it: nothing but it would have the terminal. */
static bool
is_alone(struct span line)
{
	struct arena *a = arena_new(SHELL_ARENA);
	struct shell_line l;
	struct err err = { "" };
	bool alone = a != NULL && shell_read(line, a, &l, &err) == RC_OK &&
		     l.undecidable == SHELL_FINE && l.n == 1 &&
		     l.commands[0].n_redirs == 0;

	arena_free(a);
	return alone;
}

/* The engine holds a line that it does not understand under the reason's name. */
static bool
is_odd(const struct verdict *v)
{
	return v->effect == EFFECT_HOLD && v->code[0] != '\0' &&
	       strcmp(v->code, "rule") != 0;
}

static void
settle_text(struct span line, struct span canon, struct verdict *v, struct buf *text,
    enum msg_line_form *form)
{
	bool odd = is_odd(v);

	if (odd && !is_plain(line)) {
		admit_deny(v, "character",
		    "character: a line with other than plain text cannot be shown to "
		    "those who would approve it");
		return;
	}
	*form = odd ? LINE_BYTES : LINE_CANON;
	buf_span_put(text, odd ? line : canon);
	if (!buf_ok(text) || text->len == 0)
		admit_deny(v, "internal", "internal: out of memory");
}

/* What is not alone gets no terminal, and nothing to read: it is like any other line. */
static void
settle_terminal(const struct session *s, struct span line, struct verdict *v,
    enum msg_line_form form)
{
	if (form == LINE_BYTES || s->remote->at->run || !is_alone(line))
		v->asks &= ~(unsigned)VERDICT_ASK_INTERACTIVE;
}

/* A line runs in a session there.  Rules about commands say nothing of sessions, and none
 * has to let one be opened for a line; but where one says no, it is no. */
static void
heed_session(const struct session *s, const struct facts *f, enum msg_line_form form,
    struct verdict *v)
{
	const struct config *c = session_monitor(s)->rules.config;
	struct ssm_ask ask = { c->ssm.command, SSM_SINGLE };
	struct verdict open = { .effect = EFFECT_DENY };

	if (v->asks & VERDICT_ASK_INTERACTIVE)
		ask = (struct ssm_ask){ c->ssm.shell, SSM_PROGRAM };
	else if (s->remote->kind == REMOTE_SHELL && form == LINE_CANON &&
		 s->remote->mode == SSM_FED)
		ask = (struct ssm_ask){ c->ssm.shell, SSM_FED };
	decide_open(pack_rules(session_monitor(s)->rules.policy), &ask, f, &open);
	if (open.effect != EFFECT_DENY || strcmp(open.code, "rule") != 0)
		return;
	memcpy(v->rule, open.rule, sizeof v->rule);
	admit_deny(v, "rule", "%s", open.reason);
}

/* directory NULL: not known. */
static void
judge(struct session *s, struct span line, const char *directory, struct verdict *v,
    struct buf *text, enum msg_line_form *form)
{
	const struct ruleset *rules = pack_rules(session_monitor(s)->rules.policy);
	char partition[ASK_PARTITION];
	struct err why = { "" };
	struct facts f;
	struct buf canon;

	*v = (struct verdict){ .effect = EFFECT_DENY, .code = "internal" };
	memcpy(v->policy, rules->digest, sizeof v->policy);
	*form = LINE_CANON;
	if (s->remote == NULL || s->remote->at == NULL) {
		admit_deny(v, "internal", "internal: there is no target");
		return;
	}
	if (s->stopping) {
		admit_deny(v, "internal", "the session is being ended");
		return;
	}
	if (!ask_facts(s, PATH_SHELL, partition, &f, &why)) {
		admit_deny(v, "profile", "%s", why.text);
		return;
	}
	instance_facts(s->remote->at, &f);
	f.directory = directory;
	buf_init(&canon, SHELL_CANON + 1);
	decide_line(rules, line, &f, v, &canon);
	if (v->effect != EFFECT_DENY) {
		settle_text(line, buf_span(&canon), v, text, form);
		settle_terminal(s, line, v, *form);
		heed_session(s, &f, *form, v);
	}
	buf_clear(&canon);
	admit_terms(s, v);
	bookrun_admit(s, v);
}

void
lineask_judge(struct session *s, struct span line, struct verdict *v, struct buf *text,
    enum msg_line_form *form)
{
	judge(s, line, NULL, v, text, form);
}

/* ---- in a shell that is open ---- */

/* Append the parts of path to out, which has no slash at its end. */
static void
walk(struct span path, struct buf *out)
{
	size_t at = 0;

	while (at < path.len) {
		const uint8_t *p = path.p + at;
		const uint8_t *slash = memchr(p, '/', path.len - at);
		size_t n = slash == NULL ? path.len - at : (size_t)(slash - p);

		at += n + 1;
		if (n == 0 || (n == 1 && p[0] == '.'))
			continue;
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (out->len > 0 && out->p[--out->len] != '/')
				;
			continue;
		}
		buf_u8(out, '/');
		buf_put(out, p, n);
	}
}

/* Where cd leads, by names alone: what they stand for there is the target's affair. */
static void
go_to(const char *from, struct span operand, struct buf *out)
{
	buf_reset(out);
	if (operand.p[0] != '/')
		walk(span_of(from), out);
	walk(operand, out);
	if (out->len == 0)
		buf_u8(out, '/');
}

bool
line_directory_ok(const char *directory)
{
	struct buf b;
	bool same;

	if (directory[0] == '\0')
		return true;
	buf_init(&b, MSG_LINE_MAX + 1);
	go_to("", span_of(directory), &b);
	same = directory[0] == '/' && buf_ok(&b) && span_is(buf_span(&b), directory) &&
	       is_plain(span_of(directory));
	buf_clear(&b);
	return same;
}

/* The operand of a line that is cd and nothing else, in the arena; or an empty one. */
static struct span
cd_operand(struct span line, struct arena *a)
{
	const struct span none = { NULL, 0 };
	const struct shell_simple *c;
	const struct shell_word *w;
	struct shell_line l;
	struct err err = { "" };

	if (a == NULL || shell_read(line, a, &l, &err) != RC_OK ||
	    l.undecidable != SHELL_FINE || l.n != 1)
		return none;
	c = &l.commands[0];
	if (c->n_words != 2 || c->n_redirs != 0 || strcmp(c->words[0].text, "cd") != 0)
		return none;
	w = &c->words[1];
	if (shell_word_glob(w) || w->len == 0 || w->text[0] == '-' || w->text[0] == '~')
		return none;
	return span_make(w->text, w->len);
}

/* Without a rule about it, it may be done. */
static void
judge_cd(struct line *l, struct span operand, struct verdict *v)
{
	if (v->effect == EFFECT_DENY && strcmp(v->code, "unmatched") != 0)
		return;
	if (operand.p[0] != '/' && l->directory[0] == '\0') {
		admit_deny(v, "directory",
		    "where this shell is is not known; name an absolute directory");
		return;
	}
	go_to(l->directory, operand, &l->destination);
	if (!buf_ok(&l->destination)) {
		admit_deny(v, "limit", "limit: a directory that is too long");
		return;
	}
	l->how = LINE_DIRECTORY;
	if (v->effect != EFFECT_DENY)
		return;
	v->effect = EFFECT_ALLOW;
	v->code[0] = v->reason[0] = v->allowed[0] = '\0';
}

static enum msg_line_how
how_of(const struct line *l, const struct verdict *v)
{
	if (l->form == LINE_BYTES)
		return LINE_ALONE;
	return v->asks & VERDICT_ASK_INTERACTIVE ? LINE_PROGRAM : LINE_USUAL;
}

void
line_judge(struct plea *p, struct verdict *v)
{
	struct line *l = line_of(p);
	struct arena *a = arena_new(SHELL_ARENA);
	struct span typed = buf_span(&l->typed), operand;

	buf_reset(&l->canon);
	judge(p->s, typed, l->directory[0] != '\0' ? l->directory : NULL, v, &l->canon,
	    &l->form);
	l->how = how_of(l, v);
	operand = cd_operand(typed, a);
	if (!line_directory_ok(l->directory))
		admit_deny(v, "directory",
		    "the name of this directory cannot be shown; cd to another");
	else if (operand.len > 0)
		judge_cd(l, operand, v);
	arena_free(a);
}
