/* A request up to its verdict: read, verified, understood, asked about; see
 * gate_parts.h. */
#include "broker/gate/gate_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/model/sdkkey.h"

#define PIECE (64u * 1024)

/* ---- ends ---- */

void
request_over(struct request *r)
{
	if (r->state == REQUEST_OVER)
		return;
	r->state = REQUEST_OVER;
	timer_stop(r->timer);
	upstream_cancel(r->up);
	r->up = NULL;
	if (r->down != NULL)
		downstream_bind(r->down, NULL);
	r->down = NULL;
	r->gate->bodies -= r->body.len + r->plain.len + r->got.len + r->shown.len;
	buf_clear(&r->body);
	buf_clear(&r->plain);
	buf_clear(&r->got);
	buf_clear(&r->shown);
	gate_sweep_soon(r->gate);
}

void
request_free(struct request *r)
{
	timer_free(r->timer);
	onward_clear(&r->onward);
	iam_clear(&r->needs);
	apicall_free(r->call);
	head_free(r->head);
	awschunks_free(r->framing); /* it borrows the key */
	secret_free(r->own);
	tally_free(r->sent);
	tally_free(r->received);
	buf_clear(&r->body);
	buf_clear(&r->plain);
	buf_clear(&r->raw);
	buf_clear(&r->ready);
	buf_clear(&r->piece);
	buf_clear(&r->lines);
	buf_clear(&r->got);
	buf_clear(&r->shown);
	free(r->masks);
	explicit_bzero(r, sizeof *r);
	free(r);
}

void
request_known(const struct request *r, struct callrecord *ret)
{
	*ret = (struct callrecord){ .number = r->number,
		.call = r->call,
		.needs = r->needs.n > 0 ? &r->needs : NULL,
		.method = head_method(r->head),
		.host = r->has_place ? r->place.host : head_host(r->head),
		.path = head_path(r->head),
		.sha256 = r->body_hash[0] != '\0'	   ? r->body_hash
			  : r->authz.payload == AUTHZ_HASH ? r->authz.hash
							   : NULL,
		.has_bytes = true,
		.rule = r->rule,
		.hold = r->hold,
		.policy = r->policy };
	(void)head_find(r->head, "User-Agent", &ret->agent);
	if (!r->plan.streamed)
		ret->bytes = r->inflated ? r->plain.len : r->body.len;
	else if (head_body(r->head) == HEAD_CHUNKED)
		ret->has_bytes = false;
	else
		ret->bytes = head_length(r->head);
}

/* What the client's stderr gets: the first thing needed and what for, then why. */
static void
say_refused(struct request *r, const struct refused *why)
{
	const struct iam_need *need = r->needs.n > 0 ? &r->needs.v[0] : NULL;
	char line[1200];

	if (why->status >= 500)
		snprintf(line, sizeof line, "failed: %s", why->text);
	else if (need != NULL)
		snprintf(line, sizeof line, "denied: %.100s on %.400s: %s",
		    need->action, need->arn, why->text);
	else if (r->call != NULL)
		snprintf(line, sizeof line, "denied: %.60s:%.80s: %s",
		    apicall_service(r->call), apicall_operation(r->call), why->text);
	else
		snprintf(line, sizeof line, "denied: %s", why->text);
	gate_say(r->gate, line);
}

static enum rc
record_refused(struct request *r, const struct refused *why, struct err *err)
{
	struct callrecord known;
	char *json = NULL;
	enum rc rc;

	request_known(r, &known);
	rc = callrecord_refused(&known, why->code, why->text, &json, err);
	return gate_event(r->gate, rc, json, err);
}

static void
answer_refused(struct request *r, const struct refused *why)
{
	enum refused_form form =
	    r->has_place ? place_form(&r->place)
			 : place_guess(r->head, r->has_authz ? &r->authz : NULL);
	bool keep = downstream_keeps(r->down);
	unsigned how = keep ? 0 : REFUSED_CLOSE;
	struct buf out;

	if (strcmp(head_method(r->head), "HEAD") == 0)
		how |= REFUSED_HEAD;
	buf_init(&out, 8192);
	refused_answer(why, form, NULL, how, &out);
	downstream_write(r->down, buf_span(&out));
	buf_clear(&out);
	downstream_finish(r->down, keep);
}

void
request_refuse(struct request *r, const struct refused *why)
{
	struct err err = { "" };
	enum rc rc;

	if (r->state == REQUEST_OVER)
		return;
	r->gate->refused++;
	/* What was allowed and begun has its own end. */
	rc = r->begun ? relay_record(r, why->text, &err) : record_refused(r, why, &err);
	say_refused(r, why);
	if (r->state == REQUEST_OVER)
		return;
	if (rc != RC_OK)
		downstream_cut(r->down);
	else
		answer_refused(r, why);
	request_over(r);
}

void
request_cut(struct request *r, const char *why)
{
	struct gate *g = r->gate;
	struct err err = { "" };
	struct downstream *d = r->down;

	if (r->state == REQUEST_OVER)
		return;
	if (r->state == REQUEST_ASKED)
		g->owner.gone(g->owner.arg, r->number);
	if (r->begun)
		(void)relay_record(r, why, &err);
	request_over(r);
	if (d != NULL)
		downstream_cut(d);
}

/* ---- the verdict ---- */

static void
begin_call(struct request *r)
{
	struct callrecord known;
	struct err err = { "" };
	char *json = NULL;
	enum rc rc;

	request_known(r, &known);
	rc = callrecord_begin(&known, &json, &err);
	if (gate_event(r->gate, rc, json, &err) != RC_OK) {
		request_cut(r, "the recording failed");
		return;
	}
	if (r->state == REQUEST_OVER)
		return;
	r->begun = true;
	r->state = REQUEST_LEASE;
	timer_set(r->timer, GATE_LEASE_MS);
	request_lease(r);
}

void
request_lease(struct request *r)
{
	struct refused why;
	enum rc rc = gate_lease_ready(r->gate);

	if (rc == RC_WAIT)
		return;
	if (rc != RC_OK) {
		(void)refused_set(&why, 503, "ServiceUnavailable", "no credentials: %s",
		    r->gate->lease_text);
		request_refuse(r, &why);
		return;
	}
	timer_stop(r->timer);
	r->state = REQUEST_SENT;
	if (relay_start(r, &why) != RC_OK)
		request_refuse(r, &why);
}

static void
set_text(char *to, size_t size, struct span text)
{
	snprintf(to, size, "%.*s", (int)text.len, (const char *)text.p);
}

static void
denied(struct request *r, const struct msg_call_says *m)
{
	struct refused why;
	bool ruled = m->rule.len > 0;

	(void)refused_denied(&why, "%s%.*s%s%.*s", ruled ? "by rule " : "",
	    (int)m->rule.len, (const char *)m->rule.p,
	    ruled && m->text.len > 0 ? ": " : "", (int)m->text.len,
	    (const char *)m->text.p);
	if (why.text[0] == '\0')
		(void)refused_denied(&why, "no rule allows it");
	request_refuse(r, &why);
}

void
request_verdict(struct request *r, const struct msg_call_says *m)
{
	set_text(r->rule, sizeof r->rule, m->rule);
	set_text(r->hold, sizeof r->hold, m->hold);
	if (m->policy.len == (sizeof r->policy - 1) / 2)
		id_hex(m->policy.p, m->policy.len, r->policy);
	switch (m->effect) {
	case VERDICT_ALLOW:
		r->bodies = (enum msg_bodies)m->bodies;
		r->reveal = m->reveal == 1;
		free(r->masks);
		r->masks = m->masks.len > 0 ? span_dup(m->masks) : NULL;
		if (m->masks.len > 0 && r->masks == NULL)
			request_cut(r, "out of memory");
		else
			begin_call(r);
		break;
	case VERDICT_HOLD:
		r->held = true;
		timer_set(r->timer, GATE_HOLD_MS);
		break;
	default:
		/* It was answered: nobody is to be told that it is gone. */
		r->state = REQUEST_LEASE;
		denied(r, m);
		break;
	}
}

static void
late(void *arg)
{
	struct request *r = arg;
	struct gate *g = r->gate;
	struct refused why;

	switch (r->state) {
	case REQUEST_ASKED:
		g->owner.gone(g->owner.arg, r->number);
		if (r->held)
			(void)refused_denied(&why,
			    "held: %s waits for approval (rule %s); try again once it "
			    "is approved",
			    r->hold, r->rule);
		else
			(void)refused_set(
			    &why, 503, "ServiceUnavailable", "no verdict in time");
		break;
	case REQUEST_LEASE:
		(void)refused_set(
		    &why, 503, "ServiceUnavailable", "no credentials in time");
		break;
	default:
		return;
	}
	request_refuse(r, &why);
}

/* ---- understanding ---- */

static enum rc
ask(struct request *r, struct refused *why)
{
	struct gate *g = r->gate;
	struct err err = { "" };
	struct buf facts;
	enum rc rc;

	buf_init(&facts, APICALL_BYTES);
	rc = apicall_pack(r->call, &facts, &err);
	if (rc == RC_OK) {
		r->number = ++g->numbers;
		r->state = REQUEST_ASKED;
		timer_set(r->timer, GATE_VERDICT_MS);
		rc = g->owner.ask(g->owner.arg, r->number, buf_span(&facts), &err);
	}
	buf_clear(&facts);
	if (rc == RC_REFUSE)
		return refused_denied(why, "%s", err.text);
	if (rc == RC_RETRY)
		return refused_set(why, 503, "SlowDown", "%s", err.text);
	return rc == RC_OK ? RC_OK : refused_failed(why, "%s", err.text);
}

/* The needs are for the recording and for people; the monitor makes its own. */
static enum rc
find_needs(struct request *r, struct refused *why)
{
	const struct iam_place place = { .partition = r->place.partition,
		.account = r->gate->account,
		.region = r->place.region };
	struct err err = { "" };
	enum rc rc = iam_needs(r->call, &place, &r->needs, &err);

	if (rc == RC_REFUSE)
		return refused_denied(why, "%s", err.text);
	return rc == RC_OK ? RC_OK : refused_failed(why, "%s", err.text);
}

static enum rc
too_much(struct request *r, struct refused *why)
{
	if (r->body.len > r->plan.most)
		return refused_set(why, 413, "RequestEntityTooLarge",
		    "a body of more than %zu bytes", r->plan.most);
	if (r->gate->bodies > GATE_BODIES)
		return refused_set(
		    why, 503, "SlowDown", "too many large bodies at once");
	return RC_OK;
}

/* The body as it is judged and sent on. */
static enum rc
settle_body(struct request *r, struct span *body, struct refused *why)
{
	struct err err = { "" };
	bool same = true;
	enum rc rc;

	*body = buf_span(&r->body);
	if (r->plan.streamed)
		return RC_OK;
	/* A piece more than may be, so that too much is seen as such. */
	buf_init(&r->plain, RESOLVE_INFLATED + 2 * PIECE);
	rc = resolve_body(r->head, &r->place, *body, &r->plain, &same, why);
	r->gate->bodies += r->plain.len;
	if (rc != RC_OK || (rc = too_much(r, why)) != RC_OK)
		return rc;
	r->inflated = !same;
	if (r->inflated)
		*body = buf_span(&r->plain);
	if (sigv4_hash(*body, r->body_hash, &err) != RC_OK)
		return refused_failed(why, "%s", err.text);
	return RC_OK;
}

const struct secret *
request_key(const struct request *r)
{
	return r->gate->kind == GATE_SDK ? r->own : r->gate->secret;
}

/* An SDK holds one of many pairs, whose id says which. */
static enum rc
find_key(struct request *r, struct refused *why)
{
	struct err err = { "" };
	enum rc rc;

	if (r->gate->kind != GATE_SDK)
		return RC_OK;
	rc = sdkkey_find(secret_span(r->gate->secret), span_of(r->authz.id),
	    clock_wall_ms(), &r->own, &err);
	if (rc == RC_REFUSE)
		/* S3 has its own word for it. */
		return refused_set(why, 403,
		    strcmp(r->authz.service, "s3") == 0 ? "InvalidAccessKeyId"
							: "InvalidClientTokenId",
		    "%s", err.text);
	return rc == RC_OK ? RC_OK : refused_failed(why, "%s", err.text);
}

static enum rc
verify(struct request *r, struct refused *why)
{
	char hash[SIGV4_HEX] = "";
	const char *id = r->gate->kind == GATE_SDK ? r->authz.id : r->gate->id;
	struct err err = { "" };
	enum rc rc;

	if ((rc = find_key(r, why)) != RC_OK)
		return rc;
	if (!r->plan.streamed && sigv4_hash(buf_span(&r->body), hash, &err) != RC_OK)
		return refused_failed(why, "%s", err.text);
	return authz_verify(&r->authz, r->head, span_of(id), request_key(r),
	    clock_wall_ms(), r->plan.streamed ? NULL : hash, why);
}

static enum rc
understand(struct request *r, struct refused *why)
{
	struct span body;
	enum rc rc;

	if ((rc = verify(r, why)) != RC_OK ||
	    (rc = settle_body(r, &body, why)) != RC_OK ||
	    (rc = resolve_call(r->head, &r->authz, &r->place, body, &r->call, why)) !=
		RC_OK ||
	    (rc = find_needs(r, why)) != RC_OK ||
	    (rc = onward_new(
		 r->head, &r->authz, &r->place, r->inflated, &r->onward, why)) != RC_OK)
		return rc;
	return ask(r, why);
}

static void
judge(struct request *r)
{
	struct refused why;
	enum rc rc = understand(r, &why);

	if (rc != RC_OK)
		request_refuse(r, &why);
}

/* ---- reading ---- */

static void
read_body(struct request *r)
{
	struct refused why;
	struct err err = { "" };
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		size_t before = r->body.len;

		rc = downstream_body(r->down, PIECE, &r->body, &err);
		r->gate->bodies += r->body.len - before;
		if (rc == RC_OK && too_much(r, &why) != RC_OK) {
			request_refuse(r, &why);
			return;
		}
	}
	if (rc == RC_END) {
		judge(r);
	} else if (rc == RC_REFUSE) {
		(void)refused_bad(&why, "%s", err.text);
		request_refuse(r, &why);
	}
	/* On RC_FAIL the connection says that it is gone. */
}

void
request_more(struct request *r)
{
	if (r->state == REQUEST_BODY)
		read_body(r);
	else if (r->state == REQUEST_SENT)
		relay_more(r);
}

static enum rc
locate(struct request *r, struct refused *why)
{
	const char *tunnel = downstream_tunnel(r->down);
	enum rc rc;

	if ((rc = authz_read(r->head, &r->authz, why)) != RC_OK)
		return rc;
	r->has_authz = true;
	rc = tunnel[0] != '\0' ? place_proxy(tunnel, downstream_sni(r->down), r->head,
				     &r->authz, &r->place, why)
			       : place_endpoint(r->head, &r->authz, &r->place, why);
	if (rc != RC_OK)
		return rc;
	r->has_place = true;
	if ((rc = resolve_plan(r->head, &r->authz, &r->place, &r->plan, why)) != RC_OK)
		return rc;
	if (!r->plan.streamed && head_length(r->head) > r->plan.most)
		return refused_set(why, 413, "RequestEntityTooLarge",
		    "a body of more than %zu bytes", r->plan.most);
	return RC_OK;
}

void
request_begin(struct gate *g, struct downstream *d, struct head *h)
{
	struct request *r = calloc(1, sizeof *r);
	struct refused why;

	if (r == NULL || (r->timer = loop_timer(g->loop, late, r)) == NULL) {
		free(r);
		head_free(h);
		downstream_cut(d);
		return;
	}
	r->gate = g;
	r->down = d;
	r->head = h;
	r->started_ms = clock_mono_ms();
	r->next = g->requests;
	g->requests = r;
	downstream_bind(d, r);
	if (locate(r, &why) != RC_OK) {
		request_refuse(r, &why);
		return;
	}
	buf_init(&r->body, r->plan.most + 2 * PIECE);
	if (r->plan.streamed) {
		judge(r);
	} else {
		downstream_continue(d);
		read_body(r);
	}
}
