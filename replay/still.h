/* The screen of a session as it was at one time. */
#ifndef REPLAY_STILL_H
#define REPLAY_STILL_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/base/err.h"
#include "replay/moment.h"
#include "replay/source.h"

/* Read source, of which nothing was read, up to that time, and write the screen to f: a
 * line a row, printable UTF-8, without empty ones at its end; or one JSON object.  A
 * time past the end is the end.  RC_REFUSE: what was read is false or malformed;
 * RC_FAIL: I/O, memory, it has no such time, or a signal asks to stop. */
enum rc still_run(struct source *source, const struct moment *at, bool json, FILE *f,
    struct err *err);

#endif
