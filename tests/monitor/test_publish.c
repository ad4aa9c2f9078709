/* Publishing, with ways out that the test answers for. */
#include "tests/support/unit.h"

#include "broker/monitor/bucket.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/publish.h"
#include "lib/base/clock.h"
#include "lib/base/http.h"

#define POSTS 16

uint64_t __wrap_clock_mono_ms(void);
enum rc __wrap_http_ask(struct http *h, enum http_method method, const char *url,
    struct span headers, struct span body, const struct http_options *o, http_fn *fn,
    void *arg, struct http_call **ret, struct err *err);
enum rc __wrap_bucket_put(struct bucket *b, const struct bucket_place *at,
    const struct lease *l, const struct bucket_object *o, bucket_fn *fn, void *arg,
    struct bucket_call **ret, struct err *err);
enum rc __wrap_keep_event(
    struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg);
void __wrap_syslog(int pri, const char *fmt, ...);
void __wrap___syslog_chk(int pri, int flag, const char *fmt, ...);

/* What was sent last, and how often. */
static struct seen {
	uint64_t now;
	unsigned posts, puts, lines, events;
	http_fn *posted;
	bucket_fn *stored;
	void *arg, *put_arg;
	char url[256], headers[512], body[512], key[256], line[2048];
	char kind[64], detail[1024];
	enum rc at_once;
} seen;

uint64_t
__wrap_clock_mono_ms(void)
{
	return seen.now;
}

enum rc
__wrap_http_ask(struct http *h, enum http_method method, const char *url,
    struct span headers, struct span body, const struct http_options *o, http_fn *fn,
    void *arg, struct http_call **ret, struct err *err)
{
	(void)h;
	(void)ret;
	assert_int_equal(method, HTTP_POST);
	assert_false(o->plain);
	if (seen.at_once != RC_OK)
		return err_set(err, seen.at_once, "not now");
	seen.posts++;
	seen.posted = fn;
	seen.arg = arg;
	snprintf(seen.url, sizeof seen.url, "%s", url);
	span_copy(headers, seen.headers, sizeof seen.headers);
	span_copy(body, seen.body, sizeof seen.body);
	return RC_OK;
}

enum rc
__wrap_bucket_put(struct bucket *b, const struct bucket_place *at,
    const struct lease *l, const struct bucket_object *o, bucket_fn *fn, void *arg,
    struct bucket_call **ret, struct err *err)
{
	(void)b;
	(void)ret;
	(void)err;
	assert_null(l);
	assert_int_equal(o->lock, BUCKET_OPEN);
	assert_string_equal(at->bucket, "copies");
	assert_string_equal(at->region, "eu-west-1");
	seen.puts++;
	seen.stored = fn;
	seen.put_arg = arg;
	span_copy(o->key, seen.key, sizeof seen.key);
	return RC_OK;
}

enum rc
__wrap_keep_event(struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg)
{
	(void)k;
	(void)fn;
	(void)arg;
	seen.events++;
	snprintf(seen.kind, sizeof seen.kind, "%s", e->kind);
	snprintf(seen.detail, sizeof seen.detail, "%s", e->detail);
	return RC_OK;
}

void
__wrap_syslog(int pri, const char *fmt, ...)
{
	va_list ap;

	(void)pri;
	seen.lines++;
	va_start(ap, fmt);
	vsnprintf(seen.line, sizeof seen.line, fmt, ap);
	va_end(ap);
}

/* What a fortified build calls instead. */
void
__wrap___syslog_chk(int pri, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)pri;
	(void)flag;
	seen.lines++;
	va_start(ap, fmt);
	vsnprintf(seen.line, sizeof seen.line, fmt, ap);
	va_end(ap);
}

/* A monitor of nothing but places. */
struct world {
	struct monitor m;
	struct config config;
	struct outlet to[3];
	struct publish *p;
};

static void
open_world(struct world *w, const char *const *to, size_t n, unsigned durability)
{
	const char *why;

	memset(w, 0, sizeof *w);
	memset(&seen, 0, sizeof seen);
	seen.now = 1000;
	w->config.name = "gw-1";
	w->config.recording.checkpoint_to.v = w->to;
	w->config.recording.checkpoint_to.n = n;
	w->config.recording.checkpoint_age = 600000;
	w->config.recording.durability = durability;
	for (size_t i = 0; i < n; i++)
		assert_true(outlet_parse(span_of(to[i]), &w->to[i], &why));
	w->m.rules.config = &w->config;
	assert_int_equal(loop_new(&w->m.loop, NULL), RC_OK);
	assert_int_equal(publish_new(&w->m, &w->p, NULL), RC_OK);
}

static void
close_world(struct world *w)
{
	publish_free(w->p);
	loop_free(w->m.loop);
}

static void
tell(struct world *w, uint64_t size)
{
	char note[64];
	struct msg_checkpoint c = { .size = size };

	snprintf(note, sizeof note, "gw-1\n%u\nroot\n", (unsigned)size);
	c.text = span_of(note);
	publish_checkpoint(w->p, &c);
}

static void
answer(enum rc rc, unsigned status)
{
	struct err err = { "cut off" };

	seen.posted(seen.arg, rc, status, span_of(""), &err);
}

/* The clock moves on, and timers with it. */
static void
move_on(struct world *w, uint64_t ms)
{
	seen.now += ms;
	for (int i = 0; i < 8; i++)
		assert_int_equal(loop_step(w->m.loop, 0, NULL), RC_OK);
}

static const char *const webhook[] = { "https://log.example/in" };

static void
the_note_is_posted_as_it_is(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, webhook, 1, CONFIG_DURABILITY_BATCH);
	tell(&w, 7);
	assert_int_equal(seen.posts, 1);
	assert_string_equal(seen.url, "https://log.example/in");
	assert_string_equal(seen.body, "gw-1\n7\nroot\n");
	assert_string_equal(seen.headers,
	    "Content-Type: text/plain; charset=utf-8\r\nX-Broker-Origin: gw-1\r\n");
	answer(RC_OK, 204);
	/* The same, and an older one, are no news. */
	tell(&w, 7);
	tell(&w, 6);
	assert_int_equal(seen.posts, 1);
	assert_int_equal(seen.events, 0);
	close_world(&w);
}

static void
the_newest_wins_while_one_is_under_way(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, webhook, 1, CONFIG_DURABILITY_BATCH);
	for (unsigned i = 1; i <= 100; i++)
		tell(&w, i);
	assert_int_equal(seen.posts, 1);
	answer(RC_OK, 200);
	assert_int_equal(seen.posts, 2);
	assert_string_equal(seen.body, "gw-1\n100\nroot\n");
	answer(RC_OK, 200);
	assert_int_equal(seen.posts, 2);
	close_world(&w);
}

static void
what_fails_is_tried_again_with_pauses(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, webhook, 1, CONFIG_DURABILITY_BATCH);
	tell(&w, 1);
	answer(RC_RETRY, 0);
	move_on(&w, 900);
	assert_int_equal(seen.posts, 1);
	move_on(&w, 200);
	assert_int_equal(seen.posts, 2);
	answer(RC_OK, 500);
	move_on(&w, 1900);
	assert_int_equal(seen.posts, 2);
	/* A newer one does not shorten the pause. */
	tell(&w, 2);
	assert_int_equal(seen.posts, 2);
	move_on(&w, 200);
	assert_int_equal(seen.posts, 3);
	assert_string_equal(seen.body, "gw-1\n2\nroot\n");
	assert_int_equal(seen.events, 0);
	answer(RC_OK, 403);
	assert_int_equal(seen.events, 1);
	assert_string_equal(seen.kind, "checkpoint.unpublished");
	assert_non_null(strstr(seen.detail, "\"to\":\"https://log.example/in\""));
	assert_non_null(strstr(seen.detail, "\"why\":\"HTTP 403\""));
	/* One alarm, however often; and never more than a minute's pause. */
	for (unsigned i = 0; i < 20; i++) {
		move_on(&w, 61000);
		assert_int_equal(seen.posts, 4 + i);
		answer(RC_REFUSE, 0);
	}
	assert_int_equal(seen.events, 1);
	move_on(&w, 61000);
	answer(RC_OK, 200);
	assert_int_equal(seen.events, 2);
	assert_string_equal(seen.kind, "checkpoint.published");
	close_world(&w);
}

static void
one_that_cannot_be_sent_is_a_failure_too(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, webhook, 1, CONFIG_DURABILITY_BATCH);
	seen.at_once = RC_RETRY;
	tell(&w, 1);
	move_on(&w, 1100);
	move_on(&w, 2100);
	assert_int_equal(seen.events, 1);
	assert_non_null(strstr(seen.detail, "not now"));
	seen.at_once = RC_OK;
	move_on(&w, 4100);
	assert_int_equal(seen.posts, 1);
	close_world(&w);
}

static void
a_bucket_gets_an_object_each(void **state)
{
	static const char *const to[] = { "s3://copies/log/?region=eu-west-1" };
	struct err err = { "no" };
	struct world w;

	(void)state;
	open_world(&w, to, 1, CONFIG_DURABILITY_BATCH);
	tell(&w, 42);
	assert_int_equal(seen.puts, 1);
	assert_string_equal(seen.key, "log/gw-1/000000000042.checkpoint");
	seen.stored(seen.put_arg, RC_OK, &err);
	tell(&w, 43);
	assert_string_equal(seen.key, "log/gw-1/000000000043.checkpoint");
	seen.stored(seen.put_arg, RC_REFUSE, &err);
	move_on(&w, 1100);
	assert_int_equal(seen.puts, 3);
	close_world(&w);
}

static void
syslog_gets_one_line_each(void **state)
{
	static const char *const to[] = { "syslog:", "file:///srv/log" };
	struct world w;

	(void)state;
	open_world(&w, to, 2, CONFIG_DURABILITY_STRICT);
	tell(&w, 3);
	assert_int_equal(seen.lines, 1);
	/* "gw-1\n3\nroot\n" */
	assert_string_equal(
	    seen.line, "checkpoint of gw-1: 3 leaves, note Z3ctMQozCnJvb3QK");
	for (const char *c = seen.line; *c != '\0'; c++)
		assert_true(*c >= ' ' && *c <= '~');
	/* Nobody answers there: their age says nothing. */
	move_on(&w, 10000000);
	assert_false(publish_stale(w.p));
	close_world(&w);
}

static void
strict_waits_for_one_that_answers(void **state)
{
	static const char *const to[] = { "https://log.example/in",
		"s3://copies/?region=eu-west-1", "syslog:" };
	struct err err = { "no" };
	struct world w;

	(void)state;
	open_world(&w, to, 3, CONFIG_DURABILITY_STRICT);
	move_on(&w, 10000000); /* an idle log is no reason */
	assert_false(publish_stale(w.p));
	tell(&w, 1);
	answer(RC_RETRY, 0);
	seen.stored(seen.put_arg, RC_RETRY, &err);
	move_on(&w, 599000);
	assert_false(publish_stale(w.p));
	move_on(&w, 2000);
	assert_true(publish_stale(w.p));
	/* Batch records all the same. */
	w.config.recording.durability = CONFIG_DURABILITY_BATCH;
	assert_false(publish_stale(w.p));
	w.config.recording.durability = CONFIG_DURABILITY_STRICT;
	/* One is enough. */
	seen.stored(seen.put_arg, RC_OK, &err);
	assert_false(publish_stale(w.p));
	tell(&w, 2);
	move_on(&w, 1000);
	assert_false(publish_stale(w.p));
	close_world(&w);
}

static void
a_note_that_is_too_long_is_left_out(void **state)
{
	static char text[PUBLISH_NOTE_MAX + 2];
	struct msg_checkpoint c = { .size = 9 };
	struct world w;

	(void)state;
	open_world(&w, webhook, 1, CONFIG_DURABILITY_BATCH);
	memset(text, 'a', sizeof text);
	c.text = span_make(text, PUBLISH_NOTE_MAX + 1);
	publish_checkpoint(w.p, &c);
	assert_int_equal(seen.posts, 0);
	tell(&w, 9);
	assert_int_equal(seen.posts, 1);
	close_world(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_note_is_posted_as_it_is),
		cmocka_unit_test(the_newest_wins_while_one_is_under_way),
		cmocka_unit_test(what_fails_is_tried_again_with_pauses),
		cmocka_unit_test(one_that_cannot_be_sent_is_a_failure_too),
		cmocka_unit_test(a_bucket_gets_an_object_each),
		cmocka_unit_test(syslog_gets_one_line_each),
		cmocka_unit_test(strict_waits_for_one_that_answers),
		cmocka_unit_test(a_note_that_is_too_long_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
