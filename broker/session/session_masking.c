/* A session's masking: what it is made from, and what it tells at the end. */
#include "broker/session/session_parts.h"

#include <stdlib.h>
#include <string.h>

static enum mask_pace
pace_of(const struct msg_start *m)
{
	return m->pty || remote_is_terminal(m) ? MASK_INTERACTIVE : MASK_API;
}

enum rc
session_make_masking(struct session *s, const struct msg_start *m, struct err *err)
{
	const struct masking_init init = { .policy = m->masking,
		.names = m->masks,
		.seeds = m->seeds,
		.pace = pace_of(m) };

	return masking_new(&init, &s->masking, err);
}

enum rc
session_mask_dummies(struct session *s, struct err *err)
{
	struct msg_ready ready = { .proxy = { NULL, 0 } };
	const uint8_t *colon;
	struct span values[3];

	if (s->masking == NULL)
		return RC_OK;
	calls_ready(s->calls, &ready);
	values[0] = ready.access_key_id;
	values[1] = ready.secret;
	values[2] = ready.proxy;
	colon =
	    ready.proxy.len > 0 ? memchr(ready.proxy.p, ':', ready.proxy.len) : NULL;
	/* Of "user:password". */
	if (colon != NULL)
		values[2] = span_make(
		    colon + 1, ready.proxy.len - (size_t)(colon + 1 - ready.proxy.p));
	return masking_seed(s->masking, values, 3, err);
}

/* What it already does in the states in which something may be shown ends. */
static bool
failed(struct session *s, enum rc rc, const struct err *err)
{
	if (rc == RC_OK)
		return false;
	if ((s->state & (ASK_SEAL | ASK_STAGE | ASK_OPEN | ASK_DRAIN)) != 0)
		session_fail(s, err);
	return true;
}

bool
session_mask_lease(struct session *s, const struct msg_lease *m)
{
	struct err err = { "" };

	return s->masking == NULL ||
	       !failed(s, masking_lease(s->masking, m, &err), &err);
}

bool
session_mask_names(struct session *s, struct span names)
{
	struct err err = { "" };

	return s->masking == NULL ||
	       !failed(s, masking_names(s->masking, names, &err), &err);
}

void
session_record_masks(struct session *s)
{
	struct writer *w = recording_writer(s->recording);
	struct masks counts;
	struct err err = { "" };

	masking_counts(s->masking, &counts);
	for (unsigned i = 0; i < counts.n; i++) {
		char *json = NULL;
		size_t n;

		if (event_mask(counts.v[i].rule, counts.v[i].n, &json, &err) != RC_OK)
			return;
		n = strlen(json);
		/* The summary has them, too, whatever there is room for. */
		if (writer_room(w) < n || writer_event_json(w, json, &err) != RC_OK)
			i = counts.n;
		free(json);
	}
}
