/* What a session process is started with: its channels and what it is told. */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include <config.h>

#include "broker/monitor/services.h"
#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/base/text.h"

#define TITLE_MAX 1024

static char *
meta_text(const struct session *s)
{
	const struct identity *who = conn_identity(s->conn);
	const struct profile *p =
	    config_profile(session_monitor(s)->rules.config, span_of(s->profile_name));
	json_t *groups = json_array(), *argv = json_array(), *approvers = NULL, *o;
	char policy[65], *text;

	for (size_t i = 0; who != NULL && i < who->group_count; i++)
		json_array_append_new(groups, json_string(who->groups[i]));
	for (size_t i = 0; i < words_count(s->command.words); i++)
		json_array_append_new(argv, json_string(words_at(s->command.words, i)));
	id_hex(s->verdict.policy, 32, policy);
	if (s->hold != NULL)
		approvers = hold_approvers_json(s->hold);
	o = json_pack(
	    "{s:s, s:s, s:s, s:{s:s, s:s, s:s*, s:s, s:s}, s:o, s:s, s:s, s:o, s:s, "
	    "s:{s:s, s:s, s:s, s:s*, s:s}, s:s, s:s, s:s, s:s*, s:o*}",
	    "sid", s->sid_text, "broker", session_monitor(s)->rules.config->name,
	    "version", PACKAGE_VERSION, "identity", "name", s->identity, "kind",
	    who == NULL ? "" : identity_kind_name(who->kind), "owner",
	    s->owner[0] ? s->owner : NULL, "method", "publickey", "key", s->key,
	    "groups", groups, "source", s->source, "command", s->canon, "argv", argv,
	    "asker_says", s->command.reason, "target", "kind", "aws", "account",
	    p == NULL ? "" : p->account, "profile", s->profile_name, "role",
	    p == NULL ? NULL : p->role, "region", s->region, "verdict",
	    effect_name(s->verdict.effect), "rule", s->verdict.rule, "policy", policy,
	    "hold", s->hold == NULL ? NULL : hold_id(s->hold), "approvers", approvers);
	text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	return text;
}

/* The canonical text may be longer than a title: the whole of it is in the metadata. */
static struct span
title_of(const char *canon)
{
	struct span s = span_of(canon);

	if (s.len > TITLE_MAX) {
		s.len = TITLE_MAX;
		s.len -= text_partial(s);
	}
	return s;
}

/* Pipes for the command, a pair to the front, a pair to us.  A command that takes no
 * input gets /dev/null, and what the client sends goes there too. */
enum rc
start_channels(struct session *s, int *front, int ctl[2], struct err *err)
{
	int in[2], out[2], er[2], pair[2];

	if (s->aws->takes_stdin) {
		if (pipe2(in, O_CLOEXEC) != 0)
			return err_errno(err, RC_FAIL, "pipe");
		s->in_r = in[0];
		s->in_w = in[1];
	} else if ((s->in_r = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0 ||
		   (s->in_w = open("/dev/null", O_WRONLY | O_CLOEXEC)) < 0) {
		return err_errno(err, RC_FAIL, "/dev/null");
	}
	if (pipe2(out, O_CLOEXEC) != 0)
		return err_errno(err, RC_FAIL, "pipe");
	s->out_r = out[0];
	s->out_w = out[1];
	if (pipe2(er, O_CLOEXEC) != 0)
		return err_errno(err, RC_FAIL, "pipe");
	s->err_r = er[0];
	s->err_w = er[1];
	/* Fewer, larger reads for bulk output. */
	(void)fcntl(out[1], F_SETPIPE_SZ, 1 << 20);
	if (frame_pair(pair, err) != RC_OK)
		return RC_FAIL;
	s->data = pair[0];
	*front = pair[1];
	return frame_pair(ctl, err);
}

enum rc
start_send(struct session *s, int ctl, struct err *err)
{
	struct monitor *m = session_monitor(s);
	char *meta = meta_text(s);
	const int fds[6] = { ctl, s->rec, s->data, s->in_w, s->out_r, s->err_r };
	struct msg_start st = {
		.sid = span_make(s->sid, 16),
		.broker = span_of(m->rules.config->name),
		.class_ = span_of(m->rules.config->recording.class),
		.meta = span_of(meta),
		.title = title_of(s->canon),
		.recipients = span_of(m->rules.recipients),
		.admin = span_make(m->rules.config->recording.admin_key, 32),
		.device = span_make(m->device_key, 32),
		.wall_ms = clock_wall_ms(),
		.columns = s->command.columns,
		.rows = s->command.rows,
		.pty = s->command.pty,
		.output_max = m->rules.config->limits.output,
	};
	enum rc rc;

	if (meta == NULL)
		return err_memory(err);
	rc = services_start_session(m->services, &st, fds);
	free(meta);
	return rc;
}

/* Our copies of what went to the session process. */
void
start_close_sent(struct session *s)
{
	int *const fds[] = { &s->rec, &s->data, &s->in_w, &s->out_r, &s->err_r };

	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}
