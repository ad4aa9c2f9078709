#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "broker/keeper/syncer.h"
#include "lib/base/clock.h"

#define OK(call) assert_int_equal((call), RC_OK)

struct fixture {
	struct loop *loop;
	struct syncer *s;
	unsigned told, failed, whole;
	uint32_t last;
};

static void
told(void *arg, const struct synced *s)
{
	struct fixture *f = arg;

	assert_int_equal(s->sid[0], (uint8_t)s->id);
	f->told++;
	f->whole += s->whole;
	f->last = s->id;
	if (s->rc != RC_OK) {
		assert_int_equal(s->rc, RC_FAIL);
		assert_non_null(strstr(s->err.text, "sync a recording"));
		f->failed++;
	}
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	OK(loop_new(&f->loop, NULL));
	return syncer_new(f->loop, told, f, &f->s, NULL) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	syncer_free(f->s);
	loop_free(f->loop);
	free(f);
	return 0;
}

static int
file(void)
{
	char path[] = "/tmp/test_syncer.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, "x", 1), 1);
	return fd;
}

static void
add(struct fixture *f, uint32_t id, int fd, bool whole)
{
	const uint8_t sid[16] = { (uint8_t)id };

	OK(syncer_add(f->s, sid, id, fd, whole, NULL));
}

static void
wait_for(struct fixture *f, unsigned n)
{
	uint64_t until = clock_mono_ms() + 20000;

	while (f->told < n && clock_mono_ms() < until)
		OK(loop_step(f->loop, 100, NULL));
	assert_int_equal(f->told, n);
}

static void
each_is_told_once(void **state)
{
	struct fixture *f = *state;
	int fd = file();

	for (uint32_t i = 0; i < 200; i++)
		add(f, i, fd, i % 3 == 0);
	/* They have descriptors of their own. */
	close(fd);
	wait_for(f, 200);
	assert_int_equal(f->failed, 0);
	assert_int_equal(f->whole, 67);
	OK(loop_step(f->loop, 50, NULL));
	assert_int_equal(f->told, 200);
}

/* A pipe can be synced by nobody. */
static void
what_fails_is_told_as_it_is(void **state)
{
	struct fixture *f = *state;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	add(f, 1, fds[1], false);
	add(f, 2, fds[1], true);
	wait_for(f, 2);
	assert_int_equal(f->failed, 2);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(
	    syncer_add(f->s, (const uint8_t[16]){ 0 }, 0, -1, true, NULL), RC_FAIL);
}

static void
what_is_left_over_is_dropped(void **state)
{
	struct fixture *f = *state;
	int fd = file();

	for (uint32_t i = 0; i < 200; i++)
		add(f, i, fd, true);
	close(fd);
	/* teardown ends it */
	assert_int_equal(f->told, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_is_told_once),
		T(what_fails_is_told_as_it_is),
		T(what_is_left_over_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
