/* A client's socket: plain at first, TLS when it is told so.  Never blocks.
 *
 * TLS 1.2 and later, http/1.1 alone, no resumption, no renegotiation; the certificate
 * is that of the name that the client asks for.
 */
#ifndef BROKER_GATE_STREAM_H
#define BROKER_GATE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/ssl.h>

#include "broker/gate/leaf.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

struct stream;

/* The settings of all TLS streams; yours: SSL_CTX_free(). */
enum rc stream_context(SSL_CTX **ret, struct err *err);

/* fd does not block; taken, also on failure.  On RC_OK *ret is yours: stream_free(). */
enum rc stream_open_take(int fd, struct stream **ret, struct err *err);
/* NULL is fine. */
void stream_free(struct stream *s);
int stream_fd(const struct stream *s);

/* The first byte, which stays to be read.  RC_WAIT; RC_END; RC_FAIL. */
enum rc stream_peek(struct stream *s, uint8_t *ret, struct err *err);

/* Speak TLS from here on.  must: the name that the client has to ask for; NULL: any
 * that leaf has a certificate for, and without a name "127.0.0.1".  Borrows leaf and
 * must (copied).  RC_FAIL. */
enum rc stream_secure(struct stream *s, SSL_CTX *ctx, struct leaf *leaf,
    const char *must, struct err *err);
/* RC_OK: done.  RC_WAIT: for stream_waits(), or for a leaf.  RC_REFUSE: the wrong name,
 * no certificate, or no TLS.  RC_END; RC_FAIL. */
enum rc stream_handshake(struct stream *s, struct err *err);
bool stream_is_tls(const struct stream *s);
/* The name that was asked for; "" for none. */
const char *stream_name(const struct stream *s);

/* As much as there is, at most room (RC_OK: *n > 0).  RC_WAIT; RC_END; RC_FAIL. */
enum rc stream_read(
    struct stream *s, uint8_t *p, size_t room, size_t *n, struct err *err);
/* A part of it, *n > 0.  RC_WAIT; RC_END: the client is gone; RC_FAIL. */
enum rc stream_write(struct stream *s, struct span bytes, size_t *n, struct err *err);
/* What the last RC_WAIT waits for: POLLIN or POLLOUT. */
short stream_waits(const struct stream *s);
/* Say that nothing more will come. */
void stream_shut(struct stream *s);

#endif
