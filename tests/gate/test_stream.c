#include "tests/support/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/x509v3.h>

#include "broker/gate/stream.h"

/* Both ends: ours, and a client of OpenSSL's. */
struct ends {
	struct stream *s;
	SSL_CTX *server, *client;
	SSL *ssl;
	struct leaf *leaf;
	int fd;
};

static void
open_ends(struct ends *e)
{
	struct err err = { "" };
	int pair[2];

	memset(e, 0, sizeof *e);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
	    0);
	e->fd = pair[1];
	assert_int_equal(stream_open_take(pair[0], &e->s, &err), RC_OK);
	assert_int_equal(stream_fd(e->s), pair[0]);
	assert_int_equal(stream_context(&e->server, &err), RC_OK);
	assert_int_equal(leaf_new(NULL, NULL, &e->leaf, &err), RC_OK);
	assert_non_null(e->client = SSL_CTX_new(TLS_client_method()));
	assert_non_null(e->ssl = SSL_new(e->client));
	SSL_set_fd(e->ssl, e->fd);
}

static void
close_ends(struct ends *e)
{
	SSL_free(e->ssl);
	SSL_CTX_free(e->client);
	SSL_CTX_free(e->server);
	stream_free(e->s);
	leaf_free(e->leaf);
	if (e->fd >= 0)
		close(e->fd);
}

/* Until our side is through or has failed. */
static enum rc
shake(struct ends *e, const char *name, const char *must, struct err *err)
{
	enum rc rc;

	if (name != NULL)
		SSL_set_tlsext_host_name(e->ssl, name);
	assert_int_equal(stream_secure(e->s, e->server, e->leaf, must, err), RC_OK);
	assert_true(stream_is_tls(e->s));
	for (int i = 0; i < 20; i++) {
		(void)SSL_connect(e->ssl);
		if ((rc = stream_handshake(e->s, err)) != RC_WAIT)
			return rc;
	}
	return RC_WAIT;
}

static void
test_plain(void **state)
{
	struct err err = { "" };
	struct ends e;
	uint8_t room[16];
	size_t n = 0;

	(void)state;
	open_ends(&e);
	assert_false(stream_is_tls(e.s));
	assert_int_equal(stream_peek(e.s, room, &err), RC_WAIT);
	assert_int_equal(stream_read(e.s, room, sizeof room, &n, &err), RC_WAIT);
	assert_int_equal(stream_waits(e.s), POLLIN);
	assert_int_equal(write(e.fd, "CON", 3), 3);
	assert_int_equal(stream_peek(e.s, room, &err), RC_OK);
	assert_int_equal(room[0], 'C');
	assert_int_equal(stream_read(e.s, room, sizeof room, &n, &err), RC_OK);
	assert_int_equal(n, 3);
	assert_int_equal(stream_write(e.s, span_of("hello"), &n, &err), RC_OK);
	assert_int_equal(n, 5);
	stream_shut(e.s);
	assert_int_equal(read(e.fd, room, sizeof room), 5);
	assert_int_equal(read(e.fd, room, sizeof room), 0);
	close(e.fd);
	e.fd = -1;
	assert_int_equal(stream_peek(e.s, room, &err), RC_END);
	assert_int_equal(stream_read(e.s, room, sizeof room, &n, &err), RC_END);
	assert_int_equal(stream_write(e.s, span_of("x"), &n, &err), RC_END);
	close_ends(&e);
}

static void
test_tls(void **state)
{
	static const unsigned char protocols[] = "\x02h2\x08http/1.1";
	const unsigned char *chosen;
	struct err err = { "" };
	struct ends e;
	uint8_t room[16];
	unsigned len;
	size_t n = 0;
	X509 *x;

	(void)state;
	open_ends(&e);
	SSL_set_alpn_protos(e.ssl, protocols, sizeof protocols - 1);
	assert_int_equal(
	    shake(&e, "STS.amazonaws.com", "sts.amazonaws.com", &err), RC_OK);
	assert_string_equal(stream_name(e.s), "sts.amazonaws.com");
	assert_int_equal(SSL_connect(e.ssl), 1);
	SSL_get0_alpn_selected(e.ssl, &chosen, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(chosen, "http/1.1", 8);
	x = SSL_get1_peer_certificate(e.ssl);
	assert_int_equal(X509_check_host(x, "sts.amazonaws.com", 0, 0, NULL), 1);
	X509_free(x);
	assert_int_equal(SSL_write(e.ssl, "ping", 4), 4);
	assert_int_equal(stream_read(e.s, room, sizeof room, &n, &err), RC_OK);
	assert_int_equal(n, 4);
	assert_int_equal(stream_read(e.s, room, sizeof room, &n, &err), RC_WAIT);
	assert_int_equal(stream_write(e.s, span_of("pong"), &n, &err), RC_OK);
	assert_int_equal(SSL_read(e.ssl, room, sizeof room), 4);
	/* No way back to an earlier session. */
	assert_int_equal(SSL_SESSION_is_resumable(SSL_get_session(e.ssl)), 0);
	SSL_shutdown(e.ssl);
	assert_int_equal(stream_read(e.s, room, sizeof room, &n, &err), RC_END);
	close_ends(&e);
}

static void
test_names(void **state)
{
	static const struct {
		const char *asked, *must;
		enum rc rc;
	} rows[] = {
		{ "s3.amazonaws.com", "sts.amazonaws.com", RC_REFUSE },
		{ NULL, "sts.amazonaws.com", RC_REFUSE },
		{ "sts.amazonaws.com.", "sts.amazonaws.com", RC_REFUSE },
		{ "a,b", NULL, RC_REFUSE },
		{ "sts.amazonaws.com", NULL, RC_OK },
		{ "localhost", NULL, RC_OK },
		{ NULL, NULL, RC_OK },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		struct ends e;

		open_ends(&e);
		if (shake(&e, rows[i].asked, rows[i].must, &err) != rows[i].rc)
			fail_msg("row %zu: %s", i, err.text);
		close_ends(&e);
	}
}

/* Old versions, another protocol than HTTP/1.1, and what is no TLS. */
static void
test_refused(void **state)
{
	static const unsigned char h2[] = "\x02h2";
	struct err err = { "" };
	struct ends e;

	(void)state;
	open_ends(&e);
	SSL_set_security_level(e.ssl, 0);
	SSL_set_min_proto_version(e.ssl, TLS1_VERSION);
	SSL_set_max_proto_version(e.ssl, TLS1_1_VERSION);
	assert_int_equal(shake(&e, "sts.amazonaws.com", NULL, &err), RC_REFUSE);
	close_ends(&e);
	open_ends(&e);
	SSL_set_alpn_protos(e.ssl, h2, sizeof h2 - 1);
	assert_int_equal(shake(&e, "sts.amazonaws.com", NULL, &err), RC_REFUSE);
	close_ends(&e);
	open_ends(&e);
	assert_int_equal(write(e.fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	assert_int_equal(stream_secure(e.s, e.server, e.leaf, NULL, &err), RC_OK);
	assert_int_equal(stream_handshake(e.s, &err), RC_REFUSE);
	close_ends(&e);
	open_ends(&e);
	close(e.fd);
	e.fd = -1;
	assert_int_equal(stream_secure(e.s, e.server, e.leaf, NULL, &err), RC_OK);
	assert_int_equal(stream_handshake(e.s, &err), RC_END);
	close_ends(&e);
}

static enum rc
ask(void *arg, uint32_t number, const char *host, struct span key, struct err *err)
{
	(void)number;
	(void)host;
	(void)key;
	(void)err;
	*(int *)arg += 1;
	return RC_OK;
}

/* A leaf that is awaited: the handshake waits with it, and no longer. */
static void
test_awaited(void **state)
{
	struct err err = { "" };
	struct ends e;
	int asked = 0;

	(void)state;
	open_ends(&e);
	leaf_free(e.leaf);
	assert_int_equal(leaf_new(ask, &asked, &e.leaf, &err), RC_OK);
	assert_int_equal(shake(&e, "localhost", NULL, &err), RC_WAIT);
	assert_int_equal(asked, 1);
	assert_int_equal(stream_waits(e.s), 0);
	assert_int_equal(leaf_answer(e.leaf, 1, span_of(""), &err), RC_OK);
	assert_int_equal(stream_handshake(e.s, &err), RC_REFUSE);
	close_ends(&e);
}

/* A client that does not read: we wait, and lose nothing. */
static void
test_full(void **state)
{
	static uint8_t big[1u << 20];
	size_t n, sent = 0, got = 0;
	struct err err = { "" };
	struct ends e;
	enum rc rc;
	int r;

	(void)state;
	open_ends(&e);
	assert_int_equal(shake(&e, "localhost", NULL, &err), RC_OK);
	assert_int_equal(SSL_connect(e.ssl), 1);
	while ((rc = stream_write(
		    e.s, span_make(big + sent, sizeof big - sent), &n, &err)) == RC_OK)
		sent += n;
	assert_int_equal(rc, RC_WAIT);
	assert_int_equal(stream_waits(e.s), POLLOUT);
	while (got < sizeof big) {
		if ((r = SSL_read(e.ssl, big, sizeof big)) > 0)
			got += (size_t)r;
		if (sent < sizeof big &&
		    stream_write(e.s, span_make(big + sent, sizeof big - sent), &n,
			&err) == RC_OK)
			sent += n;
	}
	assert_int_equal(got, sizeof big);
	close_ends(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_awaited),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
