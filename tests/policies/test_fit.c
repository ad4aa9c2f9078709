#include "tests/policies/rowask.h"

#define ANY_EC2 ", {id: q, effect: allow, on: [exec], aws: {operations: ['ec2:*']}}"
#define ANY_S3 ", {id: q, effect: allow, on: [exec], aws: {operations: ['s3:*']}}"
#define UNLESS(what) ", unless: {" what "}"
#define UNLESS_AWS(ops, more) UNLESS("aws: {operations: [" ops "]" more "}")

/* What is taken out of an allow may be more than what is surely meant; what is taken out
 * of a deny is only that. */
static void
exceptions_for_calls(void **state)
{
	static const struct rowask_row rows[] = {
		{ RULE("deny", "exec", "'s3:*'", "", UNLESS_AWS("'s3:ls'", "")) ANY_S3,
		    "aws s3 ls", EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'s3:*'", "", UNLESS_AWS("'s3:ls'", "")) ANY_S3,
		    "aws s3 rm s3://bkt/k", EFFECT_DENY, NULL },
		/* The name of a command is excepted from a no where it is written out. */
		{ RULE("deny", "exec", "'s3:*'", "", UNLESS_AWS("'s3:rm'", "")) ANY_S3,
		    "aws s3 rm s3://bkt/k", EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'s3:*'", "", UNLESS_AWS("'s3:r*'", "")) ANY_S3,
		    "aws s3 rm s3://bkt/k", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:*'", "", UNLESS_AWS("'s3:r*'", "")),
		    "aws s3 rm s3://bkt/k", EFFECT_DENY,
		    "rule p/r allows it, but an exception of it is about this" },
		{ RULE("allow", "exec", "'s3:*'", "", UNLESS_AWS("'s3:r*'", "")),
		    "aws s3 ls", EFFECT_ALLOW, NULL },
		{ RULE("hold", "exec", "'s3:*'", "", UNLESS_AWS("'s3:r*'", "") HELD)
			ANY_S3,
		    "aws s3 rm s3://bkt/k", EFFECT_HOLD, NULL },
		{ RULE("hold", "exec", "'s3:*'", "", UNLESS_AWS("'s3:rm'", "") HELD)
			ANY_S3,
		    "aws s3 rm s3://bkt/k", EFFECT_ALLOW, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

static void
exceptions_look_at_resources_and_words(void **state)
{
#define KEEP ", resources: ['arn:aws:s3:::bkt/keep/*']"
#define MICRO ", parameters: {InstanceType: [t3.micro], image-id: any}"
#define QUIET ", options: {quiet: flag}"
#define RM_ALLOW(more)                                                                 \
	RULE("allow", "exec", "'s3:*'", "", UNLESS_AWS("'s3:DeleteObject'", more))
#define RM_DENY(more)                                                                  \
	RULE("deny", "exec", "'s3:*'", "", UNLESS_AWS("'s3:DeleteObject'", more)) ANY_S3
	static const struct rowask_row rows[] = {
		{ RM_ALLOW(KEEP), "aws s3 rm s3://bkt/x", EFFECT_ALLOW, NULL },
		{ RM_ALLOW(KEEP), "aws s3 rm s3://bkt/keep/x", EFFECT_DENY, NULL },
		/* Some of what may be meant is excepted. */
		{ RM_ALLOW(KEEP), "aws s3 rm s3://bkt --recursive", EFFECT_DENY, NULL },
		{ RM_DENY(KEEP), "aws s3 rm s3://bkt/x", EFFECT_DENY, NULL },
		{ RM_DENY(KEEP), "aws s3 rm s3://bkt/keep/x", EFFECT_ALLOW, NULL },
		{ RM_DENY(QUIET), "aws s3 rm s3://bkt/x --quiet", EFFECT_ALLOW, NULL },
		{ RM_DENY(QUIET), "aws s3 rm s3://bkt/x --only-show-errors",
		    EFFECT_DENY, NULL },
		{ RM_ALLOW(QUIET), "aws s3 rm s3://bkt/x --quiet", EFFECT_DENY, NULL },
		{ RM_ALLOW(QUIET), "aws s3 rm s3://bkt/x --only-show-errors",
		    EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'ec2:*'", "",
		      UNLESS_AWS("'ec2:RunInstances'", MICRO)) ANY_EC2,
		    "aws ec2 run-instances --image-id ami-1 --instance-type t3.micro",
		    EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'ec2:*'", "",
		      UNLESS_AWS("'ec2:RunInstances'", MICRO)) ANY_EC2,
		    "aws ec2 run-instances --image-id ami-1 --instance-type x1.metal",
		    EFFECT_DENY, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

/* Everything that an exception names has to hold for it. */
static void
exceptions_for_somebody(void **state)
{
#define RM ", aws: {operations: ['s3:DeleteObject']}"
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", "'s3:*'", "", UNLESS("who: {group: others}")),
		    "aws s3 ls", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:*'", "", UNLESS("who: {group: ops}")),
		    "aws s3 ls", EFFECT_DENY,
		    "rule p/r allows it, but an exception of it is about this" },
		{ RULE(
		      "allow", "exec", "'s3:*'", "", UNLESS("who: {group: others}" RM)),
		    "aws s3 rm s3://bkt/k", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:*'", "", UNLESS("who: {group: ops}" RM)),
		    "aws s3 rm s3://bkt/k", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:*'", "", UNLESS("who: {group: ops}" RM)),
		    "aws s3 ls", EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'s3:*'", "", UNLESS("who: {group: others}" RM))
			ANY_S3,
		    "aws s3 rm s3://bkt/k", EFFECT_DENY, NULL },
		{ RULE("deny", "exec", "'s3:*'", "", UNLESS("who: {group: ops}" RM))
			ANY_S3,
		    "aws s3 rm s3://bkt/k", EFFECT_ALLOW, NULL },
		/* Where it goes is what the words say, if they do. */
		{ RULE("allow", "exec", "'s3:*'", "",
		      UNLESS("where: {region: us-east-1}")),
		    "aws s3 ls --region us-east-1", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:*'", "",
		      UNLESS("where: {region: us-east-1}")),
		    "aws s3 ls", EFFECT_ALLOW, NULL },
		/* One for commands is none for calls. */
		{ RULE("allow", "exec, shell", "'s3:*'", "",
		      ", command: {name: rm, operands: any}" UNLESS(
			  "who: {group: ops}, command: {name: rm}")),
		    "aws s3 ls", EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec, shell", "'s3:*'", "",
		      ", command: {name: rm, operands: any}" UNLESS(
			  "who: {group: ops}, command: {name: rm}")) ANY_S3,
		    "aws s3 ls", EFFECT_DENY, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

/* One call of an SDK, with the needs that its model has, or with one that is given. */
static enum effect
ask_call(const char *rule, const char *operation, const char *members,
    const struct iam_need *need)
{
	struct apicall *c = asking_call(operation, "eu-west-1", members);
	struct iam_needs one = { .n = 1, .v = (struct iam_need *)need };
	struct iam_needs needs = need == NULL ? asking_needs(c) : one;
	struct pack *p = rowask_pack(rule);
	struct facts f = rowask_facts;
	struct verdict v;

	f.path = PATH_API;
	decide_call(pack_rules(p), NULL, c, &needs, &f, &v);
	if (need == NULL)
		iam_clear(&needs);
	apicall_free(c);
	pack_free(p);
	return v.effect;
}

/* A member may be named in either spelling; what lies inside of it by its path, or
 * with the whole, which is not known value by value. */
static void
members_are_found_by_their_names(void **state)
{
#define RUN(params)                                                                    \
	RULE("allow", "api", "'ec2:RunInstances', 'iam:PassRole', 's3:ListObjectsV2'", \
	    ", parameters: {" params "}", "")
#define RUN_X "ImageId=a;IamInstanceProfile.Name=x"
	static const struct {
		const char *rule, *operation, *members;
		enum effect effect;
	} rows[] = {
		{ RUN("ImageId: any"), "ec2:RunInstances", "ImageId=a", EFFECT_ALLOW },
		{ RUN("image-id: any"), "ec2:RunInstances", "ImageId=a", EFFECT_ALLOW },
		{ RUN("image-id: [a]"), "ec2:RunInstances", "ImageId=b", EFFECT_DENY },
		{ RUN("ImageId: any"), "ec2:RunInstances", RUN_X, EFFECT_DENY },
		{ RUN("ImageId: any, IamInstanceProfile: any"), "ec2:RunInstances",
		    RUN_X, EFFECT_ALLOW },
		{ RUN("ImageId: any, iam-instance-profile: any"), "ec2:RunInstances",
		    RUN_X, EFFECT_ALLOW },
		{ RUN("ImageId: any, IamInstanceProfile: [x]"), "ec2:RunInstances",
		    RUN_X, EFFECT_DENY },
		/* A path may have a condition of its own. */
		{ RUN("ImageId: any, IamInstanceProfile.Name: [x]"), "ec2:RunInstances",
		    RUN_X, EFFECT_ALLOW },
		{ RUN("ImageId: any, IamInstanceProfile.Name: [y]"), "ec2:RunInstances",
		    RUN_X, EFFECT_DENY },
		{ RUN("ImageId: any, IamInstanceProfile: any, IamInstanceProfile.Name: "
		      "[y]"),
		    "ec2:RunInstances", RUN_X, EFFECT_DENY },
		/* An option that has a name of its own. */
		{ RULE("allow", "api", "'apigateway:*'",
		      ", parameters: {name: any, api-version: any}", ""),
		    "apigateway:CreateRestApi", "name=x;version=1", EFFECT_ALLOW },
		/* What every client sends counts for nothing. */
		{ RUN("Bucket: any"), "s3:ListObjectsV2", "Bucket=b;EncodingType=url",
		    EFFECT_ALLOW },
		{ RUN("Bucket: any"), "s3:ListObjectsV2", "Bucket=b;Prefix=x",
		    EFFECT_DENY },
	};
	static const struct rowask_row commands[] = {
		/* Nor does what a command fills in; what its options say does. */
		{ RULE("allow", "exec", "'s3:cp'",
		      ", parameters: {Bucket: any, Key: any}", ""),
		    "aws s3 cp - s3://bkt/k", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:cp'",
		      ", parameters: {Bucket: any, Key: any}", ""),
		    "aws s3 cp - s3://bkt/k --storage-class GLACIER", EFFECT_DENY,
		    "not with this parameter StorageClass" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (ask_call(rows[i].rule, rows[i].operation, rows[i].members, NULL) !=
		    rows[i].effect)
			fail_msg("%s\n%s", rows[i].rule, rows[i].members);
	rowask_check(commands, ROWS(commands));
}

/* Of a call that no model knows, members have one name. */
static void
members_that_nobody_knows(void **state)
{
	static const struct iam_need need = { "s3", "NoSuch", "s3:NoSuch", "*", false,
		false, "*" };

	(void)state;
	assert_int_equal(ask_call(RULE("allow", "api", "'s3:NoSuch'",
				      ", parameters: {Foo: any}", ""),
			     "s3:NoSuch", "Foo=x", &need),
	    EFFECT_ALLOW);
	assert_int_equal(ask_call(RULE("allow", "api", "'s3:NoSuch'",
				      ", parameters: {Bar: any}", ""),
			     "s3:NoSuch", "Foo=x", &need),
	    EFFECT_DENY);
}

/* A rule about other things than all of a batch adds nothing to it, neither its rate nor
 * whom it asks; about one of them it does. */
static void
rules_elsewhere_add_nothing_to_a_batch(void **state)
{
#define BATCH(last)                                                                    \
	"aws s3api delete-objects --bucket b --delete '{\"Objects\": [{\"Key\": "      \
	"\"x/1\"}, {\"Key\": \"x/2\"}, {\"Key\": \"x/3\"}, {\"Key\": \"x/4\"}, "       \
	"{\"Key\": \"x/5\"}, {\"Key\": \"" last "\"}]}'"
	static const struct {
		const char *line;
		enum effect effect;
		size_t rates;
	} rows[] = {
		{ BATCH("x/6"), EFFECT_ALLOW, 0 },
		{ BATCH("y/1"), EFFECT_ALLOW, 1 },
		{ BATCH("z/1"), EFFECT_HOLD, 0 },
		{ BATCH("w/1"), EFFECT_DENY, 0 },
	};
	struct pack *p =
	    rowask_pack("{id: all, effect: allow, on: [exec], aws: "
			"{operations: ['s3:*']}}, "
			"{id: y, effect: allow, on: [exec], rate: {n: 9, per: "
			"1m, by: [identity]}, aws: {operations: ['s3:*'], "
			"resources: ['arn:aws:s3:::b/y/*']}}, "
			"{id: z, effect: hold, on: [exec], aws: {operations: "
			"['s3:*'], resources: ['arn:aws:s3:::b/z/*']}" HELD "}, "
			"{id: w, effect: deny, on: [exec], aws: {operations: "
			"['s3:*'], resources: ['arn:aws:s3:::b/w/*']}}");

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct verdict v = rowask(p, rows[i].line);

		if (v.effect != rows[i].effect || v.n_rates != rows[i].rates)
			fail_msg("%s: %s, %zu rates (%s)", rows[i].line,
			    effect_name(v.effect), v.n_rates, v.reason);
		assert_int_equal(v.n_needs, v.effect == EFFECT_HOLD);
	}
	pack_free(p);
}

/* What stands in the way is told of rules that would let through what is asked, to whom
 * they are for, and of nobody's no. */
static void
refusals_tell_what_stands_in_the_way(void **state)
{
#define UNTOLD "unmatched: no rule allows s3:delete-object"
#define ASSUME                                                                         \
	"aws sts assume-role --role-arn arn:aws:iam::111122223333:role/x "             \
	"--role-session-name s"
	static const struct {
		const char *rule, *line, *reason; /* all of it */
	} rows[] = {
		{ RULE(
		      "allow", "exec", "'s3:DeleteObject'", "", ", where: {env: prod}"),
		    "aws s3 rm s3://bkt/k",
		    UNTOLD "; rule p/r allows it, but not here, or not now" },
		{ RULE("hold", "exec", "'s3:DeleteObject'", KEEP, HELD),
		    "aws s3 rm s3://bkt/k",
		    UNTOLD "; rule p/r allows it, but not on this resource" },
		{ RULE("deny", "exec", "'s3:DeleteObject'", KEEP, ""),
		    "aws s3 rm s3://bkt/k", UNTOLD },
		{ RULE("allow", "exec", "'s3:DeleteObject'", KEEP,
		      ", who: {group: others}"),
		    "aws s3 rm s3://bkt/k", UNTOLD },
		/* A rule that does not name what it would give does not allow it. */
		{ RULE("allow", "exec", "'sts:Assume*'", "", ", where: {env: prod}"),
		    ASSUME, "unmatched: no rule allows sts:assume-role" },
		/* What else may be done is told where it surely may. */
		{ RULE("allow", "exec", "'s3:ls'", "", ""), "aws s3 rm s3://bkt/k",
		    UNTOLD "; allowed of it: s3:ls" },
		{ RULE("allow", "exec", "'s3:ls'", "", ", where: {env: prod}"),
		    "aws s3 rm s3://bkt/k", UNTOLD },
		{ RULE("hold", "exec", "'s3:ls'", "", HELD), "aws s3 rm s3://bkt/k",
		    UNTOLD },
		{ RULE("allow", "api", "'s3:ListBuckets'", "", ""),
		    "aws s3 rm s3://bkt/k", UNTOLD },
		{ RULE("allow", "exec", "'s3:DeleteObject'", KEEP,
		      "") ", {id: s, effect: allow, on: [exec], aws: {operations: "
			  "['s3:ls']}}",
		    "aws s3 rm s3://bkt/k",
		    UNTOLD "; rule p/r allows it, but not on this resource" },
		/* No more than four. */
		{ RULE("allow", "exec", "'s3:a', 'ec2:b', 's3:c', 's3:d', 's3:e'", "",
		      ""),
		    "aws s3 rm s3://bkt/k",
		    UNTOLD "; allowed of it: s3:a, s3:c, s3:d, s3:e" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p = rowask_pack(rows[i].rule);
		struct verdict v = rowask(p, rows[i].line);

		assert_int_equal(v.effect, EFFECT_DENY);
		if (strcmp(v.reason, rows[i].reason) != 0)
			fail_msg("%s\n%s", rows[i].rule, v.reason);
		pack_free(p);
	}
}

/* A pattern is told whole or not at all, up to the last byte that there is room for. */
static void
no_text_is_cut(void **state)
{
	size_t longest = 0;

	(void)state;
	for (int n = 1; n <= 120; n++) {
		char a[128], rule[1024];
		struct verdict v = { 0 };
		struct pack *p;

		memset(a, 'a', sizeof a);
		snprintf(rule, sizeof rule,
		    "{id: r, effect: allow, on: [exec], aws: {operations: ['s3:%.*s', "
		    "'s3:b%.*s', 's3:c%.*s']}}",
		    100, a, 100, a, n, a);
		p = rowask_pack(rule);
		v = rowask(p, "aws s3 rm s3://bkt/k");
		a[n] = '\0';
		assert_non_null(strstr(v.reason, ", s3:ba"));
		if (strstr(v.reason, ", s3:c") != NULL)
			assert_string_equal(strstr(v.reason, ", s3:c") + 6, a);
		else
			assert_int_equal(v.reason[strlen(v.reason) - 1], 'a');
		longest = strlen(v.reason) > longest ? strlen(v.reason) : longest;
		pack_free(p);
	}
	assert_int_equal(longest, VERDICT_REASON - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exceptions_for_calls),
		cmocka_unit_test(exceptions_look_at_resources_and_words),
		cmocka_unit_test(exceptions_for_somebody),
		cmocka_unit_test(members_are_found_by_their_names),
		cmocka_unit_test(members_that_nobody_knows),
		cmocka_unit_test(rules_elsewhere_add_nothing_to_a_batch),
		cmocka_unit_test(refusals_tell_what_stands_in_the_way),
		cmocka_unit_test(no_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
