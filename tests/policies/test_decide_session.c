#include "tests/policies/lineask.h"

#define RULE(id, effect, path, rest)                                                   \
	"{id: " id ", effect: " effect ", on: [" path "], " rest "},"
#define HELD ", approvers: {need: 1, from: [group:sre]}"

static struct pack *
pack_of(const char *rules)
{
	char text[4096];

	snprintf(text, sizeof text, "{version: 1, name: p, rules: [%s]}", rules);
	return asking_pack(text);
}

static void
expect(const struct verdict *v, enum effect effect, const char *code, const char *rule)
{
	if (v->effect != effect || strcmp(v->code, code) != 0 ||
	    strcmp(v->rule, rule) != 0)
		fail_msg("%s '%s' '%s' (%s)", effect_name(v->effect), v->code, v->rule,
		    v->reason);
}

static void
connections_are_judged(void **state)
{
	static const struct {
		const char *host;
		unsigned port;
		enum effect effect;
		const char *code, *rule;
	} rows[] = {
		{ NULL, 5432, EFFECT_ALLOW, "", "p/db" },
		{ NULL, 22, EFFECT_DENY, "rule", "p/ssh" },
		{ NULL, 8080, EFFECT_HOLD, "rule", "p/web" },
		{ NULL, 80, EFFECT_DENY, "unmatched", "" },
		{ "db.internal", 5432, EFFECT_DENY, "unmatched", "" },
		{ "db.internal", 6000, EFFECT_ALLOW, "", "p/behind" },
	};
	struct pack *p =
	    pack_of(RULE("db", "allow", "forward", "forward: {port: [5432]}") RULE(
		"ssh", "deny", "forward", "forward: {port: [22]}") RULE("all", "allow",
		"forward", "where: {env: test}, forward: {port: ['1-65535']}")
		    RULE("web", "hold", "forward", "forward: {port: [8080]}" HELD)
			RULE("behind", "allow", "forward",
			    "forward: {host: db.internal, port: [6000]}"));
	struct facts f = lineask_facts;

	(void)state;
	f.path = PATH_FORWARD;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct forward_ask ask = { rows[i].host, rows[i].port };
		struct verdict v = { 0 };

		decide_forward(pack_rules(p), &ask, &f, &v);
		expect(&v, rows[i].effect, rows[i].code, rows[i].rule);
		assert_int_equal(v.n_needs, v.effect == EFFECT_HOLD);
		decide_forward(pack_rules(p), &ask, &lineask_facts, &v);
		expect(&v, EFFECT_DENY, "internal", "");
		decide_forward(pack_rules(p), NULL, &f, &v);
		expect(&v, EFFECT_DENY, "internal", "");
	}
	pack_free(p);
}

static void
sessions_are_judged(void **state)
{
	struct pack *p = pack_of(RULE("open", "allow", "shell",
	    "ssm: {mode: [fed], shell: true}, unless: {where: {target: web-9}}")
		RULE("no", "deny", "shell",
		    "where: {target: db-1}, ssm: {mode: [fed], shell: true}"));
	struct ssm_ask fed = { "Doc", SSM_FED }, raw = { "Doc", SSM_RAW };
	struct facts f = lineask_facts;
	struct verdict v = { 0 };

	(void)state;
	decide_open(pack_rules(p), &fed, &f, &v);
	expect(&v, EFFECT_ALLOW, "", "p/open");
	decide_open(pack_rules(p), &raw, &f, &v);
	expect(&v, EFFECT_DENY, "unmatched", "");
	f.target = "web-9";
	decide_open(pack_rules(p), &fed, &f, &v);
	expect(&v, EFFECT_DENY, "unmatched", "");
	f.target = "db-1";
	decide_open(pack_rules(p), &fed, &f, &v);
	expect(&v, EFFECT_DENY, "rule", "p/no");
	/* Which target it is is not known: the exception may hold, and the deny. */
	f.target = NULL;
	decide_open(pack_rules(p), &fed, &f, &v);
	expect(&v, EFFECT_DENY, "rule", "p/no");
	/* Commands do not open sessions. */
	decide_line(pack_rules(p), span_of("Doc"), &lineask_facts, &v, NULL);
	expect(&v, EFFECT_DENY, "unmatched", "");
	pack_free(p);
}

static void
scripts_are_judged(void **state)
{
	struct pack *p = pack_of(RULE("run", "allow", "shell",
	    "script: {name: cleanup, operands: {max: 1, each: {in: [a, b]}}}")
		RULE("bare", "hold", "shell", "script: {name: rotate}" HELD));
	static const struct {
		const char *name, *words;
		enum effect effect;
		const char *code, *rule;
	} rows[] = {
		{ "cleanup", "a", EFFECT_ALLOW, "", "p/run" },
		{ "cleanup", "c", EFFECT_DENY, "unmatched", "" },
		{ "cleanup", "a b", EFFECT_DENY, "unmatched", "" },
		{ "cleanup", NULL, EFFECT_ALLOW, "", "p/run" },
		{ "rotate", NULL, EFFECT_HOLD, "rule", "p/bare" },
		{ "rotate", "a", EFFECT_DENY, "unmatched", "" },
		{ "other", NULL, EFFECT_DENY, "unmatched", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct words *w =
		    rows[i].words == NULL ? NULL : asking_words(rows[i].words);
		struct verdict v = { 0 };

		decide_script(pack_rules(p), rows[i].name, w, &lineask_facts, &v);
		if (v.effect != rows[i].effect)
			fail_msg("row %zu: %s", i, v.reason);
		expect(&v, rows[i].effect, rows[i].code, rows[i].rule);
		words_free(w);
	}
	pack_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_are_judged),
		cmocka_unit_test(sessions_are_judged),
		cmocka_unit_test(scripts_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
