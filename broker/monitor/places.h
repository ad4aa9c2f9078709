/* Where Broker keeps its things.
 *
 * Built from the compile-time folders, or below a root folder of one's own, so that a
 * second broker or a test runs beside the first without a privilege.
 */
#ifndef BROKER_MONITOR_PLACES_H
#define BROKER_MONITOR_PLACES_H

#include "lib/base/err.h"

struct places {
	char *root;	/* "" without --root */
	char *etc;	/* ROOT/etc/broker */
	char *config;	/* …/broker.yaml */
	char *policies; /* …/policies */
	char *state;	/* ROOT/var/lib/broker */
	char *database; /* …/broker.db */
	char *spool;	/* …/recordings/spool */
	char *done;	/* …/recordings/done */
	char *keys;	/* …/keys */
	char *log;	/* …/log */
	char *run;	/* ROOT/run/broker */
	char *control;	/* …/control.sock */
	char *home;	/* …/empty: the commands' home */
};

/* root: the folder of --root, absolute or relative to the working folder (it must then
 * exist no more than an absolute one: nothing is looked up), or NULL.  On RC_OK *ret is
 * yours: places_free().  RC_REFUSE when root is empty or holds "..", or when a path or
 * the socket's name gets too long for the system. */
enum rc places_new(const char *root, struct places **ret, struct err *err);
/* NULL is fine. */
void places_free(struct places *p);

/* A path from configuration: absolute ones stay, others are below the root ("/" without
 * --root).  "{etc}/…" and "{keys}/…" stand for those places.  The text is yours;
 * NULL when out of memory. */
char *places_path(const struct places *p, const char *path);

#endif
