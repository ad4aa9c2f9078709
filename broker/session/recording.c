/* What a session writes about itself; see recording.h. */
#include "broker/session/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/session/approval.h"
#include "lib/base/clock.h"
#include "recorder/chunk.h"
#include "recorder/comp.h"
#include "recorder/recipients.h"

struct recording {
	struct writer *writer;
	char *meta, *title;
	uint8_t sid[16];
	bool certified;
};

/* Sizes are a stranger's word: what no terminal has counts as unknown. */
static bool
size_fits(const struct msg_start *m)
{
	return m->columns >= 1 && m->columns <= 65535 && m->rows >= 1 &&
	       m->rows <= 65535;
}

static enum rc
open_writer(struct recording *r, const struct msg_start *m, int fd, const char *broker,
    const char *class_, struct err *err)
{
	struct recipients *list = NULL;
	struct writer_init init = {
		.fd = fd,
		.broker = broker,
		.class = class_,
		.width = size_fits(m) ? m->columns : 0,
		.height = size_fits(m) ? m->rows : 0,
		.timestamp = m->wall_ms / 1000,
		.title = r->title,
		.meta_json = r->meta,
		.device_pk = m->device.p,
		.sync = m->durability == DURABILITY_STRICT ? WRITER_SYNC_EACH
							   : WRITER_SYNC_OTHERS,
		.quota = m->quota,
		.shred = m->shred.len == 32 ? m->shred.p : NULL,
		.hide_size = m->hide_size != 0,
	};
	enum rc rc =
	    recipients_parse(m->recipients, m->admin.p, m->wall_ms, &list, err);

	if (rc != RC_OK) {
		close(fd);
		err_add(err, "recipients list");
		return rc;
	}
	memcpy(init.sid, r->sid, sizeof init.sid);
	init.recipients = list;
	rc = writer_open(&init, &r->writer, err);
	recipients_free(list);
	return rc;
}

/* What the monitor says, with what is decided here. */
static enum rc
make_meta(
    struct recording *r, const struct msg_start *m, const char *class_, struct err *err)
{
	const struct event_recorder how = {
		.compression = comp_there() ? "zstd" : "none",
		.chunk = CHUNK_PLAIN,
		.durability = m->durability == DURABILITY_STRICT ? "strict" : "batch",
		.class_ = class_,
		.hide_size = m->hide_size != 0,
		.shred = m->shred.len == 32,
		.quota = m->quota,
		.wall_ms = clock_wall_ms(),
		.mono_ms = clock_mono_ms(),
	};
	char *said = span_dup(m->meta);
	enum rc rc =
	    said != NULL ? event_meta(said, &how, &r->meta, err) : err_memory(err);

	free(said);
	return rc;
}

enum rc
recording_open(
    const struct msg_start *m, int fd, struct recording **ret, struct err *err)
{
	struct recording *r = calloc(1, sizeof *r);
	char *broker = span_dup(m->broker), *class_ = span_dup(m->class_);
	enum rc rc;

	if (r != NULL) {
		r->title = span_dup(m->title);
		memcpy(r->sid, m->sid.p, sizeof r->sid);
	}
	if (r == NULL || r->title == NULL || broker == NULL || class_ == NULL)
		rc = err_memory(err);
	else
		rc = make_meta(r, m, class_, err);
	if (rc == RC_OK)
		rc = open_writer(r, m, fd, broker, class_, err);
	else
		close(fd);
	free(broker);
	free(class_);
	if (rc != RC_OK) {
		recording_free(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
recording_free(struct recording *r)
{
	if (r == NULL)
		return;
	if (r->writer != NULL)
		writer_free(r->writer);
	free(r->meta);
	free(r->title);
	free(r);
}

void
recording_request(const struct recording *r, uint8_t spk[32], uint8_t h1[32])
{
	writer_request(r->writer, spk, h1);
}

/* An event's text is taken; rc is what making it gave. */
static enum rc
put_event(struct recording *r, enum rc rc, char *json, struct err *err)
{
	if (rc == RC_OK)
		rc = writer_event_json(r->writer, json, err);
	free(json);
	return rc;
}

static enum rc
put_approval(void *arg, const char *json, struct err *err)
{
	struct recording *r = arg;

	return writer_event_json(r->writer, json, err);
}

/* A chapter, where people were asked. */
static enum rc
put_label(struct recording *r, struct err *err)
{
	enum rc rc = RC_OK;
	struct buf b;

	buf_init(&b, WRITER_TEXT_MAX * 4);
	approval_label(r->meta, &b);
	if (b.len > 0)
		rc = writer_mark(r->writer, buf_cstr(&b), err);
	buf_clear(&b);
	return rc;
}

/* Who asks for what, and who agreed, is durable before anything runs. */
static enum rc
put_opening(struct recording *r, struct err *err)
{
	char mark[WRITER_TEXT_MAX], *json = NULL;
	enum rc rc;

	rc = event_open(r->sid, &json, err);
	if ((rc = put_event(r, rc, json, err)) != RC_OK)
		return rc;
	if ((rc = approval_command(r->meta, put_approval, r, err)) != RC_OK ||
	    (rc = put_label(r, err)) != RC_OK)
		return rc;
	json = NULL;
	rc = event_command(r->meta, &json, err);
	if ((rc = put_event(r, rc, json, err)) != RC_OK)
		return rc;
	snprintf(mark, sizeof mark, "cmd: %s", r->title);
	if ((rc = writer_mark(r->writer, mark, err)) != RC_OK)
		return rc;
	return writer_flush(r->writer, WRITER_SYNC, err);
}

enum rc
recording_certify(struct recording *r, const struct msg_sealed *m, struct err *err)
{
	enum rc rc;

	if (m->dkid.len != 8 || m->sig.len != 64)
		return err_set(err, RC_REFUSE, "it was not certified");
	if ((rc = writer_certify(r->writer, m->dkid.p, m->sig.p, err)) != RC_OK)
		return rc;
	r->certified = true;
	return put_opening(r, err);
}

bool
recording_certified(const struct recording *r)
{
	return r->certified;
}

struct writer *
recording_writer(struct recording *r)
{
	return r->writer;
}

enum rc
recording_event(struct recording *r, const char *type, const char *why,
    const char *text, struct err *err)
{
	char *json = NULL;
	enum rc rc = event_stop(type, why, text, &json, err);

	return put_event(r, rc, json, err);
}

enum rc
recording_json(struct recording *r, const char *json, struct err *err)
{
	enum rc rc = writer_event_json(r->writer, json, err);

	return rc == RC_OK ? writer_flush(r->writer, 0, err) : rc;
}

enum rc
recording_mark(struct recording *r, const char *label, struct err *err)
{
	enum rc rc = writer_mark(r->writer, label, err);

	return rc == RC_OK ? writer_flush(r->writer, 0, err) : rc;
}

enum rc
recording_line(struct recording *r, struct span line, struct err *err)
{
	enum rc rc = writer_output(r->writer, WRITER_STDERR, line, err);

	return rc == RC_OK ? writer_flush(r->writer, 0, err) : rc;
}

static int
exit_status(const struct event_close *e)
{
	return e->how == HOW_SIGNAL ? 128 + (e->code & 0x7f) : e->code;
}

enum rc
recording_close(struct recording *r, enum seal_status status,
    struct event_close *summary, struct err *err)
{
	struct writer_stats stats;
	char *json = NULL;
	enum rc rc = RC_OK, closed;

	writer_stats(r->writer, &stats);
	if (summary->how != HOW_NEVER && !stats.dead)
		rc = writer_exit(r->writer, exit_status(summary), err);
	summary->meta = r->meta;
	summary->events = stats.events;
	summary->chunks = stats.chunks;
	if (rc == RC_OK)
		rc = event_close(summary, &json, err);
	closed = writer_close(r->writer, rc == RC_OK ? status : SEAL_BROKEN,
	    json != NULL ? json : "{\"t\":\"session.close\"}", err);
	free(json);
	return rc != RC_OK ? rc : closed;
}

bool
recording_over(const struct recording *r)
{
	return r != NULL && writer_over(r->writer);
}

void
recording_stats(const struct recording *r, struct writer_stats *ret)
{
	writer_stats(r->writer, ret);
}
