#include "tests/support/unit.h"
#include "broker/session/feed.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <unistd.h>

struct fixture {
	struct feed *feed;
	int read;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct err err = { "" };
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	f.read = fds[0];
	assert_int_equal(feed_new(fds[1], &f.feed, &err), RC_OK);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	feed_free(f->feed);
	if (f->read >= 0)
		close(f->read);
	return 0;
}

static void
put(struct fixture *f, const void *p, size_t n)
{
	struct err err = { "" };

	assert_int_equal(feed_put(f->feed, span_make(p, n), &err), RC_OK);
}

static void
test_passes_on(void **state)
{
	struct fixture *f = *state;
	char got[8];

	put(f, "abc", 3);
	assert_int_equal(read(f->read, got, sizeof got), 3);
	assert_memory_equal(got, "abc", 3);
	assert_int_equal(feed_poll(f->feed), -1);
	assert_int_equal(feed_total(f->feed), 3);
	feed_end(f->feed);
	assert_true(feed_over(f->feed));
	assert_int_equal(read(f->read, got, sizeof got), 0);
}

/* A full pipe: bytes wait, in order; the end waits behind them. */
static void
test_waits(void **state)
{
	enum { N = 1 << 20 };
	struct fixture *f = *state;
	uint8_t *sent = malloc(N), *got = malloc(N), sum[32], want[32];
	struct err err = { "" };
	size_t at = 0, n = 0;
	ssize_t r;

	for (size_t i = 0; i < N; i++)
		sent[i] = (uint8_t)(i * 31 + (i >> 9));
	while (!feed_full(f->feed)) {
		put(f, sent + at, 10000);
		at += 10000;
	}
	assert_true(at < N);
	assert_true(feed_poll(f->feed) >= 0);
	feed_end(f->feed);
	assert_false(feed_over(f->feed));
	while ((r = read(f->read, got + n, N - n)) > 0) {
		n += (size_t)r;
		feed_step(f->feed);
	}
	assert_int_equal(n, at);
	assert_memory_equal(got, sent, n);
	assert_true(feed_over(f->feed));
	assert_int_equal(feed_total(f->feed), n);
	assert_int_equal(feed_digest(f->feed, sum, &err), RC_OK);
	EVP_Digest(sent, n, want, NULL, EVP_sha256(), NULL);
	assert_memory_equal(sum, want, 32);
	free(sent);
	free(got);
}

/* A command that closes its stdin is not an error; what it did not take is not counted.
 */
static void
test_unwanted(void **state)
{
	struct fixture *f = *state;

	close(f->read);
	f->read = -1;
	put(f, "abc", 3);
	assert_true(feed_over(f->feed));
	assert_int_equal(feed_total(f->feed), 0);
	put(f, "def", 3);
	assert_int_equal(feed_poll(f->feed), -1);
	assert_false(feed_full(f->feed));
}

/* Who does not heed feed_full is cut off before memory is. */
static void
test_bound(void **state)
{
	static uint8_t zeros[32768];
	struct fixture *f = *state;
	struct err err = { "" };
	enum rc rc = RC_OK;
	int n;

	for (n = 0; n < 1000 && rc == RC_OK; n++)
		rc = feed_put(f->feed, span_make(zeros, sizeof zeros), &err);
	assert_int_equal(rc, RC_REFUSE);
	assert_true(n > 8 && n < 200);
}

static void
test_after_end(void **state)
{
	struct fixture *f = *state;
	char got[8];

	feed_end(f->feed);
	put(f, "abc", 3);
	assert_int_equal(read(f->read, got, sizeof got), 0);
	assert_int_equal(feed_total(f->feed), 0);
}

static void
test_bad_descriptor(void **state)
{
	struct feed *feed = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(feed_new(-1, &feed, &err), RC_FAIL);
	assert_null(feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_passes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unwanted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_after_end, setup, teardown),
		cmocka_unit_test(test_bad_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
