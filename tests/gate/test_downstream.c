#include "tests/support/unit.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/gate/downstream.h"
#include "broker/gate/stream.h"
#include "lib/base/clock.h"

/* "broker:secret" */
#define PASSWORD "YnJva2VyOnNlY3JldA=="

struct bench {
	struct loop *loop;
	struct downstream_rules rules;
	struct downstream *d;
	int fd; /* the client's end */
	struct buf seen, body;
	unsigned requests, gones, refusals, mores, drains;
	char path[256], host[256];
	enum rc body_rc;
	bool read_bodies, answer_early, freed;
	struct refused why;
};

static void
finish(struct downstream *d)
{
	downstream_write(d, span_of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
	downstream_finish(d, true);
}

static void
read_body(struct bench *b, struct downstream *d)
{
	struct err err = { "" };
	enum rc rc = RC_OK;

	while (rc == RC_OK)
		rc = downstream_body(d, 4096, &b->body, &err);
	b->body_rc = rc;
	if (rc == RC_END)
		finish(d);
	else if (rc == RC_REFUSE)
		downstream_cut(d);
}

static void
on_request(void *arg, struct downstream *d, struct head *h)
{
	struct bench *b = arg;
	struct span path = head_path(h);

	b->requests++;
	snprintf(b->path, sizeof b->path, "%.*s", (int)path.len, (const char *)path.p);
	head_free(h);
	downstream_bind(d, b);
	if (b->answer_early)
		finish(d);
	else if (b->read_bodies)
		read_body(b, d);
}

static void
on_more(void *arg, struct downstream *d)
{
	struct bench *b = arg;

	b->mores++;
	read_body(b, d);
}

static void
on_drained(void *arg, struct downstream *d)
{
	struct bench *b = arg;

	(void)d;
	b->drains++;
}

static void
on_refused(void *arg, struct downstream *d, const char *host, const struct refused *why)
{
	struct bench *b = arg;

	(void)d;
	b->refusals++;
	b->why = *why;
	snprintf(b->host, sizeof b->host, "%s", host);
}

static void
on_gone(void *arg, struct downstream *d)
{
	struct bench *b = arg;

	b->gones++;
	downstream_free(d);
	b->freed = true;
}

/* password NULL: an SDK's. */
static void
open_bench(struct bench *b, const char *password)
{
	const struct downstream_owner owner = { .arg = b,
		.request = on_request,
		.more = on_more,
		.drained = on_drained,
		.refused = on_refused,
		.gone = on_gone };
	struct err err = { "" };
	SSL_CTX *ctx;
	struct leaf *leaf;
	int pair[2];

	memset(b, 0, sizeof *b);
	buf_init(&b->seen, 8u << 20);
	buf_init(&b->body, 8u << 20);
	assert_int_equal(loop_new(&b->loop, &err), RC_OK);
	assert_int_equal(stream_context(&ctx, &err), RC_OK);
	assert_int_equal(leaf_new(NULL, NULL, &leaf, &err), RC_OK);
	b->rules = (struct downstream_rules){ b->loop, ctx, leaf, span_of(password) };
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
	    0);
	b->fd = pair[1];
	assert_int_equal(
	    downstream_open_take(pair[0], &b->rules, &owner, &b->d, &err), RC_OK);
}

static void
close_bench(struct bench *b)
{
	if (!b->freed)
		downstream_free(b->d);
	if (b->fd >= 0)
		close(b->fd);
	loop_free(b->loop);
	SSL_CTX_free(b->rules.ctx);
	leaf_free(b->rules.leaf);
	buf_clear(&b->seen);
	buf_clear(&b->body);
}

static void
turn(struct bench *b, int n)
{
	struct err err;
	uint8_t *p;
	ssize_t got;

	for (int i = 0; i < n; i++) {
		assert_int_equal(loop_step(b->loop, 5, &err), RC_OK);
		if (b->fd < 0)
			continue;
		assert_non_null(p = buf_room(&b->seen, 65536));
		if ((got = read(b->fd, p, 65536)) > 0)
			b->seen.len += (size_t)got;
	}
}

static void
type(struct bench *b, const char *text)
{
	assert_int_equal(write(b->fd, text, strlen(text)), (ssize_t)strlen(text));
	turn(b, 4);
}

static bool
saw(struct bench *b, const char *what)
{
	return strstr(buf_cstr(&b->seen), what) != NULL;
}

/* Whether our side has said that it is over. */
static bool
closed(struct bench *b)
{
	uint8_t byte;

	return recv(b->fd, &byte, 1, MSG_PEEK) == 0;
}

static void
test_requests(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b, NULL);
	b.read_bodies = true;
	type(&b, "GET /one HTTP/1.1\r\nHost: localhost:8443\r\n");
	assert_int_equal(b.requests, 0);
	type(&b, "\r\n");
	assert_int_equal(b.requests, 1);
	assert_string_equal(b.path, "/one");
	assert_true(saw(&b, "200 OK"));
	type(&b, "PUT /two HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab");
	assert_int_equal(b.requests, 2);
	assert_int_equal(b.body_rc, RC_WAIT);
	type(&b, "cde");
	assert_int_equal(b.body_rc, RC_END);
	assert_string_equal(buf_cstr(&b.body), "abcde");
	buf_reset(&b.body);
	type(&b,
	    "PUT /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc");
	type(&b, "\r\n2\r\nde\r\n0\r\n\r\n");
	assert_int_equal(b.body_rc, RC_END);
	assert_string_equal(buf_cstr(&b.body), "abcde");
	assert_int_equal(b.requests, 3);
	assert_false(closed(&b));
	type(&b, "GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_int_equal(b.requests, 4);
	turn(&b, 4);
	assert_true(closed(&b));
	close(b.fd);
	b.fd = -1;
	turn(&b, 4);
	assert_int_equal(b.gones, 1);
	close_bench(&b);
}

/* A second request before the first one's answer. */
static void
test_pipelined(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b, NULL);
	b.read_bodies = true;
	type(
	    &b, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	turn(&b, 4);
	assert_int_equal(b.requests, 1);
	assert_string_equal(b.path, "/1");
	assert_true(closed(&b));
	close_bench(&b);
	open_bench(&b, NULL);
	b.read_bodies = true;
	type(&b, "PUT /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "1\r\na\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	turn(&b, 4);
	assert_int_equal(b.requests, 1);
	assert_true(closed(&b));
	close_bench(&b);
}

static void
test_continue(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b, NULL);
	type(&b, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
		 "Content-Length: 2\r\n\r\n");
	assert_int_equal(b.requests, 1);
	assert_int_equal(b.seen.len, 0);
	downstream_continue(b.d);
	downstream_continue(b.d);
	turn(&b, 2);
	assert_string_equal(buf_cstr(&b.seen), "HTTP/1.1 100 Continue\r\n\r\n");
	read_body(&b, b.d);
	type(&b, "xy");
	assert_int_equal(b.body_rc, RC_END);
	assert_false(closed(&b));
	close_bench(&b);
	/* Refused before: the body is not waited for. */
	open_bench(&b, NULL);
	b.answer_early = true;
	type(&b, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
		 "Content-Length: 2\r\n\r\n");
	turn(&b, 4);
	assert_true(saw(&b, "200 OK"));
	assert_false(saw(&b, "100 Continue"));
	assert_true(closed(&b));
	close_bench(&b);
}

/* An answer before the body is here: the rest is read, so that the answer arrives. */
static void
test_early_answer(void **state)
{
	char block[65536];
	struct bench b;

	(void)state;
	memset(block, 'x', sizeof block);
	open_bench(&b, NULL);
	b.answer_early = true;
	type(&b, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6553600\r\n\r\n");
	assert_true(saw(&b, "200 OK"));
	for (size_t sent = 0; sent < 100 * sizeof block;) {
		ssize_t n = write(b.fd, block, sizeof block);

		if (n > 0)
			sent += (size_t)n;
		turn(&b, 1);
		if (sent > 99 * sizeof block)
			break;
	}
	turn(&b, 4);
	assert_int_equal(b.gones, 0);
	close_bench(&b);
}

static void
test_bad_bodies(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b, NULL);
	b.read_bodies = true;
	type(&b,
	    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
	assert_int_equal(b.body_rc, RC_REFUSE);
	turn(&b, 4);
	assert_int_equal(b.gones, 1);
	close_bench(&b);
	/* Broken off. */
	open_bench(&b, NULL);
	b.read_bodies = true;
	type(&b, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
	close(b.fd);
	b.fd = -1;
	turn(&b, 4);
	assert_int_equal(b.body_rc, RC_FAIL);
	assert_int_equal(b.gones, 1);
	close_bench(&b);
}

/* The client goes while its request is under way. */
static void
test_gone(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b, NULL);
	type(&b, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(b.requests, 1);
	close(b.fd);
	b.fd = -1;
	turn(&b, 4);
	assert_int_equal(b.gones, 1);
	close_bench(&b);
}

/* A client that does not read is told apart from one that does. */
static void
test_slow_reader(void **state)
{
	struct bench b;
	char block[16384];
	size_t sent = 0;

	(void)state;
	memset(block, 'x', sizeof block);
	open_bench(&b, NULL);
	type(&b, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	while (!downstream_full(b.d)) {
		downstream_write(b.d, span_make(block, sizeof block));
		sent += sizeof block;
		assert_true(sent < 4u << 20);
	}
	assert_int_equal(b.drains, 0);
	turn(&b, 200);
	assert_int_equal(b.drains, 1);
	assert_false(downstream_full(b.d));
	assert_int_equal(b.seen.len, sent);
	close_bench(&b);
}

static void
test_bad_heads(void **state)
{
	static const char *const bad[] = { "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http://s3.amazonaws.com/ HTTP/1.1\r\nHost: "
		"s3.amazonaws.com\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct bench b;

		open_bench(&b, NULL);
		type(&b, bad[i]);
		if (b.requests != 0 || b.refusals != 1 || !saw(&b, "HTTP/1.1 400 "))
			fail_msg("%s", bad[i]);
		turn(&b, 2);
		assert_true(closed(&b));
		close_bench(&b);
	}
}

static void
test_long_head(void **state)
{
	char line[1024];
	struct bench b;

	(void)state;
	memset(line, 'a', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	open_bench(&b, NULL);
	type(&b, "GET / HTTP/1.1\r\nHost: a\r\nx-long: ");
	for (int i = 0; i < 70 && b.refusals == 0; i++)
		type(&b, line);
	assert_int_equal(b.refusals, 1);
	assert_int_equal(b.requests, 0);
	close_bench(&b);
}

/* ---- a command's gate ---- */

#define AUTH "Proxy-Authorization: Basic " PASSWORD "\r\n"

static void
test_connect(void **state)
{
	static const struct {
		const char *text;
		const char *answer;
	} rows[] = {
		{ "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: "
		  "sts.amazonaws.com:443\r\n"
		  "\r\n",
		    "HTTP/1.1 407 " },
		{ "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: "
		  "sts.amazonaws.com:443\r\n"
		  "Proxy-Authorization: Basic YnJva2VyOnNlY3JlZA==\r\n\r\n",
		    "HTTP/1.1 407 " },
		{ "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: "
		  "sts.amazonaws.com:443\r\n"
		  "Proxy-Authorization: Bearer " PASSWORD "\r\n\r\n",
		    "HTTP/1.1 407 " },
		{ "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: "
		  "sts.amazonaws.com:443\r\n" AUTH AUTH "\r\n",
		    "HTTP/1.1 400 " },
		{ "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n" AUTH
		  "\r\n",
		    "HTTP/1.1 403 " },
		{ "CONNECT sts.amazonaws.com.evil.com:443 HTTP/1.1\r\n"
		  "Host: sts.amazonaws.com.evil.com:443\r\n" AUTH "\r\n",
		    "HTTP/1.1 403 " },
		{ "CONNECT 169.254.169.254:443 HTTP/1.1\r\nHost: "
		  "169.254.169.254:443\r\n" AUTH "\r\n",
		    "HTTP/1.1 403 " },
		{ "CONNECT sts.amazonaws.com:80 HTTP/1.1\r\nHost: "
		  "sts.amazonaws.com:80\r\n" AUTH "\r\n",
		    "HTTP/1.1 403 " },
		{ "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: "
		  "sts.amazonaws.com:443\r\n" AUTH "\r\n\x16\x03",
		    "HTTP/1.1 400 " },
		{ "GET / HTTP/1.1\r\nHost: sts.amazonaws.com\r\n" AUTH "\r\n",
		    "HTTP/1.1 400 " },
		{ "GET http://sts.amazonaws.com/ HTTP/1.1\r\nHost: "
		  "sts.amazonaws.com\r\n" AUTH "\r\n",
		    "HTTP/1.1 400 " },
		{ "CONNECT sts.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n"
		  "Host: sts.eu-west-1.amazonaws.com:443\r\n" AUTH "\r\n",
		    "HTTP/1.1 200 " },
		{ "CONNECT sts.amazonaws.com:443 HTTP/1.0\r\n" AUTH "\r\n",
		    "HTTP/1.1 200 " },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool good = strstr(rows[i].answer, "200") != NULL;
		struct bench b;

		open_bench(&b, PASSWORD);
		type(&b, rows[i].text);
		if (!saw(&b, rows[i].answer) || b.refusals != (good ? 0 : 1) ||
		    b.requests != 0)
			fail_msg("%s\ngives %s", rows[i].text, buf_cstr(&b.seen));
		turn(&b, 2);
		assert_int_equal(closed(&b), !good);
		close_bench(&b);
	}
}

/* A command's gate speaks TLS inside of a tunnel alone. */
static void
test_no_tls(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b, PASSWORD);
	type(&b, "\x16\x03\x01");
	turn(&b, 4);
	assert_int_equal(b.refusals, 1);
	assert_int_equal(b.gones, 1);
	close_bench(&b);
}

struct client {
	SSL_CTX *ctx;
	SSL *ssl;
};

static void
shake(struct bench *b, struct client *c, const char *name)
{
	struct err err;

	assert_non_null(c->ctx = SSL_CTX_new(TLS_client_method()));
	assert_non_null(c->ssl = SSL_new(c->ctx));
	SSL_set_fd(c->ssl, b->fd);
	SSL_set_tlsext_host_name(c->ssl, name);
	for (int i = 0; i < 20 && SSL_connect(c->ssl) != 1; i++)
		assert_int_equal(loop_step(b->loop, 5, &err), RC_OK);
}

static void
hang_up(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
}

static void
test_tunnel(void **state)
{
	static const char request[] =
	    "GET /x HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n";
	static const char again[] =
	    "CONNECT a.amazonaws.com:443 HTTP/1.1\r\nHost: a.amazonaws.com:443\r\n\r\n";
	char answer[4096];
	struct client c;
	struct bench b;
	struct err err;
	int n;

	(void)state;
	open_bench(&b, PASSWORD);
	b.read_bodies = true;
	type(&b, "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n"
		 "Host: sts.amazonaws.com:443\r\n" AUTH "\r\n");
	assert_string_equal(downstream_tunnel(b.d), "sts.amazonaws.com");
	shake(&b, &c, "sts.amazonaws.com");
	assert_true(SSL_is_init_finished(c.ssl));
	assert_string_equal(downstream_sni(b.d), "sts.amazonaws.com");
	for (int i = 0; i < 3; i++) {
		assert_true(SSL_write(c.ssl, request, sizeof request - 1) > 0);
		for (int k = 0; k < 3; k++)
			assert_int_equal(loop_step(b.loop, 5, &err), RC_OK);
		n = SSL_read(c.ssl, answer, sizeof answer - 1);
		assert_true(n > 0);
		answer[n] = '\0';
		assert_non_null(strstr(answer, "200 OK"));
	}
	assert_int_equal(b.requests, 3);
	/* No tunnel in a tunnel. */
	assert_true(SSL_write(c.ssl, again, sizeof again - 1) > 0);
	for (int k = 0; k < 3; k++)
		assert_int_equal(loop_step(b.loop, 5, &err), RC_OK);
	assert_int_equal(b.refusals, 1);
	hang_up(&c);
	close_bench(&b);
}

/* Another name in the handshake than in CONNECT. */
static void
test_other_name(void **state)
{
	struct client c;
	struct bench b;

	(void)state;
	open_bench(&b, PASSWORD);
	type(&b, "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n"
		 "Host: sts.amazonaws.com:443\r\n" AUTH "\r\n");
	shake(&b, &c, "s3.amazonaws.com");
	assert_false(SSL_is_init_finished(c.ssl));
	assert_int_equal(b.refusals, 1);
	assert_string_equal(b.host, "sts.amazonaws.com");
	assert_int_equal(b.gones, 1);
	hang_up(&c);
	close_bench(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_continue),
		cmocka_unit_test(test_early_answer),
		cmocka_unit_test(test_bad_bodies),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_bad_heads),
		cmocka_unit_test(test_long_head),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_tunnel),
		cmocka_unit_test(test_other_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
