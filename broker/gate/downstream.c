/* A client's connection; see downstream.h. */
#include "broker/gate/downstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "broker/gate/chunks.h"
#include "broker/gate/place.h"
#include "broker/gate/stream.h"

#define PIECE (64u * 1024)
/* A queue that was over its bound is called again below this. */
#define LOW (DOWNSTREAM_WAITS / 4)
/* So much of a body that nobody wants is read and dropped. */
#define DRAIN_MAX (1ull << 30)

enum phase {
	FIRST,	 /* nothing has come yet */
	HEAD,	 /* a head is awaited */
	SHAKE,	 /* TLS */
	BUSY,	 /* a request is served */
	DRAIN,	 /* its answer is out, its body is not read to the end */
	CLOSING, /* what is queued is written, then the end said */
	LINGER,	 /* the client's end is awaited, lest it loses our last bytes */
	GONE,
};

struct downstream {
	const struct downstream_rules *rules;
	struct downstream_owner owner;
	struct stream *stream;
	struct watch *watch;
	struct timer *timer, *bell; /* bell: tell from the loop */
	void *bound;
	enum phase phase;
	struct buf in; /* read and not used yet */
	struct buf out;
	size_t out_at; /* of out, written already */
	char tunnel[LEAF_NAME];
	/* of the request */
	enum head_body body;
	uint64_t left; /* HEAD_LENGTH */
	struct chunks *chunks;
	struct buf piece; /* one read */
	bool body_over, wants_body, expects, continued, keeps, was_full;
	bool close_after; /* of a DRAIN */
	uint64_t drained;
};

static void arrange(struct downstream *d);

static void
enter(struct downstream *d, enum phase phase, uint64_t ms)
{
	d->phase = phase;
	if (ms > 0)
		timer_set(d->timer, ms);
	else
		timer_stop(d->timer);
}

static void
lost(struct downstream *d)
{
	if (d->phase == GONE)
		return;
	enter(d, GONE, 0);
	loop_fd_events(d->watch, 0);
	timer_set(d->bell, 0);
}

static size_t
waiting(const struct downstream *d)
{
	return d->out.len - d->out_at;
}

/* ---- out ---- */

static void
flush(struct downstream *d)
{
	struct err err;
	enum rc rc = RC_OK;
	size_t n;

	while (waiting(d) > 0 && rc == RC_OK) {
		rc = stream_write(
		    d->stream, span_make(d->out.p + d->out_at, waiting(d)), &n, &err);
		if (rc == RC_OK)
			d->out_at += n;
	}
	if (rc != RC_OK && rc != RC_WAIT) {
		lost(d);
		return;
	}
	if (waiting(d) == 0) {
		buf_reset(&d->out);
		d->out_at = 0;
	}
}

/* Move what waits to the front, before more is put behind it. */
static void
compact(struct downstream *d)
{
	buf_skip(&d->out, d->out_at);
	d->out_at = 0;
}

void
downstream_write(struct downstream *d, struct span bytes)
{
	struct err err;
	enum rc rc = RC_OK;
	size_t n;

	if (d->phase == GONE)
		return;
	while (waiting(d) == 0 && bytes.len > 0 && rc == RC_OK) {
		rc = stream_write(d->stream, bytes, &n, &err);
		if (rc == RC_OK)
			bytes = span_make(bytes.p + n, bytes.len - n);
	}
	if (rc != RC_OK && rc != RC_WAIT) {
		lost(d);
		return;
	}
	if (bytes.len > 0) {
		compact(d);
		buf_span_put(&d->out, bytes);
		if (!buf_ok(&d->out)) {
			lost(d);
			return;
		}
	}
	if (waiting(d) > DOWNSTREAM_WAITS)
		d->was_full = true;
	if (d->phase == BUSY)
		timer_set(d->timer, DOWNSTREAM_STALL_MS);
	arrange(d);
}

bool
downstream_full(const struct downstream *d)
{
	return d->phase == BUSY && waiting(d) > DOWNSTREAM_WAITS;
}

void
downstream_continue(struct downstream *d)
{
	static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!d->expects || d->continued)
		return;
	d->continued = true;
	downstream_write(d, span_make(line, sizeof line - 1));
}

static void
shut(struct downstream *d)
{
	stream_shut(d->stream);
	enter(d, LINGER, DOWNSTREAM_LINGER_MS);
}

static void
close_down(struct downstream *d)
{
	if (d->phase == GONE)
		return;
	enter(d, CLOSING, DOWNSTREAM_DRAIN_MS);
	if (waiting(d) == 0)
		shut(d);
	arrange(d);
}

/* ---- refusals of our own ---- */

static void
refuse(struct downstream *d, const char *host, const struct refused *why)
{
	struct buf out;

	buf_init(&out, 8192);
	refused_answer(why, REFUSED_PLAIN, NULL, REFUSED_CLOSE, &out);
	downstream_write(d, buf_span(&out));
	buf_clear(&out);
	close_down(d);
	d->owner.refused(d->owner.arg, d, host, why);
}

/* ---- heads ---- */

/* RC_OK: something came. */
static enum rc
fill(struct downstream *d)
{
	struct err err;
	uint8_t *p;
	size_t n;
	enum rc rc;

	if ((p = buf_room(&d->in, HEAD_BYTES + 1 - d->in.len)) == NULL)
		return RC_FAIL;
	rc = stream_read(d->stream, p, HEAD_BYTES + 1 - d->in.len, &n, &err);
	if (rc == RC_OK) {
		if (d->in.len == 0)
			timer_set(d->timer, DOWNSTREAM_HEAD_MS);
		d->in.len += n;
	}
	return rc;
}

static bool
same_password(struct span want, struct span got)
{
	static const char scheme[] = "Basic ";
	const size_t n = sizeof scheme - 1;

	return got.len == n + want.len &&
	       strncasecmp((const char *)got.p, scheme, n) == 0 &&
	       CRYPTO_memcmp(got.p + n, want.p, want.len) == 0;
}

static enum rc
judge_connect(struct downstream *d, struct head *h, const char *name, uint16_t port,
    struct refused *why)
{
	struct span got = { NULL, 0 };

	if (d->rules->password.len > 0 &&
	    (head_find(h, "Proxy-Authorization", &got) != 1 ||
		!same_password(d->rules->password, got)))
		return refused_set(why, 407, "ProxyAuthenticationRequired",
		    "this proxy serves one command alone");
	if (port != 443)
		return refused_denied(why, "only port 443 is reached through here");
	if (d->in.len > 0)
		return refused_bad(why, "bytes behind CONNECT came too early");
	return place_allowed(name, why);
}

static void
secure(struct downstream *d, const char *must)
{
	struct err err;

	if (stream_secure(d->stream, d->rules->ctx, d->rules->leaf, must, &err) !=
	    RC_OK) {
		lost(d);
		return;
	}
	enter(d, SHAKE, DOWNSTREAM_HEAD_MS);
}

static void
connected(struct downstream *d, struct head *h, const char *name, uint16_t port)
{
	static const char line[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct refused why;

	if (judge_connect(d, h, name, port, &why) != RC_OK) {
		refuse(d, name, &why);
		return;
	}
	snprintf(d->tunnel, sizeof d->tunnel, "%s", name);
	downstream_write(d, span_make(line, sizeof line - 1));
	if (d->phase != GONE)
		secure(d, d->tunnel);
}

/* A request of which the head is known. */
static void
begin(struct downstream *d, struct head *h)
{
	struct err err;

	d->body = head_body(h);
	d->left = head_length(h);
	d->body_over = d->body == HEAD_NONE || (d->body == HEAD_LENGTH && d->left == 0);
	d->expects = head_expects(h);
	d->keeps = head_keeps(h);
	d->wants_body = d->continued = d->was_full = false;
	if (d->body == HEAD_CHUNKED && chunks_new(&d->chunks, &err) != RC_OK) {
		head_free(h);
		lost(d);
		return;
	}
	enter(d, BUSY, 0);
	d->owner.request(d->owner.arg, d, h);
}

static void
got_head(struct downstream *d, struct head *h)
{
	bool plain_proxy = d->rules->password.len > 0 && !stream_is_tls(d->stream);
	const char *name;
	struct refused why;
	uint16_t port;

	if (head_connect(h, &name, &port)) {
		if (!stream_is_tls(d->stream) && d->tunnel[0] == '\0') {
			connected(d, h, name, port);
		} else {
			refused_bad(&why, "CONNECT inside of a connection");
			refuse(d, name, &why);
		}
		head_free(h);
	} else if (plain_proxy) {
		refused_bad(&why, "this proxy takes CONNECT alone");
		refuse(d, head_host(h), &why);
		head_free(h);
	} else {
		begin(d, h);
	}
}

static void
read_head(struct downstream *d)
{
	struct head *h = NULL;
	struct refused why;
	struct err err = { "" };
	size_t used = 0;
	enum rc rc;

	if ((rc = fill(d)) == RC_WAIT)
		return;
	if (rc != RC_OK) {
		lost(d);
		return;
	}
	rc = head_read(buf_span(&d->in), &h, &used, &err);
	if (rc == RC_WAIT)
		return;
	if (rc == RC_FAIL) {
		lost(d);
	} else if (rc != RC_OK) {
		refused_bad(&why, "%s", err.text);
		refuse(d, d->tunnel, &why);
	} else {
		buf_skip(&d->in, used);
		got_head(d, h);
	}
}

static void
read_first(struct downstream *d)
{
	struct refused why;
	struct err err;
	uint8_t byte = 0;
	enum rc rc = stream_peek(d->stream, &byte, &err);

	if (rc == RC_WAIT)
		return;
	if (rc != RC_OK) {
		lost(d);
	} else if (byte != 0x16) {
		enter(d, HEAD, DOWNSTREAM_HEAD_MS);
		read_head(d);
	} else if (d->rules->password.len > 0) {
		refused_bad(&why, "this proxy takes CONNECT alone");
		d->owner.refused(d->owner.arg, d, "", &why);
		lost(d);
	} else {
		secure(d, NULL);
	}
}

static void
shake(struct downstream *d)
{
	struct refused why;
	struct err err = { "" };
	enum rc rc = stream_handshake(d->stream, &err);

	if (rc == RC_WAIT)
		return;
	if (rc == RC_OK) {
		enter(d, HEAD, DOWNSTREAM_IDLE_MS);
		/* Read-ahead may have the request already. */
		read_head(d);
		return;
	}
	if (rc == RC_REFUSE) {
		refused_denied(&why, "%s", err.text);
		d->owner.refused(d->owner.arg, d, d->tunnel, &why);
	}
	lost(d);
}

/* ---- bodies ---- */

/* Raw bytes: those that came with the head first. */
static enum rc
next_piece(struct downstream *d, size_t most, struct err *err)
{
	size_t n = most < PIECE ? most : PIECE;
	uint8_t *p;
	enum rc rc;

	buf_reset(&d->piece);
	if (d->in.len > 0) {
		n = d->in.len < n ? d->in.len : n;
		buf_put(&d->piece, d->in.p, n);
		buf_skip(&d->in, n);
		return RC_OK;
	}
	if ((p = buf_room(&d->piece, n)) == NULL)
		return RC_FAIL;
	if ((rc = stream_read(d->stream, p, n, &n, err)) == RC_OK)
		d->piece.len = n;
	return rc;
}

static enum rc
take_length(struct downstream *d, size_t most, struct buf *out, struct err *err)
{
	enum rc rc = next_piece(d, d->left < most ? (size_t)d->left : most, err);

	if (rc != RC_OK)
		return rc;
	d->left -= d->piece.len;
	d->body_over = d->left == 0;
	buf_span_put(out, buf_span(&d->piece));
	return RC_OK;
}

/* What stands behind the last chunk goes back to in: it came too early. */
static enum rc
take_chunked(struct downstream *d, size_t most, struct buf *out, struct err *err)
{
	size_t used = 0;
	enum rc rc = next_piece(d, most, err);

	if (rc != RC_OK)
		return rc;
	rc = chunks_feed(d->chunks, buf_span(&d->piece), &used, out, err);
	if (rc == RC_END) {
		d->body_over = true;
		buf_put(&d->in, d->piece.p + used, d->piece.len - used);
		return RC_OK;
	}
	return rc;
}

enum rc
downstream_body(struct downstream *d, size_t most, struct buf *out, struct err *err)
{
	size_t before = out->len;
	enum rc rc = RC_OK;

	if (d->phase != BUSY && d->phase != DRAIN)
		return RC_FAIL;
	while (rc == RC_OK && !d->body_over && out->len == before)
		rc = d->body == HEAD_CHUNKED ? take_chunked(d, most, out, err)
					     : take_length(d, most, out, err);
	d->wants_body = rc == RC_WAIT;
	if (rc == RC_END || rc == RC_FAIL || !buf_ok(out)) {
		lost(d);
		return RC_FAIL;
	}
	if (rc == RC_OK)
		rc = out->len == before ? RC_END : RC_OK;
	if (d->phase == BUSY && rc != RC_REFUSE)
		timer_set(d->timer, DOWNSTREAM_STALL_MS);
	arrange(d);
	return rc;
}

void
downstream_pause(struct downstream *d)
{
	d->wants_body = false;
	arrange(d);
}

static void
drain(struct downstream *d)
{
	struct buf drop;
	struct err err;
	enum rc rc = RC_OK;

	buf_init(&drop, PIECE + 16);
	for (int i = 0; i < 16 && rc == RC_OK; i++) {
		buf_reset(&drop);
		rc = downstream_body(d, PIECE, &drop, &err);
		d->drained += drop.len;
	}
	buf_clear(&drop);
	if (d->phase != DRAIN)
		return;
	if (rc == RC_REFUSE || d->drained > DRAIN_MAX) {
		lost(d);
		return;
	}
	d->wants_body = true;
	if (rc == RC_END)
		close_down(d);
}

/* ---- the end of a request ---- */

bool
downstream_keeps(const struct downstream *d)
{
	return d->phase == BUSY && d->keeps && d->body_over && d->in.len == 0;
}

static void
forget_request(struct downstream *d)
{
	chunks_free(d->chunks);
	d->chunks = NULL;
	buf_clear(&d->piece);
	d->bound = NULL;
}

void
downstream_finish(struct downstream *d, bool keep)
{
	/* A client that was never told to go on may or may not send its body. */
	bool sends = !d->body_over && (!d->expects || d->continued);

	if (d->phase != BUSY)
		return;
	d->bound = NULL;
	if (keep && downstream_keeps(d)) {
		forget_request(d);
		enter(d, HEAD, DOWNSTREAM_IDLE_MS);
		arrange(d);
	} else if (sends) {
		enter(d, DRAIN, DOWNSTREAM_DRAIN_MS);
		d->wants_body = true;
		arrange(d);
	} else {
		close_down(d);
	}
}

void
downstream_cut(struct downstream *d)
{
	d->bound = NULL;
	lost(d);
}

/* ---- the loop ---- */

static void
arrange(struct downstream *d)
{
	short e = 0;

	switch (d->phase) {
	case FIRST:
	case HEAD:
	case LINGER:
		e = POLLIN;
		break;
	case SHAKE:
		e = (short)(stream_waits(d->stream) | POLLRDHUP);
		break;
	case BUSY:
	case DRAIN:
		e = (short)(POLLRDHUP | (d->wants_body ? POLLIN : 0));
		break;
	case CLOSING:
	case GONE:
		break;
	}
	if (waiting(d) > 0 && d->phase != GONE)
		e |= POLLOUT;
	loop_fd_events(d->watch, e);
}

static void
linger(struct downstream *d)
{
	struct err err;
	uint8_t drop[4096];
	size_t n;
	enum rc rc = RC_OK;

	for (int i = 0; i < 16 && rc == RC_OK; i++)
		rc = stream_read(d->stream, drop, sizeof drop, &n, &err);
	if (rc != RC_OK && rc != RC_WAIT)
		lost(d);
}

static void
write_ready(struct downstream *d)
{
	flush(d);
	if (d->phase == CLOSING && waiting(d) == 0)
		shut(d);
	if (d->phase != BUSY)
		return;
	if (waiting(d) > 0)
		timer_set(d->timer, DOWNSTREAM_STALL_MS);
	else if (!d->wants_body)
		timer_stop(d->timer);
	if (d->was_full && waiting(d) <= LOW) {
		d->was_full = false;
		d->owner.drained(d->owner.arg, d);
	}
}

static void
busy(struct downstream *d, short revents)
{
	if (d->wants_body && (revents & (POLLIN | POLLRDHUP | POLLHUP)) != 0) {
		d->wants_body = false;
		d->owner.more(d->owner.arg, d);
	} else if ((revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
		lost(d);
	}
}

static void
ready(void *arg, short revents)
{
	struct downstream *d = arg;

	if (waiting(d) > 0 && (revents & POLLOUT) != 0)
		write_ready(d);
	switch (d->phase) {
	case FIRST:
		read_first(d);
		break;
	case HEAD:
		if (revents & (POLLIN | POLLHUP | POLLERR))
			read_head(d);
		break;
	case SHAKE:
		/* One that waits for a leaf cannot notice it by reading. */
		if (stream_waits(d->stream) == 0)
			lost(d);
		else
			shake(d);
		break;
	case BUSY:
		busy(d, revents);
		break;
	case DRAIN:
		if (revents & (POLLIN | POLLRDHUP | POLLHUP | POLLERR))
			drain(d);
		break;
	case LINGER:
		if (revents & (POLLIN | POLLHUP | POLLERR))
			linger(d);
		break;
	case CLOSING:
		if (revents & (POLLHUP | POLLERR))
			lost(d);
		break;
	case GONE:
		break;
	}
	arrange(d);
}

static void
late(void *arg)
{
	lost(arg);
}

static void
tell_gone(void *arg)
{
	struct downstream *d = arg;

	d->owner.gone(d->owner.arg, d);
}

void
downstream_wake(struct downstream *d)
{
	if (d->phase != SHAKE)
		return;
	shake(d);
	arrange(d);
}

enum rc
downstream_open_take(int fd, const struct downstream_rules *rules,
    const struct downstream_owner *owner, struct downstream **ret, struct err *err)
{
	struct downstream *d = calloc(1, sizeof *d);
	enum rc rc;

	if (d == NULL) {
		close(fd);
		return err_memory(err);
	}
	if ((rc = stream_open_take(fd, &d->stream, err)) != RC_OK) {
		free(d);
		return rc;
	}
	d->rules = rules;
	d->owner = *owner;
	buf_init(&d->in, HEAD_BYTES + PIECE);
	buf_init(&d->out, DOWNSTREAM_WAITS + (1u << 20));
	buf_init(&d->piece, PIECE);
	d->watch = loop_fd(rules->loop, fd, POLLIN, ready, d);
	d->timer = loop_timer(rules->loop, late, d);
	d->bell = loop_timer(rules->loop, tell_gone, d);
	if (d->watch == NULL || d->timer == NULL || d->bell == NULL) {
		downstream_free(d);
		return err_memory(err);
	}
	enter(d, FIRST, DOWNSTREAM_IDLE_MS);
	*ret = d;
	return RC_OK;
}

void
downstream_free(struct downstream *d)
{
	if (d == NULL)
		return;
	loop_fd_close(d->watch);
	timer_free(d->timer);
	timer_free(d->bell);
	forget_request(d);
	buf_clear(&d->in);
	buf_clear(&d->out);
	stream_free(d->stream);
	free(d);
}

void
downstream_bind(struct downstream *d, void *what)
{
	d->bound = what;
}

void *
downstream_bound(const struct downstream *d)
{
	return d->bound;
}

const char *
downstream_tunnel(const struct downstream *d)
{
	return d->tunnel;
}

const char *
downstream_sni(const struct downstream *d)
{
	return stream_name(d->stream);
}
