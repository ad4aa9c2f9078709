/* A session on a target, from what was asked for to a target that is known: which
 * profile, which region, and what the inventory says.
 *
 * AWS is asked for nobody whom no rule lets do anything of the kind. */
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/model/status.h"
#include "policies/forwardhost.h"

void
remote_free(struct remote *r)
{
	if (r == NULL)
		return;
	instance_free(r->at);
	free(r->line);
	free(r->text);
	free(r);
}

void
remote_stop(struct session *s)
{
	inventory_cancel(s->finding);
	s->finding = NULL;
}

/* ---- where it leads ---- */

static const struct config_target *
alias_of(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->targets.n; i++)
		if (strcmp(c->targets.v[i].name, name) == 0)
			return &c->targets.v[i];
	return NULL;
}

/* Named by the words, by the target, or the identity's own; never another's. */
static const char *
choose_profile(const struct session *s, const struct identity *who, const char *word,
    const struct config_target *alias)
{
	const char *a = word[0] != '\0' ? word : NULL;
	const char *b = s->command.profile[0] != '\0' ? s->command.profile : NULL;

	if (a != NULL && b != NULL && strcmp(a, b) != 0)
		return NULL;
	a = a != NULL ? a : b;
	if (a == NULL && alias != NULL)
		a = alias->profile;
	if (a == NULL)
		return who->profile;
	return identity_may_use(who, a) ? a : NULL;
}

static const struct profile *
settle_profile(struct session *s, const char *profile, const char *region)
{
	const struct config *c = session_monitor(s)->rules.config;
	const struct identity *who = conn_identity(s->conn);
	const struct config_target *alias = alias_of(c, s->remote->name);
	const char *name = who == NULL ? NULL : choose_profile(s, who, profile, alias);
	const struct profile *p =
	    name == NULL ? NULL : config_profile(c, span_of(name));

	if (p == NULL)
		return NULL;
	if (region[0] == '\0' && alias != NULL && alias->region != NULL)
		region = alias->region;
	else if (region[0] == '\0')
		region = p->region;
	span_copy(span_of(who->owner), s->owner, sizeof s->owner);
	return span_copy(span_of(p->name), s->profile_name, sizeof s->profile_name) &&
		       span_copy(span_of(region), s->region, sizeof s->region)
		   ? p
		   : NULL;
}

/* ---- the target ---- */

static void
found(
    void *arg, enum rc rc, const struct instance *all, size_t n, const struct err *err)
{
	struct session *s = arg;

	s->finding = NULL;
	s->state = SESSION_ASKED;
	if (rc == RC_REFUSE) {
		tell_coded(s, STATUS_USAGE, "refused", "target", err->text);
		return;
	}
	if (rc != RC_OK || n != 1) {
		tell_coded(s, rc == RC_RETRY ? STATUS_UNREACHABLE : STATUS_FAILED,
		    rc == RC_RETRY ? "unreachable" : "failed", "target",
		    rc == RC_OK ? "the target could not be told apart" : err->text);
		return;
	}
	if ((s->remote->at = instance_copy(&all[0])) == NULL) {
		tell_coded(s, STATUS_FAILED, "failed", "internal",
		    "out of memory; nothing ran");
		return;
	}
	ask_judge(s, &s->verdict);
	if (!remote_settle(s))
		tell_coded(s, STATUS_FAILED, "failed", "internal",
		    "out of memory; nothing ran");
	else if (remote_can(s))
		ask_judged(s);
}

static void
find(struct session *s, const struct profile *p)
{
	struct monitor *m = session_monitor(s);
	const struct inventory_ask ask = { .name = s->remote->name,
		.profile = p,
		.region = s->region,
		.identity = s->identity,
		.sid = s->sid,
		.done = found,
		.arg = s };
	struct err err = { "the broker has no list of targets" };
	enum rc rc = RC_FAIL;

	s->state = SESSION_FINDING;
	if (m->inventory != NULL)
		rc = inventory_find(m->inventory, &ask, &s->finding, &err);
	if (rc != RC_OK)
		found(s, rc, NULL, 0, &err);
}

/* Without a rule everything would be denied: better said before AWS is asked. */
static bool
may_any(struct session *s)
{
	char partition[ASK_PARTITION];
	struct err err = { "" };
	struct facts f;

	return ask_facts(s, ask_path(s), partition, &f, &err) &&
	       decide_any(pack_rules(session_monitor(s)->rules.policy), &f);
}

static void
settle(struct session *s, const char *profile, const char *region)
{
	const struct profile *p = settle_profile(s, profile, region);

	if (!remote_canon(s))
		tell_coded(s, STATUS_FAILED, "failed", "internal",
		    "out of memory; nothing ran");
	else if (p == NULL)
		tell_coded(s, STATUS_DENIED, "denied", "profile",
		    profile[0] == '\0' && s->command.profile[0] == '\0'
			? "you have no profile that leads to this target"
			: "you have no such profile; leave --profile out for your own");
	else if (!profile_region(span_of(s->region)))
		tell_coded(s, STATUS_USAGE, "refused", "value",
		    "value: --region is no name of a region");
	else if (!may_any(s))
		tell_coded(s, STATUS_DENIED, "denied", "unmatched",
		    s->remote->kind == REMOTE_PORT
			? "no rule lets you reach ports of targets; for SDKs there "
			  "is aws:443"
			: "no rule lets you run anything on targets");
	else
		find(s, p);
}

/* ---- what is asked for ---- */

static struct remote *
make(struct session *s, enum msg_remote_kind kind, const char *name)
{
	struct remote *r = calloc(1, sizeof *r);

	if (r == NULL || !span_copy(span_of(name), r->name, sizeof r->name)) {
		free(r);
		return NULL;
	}
	r->kind = kind;
	r->form = LINE_CANON;
	remote_free(s->remote);
	s->remote = r;
	s->gate = GATE_NONE;
	return r;
}

/* AWS's own words for a reason are as good as ours. */
static bool
take_reason(struct session *s, const char *reason)
{
	if (reason[0] == '\0' || s->command.reason[0] != '\0')
		return true;
	return command_reason_ok(span_of(reason)) &&
	       span_copy(span_of(reason), s->command.reason, sizeof s->command.reason);
}

/* Of the documents that are not AWS's own only those that the configuration names: what
 * else would run there, nobody has said. */
static bool
knows_document(const struct config *c, const struct ssmwords *w)
{
	if (w->document[0] == '\0')
		return true;
	if (w->line != NULL)
		return strcmp(w->document, c->ssm.command) == 0 ||
		       strcmp(w->document, c->ssm.shell) == 0;
	return strcmp(w->document, c->ssm.raw) == 0;
}

/* *w is taken. */
static void
begin_take(struct session *s, struct ssmwords *w)
{
	struct remote *r =
	    make(s, w->line != NULL ? REMOTE_COMMAND : REMOTE_SHELL, w->target);

	if (r == NULL) {
		tell_coded(s, STATUS_USAGE, "refused", "value",
		    "value: no target has a name of this length");
		return;
	}
	r->wanted = w->mode;
	r->line = w->line;
	w->line = NULL;
	if (!take_reason(s, w->reason))
		tell_coded(s, STATUS_USAGE, "refused", "value",
		    "a reason is plain text on one line, at most 256 bytes");
	else if (s->command.out)
		tell_coded(s, STATUS_USAGE, "refused", "usage",
		    "--out is for commands of aws that write a file");
	else if (!knows_document(session_monitor(s)->rules.config, w))
		tell_coded(s, STATUS_DENIED, "denied", "document",
		    "the broker opens no session with this document; leave it out");
	else if (r->kind == REMOTE_SHELL && !s->command.pty && !s->command.dry_run)
		tell_coded(s, STATUS_USAGE, "refused", "terminal",
		    "a shell needs a terminal: ssh -t broker ssm TARGET; or give a "
		    "command: ssm TARGET -- COMMAND");
	else
		settle(s, w->profile, w->region);
}

void
remote_begin(struct session *s)
{
	struct refusal r = { 0 };
	struct ssmwords w;
	enum rc rc = ssmwords_read(s->command.words, s->command.line, &w, &r);

	if (rc != RC_OK) {
		tell_coded(s, rc == RC_REFUSE ? (int)r.status : STATUS_FAILED,
		    "refused", rc == RC_REFUSE ? refusal_code(r.err.text) : "internal",
		    r.err.text);
		return;
	}
	begin_take(s, &w);
	ssmwords_clear(&w);
}

void
remote_port(struct session *s, const struct msg_forward_ask *ask)
{
	struct refusal why = { 0 };
	struct forwardhost h;
	struct remote *r;

	/* There is nobody to say how long; the channel's open waits. */
	s->command.wait_ms = UINT64_MAX;
	if (forwardhost_read(ask->host, ask->port, &h, &why) != RC_OK)
		tell_refusal(s, (int)why.status,
		    why.status == STATUS_DENIED ? "denied" : "refused", NULL,
		    why.err.text);
	else if ((r = make(s, REMOTE_PORT, h.target)) == NULL)
		tell_refusal(s, STATUS_USAGE, "refused", NULL,
		    "no target has a name of this length");
	else {
		span_copy(span_of(h.host), r->host, sizeof r->host);
		r->port = h.port;
		settle(s, "", "");
	}
}
