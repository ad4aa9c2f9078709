/* Signs of life on a connection on which nothing moves for long: what the kernel does for
 * all of it, and what SSH does while somebody waits for people.
 *
 * A keepalive keeps the connection in the tables of the boxes on its way.  A client that
 * is only suspended does not answer it and lives on: what tells a dead machine is that
 * its TCP acknowledges nothing.
 */
#ifndef BROKER_FRONT_KEEPALIVE_H
#define BROKER_FRONT_KEEPALIVE_H

#include <libssh/libssh.h>
#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"

/* Between two keepalives. */
#define KEEPALIVE_MS 30000
/* Without an acknowledgement for so long, a machine that is sent some is dead. */
#define KEEPALIVE_DEAD_MS 120000

struct keepalive;

/* sock and ssh are borrowed; a socket that is no TCP is left as it is.  On RC_OK *ret is
 * yours: keepalive_free().  RC_FAIL: memory. */
enum rc keepalive_new(
    struct loop *l, int sock, ssh_session ssh, struct keepalive **ret, struct err *err);
/* NULL is fine. */
void keepalive_free(struct keepalive *k);

/* Send one if it is time; waits: somebody waits for people.  From the turn, never from a
 * callback of libssh's.  NULL is fine. */
void keepalive_step(struct keepalive *k, bool waits);

#endif
