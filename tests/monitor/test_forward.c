/* From FORWARD_ASK to a session of the gate for SDKs, and what its gate may ask. */
#include "tests/monitor/desk.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/model/sdkkey.h"

/* The desk's rules, and one for SDKs. */
static const char api_policy[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: look, effect: allow, on: [exec], aws: {operations: ['s3:ls']}}\n"
    "  - {id: sdk, effect: allow, on: [api], who: {group: [deployers, sre]}, aws: "
    "{operations: ['s3:GetObject']}}\n";

static int
setup(void **state)
{
	desk_setup(state);
	desk_reload(*state, NULL, api_policy);
	return 0;
}

static bool
has(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

static void
want(struct span s, const char *part)
{
	if (!has(s, part))
		fail_msg("\"%s\" is not in: %.*s", part, (int)s.len, (const char *)s.p);
}

/* The recording is certified and the gate is made: it has its lease. */
static void
to_running(struct desk *d, struct run *r)
{
	uint8_t bytes[72] = { 1, 2, 3 };
	struct msg_seal seal = { span_make(bytes, 32), span_make(bytes, 32) };
	struct msg_kept kept = { .rc = RC_OK, .bytes = span_make(bytes, 72) };

	end_send(d, &r->ctl, MSG_SEAL, 0, &seal, NULL, 0);
	end_want(d, &d->keeper, MSG_SEAL_REC);
	end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &kept, NULL, 0);
	end_want(d, &r->ctl, MSG_SEALED);
	end_send(
	    d, &r->ctl, MSG_READY, 0, &(struct msg_ready){ .proxy = { 0 } }, NULL, 0);
	end_want(d, &r->ctl, MSG_LEASE);
}

static struct front *
opened(struct desk *d, enum person who, const char *host, struct run *r)
{
	struct front *f = front_login(d, who);

	front_forward(f, 1, host, 443);
	run_to_start(f, 1, r);
	return f;
}

static void
ended(struct desk *d, struct run *r)
{
	run_ended(d, r, true);
	keeper_event(d, "session.end");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	assert_int_equal(d->keeper.m.close_rec.complete, 1);
	keeper_says(d, RC_OK);
	end_want(d, &r->ctl, MSG_CLOSED);
	end_close(&r->ctl);
	desk_turn(d);
}

static void
it_leads_to_a_session_without_a_command(void **state)
{
	struct desk *d = *state;
	const struct msg_start *st = &d->nursery.m.start;
	struct front *f = front_login(d, CI);
	struct run r;
	char c = 0;

	front_forward(f, 1, "aws", 443);
	end_quiet(d, &f->talk);
	keeper_event_open(d, "verdict");
	want(d->keeper.m.event.detail, "\"command\":\"sdk staging@aws:443\"");
	want(d->keeper.m.event.detail, "\"profile\":\"staging\"");
	assert_int_equal(fake_vault()->asked, 0);
	keeper_says(d, RC_OK);
	assert_string_equal(fake_vault()->identity, "ci");
	assert_string_equal(fake_vault()->role, "arn:aws:iam::111122223333:role/b");
	run_from_lease(f, 1, &r);
	assert_int_equal(st->gate, GATE_SDK);
	assert_true(span_is(st->title, "sdk staging@aws:443"));
	assert_true(span_is(st->account, "111122223333"));
	assert_true(span_is(st->region, "eu-west-1"));
	want(st->meta, "\"command\":\"sdk staging@aws:443\"");
	want(st->meta, "\"name\":\"ci\"");
	/* One stream: in by the first, out by its copy, the gate at the other end. */
	assert_int_equal(write(r.fds[3], "x", 1), 1);
	assert_int_equal(read(r.fds[6], &c, 1), 1);
	assert_int_equal(c, 'x');
	assert_int_equal(write(r.fds[6], "y", 1), 1);
	assert_int_equal(read(r.fds[4], &c, 1), 1);
	assert_int_equal(c, 'y');
	assert_int_equal(read(r.fds[5], &c, 1), 0);
	to_running(d, &r);
	assert_true(span_is(r.ctl.m.lease.secret, "the-secret-key"));
	end_quiet(d, &d->launch);
	ended(d, &r);
	desk_done(d, f, &r);
}

static void
find(struct span root, const char *id, uint64_t now, enum rc rc)
{
	struct secret *s = NULL;

	assert_int_equal(sdkkey_find(root, span_of(id), now, &s, NULL), rc);
	secret_free(s);
}

/* What sdk-env hands out is what the gate can verify, and nobody else's gate. */
static void
its_keys_are_those_of_sdk_env(void **state)
{
	struct desk *d = *state;
	const struct msg_start *st = &d->nursery.m.start;
	struct front *f, *g = front_login(d, CI);
	uint64_t now = clock_wall_ms();
	char text[16384], id[SDKKEY_ID + 1] = "", *at, want_line[100];
	struct secret *secret = NULL;
	struct run r;

	assert_int_equal(
	    front_verb(g, 1, "sdk-env --port 8443 --hours 2", text, sizeof text), 0);
	at = strstr(text, "AWS_ACCESS_KEY_ID='");
	assert_non_null(at);
	memcpy(id, strchr(at, '\'') + 1, SDKKEY_ID);
	keeper_event_open(d, "sdk.keys");
	want(d->keeper.m.event.detail, id);
	assert_true(span_is(d->keeper.m.event.identity, "ci"));
	keeper_says(d, RC_OK);

	f = opened(d, CI, "aws", &r);
	assert_true(span_is(st->dummy_id, SDKKEY_PREFIX));
	assert_int_equal(
	    sdkkey_find(st->dummy_secret, span_of(id), now, &secret, NULL), RC_OK);
	snprintf(want_line, sizeof want_line, "AWS_SECRET_ACCESS_KEY='%s'\n",
	    (const char *)secret_bytes(secret));
	assert_non_null(strstr(text, want_line));
	assert_false(has(d->keeper.m.event.detail, (char *)secret_bytes(secret)));
	secret_free(secret);
	find(st->dummy_secret, id, now + 7100000, RC_OK);
	find(st->dummy_secret, id, now + 7202000, RC_REFUSE);
	run_close(&r);
	keeper_drain(d);
	front_free(f);
	keeper_drain(d);

	f = opened(d, CI, "prod@aws", &r);
	assert_true(span_is(st->account, "444455556666"));
	assert_true(span_is(st->region, "us-east-1"));
	assert_true(span_is(st->title, "sdk prod@aws:443"));
	find(st->dummy_secret, id, now, RC_REFUSE);
	run_close(&r);
	keeper_drain(d);
	front_free(f);
	keeper_drain(d);

	f = opened(d, BOT, "aws", &r);
	find(st->dummy_secret, id, now, RC_REFUSE);
	run_close(&r);
	keeper_drain(d);
	front_free(f);
	front_free(g);
	keeper_drain(d);
}

static void
every_other_place_is_refused(void **state)
{
	static const struct {
		const char *host;
		uint32_t port;
		int status;
		const char *event, *why;
	} rows[] = {
		{ "aws", 80, 64, "refused", "only aws:443" },
		{ "aws", 0, 64, "refused", "only aws:443" },
		{ "aws", 65979, 64, "refused", "only aws:443" }, /* 443 + 65536 */
		/* Any other is a target, or stands behind one. */
		{ "", 443, 64, "refused", "the name of a target" },
		{ "AWS", 443, 77, "denied", "no rule lets you reach ports" },
		{ "aws.", 443, 77, "denied", "no rule lets you reach ports" },
		{ "aws ", 443, 64, "refused", "the name of a target" },
		{ "xaws", 443, 77, "denied", "there is aws:443" },
		{ "s3.amazonaws.com", 443, 77, "denied", "there is aws:443" },
		{ "127.0.0.1", 443, 77, "denied", "there is aws:443" },
		{ "i-0123456789abcdef0", 5432, 77, "denied", "there is aws:443" },
		{ "i-0123456789abcdef0", 0, 64, "refused", "1 to 65535" },
		{ "i-0123456789abcdef0", 65536, 64, "refused", "1 to 65535" },
		{ "@aws", 443, 64, "refused", "only aws:443" },
		{ "prod@", 443, 64, "refused", "the name of a target" },
		{ "prod@aws@", 443, 64, "refused", "before the @" },
		{ "@i-0abc", 443, 64, "refused", "before the @" },
		{ "aws@prod", 443, 77, "denied", "there is aws:443" },
		{ "169.254.169.254@i-0abc", 80, 77, "denied", "metadata" },
		{ "nonesuch@aws", 443, 77, "denied", "no such profile" },
		{ "prod@prod@aws", 443, 77, "denied", "no such profile" },
		{ "Prod@aws", 443, 77, "denied", "no such profile" },
		{ "\xff\n@aws", 443, 77, "denied", "no such profile" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *g = front_login(d, BOT),
		     *h = front_login(d, CAROL);

	for (size_t i = 0; i < ROWS(rows); i++) {
		front_forward(f, (uint32_t)i + 1, rows[i].host, rows[i].port);
		keeper_event(d, rows[i].event);
		front_denied(f, (uint32_t)i + 1, rows[i].status, rows[i].why);
	}
	/* Another's profile; no profile at all. */
	front_forward(g, 1, "prod@aws", 443);
	keeper_event(d, "denied");
	front_denied(g, 1, 77, "no such profile");
	front_forward(h, 1, "aws", 443);
	keeper_event(d, "denied");
	front_denied(h, 1, 77, "no profile of your own");
	assert_int_equal(fake_vault()->asked, 0);
	end_quiet(d, &d->nursery);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(f);
	front_free(g);
	front_free(h);
}

static void
without_a_rule_for_calls_nothing_is_open(void **state)
{
	static const char *const rules[] = {
		/* For commands; for others; a deny. */
		"{id: a, effect: allow, on: [exec], aws: {operations: "
		"['s3:GetObject']}}",
		"{id: a, effect: allow, on: [api], who: {group: sre}, aws: "
		"{operations: "
		"['s3:GetObject']}}",
		"{id: a, effect: deny, on: [api], aws: {operations: ['s3:GetObject']}}",
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char policy[512], text[4096];

	for (size_t i = 0; i < ROWS(rules); i++) {
		snprintf(policy, sizeof policy, "{version: 1, name: p, rules: [%s]}",
		    rules[i]);
		desk_reload(d, NULL, policy);
		front_forward(f, 1, "aws", 443);
		keeper_event(d, "denied");
		front_denied(f, 1, 77, "no rule lets you make API calls");
		assert_int_equal(
		    front_verb(f, 2, "sdk-env --port 1", text, sizeof text), 77);
		assert_non_null(strstr(text, "no rule lets you make API calls"));
		assert_null(strstr(text, SDKKEY_PREFIX));
	}
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
}

static void
nothing_is_open_without_lease_recording_and_room(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_forward(f, 1, "aws", 443);
	keeper_event_open(d, "verdict");
	keeper_says(d, RC_FAIL);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "could not be recorded");

	front_forward(f, 2, "aws", 443);
	keeper_event(d, "verdict");
	fake_vault_answer(RC_RETRY, "STS is away");
	keeper_event(d, "unreachable");
	front_denied(f, 2, STATUS_UNREACHABLE, "STS is away");

	front_forward(f, 3, "aws", 443);
	keeper_event(d, "verdict");
	fake_vault_answer(RC_OK, "");
	keeper_event(d, "lease");
	end_want(d, &d->keeper, MSG_OPEN_REC);
	keeper_says(d, RC_FAIL);
	keeper_event(d, "failed");
	front_denied(f, 3, STATUS_FAILED, "nothing can be recorded");
	end_quiet(d, &d->nursery);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(f);
}

static void
so_many_at_once_and_no_more(void **state)
{
	struct desk *d = desk_new("limits: {sessions_per_identity: 1}");
	struct front *f;
	struct run r;

	(void)state;
	desk_reload(
	    d, desk_config(d, "limits: {sessions_per_identity: 1}"), api_policy);
	f = front_login(d, CI);
	front_forward(f, 1, "aws", 443);
	run_to_start(f, 1, &r);
	front_forward(f, 2, "aws", 443);
	keeper_event(d, "verdict");
	keeper_event(d, "busy");
	front_denied(f, 2, STATUS_HELD, "too many");
	/* One channel, one thing: a front that breaks this is no longer ours. */
	front_forward(f, 1, "aws", 443);
	end_over(d, &f->talk);
	run_close(&r);
	keeper_drain(d);
	front_free(f);
	keeper_drain(d);
	desk_free(d);
}

static void
a_client_that_goes_ends_it(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = opened(d, CI, "aws", &r);

	to_running(d, &r);
	front_gone(f, 1);
	end_want(d, &r.ctl, MSG_STOP);
	assert_int_equal(r.ctl.m.stop.why, STOP_GONE);
	/* There is no command that could have exited. */
	end_quiet(d, &r.ctl);
	end_quiet(d, &d->launch);
	ended(d, &r);
	desk_done(d, f, &r);

	f = front_login(d, CI);
	front_forward(f, 1, "aws", 443);
	front_gone(f, 1);
	keeper_event(d, "verdict");
	assert_int_equal(sessions_count(d->m.sessions), 0);
	end_quiet(d, &d->nursery);
	run_close(&r);
	front_free(f);
}

static void
it_has_so_much_time(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = opened(d, CI, "aws", &r);

	to_running(d, &r);
	desk_skip(d, 3599000);
	end_quiet(d, &r.ctl);
	desk_skip(d, 1100);
	end_want(d, &r.ctl, MSG_STOP);
	assert_int_equal(r.ctl.m.stop.why, STOP_TIME);
	ended(d, &r);
	desk_done(d, f, &r);
}

/* ---- certificates ---- */

static void
ask_leaf(struct desk *d, struct run *r, uint32_t id, const char *host, struct span key)
{
	struct msg_leaf_ask m = { .host = span_of(host), .key = key };

	end_send(d, &r->ctl, MSG_LEAF_ASK, id, &m, NULL, 0);
}

static size_t
new_key(uint8_t der[512])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	unsigned char *to = der;
	int n = i2d_PUBKEY(key, &to);

	EVP_PKEY_free(key);
	assert_true(n > 0);
	return (size_t)n;
}

static void
its_gate_gets_certificates(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = opened(d, CI, "aws", &r);
	uint8_t der[512];
	struct span key = span_make(der, new_key(der));

	to_running(d, &r);
	ask_leaf(d, &r, 7, "s3.eu-west-1.amazonaws.com", key);
	end_want(d, &r.ctl, MSG_LEAF);
	assert_int_equal(r.ctl.f.id, 7);
	want(r.ctl.m.leaf.chain, sdkca_pem(d->m.sdkca));
	assert_true(r.ctl.m.leaf.chain.len > strlen(sdkca_pem(d->m.sdkca)) + 300);
	ask_leaf(d, &r, 8, "example.com", key);
	end_want(d, &r.ctl, MSG_LEAF);
	assert_int_equal(r.ctl.f.id, 8);
	assert_int_equal(r.ctl.m.leaf.chain.len, 0);
	ask_leaf(d, &r, 9, "localhost", span_of("no key"));
	end_want(d, &r.ctl, MSG_LEAF);
	assert_int_equal(r.ctl.m.leaf.chain.len, 0);
	for (uint32_t i = 4; i <= 16; i++) {
		ask_leaf(d, &r, i, "localhost", key);
		end_want(d, &r.ctl, MSG_LEAF);
		assert_true(r.ctl.m.leaf.chain.len > 0);
	}
	ask_leaf(d, &r, 17, "localhost", key);
	keeper_event(d, "session.lost");
	end_over(d, &r.ctl);
	keeper_drain(d);
	desk_done(d, f, &r);
}

static void
nobody_else_gets_certificates(void **state)
{
	struct desk *d = *state;
	uint8_t der[512];
	struct span key = span_make(der, new_key(der));
	struct run r;
	/* Before it is ready. */
	struct front *f = opened(d, CI, "aws", &r);

	ask_leaf(d, &r, 1, "localhost", key);
	keeper_event(d, "session.lost");
	end_over(d, &r.ctl);
	keeper_drain(d);
	desk_done(d, f, &r);
	/* A command's gate. */
	f = desk_run(d, "aws s3 ls", &r);
	ask_leaf(d, &r, 1, "localhost", key);
	keeper_event(d, "session.lost");
	end_over(d, &r.ctl);
	run_close(&r);
	keeper_drain(d);
	front_free(f);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(it_leads_to_a_session_without_a_command),
		T(its_keys_are_those_of_sdk_env),
		T(every_other_place_is_refused),
		T(without_a_rule_for_calls_nothing_is_open),
		T(nothing_is_open_without_lease_recording_and_room),
		cmocka_unit_test(so_many_at_once_and_no_more),
		T(a_client_that_goes_ends_it),
		T(it_has_so_much_time),
		T(its_gate_gets_certificates),
		T(nobody_else_gets_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
