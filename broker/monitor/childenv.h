/* The environment of a command: built from nothing, the same for every caller. */
#ifndef BROKER_MONITOR_CHILDENV_H
#define BROKER_MONITOR_CHILDENV_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

struct monitor;

struct childenv {
	struct span_list list; /* "NAME=value", borrowed from text */
	struct buf text;
};

/* Fill *ret for a command in this region.  The keys are the dummies that its gate made
 * up: no credential of AWS ever stands here.  HTTPS_PROXY and AWS_CA_BUNDLE are the
 * launcher's to add.  RC_OK: childenv_clear() it; RC_FAIL: memory. */
enum rc childenv_make(const struct monitor *m, struct span access_key_id,
    struct span secret, const char *region, struct childenv *ret, struct err *err);
/* Wipe and free the text; list is no good any more. */
void childenv_clear(struct childenv *e);

#endif
