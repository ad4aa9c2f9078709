/* Connections: what a front may say when, and that its word alone is nothing. */
#include "tests/monitor/desk.h"

#include <sys/socket.h>
#include <unistd.h>

static void
a_login_is_known_by_its_key(void **state)
{
	struct desk *d = *state;
	struct front *f = front_new(d);

	front_kex(f);
	assert_int_equal(front_try(f, ALICE, true), 'y');
	keeper_event_open(d, "login");
	/* "anyone" was the user name. */
	assert_true(span_is(d->keeper.m.event.identity, "alice"));
	assert_int_equal(conns_count(d->m.conns), 1);
	front_free(f);
	assert_int_equal(conns_count(d->m.conns), 0);
}

static void
who_is_not_proven_gets_nothing(void **state)
{
	struct desk *d = *state;
	struct msg_exec_ask ask = { .form = FORM_LINE, .line = span_of("whoami") };
	struct msg_shell_ask shell = { 0 };
	struct msg_auth_says yes = { .yes = 1 };
	struct msg_verdict verdict = { .effect = VERDICT_ALLOW };
	const struct {
		enum msg type;
		const void *m;
	} rows[] = { { MSG_EXEC_ASK, &ask }, { MSG_SHELL_ASK, &shell },
		{ MSG_GONE, NULL },
		/* A front that claims success. */
		{ MSG_AUTH_SAYS, &yes }, { MSG_VERDICT, &verdict } };

	for (size_t i = 0; i < ROWS(rows); i++)
		for (int step = 0; step < 3; step++) {
			struct front *f = front_new(d);

			if (step >= 1)
				front_kex(f);
			if (step == 2) {
				assert_int_equal(front_try(f, ALICE, false), 'n');
				keeper_event(d, "login.failed");
			}
			end_send(d, &f->talk, rows[i].type, 1, rows[i].m, NULL, 0);
			end_over(d, &f->talk);
			assert_int_equal(conns_count(d->m.conns), 0);
			assert_int_equal(sessions_count(d->m.sessions), 0);
			end_quiet(d, &d->keeper);
			front_free(f);
		}
}

static void
a_signature_of_another_connection_is_no(void **state)
{
	struct desk *d = *state;
	struct front *f = front_new(d), *g = front_new(d);

	front_kex(f);
	front_kex(g);
	/* g signs over f's session id: what was caught there is replayed here. */
	memcpy(g->sid, f->sid, sizeof g->sid);
	assert_int_equal(front_try(g, ALICE, true), 'n');
	keeper_event(d, "login.failed");
	assert_int_equal(front_try(f, ALICE, true), 'y');
	keeper_event(d, "login");
	front_free(f);
	front_free(g);
}

static void
a_preimage_of_another_connection_is_not_signed(void **state)
{
	struct desk *d = *state;
	struct front *f = front_new(d), *g = front_new(d);
	struct msg_sign m = { .hash_len = 32 };

	front_kex(f);
	m.preimage = buf_span(&f->preimage);
	end_send(d, &g->sign, MSG_SIGN, 1, &m, NULL, 0);
	end_over(d, &g->sign);
	end_over(d, &g->talk);
	assert_int_equal(conns_count(d->m.conns), 1);
	front_free(f);
	front_free(g);
}

static void
keys_that_nobody_has_are_no(void **state)
{
	struct desk *d = *state;
	struct front *f = front_new(d);

	front_kex(f);
	assert_int_equal(front_try(f, STRANGER, true), 'n');
	keeper_event(d, "login.failed");
	assert_int_equal(front_try(f, BOB, true), 'y');
	keeper_event(d, "login");
	/* Once somebody is in, nobody else gets in. */
	assert_int_equal(front_try(f, ALICE, true), 'n');
	end_quiet(d, &d->keeper);
	front_free(f);
}

static void
so_many_failures_and_no_more(void **state)
{
	struct desk *d = *state;
	struct front *f = front_new(d);
	int tries = 0;

	front_kex(f);
	for (; tries < 6; tries++) {
		assert_int_equal(front_try(f, ALICE, false), 'n');
		keeper_event(d, "login.failed");
	}
	/* From now on even the right key is none, and no event is written. */
	while (tries < 100 && front_try(f, ALICE, true) == 'n')
		tries++;
	assert_true(tries > 6 && tries < 30);
	end_over(d, &f->talk);
	end_quiet(d, &d->keeper);
	assert_int_equal(conns_count(d->m.conns), 0);
	front_free(f);
}

static void
fewer_failures_may_be_configured(void **state)
{
	struct desk *d = desk_new("limits: {auth_failures: 2}");
	struct front *f = front_new(d);

	(void)state;
	front_kex(f);
	assert_int_equal(front_try(f, ALICE, false), 'n');
	keeper_event(d, "login.failed");
	assert_int_equal(front_try(f, ALICE, false), 'n');
	keeper_event(d, "login.failed");
	assert_int_equal(front_try(f, ALICE, true), 'n');
	keeper_event(d, "login.failed");
	front_free(f);
	desk_free(d);
}

static void
messages_of_others_end_the_connection(void **state)
{
	struct desk *d = *state;
	struct msg_text text = { span_of("broker: approved\n") };
	struct msg_done done = { 0 };
	struct msg_exited exited = { 0 };
	struct msg_kept kept = { 0 };
	static const struct msg_verb verb;
	const struct {
		enum msg type;
		const void *m;
	} rows[] = { { MSG_SAY, &text }, { MSG_DONE, &done }, { MSG_EXITED, &exited },
		{ MSG_KEPT, &kept }, { MSG_VERB, &verb },
		{ MSG_READY, &(struct msg_ready){ .proxy = { 0 } } },
		{ MSG_ATTACH, NULL } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, ALICE);

		end_send(d, &f->talk, rows[i].type, 1, rows[i].m, NULL, 0);
		end_over(d, &f->talk);
		front_free(f);
	}
	/* And descriptors where none belong. */
	{
		struct front *f = front_login(d, ALICE);
		struct msg_exec_ask ask = { .form = FORM_LINE,
			.line = span_of("whoami") };

		end_send(d, &f->talk, MSG_EXEC_ASK, 1, &ask, &f->tcp, 1);
		end_over(d, &f->talk);
		front_free(f);
	}
	assert_int_equal(conns_count(d->m.conns), 0);
}

static void
the_client_is_cut_off_with_its_front(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, ALICE);
	struct timeval patience = { .tv_sec = 5 };
	char c;

	assert_int_equal(
	    setsockopt(f->tcp, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);

	end_send(
	    d, &f->talk, MSG_READY, 0, &(struct msg_ready){ .proxy = { 0 } }, NULL, 0);
	end_over(d, &f->talk);
	/* The front may live on; the client's socket is shut all the same. */
	assert_int_equal(read(f->tcp, &c, 1), 0);
	front_free(f);
}

static void
a_shell_is_answered_with_one_line(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, ALICE);
	struct msg_shell_ask m = { .pty = 1 }, objects = { .json = 1 };

	end_send(d, &f->talk, MSG_SHELL_ASK, 2, &objects, NULL, 0);
	front_denied(
	    f, 2, STATUS_USAGE, "{\"broker\":{\"event\":\"refused\",\"text\":");
	assert_int_equal(f->talk.m.verdict.json, 1);
	end_send(d, &f->talk, MSG_SHELL_ASK, 3, &m, NULL, 0);
	front_denied(f, 3, STATUS_USAGE, "there is no shell here");
	front_free(f);
}

static void
a_connection_without_login_does_not_stay(void **state)
{
	struct desk *d = *state;
	struct front *f = front_new(d);

	front_kex(f);
	desk_skip(d, 34000);
	end_quiet(d, &f->talk);
	desk_skip(d, 1500);
	end_over(d, &f->talk);
	assert_int_equal(conns_count(d->m.conns), 0);
	front_free(f);
}

static void
an_idle_connection_does_not_stay(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, ALICE), *g = front_login(d, CI);

	front_exec(g, 1, "aws s3 ls"); /* a session: not idle */
	desk_skip(d, 300000);
	front_gone(f, 9);
	desk_skip(d, 301000);
	end_quiet(d, &f->talk);
	desk_skip(d, 299500);
	end_over(d, &f->talk);
	end_quiet(d, &g->talk);
	front_gone(g, 1);
	desk_skip(d, 599000);
	end_quiet(d, &g->talk);
	desk_skip(d, 1500);
	end_over(d, &g->talk);
	front_free(f);
	front_free(g);
}

static void
a_reload_ends_who_is_gone_from_it(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, ALICE), *g = front_login(d, BOB);
	struct front *h = front_new(d);
	char config[16384];
	const char *old = desk_config(d, NULL), *at = strstr(old, d->key_lines[ALICE]);

	/* Alice's key goes to nobody. */
	snprintf(config, sizeof config, "%.*s%s%s", (int)(at - old), old,
	    d->key_lines[STRANGER], at + strlen(d->key_lines[ALICE]));
	desk_reload(d, config, NULL);
	end_over(d, &f->talk);
	end_quiet(d, &g->talk);
	end_quiet(d, &h->talk);
	front_kex(h);
	assert_int_equal(front_try(h, ALICE, true), 'n');
	front_free(f);
	front_free(g);
	front_free(h);
}

static void
a_test_connection_is_given_nothing(void **state)
{
	struct desk *d = *state;
	struct msg_exec_ask ask = { .form = FORM_LINE, .line = span_of("whoami") };
	struct end sign, talk;
	int tcp[2], a, b;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, tcp), 0);
	a = end_pair(&sign);
	b = end_pair(&talk);
	assert_int_equal(
	    conn_open_take(d->m.conns, NEW_TEST, a, b, tcp[0], NULL), RC_OK);
	end_want(d, &talk, MSG_NONCE);
	end_send(d, &talk, MSG_EXEC_ASK, 1, &ask, NULL, 0);
	end_over(d, &talk);
	assert_false(conns_tested(d->m.conns));
	end_close(&sign);
	end_close(&talk);
	close(tcp[1]);
}

/* A front that asks and withdraws as fast as it can, while the disk below the keeper
 * stands still: neither the keeper's socket nor the broker may be lost. */
static void
a_flood_waits_for_the_keeper(void **state)
{
	enum { ASKS = 4000 };
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *g, *h;
	int events = 0, got;

	for (uint32_t i = 0; i < ASKS; i++) {
		front_exec(f, i, "aws s3 rb s3://logs");
		front_gone(f, i);
	}
	desk_turn(d);
	assert_int_equal(d->ended, 0);
	/* Somebody else comes in meanwhile, and waits too. */
	g = front_new(d);
	front_kex(g);
	h = front_new(d);
	front_free(h);
	for (int turns = 0; turns < 200; turns++) {
		desk_skip(d, 20);
		while ((got = end_poll(d, &d->keeper)) > 0) {
			events++;
			keeper_says(d, RC_OK);
		}
		assert_int_equal(got, -1);
	}
	assert_true(events > 100);
	assert_int_equal(d->ended, 0);
	assert_int_equal(front_try(g, ALICE, true), 'y');
	keeper_event(d, "login");
	front_exec(g, 1, "aws s3 rb s3://logs");
	keeper_event(d, "verdict");
	keeper_event(d, "denied");
	front_denied(g, 1, STATUS_DENIED, "Buckets stay");
	front_free(f);
	front_free(g);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(a_login_is_known_by_its_key),
		T(who_is_not_proven_gets_nothing),
		T(a_signature_of_another_connection_is_no),
		T(a_preimage_of_another_connection_is_not_signed),
		T(keys_that_nobody_has_are_no),
		T(so_many_failures_and_no_more),
		cmocka_unit_test(fewer_failures_may_be_configured),
		T(messages_of_others_end_the_connection),
		T(the_client_is_cut_off_with_its_front),
		T(a_shell_is_answered_with_one_line),
		T(a_connection_without_login_does_not_stay),
		T(an_idle_connection_does_not_stay),
		T(a_reload_ends_who_is_gone_from_it),
		T(a_test_connection_is_given_nothing),
		T(a_flood_waits_for_the_keeper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
