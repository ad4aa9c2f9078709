/* A request's way to AWS, and what is recorded of it; see gate_parts.h.  Bodies pass in
 * pieces: counted, hashed, their beginnings kept for the recording. */
#include "broker/gate/gate_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "broker/gate/fields.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "policies/awsmodel.h"

#define PIECE (128u * 1024)
/* What aws-chunked framing may add to a piece, or hold back of an earlier one. */
#define FRAMING (16u * 1024)

/* ---- what is recorded ---- */

unsigned
relay_flags(const struct request *r)
{
	struct awsmodel_service s;
	struct awsmodel_operation op;

	if (!awsmodel_service(apicall_service(r->call), &s) ||
	    !awsmodel_operation(&s, span_of(apicall_operation(r->call)), &op))
		return 0;
	return op.flags;
}

/* Bodies are kept unless the rule says otherwise; the data of objects only where it
 * says so, and never credentials. */
static void
choose_bodies(struct request *r)
{
	bool keep =
	    r->bodies <= BODIES_MASKED &&
	    !iam_credentials(apicall_service(r->call), apicall_operation(r->call));
	bool objects = !r->place.s3 || r->bodies == BODIES_MASKED;
	unsigned flags = relay_flags(r);

	r->record_request =
	    keep && (objects || (!r->plan.streamed && !(flags & AWSMODEL_STREAM_IN)));
	r->record_response = keep && (objects || !(flags & AWSMODEL_OUTFILE)) &&
			     !(flags & AWSMODEL_EVENTS_OUT);
}

static enum rc
record_pieces(
    struct request *r, const char *of, struct span text, bool cut, struct err *err)
{
	unsigned part = 0;
	enum rc rc = RC_OK;

	while (text.len > 0 && rc == RC_OK) {
		struct span piece = text;
		char *json = NULL;

		if (piece.len > CALLRECORD_PIECE) {
			piece.len = CALLRECORD_PIECE;
			piece.len -= text_partial(piece);
		}
		text = span_make(text.p + piece.len, text.len - piece.len);
		rc = callrecord_body(
		    r->number, of, part++, text.len == 0, piece, cut, &json, err);
		rc = gate_event(r->gate, rc, json, err);
	}
	return rc;
}

/* At most so much of a masked text. */
static enum rc
record_text(struct request *r, const char *of, struct span text, bool cut, size_t most,
    struct err *err)
{
	if (text.len > most) {
		text.len = most;
		text.len -= text_partial(text);
		cut = true;
	}
	return record_pieces(r, of, text, cut, err);
}

static enum rc
record_body(struct request *r, const char *of, const struct tally *t, struct span type,
    size_t most, struct err *err)
{
	struct buf masked;
	struct span kept;
	enum rc rc;
	bool cut;

	kept = tally_kept(t, &cut);
	/* A character that was cut in two would make a text look like none. */
	if (cut)
		kept.len -= text_partial(kept);
	buf_init(&masked, FIELDS_GROWTH * kept.len + 4096);
	fields_mask(fields_form(type, kept), r->call, kept, &masked);
	/* Many small secrets make it longer: no more is recorded of it for that. */
	rc = buf_ok(&masked) ? record_text(r, of, buf_span(&masked), cut, most, err)
			     : err_memory(err);
	buf_clear(&masked);
	return rc;
}

static enum rc
record_bodies(struct request *r, struct err *err)
{
	struct span type = { NULL, 0 };
	enum rc rc = RC_OK;

	if (r->record_request && r->sent != NULL) {
		(void)head_find(r->head, "Content-Type", &type);
		rc = record_body(r, "request", r->sent, type, GATE_KEEP_REQUEST, err);
	}
	if (rc != RC_OK || !r->record_response || r->received == NULL)
		return rc;
	/* What is not whole was never masked. */
	if (r->gather)
		rc = r->settled ? record_text(r, "response", answer_masked(r), false,
				      GATE_KEEP_RESPONSE, err)
				: RC_OK;
	else
		rc = record_body(r, "response", r->received, span_of(r->type),
		    GATE_KEEP_RESPONSE, err);
	return rc;
}

static void
find_error(struct request *r)
{
	bool cut;

	if (r->status >= 400 && r->error[0] == '\0' && r->received != NULL)
		(void)callrecord_code(
		    tally_kept(r->received, &cut), r->error, sizeof r->error);
}

enum rc
relay_record(struct request *r, const char *cut, struct err *err)
{
	struct callrecord_end e = { .number = r->number,
		.status = r->status,
		.request_id = span_of(r->request_id),
		.ms = clock_mono_ms() - r->started_ms,
		.cut = cut,
		.masked = r->masked,
		.revealed = r->reveal && r->masked > 0 };
	char sent[SIGV4_HEX] = "", received[SIGV4_HEX] = "", *json = NULL;
	enum rc rc = record_bodies(r, err);

	r->begun = false;
	if (rc != RC_OK)
		return rc;
	find_error(r);
	e.error = r->error;
	if (r->sent != NULL && tally_hash(r->sent, sent) == RC_OK) {
		e.sent = tally_total(r->sent);
		e.sent_sha256 = r->bodies == BODIES_NONE ? NULL : sent;
	}
	if (r->received != NULL && tally_hash(r->received, received) == RC_OK) {
		e.received = tally_total(r->received);
		e.received_sha256 = r->bodies == BODIES_NONE ? NULL : received;
	}
	rc = callrecord_done(&e, &json, err);
	return gate_event(r->gate, rc, json, err);
}

/* ---- the request's body ---- */

/* Bytes as they come from the client, through what undoes their framing. */
static enum rc
refill(struct request *r)
{
	struct err err = { "" };
	enum rc rc;

	buf_reset(&r->ready);
	r->ready_at = 0;
	if (!r->onward.framed) {
		rc = downstream_body(r->down, PIECE, &r->ready, &err);
	} else {
		buf_reset(&r->raw);
		rc = downstream_body(r->down, PIECE, &r->raw, &err);
		if (rc == RC_OK)
			rc = awschunks_feed(
			    r->framing, buf_span(&r->raw), &r->ready, &err);
		else if (rc == RC_END && !awschunks_done(r->framing))
			rc = err_set(&err, RC_REFUSE, "the body ends too early");
		/* AWS would have all that was announced, and its framing is not over. */
		if (rc == RC_OK && r->onward.has_length &&
		    tally_total(r->sent) + r->ready.len >= r->onward.length)
			rc = err_set(&err, RC_REFUSE, "the body's framing has no end");
		/* Its own end is not the body's: that comes with the next piece. */
		if (rc == RC_END && r->raw.len > 0)
			rc = RC_OK;
	}
	if (rc == RC_REFUSE) {
		r->bad_body = true;
		(void)refused_bad(&r->why, "%s", err.text);
	}
	return rc;
}

/* RC_OK: something is ready. */
static enum rc
make_ready(struct request *r)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && r->ready_at == r->ready.len && !r->body_over) {
		if ((rc = refill(r)) == RC_END) {
			r->body_over = true;
			rc = RC_OK;
		}
		if (rc == RC_OK && tally_add(r->sent, buf_span(&r->ready)) != RC_OK)
			rc = RC_FAIL;
	}
	if (rc == RC_OK && r->ready_at == r->ready.len)
		return RC_END;
	return rc;
}

static struct span
whole_body(const struct request *r)
{
	return r->inflated ? buf_span(&r->plain) : buf_span(&r->body);
}

static enum rc
fill_whole(struct request *r, uint8_t *p, size_t room, size_t *n)
{
	struct span body = whole_body(r);

	*n = body.len - r->ready_at < room ? body.len - r->ready_at : room;
	if (*n == 0)
		return RC_END;
	memcpy(p, body.p + r->ready_at, *n);
	r->ready_at += *n;
	return RC_OK;
}

static enum rc
on_fill(void *arg, uint8_t *p, size_t room, size_t *n)
{
	struct request *r = arg;
	enum rc rc;

	if (r->state != REQUEST_SENT)
		return RC_FAIL;
	if (!r->plan.streamed)
		return fill_whole(r, p, room, n);
	/* AWS wants the body (or will not say): now the client is told. */
	downstream_continue(r->down);
	if ((rc = make_ready(r)) != RC_OK)
		return rc;
	*n = r->ready.len - r->ready_at < room ? r->ready.len - r->ready_at : room;
	memcpy(p, r->ready.p + r->ready_at, *n);
	r->ready_at += *n;
	r->gate->owner.moved(r->gate->owner.arg);
	return RC_OK;
}

void
relay_more(struct request *r)
{
	if (r->up != NULL)
		upstream_more(r->up);
}

void
relay_go(struct request *r)
{
	if (r->up != NULL)
		upstream_go(r->up);
	else if (r->settled)
		answer_more(r);
}

/* ---- signing ---- */

static void
put_header(struct buf *out, const struct sigv4_header *h)
{
	buf_span_put(out, h->name);
	buf_text(out, ": ");
	buf_span_put(out, h->value);
	buf_text(out, "\r\n");
}

/* The lines to send, the signature's among them. */
static enum rc
sign(struct request *r, struct buf *lines, struct refused *why)
{
	const struct gate_lease *lease = &r->gate->lease;
	const struct onward *o = &r->onward;
	const struct sigv4_request request = { .method = o->method,
		.path = o->path,
		.query = o->query,
		.headers = o->headers,
		.n_headers = o->n_signed,
		.payload_hash = o->payload != NULL ? o->payload : r->body_hash,
		.s3_rules = o->s3_rules };
	const struct sigv4_key key = { .access_key_id = lease->id,
		.secret = lease->secret,
		.token = lease->token,
		.region = r->place.region,
		.service = r->authz.service,
		.time_ms = clock_wall_ms() };
	char signature[SIGV4_HEX];
	struct err err = { "" };

	for (size_t i = 0; i < o->n_headers; i++)
		put_header(lines, &o->headers[i]);
	if (sigv4_header(&request, &key, o->with_hash, lines, signature, &err) !=
		RC_OK ||
	    !buf_ok(lines))
		return refused_failed(why, "it cannot be signed: %s", err.text);
	return RC_OK;
}

static enum rc
open_framing(struct request *r, struct refused *why)
{
	struct awschunks_init init = r->onward.chunks;
	struct err err = { "" };

	if (!r->onward.framed)
		return RC_OK;
	authz_key(&r->authz, request_key(r), &init.key);
	init.seed = r->authz.signature;
	if (awschunks_new(&init, &r->framing, &err) == RC_OK)
		return RC_OK;
	return refused_bad(why, "%s", err.text);
}

static enum rc
prepare(struct request *r, struct refused *why)
{
	struct err err = { "" };

	if (strcmp(r->onward.method, "HEAD") == 0 && head_body(r->head) != HEAD_NONE &&
	    (head_body(r->head) == HEAD_CHUNKED || head_length(r->head) > 0))
		return refused_bad(why, "a HEAD with a body");
	choose_bodies(r);
	if (tally_new(r->record_request ? GATE_KEEP_REQUEST : 0, &r->sent, &err) !=
	    RC_OK)
		return refused_failed(why, "%s", err.text);
	if (!r->plan.streamed && tally_add(r->sent, whole_body(r)) != RC_OK)
		return refused_failed(why, "SHA-256");
	buf_init(&r->raw, PIECE + FRAMING);
	buf_init(&r->ready, 2 * (PIECE + FRAMING));
	buf_init(&r->piece, (1u << 20) + 64);
	return open_framing(r, why);
}

/* A method that means a body has one, if it is empty. */
static bool
has_body(const struct request *r)
{
	const char *method = r->onward.method;

	if (strcmp(method, "HEAD") == 0)
		return false;
	return head_body(r->head) != HEAD_NONE || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "POST") == 0;
}

static enum rc
send_on(struct request *r, struct span lines, struct refused *why)
{
	const struct upstream_owner owner = { .arg = r,
		.fill = on_fill,
		.head = answer_head,
		.body = answer_body,
		.done = answer_done };
	const struct onward *o = &r->onward;
	struct upstream_request u = { .method = o->method,
		.host = o->host,
		.headers = lines,
		.has_body = has_body(r),
		.expects = r->plan.streamed && head_expects(r->head) };
	struct err err = { "" };
	struct buf target;
	enum rc rc;

	if (!r->plan.streamed)
		u.length = whole_body(r).len;
	else if (o->has_length)
		u.length = o->length;
	else
		u.chunked = head_body(r->head) != HEAD_NONE;
	buf_init(&target, HEAD_BYTES * 4);
	buf_span_put(&target, o->path);
	if (o->query.len > 0)
		buf_u8(&target, '?');
	buf_span_put(&target, o->query);
	u.target = buf_cstr(&target);
	rc = buf_ok(&target)
		 ? upstream_start(r->gate->upstream, &u, &owner, &r->up, &err)
		 : err_memory(&err);
	buf_clear(&target);
	return rc == RC_OK ? RC_OK : refused_failed(why, "%s", err.text);
}

enum rc
relay_start(struct request *r, struct refused *why)
{
	struct buf lines;
	enum rc rc;

	if ((rc = prepare(r, why)) != RC_OK)
		return rc;
	buf_init(&lines, 4 * HEAD_BYTES);
	if ((rc = sign(r, &lines, why)) == RC_OK)
		rc = send_on(r, buf_span(&lines), why);
	buf_clear(&lines);
	return rc;
}
