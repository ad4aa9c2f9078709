/* Which targets there are, by answers that are made up: what is asked, what is taken from
 * it, and what no answer can do. */
#include "tests/support/unit.h"

#include <jansson.h>

#include "broker/monitor/config.h"
#include "broker/monitor/inventory.h"
#include "broker/monitor/inventory_parts.h"
#include "broker/monitor/monitor.h"
#include "lib/base/clock.h"
#include "tests/monitor/fake_errand.h"

uint64_t __real_clock_mono_ms(void);
uint64_t __wrap_clock_mono_ms(void);

static uint64_t the_clock; /* how far it was moved on */

uint64_t
__wrap_clock_mono_ms(void)
{
	return __real_clock_mono_ms() + the_clock;
}

#define ID "i-0abc0000000000001"
#define ID2 "i-0abc0000000000002"
#define TAG(k, v) "<item><key>" k "</key><value>" v "</value></item>"
#define INSTANCE(id, state, tags)                                                      \
	"<item><reservationId>r-1</reservationId><instancesSet><item><instanceId>" id  \
	"</instanceId><instanceState><code>16</code><name>" state                      \
	"</name></instanceState><placement><availabilityZone>eu-west-1a"               \
	"</availabilityZone></placement><tagSet>" tags                                 \
	"</tagSet></item></instancesSet></item>"
#define EC2(items)                                                                     \
	"<DescribeInstancesResponse "                                                  \
	"xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"                          \
	"<requestId>x</requestId><reservationSet>" items                               \
	"</reservationSet></DescribeInstancesResponse>"
#define EC2_MORE(items, token)                                                         \
	"<DescribeInstancesResponse><reservationSet>" items                            \
	"</reservationSet><nextToken>" token "</nextToken>"                            \
	"</DescribeInstancesResponse>"
#define INFO(id, ping)                                                                 \
	"{\"InstanceId\":\"" id "\",\"PingStatus\":\"" ping                            \
	"\",\"PlatformType\":\"Linux\",\"AgentVersion\":\"3.3.40.0\"}"
#define SSM(rows) "{\"InstanceInformationList\":[" rows "]}"
#define WEB INSTANCE(ID, "running", TAG("Name", "web-1") TAG("Environment", "prod"))

struct stage {
	struct monitor m;
	struct config config;
	struct profile profile;
	struct inventory *v;
	struct inventory_call *call;
	struct fake_errand *aws;
	unsigned ends;
	enum rc rc;
	size_t n;
	struct instance *got; /* a copy of the first */
	char err[ERR_TEXT];
	char ids[4096];
};

static const struct config_target targets[] = {
	{ .name = "db", .id = ID2, .env = "prod-db", .os_user = "dba" },
	{ .name = "old", .id = "mi-0abc", .run = true },
	{ .name = "task", .id = "ecs:c_t_r", .profile = "prod" },
	{ .name = "far", .id = "i-0fa", .region = "us-east-1" },
	{ .name = "theirs", .id = "i-0fb", .profile = "other" },
};

static int
setup(void **state)
{
	struct stage *t = calloc(1, sizeof *t);

	the_clock = 0;
	t->profile = (struct profile){ .name = "prod",
		.account = "111122223333",
		.role = "arn:aws:iam::111122223333:role/broker",
		.region = "eu-west-1",
		.os_user = "ops" };
	t->config.targets.v = (struct config_target *)targets;
	t->config.targets.n = ROWS(targets);
	t->config.ssm.inventory = 60000;
	t->config.ssm.env_tag = "Environment";
	t->m.rules.config = &t->config;
	assert_int_equal(loop_new(&t->m.loop, NULL), RC_OK);
	assert_int_equal(inventory_new(&t->m, &t->v, NULL), RC_OK);
	t->aws = fake_errand_begin(t->m.loop);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct stage *t = *state;

	inventory_free(t->v);
	assert_int_equal(t->aws->live, 0);
	instance_free(t->got);
	loop_free(t->m.loop);
	free(t);
	return 0;
}

static void
done(void *arg, enum rc rc, const struct instance *all, size_t n, const struct err *err)
{
	struct stage *t = arg;

	t->ends++;
	t->rc = rc;
	t->n = n;
	t->call = NULL;
	instance_free(t->got);
	t->got = n > 0 ? instance_copy(&all[0]) : NULL;
	snprintf(t->err, sizeof t->err, "%s", err->text);
	t->ids[0] = '\0';
	for (size_t i = 0; i < n && strlen(t->ids) < 4000; i++)
		snprintf(t->ids + strlen(t->ids), sizeof t->ids - strlen(t->ids), "%s ",
		    all[i].id);
}

static enum rc
ask(struct stage *t, const char *name, struct err *err)
{
	static const uint8_t sid[16] = { 1, 2, 3 };
	const struct inventory_ask a = { .name = name,
		.profile = &t->profile,
		.region = NULL,
		.identity = "ci-deploy",
		.sid = sid,
		.done = done,
		.arg = t };

	return inventory_find(t->v, &a, &t->call, err);
}

static void
turn_until(struct stage *t, unsigned ends)
{
	uint64_t end = __real_clock_mono_ms() + 60000;

	while (t->ends < ends && __real_clock_mono_ms() < end)
		assert_int_equal(loop_step(t->m.loop, 50, NULL), RC_OK);
	assert_true(t->ends >= ends);
}

static void
find(struct stage *t, const char *name)
{
	struct err err = { "" };
	unsigned before = t->ends;

	if (ask(t, name, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_int_equal(t->ends, before); /* never from within */
	turn_until(t, before + 1);
	assert_int_equal(t->ends, before + 1);
}

static void
answers(struct stage *t, const struct fake_answer *v, unsigned n)
{
	t->aws->answers = v;
	t->aws->n_answers = n;
}

#define ANSWERS(t, ...)                                                                \
	do {                                                                           \
		static const struct fake_answer rows_[] = { __VA_ARGS__ };             \
		answers(t, rows_, ROWS(rows_));                                        \
	} while (0)
#define OK(text)                                                                       \
	{                                                                              \
		ERRAND_DONE, NULL, text                                                \
	}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, text);
}

static void
by_id_both_are_asked(void **state)
{
	struct stage *t = *state;
	struct facts f = { .who = NULL };

	ANSWERS(t, OK(EC2(WEB)), OK(SSM(INFO(ID, "Online"))));
	find(t, ID);
	assert_int_equal(t->rc, RC_OK);
	assert_int_equal(t->n, 1);
	assert_string_equal(t->err, "");
	assert_string_equal(t->got->id, ID);
	assert_string_equal(t->got->name, ID);
	assert_string_equal(t->got->tag_name, "web-1");
	assert_string_equal(t->got->env, "prod");
	assert_string_equal(t->got->os_user, "ops");
	assert_string_equal(t->got->region, "eu-west-1");
	assert_string_equal(t->got->platform, "Linux");
	assert_string_equal(t->got->agent, "3.3.40.0");
	assert_string_equal(t->got->state, "running");
	assert_string_equal(t->got->zone, "eu-west-1a");
	assert_true(t->got->online);
	assert_false(t->got->run);
	assert_int_equal(t->got->n_tags, 2);
	/* Who types the id meets the rules about the name. */
	instance_facts(t->got, &f);
	assert_string_equal(f.target, "web-1");
	assert_string_equal(f.target_id, ID);
	assert_string_equal(f.env, "prod");
	assert_string_equal(f.os_user, "ops");
	assert_string_equal(f.tags[1].name, "Environment");
	assert_string_equal(f.tags[1].value, "prod");
	/* The lease looks and does nothing else. */
	assert_string_equal(t->aws->policy,
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Action\":[\"ec2:DescribeInstances\",\"ssm:DescribeInstanceInformation\"]"
	    ",\"Resource\":\"*\"}]}");
	assert_string_equal(t->aws->event, "target.look");
	assert_string_equal(t->aws->identity, "ci-deploy");
	assert_string_equal(t->aws->region, "eu-west-1");
	assert_int_equal(t->aws->n_calls, 2);
	assert_string_equal(
	    t->aws->calls[0], "ec2:DescribeInstances &InstanceId.1=" ID);
	assert_string_equal(t->aws->calls[1],
	    "ssm:DescribeInstanceInformation {\"Filters\":[{\"Key\":\"InstanceIds\","
	    "\"Values\":[\"" ID "\"]}]}");
}

static void
a_name_is_a_tag_letter_for_letter(void **state)
{
	struct stage *t = *state;

	/* A filter is a wish: what else comes is left out. */
	ANSWERS(t,
	    OK(EC2(INSTANCE(ID2, "running", TAG("Name", "web-10"))
		    WEB INSTANCE("i-0abc3", "running", TAG("name", "web-1")))),
	    OK(SSM(INFO(ID, "Online"))));
	find(t, "web-1");
	assert_int_equal(t->rc, RC_OK);
	assert_int_equal(t->n, 1);
	assert_string_equal(t->got->id, ID);
	assert_string_equal(t->got->name, "web-1");
	assert_string_equal(t->aws->calls[0],
	    "ec2:DescribeInstances &Filter.1.Name=instance-state-name"
	    "&Filter.1.Value.1=running&Filter.2.Name=tag%3AName&Filter.2.Value.1=web-1"
	    "&MaxResults=100");
	/* Nothing in a name matches anything but itself. */
	ANSWERS(t, OK(EC2("")), OK(EC2("")), OK(EC2("")));
	find(t, "a*b?c\\d&Filter.3.Name=x");
	assert_int_equal(t->rc, RC_REFUSE);
	has(t->aws->calls[2],
	    "&Filter.2.Value.1=a%5C%2Ab%5C%3Fc%5C%5Cd%26Filter.3.Name%3Dx&MaxResults");
	has(t->err, "is called a*b?c\\d&Filter.3.Name=x");
}

static void
a_name_that_two_have_is_refused(void **state)
{
	struct stage *t = *state;

	ANSWERS(t, OK(EC2(WEB INSTANCE(ID2, "running", TAG("Name", "web-1")))));
	find(t, "web-1");
	assert_int_equal(t->rc, RC_REFUSE);
	assert_int_equal(t->n, 0);
	assert_string_equal(t->err,
	    "2 instances are called web-1; use an id: " ID
	    " (running, eu-west-1a), " ID2 " (running, eu-west-1a)");
	assert_int_equal(t->aws->n_calls, 1);
}

static void
many_candidates_are_cut(void **state)
{
	struct stage *t = *state;
	struct fake_answer a = { ERRAND_DONE, NULL, NULL };
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_text(&b, "<R><reservationSet>");
	for (int i = 0; i < 50; i++)
		buf_printf(&b, INSTANCE("i-%017x", "running", TAG("Name", "web")), i);
	buf_text(&b, "</reservationSet></R>");
	a.body = buf_cstr(&b);
	answers(t, &a, 1);
	find(t, "web");
	assert_int_equal(t->rc, RC_REFUSE);
	has(t->err, "50 instances are called web; use an id: ");
	assert_string_equal(t->err + strlen(t->err) - 5, ", ...");
	buf_clear(&b);
}

static void
the_configuration_comes_first(void **state)
{
	struct stage *t = *state;
	struct facts f = { .who = NULL };

	ANSWERS(t,
	    OK(EC2(INSTANCE(
		ID2, "running", TAG("Name", "db-7") TAG("Environment", "dev")))),
	    OK(SSM(INFO(ID2, "Online"))), OK(EC2(INSTANCE(ID2, "running", ""))),
	    OK(SSM(INFO(ID2, "Online"))));
	find(t, "db");
	assert_int_equal(t->rc, RC_OK);
	assert_string_equal(t->got->id, ID2);
	assert_string_equal(t->got->name, "db");
	assert_string_equal(t->got->alias, "db");
	assert_string_equal(t->got->env, "prod-db");
	assert_string_equal(t->got->os_user, "dba");
	has(t->aws->calls[0], "InstanceId.1=" ID2);
	/* By its id it is the same to the rules. */
	find(t, ID2);
	assert_string_equal(t->got->name, ID2);
	assert_string_equal(t->got->env, "prod-db");
	assert_string_equal(t->got->os_user, "dba");
	instance_facts(t->got, &f);
	assert_string_equal(f.target, "db");
	assert_string_equal(f.env, "prod-db");
}

static void
other_kinds_are_asked_less(void **state)
{
	struct stage *t = *state;
	struct err err = { "" };

	/* A machine that is not EC2's. */
	ANSWERS(t,
	    OK("{\"InstanceInformationList\":[{\"InstanceId\":\"mi-0abc\","
	       "\"PingStatus\":\"Online\",\"Name\":\"rack-4\"}]}"),
	    OK(SSM("")));
	find(t, "old");
	assert_int_equal(t->rc, RC_OK);
	assert_int_equal(t->aws->n_calls, 1);
	has(t->aws->calls[0], "ssm:DescribeInstanceInformation");
	assert_string_equal(t->got->id, "mi-0abc");
	assert_string_equal(t->got->tag_name, "rack-4");
	assert_true(t->got->run);
	assert_string_equal(t->got->os_user, "");
	assert_true(t->got->online);
	find(t, "mi-0dead");
	assert_int_equal(t->rc, RC_REFUSE);
	assert_string_equal(t->err, "there is no target mi-0dead in eu-west-1");
	/* A container: nobody is asked. */
	find(t, "task");
	assert_int_equal(t->rc, RC_OK);
	assert_string_equal(t->got->id, "ecs:c_t_r");
	assert_string_equal(t->got->os_user, "ops");
	find(t, "ecs:c_t_r");
	assert_string_equal(t->got->alias, "task");
	assert_int_equal(t->aws->n_calls, 2);
	assert_int_equal(ask(t, "ecs:c_t_x", &err), RC_REFUSE);
	/* Elsewhere; and with another profile. */
	ANSWERS(t, OK(""), OK(""), OK(EC2(INSTANCE("i-0fa", "running", ""))),
	    OK(SSM(INFO("i-0fa", "Online"))));
	find(t, "far");
	assert_string_equal(t->aws->region, "us-east-1");
	assert_string_equal(t->got->region, "us-east-1");
	assert_int_equal(ask(t, "theirs", &err), RC_REFUSE);
	assert_string_equal(err.text, "theirs is a target of the profile other");
}

static void
who_is_not_online_is_said_to_be(void **state)
{
	static const struct {
		const char *ec2, *ssm;
		bool online;
	} rows[] = {
		{ EC2(WEB), SSM(INFO(ID, "Online")), true },
		{ EC2(WEB), SSM(INFO(ID, "ConnectionLost")), false },
		{ EC2(WEB), SSM(INFO(ID, "Inactive")), false },
		{ EC2(WEB), SSM("{\"InstanceId\":\"" ID "\"}"), false },
		{ EC2(WEB), SSM(INFO(ID2, "Online")), false },
		{ EC2(WEB), SSM(""), false },
		{ EC2(WEB), "{}", false },
		{ EC2(INSTANCE(ID, "stopped", "")), SSM(INFO(ID, "Online")), false },
	};
	struct stage *t = *state;

	t->config.ssm.inventory = 0;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fake_answer v[] = { OK(rows[i].ec2), OK(rows[i].ssm) };

		t->aws->n_calls = 0;
		answers(t, v, 2);
		find(t, ID);
		assert_int_equal(t->rc, RC_OK);
		if (t->got->online != rows[i].online)
			fail_msg("row %zu", i);
	}
}

static void
what_is_not_there_is_refused(void **state)
{
	struct stage *t = *state;

	t->config.ssm.inventory = 0;
	ANSWERS(t, { ERRAND_REFUSED, "InvalidInstanceID.NotFound", "" }, OK(EC2("")),
	    OK(EC2(INSTANCE(ID, "terminated", ""))), OK(SSM("")),
	    OK(EC2(INSTANCE(ID2, "running", ""))), OK(EC2("")));
	find(t, ID);
	assert_int_equal(t->rc, RC_REFUSE);
	assert_string_equal(t->err, "there is no target " ID " in eu-west-1");
	find(t, ID);
	assert_int_equal(t->rc, RC_REFUSE);
	find(t, ID);
	assert_int_equal(t->rc, RC_REFUSE);
	/* Another than was asked for. */
	find(t, ID);
	assert_int_equal(t->rc, RC_REFUSE);
	find(t, "nobody");
	assert_int_equal(t->rc, RC_REFUSE);
	assert_string_equal(t->err,
	    "no running instance in eu-west-1 is called nobody, and no target is");
}

static void
names_that_none_can_have_ask_nothing(void **state)
{
	static char longest[INSTANCE_NAME + 1];
	const char *const bad[] = { "", "a\x1b[2J", "a\nb", "\xff", "\xe2\x80\xae",
		longest };
	struct stage *t = *state;

	memset(longest, 'a', INSTANCE_NAME);
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct err err = { "" };

		if (ask(t, bad[i], &err) != RC_REFUSE)
			fail_msg("row %zu", i);
		assert_string_equal(err.text, "no target can have that name");
	}
	assert_int_equal(t->aws->made, 0);
}

static void
a_role_that_may_not_look_costs_facts(void **state)
{
	struct stage *t = *state;
	struct facts f = { .who = NULL };

	t->config.ssm.inventory = 0;
	ANSWERS(t, { ERRAND_DENIED, "UnauthorizedOperation", "" },
	    OK(SSM(INFO(ID, "Online"))), OK(EC2(WEB)),
	    { ERRAND_DENIED, "AccessDeniedException", "" },
	    { ERRAND_DENIED, "UnauthorizedOperation", "" },
	    { ERRAND_DENIED, "UnauthorizedOperation", "" },
	    { ERRAND_DENIED, "AccessDeniedException", "" });
	find(t, ID);
	assert_int_equal(t->rc, RC_OK);
	assert_int_equal(t->got->n_tags, 0);
	assert_false(t->got->tagged);
	instance_facts(t->got, &f);
	/* Not known is not the same as none: what denies a name may mean it. */
	assert_null(f.target);
	assert_string_equal(f.target_id, ID);
	assert_null(f.env);
	find(t, ID);
	assert_int_equal(t->rc, RC_OK);
	assert_true(t->got->online);
	assert_string_equal(t->got->agent, "");
	assert_int_equal(t->got->n_tags, 2);
	find(t, "web-1");
	assert_int_equal(t->rc, RC_REFUSE);
	has(t->err, "its id will do");
	find(t, NULL);
	assert_int_equal(t->rc, RC_REFUSE);
}

static void
trouble_is_tried_again_and_told(void **state)
{
	struct stage *t = *state;

	t->config.ssm.inventory = 0;
	ANSWERS(t, { ERRAND_BUSY, "RequestLimitExceeded", "" },
	    { ERRAND_BUSY, "RequestLimitExceeded", "" }, OK(EC2(WEB)),
	    { ERRAND_BUSY, "ThrottlingException", "" }, OK(SSM(INFO(ID, "Online"))),
	    { ERRAND_BUSY, "x", "" }, { ERRAND_BUSY, "x", "" },
	    { ERRAND_BUSY, "x", "" }, { ERRAND_REFUSED, "AuthFailure", "" });
	find(t, ID);
	assert_int_equal(t->rc, RC_OK);
	find(t, ID);
	assert_int_equal(t->rc, RC_RETRY);
	has(t->err, "AWS could not be asked about targets: HTTP 400 x");
	find(t, ID);
	assert_int_equal(t->rc, RC_RETRY);
	has(t->err, "HTTP 400 AuthFailure");
	t->aws->lease = RC_RETRY;
	find(t, ID);
	assert_int_equal(t->rc, RC_RETRY);
	assert_string_equal(t->err, "no lease today");
	t->aws->lease = RC_OK;
	t->aws->at_once = RC_RETRY;
	assert_int_equal(ask(t, ID, NULL), RC_RETRY);
	assert_null(t->v->queries);
}

static void
silence_ends(void **state)
{
	struct stage *t = *state;

	assert_int_equal(ask(t, ID, NULL), RC_OK);
	for (int i = 0; i < 10 && t->aws->n_calls == 0; i++)
		assert_int_equal(loop_step(t->m.loop, 50, NULL), RC_OK);
	assert_int_equal(t->aws->n_calls, 1);
	the_clock += INVENTORY_TIME - 1;
	assert_int_equal(loop_step(t->m.loop, 0, NULL), RC_OK);
	the_clock += 2;
	turn_until(t, 1);
	assert_int_equal(t->rc, RC_RETRY);
	has(t->err, "in time");
	assert_int_equal(t->aws->live, 0);
}

static void
what_is_known_is_not_asked_again(void **state)
{
	struct stage *t = *state;

	ANSWERS(t, OK(EC2(WEB)), OK(SSM(INFO(ID, "Online"))), OK(EC2(WEB)),
	    OK(SSM(INFO(ID, "Online"))), OK(EC2(WEB)), OK(SSM(INFO(ID, "Online"))));
	find(t, "web-1");
	find(t, "web-1");
	assert_int_equal(t->rc, RC_OK);
	assert_string_equal(t->got->id, ID);
	assert_int_equal(t->aws->n_calls, 2);
	/* Not for ever, and not beyond another configuration. */
	the_clock += 60001;
	find(t, "web-1");
	assert_int_equal(t->aws->n_calls, 4);
	inventory_recheck(t->v);
	assert_int_equal(t->v->n_kept, 0);
	assert_int_equal(t->v->n_kept_instances, 0);
	find(t, "web-1");
	assert_int_equal(t->aws->n_calls, 6);
	/* A no is never kept. */
	ANSWERS(t, OK(""), OK(""), OK(""), OK(""), OK(""), OK(""), OK(EC2("")),
	    OK(EC2(WEB)), OK(SSM(INFO(ID, "Online"))));
	find(t, ID);
	assert_int_equal(t->rc, RC_REFUSE);
	find(t, ID);
	assert_int_equal(t->rc, RC_OK);
}

static void
a_reload_under_way_keeps_nothing(void **state)
{
	struct stage *t = *state;

	ANSWERS(t, OK(EC2(WEB)), OK(SSM(INFO(ID, "Online"))));
	assert_int_equal(ask(t, ID, NULL), RC_OK);
	inventory_recheck(t->v);
	turn_until(t, 1);
	assert_int_equal(t->rc, RC_OK);
	assert_int_equal(t->v->n_kept, 0);
}

static void
the_same_is_asked_once_and_may_be_given_up(void **state)
{
	struct stage *t = *state;
	struct inventory_call *first, *second, *third;

	ANSWERS(t, OK(EC2(WEB)), OK(SSM(INFO(ID, "Online"))));
	assert_int_equal(ask(t, ID, NULL), RC_OK);
	first = t->call;
	assert_int_equal(ask(t, ID, NULL), RC_OK);
	second = t->call;
	assert_int_equal(ask(t, ID, NULL), RC_OK);
	third = t->call;
	assert_int_equal(t->aws->made, 1);
	inventory_cancel(second);
	turn_until(t, 2);
	assert_int_equal(t->ends, 2);
	assert_int_equal(t->aws->n_calls, 2);
	(void)first;
	(void)third;
	/* Nobody is left: nothing goes on. */
	inventory_recheck(t->v);
	assert_int_equal(ask(t, ID, NULL), RC_OK);
	inventory_cancel(t->call);
	assert_int_equal(t->aws->live, 0);
	assert_int_equal(t->v->n_queries, 0);
	assert_int_equal(t->v->n_calls, 0);
	inventory_cancel(NULL);
}

/* One's done() gives up all others that wait for the same. */
struct rival {
	struct stage *t;
	struct inventory_call *other;
};

static void
rival_done(
    void *arg, enum rc rc, const struct instance *all, size_t n, const struct err *err)
{
	struct rival *r = arg;

	(void)all;
	(void)err;
	assert_int_equal(rc, RC_OK);
	assert_int_equal(n, 1);
	r->t->ends++;
	inventory_cancel(r->other);
	/* It is known now, and told later. */
	assert_int_equal(ask(r->t, ID, NULL), RC_OK);
}

static void
done_may_cancel_and_ask(void **state)
{
	static const uint8_t sid[16] = { 1 };
	struct stage *t = *state;
	struct rival r[2] = { { .t = t }, { .t = t } };
	struct inventory_ask a = { .name = ID,
		.profile = &t->profile,
		.identity = "ci-deploy",
		.sid = sid,
		.done = rival_done };

	ANSWERS(t, OK(EC2(WEB)), OK(SSM(INFO(ID, "Online"))));
	a.arg = &r[0];
	assert_int_equal(inventory_find(t->v, &a, &r[1].other, NULL), RC_OK);
	a.arg = &r[1];
	assert_int_equal(inventory_find(t->v, &a, &r[0].other, NULL), RC_OK);
	turn_until(t, 2);
	for (int i = 0; i < 5; i++)
		assert_int_equal(loop_step(t->m.loop, 0, NULL), RC_OK);
	assert_int_equal(t->ends, 2);
	assert_int_equal(t->aws->n_calls, 2);
	assert_int_equal(t->v->n_calls, 0);
}

static void
at_most_so_many_questions(void **state)
{
	struct stage *t = *state;
	struct err err = { "" };
	char id[32];

	for (unsigned i = 0; i < INVENTORY_FLYING; i++) {
		snprintf(id, sizeof id, "i-%x", i);
		assert_int_equal(ask(t, id, NULL), RC_OK);
	}
	assert_int_equal(ask(t, "i-ff", &err), RC_RETRY);
	has(err.text, "too many");
	/* The same as one that is under way is no further question. */
	assert_int_equal(ask(t, "i-0", NULL), RC_OK);
	for (unsigned i = t->v->n_calls; i < INVENTORY_CALLS; i++)
		assert_int_equal(ask(t, "i-1", NULL), RC_OK);
	assert_int_equal(ask(t, "i-1", &err), RC_RETRY);
}

static void
all_are_listed_page_by_page(void **state)
{
	struct stage *t = *state;

	ANSWERS(t, OK(EC2_MORE(WEB, "a+b/c=")), OK(EC2_MORE("", "two")),
	    OK(EC2(WEB INSTANCE(ID2, "running", TAG("Name", "db-7")))),
	    OK("{\"InstanceInformationList\":[" INFO(
		ID, "Online") "],\"NextToken\":\"n\\\"1\"}"),
	    OK(SSM(INFO("mi-0abc", "Online") "," INFO("mi-0dead", "ConnectionLost"))));
	find(t, NULL);
	assert_int_equal(t->rc, RC_OK);
	/* ID2 is none of Systems Manager's. */
	assert_string_equal(t->ids, ID " mi-0abc ");
	assert_string_equal(t->err, "");
	assert_string_equal(t->got->name, "web-1");
	has(t->aws->calls[1], "&MaxResults=100&NextToken=a%2Bb%2Fc%3D");
	has(t->aws->calls[2], "&NextToken=two");
	has(t->aws->calls[3], "{\"MaxResults\":50}");
	has(t->aws->calls[4], "{\"MaxResults\":50,\"NextToken\":\"n\\\"1\"}");
}

static void
lists_are_bounded(void **state)
{
	struct stage *t = *state;
	struct fake_answer v[11];
	struct buf b[11];

	for (unsigned p = 0; p < 11; p++) {
		buf_init(&b[p], 1 << 20);
		buf_text(&b[p], "<R><reservationSet>");
		for (unsigned i = 0; i < 150; i++)
			buf_printf(
			    &b[p], INSTANCE("i-%06x", "running", ""), p * 150 + i);
		buf_printf(&b[p], "</reservationSet><nextToken>t%u</nextToken></R>", p);
		v[p] = (struct fake_answer)OK(buf_cstr(&b[p]));
	}
	v[7] = (struct fake_answer)OK("{}");
	answers(t, v, 11);
	find(t, NULL);
	assert_int_equal(t->rc, RC_OK);
	assert_int_equal(t->n, INVENTORY_INSTANCES);
	assert_string_equal(t->err, "there are more than are listed");
	/* Seven pages held the most; nothing beyond was asked of EC2. */
	has(t->aws->calls[7], "ssm:");
	for (unsigned p = 0; p < 11; p++)
		buf_clear(&b[p]);
}

static void
empty_pages_end(void **state)
{
	static char tokens[12][128];
	struct stage *t = *state;
	struct fake_answer v[12];

	for (unsigned p = 0; p < 12; p++) {
		snprintf(tokens[p], sizeof tokens[p],
		    "<R><reservationSet/><nextToken>%u</nextToken></R>", p);
		v[p] = (struct fake_answer)OK(tokens[p]);
	}
	answers(t, v, 12);
	t->config.ssm.inventory = 0;
	find(t, "web-1");
	assert_int_equal(t->aws->n_calls, 10);
	assert_int_equal(t->rc, RC_REFUSE);
}

static void
hostile_answers_are_none(void **state)
{
	static const struct {
		const char *ec2, *ssm;
		const char *want;
	} rows[] = {
		{ "", "", "cannot be read" },
		{ "<R>", "", "cannot be read" },
		{ "<R><reservationSet><item>", "", "cannot be read" },
		{ "{\"a\":1}", "", "cannot be read" },
		{ "<!DOCTYPE x><R/>", "", "cannot be read" },
		{ EC2_MORE("", "same") "x", "", "cannot be read" },
		{ EC2(WEB), "", "cannot be read" },
		{ EC2(WEB), "{\"InstanceInformationList\":[", "cannot be read" },
		{ EC2(WEB), "[]", "cannot be read" },
		{ EC2(WEB), "{\"a\":1,\"a\":2}", "cannot be read" },
		{ EC2(WEB), "<R/>", "cannot be read" },
		{ "<R/>", "", "there is no target" },
		{ "<R><reservationSet>x</reservationSet></R>", "",
		    "there is no target" },
		{ "<R><reservationSet><item><instancesSet><item><instanceId><a>" ID
		  "</a></instanceId></item></instancesSet></item></reservationSet></R>",
		    "", "there is no target" },
		{ EC2(INSTANCE("x;rm", "running", "")), "", "there is no target" },
	};
	struct stage *t = *state;

	t->config.ssm.inventory = 0;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fake_answer v[] = { OK(rows[i].ec2), OK(rows[i].ssm) };

		t->aws->n_calls = 0;
		answers(t, v, 2);
		find(t, ID);
		if (t->rc == RC_OK || strstr(t->err, rows[i].want) == NULL)
			fail_msg("row %zu: %s", i, t->err);
	}
}

static void
wrong_types_are_nothing(void **state)
{
	static const char *const rows[] = { "{\"InstanceInformationList\":{}}",
		"{\"InstanceInformationList\":[1,null,\"x\",[],{}]}",
		"{\"InstanceInformationList\":[{\"InstanceId\":[\"" ID "\"]}]}",
		"{\"InstanceInformationList\":[{\"InstanceId\":\"" ID
		"\",\"PingStatus\":{\"a\":1},\"AgentVersion\":7}]}",
		"{\"InstanceInformationList\":[{\"InstanceId\":7,\"PingStatus\":"
		"\"Online\"}],\"NextToken\":[]}" };
	struct stage *t = *state;

	t->config.ssm.inventory = 0;
	for (size_t i = 0; i < ROWS(rows) - 1; i++) {
		const struct fake_answer v[] = { OK(EC2(WEB)), OK(rows[i]) };

		t->aws->n_calls = 0;
		answers(t, v, 2);
		find(t, ID);
		if (t->rc != RC_OK || (i != 2 && t->got->online))
			fail_msg("row %zu: %s", i, t->err);
		assert_string_equal(t->got->agent, "");
	}
	ANSWERS(t, OK(EC2("")),
	    OK("{\"InstanceInformationList\":[],\"NextToken\":{\"a\":1}}"));
	t->aws->n_calls = 0;
	find(t, NULL);
	assert_int_equal(t->rc, RC_RETRY);
	has(t->err, "pages that do not follow each other");
}

static void
pages_do_not_go_in_a_circle(void **state)
{
	struct stage *t = *state;

	ANSWERS(t, OK(EC2_MORE("", "t")), OK(EC2_MORE("", "t")));
	find(t, "web-1");
	assert_int_equal(t->rc, RC_RETRY);
	has(t->err, "pages that do not follow each other");
	assert_int_equal(t->aws->n_calls, 2);
}

static void
values_are_printable_and_fit(void **state)
{
#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	struct stage *t = *state;
	struct facts f = { .who = NULL };

	ANSWERS(t,
	    OK(EC2(INSTANCE(ID, "running&#10;x",
		TAG("Name", "w&#x202E;eb") TAG("Environment", A64 "b") TAG("", "x")
		    TAG("a&#9;b", "c") TAG("empty", "")
			TAG("long", A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64
					A64 A64 A64 A64)))),
	    OK(SSM("{\"InstanceId\":\"" ID "\",\"PingStatus\":\"Online\","
		   "\"AgentVersion\":\"3\\u001b[2J\",\"PlatformType\":\"" A64 "\"}")));
	find(t, ID);
	assert_int_equal(t->rc, RC_OK);
	assert_string_equal(t->got->tag_name, "w\\xE2\\x80\\xAEeb");
	assert_string_equal(t->got->state, "running\\x0Ax");
	/* An environment that is cut would be another. */
	assert_string_equal(t->got->env, "");
	assert_string_equal(t->got->agent, "3\\x1B[2J");
	assert_string_equal(t->got->platform, "");
	assert_int_equal(t->got->n_tags, 4);
	assert_string_equal(t->got->tags[2].name, "a\\x09b");
	assert_string_equal(t->got->tags[3].name, "empty");
	assert_string_equal(t->got->tags[3].value, "");
	instance_facts(t->got, &f);
	assert_null(f.env);
}

static void
tags_are_bounded(void **state)
{
	struct stage *t = *state;
	struct fake_answer v[2] = { OK(NULL), OK(SSM(INFO(ID, "Online"))) };
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_text(&b, "<R><reservationSet><item><instancesSet><item><instanceId>" ID
		     "</instanceId><tagSet>");
	for (int i = 0; i < 500; i++)
		buf_printf(&b, TAG("k%d", "v%d"), i, i);
	buf_text(&b, TAG("Name", "last") "</tagSet></item></instancesSet></item>"
					 "</reservationSet></R>");
	v[0].body = buf_cstr(&b);
	answers(t, v, 2);
	find(t, ID);
	assert_int_equal(t->rc, RC_OK);
	assert_int_equal(t->got->n_tags, INSTANCE_TAGS);
	assert_string_equal(t->got->tag_name, "last");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(by_id_both_are_asked),
		TEST(a_name_is_a_tag_letter_for_letter),
		TEST(a_name_that_two_have_is_refused),
		TEST(many_candidates_are_cut),
		TEST(the_configuration_comes_first),
		TEST(other_kinds_are_asked_less),
		TEST(who_is_not_online_is_said_to_be),
		TEST(what_is_not_there_is_refused),
		TEST(names_that_none_can_have_ask_nothing),
		TEST(a_role_that_may_not_look_costs_facts),
		TEST(trouble_is_tried_again_and_told),
		TEST(silence_ends),
		TEST(what_is_known_is_not_asked_again),
		TEST(a_reload_under_way_keeps_nothing),
		TEST(the_same_is_asked_once_and_may_be_given_up),
		TEST(done_may_cancel_and_ask),
		TEST(at_most_so_many_questions),
		TEST(all_are_listed_page_by_page),
		TEST(lists_are_bounded),
		TEST(empty_pages_end),
		TEST(hostile_answers_are_none),
		TEST(wrong_types_are_nothing),
		TEST(pages_do_not_go_in_a_circle),
		TEST(values_are_printable_and_fit),
		TEST(tags_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
