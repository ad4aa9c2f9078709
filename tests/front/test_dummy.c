#include "tests/support/unit.h"

#include "broker/front/dummy.h"
#include "lib/base/sshkey.h"

static const uint8_t host[32] = { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5,
	0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
	0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a };

static void
it_shows_the_host_key_over_a_private_half_of_its_own(void **state)
{
	struct dummy *a = NULL, *b = NULL;
	char *text = NULL, line[256];
	struct buf want;
	ssh_key k;

	(void)state;
	assert_int_equal(dummy_new(host, &a, NULL), RC_OK);
	assert_int_equal(dummy_new(host, &b, NULL), RC_OK);
	assert_memory_equal(dummy_host(a), host, 32);
	assert_memory_not_equal(dummy_public(a), host, 32);
	assert_memory_not_equal(dummy_public(a), dummy_public(b), 32);
	assert_non_null(k = dummy_key(a));
	assert_int_equal(ssh_key_is_private(k), 1);
	assert_int_equal(ssh_pki_export_pubkey_base64(k, &text), SSH_OK);
	buf_init(&want, 256);
	sshkey_public_line(host, "x", &want);
	snprintf(line, sizeof line, "ssh-ed25519 %s x\n", text);
	assert_string_equal(line, buf_cstr(&want));
	buf_clear(&want);
	ssh_string_free_char(text);
	ssh_key_free(k);
	dummy_free(a);
	dummy_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_shows_the_host_key_over_a_private_half_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
