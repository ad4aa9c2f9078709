#include "tests/support/unit.h"

#include "lib/model/needs.h"

static const struct approver_need plain = { .rule = "p/r",
	.need = 1,
	.proofs = PROOF_BIT(PROOF_KEY),
	.n_from = 1,
	.from = { { true, "sre" } } };
static const struct approver_need full = { .rule = "p/s",
	.need = 2,
	.proofs = PROOF_BIT(PROOF_KEY) | PROOF_BIT(PROOF_UID),
	.n_from = 2,
	.from = { { true, "sre" }, { false, "bob" } },
	.n_not = 1,
	.not_from = { { false, "carol" } },
	.distinct_groups = true,
	.reason = true };
static const struct approver_need pin = { .rule = "p/t",
	.need = 1,
	.proofs = PROOF_BIT(PROOF_SK),
	.n_from = 1,
	.from = { { true, "sre" } },
	.verified = true };

static void
people_read_names(void **state)
{
	static const struct {
		const struct approver_need *n;
		const char *text;
	} rows[] = {
		{ &plain, "group sre (rule p/r)" },
		{ &full, "group sre, bob, not carol, of different groups (rule p/s)" },
		{ &pin, "group sre, by a security key with its PIN (rule p/t)" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < ROWS(rows); i++) {
		buf_reset(&b);
		needs_put(rows[i].n, &b);
		assert_string_equal(buf_cstr(&b), rows[i].text);
	}
	buf_clear(&b);
}

static void
programs_read_members(void **state)
{
	struct verdict v = { .n_needs = 3 };
	json_t *list;
	char *s;

	(void)state;
	v.needs[0] = plain;
	v.needs[1] = full;
	v.needs[2] = pin;
	list = needs_json(&v);
	s = json_dumps(list, JSON_COMPACT);
	assert_string_equal(s,
	    "[{\"rule\":\"p/"
	    "r\",\"need\":1,\"from\":[\"group:sre\"],\"auth\":[\"key\"]},"
	    "{\"rule\":\"p/s\",\"need\":2,\"from\":[\"group:sre\",\"bob\"],"
	    "\"auth\":[\"key\",\"uid\"],\"not\":[\"carol\"],\"distinct_groups\":true,"
	    "\"reason\":\"required\"},"
	    "{\"rule\":\"p/t\",\"need\":1,\"from\":[\"group:sre\"],\"auth\":[\"sk\"],"
	    "\"verified\":\"required\"}]");
	free(s);
	json_decref(list);
	v.n_needs = 0;
	list = needs_json(&v);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

static enum rc
read_text(const char *text, struct verdict *v)
{
	json_t *list = json_loads(text, JSON_DECODE_ANY, NULL);
	struct err err = { "" };
	enum rc rc = needs_read(list, v, &err);

	json_decref(list);
	assert_true(rc == RC_OK || err.text[0] != '\0');
	return rc;
}

static void
what_was_written_is_read_again(void **state)
{
	struct verdict v = { .n_needs = VERDICT_NEEDS }, back;
	json_t *list;

	(void)state;
	for (size_t i = 0; i < VERDICT_NEEDS; i++)
		v.needs[i] = i % 3 == 0 ? plain : i % 3 == 1 ? full : pin;
	/* As much as there can be. */
	for (size_t i = 0; i < VERDICT_FROM; i++)
		v.needs[0].from[i] = v.needs[0].from[0];
	v.needs[0].n_from = VERDICT_FROM;
	for (size_t i = 0; i < VERDICT_NOT; i++)
		v.needs[0].not_from[i] = v.needs[1].not_from[0];
	v.needs[0].n_not = VERDICT_NOT;
	v.needs[0].need = 16;
	memset(v.needs[0].rule, 'r', sizeof v.needs[0].rule - 1);
	memset(v.needs[0].from[0].name, 'g', NAME_MOST);
	memset(&back, 0, sizeof back);
	list = needs_json(&v);
	assert_int_equal(needs_read(list, &back, NULL), RC_OK);
	json_decref(list);
	assert_memory_equal(&v, &back, sizeof v);
}

#define GOOD "\"rule\":\"p/r\",\"need\":1,\"from\":[\"bob\"],\"auth\":[\"key\"]"

static void
anything_else_is_refused(void **state)
{
	static const char *const rows[] = { "[]", "{}", "1", "null", "[1]", "[[]]",
		"[{}]", "[{" GOOD ",\"more\":1}]", "[{" GOOD "},{}]",
		/* A member that is missing. */
		"[{\"need\":1,\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"need\":1,\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"need\":1,\"from\":[\"bob\"]}]",
		/* Of another type, or out of its bounds. */
		"[{\"rule\":\"\",\"need\":1,\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":7,\"need\":1,\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"need\":0,\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/"
		"r\",\"need\":-1,\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/"
		"r\",\"need\":17,\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/"
		"r\",\"need\":\"1\",\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/"
		"r\",\"need\":1.5,\"from\":[\"bob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"need\":1,\"from\":[],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"need\":1,\"from\":\"bob\",\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"need\":1,\"from\":[\"b "
		"ob\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/"
		"r\",\"need\":1,\"from\":[\"group:\"],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"need\":1,\"from\":[null],\"auth\":[\"key\"]}]",
		"[{\"rule\":\"p/r\",\"need\":1,\"from\":[\"bob\"],\"auth\":[]}]",
		"[{\"rule\":\"p/"
		"r\",\"need\":1,\"from\":[\"bob\"],\"auth\":[\"none\"]}]",
		"[{\"rule\":\"p/"
		"r\",\"need\":1,\"from\":[\"bob\"],\"auth\":[\"key\",1]}]",
		"[{" GOOD ",\"not\":[]}]", "[{" GOOD ",\"not\":\"bob\"}]",
		"[{" GOOD ",\"distinct_groups\":false}]",
		"[{" GOOD ",\"distinct_groups\":1}]", "[{" GOOD ",\"reason\":true}]",
		"[{" GOOD ",\"reason\":\"maybe\"}]", "[{" GOOD ",\"verified\":true}]" };
	struct verdict v = { .n_needs = 3 };
	char text[4096];
	size_t n;

	(void)state;
	assert_int_equal(read_text("[{" GOOD "}]", &v), RC_OK);
	assert_int_equal(v.n_needs, 1);
	v.n_needs = 3;
	assert_int_equal(needs_read(NULL, &v, NULL), RC_REFUSE);
	for (size_t i = 0; i < ROWS(rows); i++)
		if (read_text(rows[i], &v) != RC_REFUSE || v.n_needs != 3)
			fail_msg("%s", rows[i]);
	/* One condition, one name, one of those who do not count, too many. */
	n = (size_t)snprintf(text, sizeof text, "[{" GOOD "}");
	for (int i = 0; i < VERDICT_NEEDS; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, ",{" GOOD "}");
	snprintf(text + n, sizeof text - n, "]");
	assert_int_equal(read_text(text, &v), RC_REFUSE);
	n = (size_t)snprintf(text, sizeof text, "[{" GOOD ",\"not\":[\"bob\"");
	for (int i = 0; i < VERDICT_NOT; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, ",\"bob\"");
	snprintf(text + n, sizeof text - n, "]}]");
	assert_int_equal(read_text(text, &v), RC_REFUSE);
	n = (size_t)snprintf(text, sizeof text,
	    "[{\"rule\":\"p/r\",\"need\":1,\"auth\":[\"key\"],\"from\":[\"bob\"");
	for (int i = 0; i < VERDICT_FROM; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, ",\"bob\"");
	snprintf(text + n, sizeof text - n, "]}]");
	assert_int_equal(read_text(text, &v), RC_REFUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_read_names),
		cmocka_unit_test(programs_read_members),
		cmocka_unit_test(what_was_written_is_read_again),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
