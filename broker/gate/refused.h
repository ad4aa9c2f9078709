/* Why a request goes no further, and the answer that says so in AWS's own form, so
 * that the CLI and the SDKs print the sentence and raise what they raise for AWS.
 *
 * The code is AWS's word ("AccessDenied", "InvalidRequest", "SignatureDoesNotMatch");
 * the sentence is ours, printable ASCII, with the bytes of strangers escaped.
 */
#ifndef BROKER_GATE_REFUSED_H
#define BROKER_GATE_REFUSED_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define REFUSED_CODE 64
#define REFUSED_TEXT 512

struct refused {
	unsigned status;	 /* of HTTP: 400, 403, 413, 501, 503 */
	char code[REFUSED_CODE]; /* AWS's word for it */
	char text[REFUSED_TEXT]; /* a sentence without a full stop */
};

/* Fill why; returns RC_REFUSE.  Too long a sentence is cut.  why may be NULL. */
enum rc refused_set(struct refused *why, unsigned status, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* 400 InvalidRequest, 403 AccessDenied with a sentence: the two most used. */
enum rc refused_bad(struct refused *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
enum rc refused_denied(struct refused *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* 500 InternalError (our own failure); returns RC_FAIL. */
enum rc refused_failed(struct refused *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

enum refused_form {
	REFUSED_PLAIN,	   /* to a proxy's client: text, before any protocol is known */
	REFUSED_S3,	   /* <Error><Code> */
	REFUSED_XML,	   /* query and other REST XML: <ErrorResponse><Error> */
	REFUSED_EC2,	   /* <Response><Errors><Error> */
	REFUSED_JSON,	   /* {"__type": …} */
	REFUSED_REST_JSON, /* x-amzn-errortype and {"message": …} */
};

/* How the answer is sent; may be or-ed. */
#define REFUSED_CLOSE 1u /* say "Connection: close" */
#define REFUSED_HEAD 2u	 /* the request was a HEAD: no body, but its length */

/* Append the whole HTTP/1.1 response.  id: the request id that the client sees, NULL
 * for none.  With status 407 it asks for Basic proxy credentials. */
void refused_answer(const struct refused *why, enum refused_form form, const char *id,
    unsigned how, struct buf *out);

#endif
