/* The rules of notices: each waits until it is delivered or set aside; who is set aside
 * may wait again. */
#include "broker/store/backend.h"

#include <ctype.h>

#include "lib/wire/msg.h"

static bool
id_ok(struct span id)
{
	for (size_t i = 0; i < id.len; i++)
		if (!isdigit(id.p[i]) && !(id.p[i] >= 'a' && id.p[i] <= 'f'))
			return false;
	return id.len == STORE_NOTICE_ID;
}

static enum rc
take_state(void *arg, const struct store_notice *n, struct err *err)
{
	(void)err;
	*(uint8_t *)arg = n->state;
	return RC_OK;
}

enum rc
store_notice_add(struct store *s, const struct store_notice *n, struct err *err)
{
	struct store_notice row = *n;
	uint8_t old;
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!id_ok(n->id) || n->outlet.len == 0 || !store_time_ok(n->at_ms))
		return err_set(
		    err, RC_REFUSE, "store: a notice with an odd id, outlet or time");
	rc = s->ops->notice_get(s, n->id, take_state, &old, err);
	if (rc == RC_OK)
		return err_set(err, RC_REFUSE, "store: the notice exists");
	if (rc != RC_END)
		return rc;
	row.state = NOTICE_WAITING;
	row.tries = 0;
	row.next_ms = row.at_ms;
	row.error = span_make(NULL, 0);
	return s->ops->notice_put(s, &row, err);
}

enum rc
store_notice_set(struct store *s, const struct store_notice *n, struct err *err)
{
	uint8_t old;
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!id_ok(n->id) || !store_time_ok(n->next_ms) || n->tries > INT32_MAX ||
	    n->state < NOTICE_WAITING || n->state > NOTICE_SET_ASIDE)
		return err_set(
		    err, RC_REFUSE, "store: a notice with an odd id, state or time");
	rc = s->ops->notice_get(s, n->id, take_state, &old, err);
	if (rc == RC_END)
		return err_set(err, RC_REFUSE, "store: no such notice");
	if (rc != RC_OK || (rc = s->ops->notice_set(s, n, err)) != RC_OK)
		return rc;
	return n->state == NOTICE_DELIVERED ? s->ops->notice_drop(s, n->id, err)
					    : RC_OK;
}

enum rc
store_notice_get(
    struct store *s, struct span id, store_notice_fn *fn, void *arg, struct err *err)
{
	return s->ops->notice_get(s, id, fn, arg, err);
}

enum rc
store_notice_next(
    struct store *s, struct span after, store_notice_fn *fn, void *arg, struct err *err)
{
	return s->ops->notice_next(s, after, fn, arg, err);
}
