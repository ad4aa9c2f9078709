/* A web identity's token for a role: one unsigned POST to STS. */
#include "broker/vault/fetch_parts.h"

#include <string.h>

#include "broker/vault/sts.h"
#include "lib/base/log.h"
#include "lib/base/safepath.h"

#define TIMEOUT_MS 10000u
#define SECONDS 3600u
#define SESSION "broker" /* its name, when nobody names one */

static enum rc
check(const struct fetch_how *how, struct err *err)
{
	const struct hints *h = how->hints;
	struct buf host;
	enum rc rc;

	if (h->token_file == NULL || h->role == NULL)
		return err_set(err, RC_REFUSE, "%s is not set",
		    h->token_file == NULL ? "AWS_WEB_IDENTITY_TOKEN_FILE"
					  : "AWS_ROLE_ARN");
	if (h->token_file[0] != '/')
		return err_set(
		    err, RC_REFUSE, "AWS_WEB_IDENTITY_TOKEN_FILE is no absolute path");
	if (how->region == NULL)
		return err_set(err, RC_REFUSE,
		    "whose STS? neither aws.region nor AWS_REGION is set");
	buf_init(&host, STS_REGION + 64);
	rc = sts_host(how->region, &host, err);
	buf_clear(&host);
	return rc;
}

static struct sts_ask
ask_of(const struct fetch *f, struct span token)
{
	const struct hints *h = f->how->hints;

	return (struct sts_ask){ .role = h->role,
		.session_name = h->session_name != NULL ? h->session_name : SESSION,
		.web_token = token,
		.seconds = SECONDS };
}

/* A token is one word; who writes files ends them with a line end. */
static struct span
trim(struct span s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.p[s.len - 1]) != NULL)
		s.len--;
	return s;
}

static enum rc
put_form(struct fetch *f, struct span token, struct fetch_call *c, struct err *err)
{
	const struct sts_ask ask = ask_of(f, token);

	if (token.len == 0)
		return err_set(err, RC_REFUSE, "the file is empty");
	return sts_body(&ask, &c->body, err);
}

/* Read each time: the kubelet replaces the file.  Its mode is the kubelet's to choose;
 * that nobody else could write it is looked at. */
static enum rc
ask(struct fetch *f, struct fetch_call *c, struct err *err)
{
	struct buf token;
	enum rc rc;

	c->method = HTTP_POST;
	c->timeout_ms = TIMEOUT_MS;
	buf_text(&c->url, "https://");
	if ((rc = sts_host(f->how->region, &c->url, err)) != RC_OK)
		return rc;
	buf_text(&c->url, "/");
	buf_text(&c->headers, "Content-Type: " STS_CONTENT_TYPE "\r\n");
	/* safepath_read wants room to see the end. */
	buf_init(&token, STS_WEB_TOKEN_MAX + 4096);
	rc = safepath_read(f->how->hints->token_file, STS_WEB_TOKEN_MAX, &token, err);
	if (rc == RC_OK)
		rc = put_form(f, trim(buf_span(&token)), c, err);
	buf_clear(&token);
	if (rc != RC_OK)
		err_add(err, "AWS_WEB_IDENTITY_TOKEN_FILE");
	return rc;
}

static enum rc
take_lease(struct fetch *f, struct lease *l, struct err *err)
{
	enum rc rc = sources_make(span_of(l->access_key_id), secret_span(l->secret),
	    secret_span(l->token), &f->key, err);

	if (rc == RC_OK)
		f->key->expires_ms = l->expires_ms;
	return rc;
}

static enum rc
take(struct fetch *f, unsigned status, struct span body, struct err *err)
{
	const struct sts_ask asked = ask_of(f, span_of("sent"));
	char detail[STS_DETAIL];
	struct lease *l = NULL;
	enum rc rc;

	if (status != 200) {
		rc = sts_refusal(status, body, detail, err);
		log_line(LOG_NOTICE, "web identity: STS said: %s", detail);
		return rc == RC_END ? RC_FAIL : rc;
	}
	if ((rc = sts_answer(body, &asked, &l, err)) == RC_OK)
		rc = take_lease(f, l, err);
	lease_free(l);
	return rc;
}

static const struct fetch_step steps[] = {
	{ "web identity", ask, take },
	{ NULL, NULL, NULL },
};

const struct fetch_kind fetch_webidentity = { check, steps };
