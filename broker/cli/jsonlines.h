/* JSON Lines from a descriptor, an object a line, whatever bytes stand in its texts.
 *
 * What JSON cannot carry but somebody may have put there all the same (control bytes,
 * invalid UTF-8, halves of surrogate pairs) does not make a line unreadable: control
 * bytes become themselves, the others the character U+FFFF, which is none and which
 * every reader of command lines refuses.
 */
#ifndef BROKER_CLI_JSONLINES_H
#define BROKER_CLI_JSONLINES_H

#include <jansson.h>
#include <stddef.h>

#include "lib/base/err.h"

#define JSONLINES_LINE (1u << 20) /* bytes of a line, unless more are let */

struct jsonlines;

/* Open a file for reading; "-" is stdin.  On RC_OK *ret is yours to close.  RC_REFUSE:
 * there is none that can be read. */
enum rc jsonlines_open(const char *path, int *ret, struct err *err);
/* Read from fd (borrowed).  before_wait (may be NULL) is called each time before more is
 * read, so that answers do not wait for questions.  On RC_OK *ret is yours:
 * jsonlines_free(). */
enum rc jsonlines_new(int fd, enum rc (*before_wait)(void *arg, struct err *err),
    void *arg, struct jsonlines **ret, struct err *err);
/* Let lines have so many bytes, before the first is read. */
void jsonlines_most(struct jsonlines *l, size_t bytes);
/* NULL is fine. */
void jsonlines_free(struct jsonlines *l);

/* The next line that is not blank.  RC_OK: *ret is an object, yours.  RC_REFUSE: it is
 * none, or too long, or has a key twice; the next call reads on.  RC_END; RC_FAIL. */
enum rc jsonlines_next(struct jsonlines *l, json_t **ret, struct err *err);
/* After RC_REFUSE: the object all the same, if only its keys are at fault; for messages.
 * Borrowed until the next call; else NULL. */
const json_t *jsonlines_refused(const struct jsonlines *l);
/* The number of the line that was read last, from 1. */
size_t jsonlines_number(const struct jsonlines *l);

#endif
