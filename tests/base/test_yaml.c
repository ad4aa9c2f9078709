#include "tests/support/unit.h"

#include "lib/base/clock.h"
#include "lib/base/yaml.h"

static struct yaml_doc *
read_good(const char *text)
{
	struct yaml_doc *d = NULL;
	struct err err = { "" };

	if (yaml_parse("t.yaml", span_of(text), &d, &err) != RC_OK)
		fail_msg("%s", err.text);
	return d;
}

static void
refused(struct span text, const char *want)
{
	struct yaml_doc *d = NULL;
	struct err err = { "" };
	enum rc rc = yaml_parse("t.yaml", text, &d, &err);

	if (rc != RC_REFUSE || d != NULL || strstr(err.text, want) == NULL)
		fail_msg("wanted \"%s\", got %s \"%s\"", want, rc_name(rc), err.text);
}

static void
nodes_know_kind_order_and_place(void **state)
{
	struct yaml_doc *d = read_good("# a comment\n"
				       "name: one\n"
				       "list: [a, 'b', \"c\"]\n"
				       "deep:\n"
				       "  - x: \xC3\xBC\n"
				       "    yy: { z: on }\n");
	const struct yaml_node *root = yaml_root(d), *n;

	(void)state;
	assert_int_equal(yaml_kind(root), YAML_MAP);
	assert_int_equal(yaml_count(root), 3);
	assert_int_equal(yaml_line(root), 2);
	n = yaml_find(root, "name");
	assert_string_equal(yaml_cstr(n), "one");
	assert_string_equal(yaml_cstr(yaml_key(n)), "name");
	assert_int_equal(yaml_column(n), 7);
	assert_int_equal(yaml_column(yaml_key(n)), 1);
	assert_false(yaml_quoted(n));
	n = yaml_find(root, "list");
	assert_int_equal(yaml_kind(n), YAML_LIST);
	assert_int_equal(yaml_count(n), 3);
	n = yaml_first(n);
	assert_null(yaml_key(n));
	n = yaml_next(n);
	assert_string_equal(yaml_cstr(n), "b");
	assert_true(yaml_quoted(n));
	n = yaml_next(yaml_next(n));
	assert_null(n);
	n = yaml_first(yaml_find(root, "deep"));
	assert_int_equal(yaml_line(n), 5);
	assert_string_equal(yaml_cstr(yaml_find(n, "x")), "\xC3\xBC");
	n = yaml_find(yaml_find(n, "yy"), "z");
	assert_string_equal(yaml_cstr(n), "on");
	assert_int_equal(yaml_line(n), 6);
	assert_int_equal(yaml_column(n), 14);
	assert_string_equal(yaml_file(n), "t.yaml");
	assert_null(yaml_find(root, "nam"));
	assert_null(yaml_find(n, "z"));
	assert_null(yaml_first(n));
	yaml_doc_free(d);
}

static void
plain_scalars_stay_text(void **state)
{
	struct yaml_doc *d =
	    read_good("[on, null, ~, 010, 1e3, yes, .inf, 2026-01-01]");
	static const char *const want[] = { "on", "null", "~", "010", "1e3", "yes",
		".inf", "2026-01-01" };
	const struct yaml_node *v = yaml_first(yaml_root(d));

	(void)state;
	for (size_t i = 0; i < ROWS(want); i++, v = yaml_next(v)) {
		assert_int_equal(yaml_kind(v), YAML_TEXT);
		assert_string_equal(yaml_cstr(v), want[i]);
	}
	assert_null(v);
	yaml_doc_free(d);
}

static void
other_roots_and_markers_are_read(void **state)
{
	struct yaml_doc *d = read_good("--- just text\n...\n");

	(void)state;
	assert_int_equal(yaml_kind(yaml_root(d)), YAML_TEXT);
	assert_string_equal(yaml_cstr(yaml_root(d)), "just text");
	yaml_doc_free(d);
	d = read_good("a: ''\nb: []\nc: {}\nd: |\n  two\n  lines\n");
	assert_string_equal(yaml_cstr(yaml_find(yaml_root(d), "a")), "");
	assert_int_equal(yaml_count(yaml_find(yaml_root(d), "b")), 0);
	assert_int_equal(yaml_count(yaml_find(yaml_root(d), "c")), 0);
	assert_string_equal(yaml_cstr(yaml_find(yaml_root(d), "d")), "two\nlines\n");
	yaml_doc_free(d);
	yaml_doc_free(NULL);
}

static void
what_is_outside_the_subset_is_refused(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "t.yaml:1:1: expected a document" },
		{ "# only a comment\n", "t.yaml:1:1: expected a document" },
		{ "a: &x 1\n", "t.yaml:1:4: expected no anchor" },
		{ "a: 1\nb: *x\n", "t.yaml:2:4: expected no alias" },
		{ "a: !!str 1\n", "t.yaml:1:4: expected no tag" },
		{ "a: !mine 1\n", "t.yaml:1:4: expected no tag" },
		{ "a: ! 1\n", "t.yaml:1:4: expected no tag" },
		{ "a: !<tag:yaml.org,2002:str> x\n", "t.yaml:1:4: expected no tag" },
		{ "!!map {a: b}\n", "t.yaml:1:1: expected no tag" },
		{ "%YAML 1.1\n---\na: b\n", "t.yaml:1:1: expected no directive" },
		{ "%TAG ! tag:x,2000:\n---\na: b\n",
		    "t.yaml:1:1: expected no directive" },
		{ "a: {x: 1}\n<<: {y: 2}\n", "t.yaml:2:1: expected no merge key" },
		{ "a: 1\nb: 2\na: 3\n",
		    "t.yaml:3:1: expected each key once in a mapping, found \"a\"" },
		{ "x: {b: 1, \"b\": 2}\n", "t.yaml:1:11: expected each key once" },
		{ "a: 1\n---\nb: 2\n", "t.yaml:2:1: expected one document" },
		{ "a: 1\n...\nb: 2\n", "t.yaml:3:1: expected" },
		{ "[a]: b\n", "t.yaml:1:1: expected a key that is text" },
		{ "? {a: b}\n: c\n", "t.yaml:1:3: expected a key that is text" },
		{ "a:\nb: 1\n", "t.yaml:1:3: expected a value" },
		{ "[a, , b]\n", "t.yaml:1:5: expected valid YAML" },
		{ "- \n- x\n", "t.yaml:1:2: expected a value" },
		{ "? a\n", "expected a value" },
		{ "a: [1, 2\n", "t.yaml:2:1: expected valid YAML" },
		{ "a: {b: 1\nc: 2\n", "expected valid YAML" },
		{ "a: 'open\n", "t.yaml:2:1: expected valid YAML" },
		{ "a: b: c\n", "t.yaml:1:5: expected valid YAML" },
		{ "a: 1\n b: 2\n", "t.yaml:2:3: expected valid YAML" },
		{ "\ta: 1\n", "t.yaml:1:1: expected valid YAML" },
		{ "a: @x\n", "t.yaml:1:4: expected valid YAML" },
		{ "a: \"\\0\"\n", "t.yaml:1:4: expected text without a NUL" },
		{ "a: \"\\q\"\n", "t.yaml:1:5: expected valid YAML" },
		{ "a: 1\nb: \x01\n", "t.yaml:2:4: expected text without control" },
		{ "a: \xC3\xBC\n\xFF: 1\n", "t.yaml:2:1: expected UTF-8" },
		{ "\xEF\xBB\xBF"
		  "a: 1\n",
		    "t.yaml:1:1: expected no byte order mark" },
		{ "\xFF\xFE"
		  "a",
		    "t.yaml:1:1: expected UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		refused(span_of(rows[i].text), rows[i].want);
	refused(span_make("a: x\0y\n", 7), "t.yaml:1:5: expected text without control");
	refused(span_make("a\0: 1\n\0\0", 8), "expected");
}

/* A text that repeats a piece n times between two others. */
static struct span
repeat(const char *before, const char *piece, size_t n, const char *after)
{
	static struct buf b;

	buf_clear(&b);
	buf_init(&b, 4u << 20);
	buf_text(&b, before);
	for (size_t i = 0; i < n; i++)
		buf_text(&b, piece);
	buf_text(&b, after);
	assert_true(buf_ok(&b));
	return buf_span(&b);
}

static void
bounds_hold_in_short_time(void **state)
{
	struct yaml_doc *d = NULL;
	struct buf wide;
	uint64_t start = clock_mono_ms();

	(void)state;
	refused(repeat("", "[", 32, ""), "expected valid YAML"); /* never closed */
	refused(repeat("", "[", 33, ""), ":33: expected at most 32 levels");
	refused(repeat("", "[", 1000000, ""), "expected at most 32 levels");
	refused(repeat("", "{a: ", 200000, ""), "expected at most 32 levels");
	refused(repeat("", "- ", 500000, "x"), "expected at most 32 levels");
	refused(repeat("", "? ", 500000, "x"), "expected a key that is text");
	refused(repeat("", "- x\n", 131072, ""), "expected fewer values");
	refused(repeat("a: ", "x", 1u << 20, ""), "t.yaml:1:1: expected at most 1 MiB");
	/* Many keys, many quotes, one long line: slow only if something is quadratic.
	 */
	buf_init(&wide, 1u << 20);
	for (unsigned i = 0; i < 60000; i++)
		buf_printf(&wide, "k%u: v\n", i * 7919 % 60000);
	assert_int_equal(yaml_parse("t", buf_span(&wide), &d, NULL), RC_OK);
	assert_int_equal(yaml_count(yaml_root(d)), 60000);
	yaml_doc_free(d);
	buf_clear(&wide);
	d = NULL;
	assert_int_equal(
	    yaml_parse("t", repeat("'", "'' ", 300000, "'"), &d, NULL), RC_OK);
	yaml_doc_free(d);
	d = NULL;
	assert_int_equal(
	    yaml_parse("t", repeat("[", "a,", 130000, "]"), &d, NULL), RC_OK);
	yaml_doc_free(d);
	assert_true(clock_mono_ms() - start < 20000);
	repeat("", "", 0, "");
}

static void
thirty_two_levels_are_read(void **state)
{
	struct yaml_doc *d = NULL;
	const struct yaml_node *n;
	struct buf b;
	unsigned depth = 1;

	(void)state;
	buf_init(&b, 1000);
	for (int i = 0; i < 32; i++)
		buf_text(&b, "[");
	for (int i = 0; i < 32; i++)
		buf_text(&b, "]");
	assert_int_equal(yaml_parse("t", buf_span(&b), &d, NULL), RC_OK);
	for (n = yaml_root(d); yaml_first(n) != NULL; n = yaml_first(n))
		depth++;
	assert_int_equal(depth, 32);
	yaml_doc_free(d);
	buf_clear(&b);
}

/* One reader, by name, on the text; gives its value or its message. */
static const char *
reading(const char *reader, const char *text)
{
	static const char *const words[] = { "allow", "deny", NULL };
	static const char *const one[] = { "sqlite", NULL };
	static char out[1024];
	struct yaml_doc *d = read_good(text);
	const struct yaml_node *n = yaml_root(d);
	struct err err = { "" };
	const char *s = "";
	uint64_t v = 77;
	size_t at = 77;
	bool b = false;
	enum rc rc = RC_FAIL;

	if (strcmp(reader, "uint") == 0)
		rc = yaml_uint(n, 1, 65535, &v, &err);
	else if (strcmp(reader, "duration") == 0)
		rc = yaml_duration(n, 1000, 3600000, &v, &err);
	else if (strcmp(reader, "size") == 0)
		rc = yaml_size(n, 1024, 1 << 20, &v, &err);
	else if (strcmp(reader, "bool") == 0)
		rc = yaml_bool(n, &b, &err);
	else if (strcmp(reader, "choice") == 0)
		rc = yaml_choice(n, words, &at, &err);
	else if (strcmp(reader, "one") == 0)
		rc = yaml_choice(n, one, &at, &err);
	else if (strcmp(reader, "line") == 0)
		rc = yaml_line_text(n, 2, 8, &s, &err);
	else if (strcmp(reader, "keys") == 0)
		rc = yaml_want_keys(n, words, &err);
	if (rc == RC_REFUSE)
		snprintf(out, sizeof out, "%s", err.text);
	else if (*s != '\0')
		snprintf(out, sizeof out, "%s", s);
	else
		snprintf(out, sizeof out, "%s %d %d %s", rc_name(rc), (int)v, (int)at,
		    b ? "true" : "false");
	yaml_doc_free(d);
	return out;
}

static void
readers_bound_and_explain(void **state)
{
	static const struct {
		const char *reader, *text, *want;
	} rows[] = {
		{ "uint", "1", "ok 1 77 false" },
		{ "uint", "65535", "ok 65535 77 false" },
		{ "uint", "0",
		    "t.yaml:1:1: expected a number from 1 to 65535, found \"0\"" },
		{ "uint", "65536",
		    "t.yaml:1:1: expected a number from 1 to 65535, found \"65536\"" },
		{ "uint", "[1]",
		    "t.yaml:1:1: expected a number from 1 to 65535, found a list" },
		{ "duration", "15m", "ok 900000 77 false" },
		{ "duration", "15",
		    "t.yaml:1:1: expected a duration from 1s to 1h, found \"15\"" },
		{ "duration", "2h",
		    "t.yaml:1:1: expected a duration from 1s to 1h, found \"2h\"" },
		{ "duration", "{a: b}",
		    "t.yaml:1:1: expected a duration from 1s to 1h, found a mapping" },
		{ "size", "64KiB", "ok 65536 77 false" },
		{ "size", "1GiB",
		    "t.yaml:1:1: expected a size from 1KiB to 1MiB, found \"1GiB\"" },
		{ "bool", "true", "ok 77 77 true" },
		{ "bool", "false", "ok 77 77 false" },
		{ "bool", "yes", "t.yaml:1:1: expected true or false, found \"yes\"" },
		{ "bool", "True",
		    "t.yaml:1:1: expected true or false, found \"True\"" },
		{ "choice", "deny", "ok 77 1 false" },
		{ "choice", "'den'",
		    "t.yaml:1:1: expected one of allow, deny, found \"den\"" },
		{ "choice", "[]",
		    "t.yaml:1:1: expected one of allow, deny, found a list" },
		{ "one", "postgres",
		    "t.yaml:1:1: expected sqlite, found \"postgres\"" },
		{ "line", "two words",
		    "t.yaml:1:1: expected text of 2 to 8 bytes, "
		    "found \"two words\"" },
		{ "line", "w\xC3\xB6rd", "w\xC3\xB6rd" },
		{ "line", "\"a\\tb\"",
		    "t.yaml:1:1: expected one line of printable "
		    "characters, found \"a\\x09b\"" },
		{ "line", "\"a\\e[m\"",
		    "t.yaml:1:1: expected one line of printable "
		    "characters, found \"a\\x1B[m\"" },
		{ "line", "[]", "t.yaml:1:1: expected text, found a list" },
		{ "keys", "{deny: 1}", "ok 77 77 false" },
		{ "keys", "{deny: 1, x: 2}",
		    "t.yaml:1:11: expected a key out of allow, deny, found \"x\"" },
		{ "keys", "[deny]", "t.yaml:1:1: expected a mapping, found a list" },
		{ "uint", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddEE",
		    "found \"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd...\"" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *got = reading(rows[i].reader, rows[i].text);

		if (strstr(got, rows[i].want) == NULL)
			fail_msg(
			    "row %zu: wanted \"%s\", got \"%s\"", i, rows[i].want, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_kind_order_and_place),
		cmocka_unit_test(plain_scalars_stay_text),
		cmocka_unit_test(other_roots_and_markers_are_read),
		cmocka_unit_test(what_is_outside_the_subset_is_refused),
		cmocka_unit_test(bounds_hold_in_short_time),
		cmocka_unit_test(thirty_two_levels_are_read),
		cmocka_unit_test(readers_bound_and_explain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
