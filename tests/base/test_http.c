#include "tests/support/unit.h"

#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/http.h"
#include "lib/base/loop.h"
#include "tests/support/server.h"

static struct server server;
static char connect_to[64];
static const char *const connect_list[] = { connect_to };
static struct http_options options;

/* How a call came out. */
struct end {
	struct loop *loop;
	struct http *http;
	unsigned count;
	enum rc rc;
	unsigned status;
	char body[4096];
	size_t len;
	struct err err;
	bool free_it, again;
};

static void
note(void *arg, enum rc rc, unsigned status, struct span body, const struct err *err)
{
	struct end *e = arg;

	e->count++;
	e->rc = rc;
	e->status = status;
	e->len = body.len;
	snprintf(e->body, sizeof e->body, "%.*s", (int)body.len, (const char *)body.p);
	e->err = *err;
	if (e->free_it) {
		http_free(e->http);
		e->http = NULL;
	}
	if (e->again) {
		e->again = false;
		assert_int_equal(
		    http_post(e->http, "https://a.test/status/201", span_of(""),
			span_of(""), &options, note, e, NULL, &e->err),
		    RC_OK);
	}
}

static void
start(struct end *e)
{
	memset(e, 0, sizeof *e);
	assert_int_equal(loop_new(&e->loop, &e->err), RC_OK);
	assert_int_equal(http_new(e->loop, &e->http, &e->err), RC_OK);
}

static void
stop(struct end *e)
{
	http_free(e->http);
	loop_free(e->loop);
}

static void
turn_until(struct end *e, unsigned count, unsigned ms)
{
	uint64_t end = clock_mono_ms() + ms;

	while (e->count < count && clock_mono_ms() < end)
		assert_int_equal(loop_step(e->loop, 50, &e->err), RC_OK);
}

/* One call from its beginning to its end, with these options. */
static void
post_with(struct end *e, const char *url, const char *headers, const char *body,
    const struct http_options *o)
{
	start(e);
	assert_int_equal(http_post(e->http, url, span_of(headers), span_of(body), o,
			     note, e, NULL, &e->err),
	    RC_OK);
	assert_int_equal(e->count, 0);
	turn_until(e, 1, 8000);
	assert_int_equal(e->count, 1);
	stop(e);
}

static void
post(struct end *e, const char *path, const char *headers, const char *body)
{
	char url[256];

	snprintf(url, sizeof url, "https://a.test%s", path);
	post_with(e, url, headers, body, &options);
}

/* The first test: libcurl looks at the variable when it starts. */
static void
no_key_is_logged(void **state)
{
	char path[128];
	struct end e;

	(void)state;
	snprintf(path, sizeof path, "%s/keylog", server.folder);
	setenv("SSLKEYLOGFILE", path, 1);
	post(&e, "/status/200", "", "");
	unsetenv("SSLKEYLOGFILE");
	assert_int_equal(e.rc, RC_OK);
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_call_goes_there_and_back(void **state)
{
	struct end e;

	(void)state;
	setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
	post(&e, "/status/200", "", "");
	unsetenv("HTTPS_PROXY");
	assert_int_equal(e.rc, RC_OK); /* nothing listens there: no proxy was asked */
	post(&e, "/echo", "X-One: 1\r\nAuthorization: AWS4 x\r\n", "a=b");
	assert_int_equal(e.rc, RC_OK);
	assert_int_equal(e.status, 200);
	assert_non_null(strstr(e.body, "POST /echo\n"));
	assert_non_null(strstr(e.body, "\nx-one: 1\n"));
	assert_non_null(strstr(e.body, "\nhost: a.test\n"));
	assert_non_null(strstr(e.body, "\nauthorization: AWS4 x\n"));
	assert_null(strstr(e.body, "\naccept"));
	assert_null(strstr(e.body, "\nexpect"));
	assert_non_null(strstr(e.body, "\n\na=b"));
}

struct asked {
	struct end end;
	struct http_call *call;
	char type[64], long_[64], none[64];
};

static void
look_at_head(
    void *arg, enum rc rc, unsigned status, struct span body, const struct err *err)
{
	struct asked *a = arg;

	span_copy(http_header(a->call, "CONTENT-length"), a->type, sizeof a->type);
	span_copy(http_header(a->call, "X-Long"), a->long_, sizeof a->long_);
	span_copy(http_header(a->call, "Content"), a->none, sizeof a->none);
	note(&a->end, rc, status, body, err);
}

static void
headers_of_the_answer_are_found(void **state)
{
	static const struct {
		bool keep;
		const char *length;
	} rows[] = { { true, "10" }, { false, "" } };
	struct http_options o = options;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct asked a = { .type = "-", .long_ = "-", .none = "-" };

		o.keep_head = rows[i].keep;
		start(&a.end);
		assert_int_equal(
		    http_ask(a.end.http, HTTP_GET, "https://a.test/status/200",
			span_of(""), span_of(""), &o, look_at_head, &a, &a.call,
			&a.end.err),
		    RC_OK);
		turn_until(&a.end, 1, 8000);
		assert_int_equal(a.end.rc, RC_OK);
		assert_string_equal(a.type, rows[i].length);
		assert_string_equal(a.none, "");
		assert_string_equal(a.long_, "");
		/* What stands twice is nothing. */
		a.end.count = 0;
		assert_int_equal(
		    http_ask(a.end.http, HTTP_GET, "https://a.test/head/16000",
			span_of(""), span_of(""), &o, look_at_head, &a, &a.call,
			&a.end.err),
		    RC_OK);
		turn_until(&a.end, 1, 8000);
		assert_string_equal(a.long_, "");
		stop(&a.end);
	}
}

static void
note_if_too_long(
    void *arg, enum rc rc, unsigned status, struct span body, const struct err *err)
{
	struct asked *a = arg;

	snprintf(a->type, sizeof a->type, "%s",
	    http_too_long(a->call) ? "too long" : "fits");
	note(&a->end, rc, status, body, err);
}

static void
what_is_too_long_says_so(void **state)
{
	static const struct {
		const char *url, *says;
	} rows[] = { { "https://a.test/body/2001", "too long" },
		{ "https://a.test/body/2000", "fits" },
		{ "https://a.test/close", "fits" } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct asked a = { .type = "-" };

		start(&a.end);
		assert_int_equal(http_ask(a.end.http, HTTP_GET, rows[i].url,
				     span_of(""), span_of(""), &options,
				     note_if_too_long, &a, &a.call, &a.end.err),
		    RC_OK);
		turn_until(&a.end, 1, 8000);
		assert_string_equal(a.type, rows[i].says);
		stop(&a.end);
	}
}

/* Its length is that of what a GET would bring, and no bound stands in its way. */
static void
a_head_has_no_body(void **state)
{
	struct http_options o = options;
	struct asked a = { .type = "-" };

	(void)state;
	o.keep_head = true;
	start(&a.end);
	assert_int_equal(
	    http_ask(a.end.http, HTTP_HEAD, "https://a.test/body/2001", span_of(""),
		span_of(""), &o, look_at_head, &a, &a.call, &a.end.err),
	    RC_OK);
	turn_until(&a.end, 1, 8000);
	assert_int_equal(a.end.rc, RC_OK);
	assert_int_equal(a.end.status, 200);
	assert_int_equal(a.end.len, 0);
	assert_string_equal(a.type, "2001");
	assert_int_equal(
	    http_ask(a.end.http, HTTP_HEAD, "https://a.test/echo", span_of(""),
		span_of("x"), &o, look_at_head, &a, &a.call, &a.end.err),
	    RC_REFUSE);
	stop(&a.end);
}

static void
the_path_stays_as_it_is(void **state)
{
	struct end e;

	(void)state;
	post(&e, "/status/204/../x", "", "");
	assert_int_equal(e.rc, RC_OK);
	assert_int_equal(e.status, 204);
}

static void
every_status_is_an_answer(void **state)
{
	struct end e;

	(void)state;
	post(&e, "/status/503", "", "");
	assert_int_equal(e.rc, RC_OK);
	assert_int_equal(e.status, 503);
	assert_string_equal(e.body, "status 503");
	post(&e, "/redirect", "", "");
	assert_int_equal(e.status, 301);
}

static void
long_answers_are_refused(void **state)
{
	struct end e;

	(void)state;
	post(&e, "/body/2000", "", "");
	assert_int_equal(e.rc, RC_OK);
	assert_int_equal(e.len, 2000);
	post(&e, "/body/2001", "", "");
	assert_int_equal(e.rc, RC_REFUSE);
	assert_string_equal(e.err.text, "the answer is too long");
	assert_int_equal(e.len, 0);
	post(&e, "/head/80000", "", "");
	assert_int_equal(e.rc, RC_REFUSE);
	assert_string_equal(e.err.text, "the answer is too long");
}

static void
broken_answers_can_be_tried_again(void **state)
{
	static const char *const paths[] = { "/close", "/cut" };
	struct end e;

	(void)state;
	for (size_t i = 0; i < ROWS(paths); i++) {
		post(&e, paths[i], "", "");
		assert_int_equal(e.rc, RC_RETRY);
		assert_int_equal(e.status, 0);
		assert_int_equal(e.len, 0);
	}
	post(&e, "/garbage", "", "");
	assert_int_equal(e.rc, RC_REFUSE);
}

static void
a_call_has_its_time(void **state)
{
	struct http_options o = options;
	uint64_t begin = clock_mono_ms();
	struct end e;

	(void)state;
	o.timeout_ms = 300;
	post_with(&e, "https://a.test/slow", "", "", &o);
	assert_int_equal(e.rc, RC_RETRY);
	assert_string_equal(e.err.text, "no answer in time");
	assert_in_range(clock_mono_ms() - begin, 250, 5000);
}

/* A port where nothing listens: bound, so that nobody else takes it. */
static void
nobody_there(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct http_options o = options;
	char closed[64];
	const char *list[] = { closed };
	struct end e;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(closed, sizeof closed, "a.test:443:127.0.0.1:%u", ntohs(a.sin_port));
	o.connect_to = list;
	post_with(&e, "https://a.test/", "", "", &o);
	assert_int_equal(e.rc, RC_RETRY);
	assert_string_equal(e.err.text, "no connection");
	close(fd);
}

/* libcurl keeps what it read of the file, for a day if it is let. */
static void
a_ca_taken_out_of_the_file_is_believed_no_more(void **state)
{
	static const char url[] = "https://a.test/close";
	struct http_options o = options;
	char pem[128], text[8192];
	FILE *from = fopen(server.ca, "r"), *to;
	struct end e;
	size_t n;

	(void)state;
	snprintf(pem, sizeof pem, "%s/changing.pem", server.folder);
	o.ca_file = pem;
	assert_non_null(from);
	n = fread(text, 1, sizeof text, from);
	fclose(from);
	start(&e);
	for (unsigned i = 1; i <= 2; i++) {
		to = fopen(pem, "w");
		assert_non_null(to);
		assert_int_equal(fwrite(text, 1, i == 1 ? n : 0, to), i == 1 ? n : 0);
		assert_int_equal(fclose(to), 0);
		assert_int_equal(http_post(e.http, url, span_of(""), span_of(""), &o,
				     note, &e, NULL, &e.err),
		    RC_OK);
		turn_until(&e, i, 8000);
		assert_int_equal(e.count, i);
		/* Closed without an answer: it came as far as that. */
		assert_int_equal(e.rc, i == 1 ? RC_RETRY : RC_FAIL);
	}
	stop(&e);
	unlink(pem);
}

static void
strangers_are_not_believed(void **state)
{
	struct http_options o = options;
	char other[64];
	const char *list[] = { other };
	struct end e;

	(void)state;
	o.ca_file = NULL; /* the system's CAs do not know the test's */
	post_with(&e, "https://a.test/echo", "Authorization: secret\r\n", "", &o);
	assert_int_equal(e.rc, RC_REFUSE);
	assert_string_equal(e.err.text, "its certificate is not trusted");
	o.ca_file = "/nonexistent/ca.pem";
	post_with(&e, "https://a.test/echo", "", "", &o);
	assert_int_equal(e.rc, RC_FAIL);
	/* 127.0.0.1 shows no certificate for a name that it does not serve. */
	o = options;
	snprintf(other, sizeof other, "example.com:443:127.0.0.1:%u", server.port);
	o.connect_to = list;
	post_with(&e, "https://example.com/echo", "", "", &o);
	assert_int_not_equal(e.rc, RC_OK);
}

static void
what_may_not_be_sent_is_refused(void **state)
{
	static const struct {
		const char *url, *headers;
	} bad[] = { { "http://a.test/", "" }, { "ftp://a.test/", "" },
		{ "file:///etc/passwd", "" }, { "HTTPS://a.test/", "" },
		{ "https://a.test/", "X: 1" }, { "https://a.test/", "X\r\n" },
		{ "https://a.test/", ": 1\r\n" }, { "https://a.test/", "X: 1\n2\r\n" },
		{ "https://a.test/", "X: 1\r\n\r\n" },
		{ "https://a.test/", "X: \x7F\r\n" } };
	struct http_options o = options;
	struct end e;

	(void)state;
	start(&e);
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(http_post(e.http, bad[i].url, span_of(bad[i].headers),
				     span_of(""), &options, note, &e, NULL, &e.err),
		    RC_REFUSE);
	o.timeout_ms = 0;
	assert_int_equal(http_post(e.http, "https://a.test/", span_of(""), span_of(""),
			     &o, note, &e, NULL, &e.err),
	    RC_REFUSE);
	o.timeout_ms = HTTP_TIMEOUT_MAX + 1;
	assert_int_equal(http_post(e.http, "https://a.test/", span_of(""), span_of(""),
			     &o, note, &e, NULL, &e.err),
	    RC_REFUSE);
	o = options;
	o.max_body = HTTP_BODY_MAX + 1;
	assert_int_equal(http_post(e.http, "https://a.test/", span_of(""), span_of(""),
			     &o, note, &e, NULL, &e.err),
	    RC_REFUSE);
	turn_until(&e, 1, 100);
	assert_int_equal(e.count, 0);
	stop(&e);
}

static void
ask_echo(struct end *e, enum http_method method, const char *headers, const char *body)
{
	start(e);
	assert_int_equal(
	    http_ask(e->http, method, "https://a.test/echo", span_of(headers),
		span_of(body), &options, note, e, NULL, &e->err),
	    RC_OK);
	turn_until(e, 1, 8000);
	assert_int_equal(e->rc, RC_OK);
	stop(e);
}

static void
there_are_other_methods(void **state)
{
	struct end e;

	(void)state;
	ask_echo(&e, HTTP_GET, "X-One: 1\r\n", "");
	assert_non_null(strstr(e.body, "GET /echo\n"));
	assert_non_null(strstr(e.body, "\nx-one: 1\n"));
	assert_null(strstr(e.body, "\ncontent-"));
	ask_echo(&e, HTTP_PUT, "", "");
	assert_non_null(strstr(e.body, "PUT /echo\n"));
	assert_non_null(strstr(e.body, "\ncontent-length: 0\n"));
	assert_null(strstr(e.body, "\ncontent-type:"));
	ask_echo(&e, HTTP_PUT, "Content-Type: x/y\r\n", "a=b");
	assert_non_null(strstr(e.body, "\ncontent-type: x/y\n"));
	assert_non_null(strstr(e.body, "\n\na=b"));
	start(&e);
	assert_int_equal(http_ask(e.http, HTTP_GET, "https://a.test/echo", span_of(""),
			     span_of("x"), &options, note, &e, NULL, &e.err),
	    RC_REFUSE);
	stop(&e);
}

static void
without_tls_only_nearby_and_if_wanted(void **state)
{
	struct http_options o = options;
	struct end e;

	(void)state;
	start(&e);
	assert_int_equal(http_ask(e.http, HTTP_GET, "http://127.0.0.1:1/", span_of(""),
			     span_of(""), &o, note, &e, NULL, &e.err),
	    RC_REFUSE);
	o.plain = true;
	assert_int_equal(http_ask(e.http, HTTP_GET, "http://a.test/", span_of(""),
			     span_of(""), &o, note, &e, NULL, &e.err),
	    RC_REFUSE);
	assert_int_equal(http_ask(e.http, HTTP_GET, "http://127.0.0.1:1/", span_of(""),
			     span_of(""), &o, note, &e, NULL, &e.err),
	    RC_OK);
	turn_until(&e, 1, 8000);
	assert_int_equal(e.rc, RC_RETRY); /* nobody is there */
	stop(&e);
}

static void
many_at_once_and_a_bound(void **state)
{
	struct http_call *first = NULL;
	struct end e;

	(void)state;
	start(&e);
	for (unsigned i = 0; i < HTTP_CALLS_MAX; i++)
		assert_int_equal(http_post(e.http, "https://a.test/status/200",
				     span_of(""), span_of(""), &options, note, &e,
				     first == NULL ? &first : NULL, &e.err),
		    RC_OK);
	assert_int_equal(http_post(e.http, "https://a.test/", span_of(""), span_of(""),
			     &options, note, &e, NULL, &e.err),
	    RC_RETRY);
	http_cancel(first);
	http_cancel(NULL);
	turn_until(&e, HTTP_CALLS_MAX - 1, 60000);
	(void)loop_step(e.loop, 50, &e.err);
	assert_int_equal(e.count, HTTP_CALLS_MAX - 1);
	assert_int_equal(e.rc, RC_OK);
	stop(&e);
}

static void
callbacks_may_call_and_free(void **state)
{
	struct end e;

	(void)state;
	start(&e);
	e.again = true;
	assert_int_equal(http_post(e.http, "https://a.test/status/200", span_of(""),
			     span_of(""), &options, note, &e, NULL, &e.err),
	    RC_OK);
	turn_until(&e, 2, 8000);
	assert_int_equal(e.status, 201);
	e.free_it = true;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		    http_post(e.http, "https://a.test/status/202", span_of(""),
			span_of(""), &options, note, &e, NULL, &e.err),
		    RC_OK);
	turn_until(&e, 3, 8000);
	assert_null(e.http);
	turn_until(&e, 4, 300);
	assert_int_equal(e.count, 3); /* the other two were dropped */
	loop_free(e.loop);
}

static int
open_server(void **state)
{
	static const char *const argv[] = { "@", NULL };

	(void)state;
	server_open(&server, "https_script.py", argv, NULL);
	snprintf(connect_to, sizeof connect_to, "a.test:443:127.0.0.1:%u", server.port);
	options = (struct http_options){ .connect_to = connect_list,
		.n_connect_to = 1,
		.ca_file = server.ca,
		.timeout_ms = 5000,
		.max_body = 2000 };
	return 0;
}

static int
close_server(void **state)
{
	(void)state;
	server_close(&server);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_is_logged),
		cmocka_unit_test(a_call_goes_there_and_back),
		cmocka_unit_test(headers_of_the_answer_are_found),
		cmocka_unit_test(what_is_too_long_says_so),
		cmocka_unit_test(a_head_has_no_body),
		cmocka_unit_test(the_path_stays_as_it_is),
		cmocka_unit_test(every_status_is_an_answer),
		cmocka_unit_test(long_answers_are_refused),
		cmocka_unit_test(broken_answers_can_be_tried_again),
		cmocka_unit_test(a_call_has_its_time),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(strangers_are_not_believed),
		cmocka_unit_test(a_ca_taken_out_of_the_file_is_believed_no_more),
		cmocka_unit_test(what_may_not_be_sent_is_refused),
		cmocka_unit_test(there_are_other_methods),
		cmocka_unit_test(without_tls_only_nearby_and_if_wanted),
		cmocka_unit_test(many_at_once_and_a_bound),
		cmocka_unit_test(callbacks_may_call_and_free),
	};

	return cmocka_run_group_tests(tests, open_server, close_server);
}
