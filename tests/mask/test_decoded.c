/* What stands inside of base64. */
#include "tests/support/unit.h"

#include "recorder/mask/decoded.h"

#define M "[MASKED:base64-secret]"
/* The text of a rule of the configuration, so that nothing else decides: "a key: acme_ab12
 * ok" and the same with "acme-". */
#define SECRET "YSBrZXk6IGFjbWVfYWIxMiBvaw=="
#define PLAIN "YSBrZXk6IGFjbWUtYWIxMiBvaw=="
/* 70 letters x before it, in lines of 76. */
#define LINES                                                                          \
	"eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4" \
	"\n"                                                                           \
	"eHh4eHh4eHh4eHh4eCBhY21lX2FiMTI="

static const struct {
	const char *in, *out;
} table[] = {
	{ "", "" },
	{ SECRET, M },
	{ "x: " SECRET ",", "x: " M "," },
	{ "\"YSBrZXk6IGFjbWVfYWIxMiBvaw\"", "\"" M "\"" },
	{ SECRET " " PLAIN "\n" SECRET "\n", M " " PLAIN "\n" M "\n" },
	{ LINES "\n$ ", M "\n$ " },
	{ "YWNtZV9hYjEy", "YWNtZV9hYjEy" }, /* 12 letters */
	{ PLAIN, PLAIN },
	{ "acme_ab12", "acme_ab12" }, /* not looked at as it is */
	/* The same bytes in no text. */
	{ "//8AYSBrZXk6IGFjbWVfYWIxMiBvaw==", "//8AYSBrZXk6IGFjbWVfYWIxMiBvaw==" },
	{ "/usr/lib/x86_64-linux-gnu/libc.so.6",
	    "/usr/lib/x86_64-linux-gnu/libc.so.6" },
};

static struct mask_rules *
rules_new(const char *style)
{
	struct mask_rules *r = NULL;
	struct mask_policy *p = NULL;
	struct err err = { "" };
	char text[256];

	snprintf(text, sizeof text,
	    "{%s, rules: [{id: acme, literal: acme_, class: 'a-z0-9', min: 4, max: "
	    "4}]}",
	    style);
	assert_int_equal(mask_policy_parse("t", span_of(text), &p, &err), RC_OK);
	assert_int_equal(mask_rules_new(p, NULL, &r, &err), RC_OK);
	mask_policy_free(p);
	return r;
}

static void
check(const struct mask_rules *r, struct span in, const char *want)
{
	struct err err = { "" };
	struct buf out;

	buf_init(&out, 65536);
	assert_int_equal(decoded_text(r, in, &out, &err), RC_OK);
	assert_string_equal(buf_cstr(&out), want);
	buf_clear(&out);
}

static void
texts(void **state)
{
	struct mask_rules *r = rules_new("style: label");

	(void)state;
	for (size_t i = 0; i < ROWS(table); i++)
		check(r, span_of(table[i].in), table[i].out);
	mask_rules_free(r);
	r = rules_new("style: same-width");
	check(r, span_of(":" SECRET), ":****************************");
	mask_rules_free(r);
	r = rules_new("mode: count-only");
	check(r, span_of(":" SECRET), ":" SECRET);
	mask_rules_free(r);
}

static void
bounds(void **state)
{
	struct mask_rules *r = rules_new("style: label");
	char text[DECODED_MOST + 64];
	struct buf out;

	(void)state;
	/* "xxx" over and over, then the secret. */
	for (size_t i = 0; i + 4 < sizeof text; i += 4)
		memcpy(text + i, "eHh4", 4);
	strcpy(text + DECODED_MOST - 24, "YSBrZXk6IGFjbWVfYWIxMiBv");
	check(r, span_of(text), M);
	strcpy(text + DECODED_MOST - 24, "YSBrZXk6IGFjbWVfYWIxMiBvb");
	check(r, span_of(text), text);
	buf_init(&out, 4);
	assert_int_equal(decoded_text(r, span_of(SECRET), &out, NULL), RC_FAIL);
	buf_clear(&out);
	mask_rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
