/* Answers in XML and JSON as one kind of tree; hostile ones as none. */
#include "tests/support/unit.h"

#include "broker/monitor/answertree.h"

struct seen {
	struct buf text;
	size_t most;
};

static bool
see(void *arg, const json_t *node)
{
	struct seen *s = arg;

	buf_text(&s->text, s->text.len > 0 ? "|" : "");
	if (!answertree_text(node, &s->text))
		buf_text(&s->text, "?");
	return --s->most > 0;
}

static enum rc
read_one(const char *text, size_t len, json_t **ret)
{
	struct err err = { "" };
	enum rc rc = (text[0] == '<' ? answertree_xml : answertree_json)(
	    span_make(text, len), ret, &err);

	if (rc != RC_OK)
		assert_true(err.text[0] != '\0');
	return rc;
}

static void
paths_lead_through_both_forms(void **state)
{
	static const struct {
		const char *doc, *path;
		size_t most;
		const char *want;
	} rows[] = {
		{ "<R><a><item><n>1</n></item><item><n>2</n></item></a></R>",
		    "a.item.n", 9, "1|2" },
		{ "{\"a\":[{\"n\":1},{\"n\":\"2\"},{\"m\":3}]}", "a.n", 9, "1|2" },
		{ "<R><a><item><n>1</n></item></a></R>", "a.item.n", 9, "1" },
		{ "<R><a>x</a><a>y</a><a>z</a></R>", "a", 2, "x|y" },
		{ "<R><a>x</a><b>u</b><a>y</a></R>", "a", 9, "x|y" },
		{ "<R><a><b>1</b></a><a/><a><b>2</b></a></R>", "a.b", 9, "1|2" },
		{ "<R><a/></R>", "a", 9, "" },
		{ "<R><a/></R>", "a.b", 9, "" },
		{ "<R>x</R>", "", 9, "x" },
		{ "<R><a>&lt;&#65;&amp;</a></R>", "a", 9, "<A&" },
		{ "{\"a\":[[[\"x\"],\"y\"]]}", "a", 9, "x|y" },
		{ "{\"a\":[true,false,null,1.5,-3,{},\"\"]}", "a", 9,
		    "true|false|?|1.5|-3|?|" },
		{ "{\"a\":{\"b\":1}}", "a", 9, "?" },
		{ "{\"a\":{\"b\":1}}", "a.b.c", 9, "" },
		{ "{\"a\":1,\"ab\":2}", "ab", 9, "2" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct seen s = { .most = rows[i].most };
		json_t *tree = NULL;

		buf_init(&s.text, 4096);
		assert_int_equal(
		    read_one(rows[i].doc, strlen(rows[i].doc), &tree), RC_OK);
		answertree_walk(tree, rows[i].path, see, &s);
		assert_string_equal(buf_cstr(&s.text), rows[i].want);
		buf_clear(&s.text);
		json_decref(tree);
	}
	assert_null(answertree_first(NULL, "a"));
}

#define T8(x) x x x x x x x x

static void
hostile_answers_are_none(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
#define ROW(t) { t, sizeof t - 1 }
		ROW("{"),
		ROW("{} {}"),
		ROW("[]"),
		ROW("7"),
		ROW("null"),
		ROW("{\"a\":1,\"a\":2}"),
		ROW("{\"a\":\"\\u0000\"}"),
		ROW("{\"a\":\"\xff\"}"),
		ROW("{\"a\":\"\xed\xa0\x80\"}"),
		ROW("{\"a\":99999999999999999999}"),
		ROW("{\"a\":1e999}"),
		ROW("{\"a\":" T8(T8("["))),
		ROW("{\"a\":" T8(T8("{\"b\":"))),
		ROW("<R>"),
		ROW("<R><a></R>"),
		ROW("<R></R><R></R>"),
		ROW("<R>\xff</R>"),
		ROW("<R>&foo;</R>"),
		ROW("<R>&#0;</R>"),
		ROW("<!DOCTYPE R [<!ENTITY x \"y\">]><R>&x;</R>"),
		ROW("<R><![CDATA[x]]></R>"),
		ROW("<R><!-- x --></R>"),
		ROW(T8(T8("<a>")) T8(T8("</a>"))),
	};
	struct buf wide;
	json_t *tree = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (read_one(rows[i].text, rows[i].len, &tree) != RC_REFUSE)
			fail_msg("%s", rows[i].text);
		assert_null(tree);
	}
	buf_init(&wide, 1 << 20);
	buf_text(&wide, "<R>");
	for (unsigned i = 0; i < ANSWERTREE_ELEMENTS; i++)
		buf_text(&wide, "<a/>");
	buf_text(&wide, "</R>");
	assert_int_equal(read_one((char *)wide.p, wide.len, &tree), RC_REFUSE);
	assert_null(tree);
	buf_reset(&wide);
	buf_text(&wide, "{\"a\":[1");
	for (unsigned i = 0; i < ANSWERTREE_ELEMENTS; i++)
		buf_text(&wide, ",1");
	buf_text(&wide, "]}");
	assert_int_equal(read_one((char *)wide.p, wide.len, &tree), RC_REFUSE);
	assert_null(tree);
	buf_clear(&wide);
}

/* As deep as it may be, and no text takes part in the count. */
static void
depth_is_that_of_brackets(void **state)
{
	static const char good[] = "{\"a\":\"" T8(T8("[[")) "\\\"" T8(T8("{")) "\"}";
	json_t *tree = NULL;

	(void)state;
	assert_int_equal(read_one(good, sizeof good - 1, &tree), RC_OK);
	json_decref(tree);
}

static void
numbers_are_whole_and_not_below_zero(void **state)
{
	static const struct {
		const char *json;
		bool ok;
		uint64_t n;
	} rows[] = {
		{ "7", true, 7 },
		{ "\"7\"", true, 7 },
		{ "0", true, 0 },
		{ "\"18446744073709551615\"", true, UINT64_MAX },
		{ "-1", false, 0 },
		{ "\"-1\"", false, 0 },
		{ "\"\"", false, 0 },
		{ "\"7 \"", false, 0 },
		{ "1.5", false, 0 },
		{ "true", false, 0 },
		{ "[7]", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		json_t *o = json_loads(rows[i].json, JSON_DECODE_ANY, NULL);
		uint64_t n = 0;

		assert_int_equal(answertree_number(o, &n), rows[i].ok);
		assert_int_equal(n, rows[i].n);
		json_decref(o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lead_through_both_forms),
		cmocka_unit_test(hostile_answers_are_none),
		cmocka_unit_test(depth_is_that_of_brackets),
		cmocka_unit_test(numbers_are_whole_and_not_below_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
