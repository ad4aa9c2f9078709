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
		{ RM_ALLOW(KEEP), "aws s3 rm s3://bkt --recursive", EFFECT_DENY,
		    NULL },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exceptions_for_calls),
		cmocka_unit_test(exceptions_look_at_resources_and_words),
		cmocka_unit_test(exceptions_for_somebody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
