/* The root folder of a command in a sandbox: nearly nothing, and nearly all of it cannot
 * be written.
 *
 *	/usr, /lib*, /bin	the host's, read-only
 *	the program's folder	the same, where it is not below /usr
 *	/dev			null, zero, random, urandom
 *	/etc/ld.so.cache	the host's, read-only
 *	/ca.pem			whom to trust: the gate
 *	/home			empty, read-only
 *	/tmp			in memory, bounded in bytes and files
 */
#ifndef BROKER_LAUNCH_ROOT_H
#define BROKER_LAUNCH_ROOT_H

#include <stdint.h>

#include "broker/launch/program.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define ROOT_CA "/ca.pem"
#define ROOT_HOME "/home"
#define ROOT_SCRATCH "/tmp"
#define ROOT_FILES 4096 /* files and folders in /tmp */

/* Make it, and leave the other one for good.  The caller is in a mount namespace of its
 * own, with the rights to mount, and in a folder that serves as a place to mount on.
 * scratch: bytes of /tmp.  Afterwards the working directory is /home.  RC_FAIL with the
 * step's name. */
enum rc root_enter(
    const struct program *program, struct span ca, uint64_t scratch, struct err *err);

#endif
