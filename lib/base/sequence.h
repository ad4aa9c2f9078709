/* Which escape sequences of a session may reach the terminal of whoever watches it.
 *
 * A list of what passes, not of what is refused: moving, erasing, colours, scrolling,
 * the other screen.  Nothing that makes a terminal answer, touches its clipboard,
 * title, keyboard, mouse, printer or palette, or erases its scrollback.
 */
#ifndef LIB_BASE_SEQUENCE_H
#define LIB_BASE_SEQUENCE_H

#include <stdbool.h>

#include "lib/base/buf.h"

/* No sequence that passes is longer between its introducer and its final byte. */
#define SEQUENCE_MOST 128

/* Judge one control sequence "ESC [ body final" (ECMA-48 section 5.4); body holds
 * parameter and intermediate bytes.  Appends to out what of it may pass, which can
 * be less (a list of modes loses those that are not allowed) or nothing.  Returns
 * false when anything was taken away. */
bool sequence_csi(struct buf *out, struct span body, uint8_t final);

/* Judge "ESC body final", body being intermediate bytes (ECMA-48 section 5.3).  A full
 * reset passes as a soft one, which leaves the scrollback alone.  Returns as above. */
bool sequence_esc(struct buf *out, struct span body, uint8_t final);

/* True when this "ESC [ body h" or "l" names the alternate screen. */
bool sequence_names_alt(struct span body);

#endif
