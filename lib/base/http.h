/* HTTPS calls out, through one curl multi handle in the loop.
 *
 * HTTPS (plain HTTP where metadata_url() allows it and the caller wants it) and HTTP/1.1
 * only; no proxy, no redirect, no cookie, no stored password, no log
 * of TLS keys, whatever the environment says.  Requests, answers and curl's own memory
 * are wiped when they are freed (what OpenSSL keeps of a connection is not ours to
 * wipe).
 */
#ifndef LIB_BASE_HTTP_H
#define LIB_BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define HTTP_TIMEOUT_MAX 120000u  /* milliseconds */
#define HTTP_BODY_MAX (16u << 20) /* bytes of an answer, whatever the caller says */
#define HTTP_HEAD_MAX 65536u	  /* bytes of an answer's headers */
#define HTTP_CALLS_MAX 256	  /* in flight, or waiting for a connection */

struct loop;
struct http;	  /* the multi handle and its calls */
struct http_call; /* one call in flight */

enum http_method {
	HTTP_POST,
	HTTP_GET, /* body must be empty */
	HTTP_PUT,
	HTTP_HEAD, /* body must be empty; what it says stands in http_header() */
};

struct http_options {
	bool plain; /* also http:// to where metadata_url() allows it */
	/* "HOST:PORT:TO-HOST:TO-PORT" each, as curl's --connect-to: where to connect
	 * instead; the name that the certificate must bear stays HOST. */
	const char *const *connect_to;
	size_t n_connect_to;
	const char *ca_file; /* the only CAs trusted; NULL: the system's */
	unsigned timeout_ms; /* for the whole call, 1 to HTTP_TIMEOUT_MAX */
	size_t max_body;     /* a longer answer is refused; at most HTTP_BODY_MAX */
	bool keep_head;	     /* http_header() will be asked */
	/* Instead of ca_file, for a process that reads no files and changes no descriptor:
	 * says to OpenSSL's SSL_CTX of a connection whom to trust.  The same for all calls
	 * of one handle.  False: the call fails. */
	bool (*trust)(void *trust_arg, void *ssl_ctx);
	void *trust_arg;
};

/* How a call ended, from the loop, once, never from inside http_ask.
 * RC_OK: status is the HTTP status (any) and body the answer, borrowed until return.
 * RC_RETRY: not reached, cut off, or too slow.  RC_REFUSE: the peer is not who it must
 * be (certificate), or its answer is too long or no HTTP.  RC_FAIL: our trouble.
 * In the last three status is 0, body empty, and err says what happened. */
typedef void http_fn(
    void *arg, enum rc rc, unsigned status, struct span body, const struct err *err);

/* On RC_OK *ret is yours: http_free().  l is borrowed for its life. */
enum rc http_new(struct loop *l, struct http **ret, struct err *err);
/* Drops every call in flight without its callback.  May be called in a callback.
 * NULL is fine. */
void http_free(struct http *h);

/* Send body to url.  headers: lines "Name: value\r\n" as sigv4_header() gives them.
 * All is copied.  On RC_OK fn will be called; *ret (may be NULL) is good until then or
 * http_cancel().  RC_REFUSE: url is not https, or http where that is not allowed, a header or an option is ill-formed or
 * out of bounds; RC_RETRY: HTTP_CALLS_MAX calls are in flight; RC_FAIL: memory. */
enum rc http_ask(struct http *h, enum http_method method, const char *url,
    struct span headers, struct span body, const struct http_options *o, http_fn *fn,
    void *arg, struct http_call **ret, struct err *err);
/* The same with HTTP_POST. */
enum rc http_post(struct http *h, const char *url, struct span headers,
    struct span body, const struct http_options *o, http_fn *fn, void *arg,
    struct http_call **ret, struct err *err);
/* Inside fn, of the call that it ends, if keep_head was set: the value of a header of the
 * answer, without blanks around it; borrowed until fn is back.  Empty when there is none
 * of that name (any case), or more than one. */
struct span http_header(const struct http_call *c, const char *name);
/* Inside fn, of the call that it ends: RC_REFUSE since the answer, or its headers, were
 * longer than they may be. */
bool http_too_long(const struct http_call *c);
/* The same for RC_RETRY: nothing of the request was sent, so that nobody can have done
 * what it asks for. */
bool http_unsent(const struct http_call *c);
/* Drop the call without its callback.  NULL is fine. */
void http_cancel(struct http_call *c);

#endif
