/* Whatever allocation fails between the request and the lease, or when a gate asks about
 * a call: nothing runs or goes out that was not decided on, recorded, and shown whole.
 * Linked with allocators that fail at a chosen call. */
#include "tests/monitor/desk.h"
#include "tests/support/scarce.h"

#include <jansson.h>

/* Turn the monitor's loop, with the failure due. */
static void
turn(struct desk *d)
{
	scarce.counting = true;
	desk_turn(d);
	scarce.counting = false;
}

/* What the keeper is told of the command is all of it. */
static void
is_whole(struct span detail, const char *canon)
{
	char want[128];

	snprintf(want, sizeof want, "\"command\":\"%s\"", canon);
	assert_non_null(memmem(detail.p, detail.len, want, strlen(want)));
}

/* Nor is anything of a hold kept in part: after a restart that would be all of it. */
static void
is_whole_row(const struct msg_hold_new *m, const char *canon)
{
	static const char *const parts[] = { "\"v\":1,",
		"\"needs\":[{\"rule\":\"p/delete\",\"need\":1,\"from\":[\"group:sre\"],"
		"\"auth\":[\"key\"]}]",
		"\"keys\":[\"SHA256:",
		"\"argv\":[\"aws\",\"s3\",\"rm\",\"s3://logs/a\"]",
		"\"resources\":[\"arn:aws:s3:::logs/a\"]",
		"\"stdin\":{\"kind\":\"none\"}", "\"calls\":[\"s3:DeleteObject\"]",
		"\"owner\":\"alice\"", "\"key\":\"SHA256:", "\"source\":\"",
		"\"profile\":\"staging\"", "\"says\":\"Deletes are looked at.\"" };

	assert_true(span_is(m->canon, canon));
	for (size_t i = 0; i < ROWS(parts); i++)
		if (memmem(m->detail.p, m->detail.len, parts[i], strlen(parts[i])) ==
		    NULL)
			fail_msg("no %s in %.*s", parts[i], (int)m->detail.len,
			    (const char *)m->detail.p);
}

/* The keeper says yes to everything, and the vault too.  True when a recording was
 * asked for: the command would run. */
static bool
settle(struct desk *d, const char *canon)
{
	struct msg_kept yes = { .rc = RC_OK };
	bool opened = false;
	int got;

	while ((got = end_poll(d, &d->keeper)) > 0) {
		if (got == MSG_EVENT && span_is(d->keeper.m.event.kind, "verdict"))
			is_whole(d->keeper.m.event.detail, canon);
		if (got == MSG_HOLD_NEW)
			is_whole_row(&d->keeper.m.hold_new, canon);
		opened |= got == MSG_OPEN_REC;
		end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &yes, NULL, 0);
		turn(d);
		if (fake_vault()->open > 0)
			fake_vault_answer(RC_OK, "");
	}
	return opened;
}

/* One request, with one failure on its way.  False when there were fewer allocations.
 */
static bool
fail_once(const char *line, const char *canon, bool may_run)
{
	struct desk *d = desk_new(NULL);
	struct front *f = front_login(d, CI);
	struct msg_exec_ask m = { .form = FORM_LINE, .line = span_of(line) };
	bool ran;

	scarce.calls = 0;
	end_send(d, &f->talk, MSG_EXEC_ASK, 1, &m, NULL, 0);
	turn(d);
	ran = settle(d, canon);
	if (!may_run)
		assert_int_equal(fake_vault()->asked, 0);
	if (scarce.calls < scarce.fail_at)
		assert_int_equal(ran, may_run);
	front_free(f);
	desk_free(d);
	return scarce.calls >= scarce.fail_at;
}

static void
fail_each(const char *line, const char *canon, bool may_run)
{
	scarce.fail_at = 1;
	while (fail_once(line, canon, may_run))
		scarce.fail_at++;
	/* Enough of them to be sure that the wrappers are in place. */
	assert_true(scarce.fail_at > 50);
}

static void
no_failing_allocation_runs_what_it_must_not(void **state)
{
	(void)state;
	fail_each("aws s3 rb s3://logs", "'aws' s3 rb s3://logs", false);
	fail_each("aws s3 rm s3://logs/a", "'aws' s3 rm s3://logs/a", false);
	fail_each("--dry-run aws s3 ls", "'aws' s3 ls", false);
	fail_each("aws s3 ls s3://logs", "'aws' s3 ls s3://logs", true);
}

/* ---- back to a hold ---- */

/* Held, left, and approved by bob: its id. */
static void
approve_one(struct desk *d, char id[10])
{
	struct front *f = front_login(d, CI), *b;
	char line[32];

	front_exec(f, 1, "--no-wait aws s3 rm s3://logs/a");
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	keeper_event(d, "held");
	front_free(f);
	b = front_login(d, BOB);
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	keeper_set(d, HOLD_APPROVED);
	front_free(b);
}

static bool
fail_request(void)
{
	struct desk *d = desk_new(NULL);
	struct msg_exec_ask m = { .form = FORM_LINE };
	struct msg_kept yes = { .rc = RC_OK };
	bool spent = false, opened = false;
	char id[10], line[32];
	struct front *f;
	int got;

	approve_one(d, id);
	f = front_login(d, CI);
	snprintf(line, sizeof line, "request %s", id);
	m.line = span_of(line);
	scarce.calls = 0;
	end_send(d, &f->talk, MSG_EXEC_ASK, 1, &m, NULL, 0);
	turn(d);
	while ((got = end_poll(d, &d->keeper)) > 0) {
		if (got == MSG_EVENT && span_is(d->keeper.m.event.kind, "verdict"))
			is_whole(d->keeper.m.event.detail, "'aws' s3 rm s3://logs/a");
		spent |=
		    got == MSG_HOLD_SET && d->keeper.m.hold_set.state == HOLD_SPENT;
		/* Nothing before it is spent. */
		assert_true(spent || fake_vault()->asked == 0);
		opened |= got == MSG_OPEN_REC;
		end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &yes, NULL, 0);
		turn(d);
		if (fake_vault()->open > 0)
			fake_vault_answer(RC_OK, "");
	}
	if (scarce.calls < scarce.fail_at)
		assert_true(opened);
	front_free(f);
	desk_free(d);
	return scarce.calls >= scarce.fail_at;
}

static void
no_failing_allocation_runs_what_was_not_spent(void **state)
{
	(void)state;
	scarce.fail_at = 1;
	while (fail_request())
		scarce.fail_at++;
	assert_true(scarce.fail_at > 50);
}

/* ---- calls ---- */

static const char api_rules[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: read, effect: allow, on: [api], aws: {operations: ['s3:GetObject']}}\n"
    "  - {id: drop, effect: hold, on: [api], aws: {operations: ['s3:DeleteObject']}, "
    "approvers: {need: 1, from: [group:sre], auth: [key]}}\n";

/* The keeper says yes to everything; the last word on the call.  What is said of it was
 * recorded whole. */
static bool
call_goes_out(struct desk *d, struct run *r)
{
	struct msg_kept yes = { .rc = RC_OK };
	bool noted = false, out = false;
	int got;

	while ((got = end_poll(d, &d->keeper)) > 0) {
		noted |= got == MSG_EVENT && span_is(d->keeper.m.event.kind, "call");
		if (got == MSG_HOLD_NEW)
			assert_true(span_is(d->keeper.m.hold_new.canon,
			    "s3:DeleteObject in eu-west-1: Bucket='logs' Key='a'"));
		end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &yes, NULL, 0);
		turn(d);
	}
	while ((got = end_poll(d, &r->ctl)) == MSG_CALL_SAYS)
		out |= r->ctl.m.call_says.effect == VERDICT_ALLOW;
	assert_true(noted || !out);
	return out;
}

static bool
fail_call(const char *what, bool may_go)
{
	struct desk *d = desk_new(NULL);
	struct run r;
	struct front *f;
	bool out;

	desk_reload(d, NULL, api_rules);
	f = desk_sdk(d, CI, &r);
	gate_asks(d, &r, 1, what, "Bucket=logs", "Key=a", NULL);
	scarce.calls = 0;
	turn(d);
	out = call_goes_out(d, &r);
	assert_true(may_go || !out);
	if (scarce.calls < scarce.fail_at)
		assert_int_equal(out, may_go);
	run_close(&r);
	front_free(f);
	desk_free(d);
	return scarce.calls >= scarce.fail_at;
}

static void
no_failing_allocation_lets_a_call_out(void **state)
{
	static const struct {
		const char *what;
		bool may_go;
	} rows[] = { { "s3:GetObject", true }, { "s3:DeleteObject", false },
		{ "s3:PutObject", false } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		scarce.fail_at = 1;
		while (fail_call(rows[i].what, rows[i].may_go))
			scarce.fail_at++;
		assert_true(scarce.fail_at > 40);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_failing_allocation_runs_what_it_must_not),
		cmocka_unit_test(no_failing_allocation_runs_what_was_not_spent),
		cmocka_unit_test(no_failing_allocation_lets_a_call_out),
	};

	/* jansson's own too. */
	json_set_alloc_funcs(malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
