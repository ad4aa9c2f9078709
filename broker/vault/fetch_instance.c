/* Instance metadata, version 2: a token, the role's name, its credentials.  A request
 * without the token is never made. */
#include "broker/vault/fetch_parts.h"

#include <string.h>

#include "broker/vault/keyjson.h"
#include "lib/base/metadata.h"

#define TIMEOUT_MS 1000u
#define TOKEN_MAX 4096
#define TOKEN_SECONDS "21600"
#define ADDRESS "http://169.254.169.254"
#define ROLES "/latest/meta-data/iam/security-credentials/"

static enum rc
check(const struct fetch_how *how, struct err *err)
{
	if (how->metadata != NULL && !metadata_url(how->metadata))
		return err_set(
		    err, RC_REFUSE, "an address that is no metadata service");
	return RC_OK;
}

static void
put_url(const struct fetch *f, struct fetch_call *c, const char *path)
{
	buf_text(&c->url, f->how->metadata != NULL ? f->how->metadata : ADDRESS);
	buf_text(&c->url, path);
	c->timeout_ms = TIMEOUT_MS;
}

static void
put_token(const struct fetch *f, struct fetch_call *c)
{
	buf_text(&c->headers, "x-aws-ec2-metadata-token: ");
	buf_span_put(&c->headers, secret_span(f->token));
	buf_text(&c->headers, "\r\n");
}

static enum rc
ask_token(struct fetch *f, struct fetch_call *c, struct err *err)
{
	(void)err;
	put_url(f, c, "/latest/api/token");
	c->method = HTTP_PUT;
	buf_text(
	    &c->headers, "x-aws-ec2-metadata-token-ttl-seconds: " TOKEN_SECONDS "\r\n");
	return RC_OK;
}

static enum rc
take_token(struct fetch *f, unsigned status, struct span body, struct err *err)
{
	if (status == 403)
		return err_set(
		    err, RC_REFUSE, "instance metadata is switched off (HTTP 403)");
	if (status != 200)
		return fetch_status(status, err);
	for (size_t i = 0; i < body.len; i++)
		if (body.p[i] <= 0x20 || body.p[i] >= 0x7F)
			return err_set(err, RC_REFUSE, "an ill-formed token");
	if (body.len == 0 || body.len > TOKEN_MAX)
		return err_set(err, RC_REFUSE, "a token of %zu bytes", body.len);
	secret_free(f->token);
	f->token = NULL;
	return secret_copy(body, &f->token, err);
}

/* The token may have run out on the way: then all begins anew. */
static enum rc
refused(unsigned status, struct err *err)
{
	if (status == 401)
		return err_set(err, RC_END, "the token has expired (HTTP 401)");
	if (status == 404)
		return err_set(err, RC_REFUSE, "this instance has no role (HTTP 404)");
	return fetch_status(status, err);
}

static enum rc
ask_role(struct fetch *f, struct fetch_call *c, struct err *err)
{
	(void)err;
	put_url(f, c, ROLES);
	put_token(f, c);
	return RC_OK;
}

/* The first line. */
static enum rc
take_role(struct fetch *f, unsigned status, struct span body, struct err *err)
{
	static const char marks[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_+=,.@-";
	const uint8_t *eol;

	if (status != 200)
		return refused(status, err);
	if (body.len > 0 && (eol = memchr(body.p, '\n', body.len)) != NULL)
		body.len = (size_t)(eol - body.p);
	if (!span_copy(body, f->role, sizeof f->role) || f->role[0] == '\0' ||
	    f->role[strspn(f->role, marks)] != '\0')
		return err_set(err, RC_REFUSE, "an ill-formed name of a role");
	return RC_OK;
}

static enum rc
ask_key(struct fetch *f, struct fetch_call *c, struct err *err)
{
	(void)err;
	put_url(f, c, ROLES);
	buf_text(&c->url, f->role);
	put_token(f, c);
	return RC_OK;
}

static enum rc
take_key(struct fetch *f, unsigned status, struct span body, struct err *err)
{
	return status == 200 ? keyjson_parse(body, KEYJSON_INSTANCE, &f->key, err)
			     : refused(status, err);
}

static const struct fetch_step steps[] = {
	{ "instance metadata, its token", ask_token, take_token },
	{ "instance metadata, the role", ask_role, take_role },
	{ "instance metadata, the credentials", ask_key, take_key },
	{ NULL, NULL, NULL },
};

const struct fetch_kind fetch_instance = { check, steps };
