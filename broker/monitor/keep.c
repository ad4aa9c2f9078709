/* Requests to the keeper; see keep.h. */
#include "broker/monitor/keep.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/base/log.h"
#include "lib/wire/port.h"

/* What is under way goes on while the keeper waits for its disk, and clients are not
 * read meanwhile; see conn.c. */
#define QUEUE_FRAMES 8192
/* More unanswered than this, and no more is taken on: a keeper that is quick would else
 * have its answers wait for a monitor that reads its many clients in between. */
#define ASKED_MOST 256

struct request {
	struct request *next;
	uint32_t id;
	keep_fn *fn;
	keep_parcel_fn *parcel; /* in place of fn */
	keep_row_fn *row;	/* the same */
	void *arg;
};

struct keep {
	struct keep_owner owner;
	struct port *port;
	struct request *requests;
	size_t asked; /* of requests */
	uint32_t last_id;
	bool known;
};

static struct request *
take_request(struct keep *k, uint32_t id)
{
	for (struct request **r = &k->requests; *r != NULL; r = &(*r)->next)
		if ((*r)->id == id) {
			struct request *found = *r;

			*r = found->next;
			k->asked--;
			return found;
		}
	return NULL;
}

static enum rc
answer_keeper(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct keep *k = arg;

	(void)id;
	(void)fds;
	if (k->known)
		return err_set(err, RC_REFUSE, "the keeper says twice who it is");
	k->known = true;
	k->owner.ready(k->owner.arg, &m->keeper);
	return RC_OK;
}

static enum rc
answer_kept(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct keep *k = arg;
	struct request *r = take_request(k, id);
	char why[1025];
	enum rc rc = m->kept.rc <= RC_FAIL ? (enum rc)m->kept.rc : RC_FAIL;

	if (r == NULL)
		return err_set(
		    err, RC_REFUSE, "an answer to request %u, never asked", id);
	span_copy(m->kept.text, why, sizeof why);
	if (rc != RC_OK && rc != RC_END)
		log_line(LOG_ERROR, "the keeper refused: %s", why);
	if (r->parcel != NULL)
		r->parcel(r->arg, rc == RC_OK ? RC_FAIL : rc, why, NULL, NULL);
	if (r->row != NULL)
		r->row(r->arg, rc == RC_OK ? RC_FAIL : rc, why, NULL);
	if (r->fn != NULL)
		r->fn(r->arg, rc, why, m->kept.bytes, &fds[0]);
	free(r);
	return RC_OK;
}

static enum rc
answer_cut(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct keep *k = arg;

	(void)id;
	(void)fds;
	if (m->cut_rec.why != STOP_QUOTA && m->cut_rec.why != STOP_DISK)
		return err_set(
		    err, RC_REFUSE, "message CUT_REC: why is %u", m->cut_rec.why);
	k->owner.cut(k->owner.arg, &m->cut_rec);
	return RC_OK;
}

static enum rc
answer_parcel(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct request *r = take_request(arg, id);

	if (r == NULL)
		return err_set(
		    err, RC_REFUSE, "a parcel for request %u, never asked", id);
	if (r->parcel != NULL)
		r->parcel(r->arg, RC_OK, "", &m->parcel, &fds[0]);
	free(r);
	return RC_OK;
}

static enum rc
answer_recalled(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct request *r = take_request(arg, id);

	(void)fds;
	if (r == NULL)
		return err_set(err, RC_REFUSE, "a row for request %u, never asked", id);
	if (r->row != NULL)
		r->row(r->arg, RC_OK, "", &m->recalled);
	free(r);
	return RC_OK;
}

static enum rc
answer_checkpoint(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct keep *k = arg;

	(void)id;
	(void)fds;
	(void)err;
	if (k->owner.checkpoint != NULL)
		k->owner.checkpoint(k->owner.arg, &m->checkpoint);
	return RC_OK;
}

static const struct route routes[] = {
	{ MSG_PARCEL, 0, 256, 1, answer_parcel },
	{ MSG_RECALLED, 0, FRAME_MAX, 0, answer_recalled },
	{ MSG_KEEPER, 0, 64, 0, answer_keeper },
	{ MSG_CUT_REC, 0, 2048, 0, answer_cut },
	{ MSG_CHECKPOINT, 0, 16384, 0, answer_checkpoint },
	{ MSG_KEPT, 0, 4096, ROUTE_ONE_FD_OR_NONE, answer_kept },
};

static void
keeper_gone(void *arg, enum rc rc, const struct err *err)
{
	struct keep *k = arg;

	(void)rc;
	k->owner.gone(k->owner.arg, err->text);
}

enum rc
keep_open_take(struct loop *l, int sock, const struct keep_owner *owner,
    struct keep **ret, struct err *err)
{
	struct keep *k = calloc(1, sizeof *k);
	struct port_owner po = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = k,
		.gone = keeper_gone };
	enum rc rc;

	if (k == NULL)
		return err_memory(err);
	k->owner = *owner;
	if ((rc = port_open_take(l, sock, &po, &k->port, err)) != RC_OK) {
		free(k);
		return rc;
	}
	port_queue(k->port, QUEUE_FRAMES);
	*ret = k;
	return RC_OK;
}

void
keep_close(struct keep *k)
{
	if (k == NULL)
		return;
	port_close(k->port);
	while (k->requests != NULL) {
		struct request *r = k->requests;

		k->requests = r->next;
		free(r);
	}
	free(k);
}

static enum rc
ask(struct keep *k, enum msg type, const void *m, const struct request *how)
{
	struct request *r = k == NULL ? NULL : calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL)
		return RC_FAIL;
	*r = *how;
	r->next = k->requests;
	r->id = ++k->last_id;
	if ((rc = port_send(k->port, type, r->id, m, NULL, 0)) != RC_OK) {
		log_line(LOG_ERROR, "cannot ask the keeper: %s", rc_name(rc));
		free(r);
		return RC_FAIL;
	}
	k->requests = r;
	k->asked++;
	return RC_OK;
}

enum rc
keep_ask(struct keep *k, enum msg type, const void *m, keep_fn *fn, void *arg)
{
	return ask(k, type, m, &(struct request){ .fn = fn, .arg = arg });
}

enum rc
keep_ask_parcel(struct keep *k, keep_parcel_fn *fn, void *arg)
{
	return ask(
	    k, MSG_SHIP_ASK, NULL, &(struct request){ .parcel = fn, .arg = arg });
}

enum rc
keep_recall(struct keep *k, const struct msg_recall *m, keep_row_fn *fn, void *arg)
{
	return ask(k, MSG_RECALL, m, &(struct request){ .row = fn, .arg = arg });
}

bool
keep_behind(const struct keep *k)
{
	return k != NULL && (port_full(k->port) || k->asked > ASKED_MOST);
}

void
keep_forget(struct keep *k, const void *arg)
{
	for (struct request *r = k->requests; r != NULL; r = r->next)
		if (r->arg == arg) {
			r->fn = NULL;
			r->parcel = NULL;
			r->row = NULL;
		}
}

void
keep_in_force(struct keep *k, const uint8_t keyset[32], const uint8_t policy[32])
{
	const struct msg_leaf_rec list = { LEAF_REC_KEYSET, span_make(keyset, 32) };
	const struct msg_leaf_rec rules = { LEAF_REC_POLICY, span_make(policy, 32) };

	(void)keep_ask(k, MSG_LEAF_REC, &list, NULL, NULL);
	(void)keep_ask(k, MSG_LEAF_REC, &rules, NULL, NULL);
}

enum rc
keep_event(struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg)
{
	struct msg_event m = {
		.at_ms = clock_wall_ms(),
		.kind = span_of(e->kind),
		.identity = span_of(e->identity),
		.sid = span_make(e->sid, e->sid == NULL ? 0 : 16),
		.rule = span_of(e->rule),
		.detail = span_of(e->detail == NULL ? "{}" : e->detail),
	};

	return keep_ask(k, MSG_EVENT, &m, fn, arg);
}

static int
append(const char *text, size_t len, void *arg)
{
	struct buf *b = arg;

	buf_put(b, text, len);
	return buf_ok(b) ? 0 : -1;
}

char *
keep_detail_take(json_t *o, size_t flags)
{
	char *text = NULL;
	struct buf b;

	buf_init(&b, FRAME_MAX);
	if (o != NULL && json_dump_callback(o, append, &b, flags) == 0 && buf_ok(&b))
		text = span_dup(buf_span(&b));
	buf_clear(&b);
	json_decref(o);
	return text;
}
