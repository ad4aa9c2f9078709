/* The socket on which a command finds its gate. */
#ifndef BROKER_LAUNCH_PROXY_H
#define BROKER_LAUNCH_PROXY_H

#include <stdint.h>

#include "lib/base/err.h"

/* Listen on a free port of 127.0.0.1 in the present network namespace, send that socket
 * as LISTENING over gate (borrowed) and keep no copy.  RC_FAIL with the step's name. */
enum rc proxy_hand_out(int gate, uint16_t *port, struct err *err);

#endif
