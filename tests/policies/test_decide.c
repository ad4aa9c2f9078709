#include "tests/policies/asking.h"

#include "policies/decide.h"

static const char *groups[] = { "agents", "ops" };
static const struct identity agent = {
	.name = "agent-1", .kind = IDENTITY_AGENT, .groups = groups, .group_count = 2
};
static const struct facts facts = ASKING_FACTS(&agent);

static struct verdict
ask(const struct pack *p, const char *line)
{
	struct aws_request *req = asking_request(line);
	struct verdict v;

	decide(pack_rules(p), req, &facts, &v);
	aws_free(req);
	return v;
}

#define ON "on: [exec], aws: {operations: "
#define RULES "{version: 1, name: p, rules: ["
#define ALLOW(id, ops) "{id: " id ", effect: allow, " ON "[" ops "]}},"
#define DENY(id, ops) "{id: " id ", effect: deny, " ON "[" ops "]}, reason: No.},"
#define HOLD(id, ops)                                                                  \
	"{id: " id ", effect: hold, " ON "[" ops                                       \
	"]}, approvers: {need: 1, from: [group:sre]}},"

static void
severity_wins_whatever_the_order(void **state)
{
	static const struct {
		const char *rules, *line;
		enum effect effect;
		const char *rule, *call;
	} rows[] = {
		{ RULES "]}", "aws s3 ls", EFFECT_DENY, "", "s3:list-buckets" },
		{ RULES ALLOW("a", "'s3:ls'") "]}", "aws s3 ls", EFFECT_ALLOW, "p/a",
		    "s3:list-buckets" },
		{ RULES ALLOW("a", "'s3:ls'") DENY("b", "'s3:ls'") "]}", "aws s3 ls",
		    EFFECT_DENY, "p/b", "s3:list-buckets" },
		{ RULES DENY("a", "'s3:ls'") ALLOW("b", "'s3:ls'") "]}", "aws s3 ls",
		    EFFECT_DENY, "p/a", "s3:list-buckets" },
		{ RULES HOLD("b", "'s3:ls'") ALLOW("a", "'s3:ls'") "]}", "aws s3 ls",
		    EFFECT_HOLD, "p/b", "s3:list-buckets" },
		{ RULES HOLD("a", "'s3:ls'") DENY("b", "'s3:*'") "]}", "aws s3 ls",
		    EFFECT_DENY, "p/b", "s3:list-buckets" },
		/* The name that is told is the first by name, not by place. */
		{ RULES ALLOW("z", "'s3:ls'") ALLOW("m", "'s3:ls'") "]}", "aws s3 ls",
		    EFFECT_ALLOW, "p/m", "s3:list-buckets" },
		/* Each call is judged alone: one that nothing allows is enough. */
		{ RULES ALLOW("a", "'s3:DeleteObject'") "]}",
		    "aws s3 rm s3://logs/ --recursive", EFFECT_DENY, "",
		    "s3:list-objects-v2" },
		{ RULES ALLOW("a", "'s3:DeleteObject'") ALLOW("b", "'s3:List*'") "]}",
		    "aws s3 rm s3://logs/ --recursive", EFFECT_ALLOW, "p/a",
		    "s3:delete-object" },
		{ RULES HOLD("a", "'s3:DeleteObject'") ALLOW("b", "'s3:List*'") "]}",
		    "aws s3 rm s3://logs/ --recursive", EFFECT_HOLD, "p/a",
		    "s3:delete-object" },
		{ RULES HOLD("a", "'s3:DeleteObject'") "]}",
		    "aws s3 rm s3://logs/ --recursive", EFFECT_DENY, "",
		    "s3:list-objects-v2" },
		{ RULES ALLOW("a", "'s3:rm'") DENY("b", "'s3:DeleteObject'") "]}",
		    "aws s3 rm s3://logs/ --recursive", EFFECT_DENY, "p/b",
		    "s3:delete-object" },
		/* A rule's no is told before the want of a yes. */
		{ RULES DENY("b", "'s3:DeleteObject'") "]}",
		    "aws s3 rm s3://logs/ --recursive", EFFECT_DENY, "p/b",
		    "s3:delete-object" },
		{ RULES ALLOW("a", "'s3:cp'") "]}", "aws s3 mv s3://logs/a s3://logs/b",
		    EFFECT_DENY, "", "s3:copy-object" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p = asking_pack(rows[i].rules);
		struct verdict v = ask(p, rows[i].line);

		if (v.effect != rows[i].effect || strcmp(v.rule, rows[i].rule) != 0 ||
		    strcmp(v.call, rows[i].call) != 0)
			fail_msg("row %zu: %s %s %s", i, effect_name(v.effect), v.rule,
			    v.call);
		assert_memory_equal(v.policy, pack_rules(p)->digest, 32);
		pack_free(p);
	}
}

static void
reasons_tell_what_to_do(void **state)
{
	struct pack *p = asking_pack(
	    RULES ALLOW("a", "'s3:ls', 'ec2:Describe*'") ALLOW("b", "'s3:GetObject'")
		DENY("c", "'s3:rb'") "{id: d, effect: allow, who: {group: others}, " ON
				     "['s3:*']}}]}");
	struct verdict v = ask(p, "aws s3 rm s3://logs/a");

	(void)state;
	/* Only what this caller may do is told. */
	assert_string_equal(v.reason,
	    "unmatched: no rule allows s3:delete-object; allowed of it: s3:ls, "
	    "s3:GetObject");
	v = ask(p, "aws iam list-users");
	assert_string_equal(v.reason, "unmatched: no rule allows iam:list-users");
	v = ask(p, "aws s3 rb s3://logs");
	assert_string_equal(v.reason, "No.");
	v = ask(p, "aws s3 ls");
	assert_string_equal(v.reason, "");
	pack_free(p);
}

static void
all_conditions_of_a_hold_add_up(void **state)
{
	struct pack *p = asking_pack(RULES
	    "{id: a, effect: hold, " ON "['s3:rm']}, approvers: {need: 1, from: "
	    "[group:sre], auth: [key]}},"
	    "{id: b, effect: hold, " ON "['s3:DeleteObject']}, approvers: {need: 2, "
	    "from: [identity:alice, group:lead], auth: [sk]}},"
	    "{id: c, effect: hold, " ON "['s3:ls']}, approvers: {need: 3, from: "
	    "[group:x]}}," ALLOW("d", "'s3:*'") "]}");
	struct verdict v = ask(p, "aws s3 rm s3://logs/a");

	(void)state;
	assert_int_equal(v.effect, EFFECT_HOLD);
	assert_string_equal(v.rule, "p/a");
	assert_int_equal(v.n_needs, 2);
	assert_string_equal(v.needs[0].rule, "p/a");
	assert_int_equal(v.needs[0].need, 1);
	assert_string_equal(v.needs[1].rule, "p/b");
	assert_int_equal(v.needs[1].need, 2);
	assert_string_equal(v.needs[1].from[0].name, "alice");
	pack_free(p);
}

static void
too_many_holds_are_a_deny(void **state)
{
	char text[4096] = RULES;
	struct verdict v;
	struct pack *p;

	(void)state;
	for (unsigned i = 0; i < VERDICT_NEEDS + 1; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof text - n,
		    "{id: h%u, effect: hold, " ON
		    "['s3:rm']}, approvers: {need: 1, from: [group:sre]}},",
		    i);
	}
	strcat(text, "]}");
	p = asking_pack(text);
	v = ask(p, "aws s3 rm s3://logs/a");
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_int_equal(v.n_needs, 0);
	assert_string_equal(v.reason, "limit: too many hold rules match");
	pack_free(p);
}

static void
what_is_not_known_is_denied(void **state)
{
	static const struct identity nobody = { .name = NULL };
	static const struct identity odd = { .name = "agent-1",
		.kind = (enum identity_kind)7 };
	static const struct facts rows[] = {
		{ .proof = PROOF_KEY },
		{ .who = &nobody, .proof = PROOF_KEY },
		{ .who = &odd, .proof = PROOF_KEY },
		{ .who = &agent },
		{ .who = &agent, .proof = (enum proof)9 },
		{ .who = &agent, .proof = PROOF_KEY, .path = PATH_API },
	};
	struct pack *p = asking_pack(RULES ALLOW("a", "'s3:*'") "]}");
	struct aws_request *req = asking_request("aws s3 ls");
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		memset(&v, 0xFF, sizeof v);
		decide(pack_rules(p), req, &rows[i], &v);
		assert_int_equal(v.effect, EFFECT_DENY);
	}
	decide(pack_rules(p), NULL, &facts, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	decide(NULL, req, &facts, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	decide(pack_rules(p), req, NULL, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	req->n_calls = 0;
	decide(pack_rules(p), req, &facts, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	req->n_calls = AWS_CALLS + 1;
	decide(pack_rules(p), req, &facts, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	req->n_calls = 1;
	decide(pack_rules(p), req, &facts, &v);
	assert_int_equal(v.effect, EFFECT_ALLOW);
	aws_free(req);
	pack_free(p);
}

/* Random policies: a generator of rules, as texts. */
static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static const char *const lines[] = { "aws s3 ls", "aws s3 ls s3://logs",
	"aws s3 rm s3://logs/a", "aws s3 rm s3://logs/ --recursive",
	"aws s3 cp s3://logs/a -", "aws s3 cp - s3://logs/a",
	"aws s3 mv s3://logs/a s3://copy/b", "aws s3 rb s3://logs --force",
	"aws s3api delete-object --bucket logs --key a", "aws ec2 describe-instances",
	"aws ec2 terminate-instances --instance-ids i-1",
	"aws sts get-caller-identity" };

#define MOST 8

static void
random_rule(uint32_t *seed, unsigned id, char *out, size_t size)
{
	static const char *const effects[] = { "allow", "allow", "allow", "hold",
		"deny" };
	static const char *const who[] = { "", ", who: {group: agents}",
		", who: {group: others}", ", who: {not: {kind: human}}" };
	static const char *const operations[] = { "s3:ls", "s3:rm", "s3:*", "s3:List*",
		"s3:DeleteObject", "s3:delete-*", "s3:r*", "ec2:*", "ec2:Describe*",
		"sts:GetCallerIdentity", "s3:mv", "s3:rb" };
	const char *effect = effects[next(seed) % ROWS(effects)];

	snprintf(out, size,
	    "{id: r%u, effect: %s, " ON "['%s', '%s']}%s%s, reason: why %u},", id,
	    effect, operations[next(seed) % ROWS(operations)],
	    operations[next(seed) % ROWS(operations)], who[next(seed) % ROWS(who)],
	    strcmp(effect, "hold") == 0 ? ", approvers: {need: 1, from: [group:sre]}"
					: "",
	    id);
}

/* A pack of the rules whose bit is set in mask, in the order given. */
static struct pack *
random_pack(char rules[MOST][512], const unsigned *order, unsigned mask)
{
	char text[MOST * 512 + 64] = RULES;

	for (unsigned i = 0; i < MOST; i++)
		if (mask & 1u << order[i])
			strcat(text, rules[order[i]]);
	strcat(text, "]}");
	return asking_pack(text);
}

static void
shuffle(uint32_t *seed, unsigned *order)
{
	for (unsigned i = MOST - 1; i > 0; i--) {
		unsigned k = next(seed) % (i + 1), t = order[i];

		order[i] = order[k];
		order[k] = t;
	}
}

/* Hold it against a pack with one rule less.  An allow that goes, or a deny that comes,
 * never permits more.  A hold that comes may bring before a person what nothing matched
 * until then, but lets nothing run that did not run before. */
static void
compare_without(char rules[MOST][512], const unsigned *order, unsigned gone)
{
	struct pack *all = random_pack(rules, order, 0xFF);
	struct pack *less = random_pack(rules, order, 0xFFu & ~(1u << gone));
	bool allow = strstr(rules[gone], "effect: allow") != NULL;
	bool deny = strstr(rules[gone], "effect: deny") != NULL;

	for (size_t i = 0; i < ROWS(lines); i++) {
		struct verdict a = ask(all, lines[i]), b = ask(less, lines[i]);

		if (allow)
			assert_true(b.effect <= a.effect);
		else if (deny)
			assert_true(a.effect <= b.effect);
		else if (a.effect == EFFECT_ALLOW)
			assert_int_equal(b.effect, EFFECT_ALLOW);
	}
	pack_free(all);
	pack_free(less);
}

static void
rules_only_ever_take_away(void **state)
{
	uint32_t seed = 42;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		unsigned order[MOST];
		char rules[MOST][512];

		for (unsigned i = 0; i < MOST; i++) {
			order[i] = i;
			random_rule(&seed, i, rules[i], sizeof rules[i]);
		}
		compare_without(rules, order, next(&seed) % MOST);
	}
}

static void
order_does_not_matter(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		unsigned order[MOST];
		char rules[MOST][512];
		struct pack *p, *q;

		for (unsigned i = 0; i < MOST; i++) {
			order[i] = i;
			random_rule(&seed, i, rules[i], sizeof rules[i]);
		}
		p = random_pack(rules, order, 0xFF);
		shuffle(&seed, order);
		q = random_pack(rules, order, 0xFF);
		for (size_t i = 0; i < ROWS(lines); i++) {
			struct verdict a = ask(p, lines[i]), b = ask(q, lines[i]);

			/* All of it but the digest, which is over the text. */
			memcpy(a.policy, b.policy, sizeof a.policy);
			assert_memory_equal(&a, &b, sizeof a);
		}
		pack_free(p);
		pack_free(q);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(severity_wins_whatever_the_order),
		cmocka_unit_test(reasons_tell_what_to_do),
		cmocka_unit_test(all_conditions_of_a_hold_add_up),
		cmocka_unit_test(too_many_holds_are_a_deny),
		cmocka_unit_test(what_is_not_known_is_denied),
		cmocka_unit_test(rules_only_ever_take_away),
		cmocka_unit_test(order_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
