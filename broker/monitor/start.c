/* What a session process is started with: its channels and what it is told. */
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/monitor/services.h"
#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/base/text.h"

#define TITLE_MAX 1024

/* The text of a command may be longer than a title: the whole of it is in the metadata. */
static struct span
title_of(const char *shown)
{
	struct span s = span_of(shown);

	if (s.len > TITLE_MAX) {
		s.len = TITLE_MAX;
		s.len -= text_partial(s);
	}
	return s;
}

/* Pipes for a command; one that takes no input gets /dev/null, and what the client sends
 * goes there too. */
static enum rc
command_channels(struct session *s, struct err *err)
{
	int in[2], out[2], er[2], gate[2];

	if (ask_reads(s)) {
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
	if (frame_pair(gate, err) != RC_OK)
		return RC_FAIL;
	s->gate_r = gate[0];
	s->gate_w = gate[1];
	return RC_OK;
}

/* The bytes of a client go in and out by one end of a stream, its gate has the other. */
static enum rc
client_channels(struct session *s, struct err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(err, RC_FAIL, "socketpair");
	s->in_w = pair[0];
	s->gate_r = pair[1];
	if ((s->out_r = fcntl(pair[0], F_DUPFD_CLOEXEC, 3)) < 0 ||
	    (s->err_r = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(err, RC_FAIL, "the client's stream");
	return RC_OK;
}

static int
open_null(int flags)
{
	return open("/dev/null", flags | O_CLOEXEC);
}

/* A target's bytes come from AWS, in the session process itself. */
static enum rc
no_channels(struct session *s, struct err *err)
{
	if ((s->in_w = open_null(O_WRONLY)) < 0 ||
	    (s->out_r = open_null(O_RDONLY)) < 0 ||
	    (s->err_r = open_null(O_RDONLY)) < 0 ||
	    (s->gate_r = open_null(O_RDONLY)) < 0)
		return err_errno(err, RC_FAIL, "/dev/null");
	return RC_OK;
}

static enum rc
make_channels(struct session *s, struct err *err)
{
	if (ask_path(s) == PATH_API || ask_path(s) == PATH_FORWARD)
		return client_channels(s, err);
	return s->remote != NULL ? no_channels(s, err) : command_channels(s, err);
}

/* Whom the gate trusts; an empty file stands for the system's CAs. */
static enum rc
open_ca(struct session *s, struct err *err)
{
	const char *path = session_monitor(s)->rules.config->aws.ca_file;

	if (path == NULL)
		path = "/dev/null";
	s->ca = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return s->ca >= 0 ? RC_OK : err_errno(err, RC_FAIL, "%s", path);
}

enum rc
start_channels(struct session *s, int *front, int ctl[2], struct err *err)
{
	int pair[2];
	enum rc rc = make_channels(s, err);

	if (rc != RC_OK || (rc = open_ca(s, err)) != RC_OK ||
	    (rc = frame_pair(pair, err)) != RC_OK)
		return rc;
	s->data = pair[0];
	*front = pair[1];
	return frame_pair(ctl, err);
}

/* Where the gate's connections go, as the configuration says. */
static struct span_list
connect_to(const struct config *c)
{
	struct span_list list = { 0 };

	for (; list.n < c->aws.connect_to.n && list.n < MSG_LIST_MAX; list.n++)
		list.v[list.n] = span_of(c->aws.connect_to.v[list.n].curl);
	return list;
}

/* The session's own, and what the others of its identity have left. */
static uint64_t
least_quota(uint64_t session, uint64_t left)
{
	return session != 0 && session < left ? session : left == UINT64_MAX ? 0 : left;
}

/* What it masks by, and how it knows the gateway's own credentials where they stand: by
 * digests, with a salt of its own. */
static enum rc
put_masking(struct monitor *m, struct buf *masking, struct buf *seeds, struct err *err)
{
	uint8_t salt[16];
	enum rc rc;

	randombytes_buf(salt, sizeof salt);
	if ((rc = mask_policy_text(m->rules.config->masking, masking, err)) != RC_OK)
		return rc;
	if (m->vault != NULL && (rc = vault_seeds(m->vault, salt, seeds, err)) != RC_OK)
		return rc;
	return buf_ok(masking) && buf_ok(seeds) ? RC_OK : err_memory(err);
}

enum rc
start_send(struct session *s, int ctl, struct err *err)
{
	struct monitor *m = session_monitor(s);
	char *meta = meta_text(s);
	struct buf hints, masking, seeds;
	const int fds[8] = { ctl, s->rec, s->data, s->in_w, s->out_r, s->err_r,
		s->gate_r, s->ca };
	struct msg_start st = {
		.sid = span_make(s->sid, 16),
		.broker = span_of(m->rules.config->name),
		.class_ = span_of(s->class_),
		.meta = span_of(meta),
		.title = title_of(s->shown),
		.recipients = span_of(m->rules.recipients),
		.admin = span_make(m->rules.config->recording.admin_key, 32),
		.device = span_make(m->device_key, 32),
		.wall_ms = clock_wall_ms(),
		.hide_size = m->rules.config->recording.hide_size,
		.columns = s->command.columns,
		.rows = s->command.rows,
		.pty = s->command.pty,
		.json = s->json,
		.output_max = run_output(s),
		.durability =
		    m->rules.config->recording.durability == CONFIG_DURABILITY_STRICT
			? DURABILITY_STRICT
			: DURABILITY_BATCH,
		.shred = span_make(s->shred, s->shreddable ? sizeof s->shred : 0),
		.quota = least_quota(
		    m->rules.config->recording.quota_session, s->quota_left),
		.stdin_sha256 = span_make(
		    s->staged_sha256, s->staged ? sizeof s->staged_sha256 : 0),
		.stdin_len = s->staged_len,
		.events_max = m->rules.config->limits.output,
		.gate = (uint8_t)s->gate,
		.account = span_of(s->target.account),
		.region = span_of(s->region),
		.connect_to = connect_to(m->rules.config),
		.dummy_id = span_of(s->dummy_id),
		.dummy_secret = span_of(s->dummy_secret),
		.masks = span_of(s->verdict.masks),
	};
	enum rc rc;

	if (meta == NULL)
		return err_memory(err);
	buf_init(&hints, MSG_HINTS_MAX);
	buf_init(&masking, MASK_POLICY_TEXT + 1);
	buf_init(&seeds, VAULT_SEEDS);
	remote_start(s, &st.remote);
	if ((rc = remote_hints(s, &hints, err)) == RC_OK &&
	    (rc = put_masking(m, &masking, &seeds, err)) == RC_OK) {
		st.remote.hints = buf_span(&hints);
		st.masking = buf_span(&masking);
		st.seeds = buf_span(&seeds);
		rc = services_start_session(m->services, &st, fds);
	}
	buf_clear(&hints);
	buf_clear(&masking);
	buf_clear(&seeds);
	free(meta);
	explicit_bzero(s->shred, sizeof s->shred);
	return rc;
}

/* Our copies of what went to the session process. */
void
start_close_sent(struct session *s)
{
	int *const fds[] = { &s->rec, &s->data, &s->in_w, &s->out_r, &s->err_r,
		&s->gate_r, &s->ca };

	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}
