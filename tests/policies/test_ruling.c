/* Work is counted, and what it takes is known to the step: one less is a deny. */
#include "tests/policies/lineask.h"

#include "policies/decide_parts.h"

#define POINTS 6

/* Points of one operation, or POINTS of two by turns, judged with so many steps and no index. */
static struct verdict
judge_points(const struct pack *p, size_t points, unsigned long steps)
{
	struct apicall *call = asking_call("s3:GetObject", "eu-west-1", "");
	struct ruleset bare = *pack_rules(p);
	struct iam_need v[POINTS];
	struct iam_needs needs = { .n = points, .v = v };
	struct facts f = lineask_facts;
	struct question q = { 0 };
	struct decision d = { .q = &q };
	struct err err = { "" };
	struct verdict ret = { 0 };

	for (size_t i = 0; i < points; i++)
		v[i] = (struct iam_need){ "s3",
			points == POINTS && i % 2 == 1 ? "PutObject" : "GetObject",
			"s3:GetObject", "arn:aws:s3:::bkt/k", false, false,
			"arn:aws:s3:::bkt/k" };
	bare.index = NULL;
	f.path = PATH_API;
	assert_int_equal(question_call(NULL, call, &needs, &f, &q, &err), RC_OK);
	assert_true(ruling_begin(&d.g, &bare, &f, PATH_API, &ret));
	d.g.steps = steps;
	decision_judge(&d);
	ruling_end(&d.g);
	question_clear(&q);
	apicall_free(call);
	return ret;
}

static struct verdict
judge_line(const struct pack *p, const char *line, unsigned long steps)
{
	struct ruleset bare = *pack_rules(p);
	struct judging j = { 0 };
	struct verdict ret = { 0 };

	bare.index = NULL;
	assert_true(ruling_begin(&j.g, &bare, &lineask_facts, PATH_SHELL, &ret));
	j.g.steps = steps;
	judging_line(&j, span_of(line), NULL);
	ruling_end(&j.g);
	return ret;
}

/* What it takes, and what is said where there is that much. */
static void
check_cost(const char *rules, const char *line, size_t points, unsigned long cost,
    const char *code)
{
	char text[2048];
	struct pack *p;

	snprintf(text, sizeof text,
	    "{version: 1, name: p, defaults: {undecidable: hold}, rules: [%s]}", rules);
	p = asking_pack(text);
	for (unsigned long steps = 0; steps <= cost; steps++) {
		struct verdict v = line == NULL ? judge_points(p, points, steps)
						: judge_line(p, line, steps);
		bool enough = steps == cost;

		if (strcmp(v.code, enough ? code : "limit") != 0 ||
		    (!enough && v.effect != EFFECT_DENY))
			fail_msg("%s, %zu, with %lu of %lu steps:\n%s %s '%s'",
			    line == NULL ? "points" : line, points, steps, cost, rules,
			    effect_name(v.effect), v.code);
	}
	pack_free(p);
}

#define AWS(id, effect, ops, more)                                                     \
	"{id: " id ", effect: " effect ", on: [api], aws: {operations: [" ops "]" more \
	"}}"
#define YES AWS("a", "allow", "'s3:GetObject'", "")
#define ELSEWHERE ", resources: ['arn:aws:s3:::x', 'arn:aws:s3:::y']"

static void
calls_cost_what_is_looked_at(void **state)
{
	static const struct {
		const char *rules;
		size_t points;
		unsigned long cost;
	} rows[] = {
		/* The rule, its pattern, the point; then each point like it. */
		{ YES, 1, 3 },
		{ YES, 5, 7 },
		{ YES ", " AWS("b", "deny", "'s3:X'", ""), 1, 6 },
		{ AWS("a", "allow", "'s3:GetObject', 's3:PutObject'", ""), 6, 11 },
		/* All of its patterns, once. */
		{ YES ", " AWS("b", "deny", "'s3:X', 's3:Y', 's3:Z'", ""), 1, 8 },
		{ YES ", " AWS("b", "deny", "'s3:X', 's3:Y', 's3:Z'", ""), 5, 16 },
		/* Its resources only where it names the operation. */
		{ YES ", " AWS("b", "deny", "'s3:X'", ELSEWHERE), 1, 6 },
		{ YES ", " AWS("b", "deny", "'s3:GetObject'", ELSEWHERE), 1, 8 },
		{ YES ", " AWS("b", "deny", "'s3:GetObject'", ELSEWHERE), 3, 16 },
		/* Of many that begin alike, once for all. */
		{ YES ", " AWS("b", "deny", "'s3:GetObject'", ELSEWHERE), 5, 10 },
		/* One for somebody else, or that can add nothing: itself. */
		{ YES ", {id: b, effect: deny, on: [api], who: {group: others}, aws: "
		      "{operations: ['s3:GetObject', 's3:X']}}",
		    5, 8 },
		{ YES ", " AWS("b", "allow", "'s3:*', 's3:X'", ""), 5, 8 },
		{ YES ", {id: b, effect: allow, on: [api], rate: {n: 3, per: 1m, "
		      "by: [identity]}, aws: {operations: ['s3:*', 's3:X']}}",
		    5, 15 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_cost(rows[i].rules, NULL, rows[i].points, rows[i].cost, "");
}

#define CMD(id, effect, more)                                                          \
	"{id: " id ", effect: " effect                                                 \
	", on: [shell], command: {name: echo, options: "                               \
	"any, operands: any}" more "}"
#define HELD ", approvers: {need: 1, from: [group:sre]}"
#define ODD(effect, more)                                                              \
	"{id: o, effect: " effect ", on: [shell], command: {undecidable: true}" more "}"
#define OTHERS ", who: {group: others}"

static void
lines_cost_what_is_looked_at(void **state)
{
	static const struct {
		const char *rules, *line;
		unsigned long cost;
		const char *code;
	} rows[] = {
		/* The rule, its shape, the words. */
		{ CMD("a", "deny", ""), "echo", 3, "rule" },
		{ CMD("a", "deny", ""), "echo x y z", 6, "rule" },
		{ CMD("a", "deny", ""), "id; echo x", 6, "rule" },
		{ "{id: a, effect: deny, on: [shell], command: {any: [{name: x}, "
		  "{name: echo}]}}",
		    "echo", 5, "rule" },
		{ CMD("a", "deny", OTHERS), "echo x", 1, "unmatched" },
		/* Those of an exception, read closely and widely. */
		{ CMD("a", "deny", ", unless: {command: {name: rm, operands: any}}"),
		    "echo x", 10, "rule" },
		/* An allow that can add nothing: itself. */
		{ CMD("a", "allow", "") ", " CMD("b", "allow", ""), "echo x", 5, "" },
		{ CMD("a", "allow", "") ", " CMD("b", "hold", HELD), "echo x", 8,
		    "rule" },
		{ CMD("a", "allow", "") ", " CMD("b", "allow", ""), "timeout 5 echo", 4,
		    "" },
		{ CMD("a", "allow", "") ", " CMD("b", "allow", ""), "echo; id", 10,
		    "unmatched" },
		{ CMD("a", "allow", ", redirect: [null]") ", " CMD("b", "allow", ""),
		    "echo >/dev/null", 4, "" },
		{ CMD("a", "allow", "") ", " CMD("b", "allow", ", redirect: [null]"),
		    "echo >/dev/null", 6, "" },
		{ CMD("a", "allow", "") ", " CMD("b", "allow", "") ", " ODD(
		      "hold", HELD),
		    "echo; sh", 10, "interpreter" },
		/* A line that nobody understands is asked about twice, and so is one
		 * with redirections that no rule for its programs grants. */
		{ ODD("deny", OTHERS), "sh", 2, "interpreter" },
		{ ODD("hold", HELD), "sh", 2, "interpreter" },
		{ CMD("a", "allow", OTHERS ", redirect: [null]"), "echo >/dev/null", 2,
		    "unmatched" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_cost(rows[i].rules, rows[i].line, 0, rows[i].cost, rows[i].code);
}

/* Each path has its steps; what is asked for beyond them is not given, and after that
 * nothing is. */
static void
steps_are_given_until_they_are_spent(void **state)
{
	struct pack *p = asking_pack("{version: 1, name: p, rules: []}");
	struct facts f = lineask_facts;

	(void)state;
	for (int path = PATH_EXEC; path <= PATH_FORWARD; path++) {
		struct ruling g;
		struct verdict v;

		f.path = (enum path)path;
		assert_true(ruling_begin(&g, pack_rules(p), &f, f.path, &v));
		assert_int_equal(
		    g.steps, path == PATH_SHELL ? RULING_LINE_STEPS : RULING_STEPS);
		g.steps = 3;
		assert_true(ruling_step(&g, 2));
		assert_true(ruling_step(&g, 1));
		assert_true(ruling_step(&g, 0));
		assert_false(g.spent);
		g.steps = 3;
		assert_false(ruling_step(&g, 4));
		assert_true(g.spent);
		assert_false(ruling_step(&g, 1));
		ruling_end(&g);
	}
	pack_free(p);
}

/* What a verdict carries is of its effect: a deny has no terms, and needs are a hold's. */
static void
verdicts_carry_what_is_theirs(void **state)
{
	struct pack *p = asking_pack(
	    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [shell], "
	    "command: "
	    "{name: id}, rate: {n: 2, per: 1m, by: [identity]}}, {id: d, effect: deny, "
	    "on: [shell], command: {name: id}, reason: No.}, {id: h, effect: hold, on: "
	    "[shell], command: {name: id}" HELD "}]}");
	static const size_t rates[] = { 0, 1, 1 }, needs[] = { 0, 1, 0 };

	(void)state;
	for (int worst = EFFECT_DENY; worst <= EFFECT_ALLOW; worst++)
		for (unsigned acted = 0; acted < 2; acted++) {
			struct ruling g;
			struct verdict v;

			assert_true(ruling_begin(
			    &g, pack_rules(p), &lineask_facts, PATH_SHELL, &v));
			for (size_t i = 0; acted && i < pack_rules(p)->n; i++) {
				ruling_act(&g, pack_rules(p)->rules[i], 0);
				ruling_add(&g, pack_rules(p)->rules[i]);
			}
			/* A deny is told whatever else there is too much of. */
			g.crowded = worst == EFFECT_DENY;
			ruling_name(&g, (enum effect)worst);
			ruling_end(&g);
			assert_int_equal(v.effect, acted ? worst : (int)EFFECT_DENY);
			assert_string_equal(v.code, !acted		    ? "internal"
						    : worst == EFFECT_ALLOW ? ""
									    : "rule");
			assert_int_equal(v.n_rates, acted ? rates[worst] : 0);
			assert_int_equal(v.n_needs, acted ? needs[worst] : 0);
		}
	pack_free(p);
}

/* A rule's sentence is told as far as there is room, and ends there. */
static void
a_sentence_is_cut_to_its_room(void **state)
{
	struct pack *p = asking_pack(
	    "{version: 1, name: p, rules: [{id: a, effect: deny, on: [shell], command: "
	    "{name: id}, reason: No.}]}");
	struct rule deny = *pack_rules(p)->rules[0];
	const struct rule *rules[] = { &deny };
	struct ruleset set = { .n = 1, .rules = rules };
	char reason[VERDICT_REASON + 2];

	(void)state;
	for (size_t n = VERDICT_REASON - 2; n < sizeof reason; n++) {
		struct verdict v;

		memset(reason, 'x', n);
		reason[n] = '\0';
		deny.reason = reason;
		decide_line(&set, span_of("id"), &lineask_facts, &v, NULL);
		assert_string_equal(v.code, "rule");
		assert_int_equal(strnlen(v.reason, sizeof v.reason),
		    n < VERDICT_REASON ? n : VERDICT_REASON - 1);
	}
	pack_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_cost_what_is_looked_at),
		cmocka_unit_test(lines_cost_what_is_looked_at),
		cmocka_unit_test(steps_are_given_until_they_are_spent),
		cmocka_unit_test(verdicts_carry_what_is_theirs),
		cmocka_unit_test(a_sentence_is_cut_to_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
