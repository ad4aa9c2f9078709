/* The SSH side of one connection: libssh in message-queue mode on one socket, from the
 * key exchange to the last channel.  Runs until the connection is over. */
#ifndef BROKER_FRONT_SERVER_H
#define BROKER_FRONT_SERVER_H

#include <stdint.h>

#include "broker/front/dummy.h"
#include "lib/base/err.h"

struct server_start {
	int sock;		 /* the client; taken */
	int sign, talk;		 /* our ends of the monitor's pairs; taken */
	int status;		 /* gets one byte at login; taken; or -1 */
	const struct dummy *key; /* borrowed */
	uint32_t channels;	 /* open at once */
	uint32_t login_ms;	 /* until somebody must be logged in */
};

/* Serve.  Each turn re-arms alarm(2) with its default action, death: some input makes
 * libssh spin, and nothing in here takes that long.  RC_END: the client or the
 * monitor has gone, or the login's time is over; err may say why.  RC_REFUSE: the
 * client broke a rule.  RC_FAIL: ours. */
enum rc server_run(const struct server_start *start, struct err *err);

#endif
