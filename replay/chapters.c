/* Labels in time; see chapters.h. */
#include "replay/chapters.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "replay/stop.h"

struct label {
	uint64_t us;
	char text[CHAPTERS_TEXT];
};

struct chapters {
	struct label *labels;
	size_t count, room;
	uint64_t total_us;
};

/* What is cut is cut behind a whole character. */
static void
put_text(struct span data, char out[CHAPTERS_TEXT])
{
	struct buf shown;
	size_t n;

	if (data.len > CHAPTERS_TEXT)
		data.len = CHAPTERS_TEXT;
	data.len -= text_partial(data);
	buf_init(&shown, 8 * CHAPTERS_TEXT);
	text_show(&shown, data);
	n = buf_ok(&shown) ? shown.len : 0;
	if (n > CHAPTERS_TEXT - 1)
		n = CHAPTERS_TEXT - 1;
	n -= text_partial(span_make(shown.p, n));
	if (n > 0)
		memcpy(out, shown.p, n);
	out[n] = '\0';
	buf_clear(&shown);
}

enum rc
chapters_add(struct chapters *c, const struct event *e, struct err *err)
{
	if (c->count == CHAPTERS_MOST)
		return RC_OK;
	if (c->count == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct label *more = realloc(c->labels, room * sizeof *more);

		if (more == NULL)
			return err_memory(err);
		c->labels = more;
		c->room = room;
	}
	c->labels[c->count].us = e->us;
	put_text(e->data, c->labels[c->count].text);
	c->count++;
	return RC_OK;
}

static enum rc
read_all(struct chapters *c, struct reel *reel, struct err *err)
{
	struct event e;
	enum rc rc;

	while ((rc = reel_skim(reel, 'm', &e, err)) == RC_OK) {
		if (stop_signal() != 0)
			rc = err_set(err, RC_END, "interrupted");
		c->total_us = e.us;
		if (rc == RC_OK && e.code == 'm')
			rc = chapters_add(c, &e, err);
		event_clear(&e);
		if (rc != RC_OK)
			return rc;
	}
	return rc;
}

/* A line that is malformed will be met again, and what stands before it can be played;
 * what was false once cannot be read again. */
static enum rc
go_back(struct reel *reel, enum rc rc, struct err *err)
{
	if (rc == RC_FAIL)
		return rc;
	if (rc == RC_REFUSE)
		return reel_rewind(reel, NULL) == RC_OK ? RC_OK : rc;
	return reel_rewind(reel, err);
}

enum rc
chapters_read(struct reel *reel, struct chapters **ret, struct err *err)
{
	struct chapters *c = calloc(1, sizeof *c);
	enum rc rc;

	if (c == NULL)
		return err_memory(err);
	rc = read_all(c, reel, err);
	if (stop_signal() == 0)
		rc = go_back(reel, rc, err);
	if (rc == RC_OK)
		*ret = c;
	else
		chapters_free(c);
	return rc;
}

void
chapters_free(struct chapters *c)
{
	if (c == NULL)
		return;
	free(c->labels);
	free(c);
}

uint64_t
chapters_total_us(const struct chapters *c)
{
	return c->total_us;
}

size_t
chapters_count(const struct chapters *c)
{
	return c->count;
}

struct chapters_label
chapters_at(const struct chapters *c, size_t i)
{
	return (struct chapters_label){ c->labels[i].us, c->labels[i].text };
}

size_t
chapters_before(const struct chapters *c, uint64_t us)
{
	size_t from = 0, to = c->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (c->labels[middle].us <= us)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}
