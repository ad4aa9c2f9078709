/* Work is counted: each row says what a rule costs, by how many of its kind are judged
 * before the steps are spent, and by how few are not. */
#include "tests/policies/rowask.h"

#include "policies/ruling.h"

#define POINTS 250
#define LISTED 60

/* One rule, and then very many copies of another. */
static struct verdict
ask_many(const struct pack *p, size_t copies, const struct iam_need *needs, size_t n)
{
	struct iam_needs all = { .n = n, .v = (struct iam_need *)needs };
	struct apicall *call = asking_call("s3:GetObject", "eu-west-1", "");
	struct ruleset set = { .n = copies + 1 };
	struct facts f = rowask_facts;
	struct verdict v;

	set.rules = calloc(set.n, sizeof *set.rules);
	set.rules[0] = pack_rules(p)->rules[0];
	for (size_t i = 1; i <= copies; i++)
		set.rules[i] = pack_rules(p)->rules[1];
	f.path = PATH_API;
	decide_call(&set, NULL, call, &all, &f, &v);
	free(set.rules);
	apicall_free(call);
	return v;
}

/* Names that nothing has, or resources. */
static void
list(char *out, size_t size, const char *before, const char *name)
{
	size_t len = (size_t)snprintf(out, size, "%s", before);

	for (unsigned i = 0; i < LISTED; i++)
		len += (size_t)snprintf(out + len, size - len, "%s'%s%c%c'",
		    i == 0 && before[0] == '\0' ? "" : ", ", name, 'a' + i / 26,
		    'a' + i % 26);
}

static struct pack *
pack_of(const char *effect, const char *operations, const char *more, const char *who)
{
	char text[8192];

	snprintf(text, sizeof text,
	    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [api], aws: "
	    "{operations: ['s3:GetObject', 's3:PutObject']}}, {id: b, effect: %s, on: "
	    "[api]%s, aws: {operations: [%s]%s}}]}",
	    effect, who, operations, more);
	return asking_pack(text);
}

static void
rules_cost_what_is_looked_at(void **state)
{
	static const struct {
		const char *effect, *who;
		const char *named;     /* an operation */
		bool names, resources; /* LISTED more of them */
		size_t points, copies;
		bool enough;
	} rows[] = {
		/* The rule, its pattern, the point. */
		{ "deny", "", "'s3:X'", false, false, 1, 1600000, true },
		{ "deny", "", "'s3:X'", false, false, 1, 1700000, false },
		/* All of its patterns for the first point, none for those like it. */
		{ "deny", "", "'s3:X'", true, false, 1, 79000, true },
		{ "deny", "", "'s3:X'", true, false, 1, 80000, false },
		{ "deny", "", "'s3:X'", true, false, POINTS, 15900, true },
		{ "deny", "", "'s3:X'", true, false, POINTS, 16100, false },
		/* Its resources only if it names the operation. */
		{ "deny", "", "'s3:X'", false, true, 1, 1600000, true },
		{ "deny", "", "'s3:GetObject'", false, true, 1, 78000, true },
		{ "deny", "", "'s3:GetObject'", false, true, 1, 79000, false },
		/* One for somebody else, and one that can add nothing: itself. */
		{ "deny", ", who: {group: others}", "'s3:X'", true, false, 1, 4900000,
		    true },
		{ "deny", ", who: {group: others}", "'s3:X'", true, false, 1, 5100000,
		    false },
		{ "allow", "", "'s3:GetObject'", true, true, POINTS, 4900000, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct iam_need needs[POINTS];
		char operations[2048] = "", resources[4096] = "";
		struct pack *p;
		struct verdict v;

		for (size_t k = 0; k < POINTS; k++)
			needs[k] = (struct iam_need){ "s3", "GetObject", "s3:GetObject",
				"arn:aws:s3:::bkt/k", false, false,
				"arn:aws:s3:::bkt/k" };
		if (rows[i].names)
			list(operations, sizeof operations, rows[i].named, "s3:X");
		else
			snprintf(operations, sizeof operations, "%s", rows[i].named);
		if (rows[i].resources) {
			list(resources, sizeof resources,
			    ", resources: ['arn:aws:s3:::z'", "arn:aws:s3:::z/");
			strcat(resources, "]");
		}
		p = pack_of(rows[i].effect, operations, resources, rows[i].who);
		v = ask_many(p, rows[i].copies, needs, rows[i].points);
		if (v.effect != (rows[i].enough ? EFFECT_ALLOW : EFFECT_DENY) ||
		    strcmp(v.code, rows[i].enough ? "" : "limit") != 0)
			fail_msg("row %zu: %s %s", i, effect_name(v.effect), v.reason);
		pack_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_cost_what_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
