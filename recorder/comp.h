/* Compression of single pieces, each a frame of its own: zstd, where the build has it.
 * Nothing is shared between frames, so that each chunk opens alone.
 *
 * A frame comes from a recording, which is a stranger's: it names no dictionary, nothing
 * stands behind it, and what comes out has exactly the announced size. */
#ifndef RECORDER_COMP_H
#define RECORDER_COMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define COMP_PLAIN_MAX 1048576 /* bytes that one frame may stand for */

struct comp;

/* This build can.  Without it comp_new gives RC_REFUSE. */
bool comp_there(void);

/* On RC_OK *ret is yours: comp_free().  RC_FAIL: memory.  What compressing needs is taken
 * at the first comp_pack, what expanding needs at the first comp_expand. */
enum rc comp_new(struct comp **ret, struct err *err);
/* NULL is fine.  The library does not wipe: what it worked on stays in freed memory. */
void comp_free(struct comp *c);

/* Compress plain (1 .. COMP_PLAIN_MAX bytes) to `to`, which has room for so many bytes.
 * The length of the frame; 0 if it does not fit, or there is no memory. */
size_t comp_pack(struct comp *c, struct span plain, uint8_t *to, size_t room);

/* True if these bytes begin as a frame does. */
bool comp_framed(struct span s);
/* What a frame says that it expands to; 0 if it does not say, or says more than
 * COMP_PLAIN_MAX, or nothing. */
size_t comp_size(struct span frame);
/* Expand to exactly n bytes (1 .. COMP_PLAIN_MAX) at `to`.  RC_REFUSE: no frame, more
 * than one, a dictionary, a window over COMP_PLAIN_MAX, damage, another size.  RC_FAIL:
 * memory.  `to` may hold part of it then. */
enum rc comp_expand(
    struct comp *c, struct span frame, uint8_t *to, size_t n, struct err *err);

#endif
