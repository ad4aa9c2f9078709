/* What people said of a hold, as JSON. */
#include "tests/support/unit.h"

#include "broker/keeper/votes.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define HOLD "7F3K-Q2MX"

struct fixture {
	struct store *s;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	const struct store_hold h = { .id = span_of(HOLD),
		.identity = span_of("ci"),
		.rule = span_of("p/r"),
		.at_ms = 10,
		.until_ms = 20,
		.detail = span_of("{}") };

	*state = f;
	return store_open_memory(&f->s, &f->err) == RC_OK &&
		       store_begin(f->s, &f->err) == RC_OK &&
		       store_hold_add(f->s, &h, &f->err) == RC_OK
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	free(f);
	return 0;
}

static void
say(struct fixture *f, enum hold_state to, const char *by, uint64_t at_ms,
    struct span reason)
{
	const struct store_vote v = { .hold = span_of(HOLD),
		.state = to,
		.at_ms = at_ms,
		.by = span_of(by),
		.proof = span_of("key"),
		.reason = reason };

	OK(store_hold_set(f->s, &v, &f->err));
}

static void
assert_text(struct fixture *f, const char *want)
{
	char *text = NULL;

	OK(votes_text(f->s, span_of(HOLD), &text, &f->err));
	assert_string_equal(text, want);
	free(text);
}

#define ROW(name, state, at, reason)                                                   \
	"{\"name\":\"" name "\",\"proof\":\"key\",\"state\":\"" state                  \
	"\",\"key\":\"\",\"source\":\"\",\"verified\":false,\"at_ms\":" at             \
	",\"reason\":\"" reason "\"}"

static void
they_come_in_order_of_time(void **state)
{
	struct fixture *f = *state;

	assert_text(f, "[]");
	say(f, HOLD_PENDING, "zoe", 11, span_of(""));
	say(f, HOLD_PENDING, "bob", 12, span_of("quote \" \x01 \xff"));
	say(f, HOLD_PENDING, "al", 12, span_of("\xe2\x80\xae"));
	say(f, HOLD_DENIED, "zoe", 13, span_of("no"));
	assert_text(f,
	    "[" ROW("zoe", "pending", "11", "") "," ROW(
		"al", "pending", "12", "\xe2\x80\xae") "," ROW("bob", "pending", "12",
		"quote \\\" \\\\x01 \\\\xFF") "," ROW("zoe", "denied", "13", "no") "]");
}

/* As many as there can be, each as long as it can be. */
static void
reasons_are_left_out_where_they_do_not_fit(void **state)
{
	static uint8_t reason[1024];
	struct fixture *f = *state;
	struct store_vote v = { .hold = span_of(HOLD),
		.state = HOLD_PENDING,
		.at_ms = INT64_MAX,
		.reason = span_make(reason, sizeof reason) };
	char name[65], text[129], *list = NULL;
	json_t *json = NULL;
	size_t len = 0;

	memset(reason, 1, sizeof reason);
	memset(name, '"', 64);
	memset(text, '"', 128);
	name[64] = text[128] = '\0';
	v.by = span_of(name);
	v.proof = span_make(text, 32);
	v.key = v.source = span_of(text);
	for (unsigned i = 0; i < STORE_VOTES; i++) {
		name[0] = (char)('a' + i);
		OK(store_hold_set(f->s, &v, &f->err));
	}
	v.state = HOLD_DENIED;
	OK(store_hold_set(f->s, &v, &f->err));
	OK(votes_text(f->s, span_of(HOLD), &list, &f->err));
	len = strlen(list);
	assert_in_range(len, VOTES_TEXT / 2, VOTES_TEXT);
	assert_null(strstr(list, "\"reason\":"));
	assert_non_null(strstr(list, "\"reason_bytes\":1024"));
	free(list);
	OK(votes_json(f->s, span_of(HOLD), &json, &f->err));
	assert_int_equal(json_array_size(json), STORE_VOTES + 1);
	json_decref(json);
}

static void
few_long_reasons_stay(void **state)
{
	static uint8_t reason[1024];
	struct fixture *f = *state;
	json_t *json = NULL;

	memset(reason, 1, sizeof reason);
	say(f, HOLD_PENDING, "al", 11, span_make(reason, sizeof reason));
	say(f, HOLD_PENDING, "bob", 12, span_make(reason, sizeof reason));
	OK(votes_json(f->s, span_of(HOLD), &json, &f->err));
	assert_int_equal(
	    json_string_length(json_object_get(json_array_get(json, 1), "reason")),
	    1024);
	json_decref(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(they_come_in_order_of_time),
		TEST(reasons_are_left_out_where_they_do_not_fit),
		TEST(few_long_reasons_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
