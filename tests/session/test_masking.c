#include "tests/support/unit.h"
#include "broker/session/masking.h"

#include <sodium.h>

#include "recorder/mask/seed.h"
#include "tests/support/scarce.h"

/* Made up. */
#define KEY_ID "AKIAQ3EGHUBRTZ4WXN5P"
#define SECRET "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"
#define TOKEN "not-of-any-known-shape/0123456789+abcdefghij=="
#define CARD "4111 1111 1111 1111"

static uint64_t now;

static uint64_t
now_us(void *arg)
{
	(void)arg;
	return now;
}

static struct masking *
make(const char *policy, const char *names)
{
	const struct masking_init init = { .policy = span_of(policy),
		.names = span_of(names),
		.pace = MASK_INTERACTIVE,
		.now_us = now_us };
	struct masking *m = NULL;
	struct err err = { "" };

	if (masking_new(&init, &m, &err) != RC_OK)
		fail_msg("%s", err.text);
	return m;
}

static struct buf out;

static void
pass(struct masking *m, enum writer_stream stream, const char *text)
{
	struct err err = { "" };

	if (masking_pass(m, stream, span_of(text), false, &out, &err) != RC_OK)
		fail_msg("%s", err.text);
}

static void
cut(struct masking *m, enum writer_stream stream)
{
	struct err err = { "" };

	assert_int_equal(masking_cut(m, stream, &out, &err), RC_OK);
}

static void
assert_out(const char *text)
{
	if (!span_is(buf_span(&out), text))
		fail_msg("out is \"%s\", not \"%s\"", buf_cstr(&out), text);
	buf_reset(&out);
}

static void
assert_without(const char *text)
{
	if (strstr(buf_cstr(&out), text) != NULL)
		fail_msg("\"%s\" is in \"%s\"", text, buf_cstr(&out));
	buf_reset(&out);
}

static int
setup(void **state)
{
	(void)state;
	now = 1000000;
	buf_init(&out, 1u << 20);
	return sodium_init() < 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_clear(&out);
	return 0;
}

static void
test_split(void **state)
{
	struct masking *m = make("", "");

	(void)state;
	pass(m, WRITER_STDOUT, "id AKIAQ3EG");
	assert_out("id ");
	pass(m, WRITER_STDERR, "password=");
	pass(m, WRITER_STDOUT, "HUBRTZ4WXN5P.\n");
	cut(m, WRITER_STDOUT);
	assert_without("HUBRTZ4WXN5P");
	pass(m, WRITER_STDERR, "hunter2hunter2\n");
	cut(m, WRITER_STDERR);
	assert_without("hunter2");
	masking_free(m);
}

static void
test_prompt_is_not_held(void **state)
{
	struct masking *m = make("", "");

	(void)state;
	pass(m, WRITER_STDOUT, "$ ");
	assert_out("$ ");
	pass(m, WRITER_STDOUT, "\r\nPassword: ");
	assert_out("\r\nPassword: ");
	assert_int_equal(masking_due(m, WRITER_STDOUT), -1);
	masking_free(m);
}

static void
test_held_for_a_while(void **state)
{
	struct masking *m = make("", "");
	struct err err = { "" };

	(void)state;
	assert_int_equal(masking_due(m, WRITER_STDOUT), -1);
	pass(m, WRITER_STDOUT, "AKIAQ3EG");
	assert_out("");
	assert_int_equal(masking_due(m, WRITER_STDOUT), 15);
	assert_int_equal(masking_due(m, WRITER_STDERR), -1);
	now += 14000;
	assert_int_equal(masking_release(m, WRITER_STDOUT, &out, &err), RC_OK);
	assert_out("");
	now += 1000;
	assert_int_equal(masking_due(m, WRITER_STDOUT), 0);
	assert_int_equal(masking_release(m, WRITER_STDOUT, &out, &err), RC_OK);
	assert_out("AKIAQ3EG");
	assert_int_equal(masking_due(m, WRITER_STDOUT), -1);
	/* The rest of it is not shown. */
	pass(m, WRITER_STDOUT, "HUBRTZ4WXN5P\n");
	cut(m, WRITER_STDOUT);
	assert_without("HUBRTZ4WXN5P");
	masking_free(m);
}

static void
give_lease(struct masking *m, const char *id, const char *secret, const char *token)
{
	const struct msg_lease lease = { .access_key_id = span_of(id),
		.secret = span_of(secret),
		.token = span_of(token) };
	struct err err = { "" };

	assert_int_equal(masking_lease(m, &lease, &err), RC_OK);
}

/* The session's own credentials, in other forms too, before and after a new lease. */
static void
test_lease(void **state)
{
	struct masking *m = make("", "");
	char b64[128], value[32];

	(void)state;
	pass(m, WRITER_STDOUT, TOKEN "\n");
	assert_out(TOKEN "\n");
	give_lease(m, KEY_ID, SECRET, TOKEN);
	give_lease(m, KEY_ID, SECRET, TOKEN);
	/* No credentials came. */
	give_lease(m, "", "", "");
	pass(m, WRITER_STDOUT, "x " TOKEN " y ");
	pass(m, WRITER_STDOUT, SECRET "\n");
	assert_without("0123456789");
	sodium_bin2base64(b64, sizeof b64, (const unsigned char *)SECRET,
	    strlen(SECRET), sodium_base64_VARIANT_ORIGINAL);
	pass(m, WRITER_STDERR, b64);
	pass(m, WRITER_STDERR, "\n");
	assert_without("d0pxOHJYVXRuRlpN");
	for (int i = 1; i < MASKING_LEASES; i++) {
		sprintf(value, "another-secret-number-%d", i);
		give_lease(m, value + 8, value, "");
		pass(m, WRITER_STDOUT, value);
		pass(m, WRITER_STDOUT, "\n");
		cut(m, WRITER_STDOUT);
		assert_without("secret-number");
	}
	pass(m, WRITER_STDOUT, TOKEN "\n");
	cut(m, WRITER_STDOUT);
	assert_without("0123456789");
	/* The oldest goes. */
	give_lease(m, "the-last-one", "the-very-last-secret", "");
	pass(m, WRITER_STDOUT, TOKEN "\n");
	cut(m, WRITER_STDOUT);
	assert_out(TOKEN "\n");
	masking_free(m);
}

static void
test_seeds_of_start(void **state)
{
	static const uint8_t salt[16] = "sixteen bytes..";
	struct masking_init init = { .pace = MASK_API, .now_us = now_us };
	const struct span more = span_of("proxy-password-of-the-gate");
	struct masking *m = NULL;
	struct err err = { "" };
	struct buf rows;

	(void)state;
	buf_init(&rows, SEED_FORMS * SEED_ROW);
	assert_int_equal(seed_make(salt, span_of(TOKEN), &rows, &err), RC_OK);
	init.seeds = buf_span(&rows);
	assert_int_equal(masking_new(&init, &m, &err), RC_OK);
	buf_clear(&rows);
	assert_int_equal(masking_seed(m, &more, 1, &err), RC_OK);
	pass(m, WRITER_STDOUT, TOKEN " ");
	pass(m, WRITER_STDOUT, "proxy-password-of-the-gate\n");
	cut(m, WRITER_STDOUT);
	assert_null(strstr(buf_cstr(&out), "0123456789"));
	assert_without("proxy-password");
	masking_free(m);
	init.seeds = span_of("no rows");
	assert_int_equal(masking_new(&init, &m, &err), RC_REFUSE);
}

static void
test_names(void **state)
{
	struct masking *m = make("", "");
	struct err err = { "" };

	(void)state;
	pass(m, WRITER_STDOUT, "card " CARD ";\n");
	assert_out("card " CARD ";\n");
	assert_int_equal(masking_names(m, span_of(""), &err), RC_OK);
	assert_int_equal(masking_names(m, span_of("pii,pii"), &err), RC_OK);
	assert_int_equal(masking_names(m, span_of("pii"), &err), RC_OK);
	pass(m, WRITER_STDOUT, "card " CARD ";\n");
	cut(m, WRITER_STDOUT);
	assert_without(CARD);
	masking_free(m);
	m = make("", "email,pii");
	pass(m, WRITER_STDOUT, "card " CARD ";\n");
	cut(m, WRITER_STDOUT);
	assert_without(CARD);
	masking_free(m);
}

/* An error is for good. */
static void
test_unknown_name_breaks(void **state)
{
	struct masking *m = make("", "");
	struct err err = { "" };

	(void)state;
	pass(m, WRITER_STDOUT, "AKIA");
	assert_null(masking_failed(m));
	assert_int_equal(masking_names(m, span_of("pii,nosuch"), &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "\"nosuch\""));
	assert_non_null(strstr(masking_failed(m), "\"nosuch\""));
	assert_int_equal(
	    masking_pass(m, WRITER_STDOUT, span_of("x\n"), false, &out, &err), RC_FAIL);
	assert_int_equal(masking_cut(m, WRITER_STDOUT, &out, &err), RC_FAIL);
	assert_int_equal(masking_release(m, WRITER_STDOUT, &out, &err), RC_FAIL);
	assert_int_equal(masking_due(m, WRITER_STDOUT), -1);
	assert_out("");
	/* What we say of it is masked still. */
	masking_line(m, span_of("password=hunter2hunter2"), &out);
	assert_true(out.len > 0);
	assert_without("hunter2");
	masking_free(m);
}

static void
test_base64_of_a_line(void **state)
{
	struct masking *m = make("", "");

	(void)state;
	masking_line(m,
	    span_of(
		"got "
		"dG9rZW4gZ2hwX2cwV3I2Q0h0d2ZpTUlGRmtra1FydndlaE9EdXNGSGh5ZFZRRCBoZXJl"),
	    &out);
	assert_out("got [MASKED:base64-secret]");
	masking_free(m);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *policy, *names, *says;
	} rows[] = {
		{ "masking: {mode: enforced}", "", "masking:1:" },
		{ "[", "", "masking:" },
		{ "", "secrets,nosuch", "\"nosuch\"" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct masking_init init = { .policy = span_of(rows[i].policy),
			.names = span_of(rows[i].names) };
		struct masking *m = NULL;
		struct err err = { "" };

		assert_int_equal(masking_new(&init, &m, &err), RC_REFUSE);
		assert_null(m);
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("\"%s\" is not in \"%s\"", rows[i].says, err.text);
	}
	masking_free(NULL);
}

/* Rules of the configuration; one that is asked for only. */
static void
test_policy(void **state)
{
	struct masking *m = make("rules: [{id: acme, literal: [\"acme_\"], class: "
				 "\"a-z\", min: 8, max: 8, on: asked}]",
	    "");
	struct err err = { "" };

	(void)state;
	pass(m, WRITER_STDOUT, "acme_abcdefgh\n");
	assert_out("acme_abcdefgh\n");
	assert_int_equal(masking_names(m, span_of("acme"), &err), RC_OK);
	pass(m, WRITER_STDOUT, "acme_abcdefgh\n");
	assert_out("[MASKED:acme]\n");
	masking_free(m);
}

/* Standard output alone, and the session's own credentials not. */
static void
test_reveal(void **state)
{
	struct masking *m = make("", "");

	(void)state;
	give_lease(m, KEY_ID, SECRET, TOKEN);
	masking_reveal(m);
	pass(m, WRITER_STDOUT, "\"SecretString\": \"hunter2hunter2\"\n" TOKEN "\n");
	cut(m, WRITER_STDOUT);
	assert_non_null(strstr(buf_cstr(&out), "\"hunter2hunter2\""));
	assert_without("0123456789");
	pass(m, WRITER_STDERR, "\"SecretString\": \"hunter2hunter2\"\n");
	cut(m, WRITER_STDERR);
	assert_without("hunter2");
	/* A refreshed lease, and names, change nothing of it. */
	give_lease(m, "ASIAANOTHERONEOFTHEM", "another-secret-key", "");
	pass(m, WRITER_STDOUT, "password=hunter2hunter2\nanother-secret-key\n");
	cut(m, WRITER_STDOUT);
	assert_non_null(strstr(buf_cstr(&out), "hunter2hunter2"));
	assert_without("another-secret");
	masking_free(m);
}

/* Values of answers: what is asked for, and no more. */
static void
test_answers(void **state)
{
	struct masking *m = make("", "");
	struct err err = { "" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(masking_answer(m, span_of("pii"),
				     span_of(CARD " " KEY_ID), &out, &err),
		    RC_OK);
		assert_out("[MASKED:card] " KEY_ID);
	}
	assert_int_equal(
	    masking_answer(m, span_of("secrets"), span_of(CARD " " KEY_ID), &out, &err),
	    RC_OK);
	assert_out(CARD " [MASKED:aws-access-key-id]");
	assert_int_equal(
	    masking_answer(m, span_of("nosuch"), span_of(CARD), &out, &err), RC_REFUSE);
	assert_out("");
	/* That is no reason for more. */
	assert_null(masking_failed(m));
	masking_free(m);
}

static uint64_t
count_of(const struct masks *counts, const char *rule)
{
	for (unsigned i = 0; i < counts->n; i++)
		if (strcmp(counts->v[i].rule, rule) == 0)
			return counts->v[i].n;
	return 0;
}

static void
test_counts(void **state)
{
	struct masking *m = make("", "");
	struct masks counts;

	(void)state;
	masking_counts(NULL, &counts);
	assert_int_equal(counts.n, 0);
	for (int i = 0; i < 3; i++) {
		pass(m, WRITER_STDOUT, KEY_ID " and " KEY_ID "\n");
		cut(m, WRITER_STDOUT);
	}
	give_lease(m, "", "", "");
	pass(m, WRITER_STDERR, "password=hunter2hunter2\n");
	pass(m, WRITER_STDOUT, KEY_ID "\n");
	masking_counts(m, &counts);
	assert_int_equal(counts.n, 2);
	assert_int_equal(count_of(&counts, "aws-access-key-id"), 7);
	assert_int_equal(count_of(&counts, "field"), 1);
	buf_reset(&out);
	masks_say(&counts, &out);
	assert_out("aws-access-key-id=7 field=1");
	masking_free(m);
}

static void
test_counts_are_bounded(void **state)
{
	struct masks counts = { .n = MASKS_RULES };
	struct buf few;

	(void)state;
	for (unsigned i = 0; i < MASKS_RULES; i++) {
		sprintf(counts.v[i].rule, "rule-%u", i);
		counts.v[i].n = i;
	}
	buf_init(&few, 20);
	masks_say(&counts, &few);
	assert_true(buf_ok(&few));
	assert_true(span_is(buf_span(&few), "rule-0=0 rule-1=1"));
	buf_clear(&few);
}

static void
test_count_only(void **state)
{
	struct masking *m = make("mode: count-only", "");
	struct masks counts;

	(void)state;
	pass(m, WRITER_STDOUT, KEY_ID "\n");
	cut(m, WRITER_STDOUT);
	assert_out(KEY_ID "\n");
	masking_counts(m, &counts);
	assert_int_equal(count_of(&counts, "aws-access-key-id"), 1);
	masking_free(m);
}

static void
test_texts(void **state)
{
	struct masking *m = make("", "");
	json_t *j = json_pack("{s:s, s:i, s:[s, {s:s}]}", "line",
	    "export PASSWORD="
	    "hunter2hunter2",
	    "n", 3, "all", "plain", "id", KEY_ID);
	char text[16], *dump;

	(void)state;
	masking_text(m, "password=hunter2hunter2", text, sizeof text);
	assert_int_equal(strlen(text), 15);
	assert_memory_equal(text, "password=[MASKE", 15);
	masking_text(NULL, "plain", text, sizeof text);
	assert_string_equal(text, "plain");
	masking_text(NULL, "", text, sizeof text);
	assert_string_equal(text, "");
	assert_true(masking_json(m, j));
	dump = json_dumps(j, JSON_COMPACT);
	assert_null(strstr(dump, "hunter2"));
	assert_null(strstr(dump, KEY_ID));
	assert_non_null(strstr(dump, "\"plain\""));
	assert_non_null(strstr(dump, "\"n\":3"));
	free(dump);
	json_decref(j);
	assert_true(masking_json(m, NULL));
	masking_free(m);
}

static enum rc
whole(struct masking **m, struct err *err)
{
	const struct masking_init init = {
		.names = span_of("pii"), .pace = MASK_API, .now_us = now_us
	};
	const struct span values[2] = { span_of(SECRET), span_of(TOKEN) };
	enum rc rc = masking_new(&init, m, err);

	if (rc == RC_OK)
		rc = masking_seed(*m, values, 2, err);
	if (rc == RC_OK)
		rc = masking_pass(
		    *m, WRITER_STDOUT, span_of("id AKIAQ3EG"), false, &out, err);
	if (rc == RC_OK)
		rc = masking_pass(*m, WRITER_STDOUT,
		    span_of("HUBRTZ4WXN5P " SECRET "\n"), true, &out, err);
	return rc;
}

/* Whichever allocation fails: nothing raw comes out, then or later. */
static void
test_no_memory(void **state)
{
	bool failed = true;

	(void)state;
	for (unsigned long n = 1; failed; n++) {
		struct masking *m = NULL;
		struct err err = { "" };
		long before = scarce.live;
		enum rc rc;

		buf_clear(&out);
		buf_init(&out, 1u << 20);
		scarce_begin(n);
		rc = whole(&m, &err);
		failed = scarce_end();
		if (failed && rc == RC_OK)
			fail_msg("allocation %lu failed unseen", n);
		if (out.len > 0) {
			assert_null(memmem(out.p, out.len, "HUBRTZ", 6));
			assert_null(memmem(out.p, out.len, SECRET, 12));
		}
		if (failed && m != NULL) {
			out.bad = false;
			out.len = 0;
			assert_int_equal(masking_pass(m, WRITER_STDOUT,
					     span_of("more\n"), true, &out, &err),
			    RC_FAIL);
			assert_int_equal(out.len, 0);
		}
		masking_free(m);
		buf_clear(&out);
		assert_int_equal(scarce.live, before);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(split),
		T(prompt_is_not_held),
		T(held_for_a_while),
		T(lease),
		T(seeds_of_start),
		T(names),
		T(unknown_name_breaks),
		T(base64_of_a_line),
		T(refused),
		T(policy),
		T(reveal),
		T(answers),
		T(counts),
		T(counts_are_bounded),
		T(count_only),
		T(texts),
		T(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
