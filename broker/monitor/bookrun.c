/* "run NAME KEY=VALUE …": a command out of a runbook whose template people approved.
 *
 * What runs are the runbook's words with these values in them, read and judged as any
 * command's; that they come from a runbook is one fact more.  Whether its template is the
 * approved one is looked at each time that it is judged, also for each call on the wire. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/runbooks.h"
#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"

#define USAGE                                                                          \
	"usage: run NAME KEY=VALUE ... [--reason TEXT] [--wait SECONDS|--no-wait] "    \
	"[--dry-run] [--json]"

/* ---- the words ---- */

struct reading {
	const char *name;
	size_t n;
	struct span values[WORDS_MOST];
};

static enum rc
read_reason(struct command *c, const char *text, struct err *err)
{
	if (c->reason[0] != '\0' || !command_reason_ok(span_of(text)) ||
	    !span_copy(span_of(text), c->reason, sizeof c->reason))
		return err_set(err, RC_REFUSE,
		    "a reason is plain text on one line, at most %d bytes, once",
		    COMMAND_REASON);
	return RC_OK;
}

/* Options stand behind the name, too; a value never begins so. */
static enum rc
read_option(struct session *s, const char *word, const char *next, size_t *used,
    struct err *err)
{
	struct command *c = &s->command;

	if (strcmp(word, "--json") == 0)
		s->json = c->json = true;
	else if (strcmp(word, "--dry-run") == 0)
		c->dry_run = true;
	else if (strcmp(word, "--no-wait") == 0)
		c->wait_ms = 0;
	else if (next != NULL && strcmp(word, "--wait") == 0) {
		*used = 2;
		return command_wait(c, span_of(next), err);
	} else if (next != NULL && strcmp(word, "--reason") == 0) {
		*used = 2;
		return read_reason(c, next, err);
	} else
		return err_set(err, RC_REFUSE, "%s", USAGE);
	return RC_OK;
}

static enum rc
read_call(struct session *s, struct reading *r, struct err *err)
{
	const struct words *w = s->command.words;
	enum rc rc = RC_OK;
	size_t used;

	for (size_t i = 1; rc == RC_OK && i < words_count(w); i += used) {
		const char *word = words_at(w, i);

		used = 1;
		if (word[0] == '-')
			rc = read_option(s, word, words_at(w, i + 1), &used, err);
		else if (r->name == NULL)
			r->name = word;
		else
			r->values[r->n++] = span_of(word);
	}
	if (rc == RC_OK && r->name == NULL)
		rc = err_set(err, RC_REFUSE, "%s", USAGE);
	if (rc == RC_OK && s->command.out)
		rc = err_set(err, RC_REFUSE, "no runbook writes a file: no --out");
	return rc;
}

/* ---- which runbook ---- */

static struct facts
asker_of(const struct session *s)
{
	return (struct facts){ .who = conn_identity(s->conn),
		.proof = conn_proof(s->conn),
		.verified = conn_verified(s->conn),
		.auth_age = clock_mono_ms() - conn_since(s->conn),
		.path = PATH_EXEC,
		.now = clock_wall_ms() };
}

static void
bind_to(struct session *s, const struct runbook *rb)
{
	span_copy(span_of(runbook_name(rb)), s->runbook, sizeof s->runbook);
	memcpy(s->runbook_digest, runbook_digest(rb), sizeof s->runbook_digest);
}

/* Not what the caller typed, but what runs. */
static void
take_words(struct session *s, struct words *own)
{
	words_free(s->command.words);
	s->command.words = own;
}

void
bookrun_begin(struct session *s)
{
	struct reading *r = calloc(1, sizeof *r);
	struct refusal refusal = { .err = { "" } };
	const struct facts who = asker_of(s);
	const struct runbook *rb = NULL;
	struct words *own = NULL;
	struct err err = { "" };
	enum rc rc;

	if (r == NULL) {
		tell_coded(s, STATUS_FAILED, "failed", "internal", "out of memory");
		return;
	}
	if ((rc = read_call(s, r, &err)) != RC_OK)
		tell_coded(s, STATUS_USAGE, "refused", "usage", err.text);
	else if (who.who == NULL ||
		 (rb = runbooks_find(session_monitor(s), r->name, &who)) == NULL)
		tell_coded(s, STATUS_DENIED, "denied", "runbook",
		    "no runbook that is yours has that name; ssh broker runbook list "
		    "shows them");
	else if ((rc = runbook_expand(rb, r->values, r->n, &own, &refusal)) != RC_OK)
		tell_coded(s, (int)refusal.status,
		    refusal.status == STATUS_DENIED ? "denied" : "refused",
		    refusal.status == STATUS_DENIED  ? "runbook"
		    : refusal.status == STATUS_USAGE ? "usage"
						     : "internal",
		    refusal.err.text);
	free(r);
	if (own == NULL)
		return;
	bind_to(s, rb);
	take_words(s, own);
	ask_again(s);
}

/* ---- judging ---- */

/* The one that s runs, if it is what it was. */
static const struct runbook *
current(const struct session *s)
{
	const struct runbook *rb = runbooks_find(session_monitor(s), s->runbook, NULL);

	return rb != NULL && memcmp(runbook_digest(rb), s->runbook_digest,
				 sizeof s->runbook_digest) == 0
		   ? rb
		   : NULL;
}

/* Who asks has no say in what holds the own command. */
static bool
is_released(const struct session *s, const struct runbook *rb, const struct verdict *v)
{
	const struct identity *who = s->conn == NULL ? NULL : conn_identity(s->conn);
	const struct voters_for f = { .config = session_monitor(s)->rules.config,
		.identity = s->identity,
		.owner = s->owner,
		.key = s->key };

	return who != NULL && runbooks_suffice(session_monitor(s), rb, &f, v);
}

static void
set_rule(const struct session *s, struct verdict *v)
{
	span_copy(span_of(s->runbook), v->rule, sizeof v->rule);
}

void
bookrun_admit(struct session *s, struct verdict *v)
{
	const struct monitor *m = session_monitor(s);
	const struct runbook *rb;

	if (s->runbook[0] == '\0' || v->effect == EFFECT_DENY)
		return;
	if ((rb = current(s)) == NULL) {
		set_rule(s, v);
		admit_deny(v, "runbook",
		    "the runbook %s has changed since it was asked for; ask again",
		    s->runbook);
		return;
	}
	if (!runbooks_approved(m, rb)) {
		set_rule(s, v);
		admit_deny(v, "runbook",
		    "the runbook is not approved; ask: ssh broker runbook request %s",
		    s->runbook);
		return;
	}
	span_copy(
	    span_of(runbooks_hold(m, rb)), s->runbook_hold, sizeof s->runbook_hold);
	if (v->effect != EFFECT_HOLD || !is_released(s, rb, v))
		return;
	v->effect = EFFECT_ALLOW;
	v->n_needs = 0;
}

/* ---- what is kept of it ---- */

json_t *
bookrun_json(const struct session *s)
{
	char hex[2 * RUNBOOK_DIGEST + 1];

	if (s->runbook[0] == '\0')
		return NULL;
	id_hex(s->runbook_digest, RUNBOOK_DIGEST, hex);
	return json_pack("{s:s, s:s, s:s*}", "name", s->runbook, "sha256", hex, "hold",
	    s->runbook_hold[0] != '\0' ? s->runbook_hold : NULL);
}

json_t *
bookrun_meta(const struct session *s)
{
	json_t *o = bookrun_json(s), *list;
	const struct runbook *rb = o == NULL ? NULL : current(s);

	if (rb != NULL && (list = runbooks_approvals(session_monitor(s), rb)) != NULL &&
	    json_object_set_new(o, "approvals", list) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

bool
bookrun_recall(struct session *s, const struct hold *h)
{
	const json_t *o = json_object_get(hold_request(h), "runbook");
	const char *name = json_string_value(json_object_get(o, "name"));
	const char *sum = json_string_value(json_object_get(o, "sha256"));
	char hex[2 * RUNBOOK_DIGEST + 1];
	const struct runbook *rb;

	if (o == NULL)
		return true;
	if (name == NULL || sum == NULL ||
	    !span_copy(span_of(name), s->runbook, sizeof s->runbook))
		return false;
	/* One that is another by now has another digest: bookrun_admit() says so. */
	if ((rb = runbooks_find(session_monitor(s), name, NULL)) == NULL)
		return true;
	id_hex(runbook_digest(rb), RUNBOOK_DIGEST, hex);
	if (strcmp(hex, sum) == 0)
		memcpy(s->runbook_digest, runbook_digest(rb), sizeof s->runbook_digest);
	return true;
}
