/* Which targets an identity is shown: by the rules, by what is there, and when AWS does
 * not answer. */
#include "tests/monitor/desk.h"

#include <jansson.h>

#include "broker/monitor/inventory.h"
#include "policies/decide.h"
#include "policies/pack.h"
#include "tests/monitor/fake_errand.h"

static const char policy[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: look, effect: allow, on: [shell], who: {group: [deployers]}, where: "
    "{env: "
    "dev}, command: {name: uptime}}\n"
    "  - {id: held, effect: hold, on: [shell], who: {group: [deployers]}, where: "
    "{target: db}, command: {name: ls}, approvers: {need: 1, from: [group:sre], auth: "
    "[key]}}\n"
    "  - {id: sh, effect: allow, on: [shell], who: {group: [sre]}, where: {tag: {team: "
    "web}}, ssm: {shell: true}}\n"
    "  - {id: nosh, effect: deny, on: [shell], who: {group: [sre]}, where: {env: "
    "prod}, "
    "ssm: {shell: true}}\n"
    "  - {id: pg, effect: allow, on: [forward], who: {group: [deployers]}, forward: "
    "{port: 5432, target: db}}\n"
    "  - {id: far, effect: allow, on: [forward], who: {group: [deployers]}, where: "
    "{region: us-east-1}, forward: {port: 22}}\n"
    "  - {id: never, effect: deny, on: [shell], who: {group: [deployers]}, command: "
    "{name: rm}}\n";

static const char more[] = "targets:\n"
			   "  db: {id: i-0db, env: stage}\n"
			   "  job: {id: i-0b, run: true, env: dev}\n"
			   "  elsewhere: {id: i-0f, profile: prod, env: dev}\n";

#define ITEM(id, name, env, team)                                                      \
	"<item><instancesSet><item><instanceId>" id                                    \
	"</instanceId><instanceState><name>running</name></instanceState><tagSet>"     \
	"<item><key>Name</key><value>" name                                            \
	"</value></item><item><key>Environment</key><value>" env                       \
	"</value></item><item><key>team</key><value>" team                             \
	"</value></item></tagSet></item></instancesSet></item>"
#define LIST                                                                           \
	"<R><reservationSet>" ITEM("i-01", "web-1", "dev", "web")                      \
	    ITEM("i-02", "web-2", "prod", "web") ITEM("i-0db", "pg-9", "prod", "dba")  \
		ITEM("i-03", "e&#x202e;vil", "dev", "") "</reservationSet></R>"
#define ONLINE(id) "{\"InstanceId\":\"" id "\",\"PingStatus\":\"Online\"}"
#define INFO                                                                           \
	"{\"InstanceInformationList\":[" ONLINE("i-01") "," ONLINE("i-02") "," ONLINE( \
	    "i-0db") ",{\"InstanceId\":\"i-03\",\"PingStatus\":\"ConnectionLost\"}]}"

static const struct fake_answer good[] = { { ERRAND_DONE, NULL, LIST },
	{ ERRAND_DONE, NULL, INFO } };

static int
setup(void **state)
{
	struct desk *d = desk_new(more);
	struct fake_errand *aws = fake_errand_begin(d->m.loop);

	desk_reload(d, desk_config(d, more), policy);
	assert_int_equal(inventory_new(&d->m, &d->m.inventory, NULL), RC_OK);
	aws->answers = good;
	aws->n_answers = ROWS(good);
	*state = d;
	return 0;
}

static int
teardown(void **state)
{
	struct desk *d = *state;

	inventory_free(d->m.inventory);
	assert_int_equal(fake_errand()->live, 0);
	return desk_teardown(state);
}

static int
verb(struct front *f, const char *line, char *out, size_t size)
{
	int status = front_verb(f, 1, line, out, size);

	keeper_drain(f->d);
	return status;
}

static void
each_sees_what_its_rules_reach(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char text[16384];

	assert_int_equal(verb(f, "targets", text, sizeof text), 0);
	assert_string_equal(text,
	    "db                    i-0db                stage       online   commands, "
	    "ports\n"
	    "e\\xE2\\x80\\xAEvil      i-03                 dev         offline  "
	    "commands\n"
	    "job                   i-0b                 dev         unknown  commands\n"
	    "web-1                 i-01                 dev         online   "
	    "commands\n");
	front_free(f);
	/* Somebody else: known already, and judged anew. */
	f = front_login(d, BOB);
	assert_int_equal(verb(f, "targets", text, sizeof text), 0);
	assert_string_equal(text,
	    "web-1                 i-01                 dev         online   shell\n");
	assert_int_equal(fake_errand()->made, 1);
	front_free(f);
}

static void
as_json_it_is_an_object_a_line(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char text[16384], *line = text;
	unsigned n = 0;
	json_t *o;

	assert_int_equal(verb(f, "targets --json", text, sizeof text), 0);
	for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1, n++) {
		*end = '\0';
		assert_non_null(o = json_loads(line, 0, NULL));
		if (n == 0) {
			assert_string_equal(
			    json_string_value(json_object_get(o, "id")), "i-0db");
			assert_string_equal(
			    json_string_value(json_object_get(o, "env")), "stage");
			assert_string_equal(
			    json_string_value(json_object_get(o, "state")), "online");
			assert_int_equal(json_array_size(json_object_get(o, "may")), 2);
		}
		json_decref(o);
	}
	assert_int_equal(n, 4);
	front_free(f);
}

static void
another_profile_is_asked_for_by_name(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char text[16384];

	/* us-east-1, where a rule lets port 22 through. */
	assert_int_equal(verb(f, "targets --profile prod", text, sizeof text), 0);
	assert_string_equal(fake_errand()->region, "us-east-1");
	assert_non_null(strstr(text,
	    "elsewhere             i-0f                 dev         unknown  "
	    "commands, ports\n"));
	assert_non_null(strstr(text, "web-2 "));
	assert_int_equal(verb(f, "targets --profile none", text, sizeof text), 77);
	assert_non_null(strstr(text, "you have no such profile"));
	assert_int_equal(verb(f, "targets --profile", text, sizeof text), 64);
	assert_int_equal(verb(f, "targets web-1", text, sizeof text), 64);
	assert_int_equal(verb(f, "targets --help", text, sizeof text), 0);
	front_free(f);
	f = front_login(d, CAROL);
	assert_int_equal(verb(f, "targets", text, sizeof text), 77);
	assert_non_null(strstr(text, "you have no profile of your own"));
	front_free(f);
}

static void
without_aws_the_configurations_own_are_shown(void **state)
{
	static const struct fake_answer denied[] = { { ERRAND_DENIED,
							 "UnauthorizedOperation", "" },
		{ ERRAND_DENIED, "AccessDeniedException", "" } };
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char text[16384];

	fake_errand()->lease = RC_RETRY;
	assert_int_equal(verb(f, "targets", text, sizeof text), 69);
	assert_non_null(strstr(text, "db  "));
	assert_non_null(strstr(text, "unknown  commands, ports\n"));
	assert_non_null(strstr(text, "job  "));
	assert_non_null(strstr(text, "no lease today"));
	assert_null(strstr(text, "web-1"));
	fake_errand()->at_once = RC_RETRY;
	assert_int_equal(verb(f, "targets", text, sizeof text), 69);
	assert_non_null(strstr(text, "db  "));
	fake_errand()->at_once = fake_errand()->lease = RC_OK;
	fake_errand()->answers = denied;
	fake_errand()->n_answers = 2;
	assert_int_equal(verb(f, "targets", text, sizeof text), 69);
	assert_non_null(strstr(text, "may ask neither"));
	front_free(f);
}

static void
who_leaves_hears_nothing(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	fake_errand()->n_answers = 0;
	front_exec(f, 1, "targets");
	desk_turn(d);
	assert_int_equal(fake_errand()->live, 1);
	front_gone(f, 1);
	front_free(f);
	desk_turn(d);
	desk_skip(d, 11000);
	assert_int_equal(fake_errand()->live, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(each_sees_what_its_rules_reach),
		TEST(as_json_it_is_an_object_a_line),
		TEST(another_profile_is_asked_for_by_name),
		TEST(without_aws_the_configurations_own_are_shown),
		TEST(who_leaves_hears_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
