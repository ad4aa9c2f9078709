/* What happened in a session, for a list that people choose from: marks, commands,
 * calls, what was refused. */
#ifndef REPLAY_CONTENTS_H
#define REPLAY_CONTENTS_H

#include <jansson.h>

#include "lib/base/err.h"
#include "replay/event.h"

#define CONTENTS_MOST 20000    /* rows */
#define CONTENTS_TEXT_MOST 512 /* bytes of each, before they are made printable */

struct contents;

/* On RC_OK *ret is yours: contents_free().  RC_FAIL: memory. */
enum rc contents_new(struct contents **ret, struct err *err);
/* NULL is fine. */
void contents_free(struct contents *c);

/* Note what e says; most events say nothing.  RC_FAIL: memory. */
enum rc contents_add(struct contents *c, const struct event *e, struct err *err);

/* [{"at": seconds, "kind": "mark|command|call|refused|limit|notice", "text": …}],
 * borrowed; texts are printable. */
json_t *contents_list(const struct contents *c);
/* How many more there were. */
uint64_t contents_more(const struct contents *c);

#endif
