/* Ports that rules are about; see forwardrule.h. */
#include "policies/forwardrule.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/quantity.h"
#include "policies/oneof.h"
#include "policies/vocab.h"

struct ports {
	unsigned from, to;
};

struct forwardrule {
	struct oneof host, target;
	size_t n; /* 0: any */
	struct ports ports[FORWARDRULE_PORTS];
};

static bool
read_number(struct span s, unsigned *ret)
{
	uint64_t v;

	if (!quantity_uint(s, &v) || v < 1 || v > 65535)
		return false;
	*ret = (unsigned)v;
	return true;
}

static enum rc
read_port(const struct yaml_node *n, void *arg, struct err *err)
{
	struct forwardrule *r = arg;
	struct span s = yaml_span(n);
	struct ports p = { 0 };
	size_t dash = strcspn(yaml_cstr(n), "-");
	bool range = dash < s.len;

	if (r->n == FORWARDRULE_PORTS)
		return yaml_fail(
		    n, err, "expected at most %d entries", FORWARDRULE_PORTS);
	if (!read_number(span_make(s.p, dash), &p.from))
		return yaml_expected(n, err, "a port from 1 to 65535, or two: 80-90");
	p.to = p.from;
	if (range &&
	    (!read_number(span_make(s.p + dash + 1, s.len - dash - 1), &p.to) ||
		p.to < p.from))
		return yaml_expected(n, err, "a port from 1 to 65535, or two: 80-90");
	r->ports[r->n++] = p;
	return RC_OK;
}

/* A name or an address, without brackets. */
static bool
is_host(struct span s)
{
	if (s.len == 0 || s.len > 253)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
			(s.p[i] >= 'A' && s.p[i] <= 'Z') ||
			(s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '.' ||
			s.p[i] == '-' || s.p[i] == '_' || s.p[i] == ':'))
			return false;
	return true;
}

static enum rc
read(const struct yaml_node *n, const struct yaml_node *sets, enum effect effect,
    struct forwardrule *r, struct err *err)
{
	static const struct vocab keys[] = {
		{ "host", VOCAB_MAY },
		{ "port", VOCAB_MAY },
		{ "target", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const struct oneof_kind hosts = { is_host, "the name of a host" };
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "port")) != NULL) {
		if ((rc = vocab_each(v, read_port, r, err)) != RC_OK)
			return rc;
	} else if (effect != EFFECT_DENY) {
		return yaml_fail(n, err, "the key port is missing");
	}
	r->host.fold = true;
	if ((v = yaml_find(n, "host")) != NULL &&
	    (rc = oneof_read(v, sets, &hosts, &r->host, err)) != RC_OK)
		return rc;
	v = yaml_find(n, "target");
	return v == NULL ? RC_OK : oneof_read(v, sets, NULL, &r->target, err);
}

enum rc
forwardrule_read(const struct yaml_node *n, const struct yaml_node *sets,
    enum effect effect, struct forwardrule **ret, struct err *err)
{
	struct forwardrule *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL)
		return err_memory(err);
	if ((rc = read(n, sets, effect, r, err)) != RC_OK) {
		free(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
forwardrule_free(struct forwardrule *r)
{
	free(r);
}

static unsigned
fit_port(const struct forwardrule *r, unsigned port)
{
	if (r->n == 0)
		return FIT_BOTH;
	for (size_t i = 0; i < r->n; i++)
		if (port >= r->ports[i].from && port <= r->ports[i].to)
			return FIT_BOTH;
	return FIT_NO;
}

/* A trailing dot only ends the name. */
static unsigned
fit_host(const struct forwardrule *r, const char *host)
{
	char name[ONEOF_BYTES + 1];
	size_t n;

	if (host == NULL)
		return r->host.n == NULL ? FIT_BOTH : FIT_NO;
	if (r->host.n == NULL)
		return FIT_MAYBE;
	n = strlen(host);
	if (n > 0 && host[n - 1] == '.')
		n--;
	/* Longer than any host, so that nothing surely means it. */
	if (!span_copy(span_make(host, n), name, sizeof name))
		return FIT_MAYBE;
	return oneof_fit(&r->host, name);
}

unsigned
forwardrule_fit_target(const struct forwardrule *r, const struct facts *f)
{
	return oneof_fit_target(&r->target, f->target, f->target_id);
}

unsigned
forwardrule_fit(
    const struct forwardrule *r, const char *host, unsigned port, const struct facts *f)
{
	return fit_port(r, port) & fit_host(r, host) & forwardrule_fit_target(r, f);
}
