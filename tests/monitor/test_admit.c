/* What a yes has to pass beside the rules, and what a verdict bounds: rates, reasons,
 * what this version cannot do, times.  Verdicts are the engine's, with more in them. */
#include "tests/monitor/desk.h"

#include <jansson.h>

#include "broker/monitor/holds_parts.h"
#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "policies/decide.h"

#define LS "aws s3 ls"
#define RM "aws s3 rm s3://logs/a"
#define API                                                                            \
	"version: 1\nname: p\nrules:\n"                                                \
	"  - {id: read, effect: allow, on: [api], aws: {operations: "                  \
	"['s3:GetObject'], resources: ['arn:aws:s3:::logs/*']}}\n"                     \
	"  - {id: drop, effect: hold, on: [api], aws: {operations: "                   \
	"['s3:DeleteObject']}, approvers: {need: 1, from: [group:sre], auth: "         \
	"[key]}}\n"

/* What is added to each verdict that is no deny, and what was known at the last. */
static struct {
	struct verdict v;
	struct approver_need
	    need; /* its bounds, not its names, but where n_from says */
	uint64_t now;
} more;

void __real_decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret);
void __wrap_decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret);
void __real_decide_call(const struct ruleset *set, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs,
    const struct facts *facts, struct verdict *ret);
void __wrap_decide_call(const struct ruleset *set, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs,
    const struct facts *facts, struct verdict *ret);

static void
add(const struct facts *facts, struct verdict *v)
{
	more.now = facts->now;
	if (v->effect == EFFECT_DENY)
		return;
	v->n_rates = more.v.n_rates;
	memcpy(v->rates, more.v.rates, sizeof v->rates);
	v->decide_ms = more.v.decide_ms;
	v->use_ms = more.v.use_ms;
	v->run_ms = more.v.run_ms;
	v->output_bytes = more.v.output_bytes;
	v->asks = more.v.asks;
	memcpy(v->masks, more.v.masks, sizeof v->masks);
	for (size_t i = 0; i < v->n_needs; i++) {
		struct approver_need *n = &v->needs[i];

		n->reason = more.need.reason;
		n->distinct_groups = more.need.distinct_groups;
		n->n_not = more.need.n_not;
		memcpy(n->not_from, more.need.not_from, sizeof n->not_from);
		if (more.need.n_from == 0)
			continue;
		n->need = more.need.need;
		n->n_from = more.need.n_from;
		memcpy(n->from, more.need.from, sizeof n->from);
	}
}

void
__wrap_decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret)
{
	__real_decide(set, req, facts, ret);
	add(facts, ret);
}

void
__wrap_decide_call(const struct ruleset *set, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs,
    const struct facts *facts, struct verdict *ret)
{
	__real_decide_call(set, argv, call, needs, facts, ret);
	add(facts, ret);
}

static int
setup(void **state)
{
	memset(&more, 0, sizeof more);
	return desk_setup(state);
}

static void
set_rate(unsigned n, uint64_t per_ms)
{
	more.v.n_rates = 1;
	more.v.rates[0] = (struct verdict_rate){
		.rule = "p/look", .n = n, .per_ms = per_ms, .by_identity = true
	};
}

static bool
has_text(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

/* The verdict's event says this; it is taken. */
static void
verdict_is(struct desk *d, const char *effect, const char *code)
{
	char text[64];

	keeper_event_open(d, "verdict");
	snprintf(text, sizeof text, "\"effect\":\"%s\",\"code\":\"%s\"", effect, code);
	if (!has_text(d->keeper.m.event.detail, text))
		fail_msg("%s is not in %.*s", text, (int)d->keeper.m.event.detail.len,
		    (const char *)d->keeper.m.event.detail.p);
	keeper_says(d, RC_OK);
}

/* Refused on channel chan, recorded with its code, and said so. */
static void
refused(struct front *f, uint32_t chan, const char *code, const char *part)
{
	char text[64];

	verdict_is(f->d, "deny", code);
	keeper_event_open(f->d, "denied");
	snprintf(text, sizeof text, "\"code\":\"%s\",\"policy\":\"", code);
	assert_true(has_text(f->d->keeper.m.event.detail, text));
	keeper_says(f->d, RC_OK);
	front_denied(f, chan, STATUS_DENIED, part);
}

/* Let through on this channel: STS is asked. */
static void
passes(struct front *f, uint32_t chan, const char *line)
{
	unsigned asked = fake_vault()->asked;

	front_exec(f, chan, line);
	keeper_event_open(f->d, "verdict");
	if (!has_text(f->d->keeper.m.event.detail, "\"effect\":\"allow\""))
		fail_msg("%.*s", (int)f->d->keeper.m.event.detail.len,
		    (const char *)f->d->keeper.m.event.detail.p);
	keeper_says(f->d, RC_OK);
	assert_int_equal(fake_vault()->asked, asked + 1);
	front_gone(f, chan);
	end_quiet(f->d, &f->talk);
}

static struct front *
held(struct desk *d, const char *line, char id[10])
{
	struct front *f = front_login(d, CI);

	front_exec(f, 1, line);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	return f;
}

/* A word on a hold, before the store has it. */
static struct front *
votes(struct desk *d, enum person who, const char *id)
{
	struct front *f = front_login(d, who);
	char line[32];

	snprintf(line, sizeof line, "approve %s", id);
	front_exec(f, 5, line);
	front_verdict(f, 5, VERDICT_VERB);
	return f;
}

/* ---- what cannot be done ---- */

static void
what_cannot_be_done_is_refused(void **state)
{
	static const struct {
		unsigned ask;
		const char *masks;
		const char *line, *part; /* NULL: it passes */
	} rows[] = {
		{ VERDICT_ASK_MASK, "no-such", LS,
		    "denied: s3 ls by rule p/look: the rules ask for the mask "
		    "no-such, which is not configured" },
		{ VERDICT_ASK_MASK, "pii,zz", LS, "the mask zz" },
		{ VERDICT_ASK_MASK, "email,pii", LS, NULL },
		{ VERDICT_ASK_REVEAL, "", LS, NULL },
		{ VERDICT_ASK_HASHED, "", "aws s3 cp - s3://logs/a", NULL },
		{ VERDICT_ASK_HASHED, "", LS, NULL },
		{ VERDICT_ASK_UNREVIEWED | VERDICT_ASK_CANCEL, "", LS, NULL },
		{ VERDICT_ASK_UNREVIEWED, "", "aws s3 cp - s3://logs/a", NULL },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		more.v.asks = rows[i].ask;
		snprintf(more.v.masks, sizeof more.v.masks, "%s", rows[i].masks);
		if (rows[i].part == NULL) {
			passes(f, i, rows[i].line);
			continue;
		}
		front_exec(f, i, rows[i].line);
		refused(f, i, "unsupported", rows[i].part);
	}
	/* A hold neither: nobody is asked for what nobody could do. */
	snprintf(more.v.masks, sizeof more.v.masks, "no-such");
	front_exec(f, 40, RM);
	refused(f, 40, "unsupported",
	    "by rule p/delete: the rules ask for the mask no-such");
	more.v.masks[0] = '\0';
	/* A program with a terminal of its own is nothing for a command's pipes. */
	more.v.asks = VERDICT_ASK_INTERACTIVE;
	front_exec(f, 42, LS);
	refused(f, 42, "terminal", "alone on a terminal");
	more.v.asks = VERDICT_ASK_NO_STDIN;
	passes(f, 41, LS);
	front_exec(f, 42, "aws s3 cp - s3://logs/a");
	refused(f, 42, "rule", "by rule p/look: the rules let it read no input");
	front_free(f);
	end_quiet(d, &d->keeper);
}

static void
a_reason_may_be_wanted(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	more.need.reason = true;
	passes(f, 1, LS); /* approvers have no word in it */
	front_exec(f, 2, RM);
	refused(f, 2, "reason",
	    "denied: s3 rm s3://logs/a by rule p/delete: its approvers want a "
	    "reason: ssh broker -- --reason \"'WHY'\" aws ...");
	front_exec(f, 3, "--dry-run " RM);
	verdict_is(d, "deny", "reason");
	keeper_event(d, "dry-run");
	front_denied(f, 3, STATUS_DENIED, "would be denied: s3 rm");
	front_exec(f, 4, "--reason 'ticket 42' " RM);
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(has_text(d->keeper.m.hold_new.detail, "\"reason\":\"required\""));
	assert_true(has_text(d->keeper.m.hold_new.detail, "\"reason\":\"ticket 42\""));
	keeper_says(d, RC_OK);
	front_verdict(f, 4, VERDICT_HOLD);
	front_free(f);
	keeper_drain(d);
}

/* ---- rates ---- */

static void
over_the_rate_is_a_deny_with_a_time(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *b;

	set_rate(3, 60000);
	for (uint32_t i = 0; i < 3; i++) {
		passes(f, i, LS);
		desk_skip(d, 10000);
	}
	front_exec(f, 3, LS);
	refused(f, 3, "rate",
	    "broker: denied: s3 ls by rule p/look: over its rate of 3 in 1m; try again "
	    "in 30s\n");
	front_exec(f, 4, "--json " LS);
	refused(f, 4, "rate",
	    "\"rule\":\"p/look\",\"code\":\"rate\",\"reason\":\"over its rate of 3 in "
	    "1m; try again in 30s\",\"retry_after\":30}}");
	front_exec(f, 5, "--json --dry-run " LS);
	verdict_is(d, "deny", "rate");
	keeper_event(d, "dry-run");
	front_denied(f, 5, STATUS_DENIED, "\"retry_after\":30}}");
	/* Somebody else has a rate of their own. */
	b = front_login(d, BOB);
	passes(b, 1, LS);
	front_free(b);
	/* A reload forgets nothing. */
	desk_reload(d, NULL, NULL);
	front_exec(f, 6, LS);
	refused(f, 6, "rate", "try again in 30s");
	desk_skip(d, 30000);
	passes(f, 7, LS);
	front_exec(f, 8, LS);
	refused(f, 8, "rate", "try again in 10s");
	front_free(f);
}

static void
only_what_is_to_happen_counts(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	uint32_t chan = 1;

	set_rate(1, 60000);
	for (int i = 0; i < 3; i++, chan++) {
		front_exec(f, chan, "--dry-run " LS);
		verdict_is(d, "allow", "");
		keeper_event(d, "dry-run");
		front_denied(f, chan, STATUS_OK, "would be allowed");
	}
	more.v.asks = VERDICT_ASK_CANCEL;
	for (int i = 0; i < 3; i++, chan++) {
		front_exec(f, chan, "--no-wait " RM);
		keeper_event(d, "verdict");
		keeper_event(d, "held");
		front_denied(f, chan, STATUS_HELD, "nobody was asked");
	}
	more.v.asks = 0;
	front_exec(f, chan, "aws s3 rb s3://logs");
	keeper_event(d, "verdict");
	keeper_event(d, "denied");
	front_denied(f, chan++, STATUS_DENIED, "Buckets stay");
	front_exec(f, chan, RM);
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	keeper_says(d, RC_OK);
	front_verdict(f, chan++, VERDICT_HOLD);
	front_exec(f, chan, RM);
	refused(f, chan, "rate", "over its rate of 1 in 1m");
	front_free(f);
	keeper_drain(d);
}

static void
what_there_is_no_room_for_does_not_count(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	desk_reload(d, desk_config(d, "limits: {sessions_per_identity: 1}"), NULL);
	front_exec(f, 1, LS); /* asks STS, and waits */
	keeper_event(d, "verdict");
	set_rate(1, 60000);
	for (uint32_t i = 2; i < 5; i++) {
		front_exec(f, i, LS);
		keeper_event(d, "verdict");
		keeper_event(d, "busy");
		front_denied(f, i, STATUS_HELD, "too many commands run now");
	}
	front_gone(f, 1);
	passes(f, 5, LS);
	front_exec(f, 6, LS);
	refused(f, 6, "rate", "over its rate");
	front_free(f);
}

static void
calls_of_a_command_are_part_of_it(void **state)
{
	struct desk *d = *state;
	struct front *f;
	struct run r;

	set_rate(1, 60000);
	f = desk_run(d, "aws s3 cp s3://logs/a -", &r);
	for (uint32_t i = 0; i < 5; i++) {
		gate_asks(d, &r, i, "s3:HeadObject", "Bucket=logs", "Key=a", NULL);
		gate_hears(d, &r, i, VERDICT_ALLOW, "");
	}
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

static void
calls_of_sdks_count_each(void **state)
{
	struct desk *d = *state;
	struct front *f;
	struct run r;

	desk_reload(d, NULL, API);
	f = desk_sdk(d, CI, &r);
	set_rate(2, 60000);
	for (uint32_t i = 0; i < 3; i++) {
		gate_asks(d, &r, i, "s3:GetObject", "Bucket=logs", "Key=a", NULL);
		keeper_event_open(d, i < 2 ? "call" : "call.denied");
		assert_true(has_text(d->keeper.m.event.detail,
		    i < 2 ? "\"code\":\"\"" : "\"code\":\"rate\""));
		keeper_says(d, RC_OK);
		gate_hears(d, &r, i, i < 2 ? VERDICT_ALLOW : VERDICT_DENY,
		    i < 2 ? "" : "over its rate of 2 in 1m; try again in 1m");
		assert_int_equal(r.ctl.m.call_says.policy.len, 32);
	}
	run_sdk_end(d, &r);
	desk_done(d, f, &r);
}

/* A client that gives up and comes back for its approval has been counted. */
static void
a_held_call_counts_once(void **state)
{
	struct desk *d = *state;
	struct front *f, *b;
	struct run r;
	char id[10];

	desk_reload(d, NULL, API);
	f = desk_sdk(d, CI, &r);
	set_rate(1, 3600000);
	gate_asks(d, &r, 1, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	keeper_event(d, "call");
	keeper_hold(d, id);
	gate_hears(d, &r, 1, VERDICT_HOLD, id);
	/* Another one is too much. */
	gate_asks(d, &r, 2, "s3:DeleteObject", "Bucket=logs", "Key=b", NULL);
	keeper_event(d, "call");
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 2, VERDICT_DENY, "over its rate of 1 in 1h");
	end_send(d, &r.ctl, MSG_CALL_GONE, 1, NULL, NULL, 0);
	desk_turn(d);
	b = votes(d, BOB, id);
	keeper_set(d, HOLD_APPROVED);
	front_free(b);
	gate_asks(d, &r, 3, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	keeper_event(d, "call");
	keeper_set(d, HOLD_SPENT);
	keeper_event(d, "call");
	gate_hears(d, &r, 3, VERDICT_ALLOW, "");
	run_sdk_end(d, &r);
	desk_done(d, f, &r);
}

/* ---- times and sizes ---- */

static void
a_rule_shortens_a_run(void **state)
{
	static const struct {
		uint64_t run_ms, output, want_s, want_output;
	} rows[] = { { 0, 0, 3600, 16ull << 30 }, { 5000, 4096, 5, 4096 },
		{ 7200000, 1ull << 50, 3600, 16ull << 30 } };
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, CI);
		struct run r;
		char text[64];

		more.v.run_ms = rows[i].run_ms;
		more.v.output_bytes = rows[i].output;
		front_exec(f, 1, LS);
		run_to_start(f, 1, &r);
		assert_int_equal(d->nursery.m.start.output_max, rows[i].want_output);
		/* What its calls may fill is another matter. */
		assert_int_equal(d->nursery.m.start.events_max, 16ull << 30);
		run_to_launch(d, &r);
		desk_skip(d, rows[i].want_s * 1000 - 1000);
		end_quiet(d, &r.ctl);
		desk_skip(d, 1000);
		end_want(d, &r.ctl, MSG_STOP);
		assert_int_equal(r.ctl.m.stop.why, STOP_TIME);
		snprintf(text, sizeof text, "stopped: the time limit of %llu s is over",
		    (unsigned long long)rows[i].want_s);
		assert_true(span_is(r.ctl.m.stop.text, text));
		end_want(d, &d->launch, MSG_KILL);
		run_to_end(d, &r);
		while (end_poll(d, &d->launch) == MSG_KILL)
			;
		desk_done(d, f, &r);
	}
}

static void
a_rule_shortens_a_hold(void **state)
{
	struct desk *d = *state;
	struct front *f;
	char id[10];

	more.v.decide_ms = 60000;
	f = held(d, RM, id);
	end_has(&f->talk, "; expires in 1m\n");
	desk_skip(d, 59000);
	end_quiet(d, &d->keeper);
	desk_skip(d, 1100);
	keeper_set(d, HOLD_EXPIRED);
	keeper_event(d, "expired");
	front_denied(f, 1, STATUS_HELD, "nobody decided in time");
	front_free(f);
	/* But never makes it longer. */
	more.v.decide_ms = 86400000;
	f = held(d, RM, id);
	end_has(&f->talk, "; expires in 15m\n");
	front_free(f);
	keeper_drain(d);
}

static void
a_rule_shortens_the_use_of_a_yes(void **state)
{
	struct desk *d = *state;
	struct front *f, *b;
	struct run r;
	char id[10];

	more.v.use_ms = 30000;
	desk_reload(d, NULL, API);
	f = desk_sdk(d, CI, &r);
	gate_asks(d, &r, 1, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	keeper_event(d, "call");
	keeper_hold(d, id);
	gate_hears(d, &r, 1, VERDICT_HOLD, id);
	end_send(d, &r.ctl, MSG_CALL_GONE, 1, NULL, NULL, 0);
	desk_turn(d);
	b = votes(d, BOB, id);
	keeper_set(d, HOLD_APPROVED);
	front_free(b);
	desk_skip(d, 29000);
	end_quiet(d, &d->keeper);
	desk_skip(d, 1100);
	keeper_set(d, HOLD_EXPIRED);
	run_sdk_end(d, &r);
	desk_done(d, f, &r);
}

/* It goes by what the rules say when it begins. */
static void
a_reload_may_shorten_what_was_approved(void **state)
{
	struct desk *d = *state;
	struct front *f, *b;
	struct run r;
	char id[10];

	f = held(d, RM, id);
	more.v.output_bytes = 8192;
	b = votes(d, BOB, id);
	keeper_set(d, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_int_equal(d->nursery.m.start.output_max, 8192);
	run_to_launch(d, &r);
	run_to_end(d, &r);
	front_free(b);
	desk_done(d, f, &r);
}

/* ---- approvers ---- */

static void
wants_two_of(const char *a, const char *b)
{
	more.need.need = 2;
	more.need.n_from = 2;
	more.need.distinct_groups = true;
	more.need.from[0].group = more.need.from[1].group = true;
	snprintf(more.need.from[0].name, sizeof more.need.from[0].name, "%s", a);
	snprintf(more.need.from[1].name, sizeof more.need.from[1].name, "%s", b);
}

/* The answer to a verb that changes nothing. */
static void
is_told(struct desk *d, enum person who, const char *line, int status, const char *part)
{
	struct front *f = front_login(d, who);
	char out[4096];

	assert_int_equal(front_verb(f, 1, line, out, sizeof out), status);
	if (strstr(out, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, out);
	front_free(f);
}

static void
approvers_may_have_to_differ(void **state)
{
	struct desk *d = *state;
	struct front *f, *b, *c;
	char id[10], line[32];

	wants_two_of("sre", "deployers");
	f = held(d, RM, id);
	end_has(&f->talk,
	    "needs 2 of group sre, group deployers, of different groups (rule "
	    "p/delete)");
	is_told(d, BOB, "pending", 0,
	    "0 of 2 from group sre, group deployers, of different groups (rule "
	    "p/delete)");
	is_told(d, BOB, "--json pending", 0, "\"distinct_groups\":true");
	b = votes(d, BOB, id);
	keeper_set(d, HOLD_PENDING);
	end_want(d, &b->talk, MSG_ROW);
	end_has(&b->talk, "more approvals are needed");
	end_want(d, &b->talk, MSG_DONE);
	snprintf(line, sizeof line, "approve %s", id);
	is_told(d, CAROL, line, STATUS_DENIED, "its rule wants people of different");
	end_quiet(d, &d->keeper);
	front_free(b);
	/* Dave would be of the other one. */
	desk_reload(d, desk_config_with(d, "[group:sre]", "[group:sre, dave]"), NULL);
	c = votes(d, DAVE, id);
	keeper_set(d, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	end_has(&f->talk, "by bob and dave after");
	front_free(c);
	front_free(f);
}

static void
some_may_not_approve(void **state)
{
	struct desk *d = *state;
	struct front *f, *c;
	char id[10], line[32];

	more.need.n_not = 1;
	snprintf(more.need.not_from[0].name, sizeof more.need.not_from[0].name, "bob");
	f = held(d, RM, id);
	end_has(&f->talk, "needs 1 of group sre, not bob (rule p/delete)");
	snprintf(line, sizeof line, "approve %s", id);
	is_told(d, BOB, line, STATUS_DENIED, "its rule does not count you");
	is_told(d, CAROL, "pending", 0, "from group sre, not bob (rule p/delete)");
	c = votes(d, CAROL, id);
	keeper_set(d, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	front_free(c);
	front_free(f);
}

/* People said yes under other terms: what is asked for now has to be met. */
static void
a_reload_may_ask_for_more(void **state)
{
	static const struct {
		const char *code, *part;
	} rows[] = { { "reason", "its approvers want a reason" },
		{ NULL, "the rule asks for other approvals now" },
		{ NULL, "the rule asks for other approvals now" },
		{ "unsupported", "the mask no-such" } };
	struct desk *d = *state;

	for (unsigned i = 0; i < ROWS(rows); i++) {
		struct front *f, *b;
		char id[10], text[32], line[64];

		memset(&more, 0, sizeof more);
		/* What was approved stays: the same words would come back to it. */
		snprintf(line, sizeof line, "aws s3 rm s3://logs/%u", i);
		f = held(d, line, id);
		more.need.reason = i == 0;
		if (i == 1)
			wants_two_of("sre", "deployers");
		if (i == 2) {
			more.need.n_not = 1;
			snprintf(more.need.not_from[0].name,
			    sizeof more.need.not_from[0].name, "bob");
		}
		snprintf(more.v.masks, sizeof more.v.masks, i == 3 ? "no-such" : "");
		b = votes(d, BOB, id);
		keeper_set(d, HOLD_APPROVED);
		/* The hold stays: rules may change back. */
		keeper_event_open(d, "denied");
		snprintf(text, sizeof text, "\"code\":\"%s\"",
		    rows[i].code == NULL ? "" : rows[i].code);
		assert_true(
		    rows[i].code == NULL || has_text(d->keeper.m.event.detail, text));
		keeper_says(d, RC_OK);
		front_denied(f, 1, STATUS_DENIED, rows[i].part);
		assert_int_equal(fake_vault()->asked, 0);
		front_free(b);
		front_free(f);
	}
}

static void
a_hold_may_end_with_its_caller(void **state)
{
	struct desk *d = *state;
	struct front *f;
	struct run r;
	char id[10];

	more.v.asks = VERDICT_ASK_CANCEL;
	desk_reload(d, NULL, API);
	f = desk_sdk(d, CI, &r);
	gate_asks(d, &r, 1, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	keeper_event(d, "call");
	keeper_hold(d, id);
	gate_hears(d, &r, 1, VERDICT_HOLD, id);
	end_send(d, &r.ctl, MSG_CALL_GONE, 1, NULL, NULL, 0);
	desk_turn(d);
	keeper_set(d, HOLD_CANCELLED);
	run_sdk_end(d, &r);
	desk_done(d, f, &r);
}

static void
an_sdk_has_no_reasons(void **state)
{
	struct desk *d = *state;
	struct front *f;
	struct run r;

	more.need.reason = true;
	desk_reload(d, NULL, API);
	f = desk_sdk(d, CI, &r);
	gate_asks(d, &r, 1, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	keeper_event_open(d, "call.denied");
	assert_true(has_text(d->keeper.m.event.detail, "\"code\":\"reason\""));
	keeper_says(d, RC_OK);
	gate_hears(d, &r, 1, VERDICT_DENY, "a call of an SDK cannot give");
	run_sdk_end(d, &r);
	desk_done(d, f, &r);
}

/* ---- walls behind walls ---- */

static void
a_deny_keeps_nothing_of_a_hold(void **state)
{
	struct verdict v = { .effect = EFFECT_HOLD, .n_needs = 3, .n_rates = 2 };

	(void)state;
	snprintf(v.rule, sizeof v.rule, "p/r");
	admit_deny(&v, "rate", "so %s", "often");
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_int_equal(v.n_needs, 0);
	assert_int_equal(v.n_rates, 0);
	assert_string_equal(v.code, "rate");
	assert_string_equal(v.reason, "so often");
	assert_string_equal(v.rule, "p/r");
}

static void
no_approval_stands_for_a_reason(void **state)
{
	struct desk *d = *state;
	struct hold h = { .all = d->m.holds };
	struct verdict v = { .effect = EFFECT_HOLD, .n_needs = 1 };

	assert_true(hold_suffices(&h, &v));
	v.needs[0].reason = true;
	assert_false(hold_suffices(&h, &v));
	snprintf(h.reason, sizeof h.reason, "ticket 42");
	assert_true(hold_suffices(&h, &v));
	v.n_needs = 0;
	assert_false(hold_suffices(&h, &v));
}

/* ---- the clock ---- */

static void
decisions_know_the_time(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	uint64_t before = clock_wall_ms();

	passes(f, 1, LS);
	assert_true(more.now >= before && more.now <= clock_wall_ms());
	front_free(f);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(what_cannot_be_done_is_refused),
		T(a_reason_may_be_wanted),
		T(over_the_rate_is_a_deny_with_a_time),
		T(only_what_is_to_happen_counts),
		T(what_there_is_no_room_for_does_not_count),
		T(calls_of_a_command_are_part_of_it),
		T(calls_of_sdks_count_each),
		T(a_held_call_counts_once),
		T(a_rule_shortens_a_run),
		T(a_rule_shortens_a_hold),
		T(a_rule_shortens_the_use_of_a_yes),
		T(a_reload_may_shorten_what_was_approved),
		T(approvers_may_have_to_differ),
		T(some_may_not_approve),
		T(a_reload_may_ask_for_more),
		T(a_hold_may_end_with_its_caller),
		T(an_sdk_has_no_reasons),
		T(a_deny_keeps_nothing_of_a_hold),
		T(no_approval_stands_for_a_reason),
		T(decisions_know_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
