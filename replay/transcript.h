/* A session as text: every line that was on its screen, once, and the last screen. */
#ifndef REPLAY_TRANSCRIPT_H
#define REPLAY_TRANSCRIPT_H

#include <stdio.h>

#include "lib/base/err.h"
#include "replay/source.h"

/* Read source from its first byte to its end and write to f.  What the alternate screen
 * held when it was left stands between two lines that say so.  All is printable UTF-8.
 * RC_REFUSE: what follows is false or malformed (the place is in err); RC_FAIL: I/O,
 * memory, or a signal asks to stop. */
enum rc transcript_run(struct source *source, FILE *f, struct err *err);

#endif
