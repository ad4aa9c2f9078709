/* Webhooks that are told of holds, as a key of broker.yaml. */
#include "broker/monitor/config_read.h"

#include <string.h>

#include "lib/base/metadata.h"

const char *const config_events_words[] = { "pending", "vote", "approved", "denied",
	"expired", "cancelled", "spent", NULL };

/* Plain HTTP stays on this machine: the metadata services' addresses do not. */
static bool
loopback(const char *url)
{
	const char *host = url + strlen("http://");

	return metadata_url(url) && strncmp(host, "169.254.", 8) != 0 &&
	       strncmp(host, "[fd00:", 6) != 0;
}

/* True for what may stand in a URL of either kind: one reader sees to both. */
static bool
hook_good(const char *url)
{
	struct outlet o;
	const char *why;
	struct buf b;
	char text[OUTLET_TEXT_MAX + 8];

	buf_over(&b, text, sizeof text);
	if (strncmp(url, "http://", 7) == 0 && loopback(url))
		buf_printf(&b, "https://%s", url + 7);
	else
		buf_text(&b, url);
	return buf_ok(&b) && outlet_parse(buf_span(&b), &o, &why) &&
	       o.kind == OUTLET_HTTPS;
}

static enum rc
read_hook(CONFIG_READER)
{
	const char *s = yaml_cstr(n);

	(void)run;
	(void)row;
	if (yaml_kind(n) != YAML_TEXT || !hook_good(s))
		return yaml_expected(n, err,
		    "https://HOST/PATH, or http://ADDRESS:PORT/PATH of loopback");
	*(const char **)to = s;
	return RC_OK;
}

static enum rc
read_event(CONFIG_READER)
{
	size_t at;
	enum rc rc;

	(void)run;
	(void)row;
	if ((rc = yaml_choice(n, config_events_words, &at, err)) == RC_OK)
		*(unsigned *)to = 1u << at;
	return rc;
}

static bool
same_event(const void *a, const void *b)
{
	return *(const unsigned *)a == *(const unsigned *)b;
}

static enum rc
read_events(CONFIG_READER)
{
	static const struct config_series how = { YAML_LIST, sizeof(unsigned),
		read_event, same_event, "event" };
	unsigned *all = to;
	size_t count;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &count, err)) != RC_OK)
		return rc;
	*all = 0;
	for (size_t i = 0; i < count; i++)
		*all |= ((const unsigned *)v)[i];
	return RC_OK;
}

static enum rc
read_notify(CONFIG_READER)
{
	struct err local = { "" };
	enum rc rc;

	(void)row;
	if ((rc = yaml_want(n, YAML_MAP, &local)) != RC_OK)
		return schema_report(run, rc, &local);
	return schema_read_map(run, "notify[].", n, n, to, err);
}

/* One that could not be read has no name. */
static bool
same_notify(const void *a, const void *b)
{
	const struct config_notify *x = a, *y = b;

	return x->name != NULL && y->name != NULL && strcmp(x->name, y->name) == 0;
}

static enum rc
read_notifies(CONFIG_READER)
{
	static const struct config_series how = { YAML_LIST,
		sizeof(struct config_notify), read_notify, same_notify, "name" };
	struct config_notifies *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
	return rc;
}

/* Names alone: the URL of a chat is a secret. */
static void
show_notifies(const struct schema_row *row, const void *from, struct buf *out)
{
	const struct config_notifies *all = from;

	(void)row;
	for (size_t i = 0; i < all->n; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", all->v[i].name);
}

const struct schema_type config_hook = { "URL", read_hook, NULL };
const struct schema_type config_events = { "events", read_events, NULL };
const struct schema_type config_notifies = { "list", read_notifies, show_notifies };
