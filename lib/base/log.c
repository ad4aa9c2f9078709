/* The log sink; see log.h.  A line is one write(2), so that lines of several
 * processes do not mix. */
#include "lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/text.h"

static const char *log_name = "broker";
static enum log_level log_most = LOG_NOTICE;

void
log_open(const char *name, enum log_level most)
{
	log_name = name;
	log_most = most;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error: ", "", "debug: " };
	char text[1024];
	struct buf b;
	va_list ap;

	if (level > log_most)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_init(&b, 8192);
	buf_printf(&b, "%s[%d]: %s", log_name, (int)getpid(), names[level]);
	text_show(&b, span_of(text));
	buf_u8(&b, '\n');
	if (buf_ok(&b) && write(STDERR_FILENO, b.p, b.len) < 0) {
		/* There is nowhere left to say it. */
	}
	buf_clear(&b);
}
