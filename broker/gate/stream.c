/* Sockets with and without TLS; see stream.h. */
#include "broker/gate/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>

struct stream {
	int fd;
	SSL *ssl;
	struct leaf *leaf;
	short waits;
	bool strict; /* must holds */
	char must[LEAF_NAME], name[LEAF_NAME];
	struct err why; /* of a certificate that there is none of */
};

static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, outlen, ours, sizeof ours - 1, in, inlen) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

enum rc
stream_context(SSL_CTX **ret, struct err *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1) {
		SSL_CTX_free(ctx);
		return err_set(err, RC_FAIL, "TLS for clients");
	}
	/* A resumed session would bring its old name along. */
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					   SSL_OP_NO_COMPRESSION |
					   SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	*ret = ctx;
	return RC_OK;
}

enum rc
stream_open_take(int fd, struct stream **ret, struct err *err)
{
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL) {
		close(fd);
		return err_memory(err);
	}
	s->fd = fd;
	s->waits = POLLIN;
	*ret = s;
	return RC_OK;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	SSL_free(s->ssl);
	close(s->fd);
	free(s);
}

int
stream_fd(const struct stream *s)
{
	return s->fd;
}

short
stream_waits(const struct stream *s)
{
	return s->waits;
}

bool
stream_is_tls(const struct stream *s)
{
	return s->ssl != NULL;
}

const char *
stream_name(const struct stream *s)
{
	return s->name;
}

static enum rc
socket_failed(struct stream *s, short waits, struct err *err)
{
	s->waits = waits;
	if (errno == EAGAIN || errno == EINTR)
		return RC_WAIT;
	if (errno == ECONNRESET || errno == EPIPE)
		return RC_END;
	return err_errno(err, RC_FAIL, "a client's socket");
}

enum rc
stream_peek(struct stream *s, uint8_t *ret, struct err *err)
{
	ssize_t n = recv(s->fd, ret, 1, MSG_PEEK);

	if (n < 0)
		return socket_failed(s, POLLIN, err);
	return n == 0 ? RC_END : RC_OK;
}

/* ---- TLS ---- */

static enum rc
tls_failed(struct stream *s, int r, struct err *err)
{
	switch (SSL_get_error(s->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		s->waits = POLLIN;
		return RC_WAIT;
	case SSL_ERROR_WANT_WRITE:
		s->waits = POLLOUT;
		return RC_WAIT;
	case SSL_ERROR_WANT_X509_LOOKUP:
		/* Only the leaf's coming wakes it, and the peer's leaving. */
		s->waits = 0;
		return RC_WAIT;
	case SSL_ERROR_ZERO_RETURN:
		return RC_END;
	case SSL_ERROR_SYSCALL:
		return errno == 0 ? RC_END : socket_failed(s, POLLIN, err);
	default:
		return err_set(err, RC_REFUSE, "TLS: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
	}
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

/* OpenSSL asks for the certificate, once the client's first message is read. */
static int
choose_certificate(SSL *ssl, void *arg)
{
	struct stream *s = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	STACK_OF(X509) *chain = NULL;
	X509 *cert = NULL;
	enum rc rc;

	snprintf(s->name, sizeof s->name, "%s", name != NULL ? name : "");
	lower(s->name);
	if (s->strict && strcmp(s->name, s->must) != 0) {
		err_set(&s->why, RC_REFUSE,
		    "the TLS handshake asks for another name than CONNECT");
		return 0;
	}
	rc = leaf_find(s->leaf, s->name[0] != '\0' ? s->name : "127.0.0.1", &cert,
	    &chain, &s->why);
	if (rc == RC_WAIT)
		return -1;
	return rc == RC_OK &&
	       SSL_use_cert_and_key(ssl, cert, leaf_key(s->leaf), chain, 1) == 1;
}

enum rc
stream_secure(struct stream *s, SSL_CTX *ctx, struct leaf *leaf, const char *must,
    struct err *err)
{
	if ((s->ssl = SSL_new(ctx)) == NULL || SSL_set_fd(s->ssl, s->fd) != 1)
		return err_set(err, RC_FAIL, "TLS for a client");
	s->leaf = leaf;
	s->strict = must != NULL;
	if (must != NULL)
		snprintf(s->must, sizeof s->must, "%s", must);
	SSL_set_accept_state(s->ssl);
	SSL_set_cert_cb(s->ssl, choose_certificate, s);
	s->waits = POLLIN;
	return RC_OK;
}

enum rc
stream_handshake(struct stream *s, struct err *err)
{
	enum rc rc;
	int r;

	ERR_clear_error();
	errno = 0;
	if ((r = SSL_do_handshake(s->ssl)) == 1)
		return RC_OK;
	rc = tls_failed(s, r, err);
	if (rc == RC_REFUSE && s->why.text[0] != '\0')
		return err_set(err, RC_REFUSE, "%s", s->why.text);
	return rc;
}

/* ---- bytes ---- */

enum rc
stream_read(struct stream *s, uint8_t *p, size_t room, size_t *n, struct err *err)
{
	ssize_t got;
	int r;

	if (s->ssl == NULL) {
		if ((got = recv(s->fd, p, room, 0)) < 0)
			return socket_failed(s, POLLIN, err);
		*n = (size_t)got;
		return got == 0 ? RC_END : RC_OK;
	}
	ERR_clear_error();
	errno = 0;
	if ((r = SSL_read_ex(s->ssl, p, room, n)) == 1)
		return RC_OK;
	return tls_failed(s, r, err);
}

enum rc
stream_write(struct stream *s, struct span bytes, size_t *n, struct err *err)
{
	ssize_t put;
	int r;

	if (s->ssl == NULL) {
		if ((put = send(s->fd, bytes.p, bytes.len, MSG_NOSIGNAL)) < 0)
			return socket_failed(s, POLLOUT, err);
		*n = (size_t)put;
		return RC_OK;
	}
	ERR_clear_error();
	errno = 0;
	if ((r = SSL_write_ex(s->ssl, bytes.p, bytes.len, n)) == 1)
		return RC_OK;
	return tls_failed(s, r, err);
}

void
stream_shut(struct stream *s)
{
	ERR_clear_error();
	if (s->ssl != NULL && SSL_is_init_finished(s->ssl))
		(void)SSL_shutdown(s->ssl);
	(void)shutdown(s->fd, SHUT_WR);
}
