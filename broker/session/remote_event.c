/* What a recording says of a session's target.  Ids and texts come from AWS and from the
 * target: they are made printable. */
#include "broker/session/remote_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/notice.h"
#include "recorder/b64.h"
#include "broker/session/event.h"

/* Bytes of a port in one event. */
#define DATA_PIECE 49152

/* What is recorded of it counts for the session's bounds, too. */
static enum rc
fits(struct remote *r, size_t n, struct err *err)
{
	r->recorded += n;
	r->limited = r->most > 0 && r->recorded > r->most;
	if (r->limited)
		return err_set(err, RC_FAIL, "what is told of it fills the recording");
	if (writer_fit(recording_writer(r->recording), n) == n)
		return RC_OK;
	r->limited = true;
	return err_set(err, RC_FAIL, "the recording's quota is used up");
}

static enum rc
record(struct remote *r, const char *json, struct err *err)
{
	enum rc rc;

	if (r->failed)
		return err_set(err, RC_FAIL, "the recording has failed before");
	if ((rc = fits(r, strlen(json), err)) == RC_OK)
		rc = recording_json(r->recording, json, err);
	return rc;
}

enum rc
remote_record_take(struct remote *r, json_t *j)
{
	struct err err = { "" };
	char *text = NULL;
	enum rc rc;

	if (!masking_json(r->owner.masking, j)) {
		json_decref(j);
		j = NULL;
	}
	rc = event_finish_take(j, &text, &err);
	if (rc == RC_OK)
		rc = record(r, text, &err);
	free(text);
	if (rc != RC_OK)
		remote_fail(r, &err);
	return rc;
}

enum rc
remote_mark(struct remote *r, const char *label)
{
	struct err err = { "" };
	char masked[WRITER_TEXT_MAX];
	enum rc rc = RC_FAIL;

	masking_text(r->owner.masking, label, masked, sizeof masked);
	if (!r->failed && (rc = fits(r, strlen(masked), &err)) == RC_OK)
		rc = recording_mark(r->recording, masked, &err);
	if (rc != RC_OK)
		remote_fail(r, &err);
	return rc;
}

static void
set_text(json_t *j, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_object_set_new(j, name, event_shown(text));
}

static json_t *
event(const char *t)
{
	return json_pack("{s:s}", "t", t);
}

void
remote_event_open(struct remote *r)
{
	json_t *j = event("target.open");

	set_text(j, "id", r->id);
	set_text(j, "instance", r->instance);
	set_text(j, "document", r->document);
	(void)remote_record_take(r, j);
}

static json_t *
program(struct remote *r, const char *what)
{
	json_t *j = event("program");

	set_text(j, "what", what);
	set_text(j, "command", r->shown);
	return j;
}

/* Players show where a program's screens begin, that nobody has judged line by line. */
static void
opaque_begins(struct remote *r)
{
	char label[WRITER_TEXT_MAX];

	snprintf(label, sizeof label, "opaque: %s", r->shown);
	if (remote_mark(r, label) == RC_OK)
		(void)remote_record_take(r, program(r, "begin"));
}

static void
port_opens(struct remote *r)
{
	json_t *j = event("port.open");

	set_text(j, "instance", r->instance);
	set_text(j, "host", r->host);
	json_object_set_new(j, "port", json_integer((json_int_t)r->spec.port));
	(void)remote_record_take(r, j);
}

static bool
opaque(const struct remote *r)
{
	return r->kind == REMOTE_PROGRAM || r->kind == REMOTE_RAW;
}

void
remote_event_running(struct remote *r)
{
	r->began_ms = clock_mono_ms();
	if (opaque(r))
		opaque_begins(r);
	else if (r->kind == REMOTE_PORT)
		port_opens(r);
}

void
remote_event_note(struct remote *r, const char *what, const char *text)
{
	char t[64];
	json_t *j;

	snprintf(t, sizeof t, "target.%s", what);
	j = event(t);
	set_text(j, "text", text);
	(void)remote_record_take(r, j);
}

static json_t *
counted(const struct tally *tally)
{
	json_t *j = json_pack("{s:I}", "bytes", (json_int_t)tally_total(tally));
	char hex[SIGV4_HEX];

	if (j != NULL && tally_hash(tally, hex) == RC_OK)
		json_object_set_new(j, "sha256", json_string(hex));
	return j;
}

static void
port_closes(struct remote *r)
{
	json_t *j = event("port.close");

	set_text(j, "instance", r->instance);
	set_text(j, "host", r->host);
	json_object_set_new(j, "port", json_integer((json_int_t)r->spec.port));
	json_object_set_new(j, "up", counted(r->in));
	json_object_set_new(j, "down", counted(r->out));
	json_object_set_new(
	    j, "ms", json_integer((json_int_t)(clock_mono_ms() - r->began_ms)));
	(void)remote_record_take(r, j);
}

void
remote_event_close(struct remote *r, const struct target_end *end)
{
	static const char *const hows[] = { [TARGET_EXITED] = "exited",
		[TARGET_REFUSED] = "refused",
		[TARGET_UNREACHED] = "unreached",
		[TARGET_LOST] = "lost",
		[TARGET_BROKEN] = "broken",
		[TARGET_ENDED] = "ended" };
	json_t *j;

	if (r->running && opaque(r))
		(void)remote_record_take(r, program(r, "end"));
	if (r->running && r->kind == REMOTE_PORT)
		port_closes(r);
	j = event("target.close");
	set_text(j, "id", r->id);
	set_text(j, "how", hows[end->how]);
	if (end->how == TARGET_EXITED && end->status >= 0)
		json_object_set_new(j, "status", json_integer(end->status));
	json_object_set_new(j, "closed", json_boolean(end->closed));
	if (end->cut)
		json_object_set_new(j, "cut", json_true());
	set_text(j, "text", end->text);
	(void)remote_record_take(r, j);
}

static enum rc
data_piece(struct remote *r, const char *direction, struct span bytes)
{
	json_t *j = event("port.data");
	struct buf b;

	buf_init(&b, 2 * DATA_PIECE);
	b64_put(&b, bytes);
	set_text(j, "direction", direction);
	json_object_set_new(
	    j, "data", buf_ok(&b) ? json_stringn((const char *)b.p, b.len) : NULL);
	buf_clear(&b);
	return remote_record_take(r, j);
}

enum rc
remote_event_data(struct remote *r, const char *direction, struct span bytes)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && bytes.len > 0) {
		size_t n = bytes.len < DATA_PIECE ? bytes.len : DATA_PIECE;

		rc = data_piece(r, direction, span_make(bytes.p, n));
		bytes = span_make(bytes.p + n, bytes.len - n);
	}
	return rc;
}

void
remote_say(struct remote *r, const char *name, const char *text)
{
	char masked[REMOTE_SAYS];
	const struct notice n = {
		.event = name, .text = masked, .escaped = false, .retry_after = -1
	};
	struct err err = { "" };
	struct buf line;
	enum rc rc;

	masking_text(r->owner.masking, text, masked, sizeof masked);
	buf_init(&line, 8192);
	rc = notice_put(&line, &n, r->json, &err);
	if (rc == RC_OK && !r->failed) {
		if ((rc = fits(r, line.len, &err)) == RC_OK)
			rc = recording_line(r->recording, buf_span(&line), &err);
		if (rc == RC_OK)
			r->owner.line(r->owner.arg, buf_span(&line));
		else
			remote_fail(r, &err);
	}
	buf_clear(&line);
}
