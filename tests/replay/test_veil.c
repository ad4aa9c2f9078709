#include "tests/support/unit.h"

#include "replay/veil.h"

#define V2 "{\"version\": 2, \"width\": 80, \"height\": 24}"
#define V3 "{\"version\": 3, \"term\": {\"cols\": 80, \"rows\": 24}}"
#define ID "AKIAIOSFODNN7EXAMPLX"
#define MASK "[MASKED:aws-access-key-id]"

struct bed {
	struct mask_policy *policy;
	struct mask_rules *rules;
};

static int
set_up(void **state)
{
	struct bed *b = calloc(1, sizeof *b);
	struct err err = { "" };

	*state = b;
	return mask_policy_read(NULL, &b->policy, &err) != RC_OK ||
	       mask_rules_new(b->policy, NULL, &b->rules, &err) != RC_OK;
}

static int
tear_down(void **state)
{
	struct bed *b = *state;

	mask_rules_free(b->rules);
	mask_policy_free(b->policy);
	free(b);
	return 0;
}

static void
put_through(struct veil *v, const char *text, struct buf *out)
{
	struct span rest = span_of(text);
	struct err err = { "" };

	while (rest.len > 0) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.len);
		size_t n = lf != NULL ? (size_t)(lf - rest.p) : rest.len;

		assert_int_equal(veil_line(v, span_make(rest.p, n), out, &err), RC_OK);
		n += lf != NULL;
		rest = span_make(rest.p + n, rest.len - n);
	}
	assert_int_equal(veil_end(v, out, &err), RC_OK);
}

static void
test_lines(void **state)
{
	static const struct {
		const char *in, *want;
		bool masked;
	} rows[] = {
		{ V2 "\n[1, \"o\", \"hello \\u001b[1mthere\\r\\n\"]\n",
		    V2 "\n[1.000000, \"o\", \"hello \\u001b[1mthere\\r\\n\"]\n",
		    false },
		/* In two events, and in one. */
		{ V2
		    "\n[1, \"o\", \"a AKIAIOSF\"]\n[2, \"o\", \"ODNN7EXAMPLX b\\n\"]\n",
		    V2 "\n[1.000000, \"o\", \"a \"]\n[2.000000, \"o\", \"" MASK
		       " b\\n\"]\n",
		    true },
		/* A marker comes behind what was held; so does the end. */
		{ V2 "\n[1, \"o\", \"a AKIA\"]\n[2.5, \"m\", \"x\"]\n",
		    V2 "\n[1.000000, \"o\", \"a \"]\n[2.500000, \"o\", \"AKIA\"]\n"
		       "[2.500000, \"m\", \"x\"]\n",
		    false },
		{ V3 "\n[1, \"o\", \"a AKIA\"]\n[2.5, \"m\", \"x\"]\n",
		    V3 "\n[1.000000, \"o\", \"a \"]\n[2.500000, \"o\", \"AKIA\"]\n"
		       "[0.000000, \"m\", \"x\"]\n",
		    false },
		{ V2 "\n[1, \"o\", \"a AKIA\"]\n",
		    V2 "\n[1.000000, \"o\", \"a \"]\n[1.000000, \"o\", \"AKIA\"]\n",
		    false },
		{ V3 "\n[1, \"o\", \"a AKIA\"]\n",
		    V3 "\n[1.000000, \"o\", \"a \"]\n[0.000000, \"o\", \"AKIA\"]\n",
		    false },
		/* Others are texts by themselves. */
		{ V2 "\n[1, \"B\", \"{\\\"a\\\":\\\"" ID
		     "\\\"}\"]\n[1, \"r\", \"9x9\"]\n",
		    V2 "\n[1.000000, \"B\", \"{\\\"a\\\":\\\"" MASK
		       "\\\"}\"]\n[1, \"r\", \"9x9\"]\n",
		    true },
		{ V2 "\n[1, \"m\", \"export K=" ID "\"]\n",
		    V2 "\n[1.000000, \"m\", \"export K=" MASK "\"]\n", true },
		{ "{\"version\": 2, \"title\": \"" ID "\"}\n",
		    "{\"version\": 2, \"title\": \"" MASK "\"}\n", true },
		/* So is what base64 hides. */
		{ V2 "\n[1, \"m\", \"got "
		     "dG9rZW4gZ2hwX2cwV3I2Q0h0d2ZpTUlGRmtra1FydndlaE9EdXNGSGh5ZFZRRCBoZ"
		     "XJl\"]\n",
		    V2 "\n[1.000000, \"m\", \"got [MASKED:base64-secret]\"]\n", true },
		/* Raw bytes tell what the output no longer does. */
		{ V2 "\n[1, \"b\", \"QUtJQUlPU0ZPRE5ON0VYQU1QTFg=\"]\n",
		    V2 "\n[1.000000, \"b\", \"\"]\n", false },
		/* A character that is cut stays whole. */
		{ V2 "\n[1, \"o\", \"\\u20ac\"]\n", V2 "\n[1.000000, \"o\", \"€\"]\n",
		    false },
		/* No events. */
		{ V3 "\n# a comment with " ID "\n[1, 2]\nx\n",
		    V3 "\n# a comment with " MASK "\n[1, 2]\nx\n", true },
		{ "no header\n", "no header\n", false },
		{ "", "", false },
	};
	struct bed *b = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		struct veil *v = NULL;
		struct buf out;

		buf_init(&out, 1u << 16);
		assert_int_equal(veil_new(b->rules, &v, &err), RC_OK);
		/* Twice: it begins anew. */
		put_through(v, rows[i].in, &out);
		buf_reset(&out);
		assert_int_equal(veil_begin(v, &err), RC_OK);
		assert_false(veil_masked(v));
		put_through(v, rows[i].in, &out);
		if (strcmp(buf_cstr(&out), rows[i].want) != 0)
			fail_msg("%s\ngives %s\nnot   %s", rows[i].in, buf_cstr(&out),
			    rows[i].want);
		if (veil_masked(v) != rows[i].masked)
			fail_msg("masked: %s", rows[i].in);
		veil_free(v);
		buf_clear(&out);
	}
	veil_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
