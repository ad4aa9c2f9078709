/* The command's environment; see childenv.h.
 *
 * Configuration files are named /dev/null and HOME is an empty folder, since a profile or
 * alias found there would beat what we give.  The metadata service is off: the gateway's
 * own role must not be reachable.  PATH leads nowhere: the CLI starts other programs when
 * it finds them. */
#include "broker/monitor/childenv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "broker/monitor/monitor.h"

static const char *const fixed[] = {
	"PATH=/nonexistent",
	"LANG=C.UTF-8",
	"AWS_CONFIG_FILE=/dev/null",
	"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	"AWS_EC2_METADATA_DISABLED=true",
	"AWS_PAGER=",
};

struct entry {
	size_t at, len;
};

static void
add(struct childenv *e, struct entry *entries, const char *name, struct span value)
{
	struct entry *x = &entries[e->list.n++];

	x->at = e->text.len;
	buf_text(&e->text, name);
	buf_span_put(&e->text, value);
	x->len = e->text.len - x->at;
}

/* Where every connection is to go, when configuration says so for all hosts: the command
 * reaches it as a proxy that answers CONNECT. */
static const struct config_connect *
connect_all(const struct config *c)
{
	for (size_t i = 0; i < c->aws.connect_to.n; i++)
		if (strcmp(c->aws.connect_to.v[i].host, "*") == 0)
			return &c->aws.connect_to.v[i];
	return NULL;
}

enum rc
childenv_make(const struct monitor *m, const struct lease *lease, const char *region,
    struct childenv *ret, struct err *err)
{
	const struct config *c = m->rules.config;
	const struct config_connect *to = connect_all(c);
	struct entry entries[32];
	struct childenv e = { .list = { .n = 0 } };
	char proxy[300];

	buf_init(&e.text, 65536);
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		add(&e, entries, fixed[i], span_of(""));
	add(&e, entries, "HOME=", span_of(m->places->home));
	add(&e, entries, "AWS_REGION=", span_of(region));
	add(&e, entries, "AWS_DEFAULT_REGION=", span_of(region));
	add(&e, entries, "AWS_ACCESS_KEY_ID=", span_of(lease->access_key_id));
	add(&e, entries, "AWS_SECRET_ACCESS_KEY=", secret_span(lease->secret));
	add(&e, entries, "AWS_SESSION_TOKEN=", secret_span(lease->token));
	if (c->aws.ca_file != NULL)
		add(&e, entries, "AWS_CA_BUNDLE=", span_of(c->aws.ca_file));
	if (to != NULL) {
		snprintf(proxy, sizeof proxy, strchr(to->to_host, ':') ? "http://[%s]:%u"
								       : "http://%s:%u",
		    to->to_host, (unsigned)to->to_port);
		add(&e, entries, "HTTPS_PROXY=", span_of(proxy));
	}
	if (!buf_ok(&e.text)) {
		buf_clear(&e.text);
		return err_memory(err);
	}
	/* Only now does the text stand still. */
	for (uint32_t i = 0; i < e.list.n; i++)
		e.list.v[i] = span_make(e.text.p + entries[i].at, entries[i].len);
	*ret = e;
	return RC_OK;
}

void
childenv_clear(struct childenv *e)
{
	buf_clear(&e->text);
}
