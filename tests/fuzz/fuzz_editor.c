/* Any bytes as what a client types: lines of valid text within their bound, and nothing
 * drawn but plain text and sequences of the editor's own. */
#include <stdlib.h>
#include <string.h>

#include "broker/session/editor.h"
#include "lib/base/text.h"
#include "policies/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool what)
{
	if (!what)
		abort();
}

static void
check_line(struct span s)
{
	uint32_t cp;
	unsigned n;

	demand(s.len <= SHELL_LINE);
	for (; s.len > 0; s = span_make(s.p + n, s.len - n)) {
		n = text_char(s, &cp);
		demand(n > 0 && (text_plain(cp) || cp == '\t'));
	}
}

static void
check_drawn(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		demand(s.p[i] >= 0x20 || strchr("\r\n\b\a\033", s.p[i]) != NULL);
		if (s.p[i] == 0x1b)
			demand(i + 1 < s.len && s.p[i + 1] == '[');
	}
	demand(text_utf8(s));
}

/* The first two bytes are the terminal's size. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char hints[] = "cat -n -v\nsystemctl restart status\n";
	struct editor *e;
	struct buf out;

	if (size < 2)
		return 0;
	demand(editor_new(span_of(hints), data[0], data[1], &e, NULL) == RC_OK);
	buf_init(&out, 1 << 26);
	editor_begin(e, "web-1:/ [gated]$ ", &out);
	for (size_t i = 2; i < size; i++) {
		enum editor_what what = editor_take(e, data[i], &out);

		check_line(editor_line(e));
		while (what != EDITOR_MORE) {
			editor_remember(e, editor_line(e));
			what = editor_begin(e, "$ ", &out);
		}
		check_drawn(buf_span(&out));
		buf_reset(&out);
		if (data[i] == 'R')
			editor_resize(e, data[i - 1], data[1], &out);
	}
	buf_clear(&out);
	editor_free(e);
	return 0;
}
