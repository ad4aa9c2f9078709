/* JSON bodies, read so that no other reader can find something else in them: UTF-8
 * without a mark at its front, no key twice in an object, no NUL in a text. */
#ifndef BROKER_GATE_JSONBODY_H
#define BROKER_GATE_JSONBODY_H

#include <jansson.h>

#include "broker/gate/refused.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define JSONBODY_DEPTH 64

/* Read one value.  On RC_OK *ret is yours: json_decref().  RC_REFUSE: it is none, too
 * deep, or as above. */
enum rc jsonbody_read(struct span s, json_t **ret, struct refused *why);

/* A scalar's text: a string's bytes, a number's digits, true or false.  Appends to out.
 * False for anything else. */
bool jsonbody_text(const json_t *v, struct buf *out);

#endif
