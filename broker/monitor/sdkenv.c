/* The verb sdk-env; see sdkenv.h.
 *
 * What it prints is quoted for a POSIX shell and holds nothing of the caller's: names of
 * profiles and regions are from the configuration, which knows their alphabet. */
#include "broker/monitor/sdkenv.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/monitor.h"
#include "broker/monitor/sdkca.h"
#include "broker/monitor/sdkkeys.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/sdkkey.h"
#include "lib/model/status.h"
#include "policies/decide.h"

#define USAGE                                                                          \
	"usage: sdk-env --port PORT [--profile PROFILE] [--hours N] [--endpoint] "     \
	"[--json], or: sdk-env --ca"
#define HOURS_MOST 12

struct asked {
	unsigned port, hours;
	const char *profile; /* NULL: the identity's own */
	bool ca, endpoint;
};

/* What was made for it. */
struct made {
	const struct profile *profile;
	bool own; /* the profile is the one that aws:443 leads to */
	char id[SDKKEY_ID + 1];
	struct secret *secret;
	char end[21];
};

/* ---- the words ---- */

static bool
number(const char *s, unsigned most, unsigned *ret)
{
	unsigned v = 0;

	if (s[0] == '\0' || s[0] == '0' || strlen(s) > 5)
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (unsigned)(*s - '0');
	*ret = v;
	return *s == '\0' && v <= most;
}

static bool
take_value(struct asked *a, const char *name, const char *value)
{
	if (strcmp(name, "--port") == 0)
		return a->port == 0 && number(value, 65535, &a->port);
	if (strcmp(name, "--hours") == 0)
		return a->hours == 0 && number(value, HOURS_MOST, &a->hours);
	if (strcmp(name, "--profile") != 0 || a->profile != NULL)
		return false;
	a->profile = value;
	return true;
}

static bool
read_words(const struct verb_call *call, struct asked *a)
{
	for (unsigned i = 1; i < call->argc; i++) {
		if (strcmp(call->argv[i], "--ca") == 0)
			a->ca = true;
		else if (strcmp(call->argv[i], "--endpoint") == 0)
			a->endpoint = true;
		else if (i + 1 == call->argc ||
			 !take_value(a, call->argv[i], call->argv[i + 1]))
			return false;
		else
			i++;
	}
	if (a->ca)
		return a->port == 0 && a->hours == 0 && a->profile == NULL &&
		       !a->endpoint && !call->json;
	if (a->hours == 0)
		a->hours = HOURS_MOST;
	return a->port != 0;
}

/* ---- as lines ---- */

static void
put_ca(struct buf *out, const struct sdkca *ca)
{
	/* Named after its content: another broker's stands beside it, and writing it
	 * again changes nothing. */
	buf_printf(out,
	    "AWS_CA_BUNDLE=\"${XDG_CACHE_HOME:-$HOME/.cache}/broker/sdk-ca-%s.pem\"\n"
	    "mkdir -p \"${AWS_CA_BUNDLE%%/*}\" && cat >\"$AWS_CA_BUNDLE\" <<'END'\n"
	    "%sEND\n"
	    "export AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS=\"$AWS_CA_BUNDLE\"\n",
	    sdkca_mark(ca), sdkca_pem(ca));
}

static void
put_lines(struct verb_call *call, const struct asked *a, const struct made *k)
{
	struct buf *out = &call->out;

	buf_printf(out,
	    "# For %s on profile %s, until %s, and only through:\n"
	    "#   ssh -N -L %u:%s%saws:443 BROKER\n"
	    "export AWS_ACCESS_KEY_ID='%s'\n"
	    "export AWS_SECRET_ACCESS_KEY='",
	    call->name, k->profile->name, k->end, a->port,
	    k->own ? "" : k->profile->name, k->own ? "" : "@", k->id);
	buf_span_put(out, secret_span(k->secret));
	buf_printf(out,
	    "'\n"
	    "unset AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE\n"
	    "export AWS_REGION='%s' AWS_DEFAULT_REGION='%s'\n",
	    k->profile->region, k->profile->region);
	if (a->endpoint)
		buf_printf(
		    out, "export AWS_ENDPOINT_URL='https://localhost:%u'\n", a->port);
	else
		/* Some look at the one, some at the other. */
		buf_printf(out,
		    "unset AWS_ENDPOINT_URL\n"
		    "export HTTPS_PROXY='http://127.0.0.1:%u' "
		    "https_proxy='http://127.0.0.1:%u'\n",
		    a->port, a->port);
	put_ca(out, call->m->sdkca);
}

/* ---- as JSON ---- */

/* The first members are what credential_process wants (AWS SDKs and Tools Reference). */
static void
put_json(struct verb_call *call, const struct asked *a, const struct made *k)
{
	char proxy[40], endpoint[40];
	json_t *o;
	char *s;

	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", a->port);
	snprintf(endpoint, sizeof endpoint, "https://localhost:%u", a->port);
	o = json_pack("{s:i, s:s, s:s%, s:s, s:s, s:s, s:s, s:s}", "Version", 1,
	    "AccessKeyId", k->id, "SecretAccessKey", secret_span(k->secret).p,
	    secret_len(k->secret), "Expiration", k->end, "Profile", k->profile->name,
	    "Region", k->profile->region, a->endpoint ? "Endpoint" : "Proxy",
	    a->endpoint ? endpoint : proxy, "Ca", sdkca_pem(call->m->sdkca));
	s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	if (s == NULL)
		call->out.bad = true;
	else {
		buf_printf(&call->out, "%s\n", s);
		explicit_bzero(s, strlen(s));
	}
	free(s);
}

/* ---- the keys ---- */

static const struct profile *
choose(const struct verb_call *call, const struct asked *a)
{
	const char *name = a->profile != NULL ? a->profile : call->who->profile;

	if (name == NULL || !identity_may_use(call->who, name))
		return NULL;
	return config_profile(call->m->rules.config, span_of(name));
}

/* The connection that the keys are for will have been proven by a key of now. */
static bool
may_call(const struct verb_call *call, const struct profile *p)
{
	const struct facts f = { .who = call->who,
		.proof = PROOF_KEY,
		.path = PATH_API,
		.profile = p->name,
		.account = p->account,
		.region = p->region };

	return decide_any(pack_rules(call->m->rules.policy), &f);
}

static enum rc
make(struct verb_call *call, const struct asked *a, struct made *k, struct err *err)
{
	uint64_t end = clock_wall_ms() / 1000 + a->hours * 3600u;
	struct secret *root = NULL;
	enum rc rc;

	rc = sdkkeys_root(call->m->sdkkeys, call->name, k->profile->name, &root, err);
	if (rc == RC_OK)
		rc = sdkkey_pair(secret_span(root), end, k->id, &k->secret, err);
	secret_free(root);
	clock_iso(end * 1000, k->end);
	return rc;
}

/* Who was given which, and until when; the secret stands nowhere. */
static void
note(const struct verb_call *call, const struct made *k)
{
	struct keep_event e = { .kind = "sdk.keys", .identity = call->name };
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "access_key_id", k->id,
	    "profile", k->profile->name, "until", k->end, "source", call->source, "key",
	    call->key);
	char *detail = keep_detail_take(o, JSON_COMPACT);

	e.detail = detail;
	(void)keep_event(call->m->keep, &e, NULL, NULL);
	free(detail);
	log_line(LOG_NOTICE, "%s has SDK keys %s on %s until %s", call->name, k->id,
	    k->profile->name, k->end);
}

static void
hand_out(struct verb_call *call, const struct asked *a, struct made *k)
{
	struct err err = { "" };

	if (make(call, a, k, &err) != RC_OK) {
		verb_answer(call, STATUS_FAILED, "%s", err.text);
		return;
	}
	note(call, k);
	if (call->json)
		put_json(call, a, k);
	else
		put_lines(call, a, k);
	secret_free(k->secret);
	call->done(call->arg, call, buf_ok(&call->out) ? STATUS_OK : STATUS_FAILED);
}

void
sdkenv_run(struct verb_call *call)
{
	struct asked a = { 0 };
	struct made k = { 0 };

	if (!read_words(call, &a)) {
		verb_answer(call, STATUS_USAGE, USAGE);
		return;
	}
	if (a.ca) {
		buf_text(&call->out, sdkca_pem(call->m->sdkca));
		call->done(call->arg, call, STATUS_OK);
		return;
	}
	if ((k.profile = choose(call, &a)) == NULL) {
		verb_answer(call, STATUS_DENIED,
		    a.profile == NULL ? "you have no profile of your own: name one "
					"with --profile"
				      : "you have no such profile");
		return;
	}
	if (!may_call(call, k.profile)) {
		verb_answer(call, STATUS_DENIED, SDKENV_NO_RULE);
		return;
	}
	k.own = call->who->profile != NULL &&
		strcmp(call->who->profile, k.profile->name) == 0;
	hand_out(call, &a, &k);
}
