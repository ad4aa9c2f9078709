/* From an allow to the sealed recording, and each failure on the way. */
#include "tests/monitor/desk.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define LS "aws s3 ls"

static struct front *
at_launch(struct desk *d, struct run *r)
{
	return desk_run(d, LS, r);
}

static void
done(struct desk *d, struct front *f, struct run *r)
{
	desk_done(d, f, r);
}

static bool
is_pipe(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return S_ISFIFO(st.st_mode);
}

static void
a_command_walks_from_lease_to_seal(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	const struct msg_launch *l = &d->launch.m.launch;
	struct run r;

	front_exec(f, 1, LS);
	assert_int_equal(fake_vault()->asked, 0);
	keeper_event(d, "verdict");
	assert_int_equal(fake_vault()->asked, 1);
	assert_string_equal(fake_vault()->identity, "ci");
	assert_string_equal(fake_vault()->role, "arn:aws:iam::111122223333:role/b");
	assert_string_equal(fake_vault()->rule, "p/look");
	assert_string_equal(fake_vault()->approval, "");
	end_quiet(d, &f->talk);
	run_from_lease(f, 1, &r);
	assert_true(span_is(d->nursery.m.start.recipients, "the verified list"));
	assert_true(span_is(d->nursery.m.start.title, "'aws' s3 ls"));
	assert_memory_equal(d->nursery.m.start.device.p, d->m.device_key, 32);
	/* No stdin: /dev/null on both sides; the outputs are pipes. */
	assert_false(is_pipe(r.fds[3]));
	assert_true(is_pipe(r.fds[4]) && is_pipe(r.fds[5]));
	run_to_launch(d, &r);
	assert_int_equal(l->argv.n, 3);
	assert_true(span_is(l->argv.v[0], "/usr/bin/aws"));
	assert_true(span_is(l->argv.v[2], "ls"));
	run_to_end(d, &r);
	done(d, f, &r);
}

/* What goes in at one end comes out at the other, whole. */
static void
is_socket_pair(int a, int b)
{
	char text[8];

	assert_int_equal(send(a, "knock", 5, 0), 5);
	assert_int_equal(recv(b, text, sizeof text, 0), 5);
}

static bool
has_text(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

/* The gate alone gets the lease; the command what its gate made up. */
static void
the_secret_goes_to_the_gate_alone(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	const struct msg_launch *l = &d->launch.m.launch;
	struct run r;
	bool found = false;

	front_exec(f, 1, LS);
	run_to_start(f, 1, &r);
	assert_false(has_text(buf_span(&d->nursery.in), "the-secret-key"));
	assert_false(has_text(d->keeper.m.event.detail, "the-secret-key"));
	assert_int_equal(d->nursery.m.start.gate, GATE_COMMAND);
	assert_true(span_is(d->nursery.m.start.account, "111122223333"));
	assert_true(span_is(d->nursery.m.start.region, "eu-west-1"));
	assert_int_equal(d->nursery.m.start.dummy_secret.len, 0);
	assert_true(has_text(d->nursery.m.start.meta, "\"lease\":\""));
	assert_true(has_text(d->nursery.m.start.meta, "\"name\":\"ci\""));
	assert_true(has_text(d->nursery.m.start.meta, "\"owner\":\"alice\""));
	assert_true(has_text(d->nursery.m.start.meta, "\"rule\":\"p/look\""));
	assert_false(has_text(d->nursery.m.start.meta, "\"hold\""));
	assert_true(has_text(d->nursery.m.start.meta, "\"build\":\"0+test\""));
	assert_true(has_text(d->nursery.m.start.meta, "\"user\":\""));
	assert_true(has_text(d->nursery.m.start.meta, "\"client\":\"SSH-2.0-client\""));
	assert_true(has_text(d->nursery.m.start.meta, "\"pty\":false"));
	assert_true(
	    has_text(d->nursery.m.start.meta, "\"approval\":{\"required\":false}"));
	assert_int_equal(d->nursery.m.start.hide_size, 0);
	assert_true(span_is(d->nursery.m.start.class_, "standard"));
	run_to_launch(d, &r);
	assert_true(span_is(r.ctl.m.lease.secret, "the-secret-key"));
	assert_true(span_is(r.ctl.m.lease.token, "the-session-token"));
	assert_true(r.ctl.m.lease.expires_ms == 4102444800000);
	assert_false(has_text(buf_span(&d->launch.in), "the-secret-key"));
	assert_false(has_text(buf_span(&d->launch.in), "the-session-token"));
	assert_true(span_eq(l->proxy, run_dummies()->proxy));
	assert_true(span_eq(l->ca, run_dummies()->ca));
	for (uint32_t i = 0; i < l->env.n; i++)
		found |=
		    span_is(l->env.v[i], "AWS_SECRET_ACCESS_KEY=a+secret/of+the+gate");
	assert_true(found);
	is_socket_pair(r.fds[6], r.child[3]);
	run_to_end(d, &r);
	done(d, f, &r);
}

/* Its recordings end when those of its class do. */
static void
a_profile_has_its_own_class(void **state)
{
	struct desk *d = *state;
	struct front *f;
	struct run r;

	desk_reload(d,
	    desk_config_with(d, "region: eu-west-1}",
		"region: eu-west-1, class: glass}\n"
		"  other: {account: \"111122223333\", role: "
		"\"arn:aws:iam::111122223333:role/b\", region: eu-west-1}"),
	    NULL);
	f = front_login(d, CI);
	front_exec(f, 1, LS);
	keeper_event(d, "verdict");
	fake_vault_answer(RC_OK, "");
	keeper_event(d, "lease");
	end_want(d, &d->keeper, MSG_OPEN_REC);
	assert_true(span_is(d->keeper.m.open_rec.class_, "glass"));
	/* What comes meanwhile is for others. */
	desk_reload(d, NULL, NULL);
	keeper_says(d, RC_RETRY);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "nothing can be recorded now");
	front_free(f);
	f = at_launch(d, &r);
	assert_true(span_is(d->nursery.m.start.class_, "standard"));
	run_to_end(d, &r);
	done(d, f, &r);
}

static void
the_gate_gets_its_ca(void **state)
{
	char path[64] = "/tmp/desk-ca.XXXXXX", more[256], text[16] = "";
	int fd = mkstemp(path);
	struct desk *d;
	struct front *f;
	struct run r;

	(void)state;
	assert_int_equal(write(fd, "a CA", 4), 4);
	close(fd);
	snprintf(more, sizeof more,
	    "aws: {ca_file: %s, connect_to: {\"*\": \"127.0.0.1:8443\"}}", path);
	d = desk_new(more);
	f = at_launch(d, &r);
	assert_int_equal(read(r.fds[7], text, sizeof text), 4);
	assert_string_equal(text, "a CA");
	run_to_end(d, &r);
	done(d, f, &r);
	/* One that has gone is no reason to trust others. */
	unlink(path);
	f = front_login(d, CI);
	front_exec(f, 1, LS);
	keeper_event(d, "verdict");
	fake_vault_answer(RC_OK, "");
	keeper_event(d, "lease");
	keeper_opens(d);
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "could not be started");
	end_quiet(d, &d->nursery);
	front_free(f);
	desk_free(d);
}

static void
a_command_that_reads_gets_a_pipe(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct run r;
	char c = 0;

	front_exec(f, 1, "aws s3 cp - s3://logs/a");
	run_to_start(f, 1, &r);
	run_to_launch(d, &r);
	assert_int_equal(write(r.fds[3], "x", 1), 1);
	assert_int_equal(read(r.child[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	/* The monitor keeps no end: what the command closes is at its end. */
	close(r.child[1]);
	r.child[1] = -1;
	assert_int_equal(fcntl(r.fds[4], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(r.fds[4], &c, 1), 0);
	run_to_end(d, &r);
	done(d, f, &r);
}

static void
without_a_lease_nothing_runs(void **state)
{
	static const struct {
		bool at_once;
		enum rc rc;
		int status;
		const char *event;
	} rows[] = {
		{ false, RC_RETRY, STATUS_UNREACHABLE, "unreachable" },
		{ false, RC_REFUSE, STATUS_UNREACHABLE, "unreachable" },
		{ false, RC_FAIL, STATUS_FAILED, "failed" },
		{ true, RC_RETRY, STATUS_UNREACHABLE, "unreachable" },
		{ true, RC_FAIL, STATUS_FAILED, "failed" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		fake_vault()->at_once = rows[i].at_once ? rows[i].rc : RC_OK;
		front_exec(f, i, LS);
		keeper_event(d, "verdict");
		if (!rows[i].at_once)
			fake_vault_answer(rows[i].rc, "the fake vault says no");
		/* Committed first. */
		end_quiet(d, &f->talk);
		keeper_event(d, rows[i].event);
		front_denied(f, i, rows[i].status, "the fake vault says no");
		assert_int_equal(sessions_count(d->m.sessions), 0);
	}
	end_quiet(d, &d->keeper);
	end_quiet(d, &d->nursery);
	front_free(f);
}

static void
without_a_recording_nothing_runs(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (int with_fd = 0; with_fd < 2; with_fd++) {
		front_exec(f, 1, LS);
		keeper_event(d, "verdict");
		fake_vault_answer(RC_OK, "");
		keeper_event(d, "lease");
		end_want(d, &d->keeper, MSG_OPEN_REC);
		/* Refused; and said to be open, but without a descriptor. */
		keeper_says(d, with_fd ? RC_OK : RC_FAIL);
		keeper_event(d, "failed");
		front_denied(f, 1, STATUS_FAILED, "nothing can be recorded now");
		assert_int_equal(sessions_count(d->m.sessions), 0);
	}
	end_quiet(d, &d->nursery);
	front_free(f);
}

static void
nothing_is_launched_before_the_key_is_certified(void **state)
{
	enum { NO_SEAL, UNANSWERED, TWICE, REFUSED, SHORT, KINDS };
	struct desk *d = *state;
	uint8_t bytes[72] = { 0 };
	struct msg_seal seal = { span_make(bytes, 32), span_make(bytes, 32) };

	for (int kind = 0; kind < KINDS; kind++) {
		struct msg_kept kept = { .rc = kind == REFUSED ? RC_FAIL : RC_OK,
			.bytes = span_make(bytes, 71) };
		struct front *f = front_login(d, CI);
		struct run r;

		front_exec(f, 1, LS);
		run_to_start(f, 1, &r);
		if (kind != NO_SEAL) {
			end_send(d, &r.ctl, MSG_SEAL, 0, &seal, NULL, 0);
			end_want(d, &d->keeper, MSG_SEAL_REC);
		}
		if (kind == TWICE) {
			end_send(d, &r.ctl, MSG_SEAL, 0, &seal, NULL, 0);
			desk_turn(d);
		}
		if (kind == REFUSED || kind == SHORT) {
			end_send(
			    d, &d->keeper, MSG_KEPT, d->keeper.f.id, &kept, NULL, 0);
			end_want(d, &r.ctl, MSG_SEALED);
			assert_int_equal(r.ctl.m.sealed.sig.len, 0);
		}
		end_send(d, &r.ctl, MSG_READY, 0, run_dummies(), NULL, 0);
		end_over(d, &r.ctl);
		end_quiet(d, &d->launch);
		keeper_event(d, "session.lost");
		end_want(d, &d->keeper, MSG_CLOSE_REC);
		assert_int_equal(d->keeper.m.close_rec.complete, 0);
		keeper_says(d, RC_OK);
		done(d, f, &r);
	}
}

static void
a_session_process_that_breaks_the_order_is_lost(void **state)
{
	uint8_t bytes[32] = { 0 };
	struct msg_seal seal = { span_make(bytes, 32), span_make(bytes, 32) };
	struct msg_signal signal = { 0 };
	struct msg_stop stop = { .why = STOP_TIME };
	const struct {
		enum msg type;
		const void *m;
	} rows[] = { { MSG_SEAL, &seal }, { MSG_READY, run_dummies() },
		{ MSG_SIGNAL, &signal }, { MSG_STOP, &stop } };
	struct desk *d = *state;
	struct msg_exited exited = { .how = HOW_SIGNAL, .code = SIGKILL };

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct run r;
		struct front *f = at_launch(d, &r);

		signal.signo = 64;
		end_send(d, &r.ctl, rows[i].type, 0, rows[i].m, NULL, 0);
		end_over(d, &r.ctl);
		end_want(d, &d->launch, MSG_KILL);
		assert_int_equal(d->launch.f.id, r.number);
		assert_int_equal(d->launch.m.kill.signo, SIGKILL);
		keeper_event(d, "session.lost");
		end_want(d, &d->keeper, MSG_CLOSE_REC);
		keeper_says(d, RC_OK);
		/* It is not over before the command is dead. */
		assert_int_equal(sessions_count(d->m.sessions), 1);
		end_send(d, &d->launch, MSG_EXITED, r.number, &exited, NULL, 0);
		desk_turn(d);
		done(d, f, &r);
	}
}

static void
signals_of_a_client_are_passed_on(void **state)
{
	static const uint8_t good[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL,
		SIGUSR1, SIGUSR2 };
	struct desk *d = *state;
	struct run r;
	struct front *f = at_launch(d, &r);

	for (size_t i = 0; i < ROWS(good); i++) {
		struct msg_signal m = { good[i] };

		end_send(d, &r.ctl, MSG_SIGNAL, 0, &m, NULL, 0);
		end_want(d, &d->launch, MSG_KILL);
		assert_int_equal(d->launch.m.kill.signo, good[i]);
	}
	run_to_end(d, &r);
	done(d, f, &r);
}

/* The launcher's socket is everybody's: a captured session process must not fill it. */
static void
a_flood_of_signals_costs_that_session_alone(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = at_launch(d, &r);
	struct msg_exited exited = { .how = HOW_SIGNAL, .code = SIGKILL };
	struct msg_signal m = { SIGUSR1 };
	int signals = 0, last = 0;

	for (int i = 0; i < 4000; i++) {
		end_send(d, &r.ctl, MSG_SIGNAL, 0, &m, NULL, 0);
		if (i % 100 == 0)
			desk_turn(d);
	}
	while (end_poll(d, &d->launch) == MSG_KILL) {
		last = d->launch.m.kill.signo;
		signals++;
	}
	assert_in_range(signals, 1, 200);
	assert_int_equal(last, SIGKILL);
	assert_int_equal(d->ended, 0);
	keeper_event(d, "session.lost");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	end_send(d, &d->launch, MSG_EXITED, r.number, &exited, NULL, 0);
	desk_turn(d);
	done(d, f, &r);
}

static void
a_recording_that_fails_stops_the_command(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = at_launch(d, &r);
	struct msg_exited exited = { .how = HOW_SIGNAL, .code = SIGKILL };

	run_ended(d, &r, false);
	end_want(d, &d->launch, MSG_KILL);
	assert_int_equal(d->launch.m.kill.signo, SIGKILL);
	keeper_event(d, "session.unrecorded");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	assert_int_equal(d->keeper.m.close_rec.complete, 0);
	keeper_says(d, RC_FAIL);
	end_want(d, &r.ctl, MSG_CLOSED);
	assert_int_equal(r.ctl.m.closed.good, 0);
	run_ended(d, &r, true); /* twice */
	end_over(d, &r.ctl);
	assert_int_equal(sessions_count(d->m.sessions), 1);
	end_send(d, &d->launch, MSG_EXITED, r.number, &exited, NULL, 0);
	desk_turn(d);
	end_quiet(d, &d->keeper);
	done(d, f, &r);
}

/* At FULL the command is killed, and the keeper asked for its reserve. */
static void
a_full_disk_asks_for_the_reserve_once(void **state)
{
	struct desk *d = *state;

	for (int good = 0; good < 2; good++) {
		struct msg_exited exited = { .how = HOW_SIGNAL, .code = SIGKILL };
		struct run r;
		struct front *f = at_launch(d, &r);

		end_send(d, &r.ctl, MSG_FULL, 0, NULL, NULL, 0);
		end_want(d, &d->launch, MSG_KILL);
		assert_int_equal(d->launch.m.kill.signo, SIGKILL);
		end_want(d, &d->keeper, MSG_RESERVE_REC);
		keeper_says(d, good ? RC_OK : RC_REFUSE);
		end_want(d, &r.ctl, MSG_ROOM);
		assert_int_equal(r.ctl.m.room.good, good);
		/* Once more is out of turn. */
		end_send(d, &r.ctl, MSG_FULL, 0, NULL, NULL, 0);
		end_over(d, &r.ctl);
		end_want(d, &d->launch, MSG_KILL);
		keeper_event(d, "session.lost");
		end_want(d, &d->keeper, MSG_CLOSE_REC);
		keeper_says(d, RC_OK);
		end_send(d, &d->launch, MSG_EXITED, r.number, &exited, NULL, 0);
		desk_turn(d);
		done(d, f, &r);
	}
}

static void
the_keeper_cuts_a_session(void **state)
{
	static const uint8_t other[16] = { 1 };
	static const uint8_t whys[] = { STOP_QUOTA, STOP_DISK };
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(whys); i++) {
		struct run r;
		struct front *f = at_launch(d, &r);
		uint8_t sid[16];
		struct msg_cut_rec m = { span_make(other, 16), whys[i],
			span_of("too much") };

		memcpy(sid, d->keeper.m.seal_rec.sid.p, sizeof sid);
		/* Nobody's. */
		end_send(d, &d->keeper, MSG_CUT_REC, 0, &m, NULL, 0);
		desk_turn(d);
		end_quiet(d, &r.ctl);
		m.sid = span_make(sid, 16);
		end_send(d, &d->keeper, MSG_CUT_REC, 0, &m, NULL, 0);
		end_want(d, &r.ctl, MSG_STOP);
		assert_int_equal(r.ctl.m.stop.why, whys[i]);
		assert_true(span_eq(r.ctl.m.stop.text, span_of("too much")));
		end_want(d, &d->launch, MSG_KILL);
		assert_int_equal(d->launch.m.kill.signo, SIGTERM);
		/* One that is ending hears of it, too. */
		end_send(d, &d->keeper, MSG_CUT_REC, 0, &m, NULL, 0);
		end_want(d, &r.ctl, MSG_STOP);
		end_quiet(d, &d->launch);
		run_to_end(d, &r);
		end_want(d, &d->launch, MSG_KILL);
		done(d, f, &r);
	}
}

static void
a_command_that_does_not_start_is_said_so(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = at_launch(d, &r);
	struct msg_launched m = { .pid = 0, .text = span_of("no such program") };

	end_send(d, &d->launch, MSG_LAUNCHED, r.number, &m, NULL, 0);
	end_want(d, &r.ctl, MSG_STOP);
	assert_int_equal(r.ctl.m.stop.why, STOP_LOST);
	end_want(d, &r.ctl, MSG_EXITED);
	assert_int_equal(r.ctl.m.exited.how, HOW_NEVER);
	run_ended(d, &r, true);
	keeper_event(d, "session.end");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	done(d, f, &r);
}

static void
the_launcher_cannot_end_what_it_did_not_start(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct msg_exited exited = { .how = HOW_EXIT };
	struct msg_launched launched = { .pid = 0 };
	struct run r;

	front_exec(f, 1, LS);
	run_to_start(f, 1, &r);
	for (uint32_t number = 0; number < 3; number++) {
		end_send(d, &d->launch, MSG_EXITED, number, &exited, NULL, 0);
		end_send(d, &d->launch, MSG_LAUNCHED, number, &launched, NULL, 0);
	}
	end_quiet(d, &r.ctl);
	run_to_launch(d, &r);
	end_send(d, &d->launch, MSG_EXITED, r.number, &exited, NULL, 0);
	end_send(d, &d->launch, MSG_EXITED, r.number, &exited, NULL, 0);
	end_want(d, &r.ctl, MSG_EXITED);
	end_quiet(d, &r.ctl);
	end_close(&r.ctl);
	keeper_event(d, "session.lost");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	done(d, f, &r);
}

static void
give_up(struct desk *d, struct run *r)
{
	struct msg_exited exited = { .how = HOW_SIGNAL, .code = SIGKILL };

	desk_skip(d, 2100);
	end_want(d, &d->launch, MSG_KILL);
	assert_int_equal(d->launch.m.kill.signo, SIGKILL);
	end_send(d, &d->launch, MSG_EXITED, r->number, &exited, NULL, 0);
	end_want(d, &r->ctl, MSG_EXITED);
	/* And the session process does not end by itself either. */
	end_quiet(d, &r->ctl);
	desk_skip(d, 15100);
	end_over(d, &r->ctl);
	keeper_event(d, "session.lost");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
}

static void
a_client_that_goes_takes_its_command_along(void **state)
{
	struct desk *d = *state;

	for (int way = 0; way < 2; way++) {
		struct run r;
		struct front *f = at_launch(d, &r);

		if (way == 0)
			front_gone(f, 1);
		else
			end_close(&f->talk);
		end_want(d, &r.ctl, MSG_STOP);
		assert_int_equal(r.ctl.m.stop.why, STOP_GONE);
		end_want(d, &d->launch, MSG_KILL);
		assert_int_equal(d->launch.m.kill.signo, SIGTERM);
		give_up(d, &r);
		done(d, f, &r);
	}
}

static void
a_command_has_so_much_time(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = at_launch(d, &r);

	desk_skip(d, 3599000);
	end_quiet(d, &r.ctl);
	desk_skip(d, 1100);
	end_want(d, &r.ctl, MSG_STOP);
	assert_int_equal(r.ctl.m.stop.why, STOP_TIME);
	end_want(d, &d->launch, MSG_KILL);
	assert_int_equal(d->launch.m.kill.signo, SIGTERM);
	give_up(d, &r);
	done(d, f, &r);
}

static void
a_client_that_goes_early_starts_nothing(void **state)
{
	enum { VERDICT, LEASE, NOTED, OPEN, START, STEPS };
	struct desk *d = *state;

	for (int step = 0; step < STEPS; step++) {
		struct front *f = front_login(d, CI);
		struct run r;

		run_none(&r);
		front_exec(f, 1, LS);
		if (step >= LEASE)
			keeper_event(d, "verdict");
		if (step == NOTED || step == OPEN)
			fake_vault_answer(RC_OK, "");
		if (step == OPEN)
			keeper_event(d, "lease");
		if (step == START)
			run_from_lease(f, 1, &r);
		front_gone(f, 1);
		if (step == VERDICT)
			keeper_event(d, "verdict");
		if (step == NOTED)
			keeper_event(d, "lease");
		if (step == OPEN) {
			keeper_opens(d);
			end_want(d, &d->keeper, MSG_CLOSE_REC);
			assert_int_equal(d->keeper.m.close_rec.complete, 0);
			keeper_says(d, RC_OK);
			keeper_event(d, "failed");
		}
		if (step == START) {
			end_want(d, &r.ctl, MSG_STOP);
			end_want(d, &r.ctl, MSG_EXITED);
			assert_int_equal(r.ctl.m.exited.how, HOW_NEVER);
			/* READY that was on its way starts nothing any more. */
			end_close(&r.ctl);
			keeper_event(d, "session.lost");
			end_want(d, &d->keeper, MSG_CLOSE_REC);
			keeper_says(d, RC_OK);
		} else
			end_quiet(d, &d->nursery);
		end_quiet(d, &d->launch);
		assert_int_equal(fake_vault()->open, 0);
		done(d, f, &r);
	}
	assert_int_equal(fake_vault()->cancelled, 1);
}

static void
the_end_of_the_broker_ends_all(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *g;
	struct run r;

	/* One that runs, one that is being opened, one that waits for its verdict. */
	g = at_launch(d, &r);
	front_exec(f, 1, LS);
	keeper_event(d, "verdict");
	fake_vault_answer(RC_OK, "");
	keeper_event(d, "lease");
	front_exec(f, 2, LS);
	d->m.ending = true;
	sessions_stop(d->m.sessions, "the broker ends");
	end_want(d, &r.ctl, MSG_STOP);
	assert_int_equal(r.ctl.m.stop.why, STOP_SHUTDOWN);
	end_want(d, &d->launch, MSG_KILL);
	keeper_opens(d);	    /* of channel 1 */
	keeper_event(d, "verdict"); /* of channel 2, which is answered already */
	keeper_event(d, "failed");
	front_denied(f, 2, STATUS_FAILED, "the broker ends");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "stopped before it began");
	front_exec(f, 3, LS);
	keeper_event(d, "failed");
	front_denied(f, 3, STATUS_FAILED, "the broker is ending");
	end_quiet(d, &d->nursery);
	assert_int_equal(sessions_count(d->m.sessions), 1);
	run_close(&r);
	front_free(f);
	front_free(g);
}

static void
a_long_command_has_a_short_title(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char quotes[1200], line[1300];
	struct run r;

	/* Each of them becomes four characters of the canonical text. */
	memset(quotes, '\'', sizeof quotes);
	snprintf(line, sizeof line, "aws s3 ls \"s3://logs/%.*s\"", (int)sizeof quotes,
	    quotes);
	front_exec(f, 1, line);
	run_to_start(f, 1, &r);
	assert_int_equal(d->nursery.m.start.title.len, 1024);
	assert_true(d->nursery.m.start.meta.len > 4 * sizeof quotes);
	run_to_launch(d, &r);
	run_to_end(d, &r);
	done(d, f, &r);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(a_command_walks_from_lease_to_seal),
		T(the_secret_goes_to_the_gate_alone),
		T(a_profile_has_its_own_class),
		T(the_gate_gets_its_ca),
		T(a_command_that_reads_gets_a_pipe),
		T(without_a_lease_nothing_runs),
		T(without_a_recording_nothing_runs),
		T(nothing_is_launched_before_the_key_is_certified),
		T(a_session_process_that_breaks_the_order_is_lost),
		T(signals_of_a_client_are_passed_on),
		T(a_flood_of_signals_costs_that_session_alone),
		T(a_recording_that_fails_stops_the_command),
		T(a_full_disk_asks_for_the_reserve_once),
		T(the_keeper_cuts_a_session),
		T(a_command_that_does_not_start_is_said_so),
		T(the_launcher_cannot_end_what_it_did_not_start),
		T(a_client_that_goes_takes_its_command_along),
		T(a_command_has_so_much_time),
		T(a_client_that_goes_early_starts_nothing),
		T(the_end_of_the_broker_ends_all),
		T(a_long_command_has_a_short_title),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
