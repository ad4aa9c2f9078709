/* Rules of the configuration: what they mask, what they leave, and where an expression
 * takes too long. */
#include "tests/mask/naive.h"

#include "config.h"

#define M "[MASKED:r]"
#define ACME "id: r, literal: [acme_, ACME.], class: 'A-Za-z0-9', "

static const struct {
	const char *rule, *in, *out;
} table[] = {
	{ ACME "min: 4, max: 4, boundary: both", "acme_ab12", M },
	{ ACME "min: 4, max: 4, boundary: both", "key=ACME.ab12.", "key=" M "." },
	{ ACME "min: 4, max: 4, boundary: both", "acme_ab123", "acme_ab123" },
	{ ACME "min: 4, max: 4, boundary: both", "acme_ab12_", "acme_ab12_" },
	{ ACME "min: 4, max: 4, boundary: both", "acme_ab1", "acme_ab1" },
	{ ACME "min: 4, max: 4, boundary: both", "xacme_ab12", "xacme_ab12" },
	{ ACME "min: 4, max: 4, boundary: both", "Acme_ab12", "Acme_ab12" },
	{ ACME "min: 4, max: 4, boundary: after", "xacme_ab12", "x" M },
	{ ACME "min: 4, max: 4, boundary: before", "acme_ab123", M "3" },
	{ ACME "min: 4, max: 4", "xacme_ab12345", "x" M "345" },
	{ ACME "min: 2, max: 6", "acme_a acme_ab acme_abcdefg", "acme_a " M " " M "g" },
	{ ACME "min: 0, max: 1", "acme_-", M "-" },
	{ ACME "max: 64", "acme_acme_ab acme_", M "_ab acme_" },
	{ ACME "max: 64", "", "" },
#ifdef HAVE_PCRE2
	{ "id: r, literal: TCK-, regex: 'TCK-[0-9]{6}'", "(TCK-123456)", "(" M ")" },
	{ "id: r, literal: TCK-, regex: 'TCK-[0-9]{6}'", "TCK-1234567", M "7" },
	{ "id: r, literal: TCK-, regex: 'TCK-[0-9]{6}', boundary: after",
	    "TCK-1234567 TCK-123456", "TCK-1234567 " M },
	{ "id: r, literal: TCK-, regex: 'TCK-[0-9]{6}'", "TCK-12345", "TCK-12345" },
	/* An expression begins where the literal does. */
	{ "id: r, literal: TCK-, regex: '[a-z]*TCK-'", "abcTCK-", "abc" M },
	{ "id: r, literal: TCK-, regex: 'x?y'", "TCK-xy", "TCK-xy" },
	/* What stands before is seen. */
	{ "id: r, literal: TCK-, regex: '(?<=no )TCK-\\d+'", "TCK-1 no TCK-22 TCK-3",
	    "TCK-1 no " M " TCK-3" },
	{ "id: r, literal: TCK-, regex: '^TCK-\\d+'", "TCK-1 TCK-2", M " TCK-2" },
	{ "id: r, literal: TCK-, regex: 'TCK-\\d+(?=;)'", "TCK-12 TCK-34;",
	    "TCK-12 " M ";" },
	/* A part of the match. */
	{ "id: r, literal: pin, regex: 'pin[ =]\\K\\d+'", "pin=1234.", "pin=" M "." },
	/* The end of the text is one, the end of a piece is none. */
	{ "id: r, literal: TCK-, regex: 'TCK-\\d+$'", "TCK-12", M },
	{ "id: r, literal: TCK-, regex: 'TCK-\\d+$'", "TCK-12x", "TCK-12x" },
	{ "id: r, literal: TCK-, regex: 'TCK-.*'", "TCK-a b\nTCK-c", M "\n" M },
	{ "id: r, literal: TCK-, regex: '(?:TCK-)*'", "TCK-TCK-x", M "x" },
	/* Nothing is no secret. */
	{ "id: r, literal: TCK-, regex: '(?=TCK-)'", "TCK-1", "TCK-1" },
	/* Steps without an end: fail closed, up to the next blank. */
	{ "id: r, literal: 'TCK ', regex: 'TCK (a+)+(a+)+(a+)+;'",
	    "x TCK aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!b end", "x " M " end" },
	{ "id: r, literal: TCK-, regex: '(*LIMIT_MATCH=1)TCK-(a|b)*c'", "TCK-ab", M },
#endif
};

static char *
masked(const char *rule, const char *in)
{
	char policy[512];

	snprintf(policy, sizeof policy, "rules: [{%s}]", rule);
	return naive_family(customs_build, policy, in);
}

static void
rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		char *out = masked(table[i].rule, table[i].in);

		if (strcmp(out, table[i].out) != 0)
			fail_msg("%s: %s: %s", table[i].rule, table[i].in, out);
		free(out);
	}
}

/* The order in the configuration decides between two that match. */
static void
several(void **state)
{
	char *out = naive_family(customs_build,
	    "rules: [{id: a, literal: abc, class: x, max: 4},"
	    " {id: b, literal: [abc, zzz], class: x-z, max: 9}]",
	    "abcxxy abcyy zzzz");

	(void)state;
	assert_string_equal(out, "[MASKED:a]y [MASKED:b] [MASKED:b]");
	free(out);
}

static size_t
literals(const char *const *names, size_t n)
{
	struct span spans[4];
	struct mask_more more = { .names = spans, .n_names = n };
	struct mask_policy *p = NULL;
	struct mask_build b;
	struct err err = { "" };
	size_t ret;

	for (size_t i = 0; i < n; i++)
		spans[i] = span_of(names[i]);
	assert_int_equal(
	    mask_policy_parse("test",
		span_of("rules: [{id: a, literal: abc, class: x, max: 4},"
			" {id: b, literal: abd, class: x, max: 4, on: asked}]"),
		&p, &err),
	    RC_OK);
	ret = build_one(&b, p, &more, customs_build, &err) == RC_OK ? b.n_literals : 99;
	build_clear(&b);
	mask_policy_free(p);
	return ret;
}

static void
asked(void **state)
{
	static const char *const names[] = { "b", "pii", "a", "c" };

	(void)state;
	assert_int_equal(literals(names, 0), 1);
	assert_int_equal(literals(names, 1), 2);
	assert_int_equal(literals(names + 1, 2), 1);
	assert_int_equal(literals(names, 4), 99);
}

#ifdef HAVE_PCRE2
/* n bytes 'a' between two texts; one rule over them. */
static void
over(
    const char *rule, const char *before, size_t n, const char *after, const char *want)
{
	struct naive *seen = calloc(1, sizeof *seen);
	char *text = malloc(n + 64), policy[512], *out;
	struct mask_policy *p = NULL;
	struct mask_build b;
	struct err err = { "" };

	assert_true(seen != NULL && text != NULL);
	strcpy(text, before);
	memset(text + strlen(before), 'a', n);
	strcpy(text + strlen(before) + n, after);
	snprintf(policy, sizeof policy, "rules: [{%s}]", rule);
	assert_int_equal(mask_policy_parse("t", span_of(policy), &p, &err), RC_OK);
	assert_int_equal(build_one(&b, p, NULL, customs_build, &err), RC_OK);
	naive_run(&b, span_of(text), seen);
	out = naive_text(seen, span_of(text));
	if (strlen(want) > 0)
		assert_string_equal(out, want);
	else
		assert_string_equal(out, text);
	build_clear(&b);
	mask_policy_free(p);
	free(seen);
	free(out);
	free(text);
}

static void
the_window(void **state)
{
	(void)state;
	over("id: r, literal: TCK-, regex: 'TCK-a*b'", "TCK-", 1000, "b.", M ".");
	over("id: r, literal: TCK-, regex: 'TCK-a*b'", "TCK-", 1020, "b.", "");
	/* The window's end is no line's end. */
	over("id: r, literal: TCK-, regex: 'TCK-a*$'", "TCK-", 1020, "aaa", "");
	over("id: r, literal: TCK-, regex: 'TCK-a*$'", "TCK-", 1000, "aaa", M);
	/* What an expression without an end gets is the window. */
	over("id: r, literal: TCK-, regex: 'TCK-a*'", "TCK-", 1020, "aaa", M "aaa");
	over("id: r, literal: TCK-, regex: 'TCK-a*', boundary: after", "TCK-", 1020,
	    "aaa", "");
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(several),
		cmocka_unit_test(asked),
#ifdef HAVE_PCRE2
		cmocka_unit_test(the_window),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
