/* The JSON texts that a session writes into its recording. */
#ifndef BROKER_SESSION_EVENT_H
#define BROKER_SESSION_EVENT_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/wire/msg.h"

/* How a session went: the summary. */
struct event_close {
	const char *reason; /* "exited", "signalled", "never started", or why stopped */
	const char *text;   /* more of it, or NULL; may be hostile */
	uint8_t how;	    /* enum msg_how */
	uint8_t code;
	uint64_t duration_ms;
	uint64_t stdout_bytes, stderr_bytes, stdin_bytes;
	uint8_t stdin_sha256[32];
	uint64_t events, chunks; /* without this one */
};

/* Each gives one JSON object, yours to free().  RC_FAIL: memory.  RC_REFUSE: meta is
 * not one JSON object. */

/* {"t":"session.open","sid":…} */
enum rc event_open(const uint8_t sid[16], char **ret, struct err *err);
/* The "command" event, from what META says of the command: its members argv, command,
 * verdict, rule, policy, digest, hold, approvers and approvals, where it has them. */
enum rc event_command(const char *meta_json, char **ret, struct err *err);
/* A "limit" or "notice" event: type says which. */
enum rc event_stop(
    const char *type, const char *why, const char *text, char **ret, struct err *err);
/* {"t":"session.close",…} */
enum rc event_close(const struct event_close *e, char **ret, struct err *err);

#endif
