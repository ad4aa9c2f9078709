/* META, the plaintext of chunk 0: the asciicast header that players see, with all that
 * is secret about a session in its `hoop` object. */
#ifndef RECORDER_META_H
#define RECORDER_META_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define META_JSON_MAX 98304 /* bytes of a JSON object given as text */
#define META_TEXT_MAX 1024  /* bytes of a title or label; more are cut off */

struct meta {
	uint32_t width, height;
	uint64_t timestamp;
	const char *title; /* NULL: none */
	const char *term;  /* NULL: none */
	const char *json;  /* the `hoop` object */
};

/* Append the line, with its LF.  RC_REFUSE: json is no object, or a text no UTF-8. */
enum rc meta_put(const struct meta *m, struct buf *out, struct err *err);

/* RC_OK if text is one JSON object without duplicate keys, at most META_JSON_MAX bytes;
 * *ret, if not NULL, is then the caller's to json_decref. */
enum rc meta_object(const char *text, json_t **ret, struct err *err);

/* Append a text from anywhere, cut to META_TEXT_MAX bytes and made printable. */
void meta_text(struct buf *out, const char *text);

#endif
