/* Aligned columns; see table.h. */
#include "replay/table.h"

#include <stdlib.h>
#include <string.h>

/* Of the rows between two flushes; more is the caller's mistake. */
#define BYTES_MOST (64u << 20)
#define GAP 2

struct table {
	const struct table_column *columns;
	size_t n, at; /* the cell that is written */
	size_t widths[TABLE_COLUMNS], width;
	struct buf text; /* cells, each with a NUL behind it */
	size_t whole;	 /* bytes of whole rows in it */
	bool titled;
};

/* Characters, not bytes: what follows the first byte of one takes no place. */
static size_t
columns_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

enum rc
table_new(
    const struct table_column *columns, size_t n, struct table **ret, struct err *err)
{
	struct table *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_memory(err);
	t->columns = columns;
	t->n = n;
	buf_init(&t->text, BYTES_MOST);
	for (size_t i = 0; i < n; i++)
		t->widths[i] = columns_of(columns[i].title);
	*ret = t;
	return RC_OK;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	buf_clear(&t->text);
	free(t);
}

void
table_put(struct table *t, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		buf_u8(&t->text, c < 0x20 || c == 0x7F ? ' ' : c);
		t->width += (c & 0xC0) != 0x80;
	}
}

void
table_next(struct table *t)
{
	buf_u8(&t->text, '\0');
	if (t->width > t->widths[t->at])
		t->widths[t->at] = t->width;
	t->width = 0;
	if (++t->at < t->n)
		return;
	t->at = 0;
	t->whole = t->text.len;
}

static void
blanks(size_t n, FILE *f)
{
	while (n-- > 0)
		fputc(' ', f);
}

/* No blanks stand at a line's end, whatever its last cells are. */
static void
put_row(const struct table *t, const char *const cells[TABLE_COLUMNS], FILE *f)
{
	size_t last = t->n, owed = 0;

	while (last > 1 && cells[last - 1][0] == '\0')
		last--;
	for (size_t i = 0; i < last; i++) {
		size_t pad = t->widths[i] - columns_of(cells[i]);
		bool right = t->columns[i].side == TABLE_RIGHT;

		blanks(owed + (right ? pad : 0), f);
		fputs(cells[i], f);
		owed = GAP + (right ? 0 : pad);
	}
	fputc('\n', f);
}

enum rc
table_flush(struct table *t, FILE *f, struct err *err)
{
	const char *cells[TABLE_COLUMNS], *p = (const char *)t->text.p, *end;

	if (!buf_ok(&t->text))
		return err_memory(err);
	if (t->whole == 0)
		return RC_OK;
	end = p + t->whole;
	for (size_t i = 0; i < t->n; i++)
		cells[i] = t->columns[i].title;
	if (!t->titled)
		put_row(t, cells, f);
	t->titled = true;
	while (p < end) {
		for (size_t i = 0; i < t->n; i++) {
			cells[i] = p;
			p += strlen(p) + 1;
		}
		put_row(t, cells, f);
	}
	buf_skip(&t->text, t->whole);
	t->whole = 0;
	return ferror(f) ? err_errno(err, RC_FAIL, "write") : RC_OK;
}
