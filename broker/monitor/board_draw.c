/* A list's frames: each row of the screen is set as a whole, so that nothing of another
 * frame or program stays. */
#include <stdio.h>
#include <string.h>

#include "broker/monitor/board_parts.h"

/* A reason, or what is said, and a few words. */
#define BOTTOM_MOST (SAY_MOST + 256)
#define REVERSE "\033[7m"
#define PLAIN "\033[m"
#define HELP "arrows  Enter: details  a: approve  d: deny  q: leave"
#define HELP_DETAILS "arrows  left: back  a: approve  d: deny  q: leave"

void
board_begin(struct buf *out)
{
	buf_text(out, "\033[?1049h\033[?25l");
}

void
board_end(struct buf *out)
{
	buf_text(out, "\033[?25h\033[?1049l");
}

/* ---- the bottom ---- */

void
board_bottom(const struct board *b, struct buf *out)
{
	if (b->asking == ASK_APPROVE) {
		buf_printf(out, "approve %s? y: yes, any other key: no", b->about);
	} else if (b->asking == ASK_REASON) {
		buf_printf(out, "deny %s, reason: ", b->about);
		board_print(out, span_of(b->reason), false);
		buf_u8(out, '_');
	} else if (b->said[0] != '\0')
		buf_text(out, b->said);
	else
		buf_text(out, b->detailed[0] != '\0' ? HELP_DETAILS : HELP);
}

/* What is said is shown whole where the screen has room; help is cut to a row. */
static unsigned
bottom_rows(const struct board *b, size_t len)
{
	size_t rows = (len + b->columns - 1) / b->columns;
	bool help = b->asking == ASK_NOTHING && b->said[0] == '\0';

	if (help || b->rows < 3)
		return help && b->rows < 3 ? 0 : 1;
	return rows < b->rows - 2 ? (unsigned)rows : b->rows - 2;
}

static unsigned
title_rows(const struct board *b)
{
	return b->rows > 1;
}

unsigned
board_height(const struct board *b)
{
	struct buf bottom;
	unsigned used;

	buf_init(&bottom, BOTTOM_MOST);
	board_bottom(b, &bottom);
	used = title_rows(b) + bottom_rows(b, bottom.len);
	buf_clear(&bottom);
	return used < b->rows ? b->rows - used : 0;
}

/* ---- rows ---- */

/* One row of the screen, from its first column to its last. */
static void
put_row(const struct board *b, unsigned row, struct span text, bool reverse,
    struct buf *out)
{
	size_t n = text.len < b->columns ? text.len : b->columns;

	buf_printf(out, "\033[%u;1H%s", row + 1, reverse ? REVERSE : "");
	buf_put(out, text.p, n);
	for (; n < b->columns; n++)
		buf_u8(out, ' ');
	if (reverse)
		buf_text(out, PLAIN);
}

static void
put_left(uint64_t until_ms, uint64_t now_ms, char text[8])
{
	uint64_t s = until_ms > now_ms ? (until_ms - now_ms + 999) / 1000 : 0;

	if (s < 120)
		snprintf(text, 8, "%us", (unsigned)s);
	else if (s < 7200)
		snprintf(text, 8, "%um", (unsigned)(s / 60));
	else if (s < 172800)
		snprintf(text, 8, "%uh", (unsigned)(s / 3600));
	else
		snprintf(text, 8, "%ud", (unsigned)(s / 86400 % 10000));
}

/* > 7F3K-Q2MX   14m 0/1 ci  aws s3 rm s3://logs/key */
static void
put_line(const struct line *l, bool chosen, uint64_t now_ms, struct buf *out)
{
	char left[8], votes[24];

	put_left(l->until_ms, now_ms, left);
	snprintf(votes, sizeof votes, "%u/%u", l->yes, l->need);
	buf_printf(out, "%c %-9s %5s %3s %-12s %s", chosen ? '>' : ' ', l->id, left,
	    votes, l->who, l->text);
}

static void
put_list(
    struct board *b, unsigned first, unsigned height, uint64_t now_ms, struct buf *out)
{
	struct buf line;

	/* As little as it takes to keep the chosen one in sight. */
	if (b->at < b->top)
		b->top = b->at;
	if (height > 0 && b->at >= b->top + height)
		b->top = b->at - height + 1;
	if (b->top + height > b->n)
		b->top = b->n > height ? b->n - height : 0;
	buf_init(&line, 4 * BOARD_COLUMNS_MAX);
	for (unsigned i = 0; i < height; i++) {
		size_t at = b->top + i;

		buf_reset(&line);
		if (at < b->n)
			put_line(&b->lines[at], at == b->at, now_ms, &line);
		else if (b->n == 0 && i == 0)
			buf_text(&line, "  nothing waits for approval");
		/* What is cut off says so; the details have it whole. */
		if (line.len > b->columns)
			line.p[b->columns - 1] = '>';
		put_row(b, first + i, buf_span(&line), b->n > 0 && at == b->at, out);
	}
	buf_clear(&line);
}

/* ---- details ---- */

/* The next row of text that is at most so wide; *text is then what follows. */
static struct span
cut_row(struct span *text, unsigned columns)
{
	const uint8_t *lf = memchr(text->p, '\n', text->len);
	size_t n = lf != NULL ? (size_t)(lf - text->p) : text->len, skip = lf != NULL;
	struct span row;

	if (n > columns) {
		n = columns;
		skip = 0;
	}
	row = span_make(text->p, n);
	*text = span_make(text->p + n + skip, text->len - n - skip);
	return row;
}

size_t
board_details_rows(const struct board *b)
{
	struct span text = buf_span(&b->details);
	size_t rows = 0;

	while (text.len > 0) {
		(void)cut_row(&text, b->columns);
		rows++;
	}
	return rows;
}

/* Not behind the end, whatever has become shorter or wider. */
static void
clamp_details(struct board *b, unsigned height)
{
	size_t rows = board_details_rows(b);

	if (b->scroll + height > rows)
		b->scroll = rows > height ? rows - height : 0;
}

static void
put_details(const struct board *b, unsigned first, unsigned height, struct buf *out)
{
	struct span text = buf_span(&b->details), row;

	for (size_t i = 0; i < b->scroll; i++)
		(void)cut_row(&text, b->columns);
	for (unsigned i = 0; i < height; i++) {
		row = text.len > 0 ? cut_row(&text, b->columns) : span_make(NULL, 0);
		put_row(b, first + i, row, false, out);
	}
}

/* ---- the frame ---- */

static void
put_title(const struct board *b, unsigned height, struct buf *out)
{
	struct buf title;

	buf_init(&title, 4 * BOARD_COLUMNS_MAX);
	if (b->detailed[0] != '\0') {
		size_t rows = board_details_rows(b);

		buf_printf(&title, " %s", b->detailed);
		if (rows > height)
			buf_printf(&title, ", rows %zu to %zu of %zu", b->scroll + 1,
			    b->scroll + height, rows);
	} else if (b->n == 1)
		buf_text(&title, " 1 waits for approval");
	else
		buf_printf(&title, " %zu wait for approval", b->n);
	/* Who looks on stands at the right, where there is room for it. */
	if (title.len + strlen(b->person) + 2 < b->columns) {
		while (title.len < b->columns - strlen(b->person) - 1)
			buf_u8(&title, ' ');
		buf_text(&title, b->person);
	}
	put_row(b, 0, buf_span(&title), true, out);
	buf_clear(&title);
}

static void
put_bottom(const struct board *b, unsigned first, struct buf *out)
{
	struct buf text;
	struct span left;
	size_t room;

	buf_init(&text, BOTTOM_MOST);
	board_bottom(b, &text);
	left = buf_span(&text);
	room = (size_t)(b->rows - first) * b->columns;
	/* Of what is being typed the end is of interest. */
	if (b->asking == ASK_REASON && left.len > room)
		left = span_make(left.p + left.len - room, room);
	for (unsigned row = first; row < b->rows; row++) {
		struct span part =
		    left.len > 0 ? cut_row(&left, b->columns) : span_make(NULL, 0);

		put_row(b, row, part, false, out);
	}
	buf_clear(&text);
}

bool
board_clear(struct board *b, struct buf *out)
{
	bool torn = b->torn;

	if (torn)
		buf_text(out, "\033[m\033[2J");
	b->torn = false;
	return torn;
}

void
board_draw(struct board *b, uint64_t now_ms, struct buf *out)
{
	unsigned height = board_height(b), first = title_rows(b);

	clamp_details(b, height);
	if (first > 0)
		put_title(b, height, out);
	if (b->detailed[0] != '\0')
		put_details(b, first, height, out);
	else
		put_list(b, first, height, now_ms, out);
	put_bottom(b, first + height, out);
}
