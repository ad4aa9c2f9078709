/* Checkpoints are left in folders that others fetch them from: DIR/BROKER.checkpoint is
 * the newest, DIR/BROKER.checkpoints has a line for each (checkpoint.h).
 *
 * A thread of its own writes them: such a folder may lie on a file system that hangs, and
 * nobody shall wait for that.
 */
#ifndef BROKER_KEEPER_DROP_H
#define BROKER_KEEPER_DROP_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/checkpoint.h"

#define DROP_MOST 8 /* folders */

struct drop;

/* dirs: n folders that exist.  broker: its name; a slash in it becomes %2F.  RC_REFUSE:
 * no such folder, or too many. */
enum rc drop_open(const char *const *dirs, size_t n, const char *broker,
    struct drop **ret, struct err *err);
/* Wait up to two seconds for what is under way.  NULL is fine. */
void drop_close(struct drop *d);
/* Start the thread: behind everything that confines the process.  Before it, drop_put
 * only gathers. */
enum rc drop_start(struct drop *d, struct err *err);
/* Leave this checkpoint, whose text this is; NULL is fine.  Trouble is logged, once
 * until it has passed. */
void drop_put(struct drop *d, const struct checkpoint *c, struct span text);

#endif
