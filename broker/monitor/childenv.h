/* The environment of a command: built from nothing, the same for every caller. */
#ifndef BROKER_MONITOR_CHILDENV_H
#define BROKER_MONITOR_CHILDENV_H

#include "broker/vault/vault.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

struct monitor;

struct childenv {
	struct span_list list;	/* "NAME=value", borrowed from text */
	struct buf text;
};

/* Fill *ret for a command in this region with this lease.  It holds the lease's secret:
 * childenv_clear() wipes it.  RC_FAIL: memory. */
enum rc childenv_make(const struct monitor *m, const struct lease *lease, const char *region,
    struct childenv *ret, struct err *err);
/* Wipe and free the text; list is no good any more. */
void childenv_clear(struct childenv *e);

#endif
