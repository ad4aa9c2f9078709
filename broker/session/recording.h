/* The recording of one session: what it says beside the output that the conduit gives.
 */
#ifndef BROKER_SESSION_RECORDING_H
#define BROKER_SESSION_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/wire/msg.h"
#include "recorder/writer.h"
#include "broker/session/event.h"

struct recording;

/* Write lines 0 and 1 into fd (taken, also on failure).  The recipients list is
 * verified again here.  RC_REFUSE: START holds a value that may not stand in a
 * recording. */
enum rc recording_open(
    const struct msg_start *m, int fd, struct recording **ret, struct err *err);
/* Not a close: see writer_free.  NULL is fine. */
void recording_free(struct recording *r);

/* What must be certified. */
void recording_request(const struct recording *r, uint8_t spk[32], uint8_t h1[32]);
/* With the certificate: META and the opening events, durable when it returns.
 * RC_REFUSE: refused by the keeper, or not the device key's signature. */
enum rc recording_certify(
    struct recording *r, const struct msg_sealed *m, struct err *err);
bool recording_certified(const struct recording *r);

/* For the conduit. */
struct writer *recording_writer(struct recording *r);

/* A "limit" or "notice" event. */
enum rc recording_event(struct recording *r, const char *type, const char *why,
    const char *text, struct err *err);

/* One JSON object as an event, and all before it: recorded when it returns. */
enum rc recording_json(struct recording *r, const char *json, struct err *err);
/* A mark, for players; recorded when it returns. */
enum rc recording_mark(struct recording *r, const char *label, struct err *err);
/* A line of ours on the client's stderr: recorded when it returns, so that it may be
 * shown. */
enum rc recording_line(struct recording *r, struct span line, struct err *err);

/* The exit status, where the command ended with one, the summary (META, events and chunks
 * are filled in here), and the footer; all keys are gone afterwards.  A recording that has
 * failed before gets a footer that says so, if its file still takes one. */
enum rc recording_close(struct recording *r, enum seal_status status,
    struct event_close *summary, struct err *err);

/* True once its quota was in the way of something. */
bool recording_over(const struct recording *r);

/* Length, chunks and digest, for ENDED. */
void recording_stats(const struct recording *r, struct writer_stats *ret);

#endif
