/* The list of sessions: one a channel, so many a connection, none without its client.
 */
#include "tests/monitor/desk.h"

static void
one_command_a_channel(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_exec(f, 1, "aws s3 ls");
	front_exec(f, 1, "aws s3 ls");
	end_over(d, &f->talk);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	assert_int_equal(conns_count(d->m.conns), 0);
	front_free(f);
}

static void
a_channel_may_be_used_again(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (int i = 0; i < 3; i++) {
		front_exec(f, 1, "ls");
		keeper_event(d, "refused");
		front_denied(f, 1, STATUS_USAGE, "");
	}
	front_free(f);
}

static void
so_many_channels_a_connection(void **state)
{
	struct desk *d = desk_new("limits: {channels_per_connection: 3}");
	struct front *f = front_login(d, CI), *g = front_login(d, CI);

	(void)state;
	for (uint32_t i = 1; i <= 3; i++)
		front_exec(f, i, "aws s3 ls");
	assert_int_equal(sessions_count(d->m.sessions), 3);
	/* Another connection has its own. */
	front_exec(g, 1, "aws s3 ls");
	assert_int_equal(sessions_count(d->m.sessions), 4);
	/* One that is left gives its place. */
	front_gone(f, 2);
	front_exec(f, 4, "aws s3 ls");
	assert_int_equal(sessions_count(d->m.sessions), 4);
	end_quiet(d, &f->talk);
	front_exec(f, 5, "aws s3 ls");
	end_over(d, &f->talk);
	assert_int_equal(sessions_count(d->m.sessions), 1);
	front_free(f);
	front_free(g);
	desk_free(d);
}

static void
a_session_that_closes_needs_no_channel(void **state)
{
	struct desk *d = desk_new("limits: {channels_per_connection: 1}");
	struct front *f = front_login(d, CI);
	struct run r;

	(void)state;
	front_exec(f, 1, "aws s3 ls");
	run_to_start(f, 1, &r);
	run_to_launch(d, &r);
	/* The client has its exit status, and the next command comes at once. */
	run_ended(d, &r, true);
	front_exec(f, 2, "aws s3 ls");
	assert_int_equal(sessions_count(d->m.sessions), 2);
	end_quiet(d, &f->talk);
	run_close(&r);
	front_free(f);
	desk_free(d);
}

/* A command up to the opening of its recording. */
static void
begin(struct front *f, uint32_t chan)
{
	front_exec(f, chan, "aws s3 ls");
	keeper_event(f->d, "verdict");
	fake_vault_answer(RC_OK, "");
	keeper_event(f->d, "lease");
	end_want(f->d, &f->d->keeper, MSG_OPEN_REC);
}

static void
is_too_many(struct front *f, uint32_t chan)
{
	front_exec(f, chan, "aws s3 ls");
	keeper_event(f->d, "verdict");
	keeper_event(f->d, "busy");
	front_denied(f, chan, STATUS_HELD, "too many commands");
}

/* Each is a process of tens of megabytes: connections and channels alone would let one
 * agent have thousands. */
static void
so_many_commands_run_at_once(void **state)
{
	struct desk *d = desk_new("limits: {sessions: 3, sessions_per_identity: 2}");
	struct front *f = front_login(d, CI), *g = front_login(d, CI);
	struct front *h = front_login(d, ALICE);
	uint32_t opening;

	(void)state;
	begin(f, 1);
	begin(g, 1);
	is_too_many(g, 2);
	begin(h, 1);
	opening = d->keeper.f.id;
	is_too_many(h, 2);
	/* What ends gives its place: the last recording cannot be opened. */
	d->keeper.f.id = opening;
	keeper_says(d, RC_FAIL);
	keeper_event(d, "failed");
	front_denied(h, 1, STATUS_FAILED, "nothing can be recorded");
	begin(h, 3);
	is_too_many(h, 4);
	front_free(f);
	front_free(g);
	front_free(h);
	desk_free(d);
}

static void
leaving_unknown_channels_is_nothing(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_gone(f, 0);
	front_gone(f, 4000000000u);
	front_exec(f, 1, "aws s3 ls");
	front_gone(f, 2);
	assert_int_equal(sessions_count(d->m.sessions), 1);
	front_gone(f, 1);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_gone(f, 1);
	end_quiet(d, &f->talk);
	front_free(f);
}

static void
sessions_of_others_are_out_of_reach(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *g = front_login(d, ALICE);

	front_exec(f, 1, "aws s3 ls");
	front_gone(g, 1);
	assert_int_equal(sessions_count(d->m.sessions), 1);
	front_exec(g, 1, "aws s3 ls");
	end_close(&g->talk);
	desk_turn(d);
	assert_int_equal(sessions_count(d->m.sessions), 1);
	front_free(f);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(g);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(one_command_a_channel),
		T(a_channel_may_be_used_again),
		cmocka_unit_test(so_many_channels_a_connection),
		cmocka_unit_test(a_session_that_closes_needs_no_channel),
		cmocka_unit_test(so_many_commands_run_at_once),
		T(leaving_unknown_channels_is_nothing),
		T(sessions_of_others_are_out_of_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
