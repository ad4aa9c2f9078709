/* What a client with a terminal expects of a command that has pipes: a line ends with
 * CR LF, and some control bytes are signals. */
#ifndef BROKER_SESSION_TTY_H
#define BROKER_SESSION_TTY_H

#include "broker/session/conduit.h"

/* A conduit_filter_fn without state (arg is not used): LF becomes CR LF, as a
 * terminal's ONLCR does. */
enum rc tty_output(void *arg, enum writer_stream stream, struct span in, bool end,
    struct buf *out, struct err *err);

enum tty_what {
	TTY_TEXT,      /* bytes for the command */
	TTY_INTERRUPT, /* 0x03 */
	TTY_QUIT,      /* 0x1c */
	TTY_END,       /* 0x04 as the first byte of what was typed: end of input */
};

/* Take the next piece off *in, which is one message from the client.  first: nothing of
 * the message has been taken yet.  For TTY_TEXT *text is the piece, borrowed; *in must
 * not be empty. */
enum tty_what tty_input(struct span *in, bool first, struct span *text);

#endif
