/* The end of sessions on targets, with an AWS that is made up: what it is told, how often,
 * and what the audit hears. */
#include "tests/support/unit.h"

#include <time.h>

#include "broker/monitor/config.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/ssmend.h"
#include "tests/monitor/fake_errand.h"

enum rc __wrap_keep_event(
    struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg);

struct stage {
	struct monitor m;
	struct config config;
	struct profile profile;
	struct ssmend *e;
	struct fake_errand *aws;
	unsigned events;
	char kind[32], detail[4096], identity[65];
};

static struct stage *the_stage;

enum rc
__wrap_keep_event(struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg)
{
	struct stage *t = the_stage;

	(void)k;
	assert_null(fn);
	assert_null(arg);
	t->events++;
	snprintf(t->kind, sizeof t->kind, "%s", e->kind);
	snprintf(t->detail, sizeof t->detail, "%s", e->detail);
	snprintf(t->identity, sizeof t->identity, "%s", e->identity);
	assert_int_equal(e->sid[0], 7);
	return RC_OK;
}

static int
setup(void **state)
{
	struct stage *t = calloc(1, sizeof *t);

	the_stage = t;
	t->profile = (struct profile){ .name = "prod",
		.account = "111122223333",
		.role = "arn:aws-cn:iam::111122223333:role/broker",
		.region = "cn-north-1" };
	t->m.rules.config = &t->config;
	assert_int_equal(loop_new(&t->m.loop, NULL), RC_OK);
	assert_int_equal(ssmend_new(&t->m, &t->e, NULL), RC_OK);
	t->aws = fake_errand_begin(t->m.loop);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct stage *t = *state;

	ssmend_free(t->e);
	assert_int_equal(t->aws->live, 0);
	loop_free(t->m.loop);
	free(t);
	return 0;
}

static void
tell(struct stage *t, struct ssmend *e, const char *id, bool run)
{
	static const uint8_t sid[16] = { 7 };
	char region[] = "cn-northwest-1", instance[] = "i-0abc";
	struct profile p = t->profile;
	const struct ssmend_ask ask = { .id = id,
		.run = run,
		.instance = instance,
		.profile = &p,
		.region = region,
		.identity = "ci-deploy",
		.sid = sid };

	ssmend_tell(&t->m, e, &ask);
	/* Borrowed for the call. */
	memset(&p, 0, sizeof p);
	memset(region, 'x', sizeof region - 1);
	memset(instance, 'x', sizeof instance - 1);
}

static void
turn_until(struct stage *t, unsigned events)
{
	time_t end = time(NULL) + 60;

	while (t->events < events && time(NULL) < end)
		assert_int_equal(loop_step(t->m.loop, 50, NULL), RC_OK);
	assert_true(t->events >= events);
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, text);
}

static void
a_session_is_ended_by_a_lease_for_it_alone(void **state)
{
	static const struct fake_answer v[] = { { ERRAND_DONE, NULL, "{}" } };
	struct stage *t = *state;

	t->aws->answers = v;
	t->aws->n_answers = 1;
	tell(t, t->e, "ci-deploy-0abc", false);
	assert_int_equal(ssmend_count(t->e), 1);
	turn_until(t, 1);
	assert_string_equal(t->kind, "target.ended");
	assert_string_equal(t->identity, "ci-deploy");
	assert_string_equal(t->detail,
	    "{\"id\":\"ci-deploy-0abc\",\"call\":\"ssm:TerminateSession\",\"instance\":"
	    "\"i-0abc\",\"profile\":\"prod\",\"region\":\"cn-northwest-1\"}");
	assert_int_equal(t->aws->made, 1);
	assert_string_equal(t->aws->event, "target.ending");
	assert_string_equal(t->aws->region, "cn-northwest-1");
	assert_string_equal(t->aws->policy,
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Action\":[\"ssm:TerminateSession\"],\"Resource\":[\"arn:aws-cn:ssm:"
	    "cn-northwest-1:111122223333:session/ci-deploy-0abc\"]}]}");
	assert_string_equal(t->aws->calls[0],
	    "ssm:TerminateSession {\"SessionId\":\"ci-deploy-0abc\"}");
	assert_int_equal(ssmend_count(t->e), 0);
}

static void
a_command_is_cancelled(void **state)
{
	static const struct fake_answer v[] = { { ERRAND_REFUSED, "InvalidCommandId",
	    "" } };
	struct stage *t = *state;

	t->aws->answers = v;
	t->aws->n_answers = 1;
	tell(t, t->e, "11111111-2222-3333-4444-555555555555", true);
	turn_until(t, 1);
	/* It is over already, says AWS. */
	assert_string_equal(t->kind, "target.ended");
	has(t->aws->policy, "[\"ssm:CancelCommand\"],\"Resource\":[\"*\"]");
	assert_string_equal(t->aws->calls[0],
	    "ssm:CancelCommand {\"CommandId\":\"11111111-2222-3333-4444-555555555555\","
	    "\"InstanceIds\":[\"i-0abc\"]}");
}

static void
trouble_is_tried_three_times(void **state)
{
	static const struct fake_answer v[] = { { ERRAND_BUSY, "x", "" },
		{ ERRAND_DONE, NULL, "{}" }, { ERRAND_BUSY, "x", "" },
		{ ERRAND_BUSY, "y", "" }, { ERRAND_BUSY, "z", "" } };
	struct stage *t = *state;

	t->aws->answers = v;
	t->aws->n_answers = ROWS(v);
	tell(t, t->e, "s-1", false);
	turn_until(t, 1);
	assert_string_equal(t->kind, "target.ended");
	assert_int_equal(t->aws->n_calls, 2);
	/* The lease is good for all of them. */
	assert_int_equal(t->aws->made, 1);
	tell(t, t->e, "s-2", false);
	turn_until(t, 2);
	assert_string_equal(t->kind, "target.left");
	has(t->detail, "\"why\":\"HTTP 400 z\"");
	assert_int_equal(t->aws->n_calls, 5);
}

static void
without_a_lease_it_is_left(void **state)
{
	struct stage *t = *state;

	t->aws->lease = RC_RETRY;
	tell(t, t->e, "s-1", false);
	turn_until(t, 1);
	assert_string_equal(t->kind, "target.left");
	has(t->detail, "no lease today");
	assert_int_equal(t->aws->made, 3);
	t->aws->at_once = RC_REFUSE;
	tell(t, t->e, "s-2", false);
	turn_until(t, 2);
	assert_string_equal(t->kind, "target.left");
	assert_int_equal(t->aws->made, 3);
}

static void
what_is_denied_is_left(void **state)
{
	static const struct fake_answer v[] = { { ERRAND_DENIED,
	    "AccessDeniedException", "" } };
	struct stage *t = *state;

	t->aws->answers = v;
	t->aws->n_answers = 1;
	tell(t, t->e, "s-1", false);
	turn_until(t, 1);
	assert_string_equal(t->kind, "target.left");
	has(t->detail, "AccessDeniedException");
	assert_int_equal(t->aws->n_calls, 1);
}

static void
ids_that_are_none_do_nothing(void **state)
{
	static const char *const bad[] = { "", "*", "a*", "a?", "a/b", "a\"b", "a b",
		"a\nb", "${aws:username}",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a"
		"aaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct stage *t = *state;

	for (size_t i = 0; i < ROWS(bad); i++)
		tell(t, t->e, bad[i], false);
	assert_int_equal(ssmend_count(t->e), 0);
	assert_int_equal(t->aws->made, 0);
	/* Or the next start would ask about them, for days. */
	assert_int_equal(t->events, ROWS(bad));
	assert_string_equal(t->kind, "target.left");
}

static void
there_may_be_nobody_or_too_many(void **state)
{
	struct stage *t = *state;

	tell(t, NULL, "s-1", false);
	assert_int_equal(t->events, 1);
	assert_string_equal(t->kind, "target.left");
	assert_int_equal(ssmend_count(NULL), 0);
	ssmend_free(NULL);
	for (unsigned i = 0; i < 256; i++)
		tell(t, t->e, "s-1", false);
	assert_int_equal(ssmend_count(t->e), 256);
	assert_int_equal(t->events, 1);
	tell(t, t->e, "s-1", false);
	assert_int_equal(t->events, 2);
	has(t->detail, "too many");
	/* The broker ends: each is said to be left. */
	ssmend_free(t->e);
	t->e = NULL;
	assert_int_equal(t->events, 2 + 256);
	has(t->detail, "the broker ended");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(a_session_is_ended_by_a_lease_for_it_alone),
		TEST(a_command_is_cancelled),
		TEST(trouble_is_tried_three_times),
		TEST(without_a_lease_it_is_left),
		TEST(what_is_denied_is_left),
		TEST(ids_that_are_none_do_nothing),
		TEST(there_may_be_nobody_or_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
