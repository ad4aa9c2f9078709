/* The front's own words on a client's stderr: lines that begin "broker: ", or objects
 * where the client asked for them. */
#ifndef BROKER_FRONT_SAY_H
#define BROKER_FRONT_SAY_H

#include <stdbool.h>

#include "lib/base/buf.h"

/* How this client is spoken to. */
struct say {
	bool json;
	bool pty; /* its terminal is raw: a line ends with CR LF */
};

/* Append text as it is, but for its line ends. */
void say_text(struct buf *out, struct say how, struct span text);

/* Append one line: "broker: TEXT", or {"broker":{"event":EVENT,"reason":TEXT}}. */
void say_event(struct buf *out, struct say how, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Append what another process of ours wants said: lines that are complete already stay,
 * a bare phrase becomes an event. */
void say_word(struct buf *out, struct say how, const char *event, struct span text);

/* Append the object that ends stderr; nothing unless how.json. */
void say_exit(struct buf *out, struct say how, unsigned status, bool ran);

#endif
