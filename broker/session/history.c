/* Lines to be had again; see history.h.  Bounded by number and by bytes. */
#include "broker/session/history.h"

#include <stdlib.h>
#include <string.h>

#include "policies/shell.h"

struct history {
	char *lines[HISTORY_LINES]; /* from the oldest */
	size_t n, bytes;
	size_t at; /* which one is looked at; n: the draft */
	struct buf draft;
};

enum rc
history_new(struct history **ret, struct err *err)
{
	struct history *h = calloc(1, sizeof *h);

	if (h == NULL)
		return err_memory(err);
	buf_init(&h->draft, SHELL_LINE);
	*ret = h;
	return RC_OK;
}

void
history_free(struct history *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n; i++)
		free(h->lines[i]);
	buf_clear(&h->draft);
	free(h);
}

static void
drop_oldest(struct history *h)
{
	h->bytes -= strlen(h->lines[0]) + 1;
	free(h->lines[0]);
	h->n--;
	memmove(h->lines, h->lines + 1, h->n * sizeof h->lines[0]);
}

void
history_add(struct history *h, struct span line)
{
	char *copy;

	history_rest(h);
	if (line.len == 0 || line.len > SHELL_LINE ||
	    (h->n > 0 && span_is(line, h->lines[h->n - 1])) ||
	    (copy = span_dup(line)) == NULL)
		return;
	while (h->n == HISTORY_LINES ||
	       (h->n > 0 && h->bytes + line.len + 1 > HISTORY_BYTES))
		drop_oldest(h);
	h->lines[h->n++] = copy;
	h->bytes += line.len + 1;
	h->at = h->n;
}

bool
history_back(struct history *h, struct span draft, struct span *ret)
{
	if (h->at == 0)
		return false;
	if (h->at == h->n) {
		buf_reset(&h->draft);
		buf_span_put(&h->draft, draft);
	}
	h->at--;
	*ret = span_of(h->lines[h->at]);
	return true;
}

bool
history_forth(struct history *h, struct span *ret)
{
	if (h->at == h->n)
		return false;
	h->at++;
	*ret = h->at < h->n	   ? span_of(h->lines[h->at])
	       : buf_ok(&h->draft) ? buf_span(&h->draft)
				   : span_of("");
	return true;
}

void
history_rest(struct history *h)
{
	h->at = h->n;
}

size_t
history_count(const struct history *h)
{
	return h->n;
}

struct span
history_at(const struct history *h, size_t i)
{
	return i < h->n ? span_of(h->lines[i]) : span_of("");
}
