#include "tests/policies/lineask.h"

#include "policies/explain.h"

static void
write_part(const struct explain_part *p, void *arg)
{
	explain_put(p, arg);
}

static const char policy[] =
    "{version: 1, name: p, defaults: {undecidable: hold}, rules: ["
    "{id: look, effect: allow, on: [shell], command: {any: [{name: cat, options: "
    "{short: n}, operands: {each: {path_in: ['/var/log/**']}}}, {name: sort, options: "
    "{short: ru}, stdin: pipe}]}, redirect: [null]},"
    "{id: near, effect: allow, on: [shell], where: {env: test}, command: {name: sort, "
    "options: any, operands: any, stdin: any}},"
    "{id: others, effect: allow, on: [shell], who: {group: nobody}, command: {name: "
    "sort, options: any, operands: any, stdin: any}},"
    "{id: late, effect: allow, on: [shell], when: {until: '2000-01-01'}, command: "
    "{name: uname}},"
    "{id: place, effect: allow, on: [shell], where: {tag: {tier: web}}, command: "
    "{name: uname}},"
    "{id: never, effect: deny, on: [shell], command: {name: rm, options: any, "
    "operands: "
    "any}},"
    "{id: restart, effect: hold, on: [shell], command: {name: systemctl, operands: "
    "any}, approvers: {need: 1, from: [group:sre]}},"
    "{id: odd, effect: hold, on: [shell], command: {undecidable: true}, approvers: "
    "{need: 1, from: [group:sre]}},"
    "{id: no, effect: deny, on: [shell], command: {name: rm, operands: any}},"
    "{id: nobody, effect: deny, on: [exec], aws: {operations: ['s3:rb']}},"
    "{id: nowhere, effect: deny, on: [exec], aws: {operations: ['s3:r*']}, unless: "
    "{aws: {operations: ['s3:rm', 's3:DeleteObject']}}},"
    "{id: s3, effect: allow, on: [exec], aws: {operations: ['s3:ls', 's3:rm'], "
    "resources: ['arn:aws:s3:::logs-*']}},"
    "{id: theirs, effect: allow, on: [exec], who: {group: nobody}, aws: {operations: "
    "['iam:ListUsers']}},"
    "{id: far, effect: allow, on: [exec], where: {account: '000000000000'}, aws: "
    "{operations: ['iam:ListUsers']}}]}";

static void
lines_are_told_part_by_part(void **state)
{
	static const struct {
		const char *line, *has[4];
	} rows[] = {
		{ "cat /var/log/a | sort -uo x",
		    { "  1 cat /var/log/a ", " allow      rule p/look\n",
			"  2 sort -uo x ", " unmatched \n      p/look: " } },
		{ "cat /var/log/a | sort -uo x",
		    { "      p/near: where: the env is another\n",
			"      p/others: not for who asks\n" } },
		{ "uname", { "      p/late: when: not at this time\n",
			       "      p/place: where: the tag tier is not known\n" } },
		{ "rm x; systemctl restart a",
		    { "  1 rm x ", " deny       rule p/never\n",
			"  2 systemctl restart a ", " hold       rule p/restart\n" } },
		{ "timeout 5 rm x", { "  1 timeout 5 ", " wrapper", "  2 rm x ",
					" deny       rule p/never\n" } },
		{ "sort </dev/null >x",
		    { "  1 sort ", "  2 0</dev/null ", "  3 1>x ", " unmatched \n" } },
		{ "rm $x", { "  1 rm ", " deny       rule p/never\n", "  2 (byte 4) ",
			       " hold       rule p/odd\n" } },
		{ "cat 'a\\b\x01'", { "(byte " } },
	};
	struct pack *p = asking_pack(policy);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct verdict v = { 0 }, plain = { 0 };
		struct explain e = { .part = write_part };
		struct buf b;

		buf_init(&b, 65536);
		e.arg = &b;
		explain_line(
		    pack_rules(p), span_of(rows[i].line), &lineask_facts, &e, &v, NULL);
		decide_line(
		    pack_rules(p), span_of(rows[i].line), &lineask_facts, &plain, NULL);
		/* To be watched changes nothing. */
		assert_memory_equal(&v, &plain, sizeof v);
		for (size_t k = 0; k < 4 && rows[i].has[k] != NULL; k++)
			if (strstr(buf_cstr(&b), rows[i].has[k]) == NULL)
				fail_msg("%s: no '%s' in\n%s", rows[i].line,
				    rows[i].has[k], buf_cstr(&b));
		for (const char *at = buf_cstr(&b); *at != '\0'; at++)
			assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
		buf_clear(&b);
	}
	pack_free(p);
}

static void
calls_are_told_point_by_point(void **state)
{
	static const struct {
		const char *line, *has[3];
	} rows[] = {
		{ "aws s3 rm s3://logs-a/x",
		    { "  1 s3:DeleteObject arn:aws:s3:::logs-a/x ",
			" allow      rule p/s3\n" } },
		{ "aws s3 rm s3://other/x",
		    { "  1 s3:DeleteObject arn:aws:s3:::other/x ",
			" unmatched \n      p/s3: not on this resource\n" } },
		{ "aws iam list-users",
		    { "  1 iam:ListUsers ", "      p/far: where: the account is ",
			"      p/theirs: not for who asks\n" } },
		{ "aws rds delete-db-cluster --db-cluster-identifier a",
		    { "  1 rds:DeleteDBCluster arn:aws:rds:eu-west-1:111122223333:" } },
		{ "aws iam list-roles", { "  1 iam:ListRoles ", " unmatched \n" } },
		/* Of two that say no, the first by name. */
		{ "aws s3 rb s3://logs-a", { " deny       rule p/nobody\n" } },
	};
	struct pack *p = asking_pack(policy);
	struct facts f = lineask_facts;

	(void)state;
	f.path = PATH_EXEC;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct aws_request *req = asking_request(rows[i].line);
		struct explain e = { .part = write_part };
		struct verdict v = { 0 }, plain = { 0 };
		struct buf b;

		buf_init(&b, 65536);
		e.arg = &b;
		explain_argv(pack_rules(p), req, &f, &e, &v);
		decide(pack_rules(p), req, &f, &plain);
		assert_memory_equal(&v, &plain, sizeof v);
		for (size_t k = 0; k < 3 && rows[i].has[k] != NULL; k++)
			if (strstr(buf_cstr(&b), rows[i].has[k]) == NULL)
				fail_msg("%s: no '%s' in\n%s", rows[i].line,
				    rows[i].has[k], buf_cstr(&b));
		buf_clear(&b);
		aws_free(req);
	}
	pack_free(p);
}

/* Of rules about lines that nobody understands the most severe, and of those the first. */
static void
the_most_severe_of_odd_rules_is_told(void **state)
{
#define ODD(id, effect, more)                                                          \
	"{id: " id ", effect: " effect                                                 \
	", on: [shell], command: {undecidable: true}" more "},"
#define HELD ", approvers: {need: 1, from: [group:sre]}"
	static const struct {
		const char *rules, *has;
	} rows[] = {
		{ ODD("a", "hold", HELD) ODD("b", "hold", HELD),
		    " hold       rule p/a\n" },
		{ ODD("a", "hold", HELD) ODD("b", "deny", ""),
		    " deny       rule p/b\n" },
		{ ODD("a", "deny", "") ODD("b", "hold", HELD),
		    " deny       rule p/a\n" },
		{ ODD("a", "deny", "") ODD("b", "deny", ""), " deny       rule p/a\n" },
		{ ODD("a", "deny", ", who: {group: others}") ODD("b", "hold", HELD),
		    " hold       rule p/b\n" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct explain e = { .part = write_part };
		struct verdict v;
		char text[1024];
		struct pack *p;
		struct buf b;

		snprintf(text, sizeof text,
		    "{version: 1, name: p, defaults: {undecidable: hold}, rules: [%s]}",
		    rows[i].rules);
		p = asking_pack(text);
		buf_init(&b, 65536);
		e.arg = &b;
		explain_line(
		    pack_rules(p), span_of("sh"), &lineask_facts, &e, &v, NULL);
		if (strstr(buf_cstr(&b), rows[i].has) == NULL)
			fail_msg("%s\n%s", rows[i].rules, buf_cstr(&b));
		buf_clear(&b);
		pack_free(p);
	}
}

/* The number of rules is of those that were looked at, and nobody has to watch. */
static void
the_rules_looked_at_are_counted(void **state)
{
	struct pack *p = asking_pack(policy);
	struct facts f = lineask_facts;
	struct buf b;
	struct explain e = { .part = NULL }, told = { .part = write_part, .arg = &b };
	struct aws_request *req;
	struct verdict v = { 0 };

	(void)state;
	explain_line(pack_rules(p), span_of("sort -r"), &f, &e, &v, NULL);
	assert_int_equal(e.looked, 3);
	explain_line(pack_rules(p), span_of("lsof"), &f, &e, &v, NULL);
	assert_int_equal(e.looked, 0);
	req = asking_request("aws rds delete-db-cluster --db-cluster-identifier a");
	buf_init(&b, 4096);
	f.path = PATH_EXEC;
	f.account = NULL;
	explain_argv(pack_rules(p), req, &f, &told, &v);
	assert_non_null(
	    strstr(buf_cstr(&b), " arn:aws:rds:eu-west-1:?account:cluster:a "));
	buf_clear(&b);
	aws_free(req);
	f.path = PATH_SHELL;
	f.proof = PROOF_NONE;
	explain_line(pack_rules(p), span_of("sort -r"), &f, &e, &v, NULL);
	assert_int_equal(e.looked, 0);
	assert_string_equal(v.code, "internal");
	explain_argv(pack_rules(p), NULL, &f, &e, &v);
	assert_string_equal(v.code, "internal");
	pack_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_told_part_by_part),
		cmocka_unit_test(calls_are_told_point_by_point),
		cmocka_unit_test(the_most_severe_of_odd_rules_is_told),
		cmocka_unit_test(the_rules_looked_at_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
