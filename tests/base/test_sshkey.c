#include "tests/support/unit.h"

#include "lib/base/sshkey.h"

/* RFC 8032 section 7.1, test 1. */
static const uint8_t seed[32] = { 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba,
	0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
	0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60 };
static const uint8_t pub[32] = { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5,
	0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
	0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a };

static void
write_key(struct buf *b)
{
	buf_init(b, SSHKEY_TEXT_MAX);
	assert_int_equal(sshkey_write(pub, seed, "a comment", b, NULL), RC_OK);
}

static void
what_is_written_can_be_read(void **state)
{
	struct secret *s = NULL;
	uint8_t back[32];
	struct buf b;
	struct err err;

	(void)state;
	write_key(&b);
	assert_int_equal(sshkey_read(buf_span(&b), back, &s, &err), RC_OK);
	assert_memory_equal(back, pub, 32);
	assert_true(span_eq(secret_span(s), span_make(seed, 32)));
	secret_free(s);
	/* Without its last newline it is still whole. */
	assert_int_equal(sshkey_read(span_make(b.p, b.len - 1), back, &s, &err), RC_OK);
	secret_free(s);
	buf_clear(&b);
}

static void
forms_of_the_public_key(void **state)
{
	char fp[SSHKEY_FINGERPRINT];
	uint8_t blob[SSHKEY_BLOB];
	struct buf b;

	(void)state;
	sshkey_blob(pub, blob);
	sshkey_fingerprint(span_make(blob, sizeof blob), fp);
	assert_string_equal(fp, "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8");
	buf_init(&b, 200);
	sshkey_public_line(pub, "me", &b);
	assert_string_equal(buf_cstr(&b),
	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8C"
	    "Gmj3B1Ea me\n");
	buf_clear(&b);
}

/* Each byte of the file matters but for the few whose change keeps the meaning: the
 * comment, line ends, and the check numbers' digits that agree. */
static void
a_changed_file_never_gives_another_key(void **state)
{
	struct buf b;
	unsigned refused = 0;

	(void)state;
	write_key(&b);
	for (size_t i = 0; i < b.len; i++) {
		struct secret *s = NULL;
		uint8_t back[32];

		b.p[i] ^= 1;
		if (sshkey_read(buf_span(&b), back, &s, NULL) == RC_OK) {
			assert_memory_equal(back, pub, 32);
			secret_free(s);
		} else {
			refused++;
		}
		b.p[i] ^= 1;
	}
	assert_true(refused > b.len / 2);
	buf_clear(&b);
}

static void
cut_and_padded_files_are_refused(void **state)
{
	struct secret *s = NULL;
	uint8_t back[32];
	struct buf b;

	(void)state;
	write_key(&b);
	for (size_t n = 0; n < b.len - 1; n++)
		assert_int_equal(
		    sshkey_read(span_make(b.p, n), back, &s, NULL), RC_REFUSE);
	buf_text(&b, "x");
	assert_int_equal(sshkey_read(buf_span(&b), back, &s, NULL), RC_REFUSE);
	buf_clear(&b);
	buf_init(&b, 2 * SSHKEY_TEXT_MAX);
	for (size_t i = 0; i < SSHKEY_TEXT_MAX + 1; i++)
		buf_u8(&b, '-');
	assert_int_equal(sshkey_read(buf_span(&b), back, &s, NULL), RC_REFUSE);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(forms_of_the_public_key),
		cmocka_unit_test(a_changed_file_never_gives_another_key),
		cmocka_unit_test(cut_and_padded_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
