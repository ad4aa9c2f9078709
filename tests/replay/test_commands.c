#include "tests/support/unit.h"

#include <string.h>
#include <unistd.h>

#include "replay/commands.h"
#include "tests/replay/plain.h"

/* A recording as text: the header's members behind the first, then events. */
#define HEAD(more) "{\"version\": 2, \"width\": 80, \"height\": 24" more "}\n"
#define META                                                                           \
	HEAD(", \"timestamp\": 1795167217, \"hoop\": {\"sid\": \"0199\", "             \
	     "\"identity\": {\"name\": \"ci\", \"kind\": \"agent\", \"owner\": "       \
	     "\"bob\"}, \"source\": \"127.0.0.1\", \"command\": \"'aws' s3 ls\", "     \
	     "\"target\": {\"profile\": \"demo\", \"account\": \"111122223333\"}, "    \
	     "\"verdict\": \"allow\", \"rule\": \"demo/look\"}")

struct result {
	enum rc rc;
	struct err err;
	char *text;
};

static void
run(const char *cast, bool json, struct result *ret)
{
	size_t len = 0;
	int fd;
	struct source *s = plain_source(cast, strlen(cast), &fd);
	FILE *f;

	ret->text = NULL;
	err_clear(&ret->err);
	f = open_memstream(&ret->text, &len);
	assert_non_null(f);
	ret->rc = commands_run(s, json, NULL, f, &ret->err);
	assert_int_equal(fclose(f), 0);
	source_close(s);
	close(fd);
}

static void
prints(const char *cast, bool json, const char *want)
{
	struct result r;

	run(cast, json, &r);
	if (r.rc != RC_OK)
		fail_msg("%s", r.err.text);
	if (strcmp(r.text, want) != 0)
		fail_msg("%s\nis not\n%s", r.text, want);
	free(r.text);
}

#define CALL1                                                                          \
	"[0.5, \"B\", \"{\\\"t\\\":\\\"aws.call\\\",\\\"call\\\":1,\\\"service\\\":"   \
	"\\\"s3\\\",\\\"operation\\\":\\\"GetObject\\\",\\\"resources\\\":"            \
	"[\\\"arn:aws:s3:::b/k\\\"],\\\"verdict\\\":\\\"allow\\\",\\\"rule\\\":"       \
	"\\\"demo/look\\\"}\"]\n"
#define CALL2                                                                          \
	"[0.6, \"B\", \"{\\\"t\\\":\\\"aws.call\\\",\\\"call\\\":2,\\\"service\\\":"   \
	"\\\"s3\\\",\\\"operation\\\":\\\"PutObject\\\",\\\"resources\\\":[],"         \
	"\\\"verdict\\\":\\\"allow\\\"}\"]\n"
#define DONE2                                                                          \
	"[0.7, \"B\", \"{\\\"t\\\":\\\"aws.done\\\",\\\"call\\\":2,\\\"status\\\":"    \
	"200,\\\"sent\\\":3,\\\"received\\\":0,\\\"ms\\\":9,\\\"request_id\\\":"       \
	"\\\"R2\\\"}\"]\n"
#define DONE1                                                                          \
	"[1.5, \"B\", \"{\\\"t\\\":\\\"aws.done\\\",\\\"call\\\":1,\\\"status\\\":"    \
	"404,\\\"sent\\\":0,\\\"received\\\":99,\\\"ms\\\":1000,\\\"request_id\\\":"   \
	"\\\"R1\\\",\\\"error\\\":\\\"NoSuchKey\\\"}\"]\n"
#define BODY                                                                           \
	"[1.5, \"B\", \"{\\\"t\\\":\\\"aws.body\\\",\\\"call\\\":1,\\\"of\\\":"        \
	"\\\"response\\\",\\\"text\\\":\\\"never shown\\\"}\"]\n"
#define REFUSED                                                                        \
	"[2, \"B\", \"{\\\"t\\\":\\\"aws.refused\\\",\\\"call\\\":3,\\\"service\\\":"  \
	"\\\"s3\\\",\\\"operation\\\":\\\"DeleteObject\\\",\\\"code\\\":"              \
	"\\\"AccessDenied\\\",\\\"reason\\\":\\\"no rule allows it\\\"}\"]\n"
#define CLOSE                                                                          \
	"[2.5, \"B\", \"{\\\"t\\\":\\\"session.close\\\",\\\"reason\\\":"              \
	"\\\"exited\\\",\\\"status\\\":254,\\\"duration_ms\\\":2500}\"]\n"
#define OTHERS                                                                         \
	"[0, \"m\", \"cmd: x\"]\n[0, \"o\", \"never shown\"]\n[0, \"B\", "             \
	"\"{\\\"t\\\":\\\"session.open\\\"}\"]\n"
#define WHOLE META OTHERS CALL1 CALL2 DONE2 BODY DONE1 REFUSED CLOSE

#define LINES                                                                          \
	"session: 0199\nstarted: 2026-11-20T09:33:37Z\n"                               \
	"identity: ci (agent), owner bob, from 127.0.0.1\n"                            \
	"target: demo 111122223333\ncommand: 'aws' s3 ls\n"                            \
	"verdict: allow by rule demo/look\n\n"

static void
a_session_is_a_table(void **state)
{
	(void)state;
	prints(WHOLE, false,
	    LINES
	    "TIME                  CALL             RESOURCES  STATUS         SENT  "
	    "RECEIVED    MS  REQUEST-ID  VERDICT\n"
	    "2026-11-20T09:33:37Z  s3:GetObject     b/k        404 NoSuchKey     0  "
	    "      99  1000  R1          allow by rule demo/look\n"
	    "2026-11-20T09:33:37Z  s3:PutObject                200               3  "
	    "       0     9  R2          allow\n"
	    "2026-11-20T09:33:39Z  s3:DeleteObject             refused              "
	    "                            AccessDenied: no rule allows it\n"
	    "\ncalls: 2 made, 1 refused\n"
	    "ended: exited, status 254, after 2.500 s\n");
}

static void
without_calls_there_is_no_table(void **state)
{
	(void)state;
	prints(META CLOSE, false,
	    LINES "calls: 0 made, 0 refused\n"
		  "ended: exited, status 254, after 2.500 s\n");
	/* An asciicast of somebody else's. */
	prints(HEAD("") "[0, \"o\", \"x\"]\n", false,
	    "\ncalls: 0 made, 0 refused\nended: not recorded\n");
	prints("{\"version\": 3}\n\n# a comment\n[0.5, \"o\", \"x\"]\n", false,
	    "\ncalls: 0 made, 0 refused\nended: not recorded\n");
}

static void
what_is_unfinished_says_so(void **state)
{
	(void)state;
	prints(HEAD("") CALL1 REFUSED, false,
	    "\n"
	    "TIME   CALL             RESOURCES  STATUS   SENT  RECEIVED  MS  "
	    "REQUEST-ID  VERDICT\n"
	    "0.500  s3:GetObject     b/k        no end                       "
	    "            allow by rule demo/look\n"
	    "2.000  s3:DeleteObject             refused                      "
	    "            AccessDenied: no rule allows it\n"
	    "\ncalls: 1 made, 1 refused\nended: not recorded\n");
}

static json_t *
line_of(char **text)
{
	char *end = strchr(*text, '\n');
	json_t *o;

	assert_non_null(end);
	*end = '\0';
	o = json_loads(*text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o))
		fail_msg("%s", *text);
	*text = end + 1;
	return o;
}

/* What an object must have at least. */
static void
object_has(char **text, const char *want)
{
	json_t *o = line_of(text), *w = json_loads(want, 0, NULL), *v;
	const char *name;

	assert_non_null(w);
	json_object_foreach(w, name, v)
	{
		if (!json_equal(v, json_object_get(o, name)))
			fail_msg("%s of %s", name, want);
	}
	json_decref(o);
	json_decref(w);
}

static void
json_is_an_object_a_line(void **state)
{
	struct result r;
	char *p;

	(void)state;
	run(WHOLE, true, &r);
	assert_int_equal(r.rc, RC_OK);
	p = r.text;
	object_has(&p, "{\"t\":\"session\",\"time\":\"2026-11-20T09:33:37Z\"}");
	object_has(&p, "{\"t\":\"call\",\"call\":1,\"service\":\"s3\",\"operation\":"
		       "\"GetObject\",\"status\":404,\"error\":\"NoSuchKey\","
		       "\"request_id\":\"R1\",\"ended\":true,\"at\":0.5,"
		       "\"resources\":[\"arn:aws:s3:::b/k\"],\"rule\":\"demo/look\"}");
	object_has(&p, "{\"t\":\"call\",\"call\":2,\"sent\":3,\"ended\":true}");
	object_has(&p, "{\"t\":\"refused\",\"call\":3,\"code\":\"AccessDenied\",\"at\":"
		       "2.0,\"time\":\"2026-11-20T09:33:39Z\"}");
	object_has(&p, "{\"t\":\"end\",\"recorded\":true,\"reason\":\"exited\","
		       "\"status\":254,\"calls\":2,\"refused_calls\":1}");
	assert_string_equal(p, "");
	assert_null(strstr(r.text, "never shown"));
	free(r.text);
	run(HEAD("") CALL1, true, &r);
	assert_int_equal(r.rc, RC_OK);
	p = r.text;
	object_has(&p, "{\"t\":\"session\"}");
	object_has(&p, "{\"t\":\"call\",\"ended\":false}");
	object_has(&p, "{\"t\":\"end\",\"recorded\":false,\"calls\":1}");
	free(r.text);
}

/* An event cannot say what the rest of the output says, nor break out of its line. */
static void
hostile_events_stay_in_their_line(void **state)
{
	struct result r;
	char *p;

	(void)state;
	run(HEAD("") "[0, \"B\", \"{\\\"t\\\":\\\"aws.call\\\",\\\"call\\\":1,"
		     "\\\"at\\\":7,\\\"ended\\\":true,\\\"operation\\\":"
		     "\\\"a\\\\nb\\\\u001b\\\\u0000\\\"}\"]\n"
		     "[1, \"B\", \"{\\\"t\\\":\\\"session.close\\\",\\\"calls\\\":9,"
		     "\\\"recorded\\\":false}\"]\n",
	    true, &r);
	assert_int_equal(r.rc, RC_OK);
	p = r.text;
	object_has(&p, "{\"t\":\"session\"}");
	p = strchr(p, '\n') + 1;
	object_has(&p, "{\"t\":\"end\",\"recorded\":true,\"calls\":1}");
	assert_string_equal(p, "");
	free(r.text);
	run(HEAD(", \"hoop\": {\"a\x7f\": \"\x7f\x7f"
		 "b\"}"),
	    true, &r);
	assert_int_equal(r.rc, RC_OK);
	assert_non_null(strstr(r.text, "\"a\\u007f\":\"\\u007f\\u007fb\""));
	assert_null(strchr(r.text, 0x7F));
	free(r.text);
	run(HEAD(", \"hoop\": {\"command\": \"a\\nended: exited\\u001b[6n\"}"), false,
	    &r);
	assert_int_equal(r.rc, RC_OK);
	assert_string_equal(r.text, "command: a\\x0Aended: exited\\x1B[6n\n\n"
				    "calls: 0 made, 0 refused\nended: not recorded\n");
	free(r.text);
}

static void
false_recordings_are_refused(void **state)
{
	static const struct {
		const char *cast, *says;
	} rows[] = {
		{ HEAD("") "nonsense\n", "line 2" },
		{ HEAD("") "[0, \"B\", \"nonsense\"]\n", "line 2" },
		{ HEAD("") "[0, \"B\", \"[]\"]\n", "not an object" },
		{ HEAD("") "[0, \"B\", \"{\\\"a\\\":1,\\\"a\\\":2}\"]\n", "line 2" },
		{ HEAD("") CALL1 "[0, \"B\", \"{\"]\n", "line 3" },
		{ "{\"version\": 3}\n[1e9, \"o\", \"\"]\n[1e9, \"o\", \"\"]\n",
		    "line 3: the time is out of range" },
	};
	struct result r;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		run(rows[i].cast, i % 2, &r);
		if (r.rc != RC_REFUSE || strstr(r.err.text, rows[i].says) == NULL)
			fail_msg("row %zu: %d %s", i, r.rc, r.err.text);
		/* No end is told where none was seen. */
		assert_null(strstr(r.text, "ended"));
		free(r.text);
	}
}

/* More than what waits for its columns' widths, and ends that never come. */
static void
long_recordings_stream(void **state)
{
	struct buf cast;
	struct result r;
	size_t lines = 0;

	(void)state;
	buf_init(&cast, 64u << 20);
	buf_text(&cast, HEAD(""));
	for (int i = 1; i <= 9000; i++)
		buf_printf(&cast,
		    "[1, \"B\", \"{\\\"t\\\":\\\"aws.call\\\",\\\"call\\\":%d}\"]\n",
		    i);
	run(buf_cstr(&cast), false, &r);
	assert_int_equal(r.rc, RC_OK);
	for (char *p = r.text; (p = strstr(p, "no end")) != NULL; p++)
		lines++;
	assert_int_equal(lines, 9000);
	assert_non_null(strstr(r.text, "calls: 9000 made, 0 refused"));
	free(r.text);
	buf_clear(&cast);
}

static void
what_cannot_be_written_is_told(void **state)
{
	struct err err = { "" };
	FILE *f = fopen("/dev/full", "w");
	int fd;
	struct source *s = plain_source(WHOLE, sizeof WHOLE - 1, &fd);

	(void)state;
	assert_non_null(f);
	assert_int_equal(commands_run(s, false, NULL, f, &err), RC_FAIL);
	fclose(f);
	source_close(s);
	close(fd);
}

/* Beside API calls: what else an investigator has to see. */
static void
other_events_have_rows(void **state)
{
	static const char cast[] = META
	    "[0.1, \"B\", \"{\\\"t\\\":\\\"command\\\",\\\"n\\\":1,\\\"command\\\":"
	    "\\\"first\\\"}\"]\n"
	    "[0.2, \"B\", \"{\\\"t\\\":\\\"command\\\",\\\"n\\\":2,\\\"command\\\":"
	    "\\\"second\\\",\\\"verdict\\\":\\\"deny\\\",\\\"rule\\\":\\\"p/r\\\"}\"]\n"
	    "[0.3, \"B\", \"{\\\"t\\\":\\\"approval.decision\\\",\\\"hold\\\":"
	    "\\\"7F3K-Q2MX\\\",\\\"by\\\":\\\"alice\\\",\\\"decision\\\":"
	    "\\\"approved\\\"}\"]\n"
	    "[0.4, \"B\", "
	    "\"{\\\"t\\\":\\\"file\\\",\\\"direction\\\":\\\"in\\\",\\\"name\\\":"
	    "\\\"a\\\\u001b\\\",\\\"size\\\":7}\"]\n";
	struct result r;

	(void)state;
	run(cast, false, &r);
	assert_int_equal(r.rc, RC_OK);
	assert_null(strstr(r.text, "first"));
	assert_non_null(strstr(r.text, "command: second: deny: p/r"));
	assert_non_null(
	    strstr(r.text, "approval.decision: 7F3K-Q2MX: alice: approved"));
	assert_non_null(strstr(r.text, "file: in: a\\x1B: size 7"));
	free(r.text);
	run(cast, true, &r);
	assert_int_equal(r.rc, RC_OK);
	assert_non_null(strstr(r.text, "\"t\":\"approval.decision\""));
	assert_null(strstr(r.text, "first"));
	free(r.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_a_table),
		cmocka_unit_test(without_calls_there_is_no_table),
		cmocka_unit_test(what_is_unfinished_says_so),
		cmocka_unit_test(json_is_an_object_a_line),
		cmocka_unit_test(hostile_events_stay_in_their_line),
		cmocka_unit_test(false_recordings_are_refused),
		cmocka_unit_test(long_recordings_stream),
		cmocka_unit_test(what_cannot_be_written_is_told),
		cmocka_unit_test(other_events_have_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
