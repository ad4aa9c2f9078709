#include "tests/policies/rowask.h"

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
		/* Points are told apart, and which comes first is no matter. */
		{ RULES DENY("a", "'s3:List*'") HOLD("b", "'s3:rm'") "]}",
		    "aws s3 rm s3://logs/ --recursive", EFFECT_DENY, "p/a",
		    "s3:list-objects-v2" },
		{ RULES HOLD("a", "'s3:List*'") DENY("b", "'s3:DeleteObject'") "]}",
		    "aws s3 rm s3://logs/ --recursive", EFFECT_DENY, "p/b",
		    "s3:delete-object" },
		{ RULES HOLD("a", "'s3:DeleteObject'") ALLOW("b", "'s3:mv'") "]}",
		    "aws s3 mv s3://logs/ s3://logs/b --recursive", EFFECT_HOLD, "p/a",
		    "s3:delete-object" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p = asking_pack(rows[i].rules);
		struct verdict v = rowask(p, rows[i].line);

		if (v.effect != rows[i].effect || strcmp(v.rule, rows[i].rule) != 0 ||
		    strcmp(v.call, rows[i].call) != 0)
			fail_msg("row %zu: %s %s %s", i, effect_name(v.effect), v.rule,
			    v.call);
		assert_memory_equal(v.policy, pack_rules(p)->digest, 32);
		pack_free(p);
	}
}

/* Programs get the list also where people are told of a rule that nearly fits; and it
 * ends where there is no more room, with a whole name. */
static void
programs_are_told_what_is_allowed(void **state)
{
	struct pack *p = asking_pack(
	    RULES "{id: a, effect: allow, " ON
		  "['s3:rm', 's3:ls', 's3:ls'], resources: ['arn:aws:s3:::mine/*']}},"
		  "{id: b, effect: allow, where: {account: '999900001111'}, " ON
		  "['s3:mb']}},"
		  "{id: c, effect: hold, approvers: {need: 1, from: [group:sre]}, " ON
		  "['s3:mv']}}]}");
	struct verdict v = rowask(p, "aws s3 rm s3://logs/a");
	char rules[8192];
	size_t n;

	(void)state;
	assert_non_null(strstr(v.reason, "; rule p/a allows it, but "));
	assert_string_equal(v.allowed, "s3:rm s3:ls");
	pack_free(p);
	n = (size_t)snprintf(
	    rules, sizeof rules, RULES "{id: a, effect: allow, " ON "[");
	for (int i = 0; i < 20; i++)
		n += (size_t)snprintf(
		    rules + n, sizeof rules - n, "'s3:%0*d*', ", 100, i);
	snprintf(rules + n, sizeof rules - n, "]}}]}");
	p = asking_pack(rules);
	v = rowask(p, "aws s3 ls");
	assert_int_equal(strlen(v.allowed), 4 * 104 + 3);
	assert_string_equal(v.allowed + 4 * 104 + 1, "3*");
	pack_free(p);
}

static void
reasons_tell_what_to_do(void **state)
{
	struct pack *p = asking_pack(
	    RULES ALLOW("a", "'s3:ls', 'ec2:Describe*'") ALLOW("b", "'s3:GetObject'")
		DENY("c", "'s3:rb'") "{id: d, effect: allow, who: {group: others}, " ON
				     "['s3:*']}}]}");
	struct verdict v = rowask(p, "aws s3 rm s3://logs/a");

	(void)state;
	/* Only what this caller may do is told. */
	assert_string_equal(v.reason,
	    "unmatched: no rule allows s3:delete-object; allowed of it: s3:ls, "
	    "s3:GetObject");
	assert_string_equal(v.allowed, "s3:ls s3:GetObject");
	v = rowask(p, "aws iam list-users");
	assert_string_equal(v.reason, "unmatched: no rule allows iam:list-users");
	assert_string_equal(v.allowed, "");
	v = rowask(p, "aws s3 rb s3://logs");
	assert_string_equal(v.reason, "No.");
	assert_string_equal(v.allowed, "");
	v = rowask(p, "aws s3 ls");
	assert_string_equal(v.reason, "");
	assert_string_equal(v.allowed, "");
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
	struct verdict v = rowask(p, "aws s3 rm s3://logs/a");

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
	struct verdict v = { 0 };
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
	v = rowask(p, "aws s3 rm s3://logs/a");
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_int_equal(v.n_needs, 0);
	assert_string_equal(v.reason, "limit: too many rules match at once");
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
		{ .who = &rowask_agent },
		{ .who = &rowask_agent, .proof = (enum proof)9 },
		{ .who = &rowask_agent, .proof = PROOF_KEY, .path = PATH_API },
	};
	struct pack *p = asking_pack(RULES ALLOW("a", "'s3:*'") "]}");
	struct aws_request *req = asking_request("aws s3 ls");
	struct verdict v = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		memset(&v, 0xFF, sizeof v);
		decide(pack_rules(p), req, &rows[i], &v);
		assert_int_equal(v.effect, EFFECT_DENY);
	}
	decide(pack_rules(p), NULL, &rowask_facts, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	decide(NULL, req, &rowask_facts, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	decide(pack_rules(p), req, NULL, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	req->n_calls = 0;
	decide(pack_rules(p), req, &rowask_facts, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	req->n_calls = AWS_CALLS + 1;
	decide(pack_rules(p), req, &rowask_facts, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	req->n_calls = 1;
	decide(pack_rules(p), req, &rowask_facts, &v);
	assert_int_equal(v.effect, EFFECT_ALLOW);
	aws_free(req);
	pack_free(p);
}

#define OBJ "'s3:GetObject', 's3:HeadObject'"
#define ON_LOGS ", resources: ['arn:aws:s3:::logs-*', 'arn:aws:s3:::logs-*/*']"
#define LS_RM "'s3:ListObjectsV2', 's3:DeleteObject'"

static void
resources_of_commands(void **state)
{
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", OBJ, ON_LOGS, ""), "aws s3 cp s3://logs-a/x -",
		    EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", OBJ, ON_LOGS, ""), "aws s3 cp s3://log/x -",
		    EFFECT_DENY, "rule p/r allows it, but not on this resource" },
		{ RULE("allow", "exec", "'s3:cp'", ON_LOGS, ""),
		    "aws s3 cp s3://logs-a/x s3://logs-b/y", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:cp'", ON_LOGS, ""),
		    "aws s3 cp s3://secret/x s3://logs-b/y", EFFECT_DENY,
		    "not on this resource" },
		{ RULE("allow", "exec", "'s3:cp'", ON_LOGS, ""),
		    "aws s3 cp s3://logs-b/y s3://secret/x", EFFECT_DENY,
		    "not on this resource" },
		/* All of what a prefix may mean has to be allowed. */
		{ RULE("allow", "exec", LS_RM, ON_LOGS, ""),
		    "aws s3 rm s3://logs-a/x --recursive", EFFECT_ALLOW, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

static void
prefixes_are_judged_whole(void **state)
{
#define SOME(key) ", resources: ['arn:aws:s3:::bkt', 'arn:aws:s3:::bkt/" key "']"
#define BESIDE ", {id: all, effect: allow, on: [exec], aws: {operations: ['s3:*']}}"
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", LS_RM, SOME("x/*"), ""),
		    "aws s3 rm s3://bkt/x --recursive", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", LS_RM, SOME("x/y/*"), ""),
		    "aws s3 rm s3://bkt/x --recursive", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", LS_RM, SOME("x/*.log"), ""),
		    "aws s3 rm s3://bkt/x --recursive", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", LS_RM, SOME("x/*"), ""),
		    "aws s3 rm s3://bkt --recursive", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", LS_RM, SOME("*"), ""),
		    "aws s3 rm s3://bkt --recursive", EFFECT_ALLOW, NULL },
		/* One of what it may mean is enough for a no or a wait. */
		{ RULE("deny", "exec", "'s3:*'", SOME("x/y/z.log"), "") BESIDE,
		    "aws s3 rm s3://bkt/x --recursive", EFFECT_DENY, NULL },
		{ RULE("deny", "exec", "'s3:DeleteObject'", SOME("w/*"), "") BESIDE,
		    "aws s3 rm s3://bkt/x --recursive", EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'s3:DeleteObject'", SOME("*/keep"), "") BESIDE,
		    "aws s3 rm s3://bkt --recursive", EFFECT_DENY, NULL },
		{ RULE("hold", "exec", "'s3:DeleteObject'", SOME("x/*.log"), HELD)
			BESIDE,
		    "aws s3 rm s3://bkt/x --recursive", EFFECT_HOLD, NULL },
		/* A hold that is not about all of it lets nothing through alone. */
		{ RULE("hold", "exec", LS_RM, SOME("x/*.log"), HELD),
		    "aws s3 rm s3://bkt/x --recursive", EFFECT_DENY, NULL },
		{ RULE("hold", "exec", LS_RM, SOME("x/*"), HELD),
		    "aws s3 rm s3://bkt/x --recursive", EFFECT_HOLD, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

static void
what_names_no_resource_needs_a_star(void **state)
{
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", "'s3:ls'", ON_LOGS, ""), "aws s3 ls",
		    EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:ls'", ", resources: ['*']", ""),
		    "aws s3 ls", EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'s3:*'", ON_LOGS, "") BESIDE, "aws s3 ls",
		    EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'dynamodb:GetItem'",
		      ", resources: ['arn:aws:dynamodb:eu-*:111122223333:table/t']",
		      ""),
		    "aws dynamodb get-item --table-name t --key '{}'", EFFECT_ALLOW,
		    NULL },
		{ RULE("allow", "exec", "'dynamodb:GetItem'",
		      ", resources: ['arn:aws:dynamodb:eu-*:111122223333:table/t']",
		      ""),
		    "aws --region us-east-1 dynamodb get-item --table-name t --key "
		    "'{}'",
		    EFFECT_DENY, "not on this resource" },
		{ RULE("allow", "exec", "'dynamodb:GetItem'",
		      ", resources: ['arn:aws:dynamodb:eu-*:111122223333:table/t']",
		      ""),
		    "aws dynamodb get-item --table-name "
		    "arn:aws:dynamodb:eu-west-1:999988887777:table/t --key '{}'",
		    EFFECT_DENY, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

#define CLOSED ", options: {region: eu, output: [json, text], recursive: flag}"

static void
options_are_closed(void **state)
{
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", "'s3:ls'", CLOSED, ""), "aws s3 ls",
		    EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:ls'", CLOSED, ""),
		    "aws s3 ls s3://bkt --recursive --output json", EFFECT_ALLOW,
		    NULL },
		{ RULE("allow", "exec", "'s3:ls'", CLOSED, ""),
		    "aws s3 ls s3://bkt --output table", EFFECT_DENY,
		    "not with this option --output" },
		{ RULE("allow", "exec", "'s3:ls'", CLOSED, ""),
		    "aws s3 ls s3://bkt --summarize", EFFECT_DENY,
		    "not with this option --summarize" },
		{ RULE("allow", "exec", "'s3:ls'", CLOSED, ""),
		    "aws s3 ls --region eu-central-1", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:ls'", CLOSED, ""),
		    "aws s3 ls --region us-east-1", EFFECT_DENY, "not in this region" },
		{ RULE("allow", "exec", "'s3:ls'", CLOSED, ""), "aws s3 ls --profile x",
		    EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:ls'", ", options: {}", ""),
		    "aws s3 ls --region eu-west-1", EFFECT_DENY, "--region" },
		{ RULE("allow", "exec", "'ec2:*'",
		      ", options: {max-items: {int: [1, 10]}}", ""),
		    "aws ec2 describe-instances --max-items 10", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'ec2:*'",
		      ", options: {max-items: {int: [1, 10]}}", ""),
		    "aws ec2 describe-instances --max-items 11", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:*'",
		      ", options: {exclude: {each: {glob: 'a*'}}, recursive: flag}",
		      ""),
		    "aws s3 rm s3://bkt --recursive --exclude ab --exclude ac",
		    EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:*'",
		      ", options: {exclude: {glob: 'a*'}, recursive: flag}", ""),
		    "aws s3 rm s3://bkt --recursive --exclude ab --exclude ac",
		    EFFECT_DENY, "--exclude" },
		/* A deny is about any of them. */
		{ RULE("deny", "exec", "'s3:rm'", ", options: {recursive: flag}", "")
			BESIDE,
		    "aws s3 rm s3://bkt/x --recursive --quiet", EFFECT_DENY, NULL },
		{ RULE("deny", "exec", "'s3:rm'", ", options: {recursive: flag}", "")
			BESIDE,
		    "aws s3 rm s3://bkt/x --quiet", EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'s3:*'", ", options: {region: eu}", "") BESIDE,
		    "aws s3 ls", EFFECT_DENY, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

#define TYPES ", parameters: {InstanceType: [t3.micro], image-id: any}"

static void
parameters_are_closed(void **state)
{
#define ANY_EC2 ", {id: all, effect: allow, on: [exec], aws: {operations: ['ec2:*']}}"
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", "'ec2:RunInstances'", TYPES, ""),
		    "aws ec2 run-instances --image-id ami-1 --instance-type t3.micro",
		    EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'ec2:RunInstances'", TYPES, ""),
		    "aws ec2 run-instances --image-id ami-1 --instance-type x1.metal",
		    EFFECT_DENY, "not with this parameter InstanceType" },
		{ RULE("allow", "exec", "'ec2:RunInstances'", TYPES, ""),
		    "aws ec2 run-instances --image-id ami-1 --key-name k", EFFECT_DENY,
		    "not with this parameter KeyName" },
		{ RULE("allow", "exec", "'ec2:RunInstances'", "", ""),
		    "aws ec2 run-instances --image-id ami-1 --key-name k", EFFECT_ALLOW,
		    NULL },
		/* Some have to be listed. */
		{ RULE("allow", "exec", "'ec2:*'", "", ""),
		    "aws ec2 run-instances --image-id ami-1 --user-data x", EFFECT_DENY,
		    "not with this parameter UserData" },
		{ RULE("allow", "exec", "'ec2:*'",
		      ", parameters: {image-id: any, UserData: any}", ""),
		    "aws ec2 run-instances --image-id ami-1 --user-data x",
		    EFFECT_ALLOW, NULL },
		/* What is not known is not what a list says. */
		{ RULE("allow", "exec", "'ec2:*'", ", parameters: {filters: own}", ""),
		    "aws ec2 describe-instances --filters Name=a,Values=b", EFFECT_DENY,
		    NULL },
		{ RULE("deny", "exec", "'ec2:*'", ", parameters: {filters: own}", "")
			ANY_EC2,
		    "aws ec2 describe-instances --filters Name=a,Values=b", EFFECT_DENY,
		    NULL },
		{ RULE("allow", "exec", "'ec2:*'",
		      ", parameters: {instance-ids: {each: {glob: 'i-*'}}}", ""),
		    "aws ec2 describe-instances --instance-ids i-1 i-2", EFFECT_ALLOW,
		    NULL },
		{ RULE("allow", "exec", "'ec2:*'",
		      ", parameters: {instance-ids: {each: {glob: 'i-*'}}}", ""),
		    "aws ec2 describe-instances --instance-ids i-1 j-2", EFFECT_DENY,
		    NULL },
		{ RULE("allow", "exec", "'ec2:*'", ", parameters: {}", ""),
		    "aws ec2 describe-instances", EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'ec2:*'",
		      ", parameters: {instance-ids: {each: {glob: 'i-*'}}}", "")
			ANY_EC2,
		    "aws ec2 describe-instances --instance-ids i-1 j-2", EFFECT_DENY,
		    NULL },
		{ RULE("deny", "exec", "'ec2:*'", ", parameters: {instance-ids: any}",
		      "") ANY_EC2,
		    "aws ec2 describe-instances", EFFECT_ALLOW, NULL },
		/* A hold lets through what it lists, and holds what it may be about. */
		{ RULE("hold", "exec", "'ec2:RunInstances'", TYPES, HELD),
		    "aws ec2 run-instances --image-id ami-1", EFFECT_HOLD, NULL },
		{ RULE("hold", "exec", "'ec2:RunInstances'", TYPES, HELD),
		    "aws ec2 run-instances --image-id ami-1 --key-name k", EFFECT_DENY,
		    NULL },
		{ RULE("hold", "exec", "'ec2:RunInstances'", TYPES, HELD) ANY_EC2,
		    "aws ec2 run-instances --image-id ami-1 --key-name k", EFFECT_HOLD,
		    NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

#define STARTED                                                                        \
	", parameters: {instance-ids: {each: {glob: 'i-*'}}, dry-run: any}, "          \
	"required: "

/* What is required has to be there, where the operation has it at all. */
static void
required_parameters_are_there(void **state)
{
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", "'ec2:Describe*'", STARTED "instance-ids", ""),
		    "aws ec2 describe-instances --instance-ids i-1", EFFECT_ALLOW,
		    NULL },
		{ RULE("allow", "exec", "'ec2:Describe*'", STARTED "[InstanceIds]", ""),
		    "aws ec2 describe-instances --instance-ids i-1", EFFECT_ALLOW,
		    NULL },
		{ RULE("allow", "exec", "'ec2:Describe*'", STARTED "instance-ids", ""),
		    "aws ec2 describe-instances", EFFECT_DENY,
		    "not without what it requires" },
		{ RULE("allow", "exec", "'ec2:Describe*'", STARTED "InstanceIds", ""),
		    "aws ec2 describe-instances --dry-run", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'ec2:Describe*'",
		      STARTED "[InstanceIds, dry-run]", ""),
		    "aws ec2 describe-instances --instance-ids i-1", EFFECT_DENY,
		    NULL },
		/* Nobody asks an operation for what it does not have. */
		{ RULE("allow", "exec", "'ec2:Describe*'", STARTED "instance-ids", ""),
		    "aws ec2 describe-vpcs", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'s3:rm'",
		      ", options: {dryrun: flag}, required: dryrun", ""),
		    "aws s3 rm s3://bucket/k", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:rm'",
		      ", options: {dryrun: flag}, required: dryrun", ""),
		    "aws s3 rm s3://bucket/k --dryrun", EFFECT_ALLOW, NULL },
		{ RULE("hold", "exec", "'ec2:Describe*'", STARTED "instance-ids", HELD)
			ANY_EC2,
		    "aws ec2 describe-instances", EFFECT_HOLD, NULL },
		{ RULE("deny", "exec", "'ec2:Describe*'", "",
		      ", unless: {aws: {operations: ['ec2:Describe*']" STARTED
		      "dry-run}}") ANY_EC2,
		    "aws ec2 describe-instances", EFFECT_DENY, NULL },
		{ RULE("deny", "exec", "'ec2:Describe*'", "",
		      ", unless: {aws: {operations: ['ec2:Describe*']" STARTED
		      "dry-run}}") ANY_EC2,
		    "aws ec2 describe-instances --dry-run", EFFECT_ALLOW, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

static void
implied_actions_are_judged(void **state)
{
#define ALSO(op) ", {id: q, effect: allow, on: [exec], aws: {operations: ['" op "']}}"
#define PROFILE                                                                        \
	"aws ec2 run-instances --image-id ami-1 --iam-instance-profile Name=admin"
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", "'s3:cp'", "", ""),
		    "aws s3 cp - s3://bkt/a --acl public-read", EFFECT_DENY,
		    "no rule allows s3:PutObjectAcl" },
		{ RULE("allow", "exec", "'s3:cp'", "", "") ALSO("s3:PutObjectAcl"),
		    "aws s3 cp - s3://bkt/a --acl public-read", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec", "'ec2:*'", "", ""), PROFILE, EFFECT_DENY,
		    "no rule allows iam:PassRole" },
		{ RULE("allow", "exec", "'ec2:*'", "", "") ALSO("iam:PassRole"),
		    PROFILE, EFFECT_ALLOW, NULL },
		{ RULE("deny", "exec", "'iam:PassRole'", "", "")
			ALSO("ec2:*") ", {id: w, effect: allow, on: [exec], aws: "
				      "{operations: ['iam:*']}}",
		    PROFILE, EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:CopyObject'", "", ""),
		    "aws s3api copy-object --bucket b --key k --copy-source c/l",
		    EFFECT_DENY, "no rule allows s3:GetObject" },
		{ RULE("allow", "exec", "'s3:DeleteObjects'", "", ""),
		    "aws s3api delete-objects --bucket b --delete "
		    "'{\"Objects\": [{\"Key\": \"a\"}]}'",
		    EFFECT_DENY, "no rule allows s3:DeleteObject" },
		{ RULE("deny", "exec", "'s3:DeleteObject'", "", "") BESIDE,
		    "aws s3api delete-objects --bucket b --delete "
		    "'{\"Objects\": [{\"Key\": \"a\"}]}'",
		    EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:*'", "", ""),
		    "aws s3api delete-objects --bucket b --delete file://-",
		    EFFECT_DENY, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

static void
credentials_are_given_by_name_alone(void **state)
{
	static const struct {
		const char *rule;
		enum effect effect;
	} rows[] = {
		{ RULE("allow", "exec", "'sts:*'", "", ""), EFFECT_DENY },
		{ RULE("allow", "exec", "'sts:Assume*'", "", ""), EFFECT_DENY },
		{ RULE("allow", "exec", "'sts:assume-role'", "", ""), EFFECT_ALLOW },
		{ RULE("allow", "exec", "'sts:AssumeRole'", "", ""), EFFECT_ALLOW },
		{ RULE("hold", "exec", "'sts:AssumeRole'", "", HELD), EFFECT_HOLD },
		{ RULE("hold", "exec", "'sts:*'", "", HELD), EFFECT_DENY },
		{ RULE("deny", "exec", "'sts:*'", "", "") ALSO("sts:AssumeRole"),
		    EFFECT_DENY },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p = rowask_pack(rows[i].rule);
		struct verdict v =
		    rowask(p, "aws sts assume-role --role-arn "
			      "arn:aws:iam::111122223333:role/x --role-session-name s");

		if (v.effect != rows[i].effect || v.reveal != (v.effect != EFFECT_DENY))
			fail_msg("%s: %s", rows[i].rule, v.reason);
		pack_free(p);
	}
}

static void
files_go_with_rules_that_say_so(void **state)
{
	static const struct rowask_row rows[] = {
		{ RULE("allow", "exec", "'lambda:Invoke'", "", ""),
		    "aws lambda invoke --function-name f -", EFFECT_DENY,
		    "not with files" },
		{ RULE("allow", "exec", "'lambda:Invoke'", "", ", files: {in: stdin}"),
		    "aws lambda invoke --function-name f -", EFFECT_DENY, NULL },
		{ RULE(
		      "allow", "exec", "'lambda:Invoke'", "", ", files: {out: stdout}"),
		    "aws lambda invoke --function-name f -", EFFECT_ALLOW, NULL },
		{ RULE(
		      "allow", "exec", "'lambda:Invoke'", "", ", files: {out: stdout}"),
		    "aws lambda invoke --function-name f --payload fileb://- -",
		    EFFECT_DENY, NULL },
		{ RULE("deny", "exec", "'lambda:Invoke'", "",
		      "") ", {id: q, effect: allow, on: [exec], files: {out: stdout}, "
			  "aws: {operations: ['lambda:*']}}",
		    "aws lambda invoke --function-name f -", EFFECT_DENY, NULL },
	};

	(void)state;
	rowask_check(rows, ROWS(rows));
}

static void
files_are_told(void **state)
{
	static const struct {
		const char *line;
		bool in, out;
	} rows[] = {
		{ "aws lambda invoke --function-name f -", false, true },
		{ "aws lambda invoke --function-name f --payload fileb://- -", true,
		    true },
		{ "aws s3 cp - s3://bkt/k", false, false },
		{ "aws s3api put-object --bucket b --key k --body fileb://-", true,
		    false },
	};
	struct pack *p = rowask_pack(RULE("allow", "exec", "'lambda:*', 's3:*'", "",
	    ", files: {in: stdin, out: stdout}"));

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct verdict v = rowask(p, rows[i].line);

		assert_int_equal(v.effect, EFFECT_ALLOW);
		if (v.file_in != rows[i].in || v.file_out != rows[i].out)
			fail_msg("%s: %d %d", rows[i].line, v.file_in, v.file_out);
	}
	pack_free(p);
}

static void
terms_add_up(void **state)
{
	struct pack *p = rowask_pack(RULE("allow", "exec", "'s3:HeadObject'", "",
	    ", record: {bodies: digest}, credential: {duration: "
	    "1h}") ","
		   "{id: q, effect: allow, on: [exec], aws: "
		   "{operations: ['s3:GetObject']}, "
		   "credential: {session_policy: scope, duration: "
		   "30m}},"
		   "{id: z, effect: allow, on: [exec], aws: "
		   "{operations: ['s3:rm']}, "
		   "record: {bodies: none}}");
	struct verdict v = rowask(p, "aws s3 cp s3://bkt/a -");

	(void)state;
	assert_int_equal(v.effect, EFFECT_ALLOW);
	assert_int_equal(v.bodies, VERDICT_BODIES_DIGEST);
	assert_true(v.scope);
	assert_int_equal(v.lease_seconds, 1800);
	assert_false(v.reveal || v.file_in || v.file_out);
	v = rowask(p, "aws s3 cp - s3://bkt/a");
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_int_equal(v.lease_seconds, 0);
	assert_false(v.scope);
	pack_free(p);
}

/* Of all rules that act, whatever they are and in whatever order; never of others. */
static void
masks_add_up(void **state)
{
	struct pack *p = rowask_pack(RULE("allow", "exec", "'s3:HeadObject'", "",
	    ", mask: [pii, zz]") ","
				 "{id: q, effect: allow, on: [exec], mask: {add: "
				 "[email, pii]}, aws: "
				 "{operations: ['s3:GetObject']}},"
				 "{id: w, effect: allow, on: [exec], aws: {operations: "
				 "['s3:*']}},"
				 "{id: z, effect: allow, on: [exec], mask: [other], "
				 "aws: "
				 "{operations: ['s3:rm', 's3:DeleteObject']}}");
	struct verdict v = rowask(p, "aws s3 cp s3://bkt/a -");

	(void)state;
	assert_int_equal(v.effect, EFFECT_ALLOW);
	assert_string_equal(v.masks, "email,pii,zz");
	assert_string_equal(v.reveals, "");
	v = rowask(p, "aws s3 rm s3://bkt/a");
	assert_int_equal(v.effect, EFFECT_ALLOW);
	assert_string_equal(v.masks, "other");
	/* A deny has none. */
	v = rowask(p, "aws s3 mb s3://bkt");
	assert_string_equal(v.masks, v.effect == EFFECT_DENY ? "" : v.masks);
	v = rowask(p, "aws ec2 describe-instances");
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(v.masks, "");
	pack_free(p);
}

#define REVEAL(operations, reveals)                                                    \
	"version: 1\nname: p\nrules:\n"                                                \
	"  - {id: look, effect: allow, on: [exec], aws: {operations: "                 \
	"['secretsmanager:*']}}\n"                                                     \
	"  - {id: see, effect: hold, on: [exec], aws: {operations: [" operations       \
	"]}, "                                                                         \
	"mask: {reveal: [" reveals "]}, approvers: {need: 1, from: [identity:bob]}}\n" \
	"  - {id: bee, effect: hold, on: [exec], aws: {operations: "                   \
	"['secretsmanager:GetSecretValue']}, approvers: {need: 1, from: "              \
	"[identity:bob]}}\n"

static void
only_what_a_hold_is_about_is_revealed(void **state)
{
	static const struct {
		const char *policy, *line, *reveals;
	} rows[] = {
		{ REVEAL("'secretsmanager:GetSecretValue'",
		      "'secretsmanager:GetSecretValue'"),
		    "get-secret-value --secret-id a", "secretsmanager:GetSecretValue" },
		{ REVEAL("'secretsmanager:get-secret-value'",
		      "'secretsmanager:get-secret-value'"),
		    "get-secret-value --secret-id a", "secretsmanager:GetSecretValue" },
		/* It reveals what it does not hold: nothing. */
		{ REVEAL("'secretsmanager:DeleteSecret'",
		      "'secretsmanager:GetSecretValue'"),
		    "get-secret-value --secret-id a", "" },
		/* It holds what it does not reveal. */
		{ REVEAL("'secretsmanager:GetSecretValue'",
		      "'secretsmanager:BatchGetSecretValue'"),
		    "get-secret-value --secret-id a", "" },
		{ REVEAL("'secretsmanager:DeleteSecret'",
		      "'secretsmanager:GetSecretValue'"),
		    "delete-secret --secret-id a", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p = asking_pack(rows[i].policy);
		char line[128];
		struct verdict v;

		snprintf(line, sizeof line, "aws secretsmanager %s", rows[i].line);
		v = rowask(p, line);
		if (v.effect != EFFECT_HOLD ||
		    strcmp(v.reveals, rows[i].reveals) != 0 ||
		    strcmp(v.reveals_by, v.reveals[0] != '\0' ? "p/see" : "") != 0)
			fail_msg("row %zu: %s: \"%s\" by \"%s\" (%s)", i,
			    effect_name(v.effect), v.reveals, v.reveals_by, v.reason);
		pack_free(p);
	}
}

#define ONE_RULE                                                                       \
	"{version: 1, name: p, rules: [{id: a, effect: %s, on: [exec], aws: "          \
	"{operations: [%s]%s}}%s]}"

/* Without a place no allow that looks at one can act, while a deny has to.  The names of
 * buckets hold neither account nor region; those of tables hold both. */
static void
nowhere_is_no_resource(void **state)
{
	static const struct {
		const char *operation, *on, *in, *out;
		bool placeless; /* nothing but the partition is in its name */
	} rows[] = {
		{ "'s3:rm'", ON_LOGS, "aws s3 rm s3://logs-a/x",
		    "aws s3 rm s3://other/x", true },
		{ "'dynamodb:DeleteTable'",
		    ", resources: ['arn:aws:dynamodb:*:*:table/logs-*']",
		    "aws dynamodb delete-table --table-name logs-a",
		    "aws dynamodb delete-table --table-name other", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char allow[512], deny[512];
		struct aws_request *in = asking_request(rows[i].in);
		struct aws_request *out = asking_request(rows[i].out);
		struct pack *p, *q;
		struct verdict v = { 0 };

		snprintf(allow, sizeof allow, ONE_RULE, "allow", rows[i].operation,
		    rows[i].on, "");
		snprintf(deny, sizeof deny, ONE_RULE, "deny", rows[i].operation,
		    rows[i].on,
		    ", {id: z, effect: allow, on: [exec], aws: {operations: "
		    "['s3:rm', 'dynamodb:DeleteTable']}}");
		p = asking_pack(allow);
		q = asking_pack(deny);
		for (size_t k = 0; k < 4; k++) {
			struct facts f = rowask_facts;
			enum effect want;

			f.partition = k == 1 ? NULL : f.partition;
			f.account = k == 2 ? NULL : f.account;
			f.region = k == 3 ? NULL : f.region;
			want = k == 0 || (k > 1 && rows[i].placeless) ? EFFECT_ALLOW
								      : EFFECT_DENY;
			decide(pack_rules(p), in, &f, &v);
			assert_int_equal(v.effect, want);
			decide(pack_rules(p), out, &f, &v);
			assert_int_equal(v.effect, EFFECT_DENY);
			decide(pack_rules(q), in, &f, &v);
			assert_int_equal(v.effect, EFFECT_DENY);
			decide(pack_rules(q), out, &f, &v);
			assert_int_equal(v.effect, want);
		}
		aws_free(in);
		aws_free(out);
		pack_free(p);
		pack_free(q);
	}
}

/* One call off the wire; line NULL: an SDK's. */
static struct verdict
ask_call(const struct pack *p, const char *line, const char *operation,
    const char *region, const char *members)
{
	struct aws_request *req = line == NULL ? NULL : asking_request(line);
	struct apicall *c = asking_call(operation, region, members);
	struct iam_needs needs = asking_needs(c);
	struct facts f = rowask_facts;
	struct verdict v = { 0 };

	f.path = line == NULL ? PATH_API : PATH_EXEC;
	decide_call(pack_rules(p), req, c, &needs, &f, &v);
	/* The wrong path never lets anything out. */
	f.path = line == NULL ? PATH_EXEC : PATH_API;
	struct verdict w = { 0 };

	decide_call(pack_rules(p), req, c, &needs, &f, &w);
	assert_int_equal(w.effect, EFFECT_DENY);
	iam_clear(&needs);
	apicall_free(c);
	aws_free(req);
	return v;
}

struct call_row {
	const char *rule, *line, *call, *region, *members;
	enum effect effect;
	const char *reason;
};

static void
check_call_rows(const struct call_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct call_row *r = &rows[i];
		struct pack *p = rowask_pack(r->rule);
		struct verdict v = ask_call(p, r->line, r->call, r->region, r->members);

		if (v.effect != r->effect ||
		    (r->reason != NULL && strstr(v.reason, r->reason) == NULL))
			fail_msg("%s\n%s %s\n%s: %s", r->rule, r->call, r->members,
			    effect_name(v.effect), v.reason);
		if (strstr(v.reason, "not covered: ") != NULL)
			assert_string_equal(v.call, r->call);
		pack_free(p);
	}
}

static void
a_call_without_its_needs_is_a_deny(void **state)
{
	struct pack *p = rowask_pack(RULE("allow", "api", "'s3:*'", "", ""));
	struct apicall *c = asking_call("s3:ListBuckets", "eu-west-1", "");
	struct iam_needs needs = asking_needs(c), none = { 0 };
	struct facts f = rowask_facts;
	struct verdict v = { 0 };

	(void)state;
	f.path = PATH_API;
	decide_call(pack_rules(p), NULL, c, &needs, &f, &v);
	assert_int_equal(v.effect, EFFECT_ALLOW);
	decide_call(pack_rules(p), NULL, c, NULL, &f, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	decide_call(pack_rules(p), NULL, NULL, &needs, &f, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	decide_call(pack_rules(p), NULL, c, &none, &f, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	iam_clear(&needs);
	apicall_free(c);
	pack_free(p);
}

static void
calls_of_sdks(void **state)
{
#define TABLE ", resources: ['arn:aws:dynamodb:eu-west-1:111122223333:table/t*']"
	static const struct call_row rows[] = {
		{ RULE("allow", "api", "'dynamodb:GetItem'", TABLE, ""), NULL,
		    "dynamodb:GetItem", "eu-west-1", "TableName=t1;?Key", EFFECT_ALLOW,
		    NULL },
		{ RULE("allow", "exec", "'dynamodb:GetItem'", TABLE, ""), NULL,
		    "dynamodb:GetItem", "eu-west-1", "TableName=t1;?Key", EFFECT_DENY,
		    "no rule allows dynamodb:GetItem" },
		{ RULE("allow", "exec, api", "'dynamodb:GetItem'", TABLE, ""), NULL,
		    "dynamodb:GetItem", "eu-west-1", "TableName=t1;?Key", EFFECT_ALLOW,
		    NULL },
		{ RULE("allow", "api", "'dynamodb:GetItem'", TABLE, ""), NULL,
		    "dynamodb:GetItem", "eu-west-1", "TableName=u;?Key", EFFECT_DENY,
		    "not on this resource" },
		{ RULE("allow", "api", "'dynamodb:GetItem'", TABLE, ""), NULL,
		    "dynamodb:GetItem", "us-east-1", "TableName=t1;?Key", EFFECT_DENY,
		    NULL },
		{ RULE("allow", "exec, api", "'s3:ListBuckets'", CLOSED, ""), NULL,
		    "s3:ListBuckets", "eu-central-1", "", EFFECT_ALLOW, NULL },
		{ RULE("allow", "exec, api", "'s3:ListBuckets'", CLOSED, ""), NULL,
		    "s3:ListBuckets", "us-east-1", "", EFFECT_DENY,
		    "not in this region" },
		{ RULE("allow", "api", "'s3:PutObject'", "", ""), NULL, "s3:PutObject",
		    "eu-west-1", "Bucket=b;Key=k;?Body;ACL=private", EFFECT_DENY,
		    "no rule allows s3:PutObjectAcl" },
		{ RULE("allow", "api", "'s3:PutObject*'", "", ""), NULL, "s3:PutObject",
		    "eu-west-1", "Bucket=b;Key=k;?Body;ACL=private", EFFECT_ALLOW,
		    NULL },
		{ RULE("allow", "api", "'s3:PutObject*'",
		      ", parameters: {Bucket: any, Key: {glob: 'a*'}, Body: any}", ""),
		    NULL, "s3:PutObject", "eu-west-1", "Bucket=b;Key=ab;?Body",
		    EFFECT_ALLOW, NULL },
		{ RULE("allow", "api", "'s3:PutObject*'",
		      ", parameters: {Bucket: any, Key: {glob: 'a*'}, Body: any}", ""),
		    NULL, "s3:PutObject", "eu-west-1",
		    "Bucket=b;Key=ab;?Body;ACL=private", EFFECT_DENY,
		    "not with this parameter ACL" },
		/* The name of a command means nothing here. */
		{ RULE("allow", "api", "'s3:rm'", "", ""), NULL, "s3:DeleteObject",
		    "eu-west-1", "Bucket=b;Key=k", EFFECT_DENY, NULL },
		{ RULE("hold", "api", "'s3:DeleteObject'", "", HELD), NULL,
		    "s3:DeleteObject", "eu-west-1", "Bucket=b;Key=k", EFFECT_HOLD,
		    NULL },
		{ RULE("allow", "api", "'sts:*'", "", ""), NULL, "sts:GetSessionToken",
		    "us-east-1", "", EFFECT_DENY, NULL },
		{ RULE("allow", "api", "'sts:GetSessionToken'", "", ""), NULL,
		    "sts:GetSessionToken", "us-east-1", "", EFFECT_ALLOW, NULL },
	};

	(void)state;
	check_call_rows(rows, ROWS(rows));
}

static void
calls_of_commands(void **state)
{
	static const struct call_row rows[] = {
		{ RULE("allow", "exec", "'s3:rm'", "", ""), "aws s3 rm s3://bkt/k",
		    "s3:DeleteObject", "eu-west-1", "Bucket=bkt;Key=k", EFFECT_ALLOW,
		    NULL },
		/* Whatever the rules say, only what the words named. */
		{ RULE("allow", "exec", "'s3:*'", "", ""), "aws s3 rm s3://bkt/k",
		    "s3:DeleteObject", "eu-west-1", "Bucket=bkt;Key=l", EFFECT_DENY,
		    "not covered: " },
		{ RULE("allow", "exec", "'s3:*', 'iam:*'", "", ""),
		    "aws s3 rm s3://bkt/k", "iam:ListUsers", "us-east-1", "",
		    EFFECT_DENY, "not covered: " },
		/* The words meant this table, not the one that is called so elsewhere. */
		{ RULE("allow", "exec", "'dynamodb:*'", "", ""),
		    "aws dynamodb delete-item --table-name abc --key {}",
		    "dynamodb:DeleteItem", "us-east-1", "TableName=abc;?Key",
		    EFFECT_DENY, "does not go to the region us-east-1" },
		{ RULE("allow", "exec", "'dynamodb:*'", "", ""),
		    "aws dynamodb delete-item --table-name abc --key {}",
		    "dynamodb:DeleteItem", "eu-west-1", "TableName=abc;?Key",
		    EFFECT_ALLOW, NULL },
		/* Whatever the words named, only what the rules say. */
		{ RULE("allow", "exec", "'s3:rm'",
		      ", resources: ['arn:aws:s3:::bkt', 'arn:aws:s3:::bkt/a/*']", ""),
		    "aws s3 rm s3://bkt --recursive", "s3:DeleteObject", "eu-west-1",
		    "Bucket=bkt;Key=b/k", EFFECT_DENY, "not on this resource" },
		{ RULE("allow", "api", "'s3:*'", "", ""), "aws s3 rm s3://bkt/k",
		    "s3:DeleteObject", "eu-west-1", "Bucket=bkt;Key=k", EFFECT_DENY,
		    NULL },
		{ RULE("deny", "exec", "'s3:DeleteObject'", SOME("*/keep"), "") BESIDE,
		    "aws s3 rm s3://bkt --recursive", "s3:DeleteObject", "eu-west-1",
		    "Bucket=bkt;Key=a/keep", EFFECT_DENY, NULL },
		{ RULE("allow", "exec", "'s3:cp'",
		      ", parameters: {Bucket: any, Key: any}", ""),
		    "aws s3 cp - s3://bkt/k", "s3:PutObject", "eu-west-1",
		    "Bucket=bkt;Key=k;?Body;ContentType=x", EFFECT_ALLOW, NULL },
	};

	(void)state;
	check_call_rows(rows, ROWS(rows));
}

/* What a command does is told in its own spelling, what was on the wire in the API's. */
static void
calls_are_told_as_they_came(void **state)
{
	struct pack *p = rowask_pack(RULE("deny", "exec, api", "'s3:*'", "", ""));
	struct verdict v = rowask(p, "aws s3 rm s3://bkt/k");

	(void)state;
	assert_string_equal(v.call, "s3:delete-object");
	v = ask_call(p, "aws s3 rm s3://bkt/k", "s3:DeleteObject", "eu-west-1",
	    "Bucket=bkt;Key=k");
	assert_string_equal(v.call, "s3:DeleteObject");
	v = ask_call(p, NULL, "s3:DeleteObject", "eu-west-1", "Bucket=bkt;Key=k");
	assert_string_equal(v.call, "s3:DeleteObject");
	/* What an option brings in has no spelling but one. */
	v = rowask(p, "aws s3 cp - s3://bkt/a --acl public-read");
	assert_string_equal(v.call, "s3:put-object");
	pack_free(p);
	p = rowask_pack(RULE("allow", "exec", "'s3:PutObject'", "", ""));
	v = rowask(p, "aws s3 cp - s3://bkt/a --acl public-read");
	assert_string_equal(v.call, "s3:PutObjectAcl");
	pack_free(p);
}

static void
a_released_command_releases_its_calls(void **state)
{
	struct pack *p = rowask_pack(RULE("hold", "exec", "'s3:rm'", "",
	    HELD) ","
		  "{id: other, effect: hold, on: [exec], aws: {operations: "
		  "['s3:DeleteObject'], resources: ['arn:aws:s3:::bkt/x*']}" HELD "}");
	struct verdict plain = rowask(p, "aws s3 rm s3://bkt/k");
	struct verdict both = rowask(p, "aws s3 rm s3://bkt/x");
	struct verdict call = ask_call(p, "aws s3 rm s3://bkt/k", "s3:DeleteObject",
	    "eu-west-1", "Bucket=bkt;Key=k");
	struct verdict allow = { .effect = EFFECT_ALLOW }, none = { 0 };

	(void)state;
	assert_int_equal(both.n_needs, 2);
	assert_true(decide_released(&call, &plain));
	assert_true(decide_released(&call, &both));
	assert_true(decide_released(&plain, &both));
	assert_false(decide_released(&both, &plain));
	assert_false(decide_released(&call, &allow));
	assert_false(decide_released(&call, &none));
	assert_false(decide_released(&none, &call));
	/* What is no hold has nothing to release, whatever it needs. */
	call.effect = EFFECT_DENY;
	assert_false(decide_released(&call, &plain));
	call.effect = EFFECT_HOLD;
	plain.effect = EFFECT_ALLOW;
	assert_false(decide_released(&call, &plain));
	call.n_needs = 0;
	assert_false(decide_released(&call, &both));
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
		struct verdict a = rowask(all, lines[i]), b = rowask(less, lines[i]);

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
			struct verdict a = rowask(p, lines[i]), b = rowask(q, lines[i]);

			/* All of it but the digest, which is over the text. */
			memcpy(a.policy, b.policy, sizeof a.policy);
			assert_memory_equal(&a, &b, sizeof a);
		}
		pack_free(p);
		pack_free(q);
	}
}

static void
somebody_without_a_rule_for_the_path_is_known(void **state)
{
#define ON_PATH(effect, path, who)                                                     \
	"{id: a, effect: " effect ", on: [" path "], who: " who                        \
	", aws: {operations: ['s3:GetObject']}, reason: No., approvers: {need: 1, "    \
	"from: [group:sre]}}"
#define PLAIN(effect, path, who)                                                       \
	"{id: a, effect: " effect ", on: [" path "], who: " who                        \
	", aws: {operations: ['s3:GetObject']}, reason: No.}"
	static const struct {
		const char *rules;
		const char *paths; /* the first letters of those with something */
	} rows[] = {
		{ RULES "]}", "" },
		{ RULES PLAIN("allow", "exec", "{group: agents}") "]}", "e" },
		{ RULES PLAIN("allow", "api", "{group: agents}") "]}", "a" },
		{ RULES PLAIN("allow", "'exec', 'api'", "{group: agents}") "]}", "ea" },
		{ RULES ON_PATH("hold", "api", "{group: agents}") "]}", "a" },
		{ RULES PLAIN("deny", "api", "{group: agents}") "]}", "" },
		{ RULES PLAIN("allow", "api", "{group: sre}") "]}", "" },
		/* On exec nothing but aws runs, so that rules for others let nothing. */
		{ RULES "{id: a, effect: allow, on: [shell], command: {name: ls}}]}",
		    "s" },
		{ RULES "{id: a, effect: hold, on: [exec, shell], command: {name: ls}, "
			"approvers: {need: 1, from: [group:sre]}}]}",
		    "s" },
		{ RULES "{id: a, effect: allow, on: [forward], forward: {port: 22}}]}",
		    "f" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack_text text = { "p.yaml", span_of(rows[i].rules) };
		struct facts f = rowask_facts;
		struct pack *p = NULL;
		struct err err = { "" };

		if (pack_read(&text, 1, &p, &err) != RC_OK)
			fail_msg("%s", err.text);
		f.path = PATH_EXEC;
		assert_int_equal(
		    decide_any(pack_rules(p), &f), strchr(rows[i].paths, 'e') != NULL);
		f.path = PATH_API;
		assert_int_equal(
		    decide_any(pack_rules(p), &f), strchr(rows[i].paths, 'a') != NULL);
		f.path = PATH_SHELL;
		assert_int_equal(
		    decide_any(pack_rules(p), &f), strchr(rows[i].paths, 's') != NULL);
		f.path = PATH_FORWARD;
		assert_int_equal(
		    decide_any(pack_rules(p), &f), strchr(rows[i].paths, 'f') != NULL);
		pack_free(p);
	}
}

/* A target is in reach when a rule is about something there, and surely there. */
static void
a_target_in_reach_is_told(void **state)
{
#define AN_ALLOW(path, where, what)                                                    \
	RULES "{id: a, effect: allow, on: [" path "], " where what "}]}"
#define RUNS "command: {name: ls}"
	static const struct {
		const char *rules;
		bool shell, forward;
	} rows[] = {
		{ AN_ALLOW("shell", "", RUNS), true, false },
		{ AN_ALLOW("shell", "where: {target: web}, ", RUNS), true, false },
		{ AN_ALLOW("shell", "where: {target: i-0abc}, ", RUNS), true, false },
		{ AN_ALLOW("shell", "where: {target: db}, ", RUNS), false, false },
		{ AN_ALLOW("shell", "where: {env: prod}, ", RUNS), true, false },
		{ AN_ALLOW("shell", "where: {env: dev}, ", RUNS), false, false },
		/* Not known is not enough. */
		{ AN_ALLOW("shell", "where: {tag: {team: x}}, ", RUNS), false, false },
		{ AN_ALLOW("shell", "where: {tag: {tier: one}}, ", RUNS), true, false },
		{ AN_ALLOW("shell", "where: {region: eu-west-1}, ", RUNS), true,
		    false },
		{ AN_ALLOW("shell", "where: {region: us-east-1}, ", RUNS), false,
		    false },
		{ AN_ALLOW("shell", "who: {group: nobody}, ", RUNS), false, false },
		{ AN_ALLOW("shell", "", "ssm: {shell: true}"), false, false },
		{ RULES "{id: a, effect: deny, on: [shell], " RUNS "}]}", false,
		    false },
		{ AN_ALLOW("forward", "", "forward: {port: 22}"), false, true },
		{ AN_ALLOW("forward", "", "forward: {port: 22, target: web}"), false,
		    true },
		{ AN_ALLOW("forward", "", "forward: {port: 22, target: db}"), false,
		    false },
		{ AN_ALLOW("forward", "where: {env: dev}, ", "forward: {port: 22}"),
		    false, false },
		{ AN_ALLOW("exec", "", "aws: {operations: ['s3:ls']}"), false, false },
	};
	static const struct facts_pair tags[] = { { "tier", "one" } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack_text text = { "p.yaml", span_of(rows[i].rules) };
		struct facts f = rowask_facts;
		struct pack *p = NULL;
		struct err err = { "" };

		if (pack_read(&text, 1, &p, &err) != RC_OK)
			fail_msg("row %zu: %s", i, err.text);
		f.target = "web";
		f.target_id = "i-0abc";
		f.env = "prod";
		f.region = "eu-west-1";
		f.tags = tags;
		f.n_tags = 1;
		f.path = PATH_SHELL;
		if (decide_reaches(pack_rules(p), &f) != rows[i].shell)
			fail_msg("row %zu, shell", i);
		f.path = PATH_FORWARD;
		if (decide_reaches(pack_rules(p), &f) != rows[i].forward)
			fail_msg("row %zu, forward", i);
		f.path = PATH_EXEC;
		assert_false(decide_reaches(pack_rules(p), &f));
		pack_free(p);
	}
}

/* A batch is let through when each of its keys is, alone, whatever they have in common. */
static void
batches_are_their_keys(void **state)
{
	static const char *const resources[] = { "arn:aws:s3:::logs/*",
		"arn:aws:s3:::logs/a*", "arn:aws:s3:::logs/ab/*",
		"arn:aws:s3:::other/*", "arn:aws:s3:::log?/ab*", "arn:*:s3:::*",
		"arn:aws:s3:::logs/ab/1" };
	static const char *const keys[] = { "ab/1", "ab/2", "ab/", "a", "b", "ab/*" };
	uint64_t seed = 2026;
	size_t let = 0;

	(void)state;
	for (int round = 0; round < 400; round++) {
		char rules[1024], members[256] = "Bucket=logs";
		size_t n = 0, most = 1 + (size_t)round % ROWS(keys);
		bool all = true;
		struct pack *p;

		for (int i = 0; i < 3; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			n += (size_t)snprintf(rules + n, sizeof rules - n,
			    "{id: r%d, effect: %s, on: [api], aws: {operations: "
			    "['s3:DeleteObject*'], resources: ['%s', '%s']}},",
			    i, i == 2 && seed >> 63 ? "deny" : "allow",
			    resources[(seed >> 33) % ROWS(resources)],
			    resources[(seed >> 43) % ROWS(resources)]);
		}
		p = rowask_pack(rules);
		for (int i = 0; i < 5; i++) {
			char one[128];
			const char *key;

			seed = seed * 6364136223846793005u + 1442695040888963407u;
			key = keys[(seed >> 33) % most];
			snprintf(
			    one, sizeof one, "Bucket=logs;Delete.Objects.Key=%s", key);
			strcat(strcat(members, ";Delete.Objects.Key="), key);
			all &= ask_call(p, NULL, "s3:DeleteObjects", "eu-west-1", one)
				   .effect == EFFECT_ALLOW;
		}
		if ((ask_call(p, NULL, "s3:DeleteObjects", "eu-west-1", members)
			    .effect == EFFECT_ALLOW) != all)
			fail_msg("%s: %s", rules, members);
		let += all;
		pack_free(p);
	}
	assert_true(let > 40 && let < 360);
}

/* S3 may send a command to its bucket's region; what the words named has to fit, too. */
static void
both_regions_have_to_fit(void **state)
{
	static const struct {
		const char *regions, *line, *region;
		enum effect effect;
	} rows[] = {
		{ "[eu-west-1]", "aws s3 ls s3://bkt --region eu-west-1", "eu-west-1",
		    EFFECT_ALLOW },
		{ "[eu-west-1, us-east-1]", "aws s3 ls s3://bkt --region us-east-1",
		    "eu-west-1", EFFECT_ALLOW },
		{ "[eu-west-1]", "aws s3 ls s3://bkt --region us-east-1", "eu-west-1",
		    EFFECT_DENY },
		{ "[us-east-1]", "aws s3 ls s3://bkt --region us-east-1", "eu-west-1",
		    EFFECT_DENY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char policy[400];
		struct pack *p;
		struct verdict v;

		snprintf(policy, sizeof policy,
		    RULES "{id: r, effect: allow, " ON
			  "['s3:ls'], options: {region: %s}}}]}",
		    rows[i].regions);
		p = asking_pack(policy);
		v = ask_call(p, rows[i].line, "s3:ListObjectsV2", rows[i].region,
		    "Bucket=bkt;Prefix=;Delimiter=/");
		if (v.effect != rows[i].effect)
			fail_msg("row %zu: %s", i, v.reason);
		pack_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(severity_wins_whatever_the_order),
		cmocka_unit_test(programs_are_told_what_is_allowed),
		cmocka_unit_test(reasons_tell_what_to_do),
		cmocka_unit_test(all_conditions_of_a_hold_add_up),
		cmocka_unit_test(too_many_holds_are_a_deny),
		cmocka_unit_test(what_is_not_known_is_denied),
		cmocka_unit_test(resources_of_commands),
		cmocka_unit_test(prefixes_are_judged_whole),
		cmocka_unit_test(what_names_no_resource_needs_a_star),
		cmocka_unit_test(options_are_closed),
		cmocka_unit_test(parameters_are_closed),
		cmocka_unit_test(required_parameters_are_there),
		cmocka_unit_test(implied_actions_are_judged),
		cmocka_unit_test(credentials_are_given_by_name_alone),
		cmocka_unit_test(files_go_with_rules_that_say_so),
		cmocka_unit_test(files_are_told),
		cmocka_unit_test(masks_add_up),
		cmocka_unit_test(only_what_a_hold_is_about_is_revealed),
		cmocka_unit_test(terms_add_up),
		cmocka_unit_test(nowhere_is_no_resource),
		cmocka_unit_test(a_call_without_its_needs_is_a_deny),
		cmocka_unit_test(calls_of_sdks),
		cmocka_unit_test(calls_of_commands),
		cmocka_unit_test(calls_are_told_as_they_came),
		cmocka_unit_test(a_released_command_releases_its_calls),
		cmocka_unit_test(rules_only_ever_take_away),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(a_target_in_reach_is_told),
		cmocka_unit_test(batches_are_their_keys),
		cmocka_unit_test(both_regions_have_to_fit),
		cmocka_unit_test(somebody_without_a_rule_for_the_path_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
