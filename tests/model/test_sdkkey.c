#include "tests/support/unit.h"

#include "lib/model/sdkkey.h"

#define NOW_S 1795262400u
#define NOW_MS (NOW_S * 1000ull)

static const uint8_t master[32] = { 1, 2, 3, 4 };

static struct secret *
root_of(const char *identity, const char *profile)
{
	struct secret *s = NULL;

	assert_int_equal(
	    sdkkey_root(span_make(master, 32), identity, profile, &s, NULL), RC_OK);
	assert_int_equal(secret_len(s), SDKKEY_ROOT);
	return s;
}

static void
make(const struct secret *root, uint64_t end_s, char id[SDKKEY_ID + 1],
    struct secret **secret)
{
	assert_int_equal(
	    sdkkey_pair(secret_span(root), end_s, id, secret, NULL), RC_OK);
}

/* Computed with Python's hmac, hashlib and base64. */
static void
a_pair_is_what_the_header_says(void **state)
{
	struct secret *root = root_of("ci", "staging"), *secret = NULL;
	char id[SDKKEY_ID + 1];

	(void)state;
	make(root, NOW_S, id, &secret);
	assert_string_equal(id, "ASBROKERABVQDB6AERUX");
	assert_true(
	    span_is(secret_span(secret), "ms6ihfpmgHHZlthdVsrVOmX1aNJBwT6S9dyH+tYS"));
	secret_free(secret);
	secret_free(root);
}

static void
what_was_made_is_found(void **state)
{
	static const uint64_t left[] = { 1, 60, 3600, SDKKEY_MOST_S,
		SDKKEY_MOST_S + 299 };
	struct secret *root = root_of("ci", "staging");

	(void)state;
	for (size_t i = 0; i < ROWS(left); i++) {
		struct secret *made = NULL, *found = NULL;
		char id[SDKKEY_ID + 1];

		make(root, NOW_S + left[i], id, &made);
		assert_int_equal(strlen(id), SDKKEY_ID);
		assert_int_equal(strlen((char *)secret_bytes(made)), SDKKEY_SECRET);
		assert_int_equal(sdkkey_find(secret_span(root), span_of(id),
				     NOW_MS + 999, &found, NULL),
		    RC_OK);
		assert_true(span_eq(secret_span(made), secret_span(found)));
		secret_free(made);
		secret_free(found);
	}
	secret_free(root);
}

static void
refused(const struct secret *root, struct span id, const char *why)
{
	struct secret *found = NULL;
	struct err err = { "" };

	assert_int_equal(
	    sdkkey_find(secret_span(root), id, NOW_MS, &found, &err), RC_REFUSE);
	assert_null(found);
	if (strstr(err.text, why) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", why, err.text);
}

static void
an_ended_pair_is_refused(void **state)
{
	static const struct {
		uint64_t end_s;
		const char *why;
	} rows[] = {
		{ NOW_S, "has ended" },
		{ NOW_S - 1, "has ended" },
		{ 0, "has ended" },
		{ NOW_S + SDKKEY_MOST_S + 301, "too long" },
		{ ((uint64_t)1 << 40) - 1, "too long" },
	};
	struct secret *root = root_of("ci", "staging");

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct secret *made = NULL;
		char id[SDKKEY_ID + 1];

		make(root, rows[i].end_s, id, &made);
		refused(root, span_of(id), rows[i].why);
		secret_free(made);
	}
	secret_free(root);
}

static void
another_identity_profile_or_broker_has_other_pairs(void **state)
{
	static const char *const names[][2] = {
		{ "cistaging", "" },
		{ "c", "istaging" },
		{ "ci", "prod" },
		{ "alice", "staging" },
		{ "staging", "ci" },
	};
	static const uint8_t other[32] = { 9 };
	struct secret *root = root_of("ci", "staging"), *made = NULL, *foreign = NULL;
	char id[SDKKEY_ID + 1];

	(void)state;
	make(root, NOW_S + 60, id, &made);
	for (size_t i = 0; i < ROWS(names); i++) {
		foreign = root_of(names[i][0], names[i][1]);
		refused(foreign, span_of(id), "another identity or profile");
		secret_free(foreign);
	}
	assert_int_equal(
	    sdkkey_root(span_make(other, 32), "ci", "staging", &foreign, NULL), RC_OK);
	refused(foreign, span_of(id), "another identity or profile");
	secret_free(foreign);
	secret_free(made);
	secret_free(root);
}

static void
what_is_no_id_is_refused(void **state)
{
	struct secret *root = root_of("ci", "staging"), *made = NULL;
	char id[SDKKEY_ID + 1], bad[SDKKEY_ID + 2];

	(void)state;
	make(root, NOW_S + 60, id, &made);
	refused(root, span_of(""), "none of this broker's");
	refused(root, span_make(id, SDKKEY_ID - 1), "none of this broker's");
	snprintf(bad, sizeof bad, "%sA", id);
	refused(root, span_of(bad), "none of this broker's");
	refused(root, span_of("AKIAIOSFODNN7EXAMPLE"), "none of this broker's");
	/* Each place with a byte that never stands there. */
	for (size_t i = 0; i < SDKKEY_ID; i++) {
		static const char wrong[] = { 'a', '1', '0', '8', '\0', '\x80', '=' };

		for (size_t j = 0; j < sizeof wrong; j++) {
			memcpy(bad, id, sizeof id);
			bad[i] = wrong[j];
			refused(
			    root, span_make(bad, SDKKEY_ID), "none of this broker's");
		}
	}
	/* And with another one that may. */
	for (size_t i = 8; i < SDKKEY_ID; i++) {
		memcpy(bad, id, sizeof id);
		bad[i] = bad[i] == 'Q' ? 'R' : 'Q';
		refused(root, span_make(bad, SDKKEY_ID), "another identity or profile");
	}
	secret_free(made);
	secret_free(root);
}

static void
an_end_that_does_not_fit_is_refused(void **state)
{
	struct secret *root = root_of("ci", "staging"), *made = NULL;
	char id[SDKKEY_ID + 1] = "untouched";

	(void)state;
	assert_int_equal(
	    sdkkey_pair(secret_span(root), (uint64_t)1 << 40, id, &made, NULL),
	    RC_REFUSE);
	assert_null(made);
	assert_string_equal(id, "untouched");
	secret_free(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_is_what_the_header_says),
		cmocka_unit_test(what_was_made_is_found),
		cmocka_unit_test(an_ended_pair_is_refused),
		cmocka_unit_test(another_identity_profile_or_broker_has_other_pairs),
		cmocka_unit_test(what_is_no_id_is_refused),
		cmocka_unit_test(an_end_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
