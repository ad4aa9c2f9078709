/* A session's calls as text: the lines before, a table with a row a call, the lines
 * behind.  All that comes from the recording is made printable. */
#ifndef REPLAY_REPORT_H
#define REPLAY_REPORT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/calls.h"

#define REPORT_TIME 32
/* Seconds: a recording that began later would leave the calendar. */
#define REPORT_START_MOST 252000000000

/* "2026-11-21T08:15:00Z": us after start_ms; empty when start_ms is 0, not known. */
void report_time(uint64_t start_ms, uint64_t us, char ret[REPORT_TIME]);

/* Lines "name: value": who ran what when, by which rule, approved by whom.  hoop: the
 * member of META, or NULL; what it lacks is left out. */
void report_session(const json_t *hoop, uint64_t start_ms, struct buf *out);
/* How it ended, close being its last event or NULL; and how many calls it made. */
void report_end(const json_t *close, size_t made, size_t refused, struct buf *out);

struct report;

/* The table; hoop is borrowed.  On RC_OK *ret is yours: report_free().  RC_FAIL. */
enum rc report_new(
    const json_t *hoop, uint64_t start_ms, struct report **ret, struct err *err);
/* NULL is fine. */
void report_free(struct report *r);
/* Append a row. */
void report_row(struct report *r, const struct calls_row *row);
/* As table_flush. */
enum rc report_flush(struct report *r, FILE *f, struct err *err);

#endif
