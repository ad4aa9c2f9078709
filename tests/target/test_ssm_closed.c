/* Why a session was closed, as the service says it. */
#include "tests/support/unit.h"

#include "broker/target/ssm_closed.h"
#include "broker/target/ssm_frame.h"
#include "tests/target/vectors.h"

static void
the_services_own_are_read(void **state)
{
	json_t *all = vectors_manifest();
	static const char *const names[] = { "service_channel_closed",
		"service_channel_closed_output", "service_channel_closed_hl112" };

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		const json_t *row = json_object_get(all, names[i]);
		const char *want = json_string_value(
		    json_object_get(json_object_get(row, "payload_json"), "Output"));
		struct buf bytes, out;
		struct ssm_frame f;

		assert_non_null(want);
		vectors_frame(names[i], &bytes);
		buf_init(&out, 4096);
		assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
		assert_int_equal(f.type, SSM_CLOSED);
		assert_true(ssm_closed_read(f.payload, &out));
		assert_string_equal(buf_cstr(&out), want);
		buf_clear(&bytes);
		buf_clear(&out);
	}
	json_decref(all);
}

static void
what_cannot_be_read_says_nothing(void **state)
{
	static const char *const bad[] = { "", "null", "{", "[\"Output\"]" };
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(ssm_closed_read(span_of(bad[i]), &out));
	assert_int_equal(out.len, 0);
	assert_true(ssm_closed_read(span_of("{}"), &out));
	assert_true(ssm_closed_read(span_of("{\"Output\":7}"), &out));
	assert_int_equal(out.len, 0);
	buf_clear(&out);
}

static void
a_long_text_is_cut(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 5);
	assert_true(ssm_closed_read(span_of("{\"Output\":\"0123456789\"}"), &out));
	assert_string_equal(buf_cstr(&out), "01234");
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_services_own_are_read),
		cmocka_unit_test(what_cannot_be_read_says_nothing),
		cmocka_unit_test(a_long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
