/* What ran in a session: the command or connection, and every API call of it.
 *
 * As text: a few lines of who, what and by which rule; a table with a line a call; the
 * end.  As JSON: objects, one a line, "t" says of what.
 */
#ifndef REPLAY_COMMANDS_H
#define REPLAY_COMMANDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "lib/base/err.h"
#include "replay/source.h"

/* Read source from its first byte to its end and write to f; rows come while it is
 * read.  proof (borrowed, may be NULL) becomes part of the JSON.  RC_REFUSE: what
 * follows is false or malformed (the place is in err); RC_END: a stop signal; RC_FAIL:
 * I/O, memory. */
enum rc commands_run(
    struct source *source, bool json, json_t *proof, FILE *f, struct err *err);

#endif
