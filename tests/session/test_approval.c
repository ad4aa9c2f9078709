#include "tests/support/unit.h"
#include "broker/session/approval.h"

#include <jansson.h>

#define HOLD "\"hold\":\"7F3K-Q2MX\","
#define BOB                                                                            \
	"{\"name\":\"bob\",\"proof\":\"key\",\"key\":\"SHA256:x\",\"source\":\"::1\"," \
	"\"reason\":\"fine\\u001b[2J\",\"time\":\"2026-11-21T08:15:00Z\"}"

struct got {
	json_t *v[8];
	size_t n;
	enum rc rc; /* what to say to the last */
};

static enum rc
take(void *arg, const char *json, struct err *err)
{
	struct got *g = arg;

	(void)err;
	assert_true(g->n < ROWS(g->v));
	g->v[g->n] = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(g->v[g->n++]);
	return g->rc;
}

static void
clear(struct got *g)
{
	while (g->n > 0)
		json_decref(g->v[--g->n]);
}

static void
has(const json_t *j, const char *name, const char *want)
{
	const char *s = json_string_value(json_object_get(j, name));

	if (want == NULL) {
		assert_null(s);
		return;
	}
	assert_non_null(s);
	assert_string_equal(s, want);
}

static void
a_command_tells_of_each_person(void **state)
{
	struct got g = { .n = 0 };
	struct err err = { "" };
	struct buf b;
	static const char meta[] =
	    "{" HOLD "\"rule\":\"p/r\",\"asker_says\":\"please\\u0007\","
	    "\"approval\":{\"required\":true,\"asked\":\"2026-11-21T08:14:00Z\","
	    "\"needs\":[{\"need\":2}]},\"approvers\":[\"bob\",\"carol\"],"
	    "\"approvals\":[" BOB ",{\"name\":\"carol\",\"proof\":\"uid\"}]}";

	(void)state;
	assert_int_equal(approval_command(meta, take, &g, &err), RC_OK);
	assert_int_equal(g.n, 3);
	has(g.v[0], "t", "approval.request");
	has(g.v[0], "hold", "7F3K-Q2MX");
	has(g.v[0], "rule", "p/r");
	has(g.v[0], "time", "2026-11-21T08:14:00Z");
	has(g.v[0], "reason", "please\\x07");
	assert_int_equal(json_array_size(json_object_get(g.v[0], "needs")), 1);
	has(g.v[1], "t", "approval.decision");
	has(g.v[1], "hold", "7F3K-Q2MX");
	has(g.v[1], "decision", "approved");
	has(g.v[1], "by", "bob");
	has(g.v[1], "proof", "key");
	has(g.v[1], "key", "SHA256:x");
	has(g.v[1], "source", "::1");
	has(g.v[1], "reason", "fine\\x1B[2J");
	has(g.v[1], "time", "2026-11-21T08:15:00Z");
	assert_null(json_object_get(g.v[1], "call"));
	has(g.v[0], "grant", NULL);
	has(g.v[2], "by", "carol");
	has(g.v[2], "key", NULL);
	clear(&g);
	buf_init(&b, 100);
	approval_label(meta, &b);
	assert_string_equal(buf_cstr(&b), "approved by bob and carol");
	buf_clear(&b);
}

static void
a_command_tells_of_its_grant(void **state)
{
	static const char meta[] =
	    "{" HOLD "\"grant\":\"7F3K-Q2MX\",\"rule\":\"p/r\",\"approval\":"
	    "{\"required\":true,\"grant\":\"7F3K-Q2MX\"},\"approvals\":[" BOB "]}";
	struct got g = { .n = 0 };
	struct err err = { "" };

	(void)state;
	assert_int_equal(approval_command(meta, take, &g, &err), RC_OK);
	assert_int_equal(g.n, 2);
	has(g.v[0], "t", "approval.request");
	has(g.v[0], "grant", "7F3K-Q2MX");
	has(g.v[1], "by", "bob");
	clear(&g);
}

static void
nobody_was_asked(void **state)
{
	struct got g = { .n = 0 };
	struct err err = { "" };
	struct buf b;

	(void)state;
	assert_int_equal(
	    approval_command("{\"approval\":{\"required\":false}}", take, &g, &err),
	    RC_OK);
	assert_int_equal(g.n, 0);
	buf_init(&b, 100);
	approval_label("{}", &b);
	approval_label("nonsense", &b);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

static void
what_is_no_approval_is_refused(void **state)
{
	static const char *const rows[] = { "", "[]", "{\"a\":1,\"a\":2}",
		"{" HOLD "\"approvals\":{}}", "{" HOLD "\"approvals\":[1]}",
		"{" HOLD "\"approvals\":[" BOB ",\"carol\"]}" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct got g = { .n = 0 };
		struct err err = { "" };

		assert_int_equal(approval_command(rows[i], take, &g, &err), RC_REFUSE);
		clear(&g);
	}
}

static void
what_cannot_be_recorded_ends_it(void **state)
{
	struct got g = { .rc = RC_FAIL };
	struct err err = { "" };

	(void)state;
	assert_int_equal(
	    approval_command("{" HOLD "\"approvals\":[" BOB "]}", take, &g, &err),
	    RC_FAIL);
	assert_int_equal(g.n, 1);
	clear(&g);
}

static void
a_call_is_held_and_decided(void **state)
{
	struct msg_call_says m = { .effect = VERDICT_HOLD,
		.rule = span_of("p/r"),
		.text = span_of("held: 7F3K-Q2MX needs 1 of bob"),
		.hold = span_of("7F3K-Q2MX") };
	struct got g = { .n = 0 };
	struct err err = { "" };

	(void)state;
	assert_int_equal(approval_call(9, &m, take, &g, &err), RC_OK);
	assert_int_equal(g.n, 1);
	has(g.v[0], "t", "approval.request");
	has(g.v[0], "text", "held: 7F3K-Q2MX needs 1 of bob");
	assert_int_equal(json_integer_value(json_object_get(g.v[0], "call")), 9);
	clear(&g);
	m.effect = VERDICT_DENY;
	m.decisions = span_of("[{\"decision\":\"denied\",\"name\":\"bob\"}]");
	assert_int_equal(approval_call(9, &m, take, &g, &err), RC_OK);
	assert_int_equal(g.n, 1);
	has(g.v[0], "t", "approval.decision");
	has(g.v[0], "decision", "denied");
	has(g.v[0], "by", "bob");
	assert_int_equal(json_integer_value(json_object_get(g.v[0], "call")), 9);
	clear(&g);
	m.decisions = span_of("");
	assert_int_equal(approval_call(9, &m, take, &g, &err), RC_OK);
	assert_int_equal(g.n, 0);
	m.decisions = span_of("{}");
	assert_int_equal(approval_call(9, &m, take, &g, &err), RC_REFUSE);
	m.decisions = span_of("[");
	assert_int_equal(approval_call(9, &m, take, &g, &err), RC_REFUSE);
	assert_int_equal(g.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_tells_of_each_person),
		cmocka_unit_test(a_command_tells_of_its_grant),
		cmocka_unit_test(nobody_was_asked),
		cmocka_unit_test(what_is_no_approval_is_refused),
		cmocka_unit_test(what_cannot_be_recorded_ends_it),
		cmocka_unit_test(a_call_is_held_and_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
