/* How single values of broker.yaml are written: names, addresses, paths, keys. */
#include "broker/monitor/config_read.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/endpoint.h"
#include "lib/base/metadata.h"
#include "lib/model/name.h"

static const struct places *
places_of(const struct schema_run *run)
{
	return ((const struct config_env *)run->context)->places;
}

/* Text that passes a check, borrowed from the tree. */
static enum rc
checked(const struct yaml_node *n, bool (*good)(struct span), const char *what,
    void *to, struct err *err)
{
	if (yaml_kind(n) != YAML_TEXT || !good(yaml_span(n)))
		return yaml_expected(n, err, "%s", what);
	*(const char **)to = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_name(CONFIG_READER)
{
	(void)run;
	(void)row;
	return checked(n, name_identity,
	    "a name of 2 to 64 characters out of A-Z a-z 0-9 _+=,.@-", to, err);
}

static enum rc
read_label(CONFIG_READER)
{
	(void)run;
	(void)row;
	return checked(n, name_label,
	    "a name of 1 to 64 characters out of A-Z a-z 0-9 _+=,.@-", to, err);
}

static enum rc
read_class(CONFIG_READER)
{
	(void)run;
	(void)row;
	return checked(n, name_plain,
	    "a name of 1 to 64 characters out of A-Z a-z 0-9 ._-", to, err);
}

static enum rc
read_account(CONFIG_READER)
{
	(void)run;
	(void)row;
	return checked(n, profile_account, "an account of 12 digits", to, err);
}

static bool
any_role(struct span s)
{
	struct span account;

	return profile_role(s, &account);
}

static enum rc
read_role(CONFIG_READER)
{
	(void)run;
	(void)row;
	return checked(
	    n, any_role, "a role like arn:aws:iam::111122223333:role/NAME", to, err);
}

static enum rc
read_region(CONFIG_READER)
{
	(void)run;
	(void)row;
	return checked(n, profile_region, "a region like eu-west-1", to, err);
}

static enum rc
read_external_id(CONFIG_READER)
{
	(void)run;
	(void)row;
	return checked(n, profile_external_id,
	    "2 to 1224 characters out of A-Z a-z 0-9 _+=,.@:/-", to, err);
}

/* No ".." and no placeholder: what a path says is where it is. */
static bool
path_good(const char *s)
{
	size_t n;

	if (*s == '{')
		return false;
	for (; *s != '\0'; s += n) {
		s += strspn(s, "/");
		n = strcspn(s, "/");
		if (n == 2 && strncmp(s, "..", 2) == 0)
			return false;
	}
	return true;
}

static enum rc
read_path(CONFIG_READER)
{
	const char *s;
	char *path;
	enum rc rc;

	if ((rc = yaml_line_text(n, row->least, row->most, &s, err)) != RC_OK)
		return rc;
	if (!run->from_fallback && !path_good(s))
		return yaml_expected(n, err, "a path without \"..\"");
	if ((path = schema_keep(run, places_path(places_of(run), s), free)) == NULL)
		return err_memory(err);
	*(const char **)to = path;
	return RC_OK;
}

/* The address alone: paths are the source's. */
static enum rc
read_metadata(CONFIG_READER)
{
	const char *s = yaml_cstr(n);

	(void)run;
	(void)row;
	if (yaml_kind(n) != YAML_TEXT || !metadata_url(s) ||
	    strpbrk(s + strlen("http://"), "/?") != NULL)
		return yaml_expected(n, err,
		    "http://ADDRESS or http://ADDRESS:PORT of loopback or a metadata "
		    "service");
	*(const char **)to = s;
	return RC_OK;
}

static enum rc
read_admin_key(CONFIG_READER)
{
	uint8_t key[32];
	size_t len = 0;
	struct span s = yaml_span(n);

	(void)run;
	(void)row;
	if (s.len != 44 ||
	    sodium_base642bin(key, sizeof key, (const char *)s.p, s.len, NULL, &len,
		NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    len != sizeof key)
		return yaml_expected(n, err,
		    "an Ed25519 public key: base64 of 32 bytes, as in admin.pub");
	memcpy(to, key, sizeof key);
	return RC_OK;
}

static enum rc
read_listen(CONFIG_READER)
{
	struct config_listen *l = to;

	(void)run;
	(void)row;
	l->text = yaml_cstr(n);
	if (!endpoint_numeric(yaml_span(n), &l->addr, &l->len))
		return yaml_expected(
		    n, err, "an address and port like 127.0.0.1:2222 or [::1]:2222");
	return RC_OK;
}

static bool
same_listen(const void *a, const void *b)
{
	const struct config_listen *x = a, *y = b;

	return x->len == y->len && memcmp(&x->addr, &y->addr, x->len) == 0;
}

static enum rc
read_listens(CONFIG_READER)
{
	static const struct config_series how = { YAML_LIST,
		sizeof(struct config_listen), read_listen, same_listen, "address" };
	struct config_listens *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
	return rc;
}

/* The list form of curl: HOST:PORT:TO:PORT, empty for any, brackets around IPv6. */
static enum rc
curl_form(struct schema_run *run, struct config_connect *c, struct err *err)
{
	bool any = strcmp(c->host, "*") == 0, v6 = strchr(c->to_host, ':') != NULL;
	bool from6 = strchr(c->host, ':') != NULL;
	struct buf b;
	char *s;

	buf_init(&b, 4 * ENDPOINT_HOST);
	if (any)
		buf_text(&b, ":");
	else
		buf_printf(&b, from6 ? "[%s]:%u" : "%s:%u", c->host, (unsigned)c->port);
	buf_printf(&b, v6 ? ":[%s]:%u" : ":%s:%u", c->to_host, (unsigned)c->to_port);
	s = schema_keep(run, span_dup(buf_span(&b)), free);
	buf_clear(&b);
	if (s == NULL)
		return err_memory(err);
	c->curl = s;
	return RC_OK;
}

static enum rc
keep_host(struct schema_run *run, const char *host, const char **to, struct err *err)
{
	char *s = schema_keep(run, strdup(host), free);

	if (s == NULL)
		return err_memory(err);
	*to = s;
	return RC_OK;
}

static enum rc
read_connect(CONFIG_READER)
{
	struct config_connect *c = to;
	const struct yaml_node *key = yaml_key(n);
	char from[ENDPOINT_HOST] = "*", there[ENDPOINT_HOST];
	enum rc rc;

	(void)row;
	if (!span_is(yaml_span(key), "*") &&
	    !endpoint_parse(yaml_span(key), from, &c->port))
		return yaml_expected(key, err, "HOST:PORT or \"*\"");
	if (!endpoint_parse(yaml_span(n), there, &c->to_port))
		return yaml_expected(
		    n, err, "an address and port like 127.0.0.1:8443 or HOST:443");
	if ((rc = keep_host(run, from, &c->host, err)) != RC_OK ||
	    (rc = keep_host(run, there, &c->to_host, err)) != RC_OK)
		return rc;
	return curl_form(run, c, err);
}

/* Two spellings of one host are one host. */
static bool
same_connect(const void *a, const void *b)
{
	const struct config_connect *x = a, *y = b;

	return x->port == y->port && strcmp(x->host, y->host) == 0;
}

static enum rc
read_connects(CONFIG_READER)
{
	static const struct config_series how = { YAML_MAP,
		sizeof(struct config_connect), read_connect, same_connect, "host" };
	struct config_connects *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
	return rc;
}

static enum rc
read_party(CONFIG_READER)
{
	struct config_party *p = to;
	struct span s = yaml_span(n);

	(void)run;
	(void)row;
	p->group = span_starts(s, "group:");
	p->name = yaml_cstr(n) + (p->group ? 6 : 0);
	if (p->group ? name_label(span_of(p->name)) : name_identity(s))
		return RC_OK;
	return yaml_expected(n, err, "group:NAME or the name of an identity");
}

static bool
same_party(const void *a, const void *b)
{
	const struct config_party *x = a, *y = b;

	return x->group == y->group && strcmp(x->name, y->name) == 0;
}

static enum rc
read_parties(CONFIG_READER)
{
	static const struct config_series how = { YAML_LIST,
		sizeof(struct config_party), read_party, same_party, "entry" };
	struct config_parties *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
	return rc;
}

static void
show_listens(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct config_listens *all = from;

	(void)row;
	for (size_t i = 0; i < all->n; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", all->v[i].text);
}

static void
show_connects(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct config_connects *all = from;

	(void)row;
	for (size_t i = 0; i < all->n; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", all->v[i].curl);
}

static void
show_parties(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct config_parties *all = from;

	(void)row;
	for (size_t i = 0; i < all->n; i++)
		buf_printf(out, "%s%s%s", i > 0 ? ", " : "",
		    all->v[i].group ? "group:" : "", all->v[i].name);
}

static void
show_admin_key(const struct schema_row *row, const void *from, struct buf *out)
{
	char text[45];

	(void)row;
	sodium_bin2base64(text, sizeof text, from, 32, sodium_base64_VARIANT_ORIGINAL);
	buf_text(out, text);
}

const struct schema_type config_path = { "path", read_path, config_show_text };
const struct schema_type config_label = { "name", read_label, config_show_text };
const struct schema_type config_class = { "name", read_class, config_show_text };
const struct schema_type config_name = { "name", read_name, config_show_text };
const struct schema_type config_listens = { "addresses", read_listens, show_listens };
const struct schema_type config_connects = { "mapping", read_connects, show_connects };
const struct schema_type config_parties = { "parties", read_parties, show_parties };
const struct schema_type config_account = { "account", read_account, NULL };
const struct schema_type config_role = { "role", read_role, NULL };
const struct schema_type config_region = { "region", read_region, config_show_text };
const struct schema_type config_metadata = { "address", read_metadata,
	config_show_text };
const struct schema_type config_external_id = { "text", read_external_id, NULL };
const struct schema_type config_admin_key = { "key", read_admin_key, show_admin_key };
