#include "tests/recorder/support.h"

#include "recorder/header.h"

static struct header
example(void)
{
	struct header h = { .broker = "rec.example/a1",
		.class = "std-400d",
		.width = 120,
		.height = 40,
		.timestamp = 1795167217,
		.suite = 1,
		.rcpts = 2 };

	for (unsigned i = 0; i < 16; i++)
		h.sid[i] = (uint8_t)(i + 1);
	for (unsigned i = 0; i < 2; i++) {
		h.rcpt[i].type = 1;
		strcpy(h.rcpt[i].epoch, "2026-11");
		memset(h.rcpt[i].sealed, (int)i + 5, sizeof h.rcpt[i].sealed);
	}
	memset(h.policy, 0xab, 32);
	return h;
}

static void
what_is_put_is_parsed(void **state)
{
	struct header h = example(), back;
	struct buf line;

	(void)state;
	buf_init(&line, HEADER_MAX);
	assert_int_equal(header_put(&h, &line, NULL), RC_OK);
	assert_int_equal(header_parse(buf_span(&line), &back, NULL), RC_OK);
	assert_memory_equal(&h, &back, sizeof h);
	assert_false(header_plain(buf_span(&line)));
	buf_clear(&line);
}

/* Another writer's header in our form is the same, byte for byte. */
static void
the_sample_is_written_alike(void **state)
{
	struct buf file, line;
	struct header h;
	size_t n;

	(void)state;
	sample_read("sample.cast", &file);
	n = (size_t)((uint8_t *)memchr(file.p, '\n', file.len) - file.p);
	assert_int_equal(header_parse(span_make(file.p, n), &h, NULL), RC_OK);
	assert_string_equal(h.broker, "rec.example/a1");
	assert_int_equal(h.rcpts, 2);
	buf_init(&line, HEADER_MAX);
	assert_int_equal(header_put(&h, &line, NULL), RC_OK);
	assert_true(span_eq(buf_span(&line), span_make(file.p, n)));
	buf_clear(&line);
	buf_clear(&file);
}

static void
values_out_of_bounds_are_not_put(void **state)
{
	struct header rows[12];
	struct buf line;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		rows[i] = example();
	rows[0].broker[0] = '"';
	rows[1].broker[0] = '\0';
	rows[2].class[0] = '\\';
	rows[3].width = 0;
	rows[4].height = 65536;
	rows[5].suite = 2;
	rows[6].comp = (enum header_comp)2;
	rows[7].rcpts = 0;
	rows[8].rcpts = HEADER_RCPT_MAX + 1;
	rows[9].rcpt[1].epoch[0] = ' ';
	rows[10].rcpt[1].type = 3;
	rows[11].timestamp = HEADER_TIME_MAX + 1ULL;
	for (size_t i = 0; i < ROWS(rows); i++) {
		buf_init(&line, HEADER_MAX);
		if (header_put(&rows[i], &line, NULL) != RC_REFUSE)
			fail_msg("row %zu", i);
		buf_clear(&line);
	}
}

static void
names_have_their_characters(void **state)
{
	char longest[HEADER_BROKER_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof longest);
	longest[HEADER_BROKER_MAX + 1] = '\0';
	assert_false(header_broker_ok(span_of(longest)));
	longest[HEADER_BROKER_MAX] = '\0';
	assert_true(header_broker_ok(span_of(longest)));
	assert_true(header_broker_ok(span_of("rec.example/a1:2@x+y-z_")));
	assert_false(header_broker_ok(span_of("")));
	assert_false(header_broker_ok(span_of("a b")));
	assert_false(header_broker_ok(span_make("a\0b", 3)));
	assert_false(header_broker_ok(span_of("\xc3\xa9")));
	assert_true(header_word_ok(span_of("2026-11"), 7));
	assert_false(header_word_ok(span_of("2026-11"), 6));
	assert_false(header_word_ok(span_of("a/b"), 10));
}

static void
plain_asciicasts_are_told_apart(void **state)
{
	static const struct {
		const char *line;
		bool plain;
	} rows[] = {
		{ "{\"version\": 2, \"width\": 80, \"height\": 24}", true },
		{ "{\"version\": 3, \"term\": {\"cols\": 80, \"rows\": 24}}", true },
		{ "{\"version\": 2, \"hoop\": {\"sid\": \"x\"}}", true },
		{ "{\"version\": 2, \"hoop\": {\"fmt\": \"hoop-rec/1\"}}", false },
		{ "{\"version\": 2, \"hoop\": {\"fmt\": 1}}", false },
		{ "{\"version\": 4}", false },
		{ "{\"version\": \"2\"}", false },
		{ "{}", false },
		{ "[]", false },
		{ "", false },
		{ "not json", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (header_plain(span_of(rows[i].line)) != rows[i].plain)
			fail_msg("%s", rows[i].line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_parsed),
		cmocka_unit_test(the_sample_is_written_alike),
		cmocka_unit_test(values_out_of_bounds_are_not_put),
		cmocka_unit_test(names_have_their_characters),
		cmocka_unit_test(plain_asciicasts_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
