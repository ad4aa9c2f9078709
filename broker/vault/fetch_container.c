/* The endpoint that ECS or EKS gives a container: one GET. */
#include "broker/vault/fetch_parts.h"

#include <string.h>

#include "broker/vault/keyjson.h"
#include "lib/base/metadata.h"
#include "lib/base/safepath.h"

#define TIMEOUT_MS 2000u
#define TOKEN_MAX 16384
#define ADDRESS "http://169.254.170.2"

/* What may stand in a URL unescaped, and '%'. */
static bool
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= 0x20 || *s >= 0x7F || strchr("\"<>\\^`{|}#", *s) != NULL)
			return false;
	return true;
}

/* https://HOST[:PORT][/…]: whom it is, the certificate proves. */
static bool
secure(const char *url)
{
	static const char marks[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789.:[]-";
	size_t n;

	if (strncmp(url, "https://", 8) != 0)
		return false;
	n = strspn(url + 8, marks);
	return n > 0 && (url[8 + n] == '\0' || strchr("/?", url[8 + n]) != NULL);
}

static enum rc
check(const struct fetch_how *how, struct err *err)
{
	const struct hints *h = how->hints;

	if (h->relative == NULL && h->full == NULL)
		return err_set(err, RC_REFUSE,
		    "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
		    "AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
	if (how->metadata != NULL && !metadata_url(how->metadata))
		return err_set(
		    err, RC_REFUSE, "an address that is no metadata service");
	if (h->relative != NULL)
		return h->relative[0] == '/' && printable(h->relative)
			   ? RC_OK
			   : err_set(err, RC_REFUSE,
				 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path");
	return printable(h->full) && (metadata_url(h->full) || secure(h->full))
		   ? RC_OK
		   : err_set(err, RC_REFUSE,
			 "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an "
			 "address that may be asked without");
}

static enum rc
put_authorization(struct span token, struct fetch_call *c, struct err *err)
{
	for (size_t i = 0; i < token.len; i++)
		if (token.p[i] < 0x20 || token.p[i] >= 0x7F)
			return err_set(err, RC_REFUSE,
			    "the authorization token holds a control character or line "
			    "end");
	if (token.len == 0)
		return err_set(err, RC_REFUSE, "the authorization token is empty");
	buf_text(&c->headers, "Authorization: ");
	buf_span_put(&c->headers, token);
	buf_text(&c->headers, "\r\n");
	return RC_OK;
}

/* The file wins, and is read each time: EKS replaces it.  Its mode is the kubelet's to
 * choose; that nobody else could write it is looked at. */
static enum rc
authorize(const struct hints *h, struct fetch_call *c, struct err *err)
{
	struct buf token;
	enum rc rc;

	if (h->auth_file == NULL)
		return h->auth == NULL
			   ? RC_OK
			   : put_authorization(secret_span(h->auth), c, err);
	buf_init(&token, TOKEN_MAX + 1);
	if ((rc = safepath_read(h->auth_file, TOKEN_MAX, &token, err)) == RC_OK)
		rc = put_authorization(buf_span(&token), c, err);
	buf_clear(&token);
	if (rc != RC_OK)
		err_add(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	return rc;
}

static enum rc
ask(struct fetch *f, struct fetch_call *c, struct err *err)
{
	const struct hints *h = f->how->hints;

	if (h->relative != NULL) {
		buf_text(
		    &c->url, f->how->metadata != NULL ? f->how->metadata : ADDRESS);
		buf_text(&c->url, h->relative);
	} else
		buf_text(&c->url, h->full);
	c->timeout_ms = TIMEOUT_MS;
	buf_text(&c->headers, "Accept: application/json\r\n");
	return authorize(h, c, err);
}

static enum rc
take(struct fetch *f, unsigned status, struct span body, struct err *err)
{
	return status == 200 ? keyjson_parse(body, KEYJSON_CONTAINER, &f->key, err)
			     : fetch_status(status, err);
}

static const struct fetch_step steps[] = {
	{ "container credentials", ask, take },
	{ NULL, NULL, NULL },
};

const struct fetch_kind fetch_container = { check, steps };
