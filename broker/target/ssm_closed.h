/* The payload of channel_closed: why the service ended the session. */
#ifndef BROKER_TARGET_SSM_CLOSED_H
#define BROKER_TARGET_SSM_CLOSED_H

#include "lib/base/buf.h"

#define SSM_CLOSED_MAX 65536u /* longer payloads are not read */

/* Append the text for the user to out, up to what out holds: bytes of strangers, to be
 * made printable before they are shown.  False where the payload cannot be read: the
 * session is over all the same. */
bool ssm_closed_read(struct span payload, struct buf *out);

#endif
