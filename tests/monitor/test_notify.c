/* The queue of notices: what is kept when, what is sent when, and what becomes of it.
 * Store, network and holds are made up. */
#include "tests/support/unit.h"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/monitor/holds.h"
#include "broker/monitor/noticekeys.h"
#include "broker/monitor/notify_parts.h"
#include "broker/monitor/verbcall.h"
#include "lib/base/log.h"
#include "lib/model/status.h"

#define NOW 1763712000000ull
#define ASKS 65536

uint64_t __wrap_clock_wall_ms(void);
enum rc __wrap_http_ask(struct http *h, enum http_method method, const char *url,
    struct span headers, struct span body, const struct http_options *o, http_fn *fn,
    void *arg, struct http_call **ret, struct err *err);
struct span __wrap_http_header(const struct http_call *c, const char *name);
void __wrap_http_cancel(struct http_call *c);
enum rc __wrap_keep_ask(
    struct keep *k, enum msg type, const void *m, keep_fn *fn, void *arg);
enum rc __wrap_keep_recall(
    struct keep *k, const struct msg_recall *m, keep_row_fn *fn, void *arg);
enum rc __wrap_keep_event(
    struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg);
bool __wrap_keep_behind(const struct keep *k);
void __wrap_keep_forget(struct keep *k, const void *arg);
void __wrap_timer_set(struct timer *t, uint64_t ms);
bool __wrap_holds_listen(struct holds *all, holds_listen_fn *fn, void *arg);
void __wrap_holds_unlisten(struct holds *all, void *arg);
json_t *__wrap_hold_json(const struct hold *h);
const char *__wrap_hold_id(const struct hold *h);
const json_t *__wrap_hold_request(const struct hold *h);
const struct verdict *__wrap_hold_verdict(const struct hold *h);
uint32_t __wrap_randombytes_uniform(const uint32_t upper);

/* What was asked of the store. */
struct ask {
	enum msg type;
	char id[32], outlet[65], text[256], body[4096];
	unsigned state;
	uint32_t tries;
	uint64_t next_ms;
	keep_fn *fn;
	void *arg;
};

/* A post under way. */
struct post {
	char url[128], headers[512], body[4096];
	bool plain, open;
	unsigned timeout_ms;
	size_t max_body;
	http_fn *fn;
	void *arg;
};

static struct {
	uint64_t now;
	struct ask asks[ASKS];
	size_t n_asks;
	bool behind;
	enum rc keep_rc;
	struct post posts[256];
	size_t n_posts;
	enum rc post_rc;
	const char *retry_after;
	uint64_t timer;
	char events[32][64], details[32][512];
	size_t n_events;
	holds_listen_fn *listener;
	void *listener_arg;
	struct {
		uint8_t what;
		char after[32];
		keep_row_fn *fn;
		void *arg;
	} recall;
	char id[10];
} seen;

uint64_t
__wrap_clock_wall_ms(void)
{
	return seen.now;
}

uint32_t
__wrap_randombytes_uniform(const uint32_t upper)
{
	return upper / 2; /* the middle: no jitter */
}

enum rc
__wrap_http_ask(struct http *h, enum http_method method, const char *url,
    struct span headers, struct span body, const struct http_options *o, http_fn *fn,
    void *arg, struct http_call **ret, struct err *err)
{
	struct post *p = &seen.posts[seen.n_posts % ROWS(seen.posts)];

	(void)h;
	assert_int_equal(method, HTTP_POST);
	if (seen.post_rc != RC_OK)
		return err_set(err, seen.post_rc, "not now");
	seen.n_posts++;
	*p = (struct post){ .fn = fn, .arg = arg, .open = true, .plain = o->plain };
	p->timeout_ms = o->timeout_ms;
	p->max_body = o->max_body;
	assert_true(span_copy(headers, p->headers, sizeof p->headers));
	assert_true(span_copy(body, p->body, sizeof p->body));
	snprintf(p->url, sizeof p->url, "%s", url);
	*ret = (struct http_call *)p;
	return RC_OK;
}

struct span
__wrap_http_header(const struct http_call *c, const char *name)
{
	assert_non_null(c);
	assert_string_equal(name, "Retry-After");
	return span_of(seen.retry_after);
}

void
__wrap_http_cancel(struct http_call *c)
{
	if (c != NULL)
		((struct post *)c)->open = false;
}

static void
copy(struct span s, char *to, size_t size)
{
	snprintf(to, size, "%.*s", (int)s.len, (const char *)s.p);
}

enum rc
__wrap_keep_ask(struct keep *k, enum msg type, const void *m, keep_fn *fn, void *arg)
{
	struct ask *a = &seen.asks[seen.n_asks];
	const struct msg_notice_new *new = m;
	const struct msg_notice_set *set = m;

	(void)k;
	if (seen.keep_rc != RC_OK)
		return seen.keep_rc;
	assert_true(++seen.n_asks < ASKS);
	*a = (struct ask){ .type = type, .fn = fn, .arg = arg };
	if (type == MSG_NOTICE_NEW) {
		copy(new->notice, a->id, sizeof a->id);
		copy(new->outlet, a->outlet, sizeof a->outlet);
		copy(new->body, a->body, sizeof a->body);
	} else {
		assert_int_equal(type, MSG_NOTICE_SET);
		copy(set->notice, a->id, sizeof a->id);
		copy(set->text, a->text, sizeof a->text);
		a->state = set->state;
		a->tries = set->tries;
		a->next_ms = set->next_ms;
	}
	return RC_OK;
}

enum rc
__wrap_keep_recall(
    struct keep *k, const struct msg_recall *m, keep_row_fn *fn, void *arg)
{
	(void)k;
	seen.recall.what = m->what;
	copy(m->after, seen.recall.after, sizeof seen.recall.after);
	seen.recall.fn = fn;
	seen.recall.arg = arg;
	return RC_OK;
}

enum rc
__wrap_keep_event(struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg)
{
	size_t at = seen.n_events++ % ROWS(seen.events);

	(void)k;
	(void)fn;
	(void)arg;
	snprintf(seen.events[at], sizeof seen.events[at], "%s%s%s", e->kind,
	    e->identity != NULL ? " " : "", e->identity != NULL ? e->identity : "");
	snprintf(seen.details[at], sizeof seen.details[at], "%s", e->detail);
	return RC_OK;
}

bool
__wrap_keep_behind(const struct keep *k)
{
	(void)k;
	return seen.behind;
}

void
__wrap_keep_forget(struct keep *k, const void *arg)
{
	(void)k;
	for (size_t i = 0; i < seen.n_asks; i++)
		if (seen.asks[i].arg == arg)
			seen.asks[i].fn = NULL;
}

void
__wrap_timer_set(struct timer *t, uint64_t ms)
{
	(void)t;
	seen.timer = ms;
}

bool
__wrap_holds_listen(struct holds *all, holds_listen_fn *fn, void *arg)
{
	(void)all;
	seen.listener = fn;
	seen.listener_arg = arg;
	return true;
}

void
__wrap_holds_unlisten(struct holds *all, void *arg)
{
	(void)all;
	assert_ptr_equal(arg, seen.listener_arg);
	seen.listener = NULL;
}

json_t *
__wrap_hold_json(const struct hold *h)
{
	(void)h;
	return json_pack("{s:s, s:s, s:s}", "id", seen.id, "identity", "ci", "command",
	    "s3 rm s3://a/b");
}

const char *
__wrap_hold_id(const struct hold *h)
{
	(void)h;
	return seen.id;
}

const json_t *
__wrap_hold_request(const struct hold *h)
{
	(void)h;
	return NULL;
}

const struct verdict *
__wrap_hold_verdict(const struct hold *h)
{
	static const struct verdict v;

	(void)h;
	return &v;
}

/* ---- a monitor of nothing but webhooks ---- */

struct world {
	struct monitor m;
	struct config config;
	struct config_notify to[3];
	struct config_party sre;
	struct identity alice;
	char folder[32];
	struct notify *n;
};

static const unsigned usual = 1 | 1 << 2; /* pending, approved */

static void
write_secret(struct world *w, struct config_notify *c)
{
	static char paths[3][64];
	char *path = paths[c - w->to];
	FILE *f;

	snprintf(path, sizeof paths[0], "%s/%s", w->folder, c->name);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "the secret of %s.......\n", c->name);
	fclose(f);
	chmod(path, 0600);
	c->secret_file = path;
}

static void
load_keys(struct world *w)
{
	struct err err = { "" };

	noticekeys_free(w->m.rules.notice_keys);
	w->m.rules.notice_keys = NULL;
	if (noticekeys_load(&w->config.notify, &w->m.rules.notice_keys, &err) != RC_OK)
		fail_msg("%s", err.text);
}

/* n of: "a", json, https; "b", slack, http on loopback; "c" like a. */
static unsigned dones;

static void
recall_done(void *arg, enum rc rc)
{
	*(enum rc *)arg = rc;
	dones++;
}

static void
open_world(struct world *w, size_t n, bool recalled)
{
	static const struct config_notify all[] = {
		{ .name = "a", .url = "https://a.test/in", .events = usual },
		{ .name = "b",
		    .url = "http://127.0.0.1:1/b",
		    .events = usual | 1 << 1,
		    .format = CONFIG_FORMAT_SLACK },
		{ .name = "c", .url = "https://c.test/in", .events = usual },
	};

	memset(w, 0, sizeof *w);
	memset(&seen, 0, sizeof seen);
	log_open("test", (enum log_level) - 1);
	seen.now = NOW;
	snprintf(seen.id, sizeof seen.id, "7F3K-Q2MX");
	snprintf(w->folder, sizeof w->folder, "/tmp/notify.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	w->config.name = "gw";
	w->config.notify.v = w->to;
	w->config.notify.n = n;
	w->sre = (struct config_party){ true, "sre" };
	w->config.rights.approve = (struct config_parties){ &w->sre, 1 };
	for (size_t i = 0; i < 3; i++) {
		w->to[i] = all[i];
		write_secret(w, &w->to[i]);
	}
	w->m.rules.config = &w->config;
	w->m.keep = (struct keep *)w; /* never looked at */
	load_keys(w);
	assert_int_equal(loop_new(&w->m.loop, NULL), RC_OK);
	assert_int_equal(notify_new(&w->m, &w->n, NULL), RC_OK);
	if (recalled) {
		notify_recall(w->n, recall_done, &(enum rc){ RC_OK });
		assert_int_equal(seen.recall.what, RECALL_NOTICE);
		seen.recall.fn(seen.recall.arg, RC_END, "", NULL);
	}
}

static void
close_world(struct world *w)
{
	notify_free(w->n);
	assert_null(seen.listener);
	noticekeys_free(w->m.rules.notice_keys);
	loop_free(w->m.loop);
	for (char name = 'a'; name <= 'c'; name++) {
		char path[64];

		snprintf(path, sizeof path, "%s/%c", w->folder, name);
		unlink(path);
	}
	assert_int_equal(rmdir(w->folder), 0);
}

static void
happens(const char *event)
{
	seen.listener(seen.listener_arg, NULL, event, "alice", "");
}

static void
answer(size_t i, enum rc rc)
{
	int none = -1;

	assert_true(i < seen.n_asks);
	if (seen.asks[i].fn != NULL)
		seen.asks[i].fn(seen.asks[i].arg, rc,
		    rc == RC_OK ? "" : "the disk is full", span_make(NULL, 0), &none);
}

static struct post *
last_post(void)
{
	assert_true(seen.n_posts > 0);
	return &seen.posts[(seen.n_posts - 1) % ROWS(seen.posts)];
}

/* The receiver of the i-th post says so. */
static void
receiver(size_t i, enum rc rc, unsigned status)
{
	struct post *p = &seen.posts[i];
	struct err err = { "no connection" };

	assert_true(i < seen.n_posts);
	assert_true(p->open);
	p->open = false;
	p->fn(p->arg, rc, status, span_make("ok", 2), &err);
}

static const struct ask *
last_ask(void)
{
	assert_true(seen.n_asks > 0);
	return &seen.asks[seen.n_asks - 1];
}

static void
want_set(const char *id, unsigned state, uint32_t tries, const char *text)
{
	const struct ask *a = last_ask();

	assert_int_equal(a->type, MSG_NOTICE_SET);
	assert_string_equal(a->id, id);
	assert_int_equal(a->state, state);
	assert_int_equal(a->tries, tries);
	assert_string_equal(a->text, text);
}

/* The pause is over. */
static void
ring(struct world *w, const char *name)
{
	seen.now += seen.timer;
	notify_try_now(notify_place(w->n, span_of(name)));
}

/* ---- what is sent when ---- */

static void
nothing_is_sent_before_it_is_kept(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	assert_int_equal(seen.n_asks, 1);
	assert_int_equal(seen.asks[0].type, MSG_NOTICE_NEW);
	assert_string_equal(seen.asks[0].outlet, "a");
	assert_int_equal(strlen(seen.asks[0].id), 22);
	assert_int_equal(strncmp(seen.asks[0].body, "pending 7F3K-Q2MX\n{", 19), 0);
	assert_int_equal(seen.n_posts, 0);
	answer(0, RC_OK);
	assert_int_equal(seen.n_posts, 1);
	assert_string_equal(last_post()->url, "https://a.test/in");
	assert_false(last_post()->plain);
	assert_int_equal(last_post()->timeout_ms, 10000);
	assert_int_equal(last_post()->max_body, 65536);
	assert_string_equal(last_post()->body, seen.asks[0].body + 18);
	receiver(0, RC_OK, 204);
	want_set(seen.asks[0].id, NOTICE_DELIVERED, 0, "");
	assert_int_equal(w.n->waiting, 0);
	close_world(&w);
}

static void
what_is_not_kept_is_not_sent(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	answer(0, RC_FAIL);
	assert_int_equal(seen.n_posts, 0);
	assert_int_equal(w.n->waiting, 0);
	seen.keep_rc = RC_FAIL;
	happens("pending");
	assert_int_equal(w.n->waiting, 0);
	seen.keep_rc = RC_OK;
	happens("pending");
	answer(1, RC_OK);
	assert_int_equal(seen.n_posts, 1);
	close_world(&w);
}

static void
each_outlet_hears_of_what_it_asked_for(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 2, true);
	happens("vote");
	assert_int_equal(seen.n_asks, 1);
	assert_string_equal(seen.asks[0].outlet, "b");
	happens("spent");
	happens("no such event");
	assert_int_equal(seen.n_asks, 1);
	happens("approved");
	assert_int_equal(seen.n_asks, 3);
	assert_string_not_equal(seen.asks[1].outlet, seen.asks[2].outlet);
	assert_string_not_equal(seen.asks[1].id, seen.asks[2].id);
	answer(0, RC_OK);
	assert_string_equal(last_post()->url, "http://127.0.0.1:1/b");
	assert_true(last_post()->plain);
	assert_non_null(strstr(last_post()->body, "\"blocks\""));
	close_world(&w);
}

static void
each_try_is_signed_anew_under_one_id(void **state)
{
	struct world w;
	char first[512], id[40];

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	answer(0, RC_OK);
	snprintf(first, sizeof first, "%s", last_post()->headers);
	snprintf(id, sizeof id, ",id=%s,v1=", seen.asks[0].id);
	assert_non_null(strstr(first, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(first, "Broker-Signature: t=1763712000,id="));
	assert_non_null(strstr(first, id));
	assert_null(strstr(first, "secret"));
	receiver(0, RC_OK, 503);
	seen.timer = 5000;
	ring(&w, "a");
	assert_int_equal(seen.n_posts, 2);
	assert_non_null(strstr(last_post()->headers, "t=1763712005,id="));
	assert_non_null(strstr(last_post()->headers, id));
	assert_string_not_equal(
	    strstr(last_post()->headers, "v1="), strstr(first, "v1="));
	assert_string_equal(last_post()->body, seen.posts[0].body);
	close_world(&w);
}

static void
one_at_a_time_and_in_order(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	for (int i = 0; i < 3; i++)
		happens("pending");
	assert_true(strcmp(seen.asks[0].id, seen.asks[1].id) < 0);
	assert_true(strcmp(seen.asks[1].id, seen.asks[2].id) < 0);
	/* A later one is durable first: it waits for its turn. */
	answer(1, RC_OK);
	assert_int_equal(seen.n_posts, 0);
	answer(0, RC_OK);
	answer(2, RC_OK);
	assert_int_equal(seen.n_posts, 1);
	for (size_t i = 0; i < 3; i++) {
		char id[40];

		snprintf(id, sizeof id, "id=%s,", seen.asks[i].id);
		assert_int_equal(seen.n_posts, i + 1);
		assert_non_null(strstr(last_post()->headers, id));
		receiver(i, RC_OK, 200);
	}
	assert_int_equal(w.n->waiting, 0);
	close_world(&w);
}

static void
one_outlet_in_trouble_stops_no_other(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 3, true);
	happens("pending");
	for (size_t i = 0; i < 3; i++)
		answer(i, RC_OK);
	assert_int_equal(seen.n_posts, 3);
	receiver(0, RC_RETRY, 0);
	/* The second never answers. */
	receiver(2, RC_OK, 200);
	happens("pending");
	assert_int_equal(w.n->waiting, 5);
	for (size_t i = 0; i < seen.n_asks; i++)
		if (seen.asks[i].type == MSG_NOTICE_NEW && i > 2)
			answer(i, RC_OK);
	assert_int_equal(seen.n_posts, 4);
	close_world(&w);
}

/* ---- trouble ---- */

static void
pauses_double_up_to_five_minutes_then_it_is_set_aside(void **state)
{
	static const uint64_t pauses[] = { 1000, 2000, 4000, 8000, 16000, 32000, 64000,
		128000, 256000, 300000, 300000 };
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	answer(0, RC_OK);
	happens("pending");
	answer(1, RC_OK);
	for (unsigned i = 0; i < NOTIFY_TRIES - 1; i++) {
		assert_int_equal(seen.n_posts, i + 1);
		receiver(i, i % 2 ? RC_OK : RC_RETRY, i % 2 ? 500 : 0);
		assert_int_equal(seen.timer, pauses[i < 10 ? i : 10]);
		want_set(seen.asks[0].id, NOTICE_WAITING, i + 1,
		    i % 2 ? "HTTP 500" : "no connection");
		assert_int_equal(last_ask()->next_ms, seen.now + seen.timer);
		ring(&w, "a");
	}
	assert_int_equal(seen.n_events, 1);
	assert_string_equal(seen.events[0], "notice.failing");
	receiver(NOTIFY_TRIES - 1, RC_RETRY, 0);
	want_set(seen.asks[0].id, NOTICE_SET_ASIDE, NOTIFY_TRIES, "no connection");
	assert_non_null(strstr(seen.details[0], seen.asks[0].id));
	assert_non_null(strstr(seen.details[0], "7F3K-Q2MX"));
	/* The next one goes, after the pause. */
	assert_int_equal(seen.n_posts, NOTIFY_TRIES);
	ring(&w, "a");
	assert_int_equal(seen.n_posts, NOTIFY_TRIES + 1);
	assert_non_null(strstr(last_post()->headers, seen.asks[1].id));
	receiver(NOTIFY_TRIES, RC_OK, 200);
	want_set(seen.asks[1].id, NOTICE_DELIVERED, 0, "");
	assert_string_equal(seen.events[1], "notice.recovered");
	close_world(&w);
}

static void
after_a_day_it_is_set_aside(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	answer(0, RC_OK);
	seen.now += NOTIFY_AGE_MS - 1;
	receiver(0, RC_OK, 502);
	want_set(seen.asks[0].id, NOTICE_WAITING, 1, "HTTP 502");
	ring(&w, "a");
	receiver(1, RC_OK, 502);
	want_set(seen.asks[0].id, NOTICE_SET_ASIDE, 2, "HTTP 502");
	close_world(&w);
}

static void
what_is_refused_for_good_blocks_nothing(void **state)
{
	static const struct {
		unsigned status;
		bool poison;
	} rows[] = { { 400, true }, { 401, true }, { 403, true }, { 404, true },
		{ 410, true }, { 413, true }, { 422, true }, { 499, true },
		{ 408, false }, { 425, false }, { 429, false }, { 500, false },
		{ 503, false }, { 301, false }, { 307, false }, { 100, false } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;
		char why[64];

		open_world(&w, 1, true);
		happens("pending");
		happens("pending");
		answer(0, RC_OK);
		answer(1, RC_OK);
		receiver(0, RC_OK, rows[i].status);
		snprintf(why, sizeof why, "HTTP %u%s", rows[i].status,
		    rows[i].status / 100 == 3 ? ": redirects are not followed" : "");
		assert_int_equal(seen.n_posts, rows[i].poison ? 2 : 1);
		want_set(seen.asks[0].id,
		    rows[i].poison ? NOTICE_SET_ASIDE : NOTICE_WAITING, 1, why);
		assert_int_equal(seen.n_events, 0);
		close_world(&w);
	}
}

static void
what_the_receiver_asks_for_is_heeded_within_bounds(void **state)
{
	static const struct {
		const char *value;
		uint64_t pause;
	} rows[] = { { "7", 7000 }, { "0", 1000 }, { "900", 900000 }, { "901", 900000 },
		{ "999999999", 900000 }, { "99999999999999999999999", 1000 },
		{ "-5", 1000 }, { "Wed, 21 Oct 2026 07:28:00 GMT", 1000 },
		{ "", 1000 } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		open_world(&w, 1, true);
		happens("pending");
		answer(0, RC_OK);
		seen.retry_after = rows[i].value;
		receiver(0, RC_OK, 429);
		assert_int_equal(seen.timer, rows[i].pause);
		close_world(&w);
	}
}

static void
one_that_cannot_be_sent_is_a_try_too(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	seen.post_rc = RC_RETRY;
	happens("pending");
	answer(0, RC_OK);
	want_set(seen.asks[0].id, NOTICE_WAITING, 1, "not now");
	assert_int_equal(seen.timer, 1000);
	/* Nobody tries while it pauses. */
	seen.post_rc = RC_OK;
	happens("pending");
	answer(seen.n_asks - 1, RC_OK);
	assert_int_equal(seen.n_posts, 0);
	ring(&w, "a");
	assert_int_equal(seen.n_posts, 1);
	close_world(&w);
}

static void
without_a_secret_nothing_is_sent(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	noticekeys_free(w.m.rules.notice_keys);
	w.m.rules.notice_keys = NULL;
	happens("pending");
	answer(0, RC_OK);
	assert_int_equal(seen.n_posts, 0);
	want_set(seen.asks[0].id, NOTICE_WAITING, 1, "there is no secret to sign with");
	close_world(&w);
}

static void
too_many_lose_the_oldest_that_nobody_must_act_on(void **state)
{
	struct world w;
	size_t n, aside = 0;

	(void)state;
	open_world(&w, 1, true);
	happens("approved"); /* under way: never taken away */
	answer(0, RC_OK);
	happens("pending");
	happens("approved");
	happens("approved");
	n = seen.n_asks;
	while (w.n->waiting < NOTIFY_MOST)
		happens("pending");
	assert_int_equal(seen.n_asks, n + NOTIFY_MOST - 4);
	happens("pending");
	want_set(seen.asks[2].id, NOTICE_SET_ASIDE, 0, "too many notices wait");
	happens("pending");
	want_set(seen.asks[3].id, NOTICE_SET_ASIDE, 0, "too many notices wait");
	/* Only the pending ones are left, and that under way. */
	happens("pending");
	want_set(seen.asks[1].id, NOTICE_SET_ASIDE, 0, "too many notices wait");
	assert_int_equal(w.n->waiting, NOTIFY_MOST);
	for (size_t i = 0; i < seen.n_asks; i++)
		aside += seen.asks[i].state == NOTICE_SET_ASIDE;
	assert_int_equal(aside, 3);
	assert_true(seen.posts[0].open);
	/* The answer to one that is no more reaches nobody. */
	answer(2, RC_OK);
	close_world(&w);
}

/* A store whose disk is slow is asked for nothing more: holds need it. */
static void
a_store_that_is_behind_is_left_alone(void **state)
{
	struct world w;
	size_t n;

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	answer(0, RC_OK);
	assert_int_equal(seen.n_posts, 1);
	seen.behind = true;
	happens("approved");
	receiver(0, RC_OK, 200);
	happens("approved");
	assert_int_equal(seen.n_asks, 1);
	assert_int_equal(seen.timer, NOTIFY_BEHIND_MS);
	assert_int_equal(w.n->waiting, 2);
	/* What was never kept goes without a word to the store. */
	while (w.n->waiting < NOTIFY_MOST)
		happens("pending");
	happens("pending");
	assert_int_equal(seen.n_asks, 1);
	/* In order, once it is there again. */
	seen.behind = false;
	happens("pending");
	assert_int_equal(seen.asks[1].type, MSG_NOTICE_SET);
	assert_int_equal(seen.asks[1].state, NOTICE_DELIVERED);
	assert_int_equal(seen.asks[2].type, MSG_NOTICE_NEW);
	for (size_t i = 3; i < seen.n_asks - 1; i++) {
		assert_int_equal(seen.asks[i].type, MSG_NOTICE_NEW);
		assert_true(strcmp(seen.asks[i - 1].id, seen.asks[i].id) < 0);
	}
	assert_int_equal(last_ask()->state, NOTICE_SET_ASIDE);
	assert_int_equal(w.n->waiting, NOTIFY_MOST);
	/* And when all of it is to go at once. */
	seen.behind = true;
	w.config.notify.n = 0;
	n = seen.n_asks;
	notify_recheck(w.n);
	assert_int_equal(w.n->waiting, 0);
	assert_int_equal(seen.n_asks, n);
	close_world(&w);
}

/* ---- starts and reloads ---- */

static void
row_comes(const char *id, const char *outlet, const char *text, uint32_t tries,
    uint64_t next_ms)
{
	const struct msg_recalled row = { .what = RECALL_NOTICE,
		.id = span_of(id),
		.outlet = span_of(outlet),
		.text = span_of(text),
		.at_ms = NOW - 5000,
		.until_ms = next_ms,
		.used = tries,
		.state = NOTICE_WAITING };

	seen.recall.fn(seen.recall.arg, RC_OK, "", &row);
}

/* One that was set aside so long ago. */
static void
aside_comes(const char *id, uint64_t ago_ms)
{
	const struct msg_recalled row = { .what = RECALL_NOTICE,
		.id = span_of(id),
		.outlet = span_of("a"),
		.text = span_of("pending 0000-0001\n{}"),
		.at_ms = NOW - ago_ms,
		.state = NOTICE_SET_ASIDE };

	seen.recall.fn(seen.recall.arg, RC_OK, "", &row);
}

static void
what_the_last_start_left_is_delivered(void **state)
{
	struct world w;
	enum rc rc = RC_WAIT;

	(void)state;
	dones = 0;
	open_world(&w, 1, false);
	/* Something happens before all of it is here: it waits. */
	happens("pending");
	answer(0, RC_OK);
	notify_recall(w.n, recall_done, &rc);
	/* The start does not wait. */
	assert_int_equal(dones, 1);
	assert_int_equal(rc, RC_OK);
	assert_string_equal(seen.recall.after, "");
	row_comes("0000000000000000000001", "a", "approved 0000-0001\n{\"x\":1}", 3, 0);
	assert_string_equal(seen.recall.after, "0000000000000000000001");
	row_comes("0000000000000000000002", "gone", "denied 0000-0002\n{}", 1, 0);
	want_set("0000000000000000000002", NOTICE_SET_ASIDE, 1,
	    "its outlet is not configured any more");
	row_comes("0000000000000000000003", "a", "no envelope", 0, 0);
	want_set("0000000000000000000003", NOTICE_SET_ASIDE, 0, "it cannot be read");
	{
		size_t asks = seen.n_asks;

		aside_comes("0000000000000000000004", NOTIFY_ASIDE_MS - 1);
		assert_int_equal(seen.n_asks, asks);
		aside_comes("0000000000000000000005", NOTIFY_ASIDE_MS + 1);
		want_set("0000000000000000000005", NOTICE_DELIVERED, 0,
		    "set aside for too long");
	}
	assert_int_equal(seen.n_posts, 0);
	seen.recall.fn(seen.recall.arg, RC_END, "", NULL);
	assert_int_equal(dones, 1);
	assert_int_equal(seen.n_posts, 1);
	assert_string_equal(last_post()->body, "{\"x\":1}");
	assert_non_null(strstr(last_post()->headers, "id=0000000000000000000001,"));
	receiver(0, RC_OK, 500);
	want_set("0000000000000000000001", NOTICE_WAITING, 4, "HTTP 500");
	ring(&w, "a");
	receiver(1, RC_OK, 200);
	assert_int_equal(seen.n_posts, 3);
	assert_non_null(strstr(last_post()->headers, seen.asks[0].id));
	close_world(&w);
}

static void
a_pause_goes_on_after_a_restart(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, false);
	notify_recall(w.n, recall_done, &(enum rc){ RC_OK });
	row_comes(
	    "0000000000000000000001", "a", "pending 0000-0001\n{}", 3, NOW + 9000);
	seen.recall.fn(seen.recall.arg, RC_END, "", NULL);
	assert_int_equal(seen.n_posts, 0);
	assert_int_equal(seen.timer, 9000);
	ring(&w, "a");
	assert_int_equal(seen.n_posts, 1);
	close_world(&w);
	/* A clock that was set does not make it wait for ever. */
	open_world(&w, 1, false);
	notify_recall(w.n, recall_done, &(enum rc){ RC_OK });
	row_comes(
	    "0000000000000000000001", "a", "pending 0000-0001\n{}", 3, NOW + 99999999);
	seen.recall.fn(seen.recall.arg, RC_END, "", NULL);
	assert_int_equal(seen.timer, NOTIFY_ASKED_MOST_MS);
	close_world(&w);
}

static void
a_store_that_cannot_be_read_stops_nothing(void **state)
{
	struct world w;
	enum rc rc = RC_FAIL;

	(void)state;
	open_world(&w, 1, false);
	notify_recall(w.n, recall_done, &rc);
	seen.recall.fn(seen.recall.arg, RC_FAIL, "the disk", NULL);
	assert_int_equal(rc, RC_OK);
	/* What happens from now on is delivered all the same. */
	happens("pending");
	answer(0, RC_OK);
	assert_int_equal(seen.n_posts, 1);
	close_world(&w);
}

static void
an_outlet_that_is_no_more_keeps_nothing(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 2, true);
	happens("pending");
	answer(0, RC_OK);
	answer(1, RC_OK);
	assert_int_equal(w.n->waiting, 2);
	/* b alone, then c. */
	w.to[0] = w.to[1];
	w.config.notify.n = 1;
	load_keys(&w);
	notify_recheck(w.n);
	assert_int_equal(w.n->waiting, 1);
	want_set(
	    strcmp(seen.asks[0].outlet, "a") == 0 ? seen.asks[0].id : seen.asks[1].id,
	    NOTICE_SET_ASIDE, 0, "its outlet is not configured any more");
	/* What was under way to b still is. */
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(seen.posts[i].open,
		    strcmp(seen.posts[i].url, "http://127.0.0.1:1/b") == 0);
	w.to[1] = w.to[2];
	w.config.notify.n = 2;
	load_keys(&w);
	notify_recheck(w.n);
	happens("approved");
	assert_non_null(notify_place(w.n, span_of("c")));
	assert_int_equal(w.n->waiting, 3);
	close_world(&w);
}

static void
a_reload_ends_pauses(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	answer(0, RC_OK);
	receiver(0, RC_RETRY, 0);
	assert_int_equal(seen.n_posts, 1);
	w.to[0].url = "https://elsewhere.test/";
	notify_recheck(w.n);
	assert_int_equal(seen.n_posts, 2);
	assert_string_equal(last_post()->url, "https://elsewhere.test/");
	close_world(&w);
}

/* ---- the verb ---- */

static int verb_status;
static char verb_out[8192];

static void
verb_done(void *arg, struct verb_call *call, int status)
{
	(void)arg;
	verb_status = status;
	snprintf(verb_out, sizeof verb_out, "%s%s", buf_cstr(&call->out),
	    buf_cstr(&call->say));
	verb_call_free(call);
}

static void
verb(struct world *w, const char *group, enum proof proof, const char *words)
{
	static const char *groups[1];
	static char text[256];
	struct verb_call *call = verb_call_new();
	char *at = text;

	groups[0] = group;
	w->alice =
	    (struct identity){ .name = "alice", .groups = groups, .group_count = 1 };
	snprintf(text, sizeof text, "%s", words);
	call->m = &w->m;
	call->who = &w->alice;
	call->proof = proof;
	snprintf(call->name, sizeof call->name, "alice");
	call->done = verb_done;
	while ((call->argv[call->argc] = strsep(&at, " ")) != NULL)
		call->argc++;
	verb_status = -1;
	verb_out[0] = '\0';
	notify_verb(w->n, call);
}

static void
says(int status, const char *part)
{
	if (verb_status != status || strstr(verb_out, part) == NULL)
		fail_msg("wanted %d and \"%s\", got %d: %s", status, part, verb_status,
		    verb_out);
}

static void
only_who_may_sees_to_notices(void **state)
{
	struct config_party ops = { true, "ops" };
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	w.config.rights.archive = (struct config_parties){ &ops, 1 };
	verb(&w, "others", PROOF_KEY, "notify list");
	says(STATUS_DENIED, "no right");
	verb(&w, "others", PROOF_UID, "notify test");
	says(STATUS_DENIED, "no right");
	verb(&w, "ops", PROOF_KEY, "notify test");
	says(STATUS_DENIED, "no right");
	assert_int_equal(seen.n_posts, 0);
	verb(&w, "ops", PROOF_UID, "notify test");
	assert_int_equal(seen.n_posts, 1);
	receiver(0, RC_OK, 200);
	says(STATUS_OK, "delivered to a");
	verb(&w, "sre", PROOF_KEY, "notify test");
	receiver(1, RC_OK, 200);
	says(STATUS_OK, "delivered to a");
	close_world(&w);
}

static void
words_that_are_wrong_are_refused(void **state)
{
	static const char *const rows[] = { "notify", "notify x", "notify list all",
		"notify test a b", "notify retry", "notify retry x", "notify drop",
		"notify drop all", "notify retry 0000-0000",
		"notify drop 0193A5C0F00D0123456789",
		"notify drop 0193a5c0f00d01234567890" };
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	for (size_t i = 0; i < ROWS(rows); i++) {
		verb(&w, "sre", PROOF_KEY, rows[i]);
		says(STATUS_USAGE, "usage: notify ");
	}
	verb(&w, "sre", PROOF_KEY, "notify test b");
	says(STATUS_USAGE, "no webhook of that name");
	w.config.notify.n = 0;
	notify_recheck(w.n);
	verb(&w, "sre", PROOF_KEY, "notify test");
	says(STATUS_USAGE, "no webhook is configured");
	close_world(&w);
}

static void
a_test_waits_for_every_answer(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 3, true);
	verb(&w, "sre", PROOF_KEY, "notify test");
	assert_int_equal(seen.n_posts, 3);
	assert_int_equal(seen.n_asks, 0); /* nothing of it is kept */
	receiver(0, RC_OK, 200);
	receiver(1, RC_OK, 403);
	assert_int_equal(verb_status, -1);
	receiver(2, RC_REFUSE, 0);
	says(STATUS_UNREACHABLE, "not delivered to b: HTTP 403\n");
	assert_non_null(strstr(verb_out, ": no connection\n"));
	verb(&w, "sre", PROOF_KEY, "notify test b");
	assert_int_equal(seen.n_posts, 4);
	assert_non_null(strstr(last_post()->body, "a test, nothing waits for you"));
	receiver(3, RC_OK, 200);
	says(STATUS_OK, "delivered to b: HTTP 200\n");
	seen.post_rc = RC_RETRY;
	verb(&w, "sre", PROOF_KEY, "notify test b");
	says(STATUS_UNREACHABLE, "not delivered to b: not now\n");
	seen.post_rc = RC_OK;
	verb(&w, "sre", PROOF_KEY, "notify test b");
	close_world(&w);
	says(STATUS_FAILED, "the broker ends");
}

static void
a_list_has_what_waits_and_what_was_set_aside(void **state)
{
	struct world w;
	struct msg_recalled row = { .id = span_of("0193a5c0f00d0123456789"),
		.outlet = span_of("b"),
		.text = span_of("pending 0000-0001\n{}"),
		.detail = span_of("{\"error\":\"HTTP 410\\u001b\"}"),
		.at_ms = NOW,
		.state = NOTICE_SET_ASIDE,
		.used = 1 };

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	answer(0, RC_OK);
	receiver(0, RC_OK, 500);
	verb(&w, "sre", PROOF_KEY, "notify list");
	assert_int_equal(seen.recall.what, RECALL_NOTICE);
	assert_string_equal(seen.recall.after, "");
	seen.recall.fn(seen.recall.arg, RC_OK, "", &row);
	assert_string_equal(seen.recall.after, "0193a5c0f00d0123456789");
	/* One that waits is in memory: not twice. */
	row.id = span_of("0193a5c0f00d0123456790");
	row.state = NOTICE_WAITING;
	seen.recall.fn(seen.recall.arg, RC_OK, "", &row);
	assert_null(strstr(verb_out, "3456790"));
	assert_int_equal(verb_status, -1);
	seen.recall.fn(seen.recall.arg, RC_END, "", NULL);
	says(STATUS_OK,
	    " waiting a pending 7F3K-Q2MX of 2025-11-21T08:00:00Z, 1 tries: "
	    "HTTP 500\n");
	assert_null(strstr(verb_out, "3456790"));
	says(STATUS_OK,
	    "0193a5c0f00d0123456789 aside b pending 0000-0001 of 2025-11-21T08:00:00Z, "
	    "1 tries: HTTP 410\\x1B\n");
	verb(&w, "sre", PROOF_KEY, "notify list");
	seen.recall.fn(seen.recall.arg, RC_FAIL, "the disk", NULL);
	says(STATUS_FAILED, "the disk");
	close_world(&w);
}

static void
what_was_set_aside_is_tried_again(void **state)
{
	struct msg_recalled row = { .id = span_of("0193a5c0f00d0123456780"),
		.outlet = span_of("a"),
		.text = span_of("pending 0000-0001\n{\"y\":2}"),
		.at_ms = NOW - 2 * NOTIFY_AGE_MS,
		.state = NOTICE_SET_ASIDE,
		.used = 20 };
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	verb(&w, "sre", PROOF_KEY, "notify retry 0193a5c0f00d0123456780");
	assert_int_equal(seen.recall.what, RECALL_NOTICE);
	assert_string_equal(seen.recall.after, "0193a5c0f00d012345677f");
	seen.recall.fn(seen.recall.arg, RC_OK, "", &row);
	says(STATUS_OK, "retried 0193a5c0f00d0123456780\n");
	want_set("0193a5c0f00d0123456780", NOTICE_WAITING, 0, "");
	assert_string_equal(seen.events[0], "notice.retried alice");
	assert_string_equal(last_post()->body, "{\"y\":2}");
	/* It has its tries, and its day, again. */
	receiver(0, RC_OK, 500);
	want_set("0193a5c0f00d0123456780", NOTICE_WAITING, 1, "HTTP 500");
	/* One that waits is tried at once. */
	verb(&w, "sre", PROOF_KEY, "notify retry 0193a5c0f00d0123456780");
	says(STATUS_OK, "retried");
	assert_int_equal(seen.n_posts, 2);
	receiver(1, RC_OK, 200);
	/* Another one stands behind it: it is not that. */
	row.id = span_of("0193a5c0f00d0123456790");
	verb(&w, "sre", PROOF_KEY, "notify retry 0193a5c0f00d0123456785");
	seen.recall.fn(seen.recall.arg, RC_OK, "", &row);
	says(STATUS_USAGE, "no notice of that id was set aside");
	assert_int_equal(w.n->waiting, 0);
	verb(&w, "sre", PROOF_KEY, "notify retry all");
	seen.recall.fn(seen.recall.arg, RC_OK, "", &row);
	row.id = span_of("0193a5c0f00d0123456791");
	row.outlet = span_of("gone");
	seen.recall.fn(seen.recall.arg, RC_OK, "", &row);
	seen.recall.fn(seen.recall.arg, RC_END, "", NULL);
	says(STATUS_OK, "retried 0193a5c0f00d0123456790\nno-outlet "
			"0193a5c0f00d0123456791\n");
	assert_int_equal(w.n->waiting, 1);
	close_world(&w);
}

static void
what_is_dropped_is_never_sent(void **state)
{
	char line[64];
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	happens("pending");
	happens("pending");
	answer(0, RC_OK);
	answer(1, RC_OK);
	snprintf(line, sizeof line, "notify drop %s", seen.asks[0].id);
	verb(&w, "sre", PROOF_KEY, line);
	says(STATUS_OK, "dropped ");
	assert_false(seen.posts[0].open);
	assert_string_equal(seen.events[0], "notice.dropped alice");
	assert_int_equal(seen.n_posts, 2);
	want_set(seen.asks[0].id, NOTICE_DELIVERED, 0, "dropped by alice");
	/* One that was set aside is the store's alone. */
	verb(&w, "sre", PROOF_KEY, "notify drop 0193a5c0f00d0123456790");
	assert_int_equal(verb_status, -1);
	want_set("0193a5c0f00d0123456790", NOTICE_DELIVERED, 0, "dropped by alice");
	answer(seen.n_asks - 1, RC_OK);
	says(STATUS_OK, "dropped 0193a5c0f00d0123456790");
	assert_string_equal(seen.events[1], "notice.dropped alice");
	verb(&w, "sre", PROOF_KEY, "notify drop 0193a5c0f00d0123456790");
	answer(seen.n_asks - 1, RC_REFUSE);
	says(STATUS_USAGE, "the disk is full");
	close_world(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_sent_before_it_is_kept),
		cmocka_unit_test(what_is_not_kept_is_not_sent),
		cmocka_unit_test(each_outlet_hears_of_what_it_asked_for),
		cmocka_unit_test(each_try_is_signed_anew_under_one_id),
		cmocka_unit_test(one_at_a_time_and_in_order),
		cmocka_unit_test(one_outlet_in_trouble_stops_no_other),
		cmocka_unit_test(pauses_double_up_to_five_minutes_then_it_is_set_aside),
		cmocka_unit_test(after_a_day_it_is_set_aside),
		cmocka_unit_test(what_is_refused_for_good_blocks_nothing),
		cmocka_unit_test(what_the_receiver_asks_for_is_heeded_within_bounds),
		cmocka_unit_test(one_that_cannot_be_sent_is_a_try_too),
		cmocka_unit_test(without_a_secret_nothing_is_sent),
		cmocka_unit_test(too_many_lose_the_oldest_that_nobody_must_act_on),
		cmocka_unit_test(a_store_that_is_behind_is_left_alone),
		cmocka_unit_test(what_the_last_start_left_is_delivered),
		cmocka_unit_test(a_pause_goes_on_after_a_restart),
		cmocka_unit_test(a_store_that_cannot_be_read_stops_nothing),
		cmocka_unit_test(an_outlet_that_is_no_more_keeps_nothing),
		cmocka_unit_test(a_reload_ends_pauses),
		cmocka_unit_test(only_who_may_sees_to_notices),
		cmocka_unit_test(words_that_are_wrong_are_refused),
		cmocka_unit_test(a_test_waits_for_every_answer),
		cmocka_unit_test(a_list_has_what_waits_and_what_was_set_aside),
		cmocka_unit_test(what_was_set_aside_is_tried_again),
		cmocka_unit_test(what_is_dropped_is_never_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
