/* One SQLite file with our schema, and its prepared statements: what the rows' code in
 * sqlite.c stands on. */
#ifndef BROKER_STORE_SQL_H
#define BROKER_STORE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct sql {
	sqlite3 *db;
	const char *const *texts; /* n statements, borrowed */
	size_t n;
	sqlite3_stmt **st; /* the same, prepared */
};

/* Open DIR/broker.db, or make it with the schema, and prepare the statements.  The file
 * is in WAL mode and synced at each commit.  RC_REFUSE: another program's file or
 * another version; RC_FAIL: I/O, memory.  q is to be closed in either case. */
enum rc sql_open(struct sql *q, const char *dir, const char *const *texts, size_t n,
    struct err *err);
/* Fine after a failed open, and on a zeroed struct. */
void sql_close(struct sql *q);

/* Bind for the next use only; what s points at must live as long.  An empty span is
 * empty, not NULL. */
void sql_text(sqlite3_stmt *st, int i, struct span s);
void sql_blob(sqlite3_stmt *st, int i, struct span s);
void sql_u64(sqlite3_stmt *st, int i, uint64_t v);

/* Columns of the present row.  Spans live until the row is left. */
struct span sql_span(sqlite3_stmt *st, int i);
uint64_t sql_number(sqlite3_stmt *st, int i);
/* A blob of exactly n bytes; false leaves out as it is. */
bool sql_fixed(sqlite3_stmt *st, int i, uint8_t *out, size_t n);

/* Run bound statement which; its bindings are gone afterwards. */
enum rc sql_run(struct sql *q, unsigned which, struct err *err);
typedef enum rc sql_row_fn(sqlite3_stmt *st, void *arg, struct err *err);
/* Call row for each row; what it answers but RC_OK ends the walk and is returned. */
enum rc sql_each(
    struct sql *q, unsigned which, sql_row_fn *row, void *arg, struct err *err);
/* The same for at most one row: RC_END when there is none. */
enum rc sql_one(
    struct sql *q, unsigned which, sql_row_fn *row, void *arg, struct err *err);

#endif
