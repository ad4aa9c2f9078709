/* What completion is told: what rules that may let the asker run something name, each
 * once, in order, bounded; and nothing of any other rule. */
#include "tests/policies/lineask.h"

#include "policies/hints.h"

#define HEAD "version: 1\nname: p\nrules:\n"

static char *
hints(const char *rules, const struct facts *f)
{
	struct buf text, out;
	struct err err = { "" };
	struct pack *p;
	char *ret;

	buf_init(&text, 1 << 20);
	buf_printf(&text, "%s%s", HEAD, rules);
	p = asking_pack(buf_cstr(&text));
	buf_init(&out, HINTS_MAX + 16);
	assert_int_equal(hints_put(pack_rules(p), f, &out, &err), RC_OK);
	ret = span_dup(buf_span(&out));
	assert_non_null(ret);
	buf_clear(&out);
	buf_clear(&text);
	pack_free(p);
	return ret;
}

static void
names_verbs_and_options_stand_in_order(void **state)
{
	static const struct {
		const char *rules, *want;
	} rows[] = {
		{ "  - {id: a, effect: allow, on: [shell], command: {name: uptime, "
		  "operands: none}}\n",
		    "uptime\n" },
		{ "  - {id: a, effect: allow, on: [shell], command: {any: [{name: [ls, "
		  "dir], options: {short: ba, short_value: w, long: [all, "
		  "\"color[=]\", "
		  "\"width=\"]}, operands: any}, {name: ls, options: {short: ac}}]}}\n",
		    "dir --all --color --width= -a -b -w\n"
		    "ls --all --color --width= -a -b -c -w\n" },
		{ "  - {id: a, effect: allow, on: [shell], command: {name: systemctl, "
		  "verb: [status, show]}}\n"
		  "  - {id: b, effect: hold, on: [shell], approvers: {need: 1, from: "
		  "[group:sre]}, command: {name: systemctl, verb: [restart, status]}}\n"
		  "  - {id: c, effect: allow, on: [shell], command: {name: sys}}\n"
		  "  - {id: d, effect: allow, on: [shell], command: {name: ps, "
		  "profile: "
		  "ps-safe}}\n",
		    "ps\nsys\nsystemctl restart show status\n" },
		/* What is no word needs quotes, and is left out. */
		{ "  - {id: a, effect: allow, on: [shell], command: {name: git, verb: "
		  "[\"a b\", log, \"caf\\u00e9\"]}}\n",
		    "git log\n" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *got = hints(rows[i].rules, &lineask_facts);

		assert_string_equal(got, rows[i].want);
		free(got);
	}
}

static void
other_rules_say_nothing(void **state)
{
	static const char *const rows[] = {
		"  - {id: a, effect: deny, on: [shell], command: {name: rm, options: "
		"any}}\n",
		"  - {id: a, effect: allow, on: [shell], who: {group: others}, "
		"command: {name: secretctl}}\n",
		"  - {id: a, effect: allow, on: [shell], where: {env: [test]}, "
		"command: "
		"{name: secretctl}}\n",
		"  - {id: a, effect: allow, on: [shell], where: {tag: {app: [other]}}, "
		"command: {name: secretctl}}\n",
		"  - {id: a, effect: allow, on: [exec], aws: {operations: "
		"['s3:ls']}}\n",
		"  - {id: a, effect: allow, on: [shell], ssm: {mode: [fed], shell: "
		"true}}\n",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *got = hints(rows[i], &lineask_facts);

		assert_string_equal(got, "");
		free(got);
	}
}

/* A rule that holds at other hours is one that can be typed at those. */
static void
another_time_is_no_matter(void **state)
{
	char *got =
	    hints("  - {id: a, effect: allow, on: [shell], when: {days: [mon]}, "
		  "command: {name: uptime}}\n",
		&lineask_facts);

	(void)state;
	assert_string_equal(got, "uptime\n");
	free(got);
}

static void
what_does_not_fit_is_left_out_by_lines(void **state)
{
	struct buf rules;
	char *got;

	(void)state;
	buf_init(&rules, 1 << 20);
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&rules,
		    "  - {id: r%u, effect: allow, on: [shell], command: {name: "
		    "tool-%04u, verb: [status, start, stop, reload, restart]}}\n",
		    i, i);
	got = hints(buf_cstr(&rules), &lineask_facts);
	assert_in_range(strlen(got), HINTS_MAX - 64, HINTS_MAX);
	assert_int_equal(
	    strncmp(got, "tool-0000 reload restart start status stop\n", 43), 0);
	assert_int_equal(got[strlen(got) - 1], '\n');
	free(got);
	buf_clear(&rules);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_verbs_and_options_stand_in_order),
		cmocka_unit_test(other_rules_say_nothing),
		cmocka_unit_test(another_time_is_no_matter),
		cmocka_unit_test(what_does_not_fit_is_left_out_by_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
