#include "tests/support/unit.h"

#include <unistd.h>

#include "lib/base/text.h"
#include "replay/chapters.h"
#include "tests/replay/plain.h"

#define V2 "{\"version\":2}\n"

static struct chapters *
chapters_of(const char *cast, struct reel **reel, struct source **s, int *fd)
{
	struct chapters *c = NULL;

	*s = plain_source(cast, strlen(cast), fd);
	assert_int_equal(reel_new(*s, reel, NULL), RC_OK);
	assert_int_equal(chapters_read(*reel, &c, NULL), RC_OK);
	return c;
}

static void
drop(struct chapters *c, struct reel *reel, struct source *s, int fd)
{
	chapters_free(c);
	reel_free(reel);
	source_close(s);
	close(fd);
}

static void
labels_are_found(void **state)
{
	struct source *s;
	struct reel *reel;
	struct event e;
	int fd;
	struct chapters *c = chapters_of(V2
	    "[0, \"m\", \"one\"]\n[1, \"o\", \"[2, \\\"m\\\", \\\"no\\\"]\"]\n"
	    "[2, \"m\", \"t\\u001b[2Jwo\"]\n[2, \"m\", \"\"]\n[7.5, \"x\", \"0\"]\n",
	    &reel, &s, &fd);

	(void)state;
	assert_int_equal(chapters_count(c), 3);
	assert_int_equal(chapters_total_us(c), 7500000);
	assert_string_equal(chapters_at(c, 0).text, "one");
	assert_string_equal(chapters_at(c, 1).text, "t\\x1B[2Jwo");
	assert_int_equal(chapters_at(c, 1).us, 2000000);
	assert_string_equal(chapters_at(c, 2).text, "");
	assert_int_equal(chapters_before(c, 0), 1);
	assert_int_equal(chapters_before(c, 1999999), 1);
	assert_int_equal(chapters_before(c, 2000000), 3);
	assert_int_equal(chapters_before(c, UINT64_MAX), 3);
	/* and the reel is where it was */
	assert_int_equal(reel_next(reel, &e, NULL), RC_OK);
	assert_true(span_is(e.data, "one"));
	/* one that came since */
	assert_int_equal(chapters_add(c, &e, NULL), RC_OK);
	event_clear(&e);
	assert_int_equal(chapters_count(c), 4);
	drop(c, reel, s, fd);
}

static void
labels_are_bounded(void **state)
{
	size_t size = 64 + (size_t)(CHAPTERS_MOST + 10) * 24;
	char *cast = malloc(size);
	size_t n;
	struct source *s;
	struct reel *reel;
	struct chapters *c;
	int fd;

	(void)state;
	assert_non_null(cast);
	n = (size_t)snprintf(cast, size, V2);
	for (unsigned i = 0; i < CHAPTERS_MOST + 10; i++)
		n += (size_t)snprintf(cast + n, size - n, "[%u,\"m\",\"x\"]\n", i);
	c = chapters_of(cast, &reel, &s, &fd);
	assert_int_equal(chapters_count(c), CHAPTERS_MOST);
	assert_true(chapters_total_us(c) == (uint64_t)(CHAPTERS_MOST + 9) * 1000000);
	drop(c, reel, s, fd);
	/* one of a kilobyte, of two bytes a character */
	n = (size_t)snprintf(cast, size, V2 "[0,\"m\",\"a");
	for (unsigned i = 0; i < 500; i++)
		n += (size_t)snprintf(cast + n, size - n, "\xC3\xA9");
	snprintf(cast + n, size - n, "\"]\n");
	c = chapters_of(cast, &reel, &s, &fd);
	assert_in_range(
	    strlen(chapters_at(c, 0).text), CHAPTERS_TEXT - 4, CHAPTERS_TEXT);
	assert_true(text_utf8(span_of(chapters_at(c, 0).text)));
	drop(c, reel, s, fd);
	free(cast);
}

static void
a_bad_line_ends_the_look(void **state)
{
	struct source *s;
	struct reel *reel;
	struct event e;
	int fd;
	struct chapters *c = chapters_of(
	    V2 "[1, \"m\", \"one\"]\nnonsense\n[9, \"m\", \"two\"]\n", &reel, &s, &fd);

	(void)state;
	assert_int_equal(chapters_count(c), 1);
	assert_int_equal(reel_next(reel, &e, NULL), RC_OK);
	event_clear(&e);
	assert_int_equal(reel_next(reel, &e, NULL), RC_REFUSE);
	drop(c, reel, s, fd);
	c = chapters_of(V2, &reel, &s, &fd);
	assert_int_equal(chapters_count(c), 0);
	assert_int_equal(chapters_total_us(c), 0);
	assert_int_equal(chapters_before(c, 5), 0);
	drop(c, reel, s, fd);
	chapters_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_found),
		cmocka_unit_test(labels_are_bounded),
		cmocka_unit_test(a_bad_line_ends_the_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
