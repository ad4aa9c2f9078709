/* What an earlier life left open on targets, with a keeper and an AWS that are made up. */
#include "tests/support/unit.h"

#include <time.h>

#include "broker/monitor/config.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/ssmend.h"
#include "broker/monitor/ssmleft.h"

enum rc __wrap_keep_event(
    struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg);
enum rc __wrap_keep_recall(
    struct keep *k, const struct msg_recall *m, keep_row_fn *fn, void *arg);
void __wrap_ssmend_tell(
    struct monitor *m, struct ssmend *e, const struct ssmend_ask *ask);
unsigned __wrap_ssmend_count(const struct ssmend *e);

struct stage {
	struct monitor m;
	struct config config;
	struct profile profile;
	struct ssmleft *l;
	const struct msg_recalled *rows;
	size_t n_rows, asked;
	unsigned busy; /* so often ssmend has no room */
	bool fails;
	struct buf told;
	char after[300];
	uint64_t since_ms;
};

static struct stage *the_stage;

enum rc
__wrap_keep_event(struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg)
{
	(void)k;
	assert_null(fn);
	assert_null(arg);
	buf_printf(&the_stage->told, "%s %s %s;", e->kind, e->identity, e->detail);
	return RC_OK;
}

enum rc
__wrap_keep_recall(
    struct keep *k, const struct msg_recall *m, keep_row_fn *fn, void *arg)
{
	struct stage *t = the_stage;
	size_t i = t->asked++;

	(void)k;
	assert_int_equal(m->what, RECALL_TARGET);
	assert_true(span_copy(m->after, t->after, sizeof t->after));
	t->since_ms = m->since_ms;
	if (t->fails)
		return RC_FAIL;
	if (i < t->n_rows)
		fn(arg, RC_OK, "", &t->rows[i]);
	else
		fn(arg, RC_END, "", NULL);
	return RC_OK;
}

void
__wrap_ssmend_tell(struct monitor *m, struct ssmend *e, const struct ssmend_ask *ask)
{
	assert_ptr_equal(m, &the_stage->m);
	assert_null(e);
	buf_printf(&the_stage->told, "%s %s %s %s %s %s %u;",
	    ask->run ? "cancel" : "end", ask->id, ask->instance, ask->profile->name,
	    ask->region, ask->identity, ask->sid[0]);
}

unsigned
__wrap_ssmend_count(const struct ssmend *e)
{
	(void)e;
	if (the_stage->busy == 0)
		return 0;
	the_stage->busy--;
	return 32;
}

static int
setup(void **state)
{
	struct stage *t = calloc(1, sizeof *t);

	the_stage = t;
	t->profile = (struct profile){ .name = "prod",
		.account = "111122223333",
		.role = "arn:aws:iam::111122223333:role/broker",
		.region = "eu-west-1" };
	t->config.profiles.v = &t->profile;
	t->config.profiles.n = 1;
	t->m.rules.config = &t->config;
	buf_init(&t->told, 10000);
	assert_int_equal(loop_new(&t->m.loop, NULL), RC_OK);
	assert_int_equal(ssmleft_new(&t->m, &t->l, NULL), RC_OK);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct stage *t = *state;

	ssmleft_free(t->l);
	ssmleft_free(NULL);
	ssmleft_begin(NULL);
	loop_free(t->m.loop);
	buf_clear(&t->told);
	free(t);
	return 0;
}

static void
turn_until(struct stage *t, size_t asked)
{
	time_t end = time(NULL) + 60;

	while (t->asked < asked && time(NULL) < end)
		assert_int_equal(loop_step(t->m.loop, 50, NULL), RC_OK);
	assert_int_equal(t->asked, asked);
}

#define SID "07000000-0000-7000-8000-000000000000"

static struct msg_recalled
row(const char *id, const char *detail)
{
	return (struct msg_recalled){
		.id = span_of(id), .identity = span_of("ci"), .detail = span_of(detail)
	};
}

static void
each_is_ended_once(void **state)
{
	struct stage *t = *state;
	const struct msg_recalled rows[] = {
		row(SID "/00000000000000000001",
		    "{\"session\":\"s-1\",\"instance\":\"i-1\",\"profile\":\"prod\","
		    "\"region\":\"eu-west-3\",\"kind\":\"shell\"}"),
		row(SID "/00000000000000000002",
		    "{\"session\":\"s-2\",\"instance\":\"i-1\",\"profile\":\"prod\","
		    "\"region\":\"eu-west-3\",\"kind\":\"run\"}"),
	};

	t->rows = rows;
	t->n_rows = ROWS(rows);
	t->busy = 3;
	ssmleft_begin(t->l);
	turn_until(t, 3);
	assert_string_equal(buf_cstr(&t->told),
	    "end s-1 i-1 prod eu-west-3 ci 7;cancel s-2 i-1 prod eu-west-3 ci 7;");
	assert_string_equal(t->after, SID "/00000000000000000002");
	assert_true(t->since_ms > 0);
}

/* A profile that has gone, and rows that hold nothing: said, and never asked for again. */
static void
what_cannot_be_ended_is_left(void **state)
{
	struct stage *t = *state;
	const struct msg_recalled rows[] = {
		row(SID "/00000000000000000001",
		    "{\"session\":\"s-1\",\"instance\":\"i-1\",\"profile\":\"old\"}"),
		row(SID "/00000000000000000002", "{\"session\":\"s-2\"}"),
		row(SID "/00000000000000000003", "[\"x\""),
	};

	t->rows = rows;
	t->n_rows = ROWS(rows);
	ssmleft_begin(t->l);
	turn_until(t, 4);
	assert_string_equal(buf_cstr(&t->told),
	    "target.left ci {\"session\":\"s-1\",\"why\":\"its profile has gone\"};"
	    "target.left ci {\"session\":\"s-2\",\"why\":\"its profile has gone\"};"
	    "target.left ci {\"session\":\"\",\"why\":\"its profile has gone\"};");
}

static void
odd_rows_and_no_keeper_end_it(void **state)
{
	struct stage *t = *state;
	const struct msg_recalled odd[] = { row("x", "{}") };

	t->rows = odd;
	t->n_rows = 1;
	ssmleft_begin(t->l);
	turn_until(t, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_step(t->m.loop, 0, NULL), RC_OK);
	assert_int_equal(t->asked, 1);
	t->fails = true;
	ssmleft_begin(t->l);
	turn_until(t, 2);
	t->m.ending = true;
	ssmleft_begin(t->l);
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_step(t->m.loop, 0, NULL), RC_OK);
	assert_int_equal(t->asked, 2);
	assert_int_equal(t->told.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(each_is_ended_once),
		TEST(what_cannot_be_ended_is_left),
		TEST(odd_rows_and_no_keeper_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
