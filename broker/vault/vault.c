/* The vault's settings; see vault.h.  One ask is vault_call.c; where the gateway's
 * credentials come from stands in sources.c, sealed.c and, over time, gateway.c. */
#include "broker/vault/vault.h"

#include <stdlib.h>
#include <string.h>

#include "broker/vault/sealed.h"
#include "broker/vault/vault_parts.h"
#include "lib/base/http.h"
#include "lib/base/loop.h"

/* ---- settings ---- */

static const struct {
	bool fetched;
	enum fetch_source how;
	const char *name;
} sources[] = {
	[VAULT_ENVIRONMENT] = { .name = "environment" },
	[VAULT_FILE] = { .name = "file" },
	[VAULT_SEALED] = { .name = "sealed" },
	[VAULT_WEB_IDENTITY] = { true, FETCH_WEB_IDENTITY, "web-identity" },
	[VAULT_CONTAINER] = { true, FETCH_CONTAINER, "container" },
	[VAULT_INSTANCE] = { true, FETCH_INSTANCE, "instance" },
};

bool
vault_chains(const struct vault *v)
{
	return sources[v->setup->source].fetched;
}

static void
setup_free(struct vault_setup *s)
{
	if (s == NULL)
		return;
	gateway_free(s->gateway); /* first: it borrows the rest */
	for (size_t i = 0; i < s->n_connect_to; i++)
		free(s->connect_to[i]);
	free(s->connect_to);
	free(s->ca_file);
	free(s->region);
	free(s->metadata);
	free(s);
}

static enum rc
copy_text(const char *from, char **to, struct err *err)
{
	if (from != NULL && (*to = strdup(from)) == NULL)
		return err_memory(err);
	return RC_OK;
}

static enum rc
copy_settings(struct vault_setup *s, const struct vault_init *init, struct err *err)
{
	enum rc rc;

	s->source = init->source;
	if ((rc = copy_text(init->ca_file, &s->ca_file, err)) != RC_OK ||
	    (rc = copy_text(init->region, &s->region, err)) != RC_OK ||
	    (rc = copy_text(init->metadata, &s->metadata, err)) != RC_OK)
		return rc;
	if (init->n_connect_to == 0)
		return RC_OK;
	if ((s->connect_to = calloc(init->n_connect_to, sizeof(char *))) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < init->n_connect_to && rc == RC_OK; i++)
		if ((rc = copy_text(init->connect_to[i], &s->connect_to[i], err)) ==
		    RC_OK)
			s->n_connect_to++;
	return rc;
}

/* Who waits for credentials asks again, from the loop, each by itself: an answer may
 * cancel others. */
static void
wake_waiting(struct vault *v)
{
	for (struct vault_call *c = v->calls; c != NULL; c = c->next)
		if (c->waits)
			timer_set(c->timer, 0);
}

static void
on_changed(void *arg)
{
	wake_waiting(arg);
}

static enum rc
read_key(const struct vault_init *init, struct sources_key **ret, struct err *err)
{
	const char *profile = init->profile == NULL ? "default" : init->profile;
	const struct sealed_place at = { .folder = init->sealed_folder,
		.name = init->sealed,
		.key = init->sealed_key };

	switch (init->source) {
	case VAULT_FILE:
		return sources_file(init->file, profile, ret, err);
	case VAULT_SEALED:
		return sealed_load(&at, ret, err);
	default:
		return sources_environment(ret, err);
	}
}

static void
set_how(const struct vault *v, struct vault_setup *s)
{
	s->how = (struct fetch_how){ .source = sources[s->source].how,
		.hints = &v->hints,
		.region = s->region != NULL ? s->region : v->hints.region,
		.metadata = s->metadata,
		.connect_to = (const char *const *)s->connect_to,
		.n_connect_to = s->n_connect_to,
		.ca_file = s->ca_file };
}

static enum rc
open_gateway(struct vault *v, struct vault_setup *s, const struct vault_init *init,
    struct err *err)
{
	struct sources_key *key = NULL;
	enum rc rc;

	if (sources[s->source].fetched) {
		set_how(v, s);
		rc = gateway_new(
		    v->loop, v->http, &s->how, on_changed, v, &s->gateway, err);
	} else if ((rc = read_key(init, &key, err)) == RC_OK)
		rc = gateway_take(key, &s->gateway, err);
	if (rc != RC_OK)
		err_add(err, "aws.credentials: %s", sources[s->source].name);
	return rc;
}

static enum rc
setup_new(struct vault *v, const struct vault_init *init, bool open,
    struct vault_setup **ret, struct err *err)
{
	struct vault_setup *s = calloc(1, sizeof *s);
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	if ((rc = copy_settings(s, init, err)) == RC_OK && open)
		rc = open_gateway(v, s, init, err);
	if (rc == RC_OK)
		*ret = s;
	else
		setup_free(s);
	return rc;
}

/* Whatever is asked for: no child and no reader of /proc finds them. */
static void
forget_environment(void)
{
	struct sources_key *key = NULL;

	if (sources_environment(&key, NULL) == RC_OK)
		sources_free(key);
}

enum rc
vault_new(
    struct loop *l, const struct vault_init *init, struct vault **ret, struct err *err)
{
	struct vault *v = calloc(1, sizeof *v);
	enum rc rc;

	if (v == NULL)
		return err_memory(err);
	v->loop = l;
	if ((rc = hints_take(&v->hints, err)) != RC_OK ||
	    (rc = http_new(l, &v->http, err)) != RC_OK ||
	    (rc = setup_new(v, init, true, &v->setup, err)) != RC_OK)
		goto out;
	*ret = v;
	v = NULL;
out:
	forget_environment();
	vault_free(v);
	return rc;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Would the source give what it has given already? */
static bool
same_source(const struct vault_setup *s, const struct vault_init *init)
{
	if (s->source != init->source)
		return false;
	if (sources[s->source].fetched)
		return same_text(s->region, init->region) &&
		       same_text(s->metadata, init->metadata);
	return s->source == VAULT_ENVIRONMENT;
}

enum rc
vault_reload(struct vault *v, const struct vault_init *init, struct err *err)
{
	bool keep = same_source(v->setup, init);
	struct vault_setup *s = NULL;
	enum rc rc;

	if ((rc = setup_new(v, init, !keep, &s, err)) != RC_OK)
		return rc;
	if (keep) {
		set_how(v, s);
		s->gateway = v->setup->gateway;
		v->setup->gateway = NULL;
		gateway_move(s->gateway, &s->how);
	}
	setup_free(v->setup);
	v->setup = s;
	wake_waiting(v);
	return RC_OK;
}

void
vault_free(struct vault *v)
{
	if (v == NULL)
		return;
	while (v->calls != NULL)
		vault_cancel(v->calls);
	setup_free(v->setup);
	http_free(v->http);
	hints_clear(&v->hints);
	free(v);
}
