/* Policies of masking: what is read, what is refused and where, and their one spelling. */
#include "tests/support/unit.h"

#include "config.h"
#include "recorder/mask/charclass.h"
#include "recorder/mask/policy.h"

static struct mask_policy *
parse(const char *text)
{
	struct mask_policy *p = NULL;
	struct err err = { "" };

	if (mask_policy_parse("test", span_of(text), &p, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	return p;
}

static void
as_by_default(void **state)
{
	struct mask_policy *p = NULL;
	struct err err;

	(void)state;
	assert_int_equal(mask_policy_read(NULL, &p, &err), RC_OK);
	assert_int_equal(mask_policy_on(p), MASK_SECRETS);
	assert_false(mask_policy_counts_only(p));
	assert_false(mask_policy_same_width(p));
	assert_int_equal(mask_policy_reveal(p), 0);
	assert_int_equal(mask_policy_hold_us(p, MASK_INTERACTIVE), 15000);
	assert_int_equal(mask_policy_hold_us(p, MASK_API), 250000);
	assert_int_equal(mask_policy_max_hold(p), 8192);
	assert_int_equal(mask_policy_customs(p), 0);
	assert_int_equal(mask_policy_allows(p), 0);
	assert_true(mask_policy_knows(p, span_of("pii")));
	assert_false(mask_policy_knows(p, span_of("acme-key")));
	mask_policy_free(p);
	mask_policy_free(NULL);
}

static const char whole[] =
    "masking:\n"
    "  mode: count-only\n"
    "  hold_ms: {interactive: 0, api: 5000}\n"
    "  max_hold: 1024\n"
    "  policies: [email, secrets]\n"
    "  style: same-width\n"
    "  reveal: 4\n"
    "  rules:\n"
    "    - {id: acme-key, literal: [\"acme_\", 'a\"\\b'], class: \"A-Za-z0-9_-\","
    " min: 32, max: 40, boundary: both}\n"
    "    - {id: other, literal: oth-, class: '-+./', max: 8, on: asked}\n"
    "  keys: {add: [kundennummer, Auftrags_Code], weak: [code], never: [SyncToken]}\n"
    "  allow: [{literal: AKIAIOSFODNN7EXAMPLE}, {literal: 'schlüssel'}]\n"
    "other: [1, 2]\n";

static void
all_is_read(void **state)
{
	struct mask_policy *p = parse(whole);
	const struct mask_custom *c = mask_policy_custom(p, 0);

	(void)state;
	assert_true(mask_policy_counts_only(p));
	assert_true(mask_policy_same_width(p));
	assert_int_equal(mask_policy_on(p), MASK_SECRETS | MASK_EMAIL);
	assert_int_equal(mask_policy_hold_us(p, MASK_INTERACTIVE), 0);
	assert_int_equal(mask_policy_hold_us(p, MASK_API), 5000000);
	assert_int_equal(mask_policy_reveal(p), 4);
	assert_int_equal(mask_policy_customs(p), 2);
	assert_string_equal(c->id, "acme-key");
	assert_int_equal(c->n_literals, 2);
	assert_true(span_is(c->literals[1], "a\"\\b"));
	assert_true(c->before && c->after && !c->asked && c->regex == NULL);
	assert_int_equal(c->min, 32);
	assert_int_equal(c->max, 40);
	assert_true(charclass_has(c->class_, '-') && charclass_has(c->class_, 'Q'));
	assert_false(charclass_has(c->class_, '.'));
	c = mask_policy_custom(p, 1);
	assert_true(c->asked && !c->before && !c->after);
	assert_int_equal(c->min, 1);
	assert_true(mask_policy_knows(p, span_of("other")));
	assert_int_equal(mask_policy_keys(p, MASK_KEYS_ADD), 2);
	assert_string_equal(mask_policy_key(p, MASK_KEYS_ADD, 0), "Auftrags_Code");
	assert_string_equal(mask_policy_key(p, MASK_KEYS_NEVER, 0), "SyncToken");
	assert_true(span_is(mask_policy_allowed(p, 1), "schlüssel"));
	mask_policy_free(p);
}

static void
spelled(const char *text, struct buf *out, uint8_t digest[32])
{
	struct mask_policy *p = parse(text);
	struct err err;

	buf_init(out, MASK_POLICY_TEXT);
	assert_int_equal(mask_policy_text(p, out, &err), RC_OK);
	assert_int_equal(mask_policy_digest(p, digest, &err), RC_OK);
	mask_policy_free(p);
}

/* Its text is read back to one with the same text. */
static void
one_spelling(void **state)
{
	static const char *const texts[] = {
		"{}",
		whole,
		"policies: [pii, secrets]",
		"rules: [{id: a, literal: [\"\\\\\\\"'#:{\"], class: \"!-~ \", max: "
		"4096,"
		" min: 0}]",
		"rules: [{id: a, literal: abc, class: '-', max: 1, boundary: after}]",
		"keys: {add: [zzz, aaa, mmm]}",
#ifdef HAVE_PCRE2
		"rules: [{id: a, literal: abc, regex: 'abc\\d+(?=\"|,)'}]",
#endif
	};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		uint8_t d1[32], d2[32];
		struct buf one, two;

		spelled(texts[i], &one, d1);
		spelled(buf_cstr(&one), &two, d2);
		assert_string_equal(buf_cstr(&one), buf_cstr(&two));
		assert_memory_equal(d1, d2, 32);
		buf_clear(&one);
		buf_clear(&two);
	}
}

/* What differs has another digest; how it is written does not matter. */
static void
digests(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
		{ "{}", "mode: enforce", true },
		{ "{}", "mode: count-only", false },
		{ "keys: {add: [abc, abd]}", "keys: {add: [abd, abc]}", true },
		{ "keys: {add: [abc]}", "keys: {weak: [abc]}", false },
		{ "rules: [{id: a, literal: abc, class: a-c, max: 2}]",
		    "rules: [{id: a, literal: [abc], class: cba, min: 1, max: 2}]",
		    true },
		{ "rules: [{id: a, literal: abc, class: a-c, max: 2}]",
		    "rules: [{id: a, literal: abc, class: a-c, max: 2, on: asked}]",
		    false },
		{ "hold_ms: {api: 249}", "hold_ms: {api: 250}", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t one[32], other[32];
		struct buf text;

		spelled(rows[i].one, &text, one);
		buf_clear(&text);
		spelled(rows[i].other, &text, other);
		buf_clear(&text);
		if ((memcmp(one, other, 32) == 0) != rows[i].same)
			fail_msg("row %zu", i);
	}
}

#define RULE(rest) "rules: [{id: a, literal: abc, " rest "}]"
static const struct {
	const char *text, *why;
} refused[] = {
	{ "[]", "t:1:1: expected a mapping" },
	{ "enforce", "t:1:1: expected a mapping" },
	{ "masking: off", "t:1:10: expected a mapping" },
	{ "modus: enforce", "t:1:1: expected a key out of mode," },
	{ "mode: off", "t:1:7: expected one of enforce, count-only, found \"off\"" },
	{ "style: stars", "t:1:8: expected one of label, same-width" },
	{ "reveal: 9", "t:1:9: expected a number from 0 to 8" },
	{ "reveal: -1", "t:1:9: expected a number from 0 to 8" },
	{ "hold_ms: 15", "t:1:10: expected a mapping" },
	{ "hold_ms: {interactive: 1001}", "t:1:24: expected a number from 0 to 1000" },
	{ "hold_ms: {api: 5001}", "t:1:16: expected a number from 0 to 5000" },
	{ "hold_ms: {apis: 5}", "t:1:11: expected a key out of interactive, api" },
	{ "max_hold: 1023", "t:1:11: expected a number from 1024 to 65536" },
	{ "max_hold: 65537", "t:1:11: expected a number from 1024 to 65536" },
	{ "policies: [secrets, names]", "t:1:21: expected one of secrets, pii, email" },
	{ "policies: [secrets, secrets]", "t:1:21: secrets stands twice" },
	{ "policies: []", "t:1:11: secrets cannot be left out" },
	{ "policies: [pii]", "t:1:11: secrets cannot be left out" },
	{ "policies: secrets", "t:1:11: expected a list" },
	{ "rules: {}", "t:1:8: expected a list" },
	{ "rules: [a]", "t:1:9: expected a mapping" },
	{ "rules: [{literal: abc}]", "t:1:9: a rule without id" },
	{ "rules: [{id: a}]", "t:1:9: a rule without literal" },
	{ "rules: [{id: a b, literal: abc}]", "t:1:14: expected an id" },
	{ "rules: [{id: '', literal: abc}]", "t:1:14: expected an id" },
	{ "rules: [{id: pii, literal: abc}]", "t:1:14: pii is a policy's name" },
	{ "rules: [{id: a, literal: ab, class: a, max: 1}]",
	    "t:1:26: expected text of 3 to 64 bytes" },
	{ "rules: [{id: a, literal: [abc, ab], class: a, max: 1}]",
	    "t:1:32: expected text of 3 to 64 bytes" },
	{ "rules: [{id: a, literal: [], class: a, max: 1}]",
	    "t:1:26: a rule has one literal at least" },
	{ "rules: [{id: a, literal: \"ab\\n\", class: a, max: 1}]",
	    "t:1:26: expected one line of printable characters" },
	{ "rules: [{id: a, literal: [[abc]], class: a, max: 1}]",
	    "t:1:27: expected text" },
	{ RULE("max: 1"), "t:1:9: a rule has a class or a regex" },
	{ RULE("class: a"), "t:1:9: a run without an end: max is missing" },
	{ RULE("class: a, max: 4097"), "t:1:46: expected a number from 1 to 4096" },
	{ RULE("class: a, max: 0"), "t:1:46: expected a number from 1 to 4096" },
	{ RULE("class: a, max: 3, min: 4"), "t:1:54: min is more than max" },
	{ RULE("class: '', max: 3"), "t:1:38: a class has one character" },
	{ RULE("class: z-a, max: 3"), "t:1:38: a range goes from" },
	{ RULE("class: a-c-e, max: 3"), "t:1:38: a dash of its own" },
	{ RULE("class: ä, max: 3"), "t:1:38: a class is of printable ASCII" },
	{ RULE("class: \"a\\t\", max: 3"), "t:1:38: a class is of printable ASCII" },
	{ RULE("class: [a], max: 3"), "t:1:38: expected text" },
	{ RULE("class: a, regex: abc, max: 3"),
	    "t:1:31: a rule has a regex or class, not both" },
	{ RULE("regex: abc, max: 3"), "t:1:43: a rule has a regex or max, not both" },
	{ RULE("class: a, max: 3, boundary: left"),
	    "t:1:59: expected one of none, before, after, both" },
	{ RULE("class: a, max: 3, on: always"), "t:1:53: expected asked" },
	{ RULE("class: a, max: 3, color: red"), "t:1:49: expected a key out of id," },
	{ RULE("regex: ''"), "t:1:38: expected text of 1 to 512 bytes" },
#ifdef HAVE_PCRE2
	{ RULE("regex: 'abc('"), "t:1:38: at its byte 5: missing closing" },
	{ RULE("regex: '(*UTF)abc'"), "t:1:38: at its byte" },
	{ RULE("regex: 'abc\\C'"), "t:1:38: at its byte" },
#else
	{ RULE("regex: 'abc'"), "t:1:38: this build has no regular expressions" },
#endif
	{ "keys: []", "t:1:7: expected a mapping" },
	{ "keys: {more: []}", "t:1:8: expected a key out of add, weak, never" },
	{ "keys: {add: [ab]}", "t:1:14: expected a name of 3 to 64" },
	{ "keys: {add: ['a b c']}", "t:1:14: expected a name of 3 to 64" },
	{ "keys: {add: [[abc]]}", "t:1:14: expected a name of 3 to 64" },
	{ "keys: {add: [abc], never: [ABC]}", "t:1:28: ABC stands in add already" },
	{ "allow: [AKIA]", "t:1:9: expected a mapping" },
	{ "allow: [{}]", "t:1:9: an allowed text without literal" },
	{ "allow: [{literal: ab}]", "t:1:19: expected text of 3 to 64 bytes" },
	{ "allow: [{regex: abc}]", "t:1:10: expected a key out of literal" },
	{ "mode: enforce\nmode: enforce", "t:2:1:" },
	{ "rules:\n- {id: a, literal: abc, class: a, max: 1}\n"
	  "- {id: a, literal: abc, class: a, max: 1}",
	    "t:3:8: a rule a is there already" },
};

static void
refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refused); i++) {
		struct mask_policy *p = NULL;
		struct err err = { "" };
		enum rc rc = mask_policy_parse("t", span_of(refused[i].text), &p, &err);

		if (rc != RC_REFUSE || p != NULL ||
		    strncmp(err.text, refused[i].why, strlen(refused[i].why)) != 0)
			fail_msg("%s: %s: %s", refused[i].text, rc_name(rc), err.text);
	}
}

/* n entries that differ, between two texts. */
static enum rc
many(const char *head, const char *fmt, const char *tail, int n)
{
	struct mask_policy *p = NULL;
	struct buf text;
	enum rc rc;

	buf_init(&text, 1 << 20);
	buf_text(&text, head);
	for (int i = 0; i < n; i++) {
		buf_text(&text, i > 0 ? "," : "");
		for (const char *c = fmt; *c != '\0'; c++)
			if (*c == '#')
				buf_printf(&text, "%d", 1000 + i);
			else
				buf_u8(&text, (uint8_t)*c);
	}
	buf_text(&text, tail);
	rc = mask_policy_parse("t", buf_span(&text), &p, NULL);
	mask_policy_free(p);
	buf_clear(&text);
	return rc;
}

static void
bounds(void **state)
{
	static const struct {
		const char *head, *each, *tail;
		int most;
	} rows[] = {
		{ "rules: [", "{id: r#, literal: abc, class: a, max: 1}", "]",
		    MASK_CUSTOM },
		{ "rules: [{id: a, class: a, max: 1, literal: [", "abc#", "]}]",
		    MASK_LITERALS },
		{ "keys: {add: [", "k#", "]}", MASK_KEYS },
		{ "keys: {never: [", "k#", "]}", MASK_KEYS },
		{ "allow: [", "{literal: k#}", "]", MASK_ALLOWED },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(
		    many(rows[i].head, rows[i].each, rows[i].tail, rows[i].most),
		    RC_OK);
		assert_int_equal(
		    many(rows[i].head, rows[i].each, rows[i].tail, rows[i].most + 1),
		    RC_REFUSE);
	}
	/* Each list is within its bound, all together are too long. */
	assert_int_equal(
	    many("rules: [",
		"{id: r#, literal: [a-text-of-some-length, another-text-of-some-length,"
		" a-third-text-of-some-length, and-a-fourth-text-of-some-length,"
		" a-fifth-text-of-some-length, and-a-sixth-text-of-some-length,"
		" a-seventh-text-of-some-length, and-an-eighth-text-of-some-length,"
		" a-ninth-text-of-some-length, and-a-tenth-text-of-some-length,"
		" an-eleventh-text-of-some-length, and-a-twelfth-text-of-some-length,"
		" a-next-text-of-some-length, and-a-next-text-of-some-length],"
		" class: a, max: 1}",
		"]", MASK_CUSTOM),
	    RC_REFUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_by_default),
		cmocka_unit_test(all_is_read),
		cmocka_unit_test(one_spelling),
		cmocka_unit_test(digests),
		cmocka_unit_test(refusals),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
