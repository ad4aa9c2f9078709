#include "tests/support/unit.h"

#include "replay/contents.h"

static void
add(struct contents *c, char code, const char *text)
{
	struct event e = { .us = 1500000, .code = code, .data = span_of(text) };

	assert_int_equal(contents_add(c, &e, NULL), RC_OK);
}

static void
holds(struct contents *c, const char *want)
{
	char *text = json_dumps(contents_list(c), JSON_COMPACT);

	assert_non_null(text);
	if (strcmp(text, want) != 0)
		fail_msg("%s\nis not\n%s", text, want);
	free(text);
}

static void
what_happened_is_listed(void **state)
{
	struct contents *c;

	(void)state;
	assert_int_equal(contents_new(&c, NULL), RC_OK);
	add(c, 'B', "{\"t\":\"session.open\"}");
	add(c, 'B', "{\"t\":\"command\",\"command\":\"ls\"}");
	add(c, 'm', "cmd: ls");
	add(c, 'm', "second part");
	add(c, 'B',
	    "{\"t\":\"aws.call\",\"service\":\"s3\",\"operation\":\"GetObject\","
	    "\"resources\":[\"arn:aws:s3:::b/k\",\"x\"]}");
	add(c, 'B',
	    "{\"t\":\"aws.refused\",\"method\":\"GET\",\"host\":\"h\","
	    "\"reason\":\"no rule\"}");
	add(c, 'B', "{\"t\":\"limit\",\"why\":\"time\",\"text\":\"an hour\"}");
	add(c, 'B', "{\"t\":\"mask\",\"rule\":\"field\",\"count\":3}");
	add(c, 'o', "output");
	holds(c, "[{\"at\":1.5,\"kind\":\"command\",\"text\":\"ls\"},"
		 "{\"at\":1.5,\"kind\":\"mark\",\"text\":\"second part\"},"
		 "{\"at\":1.5,\"kind\":\"call\",\"text\":\"s3 GetObject "
		 "arn:aws:s3:::b/k\"},"
		 "{\"at\":1.5,\"kind\":\"refused\",\"text\":\"GET h: no rule\"},"
		 "{\"at\":1.5,\"kind\":\"limit\",\"text\":\"time: an hour\"},"
		 "{\"at\":1.5,\"kind\":\"mask\",\"text\":\"field: 3\"}]");
	contents_free(c);
	contents_free(NULL);
}

static void
hostile_events_are_text_or_nothing(void **state)
{
	static const char *const rows[] = { "", "x", "[]", "{}", "{\"t\":1}",
		"{\"t\":\"command\"}", "{\"t\":\"command\",\"command\":7}",
		"{\"t\":\"limit\"}", "{\"t\":\"notice\",\"why\":[]}",
		"{\"t\":\"mask\",\"count\":7}" };
	struct contents *c;

	(void)state;
	assert_int_equal(contents_new(&c, NULL), RC_OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		add(c, 'B', rows[i]);
	holds(c, "[]");
	add(c, 'm', "\033]0;t\007\xE2\x80\xAE\xFF");
	holds(c, "[{\"at\":1.5,\"kind\":\"mark\",\"text\":\"\\\\x1B]0;t\\\\x07"
		 "\\\\xE2\\\\x80\\\\xAE\\\\xFF\"}]");
	contents_free(c);
}

static void
both_number_and_length_are_bounded(void **state)
{
	struct contents *c;
	char mark[3000];

	(void)state;
	assert_int_equal(contents_new(&c, NULL), RC_OK);
	memset(mark, 'x', sizeof mark - 1);
	mark[sizeof mark - 1] = '\0';
	for (int i = 0; i < CONTENTS_MOST + 7; i++)
		add(c, 'm', i == 0 ? mark : "m");
	assert_int_equal(json_array_size(contents_list(c)), CONTENTS_MOST);
	assert_int_equal(contents_more(c), 7);
	assert_int_equal(json_string_length(json_object_get(
			     json_array_get(contents_list(c), 0), "text")),
	    CONTENTS_TEXT_MOST + strlen("…"));
	contents_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_happened_is_listed),
		cmocka_unit_test(hostile_events_are_text_or_nothing),
		cmocka_unit_test(both_number_and_length_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
