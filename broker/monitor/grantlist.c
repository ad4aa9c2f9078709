/* Grants as people see them, and their end by a person's word. */
#include "broker/monitor/grants_parts.h"
#include "broker/monitor/veiling.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/command.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

static uint64_t
seconds_left(const struct grant *g)
{
	uint64_t now = clock_mono_ms();

	return g->end > now ? (g->end - now) / 1000 : 0;
}

/* More than any command becomes. */
#define GRANT_SHOWN (1u << 20)

/* What its holder may know, too: how the people who gave it proved who they are, and
 * from where, is for approvers. */
static json_t *
grant_json(const struct grant *g, bool all)
{
	char hex[2 * HOLD_DIGEST + 1], until[21];
	json_t *o, *names = json_array();

	for (size_t i = 0; i < g->voters.n; i++)
		json_array_append_new(names, json_string(g->voters.v[i].name));
	id_hex(g->digest, HOLD_DIGEST, hex);
	clock_iso(g->until_ms, until);
	o = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:i, s:i, s:I, s:s, s:o}", "id",
	    g->id, "identity", g->identity, "rule", g->has_digest ? NULL : g->rule,
	    "digest", g->has_digest ? hex : NULL, "command", g->command, "uses",
	    (int)g->uses, "left", (int)grant_left(g), "expires_in",
	    (json_int_t)seconds_left(g), "until", until, "by", names);
	if (o != NULL && all &&
	    (json_object_set_new(o, "asked_by", json_string(g->by)) != 0 ||
		json_object_set_new(o, "reason", json_string(g->reason)) != 0 ||
		json_object_set_new(o, "approvals", voters_json(&g->voters)) != 0)) {
		json_decref(o);
		return NULL;
	}
	if (o != NULL && !veil_json(veil_of(g->all->m), o)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* The command or the reason of a grant, as people may see it. */
static void
put_shown(const struct grant *g, const char *text, struct buf *out)
{
	struct buf shown;

	buf_init(&shown, GRANT_SHOWN);
	veil_command(veil_of(g->all->m), text == NULL ? "" : text, &shown);
	if (!buf_ok(&shown))
		out->bad = true;
	else
		text_escape(out, buf_span(&shown));
	buf_clear(&shown);
}

json_t *
grants_of_json(const struct grants *all, const char *identity)
{
	json_t *a = json_array();

	for (const struct grant *g = all->first; a != NULL && g != NULL; g = g->next)
		if (strcmp(g->identity, identity) == 0 && grant_usable(g) &&
		    json_array_append_new(a, grant_json(g, false)) != 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

void
grants_put(const struct grants *all, const char *identity, struct buf *out)
{
	for (const struct grant *g = all->first; g != NULL; g = g->next) {
		if (strcmp(g->identity, identity) != 0 || !grant_usable(g))
			continue;
		buf_printf(out, "grant    %s ", g->id);
		if (g->has_digest)
			put_shown(g, g->command, out);
		else
			buf_printf(out, "rule %s", g->rule);
		buf_printf(out, ", %u of %u uses, %llu s\n", grant_left(g), g->uses,
		    (unsigned long long)seconds_left(g));
	}
}

static void
put_escaped(struct buf *out, const char *label, const char *text)
{
	buf_printf(out, "  %-9s", label);
	text_escape(out, span_of(text));
	buf_u8(out, '\n');
}

static void
show_text(const struct grant *g, bool all, struct buf *out)
{
	char hex[2 * HOLD_DIGEST + 1];

	buf_printf(out, "%s\n", g->id);
	put_escaped(out, "to", g->identity);
	if (g->has_digest) {
		id_hex(g->digest, HOLD_DIGEST, hex);
		buf_printf(out, "  %-9s", "command");
		put_shown(g, g->command, out);
		buf_u8(out, '\n');
		put_escaped(out, "digest", hex);
	} else
		put_escaped(out, "rule", g->rule);
	buf_printf(out, "  %-9s%u of %u uses, %llu s\n", "left", grant_left(g), g->uses,
	    (unsigned long long)seconds_left(g));
	buf_printf(out, "  %-9s", "by");
	voters_put(&g->voters, out);
	buf_u8(out, '\n');
	if (!all)
		return;
	put_escaped(out, "asked by", g->by);
	buf_printf(out, "  %-9s", "reason");
	put_shown(g, g->reason, out);
	buf_u8(out, '\n');
}

static void
show_json(const struct grant *g, bool all, struct buf *out)
{
	json_t *o = grant_json(g, all);
	char *s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(o);
	if (s == NULL)
		out->bad = true;
	else
		buf_printf(out, "%s\n", s);
	free(s);
}

void
grantlist_show(struct grants *all, struct verb_call *call)
{
	bool everybody = config_may_approve(all->m->rules.config, call->who);

	if (call->argc != 2) {
		verb_answer(call, STATUS_USAGE, "usage: grant list");
		return;
	}
	for (const struct grant *g = all->first; g != NULL; g = g->next) {
		if (!grant_usable(g) ||
		    (!everybody && strcmp(g->identity, call->name) != 0))
			continue;
		(call->json ? show_json : show_text)(g, everybody, &call->out);
	}
	if (!buf_ok(&call->out)) {
		buf_reset(&call->out);
		verb_answer(call, STATUS_FAILED, "there are too many grants to show");
		return;
	}
	call->done(call->arg, call, STATUS_OK);
}

/* ---- revoking ---- */

static void
revoked(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct grant *g = arg;
	struct verb_call *call = g->call;

	(void)bytes;
	(void)fd;
	g->call = NULL;
	if (rc == RC_OK) {
		verb_state(call, g->id, "revoked");
		call->done(call->arg, call, STATUS_OK);
	} else
		verb_answer(call, STATUS_FAILED, "not recorded, so not done: %s", why);
	grant_answered(g, true);
}

/* "grant revoke ID [--reason TEXT]". */
static bool
revoke_words(const struct verb_call *call, const char **reason)
{
	*reason = "";
	if (call->argc == 3)
		return true;
	if (call->argc != 5 || strcmp(call->argv[3], "--reason") != 0 ||
	    !command_reason_ok(span_of(call->argv[4])))
		return false;
	*reason = call->argv[4];
	return true;
}

void
grantlist_revoke(struct grants *all, struct verb_call *call)
{
	struct grant_end end = { .state = GRANT_REVOKED,
		.by = call->name,
		.proof = proof_name(call->proof) };
	struct grant *g;

	if (!revoke_words(call, &end.reason)) {
		verb_answer(
		    call, STATUS_USAGE, "usage: grant revoke ID [--reason TEXT]");
		return;
	}
	if (!config_may_approve(all->m->rules.config, call->who)) {
		verb_answer(call, STATUS_DENIED, "you have no right to revoke");
		return;
	}
	if ((g = grants_by_id(all, call->argv[2])) == NULL) {
		verb_answer(call, STATUS_USAGE, "no grant of that id is in force");
		return;
	}
	if (!grant_finish(g, &end, revoked, g)) {
		verb_answer(call, STATUS_FAILED, "the keeper is gone");
		return;
	}
	g->call = call;
}

void
grants_verb(struct grants *all, struct verb_call *call)
{
	static const struct {
		const char *name;
		void (*run)(struct grants *all, struct verb_call *call);
	} verbs[] = {
		{ "add", grantask_add },
		{ "list", grantlist_show },
		{ "revoke", grantlist_revoke },
	};

	for (size_t i = 0; call->argc > 1 && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, call->argv[1]) == 0) {
			verbs[i].run(all, call);
			return;
		}
	verb_answer(call, STATUS_USAGE, "usage: grant add|list|revoke ...");
}
