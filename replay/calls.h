/* The API calls of a recording, put together from their events: what was begun and how
 * it ended, what was refused, and what else happened to the session.
 *
 * Calls overlap, and their ends come in any order; rows come out in the order of their
 * beginnings.  A recording may hold anything: what waits here is bounded.
 */
#ifndef REPLAY_CALLS_H
#define REPLAY_CALLS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/* Rows that wait; bytes of event text that they came from.  Past either, rows come out
 * although their end was not seen yet. */
#define CALLS_MOST 4096
#define CALLS_BYTES (32u << 20)

enum calls_kind {
	CALLS_MADE,    /* "aws.call", and its "aws.done" */
	CALLS_REFUSED, /* "aws.refused" */
	CALLS_NOTE,    /* "limit", "notice", and what else happened to the session */
};

struct calls_row {
	enum calls_kind kind;
	uint64_t us;   /* since the beginning of the recording */
	json_t *event; /* its first event; NULL: an end without a beginning */
	json_t *done;  /* the end of a call; NULL: none was recorded */
};

struct calls;

/* On RC_OK *ret is yours: calls_free().  RC_FAIL: memory. */
enum rc calls_new(struct calls **ret, struct err *err);
/* NULL is fine. */
void calls_free(struct calls *c);

/* An event of size bytes of text, an object that is kept if it is of these kinds;
 * others are passed over.  Bodies are not looked at.  RC_FAIL: memory. */
enum rc calls_add(
    struct calls *c, uint64_t us, json_t *event, size_t size, struct err *err);

/* The oldest row, if it is complete, or too much waits, or all is set: true, and what
 * it holds is yours to json_decref. */
bool calls_take(struct calls *c, bool all, struct calls_row *ret);

#endif
