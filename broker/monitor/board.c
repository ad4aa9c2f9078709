/* What a list shows and what is chosen in it; see board.h. */
#include "broker/monitor/board_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* The beginning of it, escaped, as much as there is room for. */
static void
keep(char *room, size_t size, const char *text)
{
	size_t len = strlen(text);
	struct buf b;

	buf_init(&b, 4 * size);
	text_escape(&b, span_make(text, len < size ? len : size));
	snprintf(room, size, "%s", buf_cstr(&b));
	buf_clear(&b);
}

enum rc
board_new(const char *person, struct board **ret, struct err *err)
{
	struct board *b = calloc(1, sizeof *b);

	if (b == NULL)
		return err_memory(err);
	keep(b->person, sizeof b->person, person);
	b->columns = 80;
	b->rows = 24;
	b->torn = true;
	buf_init(&b->details, BOARD_DETAILS_MAX);
	*ret = b;
	return RC_OK;
}

void
board_free(struct board *b)
{
	if (b == NULL)
		return;
	buf_clear(&b->details);
	free(b->lines);
	free(b);
}

static unsigned
side(uint32_t n, unsigned most, unsigned before)
{
	return n == 0 ? before : n < most ? n : most;
}

void
board_resize(struct board *b, uint32_t columns, uint32_t rows)
{
	b->columns = side(columns, BOARD_COLUMNS_MAX, b->columns);
	b->rows = side(rows, BOARD_ROWS_MAX, b->rows);
	b->torn = true;
}

void
board_print(struct buf *out, struct span text, bool lines)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		if ((c >= ' ' && c < 0x7f) || (lines && c == '\n'))
			buf_u8(out, c);
		else
			buf_printf(out, "\\x%02X", c);
	}
}

static void
take_line(struct line *to, const struct board_line *from)
{
	*to = (struct line){
		.until_ms = from->until_ms, .yes = from->yes, .need = from->need
	};
	keep(to->id, sizeof to->id, from->id);
	keep(to->who, sizeof to->who, from->who);
	keep(to->text, sizeof to->text, from->text);
}

static bool
has(const struct board *b, const char *id, size_t *at)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->lines[i].id, id) == 0) {
			*at = i;
			return true;
		}
	return false;
}

/* The same one stays chosen; if it is gone, what stands in its place. */
static void
choose_again(struct board *b)
{
	if (has(b, b->chosen, &b->at))
		return;
	if (b->at >= b->n)
		b->at = b->n > 0 ? b->n - 1 : 0;
	snprintf(b->chosen, sizeof b->chosen, "%s", b->n > 0 ? b->lines[b->at].id : "");
}

enum rc
board_fill(struct board *b, const struct board_line *lines, size_t n, struct err *err)
{
	struct line *kept = calloc(n + 1, sizeof *kept);
	size_t at;

	if (kept == NULL)
		return err_memory(err);
	for (size_t i = 0; i < n; i++)
		take_line(&kept[i], &lines[i]);
	free(b->lines);
	b->lines = kept;
	b->n = n;
	choose_again(b);
	/* Nothing is asked about what has been decided meanwhile. */
	if (b->asking != ASK_NOTHING && !has(b, b->about, &at)) {
		b->asking = ASK_NOTHING;
		snprintf(b->said, sizeof b->said, "%s is no longer pending", b->about);
	}
	return RC_OK;
}

void
board_details(struct board *b, const char *id, struct span text)
{
	if (b->detailed[0] == '\0' || strcmp(b->detailed, id) != 0)
		return;
	buf_reset(&b->details);
	board_print(&b->details, text, true);
	if (!buf_ok(&b->details)) {
		buf_reset(&b->details);
		buf_text(&b->details, "too long to be shown here");
	}
}

const char *
board_detailed(const struct board *b)
{
	return b->detailed[0] != '\0' ? b->detailed : NULL;
}

void
board_say(struct board *b, struct span text)
{
	struct buf s;

	while (text.len > 0 && text.p[text.len - 1] == '\n')
		text.len--;
	if (text.len > SAY_MOST / 4 - 1)
		text.len = SAY_MOST / 4 - 1;
	buf_over(&s, b->said, sizeof b->said);
	board_print(&s, text, false);
	(void)buf_cstr(&s);
}
