/* A list's keys and its frames: whatever is typed and whatever holds say, a frame is
 * printable but for sequences of ours, and what is wanted is wanted of a hold that is
 * there. */
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/board.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_frame(struct board *b)
{
	struct buf out;
	size_t n;

	buf_init(&out, 1 << 20);
	(void)board_clear(b, &out);
	board_draw(b, 1, &out);
	if (!buf_ok(&out))
		abort();
	for (size_t i = 0; i < out.len; i++) {
		if (out.p[i] == 033) {
			/* A position, reverse video, or clear: digits, then one letter. */
			n = strspn(buf_cstr(&out) + i + 1, "[0123456789;");
			i += n + 1;
			if (n < 1 || memchr("HmJ", out.p[i], 3) == NULL)
				abort();
		} else if (out.p[i] < ' ' || out.p[i] > '~')
			abort();
	}
	buf_clear(&out);
}

static void
type(struct board *b, struct span typed, const char *text)
{
	struct board_act act;

	while (typed.len > 0) {
		board_type(b, &typed, &act);
		if (act.want == BOARD_DETAILS)
			board_details(b, act.id, span_of(text));
		if (act.want > BOARD_LEAVE && strcmp(act.id, "7F3K-Q2MX") != 0 &&
		    strcmp(act.id, "2222-3333") != 0)
			abort();
		if (strlen(act.reason) > BOARD_REASON)
			abort();
	}
}

/* Columns, rows, the length of a text; the text; keys. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board *b = NULL;
	struct err err;
	char text[256] = "";
	size_t n;

	if (size < 3 || board_new("alice", &b, &err) != RC_OK)
		return 0;
	board_resize(b, data[0], data[1] / 4);
	n = data[2] < size - 3 ? data[2] : size - 3;
	memcpy(text, data + 3, n);
	for (size_t at = 3 + n; at < size; at += 16) {
		const struct board_line lines[] = {
			{ "7F3K-Q2MX", text, text, 900000, 0, 1 },
			{ "2222-3333", "ci", text, 0, 1, 2 },
		};
		size_t left = size - at < 16 ? size - at : 16;

		if (board_fill(b, lines, data[at] % 3, &err) != RC_OK)
			break;
		check_frame(b);
		type(b, span_make(data + at, left), text);
		board_say(b, span_of(text));
		check_frame(b);
	}
	board_free(b);
	return 0;
}
