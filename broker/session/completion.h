/* What the Tab key knows: the commands that rules name, and their options.  All of it is
 * here; nobody on the target is asked. */
#ifndef BROKER_SESSION_COMPLETION_H
#define BROKER_SESSION_COMPLETION_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define COMPLETION_LIST 4096 /* bytes of a list of names */

struct completion;

/* hints: a line each, a command, then its options and verbs with blanks between
 * (msg_remote); copied.  Names that would have to be quoted are left out.  The shell's own
 * commands are known beside.  On RC_OK *ret is yours: completion_free().  RC_FAIL:
 * memory. */
enum rc completion_new(struct span hints, struct completion **ret, struct err *err);
/* NULL is fine. */
void completion_free(struct completion *c);

/* What could stand where the cursor is, behind these bytes of the line: how many names
 * there are.  Appends to more what all of them go on with, and a blank if there is but
 * one; and to list the names, a line each, as far as there is room. */
size_t completion_find(
    const struct completion *c, struct span before, struct buf *more, struct buf *list);
/* Append all commands, a line each, as far as there is room. */
void completion_commands(const struct completion *c, struct buf *list);

#endif
