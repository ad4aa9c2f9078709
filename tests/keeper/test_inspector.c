#include "tests/recorder/support.h"

#include <unistd.h>

#include "broker/keeper/inspector.h"
#include "lib/base/clock.h"

struct fixture {
	struct ring ring;
	struct loop *loop;
	struct inspector *in;
	unsigned told;
	bool seen[256];
	enum proof_code code[256];
};

#define OK(call) assert_int_equal((call), RC_OK)

static void
told(void *arg, const struct inspection *i)
{
	struct fixture *f = arg;

	assert_int_equal(i->sid[0], i->id);
	assert_false(f->seen[i->id]);
	f->seen[i->id] = true;
	OK(i->rc);
	f->code[i->id] = i->proof.code;
	f->told++;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	ring_init(&f->ring);
	OK(loop_new(&f->loop, NULL));
	return inspector_new(f->loop, f->ring.trust, told, f, &f->in, NULL) == RC_OK
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	inspector_free(f->in);
	loop_free(f->loop);
	ring_clear(&f->ring);
	free(f);
	return 0;
}

static int
whole_file(struct fixture *f)
{
	struct hands clock = { 5000000 };
	int fd = file_of(span_make("", 0));
	struct writer *w = recording_open(&f->ring, dup(fd), &clock);

	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", NULL));
	writer_free(w);
	return fd;
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
	int whole = whole_file(f), empty = file_of(span_make("", 0));

	for (unsigned i = 0; i < 100; i++) {
		uint8_t sid[16] = { (uint8_t)i };

		OK(inspector_add(f->in, sid, i, i % 2 == 0 ? whole : empty, NULL));
	}
	/* They have descriptors of their own. */
	close(whole);
	close(empty);
	wait_for(f, 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(f->code[i], i % 2 == 0 ? PROOF_WHOLE : PROOF_TAMPERED);
}

static void
one_look_at_a_time(void **state)
{
	struct fixture *f = *state;
	int fd = whole_file(f);
	uint8_t sid[16] = { 7 };

	OK(inspector_add(f->in, sid, 7, fd, NULL));
	/* Wherever the first one is by now, it has not been told. */
	assert_int_equal(inspector_add(f->in, sid, 7, fd, NULL), RC_REFUSE);
	wait_for(f, 1);
	f->seen[7] = false;
	OK(inspector_add(f->in, sid, 7, fd, NULL));
	wait_for(f, 2);
	close(fd);
}

static void
what_is_left_over_is_dropped(void **state)
{
	struct fixture *f = *state;
	int fd = whole_file(f);

	for (unsigned i = 0; i < 50; i++) {
		uint8_t sid[16] = { (uint8_t)i };

		OK(inspector_add(f->in, sid, i, fd, NULL));
	}
	inspector_free(f->in);
	f->in = NULL;
	assert_int_equal(f->told, 0);
	close(fd);
}

static void
odd_descriptors_are_failures(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16] = { 0 };
	struct proof p;
	int pipes[2];

	assert_int_equal(inspector_add(f->in, sid, 0, -1, NULL), RC_FAIL);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(inspector_look(pipes[0], f->ring.trust, &p, NULL), RC_FAIL);
	close(pipes[0]);
	close(pipes[1]);
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_is_told_once),
		CASE(one_look_at_a_time),
		CASE(what_is_left_over_is_dropped),
		CASE(odd_descriptors_are_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
