/* A recording's events, one after the other, drawn on a terminal as they come. */
#ifndef REPLAY_SCENE_H
#define REPLAY_SCENE_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/event.h"
#include "replay/source.h"
#include "replay/terminal.h"

struct scene;

/* Read the header of source, of which nothing was read before.  source is borrowed, on
 * copied.  On RC_OK *ret is yours: scene_close().  RC_REFUSE: not an asciicast of
 * version 2 or 3, or false; RC_FAIL: I/O, memory. */
enum rc scene_open(struct source *source, const struct terminal_on *on,
    struct scene **ret, struct err *err);
/* NULL is fine. */
void scene_close(struct scene *r);

/* Read the next event into *e (event_clear() it; us is the time since the start, also
 * of version 3), and draw it: the terminal calls back meanwhile.  RC_END after the
 * last.  RC_REFUSE with the line: false or malformed; RC_FAIL: I/O, memory, or a signal
 * asks to stop. */
enum rc scene_next(struct scene *r, struct event *e, struct err *err);
/* The same in two steps: read, and draw what was read. */
enum rc scene_skip(struct scene *r, struct event *e, struct err *err);
enum rc scene_draw(struct scene *r, const struct event *e, struct err *err);

/* The header; borrowed. */
const json_t *scene_header(const struct scene *r);
struct terminal *scene_terminal(const struct scene *r);
/* Milliseconds since 1970 when it began; 0: not known. */
uint64_t scene_start_ms(const struct scene *r);
/* The time of the event that was read last, also while it is drawn. */
uint64_t scene_us(const struct scene *r);
/* The command that runs, printable, as the last event that names one says; empty:
 * none.  Borrowed until the next event. */
struct span scene_command(const struct scene *r);

/* "0:01:02.345" of a time since the start. */
#define SCENE_CLOCK 32
void scene_clock(uint64_t us, char ret[SCENE_CLOCK]);

#endif
