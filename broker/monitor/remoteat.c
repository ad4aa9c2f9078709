/* A session on a target while it runs: what its process is told, what AWS calls what was
 * opened there, and that all of it ends there too. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "broker/monitor/ssmend.h"
#include "lib/base/log.h"
#include "policies/hints.h"

/* A shell whose lines run alone opens one for each.  More than that nobody types. */
#define OPENED_MOST 100000

/* ---- the start ---- */

void
remote_start(const struct session *s, struct msg_remote *ret)
{
	const struct config *c = session_monitor(s)->rules.config;
	const struct remote *r = s->remote;

	*ret = (struct msg_remote){ .kind = REMOTE_NONE };
	if (r == NULL || r->at == NULL)
		return;
	*ret = (struct msg_remote){ .kind = (uint8_t)r->kind,
		.instance = span_of(r->at->id),
		.name = span_of(r->name),
		.document = span_of(r->document),
		.form = (uint8_t)r->form,
		.command = span_of(r->text),
		.host = span_of(r->host),
		.port = r->port,
		.reason = span_of(r->reason),
		.single = r->kind == REMOTE_SHELL && r->mode == SSM_SINGLE,
		.client_version = span_of(c->ssm.client_version),
		.pace = (uint32_t)c->ssm.pace,
		.resume_ms = c->ssm.resume,
		.connect_ms = c->ssm.connect,
		.idle_ms = c->ssm.idle,
		.content = c->ssm.content };
	/* The account's default: by its name it need not be there. */
	if (strcmp(r->document, "SSM-SessionManagerRunShell") == 0)
		ret->document = span_make(NULL, 0);
	if (r->kind == REMOTE_SHELL)
		ret->command_document = span_of(r->command_document);
	if (s->verdict.idle_ms > 0 &&
	    (c->ssm.idle == 0 || s->verdict.idle_ms < c->ssm.idle))
		ret->idle_ms = s->verdict.idle_ms;
}

enum rc
remote_hints(struct session *s, struct buf *out, struct err *err)
{
	char partition[ASK_PARTITION];
	struct err why = { "" };
	struct facts f;

	if (s->remote == NULL || s->remote->kind != REMOTE_SHELL ||
	    !ask_facts(s, PATH_SHELL, partition, &f, &why))
		return RC_OK;
	return hints_put(pack_rules(session_monitor(s)->rules.policy), &f, out, err);
}

/* ---- what AWS calls it ---- */

static void
note(struct session *s, const char *kind, const char *id)
{
	/* The next start goes by it, should this be the last that is heard of us. */
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "session", id, "instance",
	    s->remote->at->id, "profile", s->profile_name, "region", s->region, "kind",
	    remote_kind_name(s->remote->kind));
	char *detail = keep_detail_take(o, JSON_COMPACT);

	(void)session_event(s, kind, s->verdict.rule, detail, NULL);
	free(detail);
}

/* A text of AWS's own: opaque, but it goes into requests and the log. */
static bool
read_id(struct span s, char ret[REMOTE_ID])
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7F)
			return false;
	return s.len > 0 && span_copy(s, ret, REMOTE_ID);
}

static size_t
find(const struct remote *r, const char *id)
{
	size_t i = 0;

	while (i < r->n_open && strcmp(r->open[i], id) != 0)
		i++;
	return i;
}

static void
forget(struct remote *r, size_t i)
{
	if (i >= r->n_open)
		return;
	r->n_open--;
	memmove(r->open[i], r->open[r->n_open], REMOTE_ID);
}

/* Nobody but us can end it there. */
static void
end_there(struct session *s, const char *id)
{
	struct monitor *m = session_monitor(s);
	const struct ssmend_ask ask = { .id = id,
		.run = s->remote->kind == REMOTE_RUN,
		.instance = s->remote->at->id,
		.profile = config_profile(m->rules.config, span_of(s->profile_name)),
		.region = s->region,
		.identity = s->identity,
		.sid = s->sid };

	if (ask.profile != NULL) {
		ssmend_tell(m, m->ssmend, &ask);
		return;
	}
	log_line(LOG_ERROR, "session %s: %s is left open: its profile has gone",
	    s->sid_text, id);
	note(s, "target.left", id);
}

static enum rc
opened(struct session *s, const char *id, struct err *err)
{
	struct remote *r = s->remote;

	if (find(r, id) < r->n_open)
		return err_set(err, RC_REFUSE, "a session that is open was opened");
	if (r->n_open == REMOTE_OPEN || ++r->opened > OPENED_MOST)
		return err_set(err, RC_REFUSE, "it opens too many sessions");
	memcpy(r->open[r->n_open++], id, REMOTE_ID);
	note(s, "target.opened", id);
	return RC_OK;
}

enum rc
remote_at(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	char name[REMOTE_ID];
	size_t i;

	(void)id;
	(void)fds;
	if (s->gate != GATE_NONE || s->remote == NULL || s->remote->at == NULL ||
	    (s->state != SESSION_RUNNING && s->state != SESSION_CLOSING))
		return err_set(err, RC_REFUSE, "a target out of turn");
	if (!read_id(m->remote_at.id, name))
		return err_set(err, RC_REFUSE, "nothing that AWS calls a session");
	if (m->remote_at.state == REMOTE_OPENED)
		return opened(s, name, err);
	if ((i = find(s->remote, name)) == s->remote->n_open)
		return err_set(err, RC_REFUSE, "a session that is not open has ended");
	forget(s->remote, i);
	if (m->remote_at.state == REMOTE_CLOSED)
		note(s, "target.closed", name);
	else if (m->remote_at.state == REMOTE_LOST) {
		note(s, "target.lost", name);
		end_there(s, name);
	} else
		return err_set(err, RC_REFUSE, "a state that no target has");
	return RC_OK;
}

void
remote_lost(struct session *s)
{
	struct remote *r = s->remote;

	while (r != NULL && r->n_open > 0) {
		char id[REMOTE_ID];

		memcpy(id, r->open[0], sizeof id);
		forget(r, 0);
		note(s, "target.lost", id);
		end_there(s, id);
	}
}
