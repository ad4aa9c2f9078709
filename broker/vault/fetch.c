/* Journeys for credentials: the steps of a source one after the other, in the loop; see
 * fetch.h.  What is said in each stands in fetch_SOURCE.c. */
#include "broker/vault/fetch.h"

#include <stdlib.h>

#include "broker/vault/fetch_parts.h"
#include "broker/vault/keyjson.h"
#include "lib/base/loop.h"
#include "lib/base/metadata.h"

#define URL_MAX 8192u
#define HEADERS_MAX 32768u
#define BODY_MAX 65536u

static const struct fetch_kind *const kinds[] = {
	[FETCH_WEB_IDENTITY] = &fetch_webidentity,
	[FETCH_CONTAINER] = &fetch_container,
	[FETCH_INSTANCE] = &fetch_instance,
};

enum rc
fetch_check(const struct fetch_how *how, struct err *err)
{
	return kinds[how->source]->check(how, err);
}

enum rc
fetch_status(unsigned status, struct err *err)
{
	if (status == 429 || status >= 500)
		return err_set(err, RC_RETRY, "it has trouble (HTTP %u)", status);
	return err_set(err, RC_REFUSE, "it refuses (HTTP %u)", status);
}

static const struct fetch_step *
step(const struct fetch *f)
{
	return &f->kind->steps[f->step];
}

static void
end(struct fetch *f, enum rc rc, const struct err *err)
{
	struct sources_key *key = f->key;

	f->key = NULL;
	f->fn(f->arg, rc, key, err);
	fetch_cancel(f);
}

static void on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err);

static enum rc
send_call(struct fetch *f, const struct fetch_call *c, const char *url, struct err *err)
{
	bool plain = metadata_url(url);
	const struct http_options o = { .plain = true,
		/* "*" may be mapped, which is not meant for these addresses. */
		.connect_to = plain ? NULL : f->how->connect_to,
		.n_connect_to = plain ? 0 : f->how->n_connect_to,
		.ca_file = f->how->ca_file,
		.timeout_ms = c->timeout_ms,
		.max_body = KEYJSON_MAX };

	return http_ask(f->http, c->method, url, buf_span(&c->headers),
	    buf_span(&c->body), &o, on_answer, f, &f->call, err);
}

static enum rc
set_out(struct fetch *f, struct err *err)
{
	struct fetch_call c = { .method = HTTP_GET };
	enum rc rc;

	buf_init(&c.url, URL_MAX);
	buf_init(&c.headers, HEADERS_MAX);
	buf_init(&c.body, BODY_MAX);
	rc = step(f)->put(f, &c, err);
	if (rc == RC_OK && !(buf_ok(&c.url) && buf_ok(&c.headers) && buf_ok(&c.body)))
		rc = err_set(err, RC_REFUSE, "a call that is too long");
	if (rc == RC_OK)
		rc = send_call(f, &c, buf_cstr(&c.url), err);
	buf_clear(&c.url);
	buf_clear(&c.headers);
	buf_clear(&c.body);
	if (rc != RC_OK)
		err_add(err, "%s", step(f)->name);
	return rc;
}

/* After an answer: on, again, or home. */
static void
go_on(struct fetch *f, enum rc rc, struct err *err)
{
	if (rc == RC_OK && step(f)[1].name == NULL) {
		end(f, RC_OK, err);
		return;
	}
	if (rc == RC_OK) {
		f->step++;
		if ((rc = set_out(f, err)) != RC_OK)
			end(f, rc, err);
		return;
	}
	err_add(err, "%s", step(f)->name);
	if ((rc != RC_RETRY && rc != RC_END) || ++f->tries >= FETCH_TRIES) {
		end(f, rc == RC_END ? RC_RETRY : rc, err);
		return;
	}
	if (rc == RC_END)
		f->step = 0;
	timer_set(f->timer, FETCH_PAUSE_MS);
}

static void
on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err)
{
	struct fetch *f = arg;
	struct err err = *http_err;

	f->call = NULL;
	if (rc == RC_OK)
		rc = step(f)->take(f, status, body, &err);
	go_on(f, rc, &err);
}

static void
on_timer(void *arg)
{
	struct fetch *f = arg;
	struct err err;
	enum rc rc;

	err_clear(&err);
	if ((rc = set_out(f, &err)) != RC_OK)
		end(f, rc, &err);
}

enum rc
fetch_start(struct loop *l, struct http *h, const struct fetch_how *how, fetch_fn *fn,
    void *arg, struct fetch **ret, struct err *err)
{
	struct fetch *f;
	enum rc rc;

	if ((rc = fetch_check(how, err)) != RC_OK)
		return rc;
	if ((f = calloc(1, sizeof *f)) == NULL)
		return err_memory(err);
	f->http = h;
	f->how = how;
	f->kind = kinds[how->source];
	f->fn = fn;
	f->arg = arg;
	if ((f->timer = loop_timer(l, on_timer, f)) == NULL)
		rc = err_memory(err);
	if (rc == RC_OK)
		rc = set_out(f, err);
	if (rc != RC_OK) {
		fetch_cancel(f);
		return rc;
	}
	*ret = f;
	return RC_OK;
}

void
fetch_cancel(struct fetch *f)
{
	if (f == NULL)
		return;
	http_cancel(f->call);
	timer_free(f->timer);
	secret_free(f->token);
	sources_free(f->key);
	free(f);
}
