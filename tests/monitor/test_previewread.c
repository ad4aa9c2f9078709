/* What is taken from answers, and how much of it. */
#include "tests/support/unit.h"

#include "broker/monitor/answertree.h"
#include "broker/monitor/previewread.h"

static const struct previewtable_read things = { "s", "DescribeThings", "thing",
	"things", "v", "n", "a=x.y made@t list=l", "tags", "size", NULL, "Next=next",
	PREVIEWTABLE_PLAIN };
static const struct previewtable_read exact = { "s", "DescribeThings", "thing",
	"things", "v", "n", NULL, NULL, NULL, "n", NULL, PREVIEWTABLE_PLAIN };
static const struct previewtable_read encoded = { "s", "List", "object", "objects", "v",
	"n", NULL, NULL, NULL, NULL, NULL, PREVIEWTABLE_ENCODED };
static const struct previewtable_read texts = { "s", "List", "name", "names", "v", "",
	NULL, NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN };

/* The items, in one line of JSON; yours. */
static char *
take(const struct previewtable_read *read, char *only, const char *json, size_t most,
    struct previewread_sum *sum)
{
	const struct previewtable_step step = { .read = read, .only = only };
	json_t *items = json_array(), *tree = NULL;
	struct err err = { "" };
	char *text;

	assert_int_equal(answertree_json(span_of(json), &tree, &err), RC_OK);
	assert_int_equal(
	    previewread_take(&step, NULL, tree, most, items, sum, &err), RC_OK);
	text = json_dumps(items, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(items);
	json_decref(tree);
	return text;
}

static void
things_are_counted_and_the_first_are_shown(void **state)
{
	static const struct {
		const struct previewtable_read *read;
		const char *only, *json;
		size_t most;
		uint64_t count, bytes;
		const char *items;
	} rows[] = {
		{ &things, NULL, "{}", 9, 0, 0, "[]" },
		{ &things, NULL, "{\"v\":null}", 9, 0, 0, "[]" },
		{ &things, NULL, "{\"v\":\"\"}", 9, 0, 0, "[]" },
		{ &things, NULL,
		    "{\"v\":[{\"n\":\"one\",\"x\":{\"y\":2},\"size\":\"10\"},"
		    "{\"n\":\"two\",\"size\":5},{\"n\":\"three\"}]}",
		    2, 3, 15,
		    "[{\"about\":{\"a\":\"2\"},\"bytes\":10,\"name\":\"one\",\"what\":"
		    "\"thing\"},{\"about\":{},\"bytes\":5,\"name\":\"two\",\"what\":"
		    "\"thing\"}]" },
		/* times: seconds, milliseconds, a text, none that is one */
		{ &things, NULL,
		    "{\"v\":[{\"t\":1767225600},{\"t\":1767225600123},{\"t\":\"x\"},"
		    "{\"t\":-1}]}",
		    9, 4, 0,
		    "[{\"about\":{\"made\":\"2026-01-01T00:00:00Z\"},\"name\":\"\","
		    "\"what\":\"thing\"},{\"about\":{\"made\":"
		    "\"2026-01-01T00:00:00Z\"},\"name\":\"\",\"what\":\"thing\"},"
		    "{\"about\":{\"made\":\"x\"},\"name\":\"\",\"what\":\"thing\"},"
		    "{\"about\":{\"made\":\"-1\"},\"name\":\"\",\"what\":\"thing\"}]" },
		{ &things, NULL,
		    "{\"v\":{\"n\":\"m\",\"l\":[1,2,3,4,5,6,7],\"tags\":["
		    "{\"key\":\"k\",\"value\":\"w\"},{\"Key\":\"K\",\"Value\":\"\"},"
		    "{\"Key\":7},{\"x\":1},3]}}",
		    9, 1, 0,
		    "[{\"about\":{\"list\":\"1, 2, 3, 4, 5 and 2 more\"},\"name\":"
		    "\"m\",\"tags\":{\"K\":\"\",\"k\":\"w\"},\"what\":\"thing\"}]" },
		{ &exact, "ab", "{\"v\":[{\"n\":\"ab\"},{\"n\":\"abc\"},{\"n\":7},{}]}",
		    9, 1, 0, "[{\"about\":{},\"name\":\"ab\",\"what\":\"thing\"}]" },
		{ &texts, NULL, "{\"v\":[\"a\",\"b\"]}", 1, 2, 0,
		    "[{\"about\":{},\"name\":\"a\",\"what\":\"name\"}]" },
		/* what is no text without its encoding keeps it */
		{ &encoded, NULL,
		    "{\"v\":[{\"n\":\"a%2Fb+c%2B\"},{\"n\":\"%FF\"},{\"n\":\"%0\"},"
		    "{\"n\":\"a%00b\"}]}",
		    9, 4, 0,
		    "[{\"about\":{},\"name\":\"a/b c+\",\"what\":\"object\"},"
		    "{\"about\":{},\"name\":\"%FF\",\"what\":\"object\"},"
		    "{\"about\":{},\"name\":\"%0\",\"what\":\"object\"},"
		    "{\"about\":{},\"name\":\"a%00b\",\"what\":\"object\"}]" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct previewread_sum sum = { .count = 0 };
		char *text = take(rows[i].read, (char *)rows[i].only, rows[i].json,
		    rows[i].most, &sum);

		assert_string_equal(text, rows[i].items);
		assert_int_equal(sum.count, rows[i].count);
		assert_int_equal(sum.bytes, rows[i].bytes);
		free(text);
	}
}

/* Whole characters, and how much more there was. */
static void
long_values_are_cut_with_a_word(void **state)
{
	static const struct {
		size_t letters;
		const char *letter, *end;
	} rows[] = {
		{ 256, "x", "xx\"" },
		{ 257, "x", "xx [+1 bytes]\"" },
		{ 100000, "x", "xx [+99744 bytes]\"" },
		{ 200, "\xc3\xa9", "\xc3\xa9 [+144 bytes]\"" },
		{ 100, "\xe2\x82\xac", "\xe2\x82\xac [+45 bytes]\"" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct previewread_sum sum = { .count = 0 };
		struct buf b;
		char *text;

		buf_init(&b, 1 << 20);
		buf_text(&b, "{\"v\":[{\"n\":\"");
		for (size_t k = 0; k < rows[i].letters; k++)
			buf_text(&b, rows[i].letter);
		buf_text(&b, "\"}]}");
		text = take(&exact, NULL, buf_cstr(&b), 9, &sum);
		if (strstr(text, rows[i].end) == NULL)
			fail_msg("%zu: %s", i, text);
		assert_true(strlen(text) < 400);
		free(text);
		buf_clear(&b);
	}
}

static void
so_many_tags_are_kept(void **state)
{
	struct previewread_sum sum = { .count = 0 };
	struct buf b;
	char *text;
	size_t n = 0;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_text(&b, "{\"v\":{\"tags\":[");
	for (unsigned i = 0; i < 200; i++)
		buf_printf(
		    &b, "%s{\"key\":\"k%u\",\"value\":\"w\"}", i > 0 ? "," : "", i);
	buf_text(&b, "]}}");
	text = take(&things, NULL, buf_cstr(&b), 9, &sum);
	for (const char *p = text; (p = strstr(p, "\"w\"")) != NULL; p++)
		n++;
	assert_int_equal(n, PREVIEWREAD_TAGS);
	free(text);
	buf_clear(&b);
}

/* Sizes that a liar adds up do not come round. */
static void
sums_do_not_wrap(void **state)
{
	struct previewread_sum sum = { .count = 0 };

	(void)state;
	free(take(&things, NULL,
	    "{\"v\":[{\"size\":\"18446744073709551000\"},{\"size\":\"700\"},"
	    "{\"size\":3}]}",
	    9, &sum));
	assert_int_equal(sum.count, 3);
	assert_true(sum.bytes == 18446744073709551003u);
}

static void
the_next_page_has_a_token(void **state)
{
	static const struct {
		const struct previewtable_read *read;
		const char *json, *token; /* NULL: the last page */
	} rows[] = {
		{ &things, "{\"next\":\"abc\"}", "abc" },
		{ &things, "{\"next\":\"\"}", NULL },
		{ &things, "{\"next\":7}", NULL },
		{ &things, "{\"next\":{\"a\":1}}", NULL },
		{ &things, "{}", NULL },
		{ &exact, "{\"next\":\"abc\"}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		json_t *tree = json_loads(rows[i].json, 0, NULL);
		char member[PREVIEWREAD_CODE];
		struct buf token;

		buf_init(&token, 4096);
		assert_int_equal(previewread_next(rows[i].read, tree, member, &token),
		    rows[i].token != NULL);
		if (rows[i].token != NULL) {
			assert_string_equal(buf_cstr(&token), rows[i].token);
			assert_string_equal(member, "Next");
		}
		buf_clear(&token);
		json_decref(tree);
	}
}

static void
errors_are_words(void **state)
{
	static const struct {
		enum awsmodel_protocol protocol;
		const char *type, *body, *code;
	} rows[] = {
		{ AWSMODEL_JSON, "", "{\"__type\":\"com.x#NotFound\"}", "NotFound" },
		{ AWSMODEL_JSON, "", "{\"__type\":\"NotFound\"}", "NotFound" },
		{ AWSMODEL_REST_JSON, "NotFound:http://x/", "", "NotFound" },
		{ AWSMODEL_REST_JSON, "", "{\"code\":\"A.B_c9\"}", "A.B_c9" },
		{ AWSMODEL_QUERY, "",
		    "<ErrorResponse><Error><Code>No</Code></Error></ErrorResponse>",
		    "No" },
		{ AWSMODEL_EC2, "",
		    "<Response><Errors><Error><Code>No</Code></Error></Errors>"
		    "</Response>",
		    "No" },
		{ AWSMODEL_REST_XML, "", "<Error><Code>NoSuchKey</Code></Error>",
		    "NoSuchKey" },
		{ AWSMODEL_REST_XML, "", "", "" },
		{ AWSMODEL_REST_XML, "", "<html>", "" },
		{ AWSMODEL_REST_XML, "", "<Error><Code>a b</Code></Error>", "" },
		{ AWSMODEL_REST_XML, "", "<Error><Code><x/></Code></Error>", "" },
		{ AWSMODEL_JSON, "", "{\"__type\":7}", "" },
		{ AWSMODEL_JSON, "", "{\"__type\":\"\\u001b[2J\"}", "" },
		{ AWSMODEL_JSON, "a\x1b", "{\"__type\":\"Yes\"}", "Yes" },
		{ AWSMODEL_JSON, "",
		    "{\"__type\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaa\"}",
		    "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char code[PREVIEWREAD_CODE] = "-";

		previewread_error(rows[i].protocol, span_of(rows[i].type),
		    span_of(rows[i].body), code);
		assert_string_equal(code, rows[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(things_are_counted_and_the_first_are_shown),
		cmocka_unit_test(long_values_are_cut_with_a_word),
		cmocka_unit_test(so_many_tags_are_kept),
		cmocka_unit_test(sums_do_not_wrap),
		cmocka_unit_test(the_next_page_has_a_token),
		cmocka_unit_test(errors_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
