/* What a shell on a target asks: may this line run?
 *
 * Each line is a request of its own: it is judged by the rules as they are now, its
 * verdict is an event, and what is held waits for people while its user waits in the
 * editor.  Nothing is answered before it is durable.
 *
 * A shell has one line under way; a user who takes it back may ask the next at once. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/flood.h"
#include "broker/monitor/lineask_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "policies/shell.h"
#include "recorder/mask/mask.h"

#define LINES_AT_ONCE 2
#define LINES_A_SECOND 20
#define SHOWN 300 /* bytes of a line in a sentence about it */

struct lineasks {
	struct line *first;
	size_t n;
	struct flood flood;
};

/* ---- the list ---- */

static void
free_line(struct line *l)
{
	struct monitor *m = session_monitor(l->plea.s);

	if (m->keep != NULL)
		keep_forget(m->keep, l);
	plea_clear(&l->plea);
	buf_clear(&l->typed);
	buf_clear(&l->shown);
	buf_clear(&l->canon);
	buf_clear(&l->destination);
	free(l->directory);
	free(l);
}

static void
drop_line(struct line *l)
{
	struct lineasks *all = l->plea.s->lines;

	for (struct line **p = &all->first; *p != NULL; p = &(*p)->next)
		if (*p == l) {
			*p = l->next;
			all->n--;
			break;
		}
	free_line(l);
}

void
line_forget(struct plea *p)
{
	drop_line(line_of(p));
}

void
lineasks_free(struct lineasks *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL) {
		struct line *l = all->first;

		all->first = l->next;
		free_line(l);
	}
	flood_clear(&all->flood);
	free(all);
}

static struct line *
find(const struct session *s, uint32_t number)
{
	struct line *l = s->lines == NULL ? NULL : s->lines->first;

	while (l != NULL && l->number != number)
		l = l->next;
	return l;
}

static enum rc
make_list(struct session *s, struct err *err)
{
	struct lineasks *all;
	enum rc rc;

	if (s->lines != NULL)
		return RC_OK;
	if ((all = calloc(1, sizeof *all)) == NULL)
		return err_memory(err);
	if ((rc = flood_init(&all->flood, s, LINES_A_SECOND, err)) != RC_OK) {
		free(all);
		return rc;
	}
	s->lines = all;
	return RC_OK;
}

/* ---- answering ---- */

static void
says(struct line *l, enum msg_effect effect, const char *why)
{
	const struct verdict *v = &l->plea.verdict;
	const bool goes = effect == VERDICT_ALLOW;
	struct buf shown = session_veiled(l->plea.s, why);
	const struct msg_line_says m = { .effect = (uint8_t)effect,
		.how = goes ? (uint8_t)l->how : 0,
		.form = goes ? (uint8_t)l->form : 0,
		.text = !goes			   ? span_of("")
			: l->how == LINE_DIRECTORY ? buf_span(&l->destination)
						   : buf_span(&l->canon),
		.rule = span_of(v->rule),
		.why = buf_span(&shown),
		.hold = span_of(l->plea.hold_id),
		.policy = span_make(v->policy, sizeof v->policy),
		.decisions = span_of(l->plea.decisions),
		.run_ms = goes ? v->run_ms : 0,
		.output_max = goes ? v->output_bytes : 0,
		.idle_ms = goes && l->how == LINE_PROGRAM ? v->idle_ms : 0,
		.masks = span_of(goes ? v->masks : "") };

	if (l->plea.s->ctl != NULL)
		(void)port_send(l->plea.s->ctl, MSG_LINE_SAYS, l->number, &m, NULL, 0);
	buf_clear(&shown);
	if (effect != VERDICT_HOLD)
		drop_line(l);
}

static void
put_shown(const struct line *l, struct buf *out)
{
	struct span s = buf_span(&l->shown);
	bool cut = s.len > SHOWN;

	if (cut) {
		s.len = SHOWN;
		s.len -= text_partial(s);
	}
	buf_span_put(out, s);
	if (cut)
		buf_text(out, "...");
}

static void
say_denied(struct line *l)
{
	const struct verdict *v = &l->plea.verdict;
	struct buf b;

	buf_init(&b, 4096);
	buf_text(&b, "denied: ");
	put_shown(l, &b);
	if (v->rule[0] != '\0')
		buf_printf(&b, " by rule %s", v->rule);
	if (v->reason[0] != '\0')
		buf_printf(&b, ": %s", v->reason);
	says(l, VERDICT_DENY, buf_cstr(&b));
	buf_clear(&b);
}

/* Names of those who said yes, as their decisions have them. */
static void
put_names(const char *decisions, struct buf *out)
{
	json_t *all = decisions == NULL ? NULL : json_loads(decisions, 0, NULL), *one;
	const char *before = " by ";
	size_t i;

	json_array_foreach(all, i, one)
	{
		const char *name = json_string_value(json_object_get(one, "name"));

		if (name == NULL)
			continue;
		buf_printf(out, "%s%s", before, name);
		before = " and ";
	}
	json_decref(all);
}

static void
say_allowed(struct line *l)
{
	struct buf b;

	buf_init(&b, 4096);
	if (l->plea.hold_id[0] != '\0') {
		buf_printf(&b, "approved %s", l->plea.hold_id);
		put_names(l->plea.decisions, &b);
	}
	says(l, VERDICT_ALLOW, buf_cstr(&b));
	buf_clear(&b);
}

void
line_held(struct plea *p, const char *text)
{
	uint64_t now = clock_wall_ms(), until = hold_until_ms(p->hold);
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "%s; expires in ", text);
	tell_duration(&b, until > now ? (until - now + 999) / 1000 * 1000 : 0);
	says(line_of(p), VERDICT_HOLD, buf_ok(&b) ? buf_cstr(&b) : text);
	buf_clear(&b);
}

static void
answer(struct line *l)
{
	if (l->plea.verdict.effect == EFFECT_HOLD)
		plea_hold(&l->plea);
	else if (l->plea.verdict.effect == EFFECT_ALLOW)
		say_allowed(l);
	else
		say_denied(l);
}

/* ---- the event ---- */

static void
noted(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct line *l = arg;

	(void)bytes;
	(void)fd;
	if (rc == RC_OK) {
		answer(l);
		return;
	}
	log_line(LOG_ERROR, "a line's verdict was not recorded: %s", why);
	admit_deny(&l->plea.verdict, "internal", "the verdict could not be recorded");
	say_denied(l);
}

static char *
detail_text(struct line *l)
{
	const struct verdict *v = &l->plea.verdict;
	const bool known = v->effect != EFFECT_DENY && l->canon.len > 0;
	json_t *o = ask_verdict_json(
	    l->plea.s, v, known ? buf_cstr(&l->canon) : buf_cstr(&l->shown));
	json_t *more = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s*}", "path", "shell",
	    "line", (json_int_t)l->number, "typed", buf_cstr(&l->shown), "directory",
	    line_directory_ok(l->directory) ? l->directory : "?", "mode", line_mode(l),
	    "hold", l->plea.hold_id[0] != '\0' ? l->plea.hold_id : NULL);

	if (o == NULL || more == NULL || json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	return veil_detail_take(
	    session_veil(l->plea.s), o, JSON_COMPACT | JSON_ENSURE_ASCII);
}

void
line_note(struct plea *p)
{
	struct line *l = line_of(p);
	char *detail = detail_text(l);
	const struct keep_event e = { .kind = "verdict",
		.identity = p->s->identity,
		.sid = p->s->sid,
		.rule = p->verdict.rule,
		.detail = detail };

	if (detail == NULL ||
	    keep_event(session_monitor(p->s)->keep, &e, noted, l) != RC_OK)
		noted(l, RC_FAIL, "out of memory, or no keeper", span_make(NULL, 0),
		    NULL);
	free(detail);
}

/* ---- asked ---- */

/* What was typed may be no text at all. */
static void
put_typed(struct line *l, struct span typed)
{
	struct buf masked;

	buf_init(&masked, mask_growth(SHELL_LINE));
	veil_line(session_veil(l->plea.s), typed, &masked);
	text_show(&l->shown, buf_ok(&masked) ? buf_span(&masked) : span_of("[MASKED]"));
	buf_clear(&masked);
}

static enum rc
fill_line(struct line *l, const struct msg_line_ask *m, struct err *err)
{
	buf_init(&l->typed, SHELL_LINE);
	buf_init(&l->shown, 4 * mask_growth(SHELL_LINE) + 1);
	buf_init(&l->canon, SHELL_LINE + 1);
	buf_init(&l->destination, MSG_LINE_MAX);
	buf_span_put(&l->typed, m->line);
	put_typed(l, m->line);
	if ((l->directory = span_dup(m->directory)) == NULL || !buf_ok(&l->typed) ||
	    !buf_ok(&l->shown))
		return err_set(err, RC_REFUSE, "a line of %zu bytes", m->line.len);
	return RC_OK;
}

static enum rc
make_line(struct session *s, uint32_t number, const struct msg_line_ask *m,
    struct line **ret, struct err *err)
{
	struct line *l;
	enum rc rc;

	if (find(s, number) != NULL)
		return err_set(err, RC_REFUSE, "line %u twice", number);
	if (s->lines->n >= LINES_AT_ONCE)
		return err_set(
		    err, RC_REFUSE, "more than %d lines at once", LINES_AT_ONCE);
	if ((l = calloc(1, sizeof *l)) == NULL)
		return err_memory(err);
	l->plea.kind = &linehold_kind;
	l->plea.s = s;
	l->number = number;
	if ((rc = fill_line(l, m, err)) != RC_OK) {
		free_line(l);
		return rc;
	}
	l->next = s->lines->first;
	s->lines->first = l;
	s->lines->n++;
	*ret = l;
	return RC_OK;
}

static bool
has_shell(const struct session *s)
{
	return s->state == SESSION_RUNNING && s->remote != NULL &&
	       s->remote->kind == REMOTE_SHELL && s->remote->at != NULL;
}

enum rc
lineask_ask(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	struct line *l = NULL;
	enum rc rc;

	(void)fds;
	if (!has_shell(s))
		return err_set(err, RC_REFUSE, "a line out of turn");
	if ((rc = make_list(s, err)) != RC_OK ||
	    (rc = make_line(s, id, &m->line_ask, &l, err)) != RC_OK)
		return rc;
	line_judge(&l->plea, &l->plea.verdict);
	/* What is held counts when people are asked (plea.c): whoever comes back for an
	 * approval has been counted. */
	if (l->plea.verdict.effect == EFFECT_ALLOW)
		(void)admit_rates(s, true, &l->plea.verdict, &s->retry_after);
	line_note(&l->plea);
	flood_count(&s->lines->flood, 0);
	return RC_OK;
}

/* The answer may have been on its way: then nothing is left to take back. */
enum rc
lineask_gone(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	struct line *l = find(s, id);
	enum rc rc;

	(void)m;
	(void)fds;
	if (!has_shell(s))
		return RC_OK;
	if ((rc = make_list(s, err)) != RC_OK)
		return rc;
	if (l != NULL) {
		plea_withdraw(&l->plea);
		drop_line(l);
	}
	flood_count(&s->lines->flood, 0);
	return RC_OK;
}
