/* What `broker policy` prints for people: bytes of strangers never reach a terminal as
 * they are. */
#ifndef BROKER_CLI_POLICYSAY_H
#define BROKER_CLI_POLICYSAY_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* "broker: TEXT" on stderr; the exit status for rc. */
int policysay_error(enum rc rc, const struct err *err);
/* Print a text: hostile bytes escaped, newlines too. */
void policysay_text(const char *text);
void policysay_bytes(struct span s);
/* "FILE:LINE:COLUMN: what" as a line for people, or as an object {KIND: what, "file",
 * "line", "column"}; the place is left out where the text has none.  kind is "error",
 * "warning" or "failed". */
void policysay_finding(bool json, const char *kind, const char *text);
/* A text as JSON: what is no UTF-8 is shown escaped.  NULL when out of memory. */
json_t *policysay_value(struct span s);
/* The same; null for an empty text. */
json_t *policysay_value_or_null(const char *s);
/* An object as a line of JSON on stdout; takes it, NULL is trouble that is told. */
void policysay_json_take(json_t *o);

#endif
