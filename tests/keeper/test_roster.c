#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "broker/keeper/roster.h"
#include "lib/base/clock.h"

#define OK(call) assert_int_equal((call), RC_OK)

static const uint8_t a[16] = { 1 }, b[16] = { 2 }, c[16] = { 3 };

struct fixture {
	char dir[64];
	struct loop *loop;
	struct depot *d;
	struct quota *q;
	struct syncer *s;
	struct roster *r;
	int fd[4]; /* of a, b, c by their first byte */
	unsigned cuts;
	uint8_t cut[8];
	enum msg_why why[8];
	unsigned synced;
	uint32_t answered;
	struct err err;
};

static void
cut(void *arg, const uint8_t sid[16], enum msg_why why, const char *text)
{
	struct fixture *f = arg;

	assert_true(f->cuts < ROWS(f->cut));
	assert_true(text[0] != '\0');
	f->cut[f->cuts] = sid[0];
	f->why[f->cuts++] = why;
}

static void
synced(void *arg, const struct synced *s)
{
	struct fixture *f = arg;

	f->synced++;
	if (s->whole)
		f->answered = s->id;
	roster_synced(f->r, s);
}

static void
begin(struct fixture *f, const uint8_t sid[16], const char *who)
{
	OK(depot_create(f->d, sid, &f->fd[sid[0]], &f->err));
	OK(roster_add(f->r, sid, span_of(who), &f->err));
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	const struct roster_owner owner = { f, cut };

	*state = f;
	strcpy(f->dir, "/tmp/test_roster.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	OK(loop_new(&f->loop, &f->err));
	OK(depot_open(f->dir, 0, &f->d, &f->err));
	OK(quota_new(&f->q, &f->err));
	OK(syncer_new(f->loop, synced, f, &f->s, &f->err));
	OK(roster_new(f->d, f->s, f->q, &owner, &f->r, &f->err));
	begin(f, a, "ci");
	begin(f, b, "ci");
	begin(f, c, "alice");
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[100];

	syncer_free(f->s);
	roster_free(f->r);
	quota_free(f->q);
	depot_close(f->d);
	loop_free(f->loop);
	for (int i = 1; i < 4; i++)
		close(f->fd[i]);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	free(f);
	return system(command);
}

static void
grow(struct fixture *f, const uint8_t sid[16], size_t n)
{
	static char zeros[1 << 16];

	for (size_t m; n > 0; n -= m) {
		m = n < sizeof zeros ? n : sizeof zeros;
		assert_int_equal(write(f->fd[sid[0]], zeros, m), m);
	}
}

static void
wait_synced(struct fixture *f, unsigned n)
{
	uint64_t until = clock_mono_ms() + 20000;

	while (f->synced < n && clock_mono_ms() < until)
		OK(loop_step(f->loop, 100, NULL));
	assert_int_equal(f->synced, n);
}

static uint64_t
left(struct fixture *f, const char *who)
{
	return quota_left(f->q, span_of(who), clock_wall_ms());
}

static void
what_has_grown_is_synced_and_counted(void **state)
{
	struct fixture *f = *state;

	quota_set(f->q, 1u << 30);
	roster_look(f->r);
	OK(loop_step(f->loop, 50, &f->err));
	assert_int_equal(f->synced, 0);
	grow(f, a, 1000);
	grow(f, c, 10);
	roster_look(f->r);
	wait_synced(f, 2);
	assert_int_equal(left(f, "ci"), (1u << 30) - 1000);
	assert_int_equal(left(f, "alice"), (1u << 30) - 10);
	roster_look(f->r);
	OK(loop_step(f->loop, 50, &f->err));
	assert_int_equal(f->synced, 2);
	/* What it grew by before its end counts, too; nothing counts twice. */
	grow(f, a, 500);
	roster_end(f->r, a, 1500);
	roster_end(f->r, a, 1500);
	assert_int_equal(left(f, "ci"), (1u << 30) - 1500);
	assert_int_equal(f->cuts, 0);
}

static void
several_together_reach_a_quota(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 0;

	quota_set(f->q, 1u << 20);
	OK(roster_room(f->r, span_of("ci"), &n, &f->err));
	assert_int_equal(n, 1u << 20);
	grow(f, a, 600000);
	roster_look(f->r);
	assert_int_equal(f->cuts, 0);
	/* Too little for another one, and what is under way goes on. */
	assert_int_equal(roster_room(f->r, span_of("ci"), &n, &f->err), RC_RETRY);
	OK(roster_room(f->r, span_of("alice"), &n, &f->err));
	grow(f, b, 600000);
	grow(f, c, 600000);
	roster_look(f->r);
	/* Who did not grow has done nothing. */
	assert_int_equal(f->cuts, 1);
	assert_int_equal(f->cut[0], 2);
	assert_int_equal(f->why[0], STOP_QUOTA);
	grow(f, a, 1);
	grow(f, b, 1);
	roster_look(f->r);
	assert_int_equal(f->cuts, 2);
	assert_int_equal(f->cut[1], 1);
}

static void
who_forgets_its_own_quota_is_cut(void **state)
{
	struct fixture *f = *state;

	roster_most(f->r, 1000);
	grow(f, a, 100000);
	roster_look(f->r);
	assert_int_equal(f->cuts, 0);
	grow(f, a, 1u << 20);
	roster_look(f->r);
	roster_look(f->r);
	assert_int_equal(f->cuts, 1);
	assert_int_equal(f->why[0], STOP_QUOTA);
}

static void
a_sync_that_fails_is_the_end_of_it(void **state)
{
	struct fixture *f = *state;
	struct synced s = { .sid = { 1 }, .rc = RC_FAIL, .err = { "sync: I/O error" } };

	assert_null(roster_trouble(f->r, a));
	roster_synced(f->r, &s);
	assert_int_equal(f->cuts, 1);
	assert_int_equal(f->cut[0], 1);
	assert_int_equal(f->why[0], STOP_DISK);
	/* Good ones that follow change nothing. */
	s.rc = RC_OK;
	roster_synced(f->r, &s);
	assert_string_equal(roster_trouble(f->r, a), "sync: I/O error");
	assert_null(roster_trouble(f->r, b));
	assert_int_equal(f->cuts, 1);
	s.sid[0] = 9;
	s.rc = RC_FAIL;
	roster_synced(f->r, &s);
	assert_int_equal(f->cuts, 1);
}

static void
the_last_sync_is_asked_for_once(void **state)
{
	struct fixture *f = *state;
	const uint8_t other[16] = { 9 };

	assert_int_equal(roster_sync(f->r, other, 1, &f->err), RC_REFUSE);
	OK(roster_sync(f->r, a, 77, &f->err));
	assert_int_equal(roster_sync(f->r, a, 78, &f->err), RC_REFUSE);
	wait_synced(f, 1);
	assert_int_equal(f->answered, 77);
	grow(f, a, 10);
	roster_look(f->r);
	OK(loop_step(f->loop, 50, &f->err));
	assert_int_equal(f->synced, 1);
}

static void
on_a_full_disk_there_is_silence_first(void **state)
{
	struct fixture *f = *state;

	grow(f, a, 10);
	grow(f, b, 10);
	roster_full(f->r, a);
	/* c does not write. */
	assert_int_equal(f->cuts, 1);
	assert_int_equal(f->cut[0], 2);
	assert_int_equal(f->why[0], STOP_DISK);
	assert_false(roster_still(f->r));
	roster_full(f->r, b);
	assert_true(roster_still(f->r));
	assert_int_equal(f->cuts, 1);
	/* One that is closed is as good as one that has asked. */
	grow(f, c, 10);
	roster_full(f->r, a);
	assert_int_equal(f->cuts, 2);
	assert_false(roster_still(f->r));
	OK(roster_sync(f->r, c, 5, &f->err));
	assert_true(roster_still(f->r));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_has_grown_is_synced_and_counted),
		T(several_together_reach_a_quota),
		T(who_forgets_its_own_quota_is_cut),
		T(a_sync_that_fails_is_the_end_of_it),
		T(the_last_sync_is_asked_for_once),
		T(on_a_full_disk_there_is_silence_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
