/* What is opened on a target directly: a command, a program alone on its terminal, a
 * shell of its own, a port connection. */
#include "broker/session/remote_parts.h"

#include <stdio.h>
#include <string.h>

#include "lib/model/status.h"

/* ---- what it tells ---- */

static void
on_opened(void *arg, const char *id)
{
	struct remote *r = arg;

	snprintf(r->id, sizeof r->id, "%s", id);
	(void)ask_remote_at(r->ask, REMOTE_OPENED, r->id);
	remote_event_open(r);
}

static void
on_running(void *arg, const char *message)
{
	struct remote *r = arg;

	r->running = true;
	remote_event_running(r);
	/* A connection has no place for words. */
	if (message[0] != '\0' && r->kind != REMOTE_PORT)
		remote_say(r, "target", message);
	remote_touch(r);
	remote_flush(r);
}

static enum writer_stream
stream_of(enum target_stream stream)
{
	return stream == TARGET_ERR ? WRITER_STDERR : WRITER_STDOUT;
}

/* What is not taken now comes again, and was recorded by then. */
static bool
note_output(struct remote *r, struct span bytes)
{
	size_t from = r->noted < bytes.len ? r->noted : bytes.len;

	if (!r->content || from == bytes.len)
		return true;
	if (remote_event_data(r, "down", span_make(bytes.p + from, bytes.len - from)) !=
	    RC_OK)
		return false;
	r->noted = bytes.len;
	return true;
}

static size_t
on_output(void *arg, enum target_stream stream, struct span bytes)
{
	struct remote *r = arg;
	size_t n;

	/* What cannot be recorded is not shown; it ends for that. */
	if (r->failed || !note_output(r, bytes))
		return bytes.len;
	n = r->owner.show(r->owner.arg, stream_of(stream), bytes);
	if (r->kind == REMOTE_PORT)
		remote_touch(r);
	remote_count(r, r->out, span_make(bytes.p, n));
	r->noted -= n < r->noted ? n : r->noted;
	return n;
}

static void
on_eof(void *arg)
{
	struct remote *r = arg;

	if (!r->ending)
		r->owner.eof(r->owner.arg);
}

static void
on_writable(void *arg)
{
	remote_flush(arg);
}

static void
on_note(void *arg, const char *what, const char *text)
{
	remote_event_note(arg, what, text);
}

/* ---- its end ---- */

static const struct ending {
	const char *reason, *says;
	enum seal_status status;
	uint8_t how, code;
} endings[] = {
	[TARGET_EXITED] = { "exited", "", SEAL_CLOSED, HOW_EXIT, STATUS_OK },
	[TARGET_REFUSED] = { "not opened", "could not be opened", SEAL_CLOSED,
	    HOW_NEVER, STATUS_UNREACHABLE },
	[TARGET_UNREACHED] = { "not opened", "could not be opened", SEAL_PEER_LOST,
	    HOW_NEVER, STATUS_UNREACHABLE },
	[TARGET_LOST] = { "target lost", "the target was lost", SEAL_PEER_LOST,
	    HOW_NEVER, STATUS_UNREACHABLE },
	[TARGET_BROKEN] = { "target broken", "the target broke its protocol",
	    SEAL_PEER_LOST, HOW_NEVER, STATUS_UNREACHABLE },
	[TARGET_ENDED] = { "ended", "it was ended", SEAL_CLOSED, HOW_NEVER,
	    STATUS_FAILED },
};

static bool
has_status(const struct remote *r)
{
	return r->kind == REMOTE_COMMAND || r->kind == REMOTE_RUN;
}

static void
exited(struct remote *r, const struct target_end *e)
{
	const char *text = e->text;

	if (e->cut && text[0] == '\0')
		text = "the target keeps no more of the output than this";
	if (has_status(r) && e->status < 0)
		remote_finish(r, HOW_NEVER, STATUS_FAILED, SEAL_CLOSED, "no status",
		    text[0] != '\0' ? text : "the target told no exit status");
	else
		remote_finish(r, HOW_EXIT, has_status(r) ? (uint8_t)e->status : 0,
		    SEAL_CLOSED, "exited", text);
}

static void
finish(struct remote *r, const struct target_end *e)
{
	const struct ending *how = &endings[e->how];
	char text[ERR_TEXT];

	if (e->how == TARGET_EXITED) {
		exited(r, e);
		return;
	}
	snprintf(text, sizeof text, "%s%s%.400s", how->says,
	    e->text[0] != '\0' ? ": " : "", e->text);
	remote_finish(r, how->how, how->code, how->status, how->reason, text);
}

static void
on_over(void *arg, const struct target_end *end)
{
	struct remote *r = arg;

	target_free(r->target);
	r->target = NULL;
	if (r->id[0] != '\0')
		(void)ask_remote_at(
		    r->ask, end->closed ? REMOTE_CLOSED : REMOTE_LOST, r->id);
	remote_event_close(r, end);
	/* AWS has opened it: without its word that it did not begin, it may have. */
	if (r->id[0] != '\0' && end->how != TARGET_REFUSED &&
	    end->how != TARGET_UNREACHED)
		r->running = true;
	if (!r->ending)
		finish(r, end);
	remote_done(r);
}

enum rc
remote_open_target(struct remote *r, struct err *err)
{
	const struct target_owner owner = { .arg = r,
		.opened = on_opened,
		.running = on_running,
		.output = on_output,
		.eof = on_eof,
		.writable = on_writable,
		.note = on_note,
		.over = on_over };

	return target_open(r->net, &r->spec, &owner, &r->target, err);
}
