#include "tests/support/unit.h"

#include <unistd.h>

#include "replay/reel.h"
#include "tests/replay/plain.h"

#define V2 "{\"version\":2,\"width\":90,\"height\":30,\"timestamp\":1795167217}\n"
#define V3 "{\"version\":3,\"term\":{\"cols\":91,\"rows\":31}}\n"

/* Codes and times as a word: "o0 m1000000 end". */
static void
walk(const char *cast, char skim, char *text, size_t size, struct err *err)
{
	int fd;
	struct source *s = plain_source(cast, strlen(cast), &fd);
	struct reel *r;
	struct event e;
	size_t n = 0;
	enum rc rc;

	assert_int_equal(reel_new(s, &r, err), RC_OK);
	for (int round = 0; round < 2; round++) {
		n = 0;
		while ((rc = skim ? reel_skim(r, skim, &e, err)
				  : reel_next(r, &e, err)) == RC_OK) {
			n += (size_t)snprintf(text + n, size - n, "%c%llu:%.*s ",
			    e.code ? e.code : '?', (unsigned long long)e.us,
			    (int)e.data.len, e.data.len ? (const char *)e.data.p : "");
			event_clear(&e);
		}
		snprintf(text + n, size - n, "%s", rc_name(rc));
		/* the same again */
		assert_int_equal(reel_rewind(r, err), RC_OK);
	}
	reel_free(r);
	source_close(s);
	close(fd);
}

static void
both_versions_have_one_time(void **state)
{
	static const struct {
		const char *cast, *says;
	} rows[] = {
		{ V2 "[0.5,\"o\",\"a\"]\n[1.5,\"m\",\"b\"]\n",
		    "o500000:a m1500000:b end" },
		{ V3 "[0.5,\"o\",\"a\"]\n# x\n\n[1,\"m\",\"b\"]\n",
		    "o500000:a m1500000:b end" },
		/* a clock that goes back stands still */
		{ V2 "[2,\"o\",\"a\"]\n[1,\"o\",\"b\"]\n[3,\"o\",\"c\"]\n",
		    "o2000000:a o2000000:b o3000000:c end" },
		{ V2 "[0, \"xy\", \"a\"]\n", "?0:a end" },
		{ V2, "end" },
		{ V2 "[1,\"o\",\"a\"]", "o1000000:a end" },
	};
	char text[256];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		walk(rows[i].cast, 0, text, sizeof text, &err);
		if (strcmp(text, rows[i].says) != 0)
			fail_msg("row %zu: %s", i, text);
	}
}

static void
to_skim_is_to_read_less(void **state)
{
	static const struct {
		const char *cast, *says;
	} rows[] = {
		{ V2 "[0.5, \"o\", \"a\"]\n[1.5, \"m\", \"b\"]\n",
		    "o500000: m1500000:b end" },
		/* what is written in another way is read whole */
		{ V2 " [0.5 ,\"o\", \"a\"]\n[1.5,\"\\u006d\", \"b\"]\n",
		    "o500000:a m1500000:b end" },
		{ V3 "[0.5, \"o\", \"a\"]\n[1, \"m\", \"b\"]\n",
		    "o500000:a m1500000:b end" },
		{ V2 "[2, \"o\", \"a\"]\n[1, \"o\", \"b\"]\n[1, \"m\", \"b\"]\n",
		    "o2000000: o2000000: m2000000:b end" },
		{ V2 "nonsense\n", "refuse" },
		{ V2 "[\n", "refuse" },
		{ V2 "[1,\n", "refuse" },
		{ V2 "[1, \"o\n", "refuse" },
	};
	char text[256];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		walk(rows[i].cast, 'm', text, sizeof text, &err);
		if (strcmp(text, rows[i].says) != 0)
			fail_msg("row %zu: %s", i, text);
	}
}

static void
headers_are_read(void **state)
{
	static const struct {
		const char *cast;
		unsigned version, columns, rows;
		uint64_t start_ms;
	} rows[] = {
		{ V2, 2, 90, 30, 1795167217000 },
		{ V3, 3, 91, 31, 0 },
		{ "{\"version\":2}", 2, 80, 24, 0 },
		{ "{\"version\":2,\"width\":0,\"height\":-1,\"timestamp\":-5}", 2, 80,
		    24, 0 },
		{ "{\"version\":2,\"width\":65536,\"height\":65535,\"timestamp\":1e99}",
		    2, 80, 65535, 0 },
		{ "{\"version\":3,\"term\":[],\"width\":5,\"timestamp\":252000000001}",
		    3, 80, 24, 0 },
	};
	static const char *bad[] = { "{}", "{\"version\":1}", "{\"version\":4}",
		"{\"version\":\"2\"}" };
	struct err err;
	struct reel *r;
	struct source *s;
	int fd;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned columns, lines;

		s = plain_source(rows[i].cast, strlen(rows[i].cast), &fd);
		assert_int_equal(reel_new(s, &r, &err), RC_OK);
		assert_int_equal(reel_head(r, &err), RC_OK);
		assert_int_equal(reel_head(r, &err), RC_OK);
		reel_size(r, &columns, &lines);
		assert_int_equal(reel_version(r), rows[i].version);
		assert_int_equal(columns, rows[i].columns);
		assert_int_equal(lines, rows[i].rows);
		assert_true(reel_start_ms(r) == rows[i].start_ms);
		assert_non_null(reel_header(r));
		reel_free(r);
		source_close(s);
		close(fd);
	}
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct event e;

		/* announced as plain by the reader or not: the reel refuses it */
		fd = plain_file(bad[i], strlen(bad[i]));
		assert_int_equal(source_open(fd, &s, &err), RC_OK);
		if (source_plain(s)) {
			assert_int_equal(reel_new(s, &r, &err), RC_OK);
			assert_int_equal(reel_next(r, &e, &err), RC_REFUSE);
			assert_non_null(strstr(err.text, "line 1"));
			reel_free(r);
		}
		source_close(s);
		close(fd);
	}
}

static void
bad_lines_have_a_number(void **state)
{
	static const struct {
		const char *cast, *says;
	} rows[] = {
		{ V2 "[0,\"o\",\"a\"]\n\n", "line 3" },
		{ V3 "# x\n\n[0]\n", "line 4" },
		{ V3 "[9e8,\"o\",\"a\"]\n[9e8,\"o\",\"a\"]\n", "line 3" },
	};
	char text[256];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		walk(rows[i].cast, 0, text, sizeof text, &err);
		assert_non_null(strstr(text, "refuse"));
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void
what_grows_is_waited_for(void **state)
{
	static const char cast[] = V2 "[1,\"o\",\"a\"]\n[2,\"o\",\"b\"]\n";
	size_t at = sizeof V2 + 4;
	struct source *s;
	struct proof proof;
	struct event e;
	struct reel *r;
	struct err err;
	int fd;

	(void)state;
	s = plain_source(cast, at, &fd);
	source_follow(s, NULL);
	assert_int_equal(reel_new(s, &r, &err), RC_OK);
	assert_int_equal(reel_next(r, &e, &err), RC_WAIT);
	for (int i = 0; i < 2; i++) {
		enum rc rc;

		while ((rc = reel_next(r, &e, &err)) == RC_WAIT) {
			assert_true(at < sizeof cast - 1);
			assert_int_equal(pwrite(fd, cast + at, 1, (off_t)at), 1);
			at++;
			assert_int_equal(source_more(s, &proof, &err), RC_OK);
		}
		assert_int_equal(rc, RC_OK);
		assert_int_equal(e.us, (i + 1) * 1000000);
		event_clear(&e);
	}
	assert_int_equal(reel_next(r, &e, &err), RC_WAIT);
	assert_true(source_grows(s));
	/* the rest has no LF, and nothing more comes */
	assert_int_equal(pwrite(fd, "[3,\"o\",\"c\"]", 11, (off_t)at), 11);
	assert_int_equal(reel_next(r, &e, &err), RC_WAIT);
	source_settle(s);
	assert_int_equal(reel_next(r, &e, &err), RC_OK);
	assert_int_equal(e.us, 3000000);
	event_clear(&e);
	assert_int_equal(reel_next(r, &e, &err), RC_END);
	reel_free(r);
	source_close(s);
	close(fd);
}

static void
sizes_are_read(void **state)
{
	static const char *bad[] = { "", "x", "80", "80x", "x24", "0x24", "80x0",
		"65536x1", "80x24x", " 80x24", "80X24", "-1x2", "80x24 ", "1000000x1",
		"80x+4" };
	unsigned c = 7, r = 7;

	(void)state;
	assert_true(reel_parse_size(span_of("80x24"), &c, &r));
	assert_true(c == 80 && r == 24);
	assert_true(reel_parse_size(span_of("65535x1"), &c, &r));
	assert_true(c == 65535 && r == 1);
	for (size_t i = 0; i < ROWS(bad); i++)
		if (reel_parse_size(span_of(bad[i]), &c, &r))
			fail_msg("%s is a size", bad[i]);
	assert_false(reel_parse_size(span_make("80x2\0", 5), &c, &r));
	assert_true(c == 65535 && r == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_versions_have_one_time),
		cmocka_unit_test(to_skim_is_to_read_less),
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(bad_lines_have_a_number),
		cmocka_unit_test(what_grows_is_waited_for),
		cmocka_unit_test(sizes_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
