/* Rows of text in aligned columns, the same on a terminal and in a pipe.
 *
 * Rows are gathered until table_flush: the columns are as wide as the widest cell so
 * far, and never become narrower.
 */
#ifndef REPLAY_TABLE_H
#define REPLAY_TABLE_H

#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define TABLE_COLUMNS 12

struct table_column {
	const char *title;
	enum { TABLE_LEFT, TABLE_RIGHT } side;
};

struct table;

/* n columns of 1 to TABLE_COLUMNS, borrowed.  On RC_OK *ret is yours: table_free().
 * RC_FAIL: memory. */
enum rc table_new(
    const struct table_column *columns, size_t n, struct table **ret, struct err *err);
/* NULL is fine. */
void table_free(struct table *t);

/* Append to the next cell of the row that is being written: text that was made
 * printable before (text_show).  A NUL, LF or other control character in it is a blank.
 */
void table_put(struct table *t, struct span text);
/* The next cell begins; behind the last one, the next row. */
void table_next(struct table *t);

/* Write all whole rows to f and forget them; the titles stand before the first row.
 * RC_FAIL: memory, at any time since table_new; f does not take them. */
enum rc table_flush(struct table *t, FILE *f, struct err *err);

#endif
