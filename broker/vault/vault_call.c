/* Leases from STS, asked for in the loop; see vault.h.  What is sent and read stands in
 * sts.c. */
#include "broker/vault/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/vault/vault_parts.h"
#include "lib/base/clock.h"
#include "lib/base/http.h"
#include "lib/base/log.h"
#include "lib/base/loop.h"
#include "lib/base/sigv4.h"

#define TRIES 3
#define TRY_MS 10000u	/* for one call */
#define BACKOFF_MS 200u /* before the second try; doubled before the third */
#define HEADERS_MAX 32768u

static void
unlink_call(struct vault_call *c)
{
	struct vault *v = c->vault;

	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		v->calls = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	v->n_calls--;
}

static void
call_free(struct vault_call *c)
{
	http_cancel(c->http);
	timer_free(c->timer);
	buf_clear(&c->body);
	free(c);
}

/* Last: hand over, then forget.  The callback may ask again. */
static void
finish(struct vault_call *c, enum rc rc, struct lease *l, const struct err *err)
{
	unlink_call(c);
	c->fn(c->arg, rc, l, err);
	call_free(c);
}

static void
end_badly(struct vault_call *c, enum rc rc, const struct err *err)
{
	log_line(
	    LOG_NOTICE, "lease for %s on %s: %s", c->session_name, c->role, err->text);
	finish(c, rc, NULL, err);
}

static void
end_with_sts(struct vault_call *c, enum rc rc, const struct err *err)
{
	struct err text = *err;

	err_add(&text, "STS in %s", c->region);
	end_badly(c, rc, &text);
}

static void
try_again_or_end(struct vault_call *c, enum rc rc, const struct err *err)
{
	if (rc == RC_RETRY && c->tries < TRIES)
		timer_set(c->timer, BACKOFF_MS << (c->tries - 1));
	else
		end_with_sts(c, rc, err);
}

/* HTTP status 200: the lease. */
static void
take_lease(struct vault_call *c, struct span body)
{
	struct lease *l = NULL;
	struct err err;
	enum rc rc;

	err_clear(&err);
	if ((rc = sts_answer(body, &c->ask, &l, &err)) != RC_OK) {
		/* Whatever spoke there, it was not STS: asking again would not help. */
		end_with_sts(c, rc == RC_REFUSE ? RC_RETRY : rc, &err);
		return;
	}
	if (l->expires_ms <= clock_wall_ms()) {
		lease_free(l);
		rc = err_set(&err, RC_FAIL,
		    "the lease had expired when it came: is this clock right?");
		end_with_sts(c, rc, &err);
		return;
	}
	finish(c, RC_OK, l, &err);
}

static void
take_refusal(struct vault_call *c, unsigned status, struct span body)
{
	char detail[STS_DETAIL];
	struct err err;
	enum rc rc;

	err_clear(&err);
	rc = sts_refusal(status, body, detail, &err);
	log_line(LOG_NOTICE, "lease for %s: STS said: %s", c->session_name, detail);
	try_again_or_end(c, rc, &err);
}

static void
on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err)
{
	struct vault_call *c = arg;
	struct err err = *http_err;

	c->http = NULL;
	if (rc == RC_OK && status == 200) {
		take_lease(c, body);
		return;
	}
	if (rc == RC_OK) {
		take_refusal(c, status, body);
		return;
	}
	err_add(&err, "could not be reached");
	if (rc == RC_REFUSE)
		end_with_sts(c, RC_RETRY, &err); /* no better at the next try */
	else
		try_again_or_end(c, rc, &err);
}

/* Signed anew for each try: the date is part of it. */
static enum rc
put_headers(const struct vault_call *c, const struct sources_key *key,
    struct buf *lines, struct err *err)
{
	const struct sigv4_header headers[] = {
		{ span_of("host"), span_of(c->host) },
		{ span_of("content-type"), span_of(STS_CONTENT_TYPE) },
	};
	char hash[SIGV4_HEX], signature[SIGV4_HEX];
	const struct sigv4_request r = { .method = "POST",
		.path = span_of("/"),
		.headers = headers,
		.n_headers = 2,
		.payload_hash = hash };
	const struct sigv4_key k = { .access_key_id = key->access_key_id,
		.secret = key->secret,
		.token = key->token,
		.region = c->region,
		.service = "sts",
		.time_ms = clock_wall_ms() };
	enum rc rc;

	if ((rc = sigv4_hash(buf_span(&c->body), hash, err)) != RC_OK)
		return rc;
	buf_text(lines, "Content-Type: " STS_CONTENT_TYPE "\r\n");
	return sigv4_header(&r, &k, false, lines, signature, err);
}

static enum rc
send_signed(struct vault_call *c, const struct sources_key *key, struct err *err)
{
	const struct vault_setup *s = c->vault->setup;
	const struct http_options o = { .connect_to =
					    (const char *const *)s->connect_to,
		.n_connect_to = s->n_connect_to,
		.ca_file = s->ca_file,
		.timeout_ms = TRY_MS,
		.max_body = STS_ANSWER_MAX };
	char url[sizeof c->host + 16];
	struct buf lines;
	enum rc rc;

	snprintf(url, sizeof url, "https://%s/", c->host);
	buf_init(&lines, HEADERS_MAX);
	c->tries++;
	if ((rc = put_headers(c, key, &lines, err)) == RC_OK)
		rc = http_post(c->vault->http, url, buf_span(&lines),
		    buf_span(&c->body), &o, on_answer, c, &c->http, err);
	buf_clear(&lines);
	return rc;
}

/* Send it, or wait until there is something to sign it with. */
static enum rc
send_ask(struct vault_call *c, struct err *err)
{
	const struct sources_key *key;
	enum rc rc = gateway_key(c->vault->setup->gateway, &key, err);

	c->waits = rc == RC_WAIT;
	if (rc == RC_OK)
		return send_signed(c, key, err);
	return c->waits ? RC_OK : rc;
}

static void
on_timer(void *arg)
{
	struct vault_call *c = arg;
	struct err err;
	enum rc rc;

	err_clear(&err);
	if ((rc = send_ask(c, &err)) != RC_OK)
		end_badly(c, rc, &err);
}

/* A rule's name may hold what a tag may not. */
static void
add_tag(struct vault_call *c, const char *key, const char *value)
{
	char *to = c->values[c->ask.n_tags];

	if (value == NULL)
		return;
	snprintf(to, VAULT_TAG_VALUE, "%s", value);
	for (char *p = to; *p != '\0'; p++) {
		char low = (char)(*p | 0x20);

		if (!(low >= 'a' && low <= 'z') && !(*p >= '0' && *p <= '9') &&
		    strchr(" _.:/=+@-", *p) == NULL)
			*p = '-';
	}
	c->tags[c->ask.n_tags++] = (struct sts_tag){ .key = key, .value = to };
}

/* Another spelling would be another user: what no tag can hold is refused with the rest
 * of the ask. */
static bool
add_run_as(struct vault_call *c, const char *user)
{
	char *to = c->values[c->ask.n_tags];

	if (user == NULL)
		return true;
	if (user[0] == '\0' || !span_copy(span_of(user), to, VAULT_TAG_VALUE))
		return false;
	c->tags[c->ask.n_tags++] =
	    (struct sts_tag){ .key = "SSMSessionRunAs", .value = to };
	return true;
}

static bool
copy_text(const char *from, char *to, size_t size)
{
	return span_copy(span_of(from), to, size);
}

static enum rc
copy_region(struct vault_call *c, const char *region, struct err *err)
{
	struct buf host;
	enum rc rc;

	buf_init(&host, sizeof c->host);
	rc = sts_host(region, &host, err);
	if (rc == RC_OK && (!copy_text(region, c->region, sizeof c->region) ||
			       !span_copy(buf_span(&host), c->host, sizeof c->host)))
		rc = err_set(err, RC_REFUSE, "an ill-formed region");
	buf_clear(&host);
	return rc;
}

static unsigned
bounded(const struct vault *v, unsigned seconds)
{
	return vault_chains(v) && seconds > VAULT_CHAINED_SECONDS
		   ? VAULT_CHAINED_SECONDS
		   : seconds;
}

static enum rc
copy_ask(struct vault_call *c, const struct lease_ask *ask, struct err *err)
{
	enum rc rc;

	if ((rc = copy_region(c, ask->region, err)) != RC_OK)
		return rc;
	if (!copy_text(ask->role, c->role, sizeof c->role) ||
	    !copy_text(ask->identity, c->identity, sizeof c->identity))
		return err_set(err, RC_REFUSE, "a role or identity that is too long");
	if ((rc = sts_session_name(
		 ask->identity, ask->session, c->session_name, err)) != RC_OK)
		return rc;
	c->ask = (struct sts_ask){ .role = c->role,
		.session_name = c->session_name,
		.source_identity = c->identity,
		.external_id = ask->external_id,
		.seconds = bounded(c->vault, ask->seconds),
		.policy = ask->policy,
		.tags = c->tags };
	add_tag(c, "session", ask->session);
	add_tag(c, "rule", ask->rule);
	add_tag(c, "approval", ask->approval);
	if (!add_run_as(c, ask->run_as))
		return err_set(err, RC_REFUSE, "a user that is none");
	rc = sts_body(&c->ask, &c->body, err);
	c->ask.external_id = c->ask.policy = NULL; /* the asker's; in the body now */
	return rc;
}

static void
link_call(struct vault *v, struct vault_call *c)
{
	c->next = v->calls;
	if (v->calls != NULL)
		v->calls->prev = c;
	v->calls = c;
	v->n_calls++;
}

enum rc
vault_lease(struct vault *v, const struct lease_ask *ask, vault_fn *fn, void *arg,
    struct vault_call **ret, struct err *err)
{
	struct vault_call *c;
	enum rc rc;

	if (v->n_calls >= VAULT_CALLS_MAX)
		return err_set(err, RC_RETRY, "too many leases are being asked for");
	if ((c = calloc(1, sizeof *c)) == NULL)
		return err_memory(err);
	c->vault = v;
	c->fn = fn;
	c->arg = arg;
	buf_init(&c->body, 65536);
	if ((rc = copy_ask(c, ask, err)) != RC_OK)
		goto out;
	if ((c->timer = loop_timer(v->loop, on_timer, c)) == NULL) {
		rc = err_memory(err);
		goto out;
	}
	if ((rc = send_ask(c, err)) != RC_OK)
		goto out;
	link_call(v, c);
	if (ret != NULL)
		*ret = c;
	return RC_OK;
out:
	err_add(err, "ask for a lease");
	call_free(c);
	return rc;
}

void
vault_cancel(struct vault_call *c)
{
	if (c == NULL)
		return;
	unlink_call(c);
	call_free(c);
}
