/* Control verbs; see verb.h. */
#include "broker/monitor/verb.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/archiveverb.h"
#include "broker/monitor/boards.h"
#include "broker/monitor/grants.h"
#include "broker/monitor/holds.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/notify.h"
#include "broker/monitor/runbooks.h"
#include "broker/monitor/scripts.h"
#include "broker/monitor/sdkenv.h"
#include "broker/monitor/targets.h"
#include "lib/model/notice.h"
#include "lib/model/status.h"

struct verb {
	const char *name;
	const char *words; /* what follows it, for help */
	const char *help;
	void (*run)(struct verb_call *call); /* NULL: not in this version */
};

static void
end(struct verb_call *call, int status)
{
	call->done(call->arg, call, status);
}

static void
whoami_json(struct verb_call *call)
{
	const struct identity *w = call->who;
	json_t *groups = json_array(), *o;
	char *s;

	for (size_t i = 0; i < w->group_count; i++)
		json_array_append_new(groups, json_string(w->groups[i]));
	o = json_pack("{s:s, s:s, s:o, s:s*, s:s*, s:s, s:s, s:s, s:o}", "identity",
	    w->name, "kind", identity_kind_name(w->kind), "groups", groups, "owner",
	    w->owner, "profile", w->profile, "proof", proof_name(call->proof), "key",
	    call->key, "source", call->source, "grants",
	    grants_of_json(call->m->grants, w->name));
	if (call->verified)
		json_object_set_new(o, "verified", json_true());
	if (mask_policy_counts_only(call->m->rules.config->masking))
		json_object_set_new(o, "masking", json_string("count-only"));
	s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	if (s == NULL)
		call->out.bad = true;
	else
		buf_printf(&call->out, "%s\n", s);
	free(s);
}

static void
whoami_text(struct verb_call *call)
{
	const struct identity *w = call->who;

	buf_printf(&call->out, "%s (%s)\n", w->name, identity_kind_name(w->kind));
	if (w->owner != NULL)
		buf_printf(&call->out, "owner    %s\n", w->owner);
	if (w->group_count > 0)
		buf_text(&call->out, "groups  ");
	for (size_t i = 0; i < w->group_count; i++)
		buf_printf(&call->out, " %s", w->groups[i]);
	if (w->group_count > 0)
		buf_u8(&call->out, '\n');
	if (w->profile != NULL)
		buf_printf(&call->out, "profile  %s\n", w->profile);
	buf_printf(&call->out, "proof    %s%s%s%s\n", proof_name(call->proof),
	    call->verified ? " verified" : "", call->key[0] ? " " : "", call->key);
	buf_printf(&call->out, "source   %s\n", call->source);
	if (mask_policy_counts_only(call->m->rules.config->masking))
		buf_text(&call->out,
		    "masking  count-only: secrets are shown and recorded\n");
	grants_put(call->m->grants, w->name, &call->out);
}

static void
run_whoami(struct verb_call *call)
{
	if (call->argc != 1) {
		verb_answer(call, STATUS_USAGE, "usage: whoami");
		return;
	}
	if (call->json)
		whoami_json(call);
	else
		whoami_text(call);
	end(call, buf_ok(&call->out) ? STATUS_OK : STATUS_FAILED);
}

static void
run_pending(struct verb_call *call)
{
	if (call->argc == 1)
		holds_pending(call->m->holds, call);
	else
		boards_open(call->m->boards, call);
}

static void
run_why(struct verb_call *call)
{
	holds_why(call->m->holds, call);
}

static void
run_approve(struct verb_call *call)
{
	holds_approve(call->m->holds, call);
}

static void
run_deny(struct verb_call *call)
{
	holds_deny(call->m->holds, call);
}

static void
run_grant(struct verb_call *call)
{
	grants_verb(call->m->grants, call);
}

static void
run_sessions(struct verb_call *call)
{
	call->m->verb_sessions->list(call->m->sessions, call);
}

static void
run_watch(struct verb_call *call)
{
	call->m->verb_sessions->watch(call->m->sessions, call);
}

/* Over SSH it is a command, which runs: broker/monitor/request.c. */
static void
run_request(struct verb_call *call)
{
	verb_answer(call, STATUS_USAGE,
	    "request runs a command, which takes ssh: ssh broker request ID");
}

static void
run_run(struct verb_call *call)
{
	verb_answer(call, STATUS_USAGE,
	    "run runs a command, which takes ssh: ssh broker run NAME KEY=VALUE ...");
}

static void
run_ssm(struct verb_call *call)
{
	verb_answer(call, STATUS_USAGE,
	    "ssm runs on a target, which takes ssh: ssh broker ssm [--profile NAME] "
	    "[--region REGION] TARGET -- COMMAND..., or for a shell: ssh -t broker ssm "
	    "[--mode single|fed|raw] TARGET");
}

static void
run_notify(struct verb_call *call)
{
	notify_verb(call->m->notify, call);
}

static void put_verbs(struct verb_call *call);

static void
run_help(struct verb_call *call)
{
	buf_text(&call->out,
	    "Run one command:\n"
	    "  ssh broker aws s3 ls s3://bucket/\n"
	    "  ssh broker -- --reason \"'ticket 42'\" aws s3 rm s3://bucket/key\n"
	    "  ssh broker ssm i-0abc1234 -- uptime\n"
	    "A shell on an instance, a port of it:\n"
	    "  ssh -t broker ssm i-0abc1234\n"
	    "  ssh -N -L 5432:i-0abc1234:5432 broker\n"
	    "Options of the broker stand first: --reason TEXT, --wait SECONDS, "
	    "--no-wait, --json,\n--dry-run, --out.\n"
	    "Verbs:\n");
	put_verbs(call);
	end(call, STATUS_OK);
}

static const struct verb verbs[] = {
	{ "whoami", "", "who you are to the broker", run_whoami },
	{ "pending", BOARDS_WORDS, "commands that wait for approval", run_pending },
	{ "why", "ID", "all about one of them", run_why },
	{ "approve", "ID [--reason TEXT]", "let a held command run, once",
	    run_approve },
	{ "deny", "ID --reason TEXT", "refuse a held command", run_deny },
	{ "request", "ID [--wait SECONDS|--no-wait]",
	    "run what was approved, or say how it stands", run_request },
	{ "grant", "add|list|revoke", "approvals beforehand, for a while", run_grant },
	{ "script", SCRIPTS_WORDS, "texts that are approved once", scripts_verb },
	{ "runbook", RUNBOOKS_WORDS,
	    "commands with parameters that people approve once", runbooks_verb },
	{ "run", "NAME KEY=VALUE ...", "run one of these", run_run },
	{ "ssm", "TARGET [-- COMMAND...]", "a command, or a shell, on an instance",
	    run_ssm },
	{ "sdk-env", SDKENV_WORDS, "lines that send an SDK through ssh -L",
	    sdkenv_run },
	{ "targets", TARGETS_WORDS, "instances that you may reach", targets_run },
	{ "sessions", "", "what runs now: yours, or all", run_sessions },
	{ "watch", "[--cast] ID", "look on while a session runs", run_watch },
	{ "notify", NOTIFY_WORDS, "webhooks that are told of holds", run_notify },
	{ "help", "", "this text", run_help },
	{ "kill", NULL, NULL, NULL },
	{ "freeze", NULL, NULL, NULL },
	{ "thaw", NULL, NULL, NULL },
	{ "login", NULL, NULL, NULL },
};

/* For the control socket: over SSH they refuse. */
static const struct verb local_verbs[] = {
	{ "archive", ARCHIVEVERB_WORDS, "expire, shred and send recordings",
	    archiveverb_run },
};

static const struct verb *
find_in(const struct verb *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	return NULL;
}

const struct verb *
verb_find(const char *name)
{
	const struct verb *v = find_in(verbs, sizeof verbs / sizeof verbs[0], name);

	if (v != NULL)
		return v;
	return find_in(local_verbs, sizeof local_verbs / sizeof local_verbs[0], name);
}

/* --json may stand anywhere behind a verb, but as the text of a reason. */
static void
take_json(struct verb_call *call)
{
	unsigned n = 1;

	for (unsigned i = 1; i < call->argc; i++) {
		bool is_value = strcmp(call->argv[i - 1], "--reason") == 0;

		if (!is_value && strcmp(call->argv[i], "--json") == 0)
			call->json = true;
		else
			call->argv[n++] = call->argv[i];
	}
	call->argc = n;
}

void
verb_run(const struct verb *v, struct verb_call *call)
{
	take_json(call);
	if (v->run != NULL && call->argc == 2 && strcmp(call->argv[1], "--help") == 0) {
		buf_printf(
		    &call->out, "usage: %s %s\n%s\n", v->name, v->words, v->help);
		end(call, STATUS_OK);
		return;
	}
	if (v->run != NULL) {
		v->run(call);
		return;
	}
	verb_answer(call, STATUS_USAGE, "%s is not in this version", v->name);
}

static void
put_table(const struct verb *v, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].run != NULL)
			buf_printf(
			    out, "  %-8s %-20s %s\n", v[i].name, v[i].words, v[i].help);
}

/* Names of all verbs that run in this version, and a line on each. */
static void
put_verbs(struct verb_call *call)
{
	put_table(verbs, sizeof verbs / sizeof verbs[0], &call->out);
	if (call->proof == PROOF_UID)
		put_table(local_verbs, sizeof local_verbs / sizeof local_verbs[0],
		    &call->out);
}
