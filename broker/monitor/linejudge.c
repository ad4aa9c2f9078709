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

void
lineask_judge(struct session *s, struct span line, struct verdict *v, struct buf *text,
    enum msg_line_form *form)
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
	buf_init(&canon, SHELL_CANON + 1);
	decide_line(rules, line, &f, v, &canon);
	if (v->effect != EFFECT_DENY) {
		settle_text(line, buf_span(&canon), v, text, form);
		settle_terminal(s, line, v, *form);
	}
	buf_clear(&canon);
	admit_terms(s, v);
	bookrun_admit(s, v);
}
