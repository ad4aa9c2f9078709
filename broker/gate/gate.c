/* The gate itself: what it made up, who is connected, the lease; see gate.h. */
#include "broker/gate/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/pem.h>

#include "broker/gate/gate_parts.h"
#include "broker/gate/stream.h"
#include "lib/base/clock.h"
#include "lib/base/multi.h"
#include "lib/base/resolver.h"
#include "lib/base/text.h"
#include "recorder/b64.h"

/* ---- first use ---- */

/* The system's CAs, read once before a process is confined; shared by all gates of all
 * processes that are forked from it. */
static X509_STORE *
system_trust(bool load)
{
	static X509_STORE *store; /* const once loaded: one per process tree */

	if (store == NULL && load) {
		store = X509_STORE_new();
		/* No folder of CAs: it would be looked into later. */
		if (store != NULL &&
		    X509_STORE_load_file(store, X509_get_default_cert_file()) != 1) {
			X509_STORE_free(store);
			store = NULL;
		}
	}
	return store;
}

enum rc
gate_prepare(struct err *err)
{
	SSL_CTX *ctx = NULL;
	struct leaf *leaf = NULL;
	enum rc rc;

	if (sodium_init() < 0)
		return err_set(err, RC_FAIL, "libsodium");
	if ((rc = multi_prepare(err)) != RC_OK || (rc = resolver_prepare(err)) != RC_OK)
		return rc;
	if (system_trust(true) == NULL)
		return err_set(err, RC_FAIL, "read the system's CAs");
	/* OpenSSL makes its tables and reads its configuration now. */
	if ((rc = stream_context(&ctx, err)) == RC_OK)
		rc = leaf_new(NULL, NULL, &leaf, err);
	SSL_CTX_free(ctx);
	leaf_free(leaf);
	return rc;
}

static enum rc
make_trust(struct span pem, X509_STORE **ret, struct err *err)
{
	X509_STORE *store;
	X509 *x;
	BIO *bio;
	bool good;
	size_t n = 0;

	if (pem.len == 0) {
		if ((store = system_trust(true)) == NULL)
			return err_set(err, RC_FAIL, "read the system's CAs");
		X509_STORE_up_ref(store);
		*ret = store;
		return RC_OK;
	}
	bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	store = X509_STORE_new();
	good = bio != NULL && store != NULL;
	while (good && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		good = X509_STORE_add_cert(store, x) == 1;
		X509_free(x);
		n++;
	}
	BIO_free(bio);
	if (good && n > 0) {
		*ret = store;
		return RC_OK;
	}
	X509_STORE_free(store);
	return err_set(err, RC_REFUSE, "no CA to trust");
}

/* ---- dummies ---- */

/* Random characters of an alphabet with a power of two of them. */
static void
random_text(char *out, size_t n, const char *alphabet, uint8_t mask)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t byte;

		randombytes_buf(&byte, 1);
		out[i] = alphabet[byte & mask];
	}
}

static enum rc
make_dummies(struct gate *g, struct err *err)
{
	static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	static const char base64[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	struct buf proxy;
	enum rc rc;

	memcpy(g->id, "AKBROKER", 8);
	random_text(g->id + 8, 12, base32, 31);
	if ((rc = secret_new(40, &g->secret, err)) != RC_OK)
		return rc;
	random_text((char *)secret_bytes(g->secret), 40, base64, 63);
	buf_init(&proxy, 64);
	buf_text(&proxy, "broker:");
	if (buf_room(&proxy, 43) != NULL) {
		random_text((char *)proxy.p + proxy.len, 43, base64, 63);
		proxy.len += 43;
	}
	rc = secret_copy(buf_span(&proxy), &g->proxy, err);
	buf_init(&g->password, 128);
	b64_put(&g->password, buf_span(&proxy));
	buf_clear(&proxy);
	return rc;
}

static enum rc
take_dummies(struct gate *g, const struct gate_init *init, struct err *err)
{
	if (init->dummy_id.len == 0 || init->dummy_secret.len == 0 ||
	    !span_copy(init->dummy_id, g->id, sizeof g->id))
		return err_set(err, RC_REFUSE, "a gate without keys for its client");
	return secret_copy(init->dummy_secret, &g->secret, err);
}

void
gate_dummies(const struct gate *g, struct gate_dummies *ret)
{
	*ret = (struct gate_dummies){ .access_key_id = span_of(g->id),
		.secret = secret_span(g->secret),
		.ca = leaf_ca(g->leaf) };
	if (g->proxy != NULL)
		ret->proxy = secret_span(g->proxy);
}

/* ---- the owner ---- */

enum rc
gate_event(struct gate *g, enum rc rc, char *json, struct err *err)
{
	if (rc == RC_OK)
		rc = g->owner.event(g->owner.arg, json, err);
	if (json != NULL)
		explicit_bzero(json, strlen(json));
	free(json);
	return rc;
}

void
gate_say(struct gate *g, const char *text)
{
	uint64_t h = 1469598103934665603u;

	for (const char *p = text; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * 1099511628211u;
	for (unsigned i = 0; i < g->n_said; i++)
		if (g->said[i] == h)
			return;
	if (g->n_said == GATE_SAID)
		return;
	g->said[g->n_said++] = h;
	g->owner.say(g->owner.arg, text);
}

static enum rc
ask_leaf(void *arg, uint32_t number, const char *host, struct span key, struct err *err)
{
	struct gate *g = arg;

	return g->owner.leaf(g->owner.arg, number, host, key, err);
}

/* ---- connections ---- */

static void
on_request(void *arg, struct downstream *d, struct head *h)
{
	struct gate *g = arg;

	g->owner.moved(g->owner.arg);
	if (g->stopped) {
		head_free(h);
		downstream_cut(d);
		return;
	}
	request_begin(g, d, h);
}

static void
on_more(void *arg, struct downstream *d)
{
	(void)arg;
	if (downstream_bound(d) != NULL)
		request_more(downstream_bound(d));
}

static void
on_drained(void *arg, struct downstream *d)
{
	(void)arg;
	if (downstream_bound(d) != NULL)
		relay_go(downstream_bound(d));
}

/* What did not become a request. */
static void
on_refused(void *arg, struct downstream *d, const char *host, const struct refused *why)
{
	struct callrecord known = { .host = host };
	struct gate *g = arg;
	struct err err = { "" };
	char line[REFUSED_TEXT + 32], *json = NULL;
	enum rc rc;

	g->refused++;
	rc = callrecord_refused(&known, why->code, why->text, &json, &err);
	if (gate_event(g, rc, json, &err) != RC_OK)
		downstream_cut(d);
	snprintf(line, sizeof line, "denied: %s", why->text);
	gate_say(g, line);
}

static void accept_some(void *arg, short revents);

static void
on_gone(void *arg, struct downstream *d)
{
	struct gate *g = arg;
	struct request *r = downstream_bound(d);

	if (r != NULL)
		request_cut(r, "the client is gone");
	for (size_t i = 0; i < GATE_CONNECTIONS; i++)
		if (g->downs[i] == d)
			g->downs[i] = NULL;
	downstream_free(d);
	if (g->listening != NULL)
		loop_fd_events(g->listening, POLLIN);
}

/* fd is taken, also on failure. */
static enum rc
serve_take(struct gate *g, int fd, struct err *err)
{
	const struct downstream_owner owner = { .arg = g,
		.request = on_request,
		.more = on_more,
		.drained = on_drained,
		.refused = on_refused,
		.gone = on_gone };

	for (size_t i = 0; i < GATE_CONNECTIONS && !g->stopped; i++)
		if (g->downs[i] == NULL)
			return downstream_open_take(
			    fd, &g->rules, &owner, &g->downs[i], err);
	close(fd);
	return err_set(err, RC_RETRY, "too many connections");
}

static bool
room_for_one(const struct gate *g)
{
	for (size_t i = 0; i < GATE_CONNECTIONS; i++)
		if (g->downs[i] == NULL)
			return true;
	return false;
}

static void
accept_some(void *arg, short revents)
{
	struct gate *g = arg;
	struct err err;
	int fd, on = 1;

	(void)revents;
	for (int i = 0; i < 16 && room_for_one(g); i++) {
		fd = accept4(g->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			break;
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		(void)serve_take(g, fd, &err);
	}
	/* The kernel keeps who comes now until somebody leaves. */
	if (!room_for_one(g))
		loop_fd_events(g->listening, 0);
}

enum rc
gate_listen_take(struct gate *g, int fd, struct err *err)
{
	const struct timeval at_once = { 0, 1000 };

	if (g->kind != GATE_COMMAND || g->listen_fd >= 0 || g->stopped) {
		close(fd);
		return err_set(err, RC_REFUSE, "a listening socket that nobody wants");
	}
	/* The socket is another's making, and a confined process cannot change how it
	 * waits otherwise: a client that is gone again must not make us. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &at_once, sizeof at_once) != 0) {
		close(fd);
		return err_errno(err, RC_FAIL, "a listening socket");
	}
	if ((g->listening = loop_fd(g->loop, fd, POLLIN, accept_some, g)) == NULL) {
		close(fd);
		return err_memory(err);
	}
	g->listen_fd = fd;
	return RC_OK;
}

enum rc
gate_client_take(struct gate *g, int fd, struct err *err)
{
	if (g->kind != GATE_SDK) {
		close(fd);
		return err_set(err, RC_REFUSE, "a connection that nobody wants");
	}
	return serve_take(g, fd, err);
}

/* ---- the lease ---- */

static void
forget_lease(struct gate_lease *l)
{
	secret_free(l->secret);
	secret_free(l->token);
	explicit_bzero(l, sizeof *l);
}

static uint64_t
lease_left(const struct gate *g)
{
	uint64_t now = clock_wall_ms();

	return g->lease.secret != NULL && g->lease.expires_ms > now
		   ? g->lease.expires_ms - now
		   : 0;
}

enum rc
gate_lease_ready(struct gate *g)
{
	uint64_t left = lease_left(g), now = clock_mono_ms();
	struct err err = { "" };
	bool may_ask =
	    g->lease_asked_ms == 0 || now - g->lease_asked_ms >= GATE_LEASE_AGAIN_MS;

	/* The first one comes by itself. */
	if (left < GATE_LEASE_SOON_MS && may_ask &&
	    (g->lease.secret != NULL || g->lease_text[0] != '\0')) {
		g->lease_asked_ms = now;
		g->lease_text[0] = '\0';
		if (g->owner.fresh(g->owner.arg, &err) != RC_OK)
			snprintf(g->lease_text, sizeof g->lease_text, "%s", err.text);
	}
	if (left > GATE_LEASE_LEFT_MS)
		return RC_OK;
	return g->lease_text[0] != '\0' ? RC_RETRY : RC_WAIT;
}

static enum rc
take_lease(struct gate *g, const struct msg_lease *m, struct err *err)
{
	struct gate_lease l = { .expires_ms = m->expires_ms };
	enum rc rc;

	if (!span_copy(m->access_key_id, l.id, sizeof l.id))
		return err_set(err, RC_REFUSE, "a lease with a strange key id");
	if ((rc = secret_copy(m->secret, &l.secret, err)) != RC_OK ||
	    (m->token.len > 0 &&
		(rc = secret_copy(m->token, &l.token, err)) != RC_OK)) {
		forget_lease(&l);
		return rc;
	}
	forget_lease(&g->lease);
	g->lease = l;
	explicit_bzero(&l, sizeof l);
	g->lease_text[0] = '\0';
	return RC_OK;
}

enum rc
gate_lease(struct gate *g, const struct msg_lease *m, struct err *err)
{
	enum rc rc = RC_OK;

	if (m->access_key_id.len == 0)
		snprintf(g->lease_text, sizeof g->lease_text, "%.*s",
		    m->text.len > 0 ? (int)m->text.len : 16,
		    m->text.len > 0 ? (const char *)m->text.p : "no credentials");
	else
		rc = take_lease(g, m, err);
	for (struct request *r = g->requests; rc == RC_OK && r != NULL; r = r->next)
		if (r->state == REQUEST_LEASE)
			request_lease(r);
	return rc;
}

/* ---- answers ---- */

enum rc
gate_verdict(
    struct gate *g, uint32_t call, const struct msg_call_says *m, struct err *err)
{
	if (m->effect > VERDICT_ALLOW || m->bodies > BODIES_NONE)
		return err_set(err, RC_REFUSE, "a verdict that is none");
	for (struct request *r = g->requests; r != NULL; r = r->next)
		if (r->number == call && r->state == REQUEST_ASKED) {
			request_verdict(r, m);
			break;
		}
	return RC_OK;
}

enum rc
gate_leaf(struct gate *g, uint32_t number, const struct msg_leaf *m, struct err *err)
{
	enum rc rc = leaf_answer(g->leaf, number, m->chain, err);

	for (size_t i = 0; i < GATE_CONNECTIONS; i++)
		if (g->downs[i] != NULL)
			downstream_wake(g->downs[i]);
	return rc;
}

/* ---- beginning and end ---- */

static void
sweep(void *arg)
{
	struct gate *g = arg;

	for (struct request **at = &g->requests; *at != NULL;) {
		struct request *r = *at;

		if (r->state != REQUEST_OVER) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		request_free(r);
	}
}

void
gate_sweep_soon(struct gate *g)
{
	timer_set(g->sweeper, 0);
}

static enum rc
make(struct gate *g, const struct gate_init *init, struct err *err)
{
	struct upstream_init up = { .loop = init->loop,
		.connect_to = init->connect_to,
		.n_connect_to = init->n_connect_to };
	bool sdk = init->kind == GATE_SDK;
	enum rc rc;

	if ((g->sweeper = loop_timer(g->loop, sweep, g)) == NULL)
		return err_memory(err);
	if ((rc = sdk ? take_dummies(g, init, err) : make_dummies(g, err)) != RC_OK ||
	    (rc = stream_context(&g->ctx, err)) != RC_OK ||
	    (rc = leaf_new(sdk ? ask_leaf : NULL, g, &g->leaf, err)) != RC_OK ||
	    (rc = make_trust(init->ca, &up.trust, err)) != RC_OK)
		return rc;
	rc = upstream_new(&up, &g->upstream, err);
	X509_STORE_free(up.trust);
	g->rules = (struct downstream_rules){ .loop = g->loop,
		.ctx = g->ctx,
		.leaf = g->leaf,
		.password = buf_span(&g->password) };
	return rc;
}

enum rc
gate_new(const struct gate_init *init, const struct gate_owner *owner,
    struct gate **ret, struct err *err)
{
	struct gate *g = calloc(1, sizeof *g);
	enum rc rc;

	if (g == NULL)
		return err_memory(err);
	g->listen_fd = -1;
	g->loop = init->loop;
	g->owner = *owner;
	g->kind = init->kind;
	snprintf(g->account, sizeof g->account, "%s", init->account);
	snprintf(g->region, sizeof g->region, "%s", init->region);
	if ((rc = make(g, init, err)) != RC_OK) {
		gate_free(g);
		err_add(err, "the gate");
		return rc;
	}
	*ret = g;
	return RC_OK;
}

/* Who comes later is refused by the kernel. */
static void
stop_listening(struct gate *g)
{
	loop_fd_close(g->listening);
	g->listening = NULL;
	if (g->listen_fd >= 0)
		close(g->listen_fd);
	g->listen_fd = -1;
}

void
gate_stop(struct gate *g)
{
	if (g->stopped)
		return;
	g->stopped = true;
	stop_listening(g);
	for (struct request *r = g->requests; r != NULL; r = r->next)
		request_cut(r, "the session was stopped");
	for (size_t i = 0; i < GATE_CONNECTIONS; i++)
		if (g->downs[i] != NULL)
			downstream_cut(g->downs[i]);
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	for (struct request *r = g->requests; r != NULL; r = r->next)
		request_over(r);
	sweep(g);
	for (size_t i = 0; i < GATE_CONNECTIONS; i++)
		downstream_free(g->downs[i]);
	upstream_free(g->upstream);
	stop_listening(g);
	timer_free(g->sweeper);
	leaf_free(g->leaf);
	SSL_CTX_free(g->ctx);
	forget_lease(&g->lease);
	secret_free(g->secret);
	secret_free(g->proxy);
	buf_clear(&g->password);
	free(g);
}

size_t
gate_busy(const struct gate *g)
{
	size_t n = 0;

	for (const struct request *r = g->requests; r != NULL; r = r->next)
		n += r->state != REQUEST_OVER;
	return n;
}

uint64_t
gate_refused(const struct gate *g)
{
	return g->refused;
}
