/* A port connection: from what a client asked for (ssh -L, direct-tcpip) to a session
 * of the gate for SDKs, and the certificates that its gate asks for.
 *
 * "aws" port 443 is that, and PROFILE@aws for another profile than one's own: the
 * lease and the recording name a profile before a byte of the SDK's has come.  Opening
 * decides nothing about calls; each is judged by itself.  Any other host is a target, or
 * stands behind one (remote.c). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/sdkca.h"
#include "broker/monitor/sdkenv.h"
#include "broker/monitor/sdkkeys.h"
#include "broker/monitor/session_parts.h"
#include "lib/base/log.h"
#include "lib/model/sdkkey.h"
#include "lib/model/status.h"
#include "policies/decide.h"

#define HOST "aws"
#define PORT 443
#define HERE                                                                           \
	"of aws only aws:443 can be reached, for SDKs: "                               \
	"ssh -N -L 8443:aws:443 BROKER"
/* Hosts that one connection can name: CONNECT gives it one. */
#define LEAVES_MOST 16

/* ---- what is asked for ---- */

/* The profile before the "@", or nothing for the identity's own. */
static bool
read_host(const struct msg_forward_ask *ask, struct span *profile)
{
	struct span host = ask->host;
	const uint8_t *at = host.len == 0 ? NULL : memrchr(host.p, '@', host.len);

	*profile = span_make(NULL, 0);
	if (at != NULL) {
		size_t n = (size_t)(at - host.p);

		*profile = span_make(host.p, n);
		host = span_make(at + 1, host.len - n - 1);
		if (n == 0)
			return false;
	}
	return span_is(host, HOST) && ask->port == PORT;
}

/* What stands behind the last "@", or all of it, is not "aws". */
static bool
is_target(struct span host)
{
	const uint8_t *at = host.len == 0 ? NULL : memrchr(host.p, '@', host.len);

	if (at != NULL)
		host = span_make(at + 1, host.len - (size_t)(at - host.p) - 1);
	return !span_is(host, HOST);
}

static const struct profile *
choose(struct session *s, const struct identity *who, struct span name)
{
	char text[sizeof s->profile_name];

	if (name.len == 0 && who->profile != NULL)
		name = span_of(who->profile);
	if (name.len == 0 || !span_copy(name, text, sizeof text) ||
	    !identity_may_use(who, text))
		return NULL;
	return config_profile(session_monitor(s)->rules.config, name);
}

/* From here on it stands in the session as a command's words do. */
static bool
settle(struct session *s, const struct identity *who, const struct profile *p)
{
	struct buf b;

	buf_init(&b, 256);
	buf_printf(&b, "sdk %s@" HOST ":%d", p->name, PORT);
	s->canon = buf_ok(&b) ? span_dup(buf_span(&b)) : NULL;
	buf_clear(&b);
	s->gate = GATE_SDK;
	span_copy(span_of(who->owner), s->owner, sizeof s->owner);
	s->verdict.effect = EFFECT_ALLOW;
	memcpy(s->verdict.policy, pack_rules(session_monitor(s)->rules.policy)->digest,
	    32);
	return session_settle_shown(s) &&
	       span_copy(span_of(p->name), s->profile_name, sizeof s->profile_name) &&
	       span_copy(span_of(p->region), s->region, sizeof s->region);
}

/* What the gate verifies signatures with. */
static bool
set_keys(struct session *s)
{
	struct secret *root = NULL;
	bool good =
	    sdkkeys_root(session_monitor(s)->sdkkeys, s->identity, s->profile_name,
		&root, NULL) == RC_OK &&
	    span_copy(secret_span(root), s->dummy_secret, sizeof s->dummy_secret);

	secret_free(root);
	return good &&
	       span_copy(span_of(SDKKEY_PREFIX), s->dummy_id, sizeof s->dummy_id);
}

/* Without a rule every call would be denied: better said once, and here. */
static bool
may_call(struct session *s)
{
	char partition[ASK_PARTITION];
	struct err err = { "" };
	struct facts f;

	return ask_facts(s, PATH_API, partition, &f, &err) &&
	       decide_any(pack_rules(session_monitor(s)->rules.policy), &f);
}

/* ---- the order of things ---- */

static void
noted(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;

	(void)bytes;
	(void)fd;
	if (rc != RC_OK) {
		log_line(LOG_ERROR, "a verdict was not recorded: %s", why);
		tell_refusal(s, STATUS_FAILED, "failed", NULL,
		    "the verdict could not be recorded; nothing was opened");
	} else if (session_crowded(s))
		tell_refusal(s, STATUS_HELD, "busy", NULL,
		    "too many commands and connections are open now");
	else
		leasing_begin(s);
}

static void
open_gate(struct session *s)
{
	json_t *o;
	char *detail, policy[65];

	id_hex(s->verdict.policy, 32, policy);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "effect",
	    effect_name(s->verdict.effect), "command", s->shown, "profile",
	    s->profile_name, "region", s->region, "source", s->source, "policy",
	    policy);
	detail = keep_detail_take(o, JSON_COMPACT);
	if (detail == NULL || session_event(s, "verdict", NULL, detail, noted) != RC_OK)
		tell_refusal(s, STATUS_FAILED, "failed", NULL,
		    "the verdict could not be recorded; nothing was opened");
	free(detail);
}

void
forward_begin(struct session *s, const struct msg_forward_ask *ask)
{
	const struct identity *who = conn_identity(s->conn);
	const struct profile *p;
	struct span name;

	if (session_monitor(s)->ending)
		tell_refusal(s, STATUS_FAILED, "failed", NULL, "the broker is ending");
	else if (is_target(ask->host))
		remote_port(s, ask);
	else if (!read_host(ask, &name))
		tell_refusal(s, STATUS_USAGE, "refused", NULL, HERE);
	else if (who == NULL)
		tell_refusal(
		    s, STATUS_DENIED, "denied", NULL, "you are no longer configured");
	else if ((p = choose(s, who, name)) == NULL)
		tell_refusal(s, STATUS_DENIED, "denied", NULL,
		    name.len > 0 ? "you have no such profile"
				 : "you have no profile of your own: PROFILE@aws:443");
	else if (!settle(s, who, p) || !set_keys(s))
		tell_refusal(s, STATUS_FAILED, "failed", NULL, "out of memory");
	else if (!may_call(s))
		tell_refusal(s, STATUS_DENIED, "denied", NULL, SDKENV_NO_RULE);
	else
		open_gate(s);
}

/* ---- certificates ---- */

enum rc
forward_leaf(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	struct msg_leaf says = { .chain = { 0 } };
	struct err why = { "" };
	struct buf chain;
	enum rc rc;

	(void)fds;
	if (s->gate != GATE_SDK || s->state != SESSION_RUNNING)
		return err_set(err, RC_REFUSE, "a certificate out of turn");
	if (++s->leaves > LEAVES_MOST)
		return err_set(err, RC_REFUSE, "it asks for more than %d certificates",
		    LEAVES_MOST);
	buf_init(&chain, 8192);
	rc = sdkca_leaf(
	    session_monitor(s)->sdkca, m->leaf_ask.host, m->leaf_ask.key, &chain, &why);
	if (rc == RC_OK)
		says.chain = buf_span(&chain);
	else
		log_line(LOG_NOTICE, "session %s: %s", s->sid_text, why.text);
	rc = port_send(s->ctl, MSG_LEAF, id, &says, NULL, 0);
	buf_clear(&chain);
	/* A port that is gone says so by itself. */
	return rc == RC_END ? RC_OK : rc;
}
