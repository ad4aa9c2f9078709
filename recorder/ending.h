/* The end of a recording, looked at alone: is its last line a footer that the session's
 * own key signed, about just this file?
 *
 * Takes the same time however long the file is.  What stands before the footer is the
 * business of proof.h.
 */
#ifndef RECORDER_ENDING_H
#define RECORDER_ENDING_H

#include <stdint.h>

#include "lib/base/err.h"

struct ending {
	uint64_t file_len;
	uint8_t h[32];	 /* chain value at file_len, as the session signed it */
	uint8_t status;	 /* enum seal_status */
	uint64_t chunks; /* as the footer counts them */
};

/* Look at fd (borrowed) with pread.  sid and spk: the session, and the key that was
 * certified for it.  RC_REFUSE when the file does not end so, with the reason; RC_FAIL
 * for I/O or memory. */
enum rc ending_look(int fd, const uint8_t sid[16], const uint8_t spk[32],
    struct ending *ret, struct err *err);

#endif
