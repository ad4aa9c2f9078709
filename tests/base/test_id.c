#include "tests/support/unit.h"

#include "lib/base/id.h"

static void
uuids_are_version_7_and_ordered(void **state)
{
	uint8_t a[16], b[16], back[16];
	char text[ID_UUID_TEXT];

	(void)state;
	assert_int_equal(id_uuid7(a, NULL), RC_OK);
	assert_int_equal(id_uuid7(b, NULL), RC_OK);
	assert_true(memcmp(a, b, 6) <= 0);
	assert_memory_not_equal(a, b, 16);
	assert_int_equal(a[6] >> 4, 7);
	assert_int_equal(a[8] >> 6, 2);
	id_uuid_text(a, text);
	assert_int_equal(strlen(text), 36);
	assert_true(id_uuid_parse(span_of(text), back));
	assert_memory_equal(a, back, 16);
}

static void
uuid4_is_random_and_says_so(void **state)
{
	uint8_t a[16], b[16];

	(void)state;
	assert_int_equal(id_uuid4(a, NULL), RC_OK);
	assert_int_equal(id_uuid4(b, NULL), RC_OK);
	assert_memory_not_equal(a, b, 6);
	assert_int_equal(a[6] >> 4, 4);
	assert_int_equal(a[8] >> 6, 2);
}

static void
other_spellings_of_a_uuid_are_refused(void **state)
{
	static const char *const bad[] = { "", "0199f0c2-0000-7000-8000-00000000000",
		"0199F0C2-0000-7000-8000-000000000001",
		"0199f0c2+0000-7000-8000-000000000001",
		"0199f0c2-0000-7000-8000-00000000000g",
		"0199f0c2-0000-7000-8000-0000000000011" };
	uint8_t id[16];

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(id_uuid_parse(span_of(bad[i]), id));
}

static void
hold_ids_forgive_what_people_type(void **state)
{
	char id[ID_HOLD_TEXT], back[ID_HOLD_TEXT];

	(void)state;
	assert_int_equal(id_hold(id, NULL), RC_OK);
	assert_true(id_hold_parse(span_of(id), back));
	assert_string_equal(id, back);
	assert_true(id_hold_parse(span_of("7f3kq2mx"), back));
	assert_string_equal(back, "7F3K-Q2MX");
	assert_true(id_hold_parse(span_of("oil0-ABCD"), back));
	assert_string_equal(back, "0110-ABCD");
	assert_false(id_hold_parse(span_of("7F3K-Q2M"), back));
	assert_false(id_hold_parse(span_of("7F3K-Q2MU"), back));
	assert_false(id_hold_parse(span_of("7F3K Q2MX"), back));
	assert_false(id_hold_parse(span_make("7F3K-Q2M\0", 9), back));
}

static void
hex_is_read_as_it_is_written(void **state)
{
	static const char *const bad[] = { "", "00ff1", "00FF1A", "00ff1g", "00ff1000",
		"00ff1 ", "0x00ff" };
	const uint8_t bytes[3] = { 0x00, 0xff, 0x1a };
	uint8_t back[3] = { 7, 7, 7 };
	char text[7];

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(id_unhex(span_of(bad[i]), back, sizeof back));
	assert_false(id_unhex(span_of(NULL), back, sizeof back));
	assert_int_equal(back[0] + back[1] + back[2], 21);
	id_hex(bytes, sizeof bytes, text);
	assert_true(id_unhex(span_of(text), back, sizeof back));
	assert_memory_equal(back, bytes, sizeof bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uuids_are_version_7_and_ordered),
		cmocka_unit_test(uuid4_is_random_and_says_so),
		cmocka_unit_test(other_spellings_of_a_uuid_are_refused),
		cmocka_unit_test(hex_is_read_as_it_is_written),
		cmocka_unit_test(hold_ids_forgive_what_people_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
