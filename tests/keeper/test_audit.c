#include "tests/support/unit.h"

#include "broker/keeper/audit.h"

#define OK(call) assert_int_equal((call), RC_OK)

static void
only_objects_are_details(void **state)
{
	static const char *const good[] = { "{}", "{\"a\":[1,{\"b\":null}]}", " { } " };
	static const char *const bad[] = { "", "1", "[]", "null", "\"x\"", "{", "{}{}",
		"{\"a\":1,\"a\":2}", "{a:1}", "{\"a\":\"\xff\"}", "{\"a\":1},", "x{}" };

	(void)state;
	for (size_t i = 0; i < ROWS(good); i++)
		OK(audit_detail_ok(span_of(good[i]), NULL));
	for (size_t i = 0; i < ROWS(bad); i++)
		if (audit_detail_ok(span_of(bad[i]), NULL) != RC_REFUSE)
			fail_msg("taken: %s", bad[i]);
	/* Depth is bounded by the reader. */
	{
		char *deep = calloc(1, 60001);

		for (size_t i = 0; i < 60000; i++)
			deep[i] = i == 0 ? '{' : '[';
		assert_int_equal(audit_detail_ok(span_of(deep), NULL), RC_REFUSE);
		free(deep);
	}
}

struct seen {
	char kind[64], identity[64], rule[64], detail[512];
	size_t sid;
};

static enum rc
see(void *arg, const struct store_event *e, struct err *err)
{
	struct seen *s = arg;

	(void)err;
	assert_true(span_copy(e->kind, s->kind, sizeof s->kind));
	assert_true(span_copy(e->identity, s->identity, sizeof s->identity));
	assert_true(span_copy(e->rule, s->rule, sizeof s->rule));
	assert_true(span_copy(e->detail, s->detail, sizeof s->detail));
	s->sid = e->sid.len;
	OK(audit_detail_ok(e->detail, NULL));
	return RC_OK;
}

/* The newest event. */
static struct seen
newest(struct store *s)
{
	struct seen seen;
	uint64_t seq;
	uint8_t h[32];

	OK(store_last(s, &seq, h, NULL));
	OK(store_events(s, seq, see, &seen, NULL));
	return seen;
}

static void
recordings_are_told_of(void **state)
{
	struct store_rec r = { .sid = { 1 }, .state = STORE_REC_OPEN };
	struct store *s;
	struct seen e;

	(void)state;
	OK(store_open_memory(&s, NULL));
	OK(store_begin(s, NULL));
	OK(audit_recording(s, &r, 5, NULL, NULL));
	e = newest(s);
	assert_string_equal(e.kind, "recording.opened");
	assert_string_equal(e.detail, "{}");
	assert_int_equal(e.sid, 16);
	r.state = STORE_REC_RECOVERED;
	r.len = 77;
	OK(audit_recording(s, &r, 5, "a \"torn\"\n\xff line", NULL));
	e = newest(s);
	assert_string_equal(e.kind, "recording.recovered");
	assert_string_equal(e.detail,
	    "{\"len\":77,\"h\":"
	    "\"000000000000000000000000000000000000000000000000000000000000"
	    "0000\",\"why\":\"a \\\"torn\\\"\\\\x0A\\\\xFF line\"}");
	r.state = STORE_REC_LOST;
	OK(audit_recording(s, &r, 5, NULL, NULL));
	assert_string_equal(newest(s).kind, "recording.lost");
	store_close(s);
}

static void
holds_are_told_of(void **state)
{
	struct store_hold h = { .id = span_of("7F3K-Q2MX"),
		.identity = span_of("ci"),
		.rule = span_of("p/r"),
		.until_ms = 9 };
	struct store_vote v = { .hold = h.id,
		.state = HOLD_PENDING,
		.by = span_of("alice"),
		.proof = span_of("key"),
		.reason = span_of("\"},{\"") };
	struct store *s;
	struct seen e;

	(void)state;
	OK(store_open_memory(&s, NULL));
	OK(store_begin(s, NULL));
	OK(audit_hold_new(s, &h, NULL));
	e = newest(s);
	assert_string_equal(e.kind, "hold.pending");
	assert_string_equal(e.identity, "ci");
	assert_string_equal(e.rule, "p/r");
	assert_non_null(strstr(e.detail, "\"hold\":\"7F3K-Q2MX\""));
	assert_non_null(strstr(e.detail, "\"until_ms\":9"));
	OK(audit_hold_set(s, &v, NULL));
	e = newest(s);
	assert_string_equal(e.kind, "hold.vote");
	assert_string_equal(e.identity, "alice");
	assert_string_equal(e.detail,
	    "{\"hold\":\"7F3K-Q2MX\",\"proof\":\"key\",\"reason\":\"\\\"},{\\\"\"}");
	v.state = HOLD_SPENT;
	OK(audit_hold_set(s, &v, NULL));
	assert_string_equal(newest(s).kind, "hold.spent");
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_objects_are_details),
		cmocka_unit_test(recordings_are_told_of),
		cmocka_unit_test(holds_are_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
