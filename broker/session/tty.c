/* A terminal's manners over pipes; see tty.h.  No line editing and no echo: the
 * client's own terminal is raw then, and the command has never had one. */
#include "broker/session/tty.h"

#include <string.h>

#define BYTE_INTERRUPT 0x03
#define BYTE_END 0x04
#define BYTE_QUIT 0x1c

enum rc
tty_output(void *arg, enum writer_stream stream, struct span in, bool end,
    struct buf *out, struct err *err)
{
	(void)arg;
	(void)stream;
	(void)end;
	while (in.len > 0) {
		const uint8_t *lf = memchr(in.p, '\n', in.len);
		size_t n = lf != NULL ? (size_t)(lf - in.p) : in.len;

		buf_put(out, in.p, n);
		if (lf != NULL) {
			buf_put(out, "\r\n", 2);
			n++;
		}
		in = span_make(in.p + n, in.len - n);
	}
	return buf_ok(out) ? RC_OK : err_memory(err);
}

static bool
is_signal(uint8_t byte)
{
	return byte == BYTE_INTERRUPT || byte == BYTE_QUIT;
}

static struct span
cut(struct span *in, size_t n)
{
	struct span head = span_make(in->p, n);

	*in = span_make(in->p + n, in->len - n);
	return head;
}

enum tty_what
tty_input(struct span *in, bool first, struct span *text)
{
	uint8_t byte = in->p[0];
	size_t n = 0;

	if (is_signal(byte)) {
		cut(in, 1);
		return byte == BYTE_QUIT ? TTY_QUIT : TTY_INTERRUPT;
	}
	if (first && byte == BYTE_END) {
		cut(in, 1);
		return TTY_END;
	}
	while (n < in->len && !is_signal(in->p[n]))
		n++;
	*text = cut(in, n);
	return TTY_TEXT;
}
