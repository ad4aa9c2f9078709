/* Calls of AWS's API; see ssmcall.h.  What an answer means is ssmanswer's. */
#include "broker/target/ssmcall.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#include "broker/target/net.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define BODY_MAX (1u << 17)
#define RETRIES 3
#define LEASE_MS 20000u /* fresh credentials come within it, or not */
#define LEASE_LOOK_MS 100u

struct ssmcall {
	struct target_net *net;
	enum ssmop op;
	struct buf body;
	uint64_t until_ms; /* on the clock that never goes back */
	ssmcall_fn *fn;
	void *arg;
	struct http_call *http;
	struct timer *timer;
	unsigned tries;
	bool refreshed;	   /* fresh credentials were asked for, once */
	uint64_t lease_ms; /* until then they are waited for; 0: they are not */
	unsigned leases;
};

void
ssmcall_drop(struct ssmcall *c)
{
	if (c == NULL)
		return;
	http_cancel(c->http);
	timer_free(c->timer);
	buf_clear(&c->body);
	free(c);
}

static void
finish(struct ssmcall *c, struct ssmanswer *a)
{
	ssmcall_fn *fn = c->fn;
	void *arg = c->arg;

	if (a->word != ANSWER_DONE && a->word != ANSWER_NOT_YET)
		log_line(LOG_NOTICE, "%s: %s", ssmop_name(c->op), a->text);
	ssmcall_drop(c);
	fn(arg, a);
	ssmanswer_clear(a);
}

static void
finish_with(struct ssmcall *c, enum ssmword word, const char *text)
{
	struct ssmanswer a;

	ssmanswer_none(word, text, &a);
	finish(c, &a);
}

static uint64_t
left(const struct ssmcall *c)
{
	uint64_t now = clock_mono_ms();

	return c->until_ms > now ? c->until_ms - now : 0;
}

static bool
once_only(enum ssmop op)
{
	return op == OP_START || op == OP_SEND;
}

/* 2^n times 1000 to 1499 ms. */
static uint64_t
delay(unsigned tries)
{
	uint16_t r = 0;

	(void)RAND_bytes((unsigned char *)&r, sizeof r);
	return (1000u + r % 500u) << tries;
}

/* Come back for another try?  Then the timer is set. */
static bool
again(struct ssmcall *c, enum ssmword word, bool unsent)
{
	uint64_t ms;

	if (word == ANSWER_EXPIRED && !c->refreshed) {
		c->refreshed = true;
		c->leases = net_leases(c->net);
		c->lease_ms = clock_mono_ms() + LEASE_MS;
		net_refresh(c->net);
		timer_set(c->timer, LEASE_LOOK_MS);
		return true;
	}
	if (word != ANSWER_BUSY && word != ANSWER_TROUBLE && word != ANSWER_UNREACHED)
		return false;
	if (once_only(c->op) && word != ANSWER_BUSY && !unsent)
		return false;
	ms = delay(c->tries);
	if (c->tries >= RETRIES || ms >= left(c))
		return false;
	c->tries++;
	timer_set(c->timer, ms);
	return true;
}

static void
on_answer(
    void *arg, enum rc rc, unsigned status, struct span body, const struct err *err)
{
	struct ssmcall *c = arg;
	struct span id = http_header(c->http, "x-amzn-RequestId");
	bool unsent = rc == RC_RETRY && http_unsent(c->http);
	struct ssmanswer a;

	c->http = NULL;
	if (rc == RC_OK)
		ssmanswer_read(c->op, status, body, &a);
	else
		ssmanswer_none(rc == RC_RETRY  ? ANSWER_UNREACHED
			       : rc == RC_FAIL ? ANSWER_OURS
					       : ANSWER_NONSENSE,
		    err->text, &a);
	log_line(LOG_DEBUG, "%s: HTTP %u, request %.*s", ssmop_name(c->op), status,
	    id.len > 64 ? 64 : (int)id.len, id.p != NULL ? (const char *)id.p : "");
	if (again(c, a.word, unsent))
		ssmanswer_clear(&a);
	else
		finish(c, &a);
}

static enum rc
sign(struct ssmcall *c, const char *host, struct buf *lines, struct err *err)
{
	char target[64], hash[SIGV4_HEX], signature[SIGV4_HEX];
	struct sigv4_header headers[] = {
		{ span_of("Host"), span_of(host) },
		{ span_of("Content-Type"), span_of("application/x-amz-json-1.1") },
		{ span_of("X-Amz-Target"), { 0 } },
	};
	struct sigv4_request r = {
		.method = "POST", .headers = headers, .n_headers = 3
	};
	struct sigv4_key key;
	enum rc rc;

	if (!net_key(c->net, ssmop_service(c->op), &key))
		return err_set(err, RC_REFUSE, "there are no credentials");
	ssmop_target(c->op, target);
	headers[2].value = span_of(target);
	if ((rc = sigv4_hash(buf_span(&c->body), hash, err)) != RC_OK)
		return rc;
	r.payload_hash = hash;
	buf_printf(lines, "Content-Type: application/x-amz-json-1.1\r\n");
	buf_printf(lines, "X-Amz-Target: %s\r\n", target);
	return sigv4_header(&r, &key, false, lines, signature, err);
}

static enum rc
send_it(struct ssmcall *c, struct err *err)
{
	struct http_options o = *net_options(c->net);
	uint64_t ms = left(c);
	struct buf lines;
	char host[128], url[160];
	enum rc rc;

	snprintf(host, sizeof host, "%s.%s.%s", ssmop_service(c->op),
	    net_init(c->net)->region, net_suffix(c->net));
	snprintf(url, sizeof url, "https://%s/", host);
	if (ms < o.timeout_ms)
		o.timeout_ms = ms > 0 ? (unsigned)ms : 1;
	buf_init(&lines, 1u << 16);
	if ((rc = sign(c, host, &lines, err)) == RC_OK)
		rc = http_post(net_http(c->net), url, buf_span(&lines),
		    buf_span(&c->body), &o, on_answer, c, &c->http, err);
	buf_clear(&lines);
	return rc;
}

/* The first try is here, too: so nothing is answered within ssmcall_start(). */
static void
on_timer(void *arg)
{
	struct ssmcall *c = arg;
	struct err err = { "" };

	if (c->lease_ms != 0 && net_leases(c->net) == c->leases) {
		if (clock_mono_ms() < c->lease_ms && left(c) > 0)
			timer_set(c->timer, LEASE_LOOK_MS);
		else
			finish_with(c, ANSWER_EXPIRED,
			    "the credentials have expired, and no others came");
		return;
	}
	c->lease_ms = 0;
	if (send_it(c, &err) != RC_OK)
		finish_with(c, ANSWER_OURS, err.text);
}

enum rc
ssmcall_start(struct target_net *n, enum ssmop op, struct span body, uint64_t within_ms,
    ssmcall_fn *fn, void *arg, struct ssmcall **ret, struct err *err)
{
	struct ssmcall *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_memory(err);
	c->net = n;
	c->op = op;
	c->until_ms = clock_mono_ms() + within_ms;
	c->fn = fn;
	c->arg = arg;
	buf_init(&c->body, BODY_MAX);
	buf_span_put(&c->body, body);
	c->timer = loop_timer(net_loop(n), on_timer, c);
	if (!buf_ok(&c->body) || c->timer == NULL) {
		ssmcall_drop(c);
		return err_memory(err);
	}
	timer_set(c->timer, 0);
	*ret = c;
	return RC_OK;
}
