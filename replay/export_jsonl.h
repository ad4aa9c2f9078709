/* The recording as JSON, one object an event, for pipelines of logs. */
#ifndef REPLAY_EXPORT_JSONL_H
#define REPLAY_EXPORT_JSONL_H

#include <jansson.h>

#include "lib/base/err.h"
#include "replay/source.h"

/* Write source to fd, from its first line to its end; codes as export_cast.  proof
 * (borrowed, may be NULL) becomes part of the first object. */
enum rc export_jsonl(
    struct source *source, const json_t *proof, int fd, struct err *err);

#endif
