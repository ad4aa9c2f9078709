#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "replay/pace.h"
#include "replay/player.h"
#include "tests/replay/plain.h"

#define V2 "{\"version\": 2, \"width\": 80, \"height\": 24}\n"
#define V3 "{\"version\": 3, \"term\": {\"cols\": 80, \"rows\": 24}}\n"

struct played {
	enum rc rc;
	char text[4096];
	struct player_result result;
	struct err err;
	uint64_t us;
};

static void
play(const char *cast, bool raw, double speed, uint64_t limit_us, struct played *ret)
{
	int fd, fds[2];
	struct source *s = plain_source(cast, strlen(cast), &fd);
	struct player_init init = { .keys = -1,
		.raw = raw,
		.speed = speed,
		.limit_us = limit_us,
		.to_us = UINT64_MAX };
	uint64_t start = clock_mono_us();
	ssize_t n;

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	init.out = fds[1];
	err_clear(&ret->err);
	ret->rc = player_run(s, &init, &ret->result, &ret->err);
	ret->us = clock_mono_us() - start;
	n = read(fds[0], ret->text, sizeof ret->text - 1);
	ret->text[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	close(fds[1]);
	close(fd);
	source_close(s);
}

static void
output_is_shown(void **state)
{
	struct played p;

	(void)state;
	play(V2
	    "[0, \"o\", \"a\\r\\n\"]\n[0, \"i\", \"secret\"]\n[0, \"m\", \"mark\"]\n"
	    "[0, \"r\", \"10x10\"]\n[0.01, \"o\", \"b\"]\n[0.01, \"x\", \"0\"]\n",
	    false, 1, PACE_NO_LIMIT, &p);
	assert_int_equal(p.rc, RC_OK);
	assert_string_equal(p.text, "a\r\nb");
	assert_int_equal(p.result.events, 6);
	assert_int_equal(p.result.removed, 0);
}

static void
output_is_filtered(void **state)
{
	static const char cast[] = V2 "[0, \"o\", \"a\\u001b]52;c\"]\n"
				      "[0, \"o\", \";eA==\\u0007b\\u001b[6\"]\n"
				      "[0, \"o\", \"nc\\u009b6n\"]\n";
	struct played p;

	(void)state;
	play(cast, false, 1, PACE_NO_LIMIT, &p);
	assert_int_equal(p.rc, RC_OK);
	assert_string_equal(p.text, "abc\xEF\xBF\xBD"
				    "6n");
	assert_int_equal(p.result.removed, 3);
	play(cast, true, 1, PACE_NO_LIMIT, &p);
	assert_non_null(strstr(p.text, "\033]52;c;eA==\a"));
	assert_non_null(strstr(p.text, "\033[?2004l"));
}

static void
time_passes(void **state)
{
	static const char cast[] = V2 "[0.1, \"o\", \"a\"]\n[0.3, \"o\", \"b\"]\n";
	static const struct {
		double speed;
		uint64_t limit_us, least, most;
	} rows[] = {
		{ 1, PACE_NO_LIMIT, 300000, 2000000 },
		{ 10, PACE_NO_LIMIT, 30000, 250000 },
		{ 1, 10000, 20000, 250000 },
		{ 1, 0, 0, 90000 },
	};
	struct played p;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		play(cast, false, rows[i].speed, rows[i].limit_us, &p);
		assert_string_equal(p.text, "ab");
		if (p.us < rows[i].least || p.us > rows[i].most)
			fail_msg("row %zu: %llu us", i, (unsigned long long)p.us);
	}
}

static void
version_3_counts_intervals(void **state)
{
	struct played p;

	(void)state;
	play(V3
	    "# a comment\n[0.05, \"o\", \"a\"]\n\n[0.05, \"o\", \"b\"]\n[0.05, \"x\", "
	    "\"0\"]\n",
	    false, 1, PACE_NO_LIMIT, &p);
	assert_int_equal(p.rc, RC_OK);
	assert_string_equal(p.text, "ab");
	assert_true(p.us >= 150000);
}

static void
malformed_lines_have_a_place(void **state)
{
	static const struct {
		const char *cast, *says;
	} rows[] = {
		{ V2 "[0, \"o\", \"a\"]\nnonsense\n", "line 3" },
		{ V2 "[0, \"o\", \"a\"]\n\n", "line 3" },
		{ V2 "[0, \"o\"]\n", "line 2" },
		{ V2 "[1e300, \"o\", \"a\"]\n", "line 2" },
		{ V3 "[9e8, \"o\", \"a\"]\n[9e8, \"o\", \"a\"]\n", "line 3" },
		{ "{\"version\": 1}\n", "line 1" },
	};
	struct played p;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		play(rows[i].cast, false, 1, 0, &p);
		if (p.rc != RC_REFUSE || strstr(p.err.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, p.err.text);
	}
}

static void
colours_are_reset(void **state)
{
	struct played p;

	(void)state;
	play(V2 "[0, \"o\", \"\\u001b[31mred\"]\n", false, 1, 0, &p);
	assert_int_equal(strncmp(p.text, "\033[31mred\033", 9), 0);
	assert_non_null(strstr(p.text + 8, "\033[0m"));
	/* also when it ends badly */
	play(V2 "[0, \"o\", \"\\u001b[31mred\"]\nnonsense\n", false, 1, 0, &p);
	assert_int_equal(p.rc, RC_REFUSE);
	assert_non_null(strstr(p.text + 8, "\033[0m"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_is_shown),
		cmocka_unit_test(output_is_filtered),
		cmocka_unit_test(time_passes),
		cmocka_unit_test(version_3_counts_intervals),
		cmocka_unit_test(malformed_lines_have_a_place),
		cmocka_unit_test(colours_are_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
