/* Shred keys: the mask, their file, and recordings that want one. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/shred.h"

#define TEXT "hoop-shred 1 00112233-4455-7677-8899-aabbccddeeff "
#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static const uint8_t sid[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x76, 0x77, 0x88,
	0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

static void
count_up(uint8_t key[SHRED_KEY])
{
	for (uint8_t i = 0; i < SHRED_KEY; i++)
		key[i] = i;
}

/* BLAKE2b-256 of the label under 00 01 … 1f, by Python's hashlib. */
static void
the_mask_is_blake2b_of_a_label(void **state)
{
	static const char want[] =
	    "a93131adeafa69415ec55621d90eabb887855577d36f1a06ae748bf5c6571136";
	uint8_t key[SHRED_KEY], bytes[32] = { 0 };
	char hex[65];

	(void)state;
	count_up(key);
	shred_mask(key, bytes);
	sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
	assert_string_equal(hex, want);
	shred_mask(key, bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		assert_int_equal(bytes[i], 0);
}

static void
a_file_is_read_as_written(void **state)
{
	uint8_t key[SHRED_KEY];
	struct secret *back = NULL;
	struct buf text;

	(void)state;
	count_up(key);
	buf_init(&text, SHRED_TEXT_MAX);
	shred_put(sid, key, &text);
	assert_string_equal(buf_cstr(&text), TEXT KEY "\n");
	assert_int_equal(shred_parse(buf_span(&text), sid, &back, NULL), RC_OK);
	assert_int_equal(secret_len(back), SHRED_KEY);
	assert_memory_equal(secret_span(back).p, key, SHRED_KEY);
	secret_free(back);
	buf_clear(&text);
}

static void
anything_else_is_refused(void **state)
{
	static const char *const rows[] = { "", "\n", TEXT KEY, TEXT KEY "\n\n",
		TEXT KEY "\nx", TEXT KEY " \n", " " TEXT KEY "\n",
		"hoop-shred 2 00112233-4455-7677-8899-aabbccddeeff " KEY "\n",
		"hoop-key 1 00112233-4455-7677-8899-aabbccddeeff " KEY "\n",
		"hoop-shred 1 00112233-4455-7677-8899-aabbccddeefe " KEY "\n",
		"hoop-shred 1 00112233-4455-7677-8899-AABBCCDDEEFF " KEY "\n",
		TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
		TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
		TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", TEXT KEY "\r\n",
		TEXT " " KEY "\n", TEXT "\n" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct secret *key = NULL;
		struct err err = { "" };

		if (shred_parse(span_of(rows[i]), sid, &key, &err) != RC_REFUSE ||
		    key != NULL)
			fail_msg("taken: %s", rows[i]);
	}
}

static void
a_file_is_for_its_owner_alone(void **state)
{
	char path[] = "/tmp/test_shred.XXXXXX";
	struct secret *key = NULL;
	struct err err = { "" };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, TEXT KEY "\n", sizeof TEXT KEY), sizeof TEXT KEY);
	close(fd);
	assert_int_equal(shred_load(path, sid, &key, &err), RC_OK);
	secret_free(key);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(shred_load(path, sid, &key, &err), RC_REFUSE);
	unlink(path);
	assert_int_equal(shred_load(path, sid, &key, &err), RC_END);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mask_is_blake2b_of_a_label),
		cmocka_unit_test(a_file_is_read_as_written),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_file_is_for_its_owner_alone),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
