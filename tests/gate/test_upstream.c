/* Against an HTTPS server on loopback that does what the path says. */
#include "tests/support/unit.h"

#include <stdbool.h>
#include <openssl/x509_vfy.h>

#include "broker/gate/upstream.h"
#include "lib/base/clock.h"
#include "tests/support/server.h"

static struct server server;
static char connect_to[64];
static const char *const connect_list[] = { connect_to };

static int
setup(void **state)
{
	static const char *const argv[] = { "@", NULL };

	(void)state;
	server_open(&server, "https_script.py", argv, NULL);
	snprintf(connect_to, sizeof connect_to, "::127.0.0.1:%u", server.port);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	server_close(&server);
	return 0;
}

/* One call and how it went. */
struct way {
	struct loop *loop;
	struct upstream *up;
	struct upstream_call *call;
	const char *send;     /* the body */
	size_t sent, starved; /* starved: fill says wait so often before each piece */
	unsigned status, heads, dones, full;
	char lines[4096], reason[64];
	struct buf body;
	enum rc rc;
	bool cancel_in_body, fail_fill;
	struct err err;
};

static enum rc
fill(void *arg, uint8_t *p, size_t room, size_t *n)
{
	struct way *w = arg;
	size_t left = strlen(w->send) - w->sent;

	if (w->fail_fill)
		return RC_REFUSE;
	if (w->starved > 0) {
		w->starved--;
		return RC_WAIT;
	}
	if (left == 0)
		return RC_END;
	*n = left < 3 ? left : 3;
	*n = *n < room ? *n : room;
	memcpy(p, w->send + w->sent, *n);
	w->sent += *n;
	w->starved = 1;
	return RC_OK;
}

static enum rc
on_head(void *arg, unsigned status, const char *reason, struct span lines)
{
	struct way *w = arg;

	w->heads++;
	w->status = status;
	snprintf(w->reason, sizeof w->reason, "%s", reason);
	snprintf(
	    w->lines, sizeof w->lines, "%.*s", (int)lines.len, (const char *)lines.p);
	return RC_OK;
}

static enum rc
on_body(void *arg, struct span bytes)
{
	struct way *w = arg;

	if (w->cancel_in_body) {
		upstream_cancel(w->call);
		w->call = NULL;
		return RC_OK;
	}
	if (w->full > 0) {
		w->full--;
		return RC_WAIT;
	}
	buf_span_put(&w->body, bytes);
	return RC_OK;
}

static void
on_done(void *arg, enum rc rc, const struct err *err)
{
	struct way *w = arg;

	w->dones++;
	w->rc = rc;
	w->err = *err;
	w->call = NULL;
}

static X509_STORE *
trust(const char *file)
{
	X509_STORE *s = X509_STORE_new();

	assert_non_null(s);
	if (file != NULL)
		assert_int_equal(X509_STORE_load_file(s, file), 1);
	return s;
}

static void
open_way(struct way *w, const char *ca)
{
	struct upstream_init init = { .connect_to = connect_list, .n_connect_to = 1 };
	struct err err = { "" };

	memset(w, 0, sizeof *w);
	w->send = "";
	buf_init(&w->body, 64u << 20);
	assert_int_equal(loop_new(&w->loop, &err), RC_OK);
	init.loop = w->loop;
	init.trust = trust(ca);
	assert_int_equal(upstream_new(&init, &w->up, &err), RC_OK);
	X509_STORE_free(init.trust);
}

static void
close_way(struct way *w)
{
	upstream_free(w->up);
	loop_free(w->loop);
	buf_clear(&w->body);
}

static enum rc
start(struct way *w, const struct upstream_request *r)
{
	const struct upstream_owner owner = { .arg = w,
		.fill = fill,
		.head = on_head,
		.body = on_body,
		.done = on_done };

	w->heads = w->dones = w->status = 0;
	w->sent = 0;
	buf_reset(&w->body);
	return upstream_start(w->up, r, &owner, &w->call, &w->err);
}

static void
turn(struct way *w, unsigned ms)
{
	uint64_t end = clock_mono_ms() + ms;
	struct err err;

	while (w->dones == 0 && clock_mono_ms() < end) {
		assert_int_equal(loop_step(w->loop, 20, &err), RC_OK);
		if (w->call != NULL)
			upstream_more(w->call);
		if (w->call != NULL)
			upstream_go(w->call);
	}
}

static void
get(struct way *w, const char *host, const char *target)
{
	char lines[128];
	struct upstream_request r = { .method = "GET", .host = host, .target = target };

	snprintf(lines, sizeof lines, "host: %s\r\nx-empty: \r\n", host);
	r.headers = span_of(lines);
	assert_int_equal(start(w, &r), RC_OK);
	turn(w, 20000);
	assert_int_equal(w->dones, 1);
}

static void
test_get(void **state)
{
	struct way w;

	(void)state;
	open_way(&w, server.ca);
	get(&w, "a.test", "/echo/../x//%2F?b=2&a=1");
	assert_string_equal(buf_cstr(&w.body),
	    "GET /echo/../x//%2F?b=2&a=1\nhost: a.test\nx-empty: \n\n");
	get(&w, "a.test", "/echo/%2e%2e//%2F?b=2&a=1");
	assert_int_equal(w.rc, RC_OK);
	assert_int_equal(w.heads, 1);
	assert_string_equal(w.reason, "As asked");
	assert_non_null(strstr(w.lines, "Content-Length: "));
	/* What was given and nothing else: no Accept, no User-Agent. */
	assert_string_equal(buf_cstr(&w.body),
	    "GET /echo/%2e%2e//%2F?b=2&a=1\nhost: a.test\nx-empty: \n\n");
	get(&w, "a.test", "/redirect");
	assert_int_equal(w.status, 301);
	assert_non_null(strstr(w.lines, "Location: /status/200"));
	get(&w, "a.test", "/status/503");
	assert_int_equal(w.rc, RC_OK);
	assert_int_equal(w.status, 503);
	close_way(&w);
}

static void
test_bodies(void **state)
{
	struct upstream_request r = { .method = "PUT",
		.host = "a.test",
		.target = "/echo",
		.headers = span_of("Host: a.test\r\n"),
		.has_body = true,
		.length = 10 };
	struct way w;

	(void)state;
	open_way(&w, server.ca);
	w.send = "0123456789";
	w.starved = 2;
	assert_int_equal(start(&w, &r), RC_OK);
	turn(&w, 20000);
	assert_int_equal(w.rc, RC_OK);
	assert_string_equal(buf_cstr(&w.body),
	    "PUT /echo\nhost: a.test\ncontent-length: 10\n\n0123456789");
	r.chunked = true;
	assert_int_equal(start(&w, &r), RC_OK);
	turn(&w, 20000);
	assert_int_equal(w.rc, RC_OK);
	assert_non_null(strstr(buf_cstr(&w.body), "transfer-encoding: chunked\n"));
	assert_non_null(strstr(buf_cstr(&w.body), "\n\n0123456789"));
	/* An empty body has a length too. */
	r.method = "POST";
	r.chunked = false;
	r.length = 0;
	w.send = "";
	assert_int_equal(start(&w, &r), RC_OK);
	turn(&w, 20000);
	assert_string_equal(
	    buf_cstr(&w.body), "POST /echo\nhost: a.test\ncontent-length: 0\n\n");
	close_way(&w);
}

/* The answer waits while nobody takes it. */
static void
test_paused(void **state)
{
	struct way w;

	(void)state;
	open_way(&w, server.ca);
	w.full = 5;
	get(&w, "a.test", "/body/5000000");
	assert_int_equal(w.rc, RC_OK);
	assert_int_equal(w.body.len, 5000000);
	assert_int_equal(w.full, 0);
	close_way(&w);
}

static void
test_ends(void **state)
{
	static const struct {
		const char *target;
		enum rc rc;
	} rows[] = {
		{ "/cut", RC_RETRY },
		{ "/close", RC_RETRY },
		{ "/garbage", RC_REFUSE },
		{ "/head/600000", RC_REFUSE },
	};
	struct way w;

	(void)state;
	open_way(&w, server.ca);
	for (size_t i = 0; i < ROWS(rows); i++) {
		get(&w, "a.test", rows[i].target);
		if (w.rc != rows[i].rc)
			fail_msg(
			    "%s: %s %s", rows[i].target, rc_name(w.rc), w.err.text);
	}
	close_way(&w);
}

static void
test_peers(void **state)
{
	struct way w;

	(void)state;
	/* Nobody's CA, the system's; another name. */
	open_way(&w, NULL);
	get(&w, "a.test", "/echo");
	assert_int_equal(w.rc, RC_REFUSE);
	assert_int_equal(w.heads, 0);
	assert_string_equal(w.err.text, "its certificate is not trusted");
	close_way(&w);
	open_way(&w, server.ca);
	get(&w, "a.example", "/echo");
	assert_int_not_equal(w.rc, RC_OK);
	assert_int_equal(w.heads, 0);
	close_way(&w);
}

static void
test_unreached(void **state)
{
	const unsigned port = server.port;
	struct way w;

	(void)state;
	snprintf(connect_to, sizeof connect_to, "::127.0.0.1:1");
	open_way(&w, server.ca);
	get(&w, "a.test", "/echo");
	assert_int_equal(w.rc, RC_RETRY);
	assert_string_equal(w.err.text, "no connection");
	close_way(&w);
	snprintf(connect_to, sizeof connect_to, "::127.0.0.1:%u", port);
}

static void
test_cancelled(void **state)
{
	const struct upstream_request r = { .method = "GET",
		.host = "a.test",
		.target = "/slow",
		.headers = span_of("Host: a.test\r\n") };
	struct upstream_request body = r;
	struct way w;

	(void)state;
	open_way(&w, server.ca);
	assert_int_equal(start(&w, &r), RC_OK);
	turn(&w, 100);
	assert_non_null(w.call);
	upstream_cancel(w.call);
	w.call = NULL;
	/* From inside of curl. */
	body.target = "/body/1000";
	w.cancel_in_body = true;
	assert_int_equal(start(&w, &body), RC_OK);
	turn(&w, 500);
	assert_int_equal(w.heads, 1);
	assert_int_equal(w.dones, 0);
	/* In flight when all ends. */
	w.cancel_in_body = false;
	assert_int_equal(start(&w, &r), RC_OK);
	turn(&w, 50);
	close_way(&w);
	assert_int_equal(w.dones, 0);
}

static void
test_bad_body(void **state)
{
	const struct upstream_request r = { .method = "PUT",
		.host = "a.test",
		.target = "/echo",
		.headers = span_of("Host: a.test\r\n"),
		.has_body = true,
		.length = 10 };
	struct way w;

	(void)state;
	open_way(&w, server.ca);
	w.send = "0123456789";
	w.fail_fill = true;
	assert_int_equal(start(&w, &r), RC_OK);
	turn(&w, 20000);
	assert_int_equal(w.dones, 1);
	assert_int_not_equal(w.rc, RC_OK);
	assert_int_equal(w.heads, 0);
	close_way(&w);
}

static void
test_bad_headers(void **state)
{
	static const char *const bad[] = { "no colon\r\n", ": no name\r\n", "a: b",
		"a: b\r\nc\r\n", "a: \x01\r\n", "a: b\nc: d\r\n" };
	struct upstream_request r = {
		.method = "GET", .host = "a.test", .target = "/echo"
	};
	struct way w;

	(void)state;
	open_way(&w, server.ca);
	for (size_t i = 0; i < ROWS(bad); i++) {
		r.headers = span_of(bad[i]);
		assert_int_equal(start(&w, &r), RC_REFUSE);
	}
	close_way(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_unreached),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_bad_body),
		cmocka_unit_test(test_bad_headers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
