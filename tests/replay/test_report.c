#include "tests/support/unit.h"

#include "replay/report.h"

#define START 1795167217000u

static json_t *
object(const char *text)
{
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	if (o == NULL)
		fail_msg("%s", text);
	return o;
}

static void
a_time_is_absolute_where_it_can_be(void **state)
{
	char text[REPORT_TIME];

	(void)state;
	report_time(START, 61999999, text);
	assert_string_equal(text, "2026-11-20T09:34:38Z");
	report_time(0, 5, text);
	assert_string_equal(text, "");
	report_time(REPORT_START_MOST * 1000, 1000000000000000, text);
	assert_int_equal(strlen(text), 20);
}

static void
session_is(const char *hoop, const char *want)
{
	json_t *o = hoop != NULL ? object(hoop) : NULL;
	struct buf out;

	buf_init(&out, 65536);
	report_session(o, 0, &out);
	assert_string_equal(buf_cstr(&out), want);
	buf_clear(&out);
	json_decref(o);
}

static void
what_meta_lacks_is_left_out(void **state)
{
	(void)state;
	session_is(NULL, "\n");
	session_is("{}", "\n");
	session_is("{\"sid\":7,\"identity\":[],\"target\":\"x\",\"verdict\":null,"
		   "\"approvers\":{},\"hold\":false,\"command\":{}}",
	    "\n");
	session_is("{\"identity\":{\"name\":\"a\"},\"verdict\":\"allow\"}",
	    "identity: a\nverdict: allow\n\n");
	session_is("{\"target\":{\"role\":\"r\",\"profile\":\"\"}}", "target: r\n\n");
	session_is("{\"verdict\":\"hold\",\"rule\":\"p/r\",\"hold\":\"7F3K-Q2MX\","
		   "\"approvers\":[\"alice\",\"bob\"]}",
	    "verdict: hold by rule p/r\napproved: 7F3K-Q2MX by alice and bob\n\n");
	session_is("{\"verdict\":\"hold\",\"hold\":\"H\",\"approvers\":[\"a\",\"b\"],"
		   "\"approvals\":[{\"name\":\"a\",\"proof\":\"key\",\"time\":"
		   "\"2026-11-20T09:34:38Z\"},{\"name\":\"b\\u001b\"},7]}",
	    "verdict: hold\napproved: H by a (key, 2026-11-20T09:34:38Z) and "
	    "b\\x1B and \n\n");
	session_is("{\"verdict\":\"hold\",\"hold\":\"H\",\"approvers\":[7,\"b\"]}",
	    "verdict: hold\napproved: H by  and b\n\n");
}

static void
end_is(const char *close, const char *want)
{
	json_t *o = close != NULL ? object(close) : NULL;
	struct buf out;

	buf_init(&out, 65536);
	report_end(o, 0, 1, &out);
	assert_string_equal(buf_cstr(&out), want);
	buf_clear(&out);
	json_decref(o);
}

static void
ends_are_told(void **state)
{
	(void)state;
	end_is(NULL, "\ncalls: 0 made, 1 refused\nended: not recorded\n");
	end_is("{\"reason\":\"exited\",\"status\":0,\"duration_ms\":1234}",
	    "\ncalls: 0 made, 1 refused\nended: exited, status 0, after 1.234 s\n");
	end_is("{\"reason\":\"signalled\",\"signal\":9,\"text\":\"a\\u001bb\"}",
	    "\ncalls: 0 made, 1 refused\nended: signalled, signal 9: a\\x1Bb\n");
	end_is("{\"reason\":\"never started\",\"refused\":70}",
	    "\ncalls: 0 made, 1 refused\n"
	    "ended: never started, never started, status 70\n");
	end_is("{\"status\":\"0\",\"duration_ms\":-5}",
	    "\ncalls: 0 made, 1 refused\nended: \n");
}

/* The line of one row. */
static void
row_is(enum calls_kind kind, const char *event, const char *done, const char *want)
{
	struct calls_row row = { .kind = kind, .us = 1500000 };
	struct report *r = NULL;
	char *text = NULL, *line;
	size_t len = 0;
	json_t *hoop = object("{\"target\":{\"account\":\"111122223333\"}}");
	FILE *f = open_memstream(&text, &len);

	row.event = event != NULL ? object(event) : NULL;
	row.done = done != NULL ? object(done) : NULL;
	assert_int_equal(report_new(hoop, 0, &r, NULL), RC_OK);
	report_row(r, &row);
	assert_int_equal(report_flush(r, f, NULL), RC_OK);
	fclose(f);
	for (size_t i = 0; i < len; i++)
		if ((text[i] < ' ' && text[i] != '\n') || text[i] > '~')
			fail_msg("byte %zu of %s", i, text);
	/* Columns are another's affair: runs of blanks as one. */
	for (size_t i = 1, n = 1; i <= len; i++)
		if (text[i] != ' ' || text[n - 1] != ' ')
			text[n++] = text[i];
	line = strchr(text, '\n');
	assert_non_null(line);
	if (strcmp(line + 1, want) != 0)
		fail_msg("%s\nnot %s", line + 1, want);
	free(text);
	report_free(r);
	json_decref(hoop);
	json_decref(row.event);
	json_decref(row.done);
}

#define PUT "\"service\":\"s3\",\"operation\":\"PutObject\",\"region\":\"eu-west-1\""

static void
rows_are_told(void **state)
{
	(void)state;
	row_is(CALLS_MADE,
	    "{" PUT ",\"resources\":[\"arn:aws:s3:::b/k\",\"arn:aws:s3:::b\"],"
	    "\"verdict\":\"allow\",\"rule\":\"p/r\",\"hold\":\"7F3K-Q2MX\"}",
	    "{\"status\":200,\"sent\":5,\"received\":0,\"ms\":12,\"request_id\":"
	    "\"ID\"}",
	    "1.500 s3:PutObject b/k +1 200 5 0 12 ID allow by rule p/r, hold "
	    "7F3K-Q2MX\n");
	row_is(CALLS_MADE, "{" PUT ",\"verdict\":\"allow\"}",
	    "{\"status\":404,\"error\":\"NoSuchKey\"}",
	    "1.500 s3:PutObject 404 NoSuchKey allow\n");
	row_is(CALLS_MADE, "{" PUT ",\"verdict\":\"allow\"}",
	    "{\"status\":200,\"cut\":\"the client is gone\"}",
	    "1.500 s3:PutObject 200 cut allow: the client is gone\n");
	row_is(CALLS_MADE, "{" PUT ",\"verdict\":\"allow\"}",
	    "{\"status\":0,\"cut\":\"no answer\"}",
	    "1.500 s3:PutObject none cut allow: no answer\n");
	row_is(CALLS_MADE, "{" PUT ",\"verdict\":\"allow\"}", NULL,
	    "1.500 s3:PutObject no end allow\n");
	row_is(CALLS_MADE, NULL, "{\"status\":200,\"cut\":\"why\"}",
	    "1.500 - 200 cut why\n");
	row_is(CALLS_REFUSED,
	    "{" PUT ",\"resources\":[\"arn:aws:s3:::b/k\"],\"code\":\"AccessDenied\","
	    "\"reason\":\"by rule p/never: Not here.\",\"rule\":\"p/never\"}",
	    NULL,
	    "1.500 s3:PutObject b/k refused AccessDenied: by rule p/never: Not "
	    "here.\n");
	row_is(CALLS_REFUSED,
	    "{\"method\":\"GET\",\"host\":\"example.com\",\"code\":\"AccessDenied\","
	    "\"reason\":\"not a host of AWS\"}",
	    NULL, "1.500 GET example.com refused AccessDenied: not a host of AWS\n");
	row_is(CALLS_REFUSED, "{}", NULL, "1.500 - refused\n");
	row_is(CALLS_NOTE,
	    "{\"t\":\"limit\",\"why\":\"time\",\"text\":\"an hour is over\"}", NULL,
	    "1.500 limit: time: an hour is over\n");
	row_is(CALLS_NOTE, "{\"t\":\"notice\"}", NULL, "1.500 notice\n");
	row_is(CALLS_NOTE, "{\"t\":\"mask\",\"rule\":\"field\",\"count\":3}", NULL,
	    "1.500 mask: field: count 3\n");
	row_is(CALLS_NOTE,
	    "{\"t\":\"line\",\"n\":1,\"line\":\"ls /tmp\",\"text\":\"'ls' /tmp\","
	    "\"verdict\":\"allow\",\"rule\":\"p/look\"}",
	    NULL, "1.500 line: ls /tmp: allow: p/look\n");
	row_is(CALLS_NOTE,
	    "{\"t\":\"line.end\",\"status\":3,\"how\":\"ended\",\"bytes\":12,"
	    "\"duration_ms\":7}",
	    NULL, "1.500 line.end: ended: status 3: bytes 12: duration_ms 7\n");
	row_is(CALLS_NOTE,
	    "{\"t\":\"program\",\"what\":\"begin\",\"command\":\"less x\"}", NULL,
	    "1.500 program: begin: less x\n");
	row_is(CALLS_NOTE,
	    "{\"t\":\"port.close\",\"instance\":\"i-0abc\",\"host\":\"db\","
	    "\"port\":5432,\"ms\":90,\"up\":{\"bytes\":5,\"sha256\":\"ab\"},"
	    "\"down\":{\"bytes\":7}}",
	    NULL,
	    "1.500 port.close: i-0abc: db: port 5432: ms 90: up 5 bytes sha256 ab: "
	    "down 7 bytes\n");
	row_is(CALLS_NOTE,
	    "{\"t\":\"port.close\",\"port\":-1,\"up\":[],\"down\":{\"bytes\":\"x\"},"
	    "\"host\":\"\\u001b[2J\"}",
	    NULL, "1.500 port.close: \\x1B[2J\n");
}

static void
hostile_rows_are_escaped(void **state)
{
	(void)state;
	row_is(CALLS_MADE,
	    "{\"service\":\"s3\\n\",\"operation\":\"\\u001b[6n\\u009b\","
	    "\"resources\":[\"a\\u0000b\\tc\"],\"verdict\":\"allow\\r\"}",
	    "{\"status\":200,\"request_id\":\"\\u001b]0;x\\u0007\",\"error\":\"\\b\"}",
	    "1.500 s3\\x0A:\\x1B[6n\\xC2\\x9B a\\x00b\\x09c 200 \\x08 "
	    "\\x1B]0;x\\x07 allow\\x0D\n");
	/* Values of other types than they should be. */
	row_is(CALLS_MADE,
	    "{\"service\":1,\"operation\":[],\"resources\":{},\"verdict\":{},"
	    "\"rule\":5,\"hold\":true,\"host\":null}",
	    "{\"status\":\"200\",\"sent\":-1,\"received\":1.5,\"ms\":null,"
	    "\"request_id\":7,\"error\":[],\"cut\":{}}",
	    "1.500 - none\n");
	row_is(CALLS_MADE, "{" PUT ",\"resources\":[7,{}]}", "{}",
	    "1.500 s3:PutObject +1 none\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_absolute_where_it_can_be),
		cmocka_unit_test(what_meta_lacks_is_left_out),
		cmocka_unit_test(ends_are_told),
		cmocka_unit_test(rows_are_told),
		cmocka_unit_test(hostile_rows_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
