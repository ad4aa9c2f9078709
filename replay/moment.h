/* A time in a recording, as people name it. */
#ifndef REPLAY_MOMENT_H
#define REPLAY_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

enum moment_from {
	MOMENT_START, /* us after the start */
	MOMENT_END,   /* us before the end */
	MOMENT_WALL,  /* us since 1970 */
};

struct moment {
	enum moment_from from;
	uint64_t us;
};

/* Read seconds ("90", "1.5"), "1:30" or "1:01:30.5"; each with a "-" in front counts
 * back from the end; or a time of RFC 3339, "2026-11-21T08:15:00Z", with an offset in
 * place of Z or a blank in place of T.  RC_REFUSE for anything else, and past
 * thirty years. */
enum rc moment_parse(const char *text, struct moment *ret, struct err *err);

/* Microseconds since the start of a recording that began at start_ms (0: not known) and
 * lasts end_us (needed for MOMENT_END alone).  What lies before the start is the start.
 * RC_FAIL: a wall time, and the start is not known. */
enum rc moment_us(const struct moment *m, uint64_t start_ms, uint64_t end_us,
    uint64_t *ret, struct err *err);

#endif
