/* What a gate says of itself before its command starts: nothing of it may be a key of
 * AWS or more than a name. */
#include "tests/monitor/desk.h"

#define LS "aws s3 ls"

static void
the_gate_hands_on_no_key_of_aws(void **state)
{
#define CA "-----BEGIN CERTIFICATE-----\n"
	static const struct {
		const char *id, *secret, *proxy, *ca;
	} rows[] = {
		{ "", "s", "a:b", CA },
		{ "ASIAABCDEFGHABCDEFGH", "s", "a:b", CA },
		{ "ASBROKERABCDEFGH2345", "s", "a:b", CA },
		{ "AKBROKERABCDEFGH234", "s", "a:b", CA },
		{ "AKBROKERABCDEFGH23456", "s", "a:b", CA },
		{ "AKBROKERABCDEFGH2341", "s", "a:b", CA },
		{ "AKBROKERabcdefgh2345", "s", "a:b", CA },
		{ "AKBROKERABCDEFGH2345", "", "a:b", CA },
		{ "AKBROKERABCDEFGH2345", "s\nX=1", "a:b", CA },
		{ "AKBROKERABCDEFGH2345", "s", "", CA },
		{ "AKBROKERABCDEFGH2345", "s", "ab", CA },
		{ "AKBROKERABCDEFGH2345", "s", "a:b@elsewhere", CA },
		{ "AKBROKERABCDEFGH2345", "s", "a:b", "" },
		{ "AKBROKERABCDEFGH2345", "s", "a:b", "/etc/passwd" },
	};
	struct desk *d = *state;
	uint8_t bytes[72] = { 1 };
	struct msg_seal seal = { span_make(bytes, 32), span_make(bytes, 32) };
	struct msg_kept kept = { .rc = RC_OK, .bytes = span_make(bytes, 72) };

	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct msg_ready m = { span_of(rows[i].proxy),
			span_of(rows[i].id), span_of(rows[i].secret),
			span_of(rows[i].ca) };
		struct front *f = front_login(d, CI);
		struct run r;

		front_exec(f, 1, LS);
		run_to_start(f, 1, &r);
		end_send(d, &r.ctl, MSG_SEAL, 0, &seal, NULL, 0);
		end_want(d, &d->keeper, MSG_SEAL_REC);
		end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &kept, NULL, 0);
		end_want(d, &r.ctl, MSG_SEALED);
		end_send(d, &r.ctl, MSG_READY, 0, &m, NULL, 0);
		assert_int_equal(end_next(d, &r.ctl), 0); /* no lease either */
		end_quiet(d, &d->launch);
		keeper_event(d, "session.lost");
		end_want(d, &d->keeper, MSG_CLOSE_REC);
		keeper_says(d, RC_OK);
		desk_done(d, f, &r);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(the_gate_hands_on_no_key_of_aws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
