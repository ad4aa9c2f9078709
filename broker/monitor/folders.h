/* The folders that brokerd makes before it gives root away, with their owners and
 *modes.
 *
 * As one unprivileged uid, state and keys are 0700.  As root with service users they
 *are root's, so that no service can put another folder in their place:
 *
 *	state	01775, group the keeper's: it makes the database and recordings there
 *(both closed to others), and cannot move what is not its own
 *	keys	0755: the monitor reads recipients in it again and again
 *
 * and the device key, a file in it or elsewhere, becomes the keeper's.
 */
#ifndef BROKER_MONITOR_FOLDERS_H
#define BROKER_MONITOR_FOLDERS_H

#include <stdbool.h>

#include "broker/monitor/places.h"
#include "broker/monitor/services.h"
#include "lib/base/err.h"

/* Make what is missing, and set owner and mode of what is there.  RC_FAIL: the system's
 * reason, with the folder. */
enum rc folders_make(
    const struct places *p, const struct service_users *u, struct err *err);

/* As root: the device key must be a plain file of root's or the keeper's with one link,
 * closed to all others, in a folder that only root can change (else RC_REFUSE); then it
 * is given to the keeper, if give.  Unprivileged: nothing is done, the keeper looks
 * itself. */
enum rc folders_device_key(
    const char *path, const struct service_users *u, bool give, struct err *err);

#endif
