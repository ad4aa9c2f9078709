/* The head of an HTTP/1.1 request, read strictly: what is decided and what is sent on
 * must be the same bytes, so that whatever two readers could read differently is
 * refused (RFC 9112, sections 2 to 6, without its leniences).
 *
 * Refused: a bare CR or LF, an empty line in front, a folded line, space before a
 * colon, a method that is no token, an absolute form, a fragment, any header twice, both
 * lengths at once, another coding than "chunked", "Connection" naming headers, Upgrade,
 * control or non-ASCII bytes.
 */
#ifndef BROKER_GATE_HEAD_H
#define BROKER_GATE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/sigv4_canon.h"

#define HEAD_BYTES 65536 /* a head is no longer than that */
#define HEAD_HEADERS 128 /* and has no more headers */
#define HEAD_METHOD 16
#define HEAD_NAME 256 /* of a host */

struct head;

enum head_body {
	HEAD_NONE,    /* neither length: no body */
	HEAD_LENGTH,  /* head_length() bytes follow (perhaps 0) */
	HEAD_CHUNKED, /* "Transfer-Encoding: chunked" */
};

/* Read a head at the front of bytes.  RC_OK: *ret is yours (it owns a copy), *used
 * tells how many bytes it took.  RC_WAIT: no whole head yet, and it may still become
 * one.  RC_REFUSE: it is none, or over a bound.  RC_FAIL: memory. */
enum rc head_read(struct span bytes, struct head **ret, size_t *used, struct err *err);
/* Wipe and free; NULL is fine. */
void head_free(struct head *h);

/* All borrowed until head_free. */
const char *head_method(const struct head *h);
/* CONNECT in authority form; HTTP/1.0 is taken for it alone.  The name is in lower
 * case and holds letters, digits, '-', '.' only. */
bool head_connect(const struct head *h, const char **name, uint16_t *port);
/* As on the wire; empty for CONNECT.  The path begins with '/'; the query is without
 * its '?'. */
struct span head_path(const struct head *h);
struct span head_query(const struct head *h);
/* The Host header: name in lower case and port (0: none was named). */
const char *head_host(const struct head *h);
uint16_t head_port(const struct head *h);

/* In order of appearance; values trimmed. */
const struct sigv4_header *head_headers(const struct head *h, size_t *n);
/* How many headers have this name, any case (0 or 1); value takes its value, borrowed,
 * and is untouched when there is none.  value may be NULL. */
size_t head_find(const struct head *h, const char *name, struct span *value);

enum head_body head_body(const struct head *h);
uint64_t head_length(const struct head *h); /* HEAD_LENGTH only, else 0 */
/* "Expect: 100-continue" (any other expectation is refused by head_read). */
bool head_expects(const struct head *h);
/* The client will send another request on this connection. */
bool head_keeps(const struct head *h);

#endif
