/* Words and a gauge; see bar.h. */
#include "replay/bar.h"

#include <string.h>

#include "lib/base/text.h"
#include "replay/pace.h"

#define LINE_MOST 4096

void
bar_time(uint64_t us, struct buf *out)
{
	uint64_t s = us / 1000000;

	if (s >= 3600)
		buf_printf(out, "%llu:%02u:%02u", (unsigned long long)(s / 3600),
		    (unsigned)(s / 60 % 60), (unsigned)(s % 60));
	else
		buf_printf(out, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

/* Narrow terminals have a short one, or none. */
static unsigned
gauge_columns(unsigned columns)
{
	return columns >= 100 ? 20 : columns >= 50 ? 10 : 0;
}

static void
put_gauge(const struct bar *b, unsigned size, struct buf *out)
{
	uint64_t at = b->at_us < b->total_us ? b->at_us : b->total_us;
	unsigned full = b->total_us > 0 ? (unsigned)(at * size / b->total_us) : size;
	unsigned percent = b->total_us > 0 ? (unsigned)(at * 100 / b->total_us) : 100;

	buf_text(out, " [");
	for (unsigned i = 0; i < size; i++)
		buf_u8(out, i < full ? '#' : '-');
	buf_printf(out, "] %u%%", percent);
}

static void
put_left(const struct bar *b, unsigned columns, struct buf *out)
{
	buf_printf(out, " %-7s ", b->state);
	bar_time(b->at_us, out);
	buf_u8(out, '/');
	bar_time(b->total_us, out);
	if (gauge_columns(columns) > 0)
		put_gauge(b, gauge_columns(columns), out);
	if (b->speed != 1)
		buf_printf(out, " %gx", b->speed);
	if (b->limit_us != PACE_NO_LIMIT)
		buf_printf(out, " idle %gs", (double)b->limit_us / 1e6);
}

static void
put_right(const struct bar *b, struct buf *out)
{
	if (b->notice != NULL) {
		buf_printf(out, "  %s", b->notice);
		return;
	}
	if (b->labels > 0)
		buf_printf(out, "  %zu/%zu", b->label, b->labels);
	if (b->text != NULL)
		buf_printf(out, " %s", b->text);
}

/* The first n bytes, but no part of a character; blanks up to n columns. */
static void
put_cut(struct span text, size_t n, struct buf *out)
{
	size_t columns = 0;

	while (text.len > 0 && columns < n) {
		uint32_t cp;
		unsigned len = text_char(text, &cp);

		if (len == 0)
			break;
		buf_put(out, text.p, len);
		text = span_make(text.p + len, text.len - len);
		columns++;
	}
	for (; columns < n; columns++)
		buf_u8(out, ' ');
}

void
bar_put(const struct bar *b, unsigned columns, struct buf *out)
{
	size_t mark = b->mark != NULL ? strlen(b->mark) + 2 : 0;
	struct buf line;

	buf_init(&line, LINE_MOST);
	put_left(b, columns, &line);
	/* What speaks against it is never what is left out. */
	if (line.len + mark > columns)
		buf_reset(&line);
	else
		put_right(b, &line);
	put_cut(buf_span(&line), columns > mark ? columns - mark : 0, out);
	if (mark > 0 && mark <= columns)
		buf_printf(out, " %s ", b->mark);
	else if (mark > 0)
		put_cut(span_of(b->mark), columns, out);
	buf_clear(&line);
}
