#include "tests/support/unit.h"

#include <stdatomic.h>
#include <unistd.h>

#include "broker/keeper/pool.h"
#include "lib/base/clock.h"

#define OK(call) assert_int_equal((call), RC_OK)

struct job {
	struct pool_job pool;
	int number;
	int gate;	/* to be read before it ends; -1: none */
	unsigned place; /* in which it was done */
};

struct bed {
	struct loop *loop;
	struct pool *pool;
	int order[64];
	unsigned told;
};

static atomic_uint freed, ran;

static void
run(struct pool_job *j)
{
	struct job *job = (struct job *)j;
	char byte;

	if (job->gate >= 0)
		assert_int_equal(read(job->gate, &byte, 1), 1);
	job->place = atomic_fetch_add(&ran, 1);
}

static void
told(void *arg, const struct pool_job *j)
{
	const struct job *job = (const struct job *)j;
	struct bed *b = arg;

	b->order[job->place] = job->number;
	b->told++;
}

static void
free_job(struct pool_job *j)
{
	atomic_fetch_add(&freed, 1);
	free(j);
}

static void
open_bed(struct bed *b, unsigned threads)
{
	const struct pool_work work = { b, run, told, free_job };

	*b = (struct bed){ .told = 0 };
	atomic_store(&freed, 0);
	atomic_store(&ran, 0);
	OK(loop_new(&b->loop, NULL));
	OK(pool_new(b->loop, threads, &work, &b->pool, NULL));
}

static void
close_bed(struct bed *b)
{
	pool_free(b->pool);
	loop_free(b->loop);
}

static void
add(struct bed *b, int number, bool urgent, int gate)
{
	struct job *j = calloc(1, sizeof *j);

	*j = (struct job){ .pool.urgent = urgent, .number = number, .gate = gate };
	pool_add_take(b->pool, &j->pool);
}

static void
wait_for(struct bed *b, unsigned n)
{
	uint64_t until = clock_mono_ms() + 20000;

	while (b->told < n && clock_mono_ms() < until)
		OK(loop_step(b->loop, 50, NULL));
	assert_int_equal(b->told, n);
}

/* The thread has taken what it is held up with, so that the rest waits in the list. */
static void
hold_up(struct bed *b, int gate[2])
{
	assert_int_equal(pipe(gate), 0);
	add(b, 0, true, gate[0]);
}

static void
all_are_told_once(void **state)
{
	struct bed b;

	(void)state;
	open_bed(&b, 3);
	for (int i = 0; i < 40; i++)
		add(&b, i, false, -1);
	wait_for(&b, 40);
	OK(loop_step(b.loop, 0, NULL));
	assert_int_equal(b.told, 40);
	assert_int_equal(freed, 40);
	close_bed(&b);
}

static void
urgent_ones_overtake(void **state)
{
	static const int want[] = { 0, 3, 4, 1, 2 };
	struct bed b;
	int gate[2];

	(void)state;
	open_bed(&b, 1);
	hold_up(&b, gate);
	add(&b, 1, false, -1);
	add(&b, 2, false, -1);
	add(&b, 3, true, -1);
	add(&b, 4, true, -1);
	assert_int_equal(write(gate[1], "x", 1), 1);
	wait_for(&b, 5);
	for (size_t i = 0; i < ROWS(want); i++)
		assert_int_equal(b.order[i], want[i]);
	close(gate[0]);
	close(gate[1]);
	close_bed(&b);
}

static void
what_waits_at_the_end_is_dropped(void **state)
{
	struct bed b;
	int gate[2];

	(void)state;
	open_bed(&b, 1);
	hold_up(&b, gate);
	for (int i = 1; i < 10; i++)
		add(&b, i, false, -1);
	assert_int_equal(write(gate[1], "x", 1), 1);
	close_bed(&b);
	assert_int_equal(b.told, 0);
	assert_int_equal(freed, 10);
	close(gate[0]);
	close(gate[1]);
}

static void
a_pool_has_threads(void **state)
{
	const struct pool_work work = { NULL, run, told, free_job };
	struct pool *p = NULL;
	struct loop *l;

	(void)state;
	OK(loop_new(&l, NULL));
	assert_int_equal(pool_new(l, 0, &work, &p, NULL), RC_FAIL);
	assert_int_equal(pool_new(l, POOL_THREADS_MAX + 1, &work, &p, NULL), RC_FAIL);
	assert_null(p);
	pool_free(NULL);
	loop_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_told_once),
		cmocka_unit_test(urgent_ones_overtake),
		cmocka_unit_test(what_waits_at_the_end_is_dropped),
		cmocka_unit_test(a_pool_has_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
