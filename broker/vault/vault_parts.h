/* What the files of the vault share. */
#ifndef BROKER_VAULT_VAULT_PARTS_H
#define BROKER_VAULT_VAULT_PARTS_H

#include "broker/vault/fetch.h"
#include "broker/vault/gateway.h"
#include "broker/vault/hints.h"
#include "broker/vault/sts.h"
#include "broker/vault/vault.h"
#include "lib/base/buf.h"

#define VAULT_TAGS 4
#define VAULT_TAG_VALUE 257
#define VAULT_HOST (STS_REGION + 32)

/* What may be changed by a reload. */
struct vault_setup {
	enum vault_source source;
	struct gateway *gateway;
	struct fetch_how how; /* if it is fetched: borrows from here and from hints */
	char *region, *metadata;
	char **connect_to;
	size_t n_connect_to;
	char *ca_file;
};

struct vault {
	struct loop *loop;
	struct http *http;
	struct hints hints;
	struct vault_setup *setup;
	struct vault_call *calls;
	size_t n_calls;
};

struct vault_call {
	struct vault *vault;
	struct vault_call *next, *prev;
	struct http_call *http;
	struct timer *timer;
	bool waits; /* for the gateway's credentials */
	unsigned tries;
	/* The ask, as STS gets it. */
	struct sts_ask ask;
	char role[LEASE_ROLE];
	char identity[STS_NAME], session_name[STS_NAME];
	char region[STS_REGION], host[VAULT_HOST];
	struct sts_tag tags[VAULT_TAGS];
	char values[VAULT_TAGS][VAULT_TAG_VALUE];
	struct buf body; /* the form: holds the external id */
	vault_fn *fn;
	void *arg;
};

/* Are the gateway's own credentials a role's? */
bool vault_chains(const struct vault *v);

#endif
