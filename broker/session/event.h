/* The JSON texts that a session writes into its recording. */
#ifndef BROKER_SESSION_EVENT_H
#define BROKER_SESSION_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "broker/session/census.h"
#include "broker/session/masks.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

/* Lines of a shell. */
struct event_lines {
	unsigned allowed, asked, denied;
};

/* How a session went: the summary. */
struct event_close {
	const char *meta;   /* as event_meta made it */
	const char *reason; /* "exited", "signalled", "never started", or why stopped */
	const char *text;   /* more of it, or NULL; may be hostile */
	uint8_t how;	    /* enum msg_how */
	uint8_t code;
	uint64_t duration_ms;
	uint64_t stdout_bytes, stderr_bytes, stdin_bytes;
	uint8_t stdin_sha256[32];
	uint64_t events, chunks;	 /* without this one */
	const struct census *calls;	 /* of AWS; NULL: none */
	const struct event_lines *lines; /* NULL: it was one command */
	const struct masks *masks;	 /* NULL: nothing was */
};

/* How the recording is made. */
struct event_recorder {
	const char *compression;
	uint32_t chunk; /* bytes of plaintext in one, about */
	const char *durability, *class_;
	bool hide_size, shred;
	uint64_t quota; /* bytes; 0: none */
	/* The two clocks, read in one moment. */
	uint64_t wall_ms, mono_ms;
};

/* A string that shows what s is, whatever its bytes; yours.  NULL: out of memory. */
json_t *event_shown(const char *s);
/* Dump and release j, which may be NULL for want of memory; *ret is yours to free(). */
enum rc event_finish_take(json_t *j, char **ret, struct err *err);

/* Each gives one JSON object, yours to free().  RC_FAIL: memory.  RC_REFUSE: meta is
 * not one JSON object. */

/* What the broker says of the session, with "recorder" and "clock" beside it: META. */
enum rc event_meta(
    const char *json, const struct event_recorder *r, char **ret, struct err *err);
/* {"t":"session.open","sid":…} */
enum rc event_open(const uint8_t sid[16], char **ret, struct err *err);
/* The "command" event, from what META says of the command: its members argv, command,
 * verdict, rule, policy, digest, hold, approvers and approvals, where it has them. */
enum rc event_command(const char *meta_json, char **ret, struct err *err);
/* A "limit" or "notice" event: type says which. */
enum rc event_stop(
    const char *type, const char *why, const char *text, char **ret, struct err *err);
/* {"t":"mask","rule":…,"count":…} */
enum rc event_mask(const char *rule, uint64_t count, char **ret, struct err *err);
/* {"t":"session.close",…}: how it ended and what was in it.  A META that is no object has
 * no approvers. */
enum rc event_close(const struct event_close *e, char **ret, struct err *err);

#endif
