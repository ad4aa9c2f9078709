/* A recording as its events, one after the other, with their times since the beginning:
 * asciicast versions 2 and 3 look the same from here on.
 */
#ifndef REPLAY_REEL_H
#define REPLAY_REEL_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "replay/event.h"
#include "replay/source.h"

#define REEL_SIDE_MOST 65535	     /* columns, rows */
#define REEL_START_MOST 252000000000 /* seconds: a later start leaves the calendar */

struct reel;

/* Over a source of which nothing was read yet; it is borrowed.  On RC_OK *ret is yours:
 * reel_free().  RC_FAIL: memory. */
enum rc reel_new(struct source *source, struct reel **ret, struct err *err);
/* NULL is fine. */
void reel_free(struct reel *r);

/* Read the header, if that was not done; reel_next does so by itself.  RC_REFUSE: not
 * the header of an asciicast of version 2 or 3; RC_WAIT: not yet there. */
enum rc reel_head(struct reel *r, struct err *err);
/* What it says; borrowed.  Only after reel_head. */
const json_t *reel_header(const struct reel *r);
unsigned reel_version(const struct reel *r);
/* The size of the terminal, 1 to REEL_SIDE_MOST; 80 x 24 where it is not said. */
void reel_size(const struct reel *r, unsigned *columns, unsigned *rows);
/* Milliseconds since 1970; 0: not known. */
uint64_t reel_start_ms(const struct reel *r);

/* The next event; e->us counts from the beginning, and never goes back.  On RC_OK
 * event_clear() frees what e holds.  RC_END, RC_WAIT as source_line; RC_REFUSE with the
 * line's number; RC_FAIL. */
enum rc reel_next(struct reel *r, struct event *e, struct err *err);
/* The same, but of events with another code than this only time and code are looked at;
 * their data is empty. */
enum rc reel_skim(struct reel *r, char code, struct event *e, struct err *err);
/* Before the first event again. */
enum rc reel_rewind(struct reel *r, struct err *err);

/* Read "COLSxROWS", each 1 to REEL_SIDE_MOST: an r event.  False if it is not that. */
bool reel_parse_size(struct span text, unsigned *columns, unsigned *rows);

#endif
