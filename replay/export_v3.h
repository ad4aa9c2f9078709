/* The recording as an asciicast of version 3: times are intervals, the terminal's size
 * stands in "term".  Intervals are differences of microseconds, so that nothing drifts.
 */
#ifndef REPLAY_EXPORT_V3_H
#define REPLAY_EXPORT_V3_H

#include "lib/base/err.h"
#include "replay/source.h"

/* Write source to fd, from its first line to its end; codes as export_cast. */
enum rc export_v3(struct source *source, int fd, struct err *err);

#endif
