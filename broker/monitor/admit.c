/* What stands between the policies' yes and the deed: what rules ask for that cannot be
 * done here, a reason that is missing, and how often it was done already.
 *
 * The engine knows neither counts nor what this version can do. */
#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"

#include <stdarg.h>
#include <stdio.h>

void
admit_deny(struct verdict *v, const char *code, const char *fmt, ...)
{
	va_list ap;

	v->effect = EFFECT_DENY;
	v->n_needs = 0;
	v->n_rates = 0;
	snprintf(v->code, sizeof v->code, "%s", code);
	va_start(ap, fmt);
	vsnprintf(v->reason, sizeof v->reason, fmt, ap);
	va_end(ap);
}

/* A hold whose rule wants to know why, asked for without a word. */
static const struct approver_need *
wants_reason(const struct verdict *v, const char *reason)
{
	for (size_t i = 0; i < v->n_needs; i++)
		if (v->needs[i].reason && reason[0] == '\0')
			return &v->needs[i];
	return NULL;
}

/* A program that talks to its user needs the user's terminal. */
static bool
wants_terminal(const struct session *s, const struct verdict *v)
{
	return (v->asks & VERDICT_ASK_INTERACTIVE) &&
	       !(s->remote != NULL && s->command.pty);
}

static const char *
give_reason(const struct session *s)
{
	if (s->gate == GATE_SDK)
		return "its approvers want a reason, which a call of an SDK cannot "
		       "give; run it as a command";
	return s->remote != NULL ? "its approvers want a reason: "
				   "ssh broker -- --reason \"'WHY'\" ssm ..."
				 : "its approvers want a reason: "
				   "ssh broker -- --reason \"'WHY'\" aws ...";
}

/* Policies were loaded with the configuration and ask for nothing else; but templates
 * that people approved may be older. */
static bool
knows_masks(const struct session *s, struct verdict *v)
{
	const struct mask_policy *p = session_monitor(s)->rules.config->masking;
	const char *at = v->masks;
	struct span name;

	while (verdict_name_next(&at, &name))
		if (!mask_policy_knows(p, name)) {
			admit_deny(v, "unsupported",
			    "the rules ask for the mask %.*s, which is not configured",
			    (int)name.len, (const char *)name.p);
			return false;
		}
	return true;
}

void
admit_terms(const struct session *s, struct verdict *v)
{
	const bool sdk = s->gate == GATE_SDK;
	const struct approver_need *n = wants_reason(v, s->command.reason);

	if (v->effect == EFFECT_DENY)
		return;
	if (!knows_masks(s, v))
		return;
	if (wants_terminal(s, v)) {
		admit_deny(v, "terminal",
		    "the rules let it run alone on a terminal: ssh -t broker ssm ...");
		return;
	}
	if ((v->asks & VERDICT_ASK_NO_STDIN) && !sdk && ask_reads(s)) {
		admit_deny(v, "rule", "the rules let it read no input");
		return;
	}
	if (n == NULL)
		return;
	snprintf(v->rule, sizeof v->rule, "%s", n->rule);
	admit_deny(v, "reason", "%s", give_reason(s));
}

static const char *
target_of(const struct session *s)
{
	return s->remote == NULL || s->remote->at == NULL ? NULL : s->remote->at->id;
}

bool
admit_rates(const struct session *s, bool counted, struct verdict *v, int64_t *retry)
{
	struct rates *rates = session_monitor(s)->rates;
	const struct rates_ask ask = { v, s->identity, target_of(s), clock_mono_ms() };
	struct rates_over over;
	struct buf per, again;

	if (v->effect == EFFECT_DENY ||
	    (counted ? rates_take : rates_look)(rates, &ask, &over))
		return true;
	/* Never too early: whoever comes back then gets through. */
	*retry = (int64_t)((over.retry_ms + 999) / 1000);
	buf_init(&per, 64);
	buf_init(&again, 64);
	tell_duration(&per, over.rate.per_ms);
	tell_duration(&again, (uint64_t)*retry * 1000);
	snprintf(v->rule, sizeof v->rule, "%s", over.rate.rule);
	if (over.full)
		admit_deny(v, "rate",
		    "nothing more can be counted now; try again in %s",
		    buf_cstr(&again));
	else
		admit_deny(v, "rate", "over its rate of %u in %s; try again in %s",
		    over.rate.n, buf_cstr(&per), buf_cstr(&again));
	buf_clear(&per);
	buf_clear(&again);
	return false;
}
