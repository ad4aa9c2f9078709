/* Who looks on while a session runs.
 *
 * That somebody does is durable before the first byte is shown, and what it came to
 * afterwards.  The bytes go from the session process to the watcher's front or program
 * by a socket pair of their own, and never through here. */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

/* Of one session at once; its process has the same bound. */
#define WATCHERS_MOST 8
#define COMMAND_MOST 512

struct watching {
	struct watching *next;
	struct session *s;
	struct verb_call *call; /* the watcher's; answered once, at the end */
	uint32_t number;
	uint64_t began_ms;
	bool cast;
	bool begun; /* the session process has been told */
};

unsigned
watching_count(const struct session *s)
{
	unsigned n = 0;

	for (const struct watching *w = s->watchers; w != NULL; w = w->next)
		n++;
	return n;
}

/* ---- the audit ---- */

static enum rc
note(const struct watching *w, const char *kind, json_t *detail, keep_fn *fn)
{
	char *text = keep_detail_take(detail, JSON_COMPACT);
	struct keep_event e = { .kind = kind,
		.identity = w->call->name,
		.sid = w->s->sid,
		.detail = text };
	struct monitor *m = session_monitor(w->s);
	enum rc rc =
	    text == NULL ? RC_FAIL : keep_event(m->keep, &e, fn, (void *)(uintptr_t)w);

	free(text);
	return rc;
}

static enum rc
note_begin(const struct watching *w, keep_fn *fn)
{
	const struct verb_call *c = w->call;

	return note(w, "watch.begin",
	    json_pack("{s:s, s:s, s:s, s:s, s:b}", "of", w->s->identity, "source",
		c->source, "proof", proof_name(c->proof), "key", c->key, "cast",
		(int)w->cast),
	    fn);
}

static void
note_end(const struct watching *w, const uint64_t *bytes, const char *why)
{
	json_t *o = json_pack("{s:s, s:I, s:s}", "of", w->s->identity, "ms",
	    (json_int_t)(clock_mono_ms() - w->began_ms), "why", why);

	/* Only the session process knows, and it may be gone. */
	if (o != NULL && bytes != NULL)
		json_object_set_new(o, "bytes", json_integer((json_int_t)*bytes));
	(void)note(w, "watch.end", o, NULL);
}

/* ---- the end of one ---- */

static void
take_out(struct watching *w)
{
	for (struct watching **p = &w->s->watchers; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			break;
		}
	if (session_monitor(w->s)->keep != NULL)
		keep_forget(session_monitor(w->s)->keep, w);
}

/* Its call is answered, and w gone.  text NULL: the session process has told it. */
static void
finish(struct watching *w, int status, const char *text)
{
	struct verb_call *call = w->call;

	take_out(w);
	call->left = NULL;
	if (text != NULL)
		verb_answer(call, status, "%s", text);
	else
		call->done(call->arg, call, status);
	free(w);
}

static void
send_unwatch(struct watching *w, const char *text)
{
	struct msg_unwatch m = { span_of(text) };

	if (w->begun && w->s->ctl != NULL)
		(void)port_send(w->s->ctl, MSG_UNWATCH, w->number, &m, NULL, 0);
}

/* The watcher's connection has ended; its front may live on. */
static void
left(void *arg)
{
	send_unwatch(arg, "watching ended");
}

enum rc
watching_left(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	char why[257], line[300];
	struct buf b;

	(void)fds;
	for (struct watching *w = s->watchers; w != NULL; w = w->next) {
		if (w->number != id || !w->begun)
			continue;
		buf_over(&b, line, sizeof line);
		text_show(&b, m->watched.why);
		span_copy(span_of(buf_cstr(&b)), why, sizeof why);
		/* What its own end led to says nothing more. */
		note_end(w, &m->watched.bytes, w->call->arg == NULL ? "left" : why);
		finish(w, m->watched.status, NULL);
		return RC_OK;
	}
	return err_set(err, RC_REFUSE, "watcher %u is nobody", id);
}

void
watching_over(struct session *s, const char *why, int status)
{
	while (s->watchers != NULL) {
		struct watching *w = s->watchers;

		note_end(w, NULL, why);
		finish(w, status, why);
	}
}

/* ---- the beginning ---- */

/* As the configuration is now: it may have changed since it was asked for. */
static bool
may_watch(const struct watching *w)
{
	const struct config *c = session_monitor(w->s)->rules.config;
	const struct identity *who =
	    identity_by_name(c->identities, span_of(w->call->name));

	return who != NULL && config_may_watch(c, who);
}

static void
put_first_line(struct watching *w)
{
	const struct session *s = w->s;
	struct span command = span_of(s->shown);
	struct buf *b = &w->call->say;
	char since[21];

	if (command.len > COMMAND_MOST)
		command.len = COMMAND_MOST;
	command.len -= text_partial(command);
	clock_iso(s->since_ms, since);
	buf_printf(
	    b, "broker: watching %s of %s since %s: ", s->sid_text, s->identity, since);
	text_show(b, command);
	buf_text(
	    b, "\nbroker: what was shown before is not repeated; q or ^C ends it\n");
}

/* An object for programs, of the same. */
static void
put_first_object(struct watching *w)
{
	const struct session *s = w->s;
	char since[21], *text;

	clock_iso(s->since_ms, since);
	text = keep_detail_take(
	    json_pack("{s:{s:s, s:s, s:s, s:s}}", "broker", "event", "watching", "id",
		s->sid_text, "identity", s->identity, "since", since),
	    JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text != NULL)
		buf_printf(&w->call->say, "%s\n", text);
	free(text);
}

static enum rc
connect_both(struct watching *w, struct err *err)
{
	const struct verb_call *call = w->call;
	struct msg_watch m = {
		.cast = w->cast, .pty = call->pty, .who = span_of(call->name)
	};
	int pair[2];
	enum rc rc = frame_pair(pair, err);

	if (rc != RC_OK)
		return rc;
	/* The other end is a front's, or a program's of anybody: of its own. */
	(void)fcntl(pair[1], F_SETFL, O_NONBLOCK);
	rc = port_send(w->s->ctl, MSG_WATCH, w->number, &m, &pair[1], 1);
	if (rc == RC_OK) {
		w->begun = true;
		(call->json ? put_first_object : put_first_line)(w);
		call->attach(call->arg, w->call, pair[0]);
	} else
		err_set(err, rc, "the session cannot be reached");
	close(pair[0]);
	close(pair[1]);
	return rc;
}

static void
committed(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct watching *w = arg;
	struct err err = { "" };
	const char *no = NULL;
	int status = STATUS_FAILED;

	(void)why;
	(void)bytes;
	(void)fd;
	if (rc != RC_OK)
		no = "it could not be recorded that you watch";
	else if (w->s->state != SESSION_RUNNING || w->s->ctl == NULL) {
		no = "the session has ended";
		status = STATUS_OK;
	} else if (!may_watch(w)) {
		no = "you no longer have the right watch";
		status = STATUS_DENIED;
	} else if (w->call->arg == NULL)
		no = "left";
	else if (connect_both(w, &err) != RC_OK)
		no = err.text;
	if (no == NULL)
		return;
	if (rc == RC_OK)
		note_end(w, &(uint64_t){ 0 }, no);
	finish(w, status, no);
}

static void
begin(struct session *s, struct verb_call *call, bool cast)
{
	struct watching *w = calloc(1, sizeof *w);

	if (w == NULL) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	w->s = s;
	w->call = call;
	w->cast = cast;
	w->began_ms = clock_mono_ms();
	w->number = ++s->watched;
	w->next = s->watchers;
	s->watchers = w;
	call->left = left;
	call->left_arg = w;
	if (note_begin(w, committed) != RC_OK)
		finish(w, STATUS_FAILED, "it could not be recorded that you watch");
	else
		log_line(LOG_NOTICE, "%s watches session %s of %s", call->name,
		    s->sid_text, s->identity);
}

/* "watch [--cast] ID", the option before or behind. */
static bool
take_arguments(const struct verb_call *call, const char **id, bool *cast)
{
	*id = NULL;
	*cast = false;
	for (unsigned i = 1; i < call->argc; i++) {
		if (strcmp(call->argv[i], "--cast") == 0 && !*cast)
			*cast = true;
		else if (*id == NULL && call->argv[i][0] != '-')
			*id = call->argv[i];
		else
			return false;
	}
	return *id != NULL;
}

void
watching_ask(struct sessions *all, struct verb_call *call)
{
	struct err err = { "" };
	struct session *s;
	const char *id;
	bool cast;

	/* Before a word about the id: nobody learns by guessing. */
	if (!config_may_watch(call->m->rules.config, call->who))
		verb_answer(call, STATUS_DENIED,
		    "watching needs the right watch (rights.watch)");
	else if (!take_arguments(call, &id, &cast))
		verb_answer(call, STATUS_USAGE, "usage: watch [--cast] ID");
	else if ((s = live_find(all, id, &err)) == NULL)
		verb_answer(call, STATUS_USAGE, "%s", err.text);
	else if (ask_path(s) == PATH_API || ask_path(s) == PATH_FORWARD)
		verb_answer(call, STATUS_USAGE,
		    "a port connection shows nothing; see its calls in the audit");
	else if (s->state != SESSION_RUNNING || s->ctl == NULL)
		verb_answer(call, STATUS_USAGE, "this session does not run now");
	else if (watching_count(s) >= WATCHERS_MOST)
		verb_answer(call, STATUS_HELD, "%d people watch this session already",
		    WATCHERS_MOST);
	else
		begin(s, call, cast);
}

void
sessions_recheck(struct sessions *all)
{
	for (struct session *s = session_first(all); s != NULL; s = s->next)
		for (struct watching *w = s->watchers; w != NULL; w = w->next)
			if (!may_watch(w))
				send_unwatch(
				    w, "watching ended: you no longer have the right");
}
