/* Beginnings and ends of API calls; see calls.h. */
#include "replay/calls.h"

#include <stdlib.h>
#include <string.h>

struct waiting {
	struct calls_row row;
	size_t size;
};

struct calls {
	struct waiting *ring; /* of CALLS_MOST + 1: one that is over must fit, too */
	size_t first, n, bytes;
};

#define RING (CALLS_MOST + 1)

enum rc
calls_new(struct calls **ret, struct err *err)
{
	struct calls *c = calloc(1, sizeof *c);

	if (c == NULL || (c->ring = calloc(RING, sizeof *c->ring)) == NULL) {
		free(c);
		return err_memory(err);
	}
	*ret = c;
	return RC_OK;
}

void
calls_free(struct calls *c)
{
	struct calls_row row;

	if (c == NULL)
		return;
	while (calls_take(c, true, &row)) {
		json_decref(row.event);
		json_decref(row.done);
	}
	free(c->ring);
	free(c);
}

static struct waiting *
at(struct calls *c, size_t i)
{
	return &c->ring[(c->first + i) % RING];
}

static bool
over(const struct calls *c)
{
	return c->n > CALLS_MOST || c->bytes > CALLS_BYTES;
}

static json_int_t
number(const json_t *event)
{
	return json_integer_value(json_object_get(event, "call"));
}

/* The call whose end this is: the latest of its number. */
static struct waiting *
begun(struct calls *c, const json_t *done)
{
	for (size_t i = c->n; i > 0; i--) {
		struct waiting *w = at(c, i - 1);

		if (w->row.kind == CALLS_MADE && w->row.done == NULL &&
		    number(w->row.event) == number(done))
			return w;
	}
	return NULL;
}

static enum rc
push(struct calls *c, const struct calls_row *row, size_t size, struct err *err)
{
	/* Nobody took what was over. */
	if (c->n == RING)
		return err_set(err, RC_FAIL, "too many calls wait for their end");
	*at(c, c->n++) = (struct waiting){ *row, size };
	c->bytes += size;
	return RC_OK;
}

/* The first command is what the session was started for: META has told of it. */
static const char *
event_type(const json_t *event)
{
	const char *type = json_string_value(json_object_get(event, "t"));

	if (type != NULL && strcmp(type, "command") == 0 &&
	    json_integer_value(json_object_get(event, "n")) <= 1)
		return NULL;
	return type;
}

enum rc
calls_add(struct calls *c, uint64_t us, json_t *event, size_t size, struct err *err)
{
	static const struct {
		const char *type;
		enum calls_kind kind;
		bool done;
	} types[] = {
		{ "aws.call", CALLS_MADE, false },
		{ "aws.done", CALLS_MADE, true },
		{ "aws.refused", CALLS_REFUSED, false },
		{ "limit", CALLS_NOTE, false },
		{ "notice", CALLS_NOTE, false },
		{ "approval.request", CALLS_NOTE, false },
		{ "approval.decision", CALLS_NOTE, false },
		{ "command", CALLS_NOTE, false },
		{ "verdict", CALLS_NOTE, false },
		{ "file", CALLS_NOTE, false },
		{ "forward", CALLS_NOTE, false },
		{ "mask", CALLS_NOTE, false },
		{ "line", CALLS_NOTE, false },
		{ "line.end", CALLS_NOTE, false },
		{ "line.gone", CALLS_NOTE, false },
		{ "tripwire", CALLS_NOTE, false },
		{ "program", CALLS_NOTE, false },
		{ "target", CALLS_NOTE, false },
		{ "target.open", CALLS_NOTE, false },
		{ "target.lost", CALLS_NOTE, false },
		{ "target.resumed", CALLS_NOTE, false },
		{ "target.close", CALLS_NOTE, false },
		{ "port.open", CALLS_NOTE, false },
		{ "port.close", CALLS_NOTE, false },
	};
	const char *type = event_type(event);
	struct calls_row row = { .us = us };
	struct waiting *w;
	size_t i = 0;
	enum rc rc;

	while (i < sizeof types / sizeof types[0] &&
	       (type == NULL || strcmp(type, types[i].type) != 0))
		i++;
	if (i == sizeof types / sizeof types[0])
		return RC_OK;
	row.kind = types[i].kind;
	*(types[i].done ? &row.done : &row.event) = event;
	if (types[i].done && (w = begun(c, event)) != NULL) {
		w->row.done = event;
		w->size += size;
		c->bytes += size;
		rc = RC_OK;
	} else {
		rc = push(c, &row, size, err);
	}
	if (rc == RC_OK)
		json_incref(event);
	return rc;
}

bool
calls_take(struct calls *c, bool all, struct calls_row *ret)
{
	struct waiting *w = at(c, 0);

	if (c->n == 0 ||
	    (!all && !over(c) && w->row.kind == CALLS_MADE && w->row.done == NULL))
		return false;
	*ret = w->row;
	c->bytes -= w->size;
	c->first = (c->first + 1) % RING;
	c->n--;
	return true;
}
