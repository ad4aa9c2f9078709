/* What a session's target is, and the way there, from what START says of it. */
#include "broker/session/remote_parts.h"

#include <stdlib.h>

#include "policies/render.h"

/* NULL stands for an empty one.  False: memory, or a NUL inside. */
static bool
copy_text(struct span from, char **to)
{
	*to = NULL;
	return from.len == 0 || (*to = span_dup(from)) != NULL;
}

static bool
copy_texts(struct remote *r, const struct msg_remote *m)
{
	return copy_text(m->instance, &r->instance) &&
	       copy_text(m->document, &r->document) && copy_text(m->host, &r->host) &&
	       copy_text(m->reason, &r->reason) && copy_text(m->command, &r->shown);
}

/* What the target is to read. */
static enum rc
render(struct remote *r, const struct msg_remote *m, struct err *err)
{
	const struct span here = { NULL, 0 };
	bool canon = m->form == LINE_CANON;
	struct buf out;
	enum rc rc;

	buf_init(&out, RENDER_MAX + 1);
	if (!canon && m->form != LINE_BYTES)
		rc = err_set(err, RC_REFUSE, "a command of no form");
	else if (r->kind == REMOTE_RUN)
		rc = render_run(m->command, canon, here, &out, err);
	else if (r->kind == REMOTE_PROGRAM)
		rc = canon ? render_program(m->command, here, &out, err)
			   : err_set(err, RC_REFUSE, "a program is one command");
	else
		rc = canon ? render_command(m->command, here, &out, err)
			   : render_bytes(m->command, here, &out, err);
	if (rc == RC_OK && (r->command = span_dup(buf_span(&out))) == NULL)
		rc = err_memory(err);
	buf_clear(&out);
	return rc;
}

static const enum target_kind kinds[] = { [REMOTE_COMMAND] = TARGET_COMMAND,
	[REMOTE_PROGRAM] = TARGET_TERMINAL,
	[REMOTE_RAW] = TARGET_TERMINAL,
	[REMOTE_PORT] = TARGET_PORT,
	[REMOTE_RUN] = TARGET_RUN };

static enum rc
make_spec(struct remote *r, const struct msg_start *m, struct err *err)
{
	const struct msg_remote *from = &m->remote;
	enum rc rc = RC_OK;

	if (r->kind < REMOTE_COMMAND || r->kind > REMOTE_RUN || from->instance.len == 0)
		return err_set(err, RC_REFUSE, "a target of no kind");
	if (!copy_texts(r, from))
		return err_set(err, RC_REFUSE, "a target with an odd name");
	if (r->kind == REMOTE_COMMAND || r->kind == REMOTE_RUN ||
	    r->kind == REMOTE_PROGRAM)
		rc = render(r, from, err);
	if (rc != RC_OK)
		return rc;
	if (r->shown == NULL && (r->shown = span_dup(span_of("a shell"))) == NULL)
		return err_memory(err);
	r->spec = (struct target_spec){ .kind = kinds[r->kind],
		.instance = r->instance,
		.document = r->document,
		.command = r->command,
		.host = r->host,
		.port = from->port,
		.reason = r->reason,
		.columns = m->columns,
		.rows = m->rows };
	return RC_OK;
}

static enum rc
make_net(struct remote *r, const struct msg_start *m, struct span ca, struct err *err)
{
	char region[64], version[65], *to[MSG_LIST_MAX];
	struct target_net_init init = { .region = region,
		.connect_to = (const char *const *)to,
		.ca = ca,
		.client_version = version,
		.pace = m->remote.pace,
		.resume_ms = m->remote.resume_ms,
		.connect_ms = m->remote.connect_ms,
		.lease = remote_wants_lease,
		.arg = r };
	enum rc rc = RC_OK;

	if (!span_copy(m->region, region, sizeof region) ||
	    !span_copy(m->remote.client_version, version, sizeof version))
		return err_set(err, RC_REFUSE, "a target nowhere");
	for (size_t i = 0; i < m->connect_to.n && rc == RC_OK; i++)
		if ((to[i] = span_dup(m->connect_to.v[i])) == NULL)
			rc = err_memory(err);
		else
			init.n_connect_to++;
	if (rc == RC_OK)
		rc = target_net_new(r->loop, &init, &r->net, err);
	for (size_t i = 0; i < init.n_connect_to; i++)
		free(to[i]);
	return rc;
}

enum rc
remote_make(
    struct remote *r, const struct msg_start *m, struct span ca, struct err *err)
{
	enum rc rc = make_spec(r, m, err);

	return rc == RC_OK ? make_net(r, m, ca, err) : rc;
}
