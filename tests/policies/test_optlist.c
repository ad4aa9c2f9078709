#include "tests/support/unit.h"

#include "policies/optread.h"
#include "tests/policies/wording.h"

static void
malformed_lists_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "x", "expected a mapping" },
		{ "{shorts: a}", "shorts" },
		{ "{short: [a]}", "text" },
		{ "{short: 'a-'}", "letters of options" },
		{ "{short: 'a:'}", "letters of options" },
		{ "{short: 'a b'}", "letters of options" },
		{ "{short: \"\xC3\xA9\"}", "letters of options" },
		{ "{short: aba}", "-a stands here twice" },
		{ "{short: ab, short_value: cb}", "under short and under short_value" },
		{ "{long: [--all]}", "without its dashes" },
		{ "{long: ['']}", "text of 1 to" },
		{ "{long: ['=']}", "the name of a long option" },
		{ "{long: ['a==']}", "the name of a long option" },
		{ "{long: ['a[]']}", "the name of a long option" },
		{ "{long: ['a=b']}", "the name of a long option" },
		{ "{long: ['a b']}", "the name of a long option" },
		{ "{long: [a, 'a=']}", "in two ways" },
		{ "{long: []}", "at least" },
		{ "{long: {a: b}}", "expected a list" },
		{ "{values: {k: any}}", "listed with a value" },
		{ "{short: k, values: {k: any}}", "listed with a value" },
		{ "{long: [key], values: {key: any}}", "listed with a value" },
		{ "{short_value: k, values: {kk: any}}", "listed with a value" },
		{ "{short_value: k, values: {k: nosuch}}", "the name of a set" },
		{ "{short_value: k, values: {k: {each: any}}}", "each" },
		{ "{short_value: k, values: []}", "expected a mapping" },
		{ "{once: yes}", "true or false" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct optlist *l = NULL;
		struct err err = { "" };
		const struct yaml_node *root;

		if (yaml_parse("o.yaml", span_of(rows[i].text), &doc, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].text, err.text);
		root = yaml_root(doc);
		if (optlist_read(&root, 1, NULL, &l, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].why) == NULL ||
		    strncmp(err.text, "o.yaml:1:", 9) != 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(l);
		yaml_doc_free(doc);
	}
}

static void
mappings_add_up(void **state)
{
	static const char text[] =
	    "[{short: a, long: ['key='], values: {key: [x]}, once: true},\n"
	    " {short: b, short_value: k, long: ['key=', all],\n"
	    "  values: {key: [y], k: [z]}, once: false}]\n";
	struct yaml_doc *doc = NULL;
	const struct yaml_node *nodes[2];
	struct optlist *l = NULL;
	struct optread *o = NULL;
	struct optread_cursor c;
	struct optread_item it;
	struct wording w;
	struct buf b;

	(void)state;
	assert_int_equal(yaml_parse("o.yaml", span_of(text), &doc, NULL), RC_OK);
	nodes[0] = yaml_first(yaml_root(doc));
	nodes[1] = yaml_next(nodes[0]);
	assert_int_equal(optlist_read(nodes, 2, NULL, &l, NULL), RC_OK);
	assert_true(optlist_once(l));
	buf_init(&b, 200);
	optlist_say(l, &b);
	assert_string_equal(buf_cstr(&b), "a b, k=, --all --key=");
	buf_clear(&b);
	assert_int_equal(optread_new(l, "p", &o, NULL), RC_OK);
	wording_split("p -ab --key=x -k z", &w);
	c = (struct optread_cursor){ .words = w.words, .n = w.n, .at = 1 };
	do {
		optread_next(o, &c, &it);
		assert_true(it.what == OPTREAD_OPTION || it.what == OPTREAD_END);
		if (it.what == OPTREAD_OPTION && it.has_value) {
			struct shell_word value = { .text = (const char *)it.value.p,
				.len = it.value.len };

			assert_int_equal(
			    matcher_fit_word(it.matcher, &value), FIT_BOTH);
		}
	} while (it.what != OPTREAD_END);
	optread_free(o);
	optlist_free(l);
	yaml_doc_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_lists_are_refused),
		cmocka_unit_test(mappings_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
