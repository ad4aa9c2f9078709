/* Previews against a stand-in for AWS that verifies each signature and judges by the
 * session policy of each lease.  The keeper is made up. */
#include "tests/policies/asking.h"

#include "broker/monitor/config.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/preview.h"
#include "broker/monitor/preview_parts.h"
#include "lib/base/clock.h"
#include "tests/support/server.h"

enum rc __wrap_keep_event(
    struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg);
void __wrap_keep_forget(struct keep *k, const void *arg);
uint64_t __real_clock_mono_ms(void);
uint64_t __wrap_clock_mono_ms(void);

static uint64_t the_clock; /* how far it was moved on */

uint64_t
__wrap_clock_mono_ms(void)
{
	return __real_clock_mono_ms() + the_clock;
}

#define ROLE "arn:aws:iam::111122223333:role/broker"

static const char seed_head[] =
    "{\"keys\":[{\"access_key_id\":\"AKIASTANDINGATEWAY00\","
    "\"secret_access_key\":\"s\"}],"
    "\"roles\":[{\"arn\":\"" ROLE "\",\"max_duration\":43200},"
    "{\"arn\":\"" ROLE "-poor\",\"policy\":{\"Statement\":[{\"Effect\":"
    "\"Allow\",\"Action\":\"dynamodb:List*\",\"Resource\":\"*\"}]}}],"
    "\"buckets\":{\"logs\":{\"region\":\"eu-west-1\",\"objects\":{"
    "\"2026/01/x.log\":\"x\\n\",\"2026/02/y z+&.log\":\"yy\\n\","
    "\"2026/\\u202e\\u001b[2J\":\"z\",\"2027/no.log\":\"n\",\"2026\":\"q\"}},"
    "\"away\":{\"region\":\"us-east-1\",\"objects\":{\"k\":\"12345\"}},"
    "\"many\":{\"region\":\"eu-west-1\",\"objects\":{%s}}},"
    "\"tables\":{\"people\":[{\"id\":{\"S\":\"1\"}},{\"id\":{\"S\":\"2\"}}]},"
    "\"instances\":[{\"id\":\"i-0abc0000000000001\",\"name\":\"web <1>\","
    "\"tags\":{\"env\":\"prod\"}},{\"id\":\"i-0abc0000000000002\",\"name\":\"db\","
    "\"state\":\"stopped\",\"type\":\"t3.large\"}],"
    "\"looks\":{"
    "\"rds:DescribeDBInstances\":{\"db-1\":{\"DBInstances\":{\"DBInstance\":"
    "{\"DBInstanceIdentifier\":\"db-1\",\"DBInstanceStatus\":\"available\","
    "\"Engine\":\"postgres\",\"AllocatedStorage\":\"100\",\"DeletionProtection\":"
    "\"false\",\"TagList\":{\"Tag\":[{\"Key\":\"owner\",\"Value\":\"ann\"}]}}}}},"
    "\"autoscaling:DescribeAutoScalingGroups\":{\"web\":{\"AutoScalingGroups\":"
    "{\"member\":{\"AutoScalingGroupName\":\"web\",\"DesiredCapacity\":3,\"MinSize\":"
    "1,\"MaxSize\":9,\"Instances\":{\"member\":[{\"InstanceId\":\"i-1\"},"
    "{\"InstanceId\":\"i-2\"},{\"InstanceId\":\"i-3\"},{\"InstanceId\":\"i-4\"},"
    "{\"InstanceId\":\"i-5\"},{\"InstanceId\":\"i-6\"},{\"InstanceId\":\"i-7\"}]}}}}},"
    "\"iam:GetRole\":{\"app\":{\"Role\":{\"RoleName\":\"app\",\"Path\":\"/\"}}},"
    "\"iam:ListAttachedRolePolicies\":{\"app\":{\"AttachedPolicies\":{\"member\":["
    "{\"PolicyName\":\"P\",\"PolicyArn\":\"arn:aws:iam::aws:policy/P\"},"
    "{\"PolicyName\":\"Q\",\"PolicyArn\":\"arn:aws:iam::aws:policy/Q\"}]}}},"
    "\"iam:ListRolePolicies\":{\"app\":{\"PolicyNames\":\"\"}},"
    "\"ecs:DescribeServices\":{\"api\":{\"services\":[{\"serviceName\":\"api\","
    "\"status\":\"ACTIVE\",\"desiredCount\":4,\"runningCount\":3,\"tags\":"
    "[{\"key\":\"env\",\"value\":\"prod\"}]}]}},"
    "\"logs:DescribeLogGroups\":{\"/app\":{\"logGroups\":[{\"logGroupName\":\"/app\","
    "\"storedBytes\":2048,\"retentionInDays\":7,\"creationTime\":1767225600000},"
    "{\"logGroupName\":\"/app/other\",\"storedBytes\":9}]}},"
    "\"lambda:GetFunctionConfiguration\":{\"f\":{\"FunctionName\":\"f\",\"Runtime\":"
    "\"python3.11\",\"CodeSize\":1234,\"Environment\":{\"Variables\":{\"PW\":"
    "\"sEcReT\"}}}}},"
    "\"faults\":[%s]}";

struct stage {
	struct server server;
	struct monitor m;
	struct config config;
	struct config_connect connect;
	struct profile profile;
	char to[64];
	const char *list[1];
	struct previews *all;
	struct preview *p;
	unsigned ends, events;
	json_t *got;
	char event[4096];
	/* The keeper: answers at once from the loop, or not at all. */
	struct timer *keeper;
	enum rc says;
	bool silent;
	keep_fn *fn;
	void *fn_arg;
	struct err err;
};

static struct stage *the_stage;

enum rc
__wrap_keep_event(struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg)
{
	struct stage *t = the_stage;

	(void)k;
	assert_string_equal(e->kind, "preview");
	assert_string_equal(e->identity, "ci-deploy");
	snprintf(t->event, sizeof t->event, "%s", e->detail);
	t->events++;
	t->fn = fn;
	t->fn_arg = arg;
	if (!t->silent)
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

static struct stage *
stage_new(const char *faults, unsigned many)
{
	static const char *const argv[] = { "--dir", "@", "--seed", "@/seed.json",
		"--log", "@/log", "--until-stdin-closes", NULL };
	struct stage *t = calloc(1, sizeof *t);
	struct vault_init init = { .source = VAULT_ENVIRONMENT };
	struct buf keys;
	char *seed;

	the_stage = t;
	buf_init(&keys, 1 << 20);
	for (unsigned i = 0; i < many; i++)
		buf_printf(&keys, "%s\"d/%04u%0200u\":\"\"", i > 0 ? "," : "", i, 0u);
	assert_true(asprintf(&seed, seed_head, buf_cstr(&keys), faults) > 0);
	server_open(&t->server, "aws_standin.py", argv, seed);
	free(seed);
	buf_clear(&keys);
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
	t->config.holds.preview.enabled = true;
	t->config.holds.preview.time = 30000;
	t->config.holds.preview.items = 20;
	t->config.holds.preview.bytes = 1 << 20;
	t->config.holds.preview.pages = 5;
	t->config.holds.preview.per_identity = 1000;
	t->config.holds.preview.per = 3600000;
	t->profile = (struct profile){ .name = "prod",
		.account = "111122223333",
		.role = ROLE,
		.region = "eu-west-1" };
	t->m.rules.config = &t->config;
	assert_int_equal(loop_new(&t->m.loop, &t->err), RC_OK);
	assert_int_equal(vault_new(t->m.loop, &init, &t->m.vault, &t->err), RC_OK);
	assert_int_equal(previews_new(&t->m, &t->all, &t->err), RC_OK);
	t->keeper = loop_timer(t->m.loop, keeper_answers, t);
	return t;
}

static void
stage_free(struct stage *t)
{
	previews_free(t->all);
	json_decref(t->got);
	timer_free(t->keeper);
	vault_free(t->m.vault);
	loop_free(t->m.loop);
	server_close(&t->server);
	free(t);
}

static int
setup(void **state)
{
	*state = stage_new("", 0);
	return 0;
}

static int
teardown(void **state)
{
	stage_free(*state);
	return 0;
}

static void
done(void *arg, json_t *preview)
{
	struct stage *t = arg;

	t->ends++;
	json_decref(t->got);
	t->got = preview;
	t->p = NULL;
}

static void
begin(struct stage *t, const char *line)
{
	static const uint8_t sid[16] = { 1, 2, 3 };
	struct aws_request *r = asking_request(line);
	const struct preview_ask ask = { .aws = r,
		.profile = &t->profile,
		.region = t->profile.region,
		.identity = "ci-deploy",
		.rule = "prod/delete",
		.sid = sid,
		.done = done,
		.arg = t };

	preview_begin(t->all, &ask, &t->p);
	aws_free(r); /* it is borrowed for the call alone */
}

static void
turn_until(struct stage *t, const unsigned *count, unsigned least)
{
	uint64_t end = clock_mono_ms() + 60000;

	while (*count < least && clock_mono_ms() < end)
		assert_int_equal(loop_step(t->m.loop, 50, &t->err), RC_OK);
	assert_true(*count >= least);
}

static const char *
state_of(struct stage *t)
{
	return json_string_value(json_object_get(t->got, "state"));
}

/* Make one; its text, good until the next. */
static const char *
preview(struct stage *t, const char *line)
{
	static struct buf text;
	unsigned before = t->ends;

	begin(t, line);
	turn_until(t, &t->ends, before + 1);
	assert_non_null(t->got);
	buf_clear(&text);
	buf_init(&text, 1 << 20);
	preview_text(t->got, &text);
	return buf_cstr(&text);
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void
lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in:\n%s", part, text);
}

/* The stand-in's log, cut to fit. */
static const char *
requests(struct stage *t)
{
	static char text[1 << 18];
	char path[256];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/log", t->server.folder);
	assert_non_null(f = fopen(path, "r"));
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void
objects_below_a_name_are_counted(void **state)
{
	struct stage *t = *state;
	const char *text = preview(t, "aws s3 rm s3://logs/2026 --recursive");

	assert_string_equal(state_of(t), "done");
	has(text, "preview: 3 objects under s3://logs/2026/, 6 bytes\n");
	has(text, "  object 2026/01/x.log; 2 bytes; class STANDARD; changed 20");
	has(text, "  object 2026/02/y z+&.log; 3 bytes");
	lacks(text, "2027");
	lacks(text, "more");
	assert_int_equal(json_integer_value(json_object_get(t->got, "count")), 3);
	assert_int_equal(json_integer_value(json_object_get(t->got, "bytes")), 6);
	/* A name of a stranger's is shown, and does nothing. */
	lacks(text, "\033");
	lacks(text, "\xe2\x80\xae");
	has(text, "\\xE2\\x80\\xAE\\x1B[2J");
}

static void
the_lease_is_its_own_and_reads_only(void **state)
{
	struct stage *t = *state;
	const char *log;

	preview(t, "aws s3 rm s3://logs/2026 --recursive");
	assert_int_equal(t->events, 1);
	has(t->event, "\"calls\":[\"s3:ListObjectsV2\"]");
	has(t->event, "\"role\":\"" ROLE "\"");
	lacks(t->event, "secret");
	log = requests(t);
	has(log, "\\\"Action\\\":[\\\"s3:ListBucket\\\"]");
	has(log, "\"duration\": \"900\"");
	has(log, "\"source_identity\": \"ci-deploy\"");
	has(log, "\"rule\": \"prod/delete\"");
	has(log, "\"operation\": \"ListObjectsV2\"");
	lacks(log, "Delete");
	lacks(log, "kms:");
}

static void
each_service_is_read_in_its_own_way(void **state)
{
	static const struct {
		const char *line, *first, *also, *more;
	} rows[] = {
		{ "aws s3 rm s3://logs/2026/01/x.log", "preview: 1 object, 2 bytes\n",
		    "  object s3://logs/2026/01/x.log; 2 bytes; changed ", "" },
		{ "aws s3 rm s3://logs/2026/01/none", "preview: 0 objects\n", "", "" },
		{ "aws s3 mv s3://logs/2026/01/x.log s3://logs/2027/no.log",
		    "preview: 1 object, 2 bytes; 1 object now where it goes to, 1 "
		    "bytes\n",
		    "  object there now s3://logs/2027/no.log; 1 bytes", "" },
		{ "aws s3 rb s3://logs --force", "preview: 5 objects under s3://logs/",
		    "", "" },
		{ "aws ec2 terminate-instances --instance-ids i-0abc0000000000001 "
		  "i-0abc0000000000002",
		    "preview: 2 instances\n",
		    "  instance i-0abc0000000000001; state running; type t3.micro; ",
		    "; tags Name=web <1> env=prod\n" },
		{ "aws ec2 create-vpc --cidr-block 10.0.0.0/16",
		    "preview: a dry run of CreateVpc would have gone through\n", "",
		    "" },
		{ "aws dynamodb delete-table --table-name people",
		    "preview: 1 table, 40 bytes\n",
		    "  table people; 40 bytes; status ACTIVE; items 2; made "
		    "2026-01-01T00:00:00Z\n",
		    "" },
		{ "aws rds delete-db-instance --db-instance-identifier db-1",
		    "preview: 1 database\n",
		    "  database db-1; status available; engine postgres; GiB 100; "
		    "protected false; tags owner=ann\n",
		    "" },
		{ "aws autoscaling set-desired-capacity --auto-scaling-group-name web "
		  "--desired-capacity 0",
		    "preview: 1 auto scaling group\n", "; desired 3; min 1; max 9; ",
		    "instance i-1, i-2, i-3, i-4, i-5 and 2 more\n" },
		{ "aws ecs update-service --service api --cluster main "
		  "--desired-count 0",
		    "preview: 1 service\n",
		    "  service api; status ACTIVE; desired 4; running 3; tags "
		    "env=prod\n",
		    "" },
		{ "aws logs delete-log-group --log-group-name /app",
		    "preview: 1 log group, 2.0 KiB\n",
		    "  log group /app; 2048 bytes; days 7; made "
		    "2026-01-01T00:00:00Z\n",
		    "" },
		{ "aws lambda delete-function --function-name f",
		    "preview: 1 function, 1.2 KiB\n",
		    "  function f; 1234 bytes; runtime python3.11\n", "" },
	};
	struct stage *t = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *text = preview(t, rows[i].line);

		has(text, rows[i].first);
		has(text, rows[i].also);
		has(text, rows[i].more);
		lacks(text, "sEcReT");
		lacks(text, "not all");
		assert_string_equal(state_of(t), "done");
	}
	lacks(requests(t), "\"made\"");
	lacks(requests(t), "TerminateInstances");
}

static void
several_calls_make_one_preview(void **state)
{
	struct stage *t = *state;
	const char *text = preview(t, "aws iam delete-role --role-name app");

	has(text, "preview: 1 role; 2 attached policies; 0 inline policies\n");
	has(text, "  attached policy arn:aws:iam::aws:policy/Q; called Q\n");
	assert_string_equal(state_of(t), "done");
	text = preview(t, "aws iam delete-role --role-name nobody");
	assert_string_equal(state_of(t), "failed");
	has(text, "preview failed: GetRole: HTTP 404 NoSuchEntity\n");
}

static void
a_name_that_begins_alike_is_another(void **state)
{
	struct stage *t = *state;
	const char *text =
	    preview(t, "aws logs delete-log-group --log-group-name /app");

	lacks(text, "other");
	text = preview(t, "aws logs delete-log-group --log-group-name /ap");
	has(text, "preview: 0 log groups\n");
}

static void
a_bucket_elsewhere_is_found(void **state)
{
	static const char *const lines[] = { "aws s3 rm s3://away --recursive",
		"aws s3 rm s3://away/k" };
	struct stage *t = *state;

	for (size_t i = 0; i < ROWS(lines); i++) {
		const char *text = preview(t, lines[i]);

		has(text, "preview: 1 object");
		has(text, "5 bytes");
		has(requests(t), "away.s3.us-east-1.amazonaws.com");
	}
}

static void
words_that_bound_it_are_told(void **state)
{
	struct stage *t = *state;
	const char *text =
	    preview(t, "aws s3 rm s3://logs/2026 --recursive --exclude '*.log'");

	has(text, "; before --exclude and --include, which take some out\n");
	text = preview(t, "aws s3 sync s3://logs/2026 s3://away/x");
	has(text,
	    "preview: 3 objects under s3://logs/2026/, 6 bytes; 0 objects now under "
	    "s3://away/x/; only what differs is touched\n");
	text = preview(t,
	    "aws s3api delete-objects --bucket logs --delete "
	    "'{\"Objects\":[{\"Key\":\"2026\"},{\"Key\":\"b\"},{\"Key\":\"c\"},"
	    "{\"Key\":\"d\"},{\"Key\":\"e\"},{\"Key\":\"f\"},{\"Key\":\"g\"},"
	    "{\"Key\":\"h\"},{\"Key\":\"i\"}]}'");
	has(text, "there is more that was not asked about\n");
	has(text, "  object s3://logs/2026; 1 bytes");
	has(text, "  and perhaps more\n");
}

static void
long_lists_are_cut_and_say_so(void **state)
{
	static const struct {
		uint64_t pages, items;
		const char *first, *last;
	} rows[] = {
		{ 5, 3, "preview: 2500 objects under s3://many/, 0 bytes\n",
		    "  and 2497 more\n" },
		{ 2, 3, "preview: at least 2000 objects under s3://many/, 0 bytes\n",
		    "  and at least 1997 more\n" },
		{ 1, 0, "preview: at least 1000 objects under s3://many/, 0 bytes\n",
		    "  and at least 1000 more\n" },
	};
	struct stage *t = stage_new("", 2500);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *text;

		t->config.holds.preview.pages = rows[i].pages;
		t->config.holds.preview.items = rows[i].items;
		text = preview(t, "aws s3 rm s3://many --recursive");
		has(text, rows[i].first);
		has(text, rows[i].last);
		assert_int_equal(
		    json_array_size(json_object_get(t->got, "items")), rows[i].items);
	}
	/* What has to be kept and sent stays small. */
	t->config.holds.preview.items = 100;
	has(preview(t, "aws s3 rm s3://many --recursive"), "  and at least 9");
	assert_in_range(json_array_size(json_object_get(t->got, "items")), 50, 99);
	assert_in_range(json_dumpb(t->got, NULL, 0, 0), 16384, 32768);
	t->config.holds.preview.bytes = 4096;
	has(preview(t, "aws s3 rm s3://many --recursive"),
	    "preview failed: ListObjectsV2: the answer is too long\n"
	    "  and perhaps more\n");
	assert_string_equal(state_of(t), "failed");
	stage_free(t);
}

/* The clock moves on when it waits for what never comes. */
static void
it_has_its_time(void **state)
{
	static const struct {
		const char *fault, *line, *text;
		size_t at; /* in its plan */
		bool leased;
	} rows[] = {
		{ "{\"operation\":\"AssumeRole\",\"delay\":30}",
		    "aws s3 rm s3://logs --recursive",
		    "preview incomplete: not told in the time that there is\n", 0,
		    false },
		{ "{\"operation\":\"ListObjectsV2\",\"delay\":30}",
		    "aws s3 rm s3://logs --recursive",
		    "preview incomplete: not told in the time that there is\n", 0,
		    true },
		/* one that came, and one that does not */
		{ "{\"operation\":\"ListAttachedRolePolicies\",\"delay\":30}",
		    "aws iam delete-role --role-name app",
		    "preview incomplete: 1 role\n  role app; path /\n"
		    "  and perhaps more\n  not all could be asked: not told in the "
		    "time that there is\n",
		    1, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct stage *t = stage_new(rows[i].fault, 0);
		uint64_t end = clock_mono_ms() + 60000;
		struct buf b;

		t->config.holds.preview.time = 100000;
		begin(t, rows[i].line);
		while (
		    clock_mono_ms() < end &&
		    (t->p->at < rows[i].at || (t->p->call != NULL) != rows[i].leased))
			assert_int_equal(loop_step(t->m.loop, 50, &t->err), RC_OK);
		assert_int_equal(t->ends, 0);
		the_clock += 100000;
		turn_until(t, &t->ends, 1);
		assert_string_equal(state_of(t), "late");
		buf_init(&b, 65536);
		preview_text(t->got, &b);
		assert_string_equal(buf_cstr(&b), rows[i].text);
		buf_clear(&b);
		stage_free(t);
	}
}

#define XML8 "<a><a><a><a><a><a><a><a>"
#define JSON8 "[[[[[[[["
#define PLANNED(op, status, body)                                                      \
	"{\"operation\":\"" op "\",\"status\":" status ",\"body\":\"" body "\"}"

static void
hostile_answers_are_failures(void **state)
{
	static const struct {
		const char *fault, *line, *why;
	} rows[] = {
		{ PLANNED("DescribeInstances", "200", XML8 XML8 XML8),
		    "aws ec2 stop-instances --instance-ids i-0abc0000000000001",
		    "DescribeInstances: XML at byte " },
		{ PLANNED("DescribeInstances", "200",
		      "<!DOCTYPE a [<!ENTITY b \\\"c\\\">]><a>&b;</a>"),
		    "aws ec2 stop-instances --instance-ids i-0abc0000000000001",
		    "DescribeInstances: XML at byte " },
		{ PLANNED("DescribeInstances", "500", "<html>oops</html>"),
		    "aws ec2 stop-instances --instance-ids i-0abc0000000000001",
		    "DescribeInstances: HTTP 500 \n" },
		{ PLANNED("DescribeInstances", "403",
		      "<Response><Errors><Error><Code>\\\\u001b[2J</Code></Error>"
		      "</Errors></Response>"),
		    "aws ec2 stop-instances --instance-ids i-0abc0000000000001",
		    "DescribeInstances: HTTP 403 \n" },
		{ PLANNED("DescribeTable", "200",
		      "{\\\"a\\\":" JSON8 JSON8 JSON8 JSON8 JSON8 JSON8 JSON8 JSON8
		      "1"),
		    "aws dynamodb delete-table --table-name people",
		    "DescribeTable: JSON that is too deep" },
		{ PLANNED("DescribeTable", "200",
		      "{\\\"Table\\\":{},\\\"Table\\\":{\\\"TableName\\\":\\\"x\\\"}}"),
		    "aws dynamodb delete-table --table-name people",
		    "DescribeTable: no JSON object" },
		{ PLANNED("DescribeTable", "200", "[]"),
		    "aws dynamodb delete-table --table-name people",
		    "DescribeTable: no JSON object" },
		{ "{\"operation\":\"DescribeTable\",\"close\":true}",
		    "aws dynamodb delete-table --table-name people",
		    "DescribeTable: closed without an answer" },
		/* It cannot be, and would be the worst. */
		{ PLANNED("CreateVpc", "200", "<CreateVpcResponse/>"),
		    "aws ec2 create-vpc --cidr-block 10.0.0.0/16",
		    "CreateVpc: the answer to a dry run is not one" },
		{ "{\"operation\":\"AssumeRole\",\"status\":403,\"code\":"
		  "\"AccessDenied\",\"message\":\"arn:aws:iam::1:user/gateway\"}",
		    "aws dynamodb delete-table --table-name people",
		    "AWS does not let the gateway take this role" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct stage *t = stage_new(rows[i].fault, 0);
		const char *text = preview(t, rows[i].line);

		assert_string_equal(state_of(t), "failed");
		has(text, "preview failed: ");
		has(text, rows[i].why);
		lacks(text, "\033");
		lacks(text, "user/gateway");
		stage_free(t);
	}
}

static void
a_dry_run_that_is_refused_is_told(void **state)
{
	struct stage *t = stage_new("{\"operation\":\"CreateVpc\",\"status\":403,"
				    "\"code\":\"UnauthorizedOperation\"}",
	    0);

	(void)state;
	has(preview(t, "aws ec2 create-vpc --cidr-block 10.0.0.0/16"),
	    "preview: a dry run of CreateVpc was refused: UnauthorizedOperation\n");
	stage_free(t);
}

/* The role is the profile's, and may no more than that. */
static void
what_the_role_may_not_is_not_seen(void **state)
{
	struct stage *t = *state;

	t->profile.role = ROLE "-poor";
	has(preview(t, "aws dynamodb delete-table --table-name people"),
	    "preview failed: DescribeTable: HTTP 400 AccessDeniedException\n");
	assert_string_equal(state_of(t), "failed");
}

/* A part that fails leaves the rest, and is told. */
static void
what_could_not_be_asked_is_told(void **state)
{
	struct stage *t = stage_new("{\"operation\":\"GetRole\",\"status\":403,"
				    "\"code\":\"AccessDenied\"}",
	    0);
	const char *text = preview(t, "aws iam delete-role --role-name app");

	(void)state;
	assert_string_equal(state_of(t), "done");
	has(text, "preview: 2 attached policies; 0 inline policies\n");
	has(text, "  not all could be asked: GetRole: HTTP 403 AccessDenied\n");
	stage_free(t);
}

static void
each_identity_has_a_budget(void **state)
{
	struct stage *t = *state;

	t->config.holds.preview.per_identity = 2;
	/* What asks nothing costs nothing. */
	has(preview(t, "aws sns delete-topic --topic-arn arn:aws:sns:eu-west-1:1:x"),
	    "no preview: there is no safe way to ask what this would touch\n");
	assert_string_equal(state_of(t), "none");
	for (unsigned i = 0; i < 2; i++) {
		preview(t, "aws dynamodb delete-table --table-name people");
		assert_string_equal(state_of(t), "done");
	}
	has(preview(t, "aws dynamodb delete-table --table-name people"),
	    "no preview: this identity has had too many previews of late\n");
	assert_string_equal(state_of(t), "budget");
	assert_int_equal(t->events, 2);
}

static void
switched_off_nothing_is_asked(void **state)
{
	struct stage *t = *state;

	t->config.holds.preview.enabled = false;
	has(preview(t, "aws dynamodb delete-table --table-name people"),
	    "no preview: previews are switched off\n");
	assert_string_equal(state_of(t), "none");
	previews_free(t->all);
	t->all = NULL;
	preview(t, "aws dynamodb delete-table --table-name people");
	assert_string_equal(state_of(t), "none");
	assert_string_equal(requests(t), "");
}

static void
what_is_not_recorded_is_not_asked(void **state)
{
	struct stage *t = *state;

	t->says = RC_FAIL;
	has(preview(t, "aws dynamodb delete-table --table-name people"),
	    "preview failed: it could not be recorded, so nothing was asked\n");
	has(requests(t), "AssumeRole");
	lacks(requests(t), "DescribeTable\"");
}

/* Whoever asked is gone: nobody is called, and nothing is left. */
static void
it_can_be_cancelled_at_any_time(void **state)
{
	struct stage *t = *state;
	unsigned before;

	/* While it waits for its lease. */
	begin(t, "aws dynamodb delete-table --table-name people");
	assert_non_null(t->p);
	preview_cancel(t->p);
	/* For the keeper, who answers behind it. */
	t->silent = true;
	begin(t, "aws dynamodb delete-table --table-name people");
	turn_until(t, &t->events, 1);
	preview_cancel(t->p);
	assert_null(t->fn);
	/* For AWS. */
	begin(t, "aws dynamodb delete-table --table-name people");
	turn_until(t, &t->events, 2);
	before = t->events;
	keeper_answers(t);
	preview_cancel(t->p);
	preview_cancel(NULL);
	t->silent = false;
	assert_int_equal(t->ends, 0);
	preview(t, "aws dynamodb delete-table --table-name people");
	assert_string_equal(state_of(t), "done");
	assert_int_equal(t->events, before + 1);
	/* With the broker itself. */
	begin(t, "aws dynamodb delete-table --table-name people");
}

static void
so_many_are_made_at_once(void **state)
{
	struct stage *t = *state;

	t->silent = true;
	for (unsigned i = 0; i < 16; i++) {
		begin(t, "aws dynamodb delete-table --table-name people");
		assert_non_null(t->p);
	}
	begin(t, "aws dynamodb delete-table --table-name people");
	assert_null(t->p);
	assert_int_equal(t->ends, 1);
	assert_string_equal(state_of(t), "failed");
}

/* What a stored hold says after a restart may be anything. */
static void
a_text_is_inert_whatever_it_is_made_of(void **state)
{
	static const struct {
		const char *json, *text;
	} rows[] = {
		{ "null", "" },
		{ "[1]", "" },
		{ "{}", "preview failed: \n" },
		{ "{\"state\":7,\"why\":[\"x\"],\"items\":{\"a\":1}}",
		    "preview failed: \n" },
		{ "{\"state\":\"done\",\"summary\":\"a\\nb\\u001b[2J\"}",
		    "preview: a\\x0Ab\\x1B[2J\n" },
		{ "{\"state\":\"done\",\"summary\":\"s\",\"count\":2,\"items\":[7,"
		  "{\"what\":\"w\\r\",\"name\":\"\\u202en\",\"bytes\":\"x\",\"about\":"
		  "{\"k\\n\":\"v\\u0007\",\"l\":3},\"tags\":{\"t\\u009b\":\"u\\u200b\"}"
		  "}]}",
		    "preview: s\n   \n  w\\x0D \\xE2\\x80\\xAEn; k\\x0A v\\x07; l ; "
		    "tags "
		    "t\\xC2\\x9B=u\\xE2\\x80\\x8B\n" },
		{ "{\"state\":\"late\",\"why\":\"w\",\"more\":true}",
		    "preview incomplete: w\n  and perhaps more\n" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		json_t *o = json_loads(rows[i].json, JSON_DECODE_ANY, NULL);
		struct buf b;

		assert_non_null(o);
		buf_init(&b, 65536);
		preview_text(o, &b);
		assert_string_equal(buf_cstr(&b), rows[i].text);
		buf_clear(&b);
		json_decref(o);
	}
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(objects_below_a_name_are_counted),
		STAGED(the_lease_is_its_own_and_reads_only),
		STAGED(each_service_is_read_in_its_own_way),
		STAGED(several_calls_make_one_preview),
		STAGED(a_name_that_begins_alike_is_another),
		STAGED(a_bucket_elsewhere_is_found),
		STAGED(words_that_bound_it_are_told),
		cmocka_unit_test(long_lists_are_cut_and_say_so),
		cmocka_unit_test(it_has_its_time),
		cmocka_unit_test(hostile_answers_are_failures),
		cmocka_unit_test(a_dry_run_that_is_refused_is_told),
		cmocka_unit_test(what_could_not_be_asked_is_told),
		STAGED(what_the_role_may_not_is_not_seen),
		STAGED(each_identity_has_a_budget),
		STAGED(switched_off_nothing_is_asked),
		STAGED(what_is_not_recorded_is_not_asked),
		STAGED(it_can_be_cancelled_at_any_time),
		STAGED(so_many_are_made_at_once),
		cmocka_unit_test(a_text_is_inert_whatever_it_is_made_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
