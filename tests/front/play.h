/* Scripted commands: what a session process would do on its DATA pair. */
#ifndef TESTS_FRONT_PLAY_H
#define TESTS_FRONT_PLAY_H

#include <stdbool.h>

#include "lib/base/loop.h"

struct play;

/* True when the line is one that play_open_take can perform. */
bool play_knows(const char *line);

/* Perform line on sock (taken).  The play frees itself when the front has gone, and
 * prints what came to pass. */
void play_open_take(struct loop *l, int sock, const char *line);

/* Plays that are still on. */
unsigned play_count(void);

#endif
