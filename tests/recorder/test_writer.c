#include "tests/recorder/support.h"

#include <unistd.h>

#include "recorder/writer.h"

static int
setup(void **state)
{
	struct ring *r = calloc(1, sizeof *r);

	ring_init(r);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	ring_clear(*state);
	free(*state);
	return 0;
}

static struct span
str(const char *s)
{
	return span_of(s);
}

static void
what_is_written_is_read(void **state)
{
	static const char want[] =
	    "{\"version\":2,\"width\":100,\"height\":30,\"timestamp\":1795167217,"
	    "\"title\":\"aws s3 ls\",\"env\":{\"TERM\":\"xterm\"},"
	    "\"hoop\":{\"identity\":\"alice\"}}\n"
	    "[0.500000, \"o\", \"hello \\u001b[1m\xe2\x9c\x93\\r\\n\"]\n"
	    "[0.500000, \"m\", \"cmd: ls\"]\n"
	    "[1.750000, \"B\", \"{\\\"t\\\":\\\"command\\\"}\"]\n"
	    "[1.750000, \"r\", \"120x40\"]\n"
	    "[1.750000, \"b\", \"YcP/Yg==\"]\n"
	    "[1.750000, \"o\", \"a\xef\xbf\xbd"
	    "b\"]\n"
	    "[1.750000, \"x\", \"3\"]\n"
	    "[1.750000, \"B\", \"{\\\"t\\\":\\\"session.close\\\"}\"]\n";
	struct ring *r = *state;
	struct hands clock = { 5000000 };
	int fd = file_of(span_make("", 0));
	struct writer *w = recording_open(r, dup(fd), &clock);
	struct buf file, out;
	struct proof p;

	clock.us += 500000;
	assert_int_equal(
	    writer_output(w, WRITER_STDOUT, str("hello \x1b[1m\xe2\x9c\x93\r\n"), NULL),
	    RC_OK);
	assert_int_equal(writer_mark(w, "cmd: ls", NULL), RC_OK);
	assert_int_equal(writer_flush(w, 0, NULL), RC_OK);
	clock.us += 1250000;
	assert_int_equal(writer_event_json(w, "{\"t\":\"command\"}", NULL), RC_OK);
	assert_int_equal(writer_flush(w, WRITER_SYNC, NULL), RC_OK);
	assert_int_equal(writer_resize(w, 120, 40, NULL), RC_OK);
	assert_int_equal(writer_output(w, WRITER_STDERR,
			     str("a\xc3\xff"
				 "b"),
			     NULL),
	    RC_OK);
	assert_int_equal(writer_exit(w, 3, NULL), RC_OK);
	assert_int_equal(
	    writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", NULL), RC_OK);
	writer_free(w);

	file_read(fd, &file);
	p = prove(buf_span(&file), r->trust);
	assert_string_equal(strncmp(p.text, "complete", 8) == 0 ? "" : p.text, "");
	assert_int_equal(p.code, PROOF_WHOLE);
	buf_init(&out, 1 << 20);
	assert_int_equal(
	    play(buf_span(&file), r->trust, r->auditor, &out), PROOF_WHOLE);
	assert_string_equal(buf_cstr(&out), want);
	buf_reset(&out);
	assert_int_equal(play(buf_span(&file), r->trust, r->spare, &out), PROOF_WHOLE);
	buf_clear(&out);
	buf_clear(&file);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
