/* A recording as one page that plays it in a browser, without network. */
#ifndef REPLAY_PAGE_H
#define REPLAY_PAGE_H

#include <jansson.h>
#include <stdio.h>

#include "lib/base/err.h"
#include "replay/source.h"

#define PAGE_MOST (64u << 20) /* bytes of drawn screens, compressed */

/* Read source from its first byte to its end and write the page to f.  proof
 * (borrowed) and its phrase stand in the page's head.
 *
 * No escape sequence reaches the page: the screens are drawn here.  All that comes from
 * the recording stands in base64 blocks; the page's policy lets only our own script and
 * style run, and the script writes text, never markup.  RC_REFUSE: the recording is
 * false or malformed, or too long for a page; RC_FAIL: I/O, memory, or a signal. */
enum rc page_run(struct source *source, const json_t *proof, const char *phrase,
    FILE *f, struct err *err);

#endif
