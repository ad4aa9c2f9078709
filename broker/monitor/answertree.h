/* An answer of AWS as one kind of tree, whichever protocol brought it: JSON as it is, of
 * XML each element that holds elements as an object and any other as a text.
 *
 * Where an element stands more than once its name leads to an array; a walk along a path
 * goes through arrays, so that both look the same.  Hostile answers (deep, wide, names
 * twice in JSON, not UTF-8) are refused.
 */
#ifndef BROKER_MONITOR_ANSWERTREE_H
#define BROKER_MONITOR_ANSWERTREE_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define ANSWERTREE_ELEMENTS 32768 /* of XML, or values of JSON */
#define ANSWERTREE_DEPTH 64	  /* of JSON; of XML XML_DEPTH_MAX */

/* Read the whole.  The root's name is not looked at.  On RC_OK *ret is yours.
 * RC_REFUSE: it is none; RC_FAIL: memory. */
enum rc answertree_json(struct span body, json_t **ret, struct err *err);
enum rc answertree_xml(struct span body, json_t **ret, struct err *err);

/* Call see for everything at the end of path, "a.b.c" ("": at itself), until it says
 * false. */
typedef bool answertree_fn(void *arg, const json_t *node);
void answertree_walk(
    const json_t *node, const char *path, answertree_fn *see, void *arg);
/* The first of them, borrowed; NULL for none. */
const json_t *answertree_first(const json_t *node, const char *path);
/* A text, number or truth as text, appended; false for anything else. */
bool answertree_text(const json_t *node, struct buf *out);
/* A whole number from 0 up, also one that is written as a text. */
bool answertree_number(const json_t *node, uint64_t *ret);

#endif
