/* Errands against a stand-in for AWS that verifies each signature and judges by the
 * session policy of each lease.  The keeper is made up. */
#include "tests/support/unit.h"

#include <time.h>

#include "broker/monitor/config.h"
#include "broker/monitor/errand.h"
#include "broker/monitor/monitor.h"
#include "lib/base/http.h"
#include "tests/support/server.h"

enum rc __wrap_keep_event(
    struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg);
void __wrap_keep_forget(struct keep *k, const void *arg);

#define ROLE "arn:aws:iam::111122223333:role/broker"
#define LOOKS                                                                          \
	"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"ec2:DescribeInstances\"]" \
	",\"Resource\":\"*\"}]}"

static const char seed[] =
    "{\"keys\":[{\"access_key_id\":\"AKIASTANDINGATEWAY00\","
    "\"secret_access_key\":\"s\"}],"
    "\"roles\":[{\"arn\":\"" ROLE "\"}],"
    "\"instances\":[{\"id\":\"i-0abc0000000000001\",\"name\":\"web\"}],"
    "\"faults\":[{\"operation\":\"DescribeTags\",\"status\":400,\"code\":"
    "\"RequestLimitExceeded\",\"message\":\"slow\"},{\"operation\":"
    "\"DescribeVolumes\",\"times\":9,\"close\":true},{\"operation\":\"DescribeVpcs\","
    "\"status\":"
    "503,\"code\":\"Unavailable\",\"message\":\"x\"},{\"operation\":"
    "\"DescribeSubnets\",\"status\":400,\"code\":\"AuthFailure\",\"message\":\"x\"}]}";

struct stage {
	struct server server;
	struct monitor m;
	struct config config;
	struct config_connect connect;
	struct profile profile;
	struct http *http;
	struct errand *e;
	char to[64];
	const char *list[1];
	unsigned readies, ends, events;
	enum rc rc;
	struct errand_answer got;
	char body[8192], why[ERR_TEXT], kind[32], event[2048];
	/* The keeper. */
	struct timer *keeper;
	enum rc says;
	bool refuses;
	keep_fn *fn;
	void *fn_arg;
};

static struct stage *the_stage;

enum rc
__wrap_keep_event(struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg)
{
	struct stage *t = the_stage;

	(void)k;
	if (t->refuses)
		return RC_FAIL;
	assert_string_equal(e->identity, "ci-deploy");
	assert_int_equal(e->sid[0], 7);
	snprintf(t->kind, sizeof t->kind, "%s", e->kind);
	snprintf(t->event, sizeof t->event, "%s", e->detail);
	t->events++;
	t->fn = fn;
	t->fn_arg = arg;
	timer_set(t->keeper, 0);
	return RC_OK;
}

void
__wrap_keep_forget(struct keep *k, const void *arg)
{
	(void)k;
	if (the_stage->fn_arg == arg)
		the_stage->fn = NULL;
}

static void
keeper_answers(void *arg)
{
	struct stage *t = arg;
	keep_fn *fn = t->fn;

	t->fn = NULL;
	if (fn != NULL)
		fn(t->fn_arg, t->says, "no", span_make(NULL, 0), NULL);
}

static int
setup(void **state)
{
	static const char *const argv[] = { "--dir", "@", "--seed", "@/seed.json",
		"--log", "@/log", "--until-stdin-closes", NULL };
	struct stage *t = calloc(1, sizeof *t);
	struct vault_init init = { .source = VAULT_ENVIRONMENT };
	struct err err = { "" };

	the_stage = t;
	server_open(&t->server, "aws_standin.py", argv, seed);
	snprintf(t->to, sizeof t->to, "::127.0.0.1:%u", t->server.port);
	t->list[0] = t->connect.curl = t->to;
	init.connect_to = t->list;
	init.n_connect_to = 1;
	init.ca_file = t->server.ca;
	setenv("AWS_ACCESS_KEY_ID", "AKIASTANDINGATEWAY00", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	t->config.aws.connect_to.v = &t->connect;
	t->config.aws.connect_to.n = 1;
	t->config.aws.ca_file = t->server.ca;
	t->profile = (struct profile){ .name = "prod",
		.account = "111122223333",
		.role = ROLE,
		.region = "eu-west-1" };
	t->m.rules.config = &t->config;
	assert_int_equal(loop_new(&t->m.loop, &err), RC_OK);
	assert_int_equal(vault_new(t->m.loop, &init, &t->m.vault, &err), RC_OK);
	assert_int_equal(http_new(t->m.loop, &t->http, &err), RC_OK);
	t->keeper = loop_timer(t->m.loop, keeper_answers, t);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct stage *t = *state;

	errand_free(t->e);
	http_free(t->http);
	timer_free(t->keeper);
	vault_free(t->m.vault);
	loop_free(t->m.loop);
	server_close(&t->server);
	free(t);
	return 0;
}

static void
ready(void *arg, enum rc rc, const struct err *err)
{
	struct stage *t = arg;

	t->readies++;
	t->rc = rc;
	snprintf(t->why, sizeof t->why, "%s", rc == RC_OK ? "" : err->text);
}

static void
answered(void *arg, const struct errand_answer *a)
{
	struct stage *t = arg;

	t->ends++;
	t->got = *a;
	snprintf(
	    t->body, sizeof t->body, "%.*s", (int)a->body.len, (const char *)a->body.p);
}

static void
turn_until(struct stage *t, const unsigned *count, unsigned least)
{
	time_t end = time(NULL) + 60;

	while (*count < least && time(NULL) < end)
		assert_int_equal(loop_step(t->m.loop, 50, NULL), RC_OK);
	assert_true(*count >= least);
}

static enum rc
begin(struct stage *t, const char *region, struct err *err)
{
	static const uint8_t sid[16] = { 7 };
	const struct errand_init init = { .m = &t->m,
		.http = t->http,
		.profile = &t->profile,
		.region = region,
		.identity = "ci-deploy",
		.sid = sid,
		.policy = LOOKS,
		.event = "target.look",
		.calls = "ec2:DescribeInstances",
		.most = 4096,
		.timeout_ms = 60000,
		.ready = ready,
		.arg = t };

	return errand_new(&init, &t->e, err);
}

static void
lease(struct stage *t)
{
	unsigned before = t->readies;

	assert_int_equal(begin(t, "eu-west-1", NULL), RC_OK);
	assert_int_equal(t->readies, before);
	turn_until(t, &t->readies, before + 1);
	assert_int_equal(t->rc, RC_OK);
}

static enum errand_end
call(struct stage *t, const char *service, const char *operation, const char *members)
{
	unsigned before = t->ends;

	assert_int_equal(
	    errand_send(t->e, service, operation, span_of(members), answered, NULL),
	    RC_OK);
	turn_until(t, &t->ends, before + 1);
	return t->got.end;
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, text);
}

static void
calls_are_signed_and_judged_by_their_policy(void **state)
{
	struct stage *t = *state;

	lease(t);
	/* The audit knew before anybody used it. */
	assert_int_equal(t->events, 1);
	assert_string_equal(t->kind, "target.look");
	has(t->event, "\"role\":\"" ROLE "\"");
	has(t->event, "\"calls\":\"ec2:DescribeInstances\"");
	assert_null(strstr(t->event, "ecret"));
	assert_int_equal(
	    call(t, "ec2", "DescribeInstances", "&InstanceId.1=i-0abc0000000000001"),
	    ERRAND_DONE);
	has(t->body, "<instanceId>i-0abc0000000000001</instanceId>");
	/* The same lease, once more; and nothing that it is not for. */
	assert_int_equal(
	    call(t, "ec2", "DescribeInstances", "&InstanceId.1=i-0abc0000000000009"),
	    ERRAND_REFUSED);
	assert_string_equal(t->got.code, "InvalidInstanceID.NotFound");
	assert_int_equal(
	    call(t, "ssm", "DescribeInstanceInformation", "{}"), ERRAND_DENIED);
	assert_string_equal(t->got.code, "AccessDeniedException");
	has(t->got.why, "HTTP 400 AccessDeniedException");
}

static void
ends_are_told_apart(void **state)
{
	struct stage *t = *state;

	lease(t);
	assert_int_equal(call(t, "ec2", "DescribeTags", ""), ERRAND_BUSY);
	assert_int_equal(call(t, "ec2", "DescribeVpcs", ""), ERRAND_BUSY);
	assert_int_equal(call(t, "ec2", "DescribeVolumes", ""), ERRAND_BUSY);
	assert_true(t->got.why[0] != '\0');
	assert_int_equal(call(t, "ec2", "DescribeSubnets", ""), ERRAND_REFUSED);
	assert_string_equal(t->got.code, "AuthFailure");
}

static void
what_is_none_is_not_sent(void **state)
{
	static char big[70000];
	struct stage *t = *state;
	struct err err = { "" };

	assert_int_equal(begin(t, "EU", &err), RC_REFUSE);
	assert_int_equal(begin(t, "eu-west-1", NULL), RC_OK);
	/* No lease yet. */
	assert_int_equal(
	    errand_send(t->e, "ec2", "DescribeInstances", span_of(""), answered, &err),
	    RC_FAIL);
	turn_until(t, &t->readies, 1);
	assert_int_equal(
	    errand_send(t->e, "ec2", "NoSuchThing", span_of(""), answered, &err),
	    RC_REFUSE);
	assert_int_equal(
	    errand_send(t->e, "s3", "ListBuckets", span_of("x"), answered, &err),
	    RC_REFUSE);
	memset(big, 'a', sizeof big - 1);
	assert_int_equal(
	    errand_send(t->e, "ec2", "DescribeInstances", span_of(big), answered, &err),
	    RC_REFUSE);
	assert_int_equal(
	    errand_send(t->e, "ec2", "DescribeInstances", span_of(""), answered, &err),
	    RC_OK);
	/* One at a time. */
	assert_int_equal(
	    errand_send(t->e, "ec2", "DescribeInstances", span_of(""), answered, &err),
	    RC_FAIL);
	errand_free(t->e);
	t->e = NULL;
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_step(t->m.loop, 20, NULL), RC_OK);
	assert_int_equal(t->ends, 0);
	errand_free(NULL);
}

static void
no_lease_is_used_that_nobody_noted(void **state)
{
	struct stage *t = *state;

	t->says = RC_FAIL;
	assert_int_equal(begin(t, "eu-west-1", NULL), RC_OK);
	turn_until(t, &t->readies, 1);
	assert_int_equal(t->rc, RC_FAIL);
	has(t->why, "could not be recorded");
	errand_free(t->e);
	t->e = NULL;
	t->refuses = true;
	assert_int_equal(begin(t, "eu-west-1", NULL), RC_OK);
	turn_until(t, &t->readies, 2);
	assert_int_equal(t->rc, RC_FAIL);
	errand_free(t->e);
	t->e = NULL;
	/* A role that is none. */
	t->profile.role = "arn:aws:iam::111122223333:role/other";
	assert_int_equal(begin(t, "eu-west-1", NULL), RC_OK);
	turn_until(t, &t->readies, 3);
	assert_int_equal(t->rc, RC_REFUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(calls_are_signed_and_judged_by_their_policy),
		TEST(ends_are_told_apart),
		TEST(what_is_none_is_not_sent),
		TEST(no_lease_is_used_that_nobody_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
