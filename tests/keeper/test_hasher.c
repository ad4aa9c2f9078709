/* Digests of pieces, and that a disk which takes its time keeps nobody but the thread. */
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "broker/keeper/hasher.h"
#include "lib/base/clock.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define SIZE 300000u

/* The disk's trouble: milliseconds for each read, and what it says. */
static atomic_int slow_ms, fail_errno;

ssize_t __real_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at);

ssize_t
__wrap_pread(int fd, void *p, size_t n, off_t at)
{
	const int ms = atomic_load(&slow_ms);
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	if (ms > 0)
		nanosleep(&t, NULL);
	if ((errno = atomic_load(&fail_errno)) != 0)
		return -1;
	return __real_pread(fd, p, n, at);
}

struct bed {
	struct loop *loop;
	struct hasher *h;
	struct timer *tick;
	unsigned told, ticks;
	struct hashed last;
	uint8_t bytes[SIZE];
};

static void
told(void *arg, const struct hashed *h)
{
	struct bed *b = arg;

	assert_true(fcntl(h->fd, F_GETFD) >= 0);
	b->last = *h;
	b->told++;
}

static void
on_tick(void *arg)
{
	struct bed *b = arg;

	b->ticks++;
	timer_set(b->tick, 5);
}

static int
setup(void **state)
{
	struct bed *b = calloc(1, sizeof *b);

	atomic_store(&slow_ms, 0);
	atomic_store(&fail_errno, 0);
	for (size_t i = 0; i < SIZE; i++)
		b->bytes[i] = (uint8_t)(i * 31 + i / 251);
	OK(loop_new(&b->loop, NULL));
	b->tick = loop_timer(b->loop, on_tick, b);
	*state = b;
	return hasher_new(b->loop, told, b, &b->h, NULL) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct bed *b = *state;

	hasher_free(b->h);
	timer_free(b->tick);
	loop_free(b->loop);
	free(b);
	return 0;
}

static int
file(const struct bed *b)
{
	char path[] = "/tmp/test_hasher.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, b->bytes, SIZE), SIZE);
	return fd;
}

static void
add(struct bed *b, uint32_t id, uint64_t at, uint64_t len)
{
	const uint8_t sid[16] = { (uint8_t)id };

	OK(hasher_add_take(b->h, sid, id, file(b), at, len, NULL));
}

static void
wait_for(struct bed *b, unsigned n)
{
	uint64_t until = clock_mono_ms() + 20000;

	while (b->told < n && clock_mono_ms() < until)
		OK(loop_step(b->loop, 50, NULL));
	assert_int_equal(b->told, n);
}

static void
pieces_have_their_digests(void **state)
{
	static const struct {
		uint64_t at, len;
	} rows[] = { { 0, SIZE }, { 0, 0 }, { 1, 65536 }, { 70000, 131073 },
		{ SIZE - 1, 1 } };
	struct bed *b = *state;
	uint8_t want[32];

	for (unsigned i = 0; i < ROWS(rows); i++) {
		add(b, i, rows[i].at, rows[i].len);
		wait_for(b, i + 1);
		assert_int_equal(b->last.rc, RC_OK);
		assert_int_equal(b->last.id, i);
		assert_int_equal(b->last.sid[0], i);
		assert_int_equal(EVP_Digest(b->bytes + rows[i].at, rows[i].len, want,
				     NULL, EVP_sha256(), NULL),
		    1);
		assert_memory_equal(b->last.sha256, want, 32);
	}
}

static void
what_cannot_be_read_fails(void **state)
{
	struct bed *b = *state;

	add(b, 1, 10, SIZE);
	wait_for(b, 1);
	assert_int_equal(b->last.rc, RC_FAIL);
	assert_non_null(strstr(b->last.err.text, "shorter"));
	atomic_store(&fail_errno, EIO);
	add(b, 2, 0, 10);
	wait_for(b, 2);
	assert_int_equal(b->last.rc, RC_FAIL);
	assert_non_null(strstr(b->last.err.text, "read a recording"));
}

/* Five reads of 100 ms: the loop goes on meanwhile. */
static void
a_cold_disk_keeps_nobody(void **state)
{
	struct bed *b = *state;
	uint64_t began = clock_mono_ms();

	atomic_store(&slow_ms, 100);
	timer_set(b->tick, 5);
	add(b, 1, 0, SIZE);
	assert_true(clock_mono_ms() - began < 90);
	wait_for(b, 1);
	assert_true(clock_mono_ms() - began >= 500);
	assert_true(b->ticks >= 10);
}

static void
what_is_not_told_is_dropped(void **state)
{
	struct bed *b = *state;

	atomic_store(&slow_ms, 20);
	for (uint32_t i = 0; i < 5; i++)
		add(b, i, 0, 1000);
	hasher_free(b->h);
	b->h = NULL;
	OK(loop_step(b->loop, 0, NULL));
	assert_int_equal(b->told, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pieces_have_their_digests),
		TEST(what_cannot_be_read_fails),
		TEST(a_cold_disk_keeps_nobody),
		TEST(what_is_not_told_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
