#include "tests/support/unit.h"

#include <sodium.h>

#include "recorder/b64.h"
#include "recorder/checkpoint.h"

#define OK(call) assert_int_equal((call), RC_OK)

struct fixture {
	struct keyfile *key, *other;
	struct trust *trust;
	struct buf text;
	uint8_t root[32];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	OK(keyfile_new(KEYFILE_DEVICE, span_of("rec.example/a1"), &f->key, NULL));
	OK(keyfile_new(KEYFILE_DEVICE, span_of("rec.example/a1"), &f->other, NULL));
	OK(trust_new(&f->trust, NULL));
	buf_init(&f->text, 1u << 20);
	memset(f->root, 9, 32);
	OK(checkpoint_put(1042, f->root, f->key, &f->text, NULL));
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	keyfile_free(f->key);
	keyfile_free(f->other);
	trust_free(f->trust);
	buf_clear(&f->text);
	free(f);
	return 0;
}

static void
pin(struct fixture *f, bool is_log, const struct keyfile *k)
{
	OK(trust_add(
	    f->trust, is_log, span_of("rec.example/a1"), keyfile_public(k), NULL));
}

static void
it_is_a_c2sp_note(void **state)
{
	struct fixture *f = *state;
	static const char body[] =
	    "rec.example/a1\n1042\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n";
	static const char sig[] = "\n\xE2\x80\x94 rec.example/a1 ";
	const char *text = buf_cstr(&f->text);
	struct span blob;
	uint8_t bytes[68], hash[32], named[14 + 2 + 32];

	assert_memory_equal(text, body, strlen(body));
	text += strlen(body);
	assert_memory_equal(text, sig, strlen(sig));
	blob = span_of(text + strlen(sig));
	assert_int_equal(blob.p[blob.len - 1], '\n');
	assert_true(b64_fixed(span_make(blob.p, blob.len - 1), bytes, 68));
	memcpy(named, "rec.example/a1\n\x01", 16);
	memcpy(named + 16, keyfile_public(f->key), 32);
	crypto_hash_sha256(hash, named, sizeof named);
	assert_memory_equal(bytes, hash, 4);
	assert_int_equal(crypto_sign_verify_detached(bytes + 4, (const uint8_t *)body,
			     strlen(body), keyfile_public(f->key)),
	    0);
}

static void
whom_it_is_signed_by(void **state)
{
	struct fixture *f = *state;
	struct checkpoint c;

	OK(checkpoint_parse(buf_span(&f->text), &c, NULL));
	assert_string_equal(c.broker, "rec.example/a1");
	assert_int_equal(c.size, 1042);
	assert_memory_equal(c.root, f->root, 32);
	OK(checkpoint_signed(&c, keyfile_public(f->key), NULL));
	assert_int_equal(
	    checkpoint_signed(&c, keyfile_public(f->other), NULL), RC_REFUSE);
	/* Nobody, another key, the device key; then only the log's key counts. */
	assert_int_equal(checkpoint_verify(&c, f->trust, NULL), RC_END);
	assert_int_equal(checkpoint_verify(&c, NULL, NULL), RC_END);
	pin(f, false, f->other);
	assert_int_equal(checkpoint_verify(&c, f->trust, NULL), RC_END);
	pin(f, false, f->key);
	OK(checkpoint_verify(&c, f->trust, NULL));
	pin(f, true, f->other);
	assert_int_equal(checkpoint_verify(&c, f->trust, NULL), RC_END);
	pin(f, true, f->key);
	OK(checkpoint_verify(&c, f->trust, NULL));
	/* The name stands in what is signed. */
	strcpy(c.broker, "rec.example/a2");
	OK(trust_add(f->trust, false, span_of(c.broker), keyfile_public(f->key), NULL));
	assert_int_equal(checkpoint_verify(&c, f->trust, NULL), RC_END);
}

static void
every_flipped_bit_is_refused(void **state)
{
	struct fixture *f = *state;
	struct checkpoint c;

	pin(f, false, f->key);
	for (size_t i = 0; i < f->text.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			f->text.p[i] ^= (uint8_t)(1u << bit);
			if (checkpoint_parse(buf_span(&f->text), &c, NULL) == RC_OK &&
			    checkpoint_verify(&c, f->trust, NULL) == RC_OK)
				fail_msg("byte %zu, bit %u", i, bit);
			f->text.p[i] ^= (uint8_t)(1u << bit);
		}
	for (size_t n = 0; n < f->text.len; n++)
		assert_int_equal(
		    checkpoint_parse(span_make(f->text.p, n), &c, NULL), RC_REFUSE);
}

static void
malformed_texts_are_refused(void **state)
{
	static const char root[] = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
	static const struct {
		const char *size, *extra, *line;
		enum rc rc;
		const char *says;
	} rows[] = {
		{ "1", "", "\xE2\x80\x94 a <>\n", RC_OK, "" },
		{ "0", "", "\xE2\x80\x94 a <>\n", RC_OK, "" },
		{ "1", "", "\xE2\x80\x94 w.example AAAAAAAA\n\xE2\x80\x94 a <>\n",
		    RC_OK, "" },
		{ "01", "", "\xE2\x80\x94 a <>\n", RC_REFUSE, "line 2" },
		{ "-1", "", "\xE2\x80\x94 a <>\n", RC_REFUSE, "line 2" },
		{ "", "", "\xE2\x80\x94 a <>\n", RC_REFUSE, "line 2" },
		{ "9223372036854775808", "", "\xE2\x80\x94 a <>\n", RC_REFUSE,
		    "line 2" },
		{ "99999999999999999999", "", "\xE2\x80\x94 a <>\n", RC_REFUSE,
		    "line 2" },
		{ "1", "extension\n", "\xE2\x80\x94 a <>\n", RC_REFUSE, "line 4" },
		{ "1", "", "", RC_REFUSE, "not signed in the name of a" },
		{ "1", "", "\xE2\x80\x94 b <>\n", RC_REFUSE, "not signed" },
		{ "1", "", "- a <>\n", RC_REFUSE, "line 5" },
		{ "1", "", "\xE2\x80\x94 a <>", RC_REFUSE, "no end of line" },
		{ "1", "", "\xE2\x80\x94 a <> x\n", RC_REFUSE, "line 5" },
		{ "1", "", "\xE2\x80\x94 a AAAA\n", RC_REFUSE, "68 bytes" },
		{ "1", "", "\n\xE2\x80\x94 a <>\n", RC_REFUSE, "line 5" },
	};
	struct fixture *f = *state;
	char sig[100];

	strcpy(sig, strrchr(buf_cstr(&f->text), ' ') + 1);
	*strchr(sig, '\n') = '\0';
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *mark = strstr(rows[i].line, "<>");
		struct err err = { "" };
		struct checkpoint c;
		struct buf b;

		buf_init(&b, 4096);
		buf_printf(&b, "a\n%s\n%s\n%s\n", rows[i].size, root, rows[i].extra);
		if (mark != NULL)
			buf_printf(&b, "%.*s%s%s", (int)(mark - rows[i].line),
			    rows[i].line, sig, mark + 2);
		else
			buf_text(&b, rows[i].line);
		if (checkpoint_parse(buf_span(&b), &c, &err) != rows[i].rc ||
		    strstr(err.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		buf_clear(&b);
	}
}

static void
bounds_and_names(void **state)
{
	struct fixture *f = *state;
	struct keyfile *plus = NULL, *admin = NULL;
	struct checkpoint c;

	OK(keyfile_new(KEYFILE_DEVICE, span_of("a+b"), &plus, NULL));
	OK(keyfile_new(KEYFILE_ADMIN, span_of("a"), &admin, NULL));
	assert_int_equal(checkpoint_put(1, f->root, plus, &f->text, NULL), RC_REFUSE);
	assert_int_equal(checkpoint_put(1, f->root, admin, &f->text, NULL), RC_REFUSE);
	for (unsigned i = 0; i < CHECKPOINT_SIGNERS - 1; i++)
		buf_text(&f->text, "\xE2\x80\x94 w AAAA\n");
	OK(checkpoint_parse(buf_span(&f->text), &c, NULL));
	buf_text(&f->text, "\xE2\x80\x94 w AAAA\n");
	assert_int_equal(checkpoint_parse(buf_span(&f->text), &c, NULL), RC_REFUSE);
	while (f->text.len <= CHECKPOINT_TEXT_MAX)
		buf_text(&f->text, "\xE2\x80\x94 w AAAA\n");
	assert_int_equal(checkpoint_parse(buf_span(&f->text), &c, NULL), RC_REFUSE);
	keyfile_free(plus);
	keyfile_free(admin);
}

static void
one_line_says_the_same(void **state)
{
	struct fixture *f = *state;
	struct checkpoint c, back;
	struct buf b;

	pin(f, false, f->key);
	OK(checkpoint_parse(buf_span(&f->text), &c, NULL));
	buf_init(&b, 4096);
	checkpoint_line_put(&c, &b);
	assert_true(buf_ok(&b) && b.p[b.len - 1] == '\n');
	b.len--;
	OK(checkpoint_line_parse(buf_span(&b), &back, NULL));
	OK(checkpoint_verify(&back, f->trust, NULL));
	for (size_t i = 0; i < b.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			b.p[i] ^= (uint8_t)(1u << bit);
			if (checkpoint_line_parse(buf_span(&b), &back, NULL) == RC_OK &&
			    checkpoint_verify(&back, f->trust, NULL) == RC_OK)
				fail_msg("byte %zu, bit %u", i, bit);
			b.p[i] ^= (uint8_t)(1u << bit);
		}
	buf_clear(&b);
}

static void
the_key_for_other_tools(void **state)
{
	struct fixture *f = *state;
	struct checkpoint c;
	uint8_t typed[33];
	char want[40];
	struct buf b;

	buf_init(&b, 256);
	OK(checkpoint_parse(buf_span(&f->text), &c, NULL));
	OK(checkpoint_vkey("rec.example/a1", keyfile_public(f->key), &b, NULL));
	snprintf(want, sizeof want, "rec.example/a1+%02x%02x%02x%02x+",
	    c.sig[0].keyid[0], c.sig[0].keyid[1], c.sig[0].keyid[2], c.sig[0].keyid[3]);
	assert_true(span_starts(buf_span(&b), want));
	buf_skip(&b, strlen(want));
	assert_true(b64_fixed(buf_span(&b), typed, 33));
	assert_int_equal(typed[0], 1);
	assert_memory_equal(typed + 1, keyfile_public(f->key), 32);
	buf_clear(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_a_c2sp_note),
		TEST(whom_it_is_signed_by),
		TEST(every_flipped_bit_is_refused),
		TEST(malformed_texts_are_refused),
		TEST(bounds_and_names),
		TEST(one_line_says_the_same),
		TEST(the_key_for_other_tools),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
