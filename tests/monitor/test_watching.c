/* Who looks on while a session runs, and the list of what runs. */
#include "tests/monitor/desk.h"

#include <unistd.h>

#include "lib/base/id.h"

#define RIGHTS "rights: {approve: [group:sre]}"
#define WATCHERS "rights: {approve: [group:sre], watch: [group:sre]}"
#define LS "aws s3 ls"

/* A desk where ALICE and BOB may watch. */
static int
setup(void **state)
{
	struct desk *d = desk_new(NULL);

	desk_reload(d, desk_config_with(d, RIGHTS, WATCHERS), NULL);
	*state = d;
	return 0;
}

static int
teardown(void **state)
{
	desk_free(*state);
	return 0;
}

static void
id_of(const struct desk *d, char id[ID_UUID_TEXT])
{
	id_uuid_text(d->nursery.m.start.sid.p, id);
}

/* A command of CI's that runs; its id into id. */
static struct front *
begin(struct desk *d, struct run *r, char id[ID_UUID_TEXT])
{
	struct front *f = front_login(d, CI);

	front_exec(f, 1, LS);
	run_to_start(f, 1, r);
	id_of(d, id);
	run_to_launch(d, r);
	return f;
}

static void
ask(struct front *f, uint32_t chan, const char *id, const char *option)
{
	char line[128];

	snprintf(line, sizeof line, "watch %s%s", option, id);
	front_exec(f, chan, line);
	front_verdict(f, chan, VERDICT_VERB);
}

/* The watcher's event is committed: WATCH comes with a descriptor, and ATTACH. */
static uint32_t
let_in(struct desk *d, struct front *f, struct run *r, const char *who, bool cast)
{
	uint32_t number;

	keeper_event(d, "watch.begin");
	end_want(d, &r->ctl, MSG_WATCH);
	assert_int_equal(r->ctl.m.watch.cast, cast);
	assert_true(span_is(r->ctl.m.watch.who, who));
	assert_int_equal(r->ctl.f.nfds, 1);
	number = r->ctl.f.id;
	frame_close_fds(&r->ctl.f);
	end_want(d, &f->talk, MSG_SAY);
	end_has(&f->talk, " of ci since ");
	end_want(d, &f->talk, MSG_ATTACH);
	assert_int_equal(f->talk.f.nfds, 1);
	frame_close_fds(&f->talk.f);
	return number;
}

static void
says_left(struct desk *d, struct run *r, uint32_t number, uint8_t status)
{
	struct msg_watched m = { 1234, status, span_of("the session is over") };

	end_send(d, &r->ctl, MSG_WATCHED, number, &m, NULL, 0);
}

static void
event_has(const struct desk *d, const char *part)
{
	struct span s = d->keeper.m.event.detail;

	if (memmem(s.p, s.len, part, strlen(part)) == NULL)
		fail_msg("\"%s\" is not in %.*s", part, (int)s.len, (const char *)s.p);
}

static void
one_with_the_right_looks_on(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT];
	struct front *f = begin(d, &r, id), *b = front_login(d, BOB);
	uint32_t n;

	ask(b, 1, id, "--cast ");
	/* Not a byte before it is durable. */
	keeper_event_open(d, "watch.begin");
	event_has(d, "\"of\":\"ci\"");
	event_has(d, "\"proof\":\"key\"");
	assert_true(span_is(d->keeper.m.event.identity, "bob"));
	end_quiet(d, &r.ctl);
	end_quiet(d, &b->talk);
	keeper_says(d, RC_OK);
	end_want(d, &r.ctl, MSG_WATCH);
	n = r.ctl.f.id;
	assert_int_equal(r.ctl.m.watch.cast, 1);
	frame_close_fds(&r.ctl.f);
	end_want(d, &b->talk, MSG_SAY);
	end_want(d, &b->talk, MSG_ATTACH);
	frame_close_fds(&b->talk.f);
	says_left(d, &r, n, 0);
	keeper_event_open(d, "watch.end");
	event_has(d, "\"bytes\":1234");
	event_has(d, "\"why\":\"the session is over\"");
	keeper_says(d, RC_OK);
	end_want(d, &b->talk, MSG_DONE);
	assert_int_equal(b->talk.m.done.status, 0);
	run_to_end(d, &r);
	front_free(b);
	desk_done(d, f, &r);
}

static void
nobody_else_does(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT], line[128], out[1024], other[1024];
	struct front *f = begin(d, &r, id), *c = front_login(d, DAVE);
	struct front *b = front_login(d, BOB);

	snprintf(line, sizeof line, "watch %s", id);
	assert_int_equal(front_verb(c, 1, line, out, sizeof out), STATUS_DENIED);
	/* No difference for one that is no id at all. */
	assert_int_equal(
	    front_verb(c, 2, "watch 0000", other, sizeof other), STATUS_DENIED);
	assert_string_equal(out, other);
	assert_int_equal(front_verb(f, 2, line, out, sizeof out), STATUS_DENIED);
	assert_int_equal(front_verb(b, 1, "watch", out, sizeof out), STATUS_USAGE);
	assert_int_equal(
	    front_verb(b, 2, "watch 0123456", out, sizeof out), STATUS_USAGE);
	assert_int_equal(
	    front_verb(b, 3, "watch 01234567x", out, sizeof out), STATUS_USAGE);
	assert_int_equal(
	    front_verb(b, 4, "watch 01234567", out, sizeof out), STATUS_USAGE);
	assert_non_null(strstr(out, "no live session has this id"));
	assert_int_equal(
	    front_verb(b, 5, "watch --tail 01234567", out, sizeof out), STATUS_USAGE);
	snprintf(line, sizeof line, "watch %s0", id);
	assert_int_equal(front_verb(b, 6, line, out, sizeof out), STATUS_USAGE);
	end_quiet(d, &d->keeper);
	end_quiet(d, &r.ctl);
	run_to_end(d, &r);
	front_free(b);
	front_free(c);
	desk_done(d, f, &r);
}

static void
without_an_event_nobody_looks_on(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT];
	struct front *f = begin(d, &r, id), *b = front_login(d, BOB);

	ask(b, 1, id, "");
	keeper_event_open(d, "watch.begin");
	keeper_says(d, RC_REFUSE);
	end_want(d, &b->talk, MSG_SAY);
	end_want(d, &b->talk, MSG_DONE);
	assert_int_equal(b->talk.m.done.status, STATUS_FAILED);
	end_quiet(d, &r.ctl);
	run_to_end(d, &r);
	front_free(b);
	desk_done(d, f, &r);
}

static void
one_that_ends_meanwhile_is_not_shown(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT];
	struct front *f = begin(d, &r, id), *b = front_login(d, BOB);

	ask(b, 1, id, "");
	keeper_event_open(d, "watch.begin");
	run_ended(d, &r, true);
	desk_turn(d);
	keeper_says(d, RC_OK);
	end_want(d, &b->talk, MSG_SAY);
	end_has(&b->talk, "the session has ended");
	end_want(d, &b->talk, MSG_DONE);
	end_quiet(d, &r.ctl);
	front_free(b);
	front_free(f);
	run_close(&r);
}

static void
the_session_process_dies(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT];
	struct front *f = begin(d, &r, id), *b = front_login(d, BOB);

	ask(b, 1, id, "");
	(void)let_in(d, b, &r, "bob", false);
	end_close(&r.ctl);
	keeper_event(d, "session.lost");
	keeper_event_open(d, "watch.end");
	event_has(d, "\"why\":\"the session was lost\"");
	keeper_says(d, RC_OK);
	end_want(d, &b->talk, MSG_SAY);
	end_has(&b->talk, "the session was lost");
	end_want(d, &b->talk, MSG_DONE);
	assert_int_equal(b->talk.m.done.status, STATUS_UNREACHABLE);
	keeper_drain(d);
	front_free(b);
	front_free(f);
	run_close(&r);
}

static void
who_leaves_is_ended_in_the_session(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT];
	struct front *f = begin(d, &r, id), *b = front_login(d, BOB);
	uint32_t n;

	ask(b, 1, id, "");
	n = let_in(d, b, &r, "bob", false);
	front_gone(b, 1);
	end_want(d, &r.ctl, MSG_UNWATCH);
	assert_int_equal(r.ctl.f.id, n);
	says_left(d, &r, n, STATUS_DENIED);
	keeper_event_open(d, "watch.end");
	event_has(d, "\"why\":\"left\"");
	keeper_says(d, RC_OK);
	/* Before it is durable that one begins: nothing is begun. */
	ask(b, 2, id, "");
	keeper_event_open(d, "watch.begin");
	front_gone(b, 2);
	desk_turn(d);
	keeper_says(d, RC_OK);
	keeper_event(d, "watch.end");
	end_quiet(d, &r.ctl);
	run_to_end(d, &r);
	front_free(b);
	desk_done(d, f, &r);
}

static void
a_reload_takes_the_right(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT];
	struct front *f = begin(d, &r, id), *b = front_login(d, BOB);
	uint32_t n;

	ask(b, 1, id, "");
	n = let_in(d, b, &r, "bob", false);
	ask(b, 2, id, "");
	keeper_event_open(d, "watch.begin");
	desk_reload(d, NULL, NULL);
	end_want(d, &r.ctl, MSG_UNWATCH);
	assert_int_equal(r.ctl.f.id, n);
	assert_true(span_starts(r.ctl.m.unwatch.text, "watching ended: "));
	/* Nor does the one begin that was asked for before. */
	keeper_says(d, RC_OK);
	keeper_event(d, "watch.end");
	end_want(d, &b->talk, MSG_SAY);
	end_has(&b->talk, "no longer");
	end_want(d, &b->talk, MSG_DONE);
	assert_int_equal(b->talk.m.done.status, STATUS_DENIED);
	says_left(d, &r, n, STATUS_DENIED);
	keeper_event(d, "watch.end");
	end_want(d, &b->talk, MSG_DONE);
	end_quiet(d, &r.ctl);
	run_to_end(d, &r);
	front_free(b);
	desk_done(d, f, &r);
}

static void
the_ninth_is_refused(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT], line[128], out[1024];
	struct front *f = begin(d, &r, id), *b = front_login(d, BOB);
	uint32_t n[8];

	for (uint32_t i = 0; i < 8; i++) {
		ask(b, i, id, "");
		n[i] = let_in(d, b, &r, "bob", false);
	}
	snprintf(line, sizeof line, "watch %s", id);
	assert_int_equal(front_verb(b, 8, line, out, sizeof out), STATUS_HELD);
	for (uint32_t i = 0; i < 8; i++) {
		says_left(d, &r, n[i], 0);
		keeper_event(d, "watch.end");
		end_want(d, &b->talk, MSG_DONE);
		assert_int_equal(b->talk.f.id, i);
	}
	run_to_end(d, &r);
	front_free(b);
	desk_done(d, f, &r);
}

static void
a_session_cannot_make_watchers_up(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT];
	struct front *f = begin(d, &r, id);

	says_left(d, &r, 7, 0);
	keeper_event(d, "session.lost");
	end_over(d, &r.ctl);
	keeper_drain(d);
	front_free(f);
	run_close(&r);
}

static void
what_runs_is_listed(void **state)
{
	struct desk *d = *state;
	struct run r;
	char id[ID_UUID_TEXT], out[4096], row[256];
	struct front *f = begin(d, &r, id), *b = front_login(d, BOB);
	struct front *c = front_login(d, DAVE);

	assert_int_equal(front_verb(b, 1, "sessions", out, sizeof out), 0);
	snprintf(row, sizeof row, "running   ci  'aws' s3 ls\n");
	assert_int_equal(strncmp(out, id, strlen(id)), 0);
	assert_non_null(strstr(out, row));
	assert_int_equal(front_verb(b, 2, "--json sessions", out, sizeof out), 0);
	snprintf(
	    row, sizeof row, "{\"id\":\"%s\",\"identity\":\"ci\",\"since\":\"", id);
	assert_int_equal(strncmp(out, row, strlen(row)), 0);
	assert_non_null(strstr(out, "\"state\":\"running\",\"kind\":\"command\","
				    "\"command\":\"'aws' s3 ls\",\"source\":"));
	/* One's own; nothing of others. */
	assert_int_equal(front_verb(f, 2, "sessions", out, sizeof out), 0);
	assert_int_equal(strncmp(out, id, strlen(id)), 0);
	assert_int_equal(front_verb(c, 1, "sessions", out, sizeof out), 0);
	assert_string_equal(out, "");
	assert_int_equal(front_verb(c, 2, "sessions all", out, sizeof out), 64);
	run_to_end(d, &r);
	front_free(b);
	front_free(c);
	desk_done(d, f, &r);
}

static void
a_connection_of_an_sdk_shows_nothing(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f, *b = front_login(d, BOB);
	char out[4096], line[128];

	desk_reload(d, desk_config_with(d, RIGHTS, WATCHERS),
	    "version: 1\nname: p\nrules:\n"
	    "- {id: list, effect: allow, on: [api], who: {group: [deployers, sre]}, "
	    "aws: {operations: ['s3:ListBuckets']}}\n");
	f = desk_sdk(d, CI, &r);
	assert_int_equal(front_verb(b, 1, "--json sessions", out, sizeof out), 0);
	assert_non_null(strstr(out, "\"kind\":\"port\""));
	snprintf(line, sizeof line, "watch %.36s", out + strlen("{\"id\":\""));
	assert_int_equal(front_verb(b, 2, line, out, sizeof out), STATUS_USAGE);
	assert_non_null(strstr(out, "a port connection shows nothing"));
	run_sdk_end(d, &r);
	front_free(b);
	desk_done(d, f, &r);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_with_the_right_looks_on),
		TEST(nobody_else_does),
		TEST(without_an_event_nobody_looks_on),
		TEST(one_that_ends_meanwhile_is_not_shown),
		TEST(the_session_process_dies),
		TEST(who_leaves_is_ended_in_the_session),
		TEST(a_reload_takes_the_right),
		TEST(the_ninth_is_refused),
		TEST(a_session_cannot_make_watchers_up),
		TEST(what_runs_is_listed),
		TEST(a_connection_of_an_sdk_shows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
