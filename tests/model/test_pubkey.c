#include "tests/support/unit.h"

#include <sodium.h>

#include "lib/base/sshkey.h"
#include "lib/model/pubkey.h"
#include "tests/support/keys.h"

static void
openssh_lines_are_read(void **state)
{
	static const struct {
		const char *line, *type;
		unsigned bits;
	} rows[] = {
		{ KEY_ED25519, "ssh-ed25519", 256 },
		{ KEY_ED25519 " a comment with spaces", "ssh-ed25519", 256 },
		{ KEY_P256 " c", "ecdsa-sha2-nistp256", 256 },
		{ KEY_P384, "ecdsa-sha2-nistp384", 384 },
		{ KEY_P521, "ecdsa-sha2-nistp521", 521 },
		{ KEY_RSA2048, "ssh-rsa", 2048 },
		{ KEY_SK_ED25519 " c", "sk-ssh-ed25519@openssh.com", 256 },
		{ KEY_SK_P256, "sk-ecdsa-sha2-nistp256@openssh.com", 256 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pubkey k = { 0 };
		struct err err = { "" };
		const char *type = NULL;
		unsigned bits = 0;

		if (pubkey_parse(span_of(rows[i].line), &k, &err) != RC_OK)
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(k.type, rows[i].type);
		assert_int_equal(k.bits, rows[i].bits);
		assert_int_equal(pubkey_blob(k.blob, &type, &bits, &err), RC_OK);
		assert_string_equal(type, rows[i].type);
		pubkey_clear(&k);
		assert_null(k.blob.p);
	}
	pubkey_clear(NULL);
}

static void
fingerprints_are_those_of_ssh_keygen(void **state)
{
	struct pubkey k;
	char text[SSHKEY_FINGERPRINT];

	(void)state;
	assert_int_equal(pubkey_parse(span_of(KEY_ED25519), &k, NULL), RC_OK);
	sshkey_fingerprint(k.blob, text);
	assert_string_equal(text, "SHA256:mmCV9Je+ZYa+cuGQXH3JfUSiQredb2ZL51fToV5bQN4");
	pubkey_clear(&k);
	assert_int_equal(pubkey_parse(span_of(KEY_RSA2048), &k, NULL), RC_OK);
	sshkey_fingerprint(k.blob, text);
	assert_string_equal(text, "SHA256:/gIr57co2F8nb/1T4mBykqNDZbyKs92Lt/FjfZIMFrg");
	pubkey_clear(&k);
}

static void
other_lines_are_refused(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "", "expected a key of type ssh-ed25519" },
		{ " " KEY_ED25519, "expected a key of type" },
		{ "ssh-ed25519", "expected base64 after the type, found nothing" },
		{ "ssh-ed25519 ", "expected base64 after the type, found nothing" },
		{ "ssh-ed25519 !!!!", "expected base64" },
		{ "ssh-ed25519 AAAA====", "expected base64" },
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAeM97eC0O2YxEJ9wPmzo0D0qC8I"
		  "rCoDeO020BZfRytZ\n",
		    "expected base64" },
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAHweM97eC0O2YxEJ9wPmzo0D0qC8I"
		  "rCoDeO020BZfRys=",
		    "expected 32 bytes in a ssh-ed25519 key" },
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAeM97eC0O2YxEJ9wPmzo0D0qC8I"
		  "rCoDeO020BZfRytZAA==",
		    "expected 32 bytes in a ssh-ed25519 key" },
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==",
		    "expected 32 bytes in a ssh-ed25519 key" },
		{ "ssh-ed25519 AAAA", "expected an SSH public key" },
		{ "ssh-ed25519 /////w==", "expected an SSH public key" },
		{ KEY_RSA1024, "expected an odd modulus of 2048 to 16384 bits in a "
			       "ssh-rsa key, found 1024" },
		{ KEY_DSA, "expected a key of type ssh-ed25519, ecdsa-sha2-nistp256, "
			   "-nistp384, -nistp521, ssh-rsa, "
			   "sk-ssh-ed25519@openssh.com or "
			   "sk-ecdsa-sha2-nistp256@openssh.com, found \"ssh-dss\"" },
		{ KEY_CERT, "certificates are not in this version" },
		{ "sk-ssh-ed25519@openssh.com AAAA", "expected an SSH public key" },
		{ "webauthn-sk-ecdsa-sha2-nistp256@openssh.com AAAA",
		    "found \"webauthn-sk-ecdsa-sha2-nistp256@openssh." },
		{ "sk-ssh-ed25519 AAAA", "found \"sk-ssh-ed25519\"" },
		{ "sk-ssh-ed25519-cert-v01@openssh.com AAAA",
		    "certificates are not in this version" },
		{ "no-pty,command=\"x\" " KEY_ED25519,
		    "found \"no-pty,command=\"x\"\"" },
		{ "SSH-ED25519 AAAA", "found \"SSH-ED25519\"" },
		{ "\x1b[31m AAAA", "found \"\\x1B[31m\"" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pubkey k = { .type = "untouched" };
		struct err err = { "" };

		if (pubkey_parse(span_of(rows[i].line), &k, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].want) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(k.type, "untouched");
	}
}

/* The line's type and the blob's must be one: else a check by name would see one key
 * and the verifier another. */
static void
type_and_blob_must_agree(void **state)
{
	char line[2048];
	struct pubkey k;
	struct err err;

	(void)state;
	snprintf(line, sizeof line, "ssh-rsa %s", strchr(KEY_ED25519, ' ') + 1);
	assert_int_equal(pubkey_parse(span_of(line), &k, &err), RC_REFUSE);
	assert_string_equal(
	    err.text, "expected a ssh-rsa key as the line says, found ssh-ed25519");
	snprintf(
	    line, sizeof line, "ecdsa-sha2-nistp256 %s", strchr(KEY_P384, ' ') + 1);
	assert_int_equal(pubkey_parse(span_of(line), &k, &err), RC_REFUSE);
	snprintf(line, sizeof line, "ssh-ed25519 %s", strchr(KEY_CERT, ' ') + 1);
	assert_int_equal(pubkey_parse(span_of(line), &k, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "certificates are not in this version"));
}

static struct span
make(struct buf *b, const char *type, struct span first, struct span second)
{
	buf_reset(b);
	buf_string(b, span_of(type));
	buf_string(b, first);
	buf_string(b, second);
	return buf_span(b);
}

static void
hostile_numbers_and_points_are_refused(void **state)
{
	uint8_t n[257 + 1800] = { 0 }, point[65] = { 4 };
	struct span e = span_make("\x01\x00\x01", 3);
	const char *type;
	unsigned bits = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 8192);
	n[1] = 0x80;
	n[256] = 1;
#define RSA(e, n) pubkey_blob(make(&b, "ssh-rsa", e, n), &type, &bits, NULL)
#define EC(c, p) pubkey_blob(make(&b, "ecdsa-sha2-nistp256", c, p), &type, &bits, NULL)
	assert_int_equal(RSA(e, span_make(n, 257)), RC_OK);
	assert_int_equal(bits, 2048);
	/* not positive, not the shortest form, even, empty, too large */
	assert_int_equal(RSA(e, span_make(n + 1, 256)), RC_REFUSE);
	assert_int_equal(
	    RSA(span_make("\x00\x01\x00\x01", 4), span_make(n, 257)), RC_REFUSE);
	assert_int_equal(RSA(span_make("\x01\x00", 2), span_make(n, 257)), RC_REFUSE);
	assert_int_equal(RSA(span_make("\x01", 1), span_make(n, 257)), RC_REFUSE);
	assert_int_equal(RSA(span_make("", 0), span_make(n, 257)), RC_REFUSE);
	assert_int_equal(RSA(span_make("\x00", 1), span_make(n, 257)), RC_REFUSE);
	assert_int_equal(RSA(e, span_make("", 0)), RC_REFUSE);
	n[256] = 2;
	assert_int_equal(RSA(e, span_make(n, 257)), RC_REFUSE);
	n[2055] = 1;
	assert_int_equal(RSA(e, span_make(n, 2050)), RC_REFUSE);
	assert_int_equal(RSA(span_make(n, 100), span_make(n, 257)), RC_REFUSE);
	assert_int_equal(EC(span_of("nistp256"), span_make(point, 65)), RC_OK);
	assert_int_equal(EC(span_of("nistp384"), span_make(point, 65)), RC_REFUSE);
	assert_int_equal(EC(span_of("nistp256"), span_make(point, 64)), RC_REFUSE);
	assert_int_equal(EC(span_of("nistp256"), span_make(point, 0)), RC_REFUSE);
	point[0] = 2; /* compressed */
	assert_int_equal(EC(span_of("nistp256"), span_make(point, 33)), RC_REFUSE);
	assert_int_equal(EC(span_of("nistp256"), span_make(point, 65)), RC_REFUSE);
	assert_int_equal(
	    pubkey_blob(span_make(NULL, 0), &type, &bits, NULL), RC_REFUSE);
	buf_clear(&b);
}

/* A key of 32 bytes or a point, an application of so many bytes, and what follows. */
static struct span
make_sk(struct buf *b, size_t size, struct span application, size_t more)
{
	static const uint8_t key[66] = { 4 }, rest[4] = { 0 };
	bool point = size >= 64;

	buf_reset(b);
	buf_string(b, span_of(point ? PUBKEY_SK_P256 : PUBKEY_SK_ED25519));
	if (point)
		buf_string(b, span_of("nistp256"));
	buf_string(b, span_make(key, size));
	if (application.p != NULL)
		buf_string(b, application);
	buf_put(b, rest, more);
	return buf_span(b);
}

static void
applications_have_bounds(void **state)
{
	char text[300];
	const struct {
		struct span application;
		size_t more;
		enum rc want;
	} rows[] = {
		{ span_of("ssh:"), 0, RC_OK },
		{ span_of("ssh:a person"), 0, RC_OK },
		{ span_of("https://example.com"), 0, RC_OK },
		{ span_of(""), 0, RC_OK },
		{ span_make(text, PUBKEY_MOST_APPLICATION), 0, RC_OK },
		{ span_make(text, PUBKEY_MOST_APPLICATION + 1), 0, RC_REFUSE },
		{ span_make("ssh:\0x", 6), 0, RC_REFUSE },
		{ span_of("ssh:"), 1, RC_REFUSE },
		{ span_of("ssh:"), 4, RC_REFUSE },
		{ { NULL, 0 }, 0, RC_REFUSE },
		{ { NULL, 0 }, 3, RC_REFUSE },
	};
	const char *type;
	unsigned bits;
	struct err err;
	struct buf b;

	(void)state;
	memset(text, 'a', sizeof text);
	buf_init(&b, 8192);
	for (size_t i = 0; i < ROWS(rows); i++) {
		for (size_t size = 32; size <= 65; size += 33)
			if (pubkey_blob(
				make_sk(&b, size, rows[i].application, rows[i].more),
				&type, &bits, &err) != rows[i].want)
				fail_msg("row %zu, %zu bytes", i, size);
	}
	/* The key itself is looked at as before. */
	for (size_t size = 31; size <= 66; size++)
		assert_int_equal(pubkey_blob(make_sk(&b, size, span_of("ssh:"), 0),
				     &type, &bits, &err),
		    size == 32 || size == 65 ? RC_OK : RC_REFUSE);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssh_lines_are_read),
		cmocka_unit_test(fingerprints_are_those_of_ssh_keygen),
		cmocka_unit_test(other_lines_are_refused),
		cmocka_unit_test(type_and_blob_must_agree),
		cmocka_unit_test(hostile_numbers_and_points_are_refused),
		cmocka_unit_test(applications_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
