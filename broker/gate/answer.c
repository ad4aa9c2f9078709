/* An answer's way back to the client; see gate_parts.h.  Answers of the API are read
 * whole and masked; data of objects and events pass in pieces, as they come. */
#include "broker/gate/gate_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "broker/gate/redaction.h"
#include "broker/gate/secretfields.h"
#include "policies/awsmodel.h"

#define PIECE (64u * 1024)
#define CRC32 "x-amz-crc32"

/* ---- the answer's head ---- */

/* Of one hop, or not for a client of ours. */
static const char *const dropped[] = { "Connection", "Keep-Alive", "Proxy-Connection",
	"Proxy-Authenticate", "Transfer-Encoding", "TE", "Trailer", "Upgrade",
	"Alt-Svc" };

static bool
is(struct span name, const char *what)
{
	return name.len == strlen(what) &&
	       strncasecmp((const char *)name.p, what, name.len) == 0;
}

static bool
drops(struct span name)
{
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
		if (is(name, dropped[i]))
			return true;
	return false;
}

static struct span
trim(struct span v)
{
	while (v.len > 0 && (*v.p == ' ' || *v.p == '\t'))
		v = span_make(v.p + 1, v.len - 1);
	while (v.len > 0 && strchr(" \t\r\n", v.p[v.len - 1]) != NULL)
		v.len--;
	return v;
}

static void
keep(char *to, size_t size, struct span value)
{
	snprintf(to, size, "%.*s", (int)value.len, (const char *)value.p);
}

static void
note_header(struct request *r, struct span name, struct span value)
{
	if (is(name, "x-amzn-requestid") || is(name, "x-amz-request-id") ||
	    is(name, "x-amz-requestid"))
		keep(r->request_id, sizeof r->request_id, value);
	else if (is(name, "content-type"))
		keep(r->type, sizeof r->type, value);
	else if (is(name, "content-encoding")) {
		/* What is packed cannot be masked. */
		r->packed = !is(value, "identity") && value.len > 0;
		r->record_response &= !r->packed;
	} else if (is(name, "x-amzn-errortype")) {
		keep(r->error, sizeof r->error, value);
		r->error[strcspn(r->error, ":")] = '\0';
	}
}

/* Headers that were true of a body that is another now.  DynamoDB's sum, which clients
 * check, is made anew. */
static bool
stale(struct span name)
{
	static const char *const whole[] = { "content-length", "content-md5",
		"content-digest", "repr-digest", "digest", CRC32 };
	static const char *const parts[] = { "checksum", "crc32", "tree-hash" };
	char folded[64];
	size_t n = name.len < sizeof folded - 1 ? name.len : sizeof folded - 1;

	for (size_t i = 0; i < n; i++)
		folded[i] = (char)(name.p[i] | 0x20);
	folded[n] = '\0';
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		if (is(name, whole[i]))
			return true;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (strstr(folded, parts[i]) != NULL)
			return true;
	return false;
}

static void
put_crc32(struct span body, struct buf *out)
{
	uLong sum = crc32_z(crc32_z(0, NULL, 0), body.p, body.len);

	buf_printf(out, CRC32 ": %lu\r\n", sum);
}

/* One line, with its end; *length: it says how long the body is. */
static void
put_line(struct request *r, struct span line, bool *length, struct buf *out)
{
	const uint8_t *colon = memchr(line.p, ':', line.len);
	struct span name, value;

	if (colon == NULL || colon == line.p || *line.p == ' ' || *line.p == '\t')
		return;
	name = span_make(line.p, (size_t)(colon - line.p));
	value = trim(span_make(colon + 1, line.len - name.len - 1));
	if (!r->settled)
		note_header(r, name, value);
	if (r->settled && is(name, CRC32) && r->changed)
		put_crc32(answer_masked(r), out);
	if (drops(name) || (r->settled && is(name, "Content-Length")) ||
	    (r->settled && r->changed && stale(name)))
		return;
	*length |= is(name, "Content-Length");
	buf_span_put(out, name);
	buf_text(out, ": ");
	buf_span_put(out, value);
	buf_text(out, "\r\n");
}

static void
put_lines(struct request *r, struct span lines, bool *length, struct buf *out)
{
	while (lines.len > 0) {
		const uint8_t *end = memchr(lines.p, '\n', lines.len);
		size_t n = end != NULL ? (size_t)(end - lines.p) + 1 : lines.len;

		put_line(r, span_make(lines.p, n), length, out);
		lines = span_make(lines.p + n, lines.len - n);
	}
}

static void
put_status(struct request *r, const char *reason, struct buf *out)
{
	buf_printf(out, "HTTP/1.1 %u ", r->status);
	for (; *reason >= ' ' && *reason <= '~'; reason++)
		buf_u8(out, (uint8_t)*reason);
	buf_text(out, "\r\n");
}

static void
put_head(struct request *r, const char *reason, struct span lines, struct buf *out)
{
	bool length = false;

	put_status(r, reason, out);
	put_lines(r, lines, &length, out);
	r->chunked = !length && !r->silent;
	if (r->chunked)
		buf_text(out, "Transfer-Encoding: chunked\r\n");
	if (!r->keep)
		buf_text(out, "Connection: close\r\n");
	buf_text(out, "\r\n");
}

/* Only to look at them. */
static void
note_lines(struct request *r, struct span lines)
{
	bool length = false;
	struct buf drop;

	buf_init(&drop, 2 * UPSTREAM_HEAD);
	put_lines(r, lines, &length, &drop);
	buf_clear(&drop);
}

/* Data of objects, and what is sent while it happens, are the client's own stream's
 * matter; so is what AWS sends piece by piece while it works. */
static bool
gathers(const struct request *r)
{
	const unsigned streams = AWSMODEL_OUTFILE | AWSMODEL_EVENTS_OUT;

	if (r->silent)
		return false;
	if (r->status < 300 && (relay_flags(r) & streams) != 0)
		return false;
	return !secretfields_slow(apicall_service(r->call), apicall_operation(r->call));
}

static enum rc
begin_gathering(struct request *r, const char *reason, struct span lines)
{
	r->gather = true;
	snprintf(r->reason, sizeof r->reason, "%s", reason);
	buf_init(&r->lines, 2 * UPSTREAM_HEAD);
	buf_init(&r->got, GATE_ANSWER);
	buf_span_put(&r->lines, lines);
	note_lines(r, lines);
	return buf_ok(&r->lines) ? RC_OK : RC_FAIL;
}

/* Its head goes on at once. */
static enum rc
begin_passing(struct request *r, const char *reason, struct span lines)
{
	struct buf out;
	enum rc rc;

	buf_init(&out, 2 * UPSTREAM_HEAD);
	put_head(r, reason, lines, &out);
	rc = buf_ok(&out) ? RC_OK : RC_FAIL;
	if (rc == RC_OK) {
		r->answered = true;
		downstream_write(r->down, buf_span(&out));
	}
	buf_clear(&out);
	return rc;
}

enum rc
answer_head(void *arg, unsigned status, const char *reason, struct span lines)
{
	struct request *r = arg;
	struct err err;
	enum rc rc;

	if (r->state != REQUEST_SENT)
		return RC_FAIL;
	r->status = status;
	r->keep = downstream_keeps(r->down);
	r->silent = strcmp(head_method(r->head), "HEAD") == 0 || r->status == 204 ||
		    r->status == 304;
	rc = tally_new(r->record_response ? GATE_KEEP_RESPONSE
		       : status >= 400	  ? GATE_KEEP_ERROR
					  : 0,
	    &r->received, &err);
	if (rc != RC_OK)
		return rc;
	return gathers(r) ? begin_gathering(r, reason, lines)
			  : begin_passing(r, reason, lines);
}

/* ---- the answer's body ---- */

/* RC_FAIL, with what the client is told. */
static enum rc
give_up(struct request *r, unsigned status, const char *code, const char *text)
{
	r->bad_body = true;
	(void)refused_set(&r->why, status, code, "%s", text);
	return RC_FAIL;
}

/* No other try would help: 501 is not retried. */
static enum rc
gather(struct request *r, struct span bytes)
{
	if (bytes.len > GATE_ANSWER - r->got.len)
		return give_up(r, 501, "AnswerTooLarge",
		    "the answer is longer than what can be masked at once; ask for "
		    "less of it");
	r->gate->bodies += bytes.len;
	buf_span_put(&r->got, bytes);
	if (r->gate->bodies > GATE_BODIES)
		return give_up(r, 503, "SlowDown", "too many large answers at once");
	return buf_ok(&r->got) ? RC_OK : RC_FAIL;
}

enum rc
answer_body(void *arg, struct span bytes)
{
	struct request *r = arg;

	if (r->state != REQUEST_SENT || r->silent)
		return RC_FAIL;
	if (!r->gather && downstream_full(r->down))
		return RC_WAIT;
	r->gate->owner.moved(r->gate->owner.arg);
	if (r->gather)
		return gather(r, bytes);
	if (tally_add(r->received, bytes) != RC_OK)
		return RC_FAIL;
	if (!r->chunked) {
		downstream_write(r->down, bytes);
		return RC_OK;
	}
	buf_reset(&r->piece);
	buf_printf(&r->piece, "%zx\r\n", bytes.len);
	buf_span_put(&r->piece, bytes);
	buf_text(&r->piece, "\r\n");
	if (!buf_ok(&r->piece))
		return RC_FAIL;
	downstream_write(r->down, buf_span(&r->piece));
	return RC_OK;
}

/* ---- masking ---- */

struct span
answer_masked(const struct request *r)
{
	return r->masked > 0 ? buf_span(&r->shown) : buf_span(&r->got);
}

static struct span
given(const struct request *r)
{
	return r->changed ? buf_span(&r->shown) : buf_span(&r->got);
}

static enum rc
mask_more(void *arg, struct span text, struct buf *out, struct err *err)
{
	const struct request *r = arg;
	const struct gate_owner *o = &r->gate->owner;

	if (o->mask == NULL)
		return err_set(err, RC_FAIL, "no masks here");
	return o->mask(o->arg, span_of(r->masks), text, out, err);
}

/* What a client would take it for: the form that its parser wants, if it looks so. */
static enum fields_form
form_of(const struct request *r, struct span body)
{
	bool xml = r->place.form == REFUSED_S3 || r->place.form == REFUSED_XML ||
		   r->place.form == REFUSED_EC2;
	enum fields_form looks = fields_form(span_make(NULL, 0), body);
	enum fields_form wanted = xml ? FIELDS_XML : FIELDS_JSON;

	return looks == wanted ? wanted : fields_form(span_of(r->type), body);
}

static bool
listed(const struct request *r)
{
	struct secretfields s;

	return secretfields_of(
	    apicall_service(r->call), apicall_operation(r->call), &s);
}

static enum rc
mask_with(struct request *r, const struct redaction *found)
{
	struct span got = buf_span(&r->got);

	r->masked = redaction_count(found);
	if (r->masked == 0)
		return RC_OK;
	r->changed = !r->reveal;
	buf_init(&r->shown, redaction_size(found, got));
	redaction_put(found, got, &r->shown);
	r->gate->bodies += r->shown.len;
	return buf_ok(&r->shown) ? RC_OK : RC_FAIL;
}

/* A page of a load balancer, or a text: no member stands there.  But what exists to
 * return secrets never comes so. */
static enum rc
no_form(struct request *r)
{
	if (r->got.len == 0 || r->status >= 300 || !listed(r))
		return RC_OK;
	return give_up(
	    r, 502, "BadGateway", "the answer has no form that can be masked");
}

static enum rc
mask(struct request *r)
{
	struct redaction_how how = { .form = form_of(r, buf_span(&r->got)),
		.call = r->call,
		.error = r->status >= 300,
		.more = r->masks != NULL ? mask_more : NULL,
		.arg = r };
	struct redaction *found = NULL;
	struct err err = { "" };
	char text[256];
	enum rc rc;

	if (r->packed && r->got.len > 0)
		return give_up(
		    r, 502, "BadGateway", "the answer is packed, and cannot be masked");
	if (r->got.len == 0 || how.form == FIELDS_OTHER || how.form == FIELDS_QUERY)
		return no_form(r);
	rc = redaction_new(&how, buf_span(&r->got), &found, &err);
	if (rc == RC_OK)
		rc = mask_with(r, found);
	redaction_free(found);
	if (rc == RC_OK)
		return RC_OK;
	snprintf(text, sizeof text, "the answer cannot be masked: %.200s", err.text);
	return give_up(r, 502, "BadGateway", text);
}

/* ---- the end ---- */

/* No whole answer.  One that was begun cannot be taken back. */
static void
failed(struct request *r, enum rc rc, const struct err *err)
{
	struct refused why;

	if (r->bad_body) {
		why = r->why;
	} else {
		(void)refused_set(&why, rc == RC_RETRY ? 503 : 502,
		    rc == RC_RETRY ? "ServiceUnavailable" : "BadGateway",
		    "%s could not be reached: %s", r->place.host, err->text);
	}
	if (r->answered)
		request_cut(r, why.text);
	else
		request_refuse(r, &why);
}

/* As much of it as the client takes now. */
void
answer_more(struct request *r)
{
	while (r->passed < given(r).len) {
		struct span rest = given(r);

		if (r->state != REQUEST_SENT || downstream_full(r->down))
			return;
		rest = span_make(rest.p + r->passed, rest.len - r->passed);
		if (rest.len > PIECE)
			rest.len = PIECE;
		r->passed += rest.len;
		r->gate->owner.moved(r->gate->owner.arg);
		downstream_write(r->down, rest);
	}
	if (r->state != REQUEST_SENT)
		return;
	downstream_finish(r->down, r->keep);
	request_over(r);
}

static void
begin_giving(struct request *r)
{
	bool length = false;
	struct buf out;

	buf_init(&out, 3 * UPSTREAM_HEAD);
	put_status(r, r->reason, &out);
	put_lines(r, buf_span(&r->lines), &length, &out);
	buf_printf(&out, "Content-Length: %zu\r\n%s\r\n", given(r).len,
	    r->keep ? "" : "Connection: close\r\n");
	r->answered = true;
	if (buf_ok(&out))
		downstream_write(r->down, buf_span(&out));
	else
		r->keep = false;
	buf_clear(&out);
	if (r->state == REQUEST_SENT)
		answer_more(r);
}

void
answer_done(void *arg, enum rc rc, const struct err *err)
{
	struct request *r = arg;
	struct err why = { "" };
	struct downstream *d = r->down;

	r->up = NULL;
	if (r->state != REQUEST_SENT)
		return;
	if (rc == RC_OK && r->gather) {
		/* What is recorded of it, its digest too, is what may be known of it. */
		if ((rc = mask(r)) == RC_OK)
			rc = tally_add(r->received, answer_masked(r));
		r->settled = rc == RC_OK;
	}
	if (rc != RC_OK) {
		failed(r, rc, err);
		return;
	}
	if (relay_record(r, NULL, &why) != RC_OK || r->state != REQUEST_SENT) {
		request_cut(r, "the recording failed");
		return;
	}
	if (r->gather) {
		begin_giving(r);
		return;
	}
	if (r->chunked)
		downstream_write(d, span_of("0\r\n\r\n"));
	downstream_finish(d, r->keep);
	request_over(r);
}
