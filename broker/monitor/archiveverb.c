/* What `broker archive` does: one recording after the other is expired by the keeper, then
 * what waits is sent, and rows say what was done. */
#include "broker/monitor/archiveverb.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "broker/monitor/archiver.h"
#include "broker/monitor/monitor.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

/* The control socket ends its clients after half a minute; sending goes on. */
#define PATIENCE_MS 20000u
#define MOST_ROWS 10000u /* that one run takes on */
#define REASON_MAX 256

struct run {
	struct verb_call *call;
	struct monitor *m;
	struct archiver_watch watch;
	struct timer *patience;
	char by[65];
	bool dry;
	uint32_t done;
};

static void
run_free(struct run *r)
{
	timer_free(r->patience);
	free(r);
}

static void
finish(struct run *r, int status)
{
	struct verb_call *call = r->call;

	run_free(r);
	call->done(call->arg, call, status);
}

static void
fail(struct run *r, int status, const char *why)
{
	struct verb_call *call = r->call;

	run_free(r);
	verb_answer(call, status, "%s", why);
}

/* {"did":"expired","session":"…"}, or "expired …". */
static void
row(struct verb_call *call, const char *did, const char *key, const char *value)
{
	if (call->json)
		buf_printf(
		    &call->out, "{\"did\":\"%s\",\"%s\":\"%s\"}\n", did, key, value);
	else
		buf_printf(&call->out, "%s %s\n", did, value);
}

/* ---- sending ---- */

static void
sent(void *arg, const char *key, uint64_t bytes)
{
	struct run *r = arg;

	(void)bytes;
	row(r->call, "sent", "object", key);
}

static void
over(void *arg, enum rc rc, const char *why)
{
	if (rc == RC_OK)
		finish(arg, STATUS_OK);
	else
		fail(arg, STATUS_UNREACHABLE, why);
}

static void
patience_over(void *arg)
{
	struct run *r = arg;

	archiver_unwatch(r->m->archiver, &r->watch);
	fail(r, STATUS_HELD, "not all is sent yet; that goes on");
}

static void
push(struct run *r)
{
	struct err err = { "" };

	r->watch = (struct archiver_watch){ .arg = r, .sent = sent, .over = over };
	if (r->m->archiver == NULL || r->dry ||
	    archiver_run(r->m->archiver, &r->watch, &err) != RC_OK) {
		finish(r, STATUS_OK);
		return;
	}
	timer_set(r->patience, PATIENCE_MS);
}

/* ---- what is due ---- */

static void ask_next(struct run *r);

static void
count_dry(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct run *r = arg;
	struct verb_call *call = r->call;
	char text[32];
	struct cur c;

	(void)fd;
	if (rc != RC_OK) {
		fail(r, STATUS_FAILED, why);
		return;
	}
	cur_init(&c, bytes);
	(void)cur_u64(&c);
	snprintf(text, sizeof text, "%llu", (unsigned long long)cur_u64(&c));
	if (r->m->rules.config->archive.bucket != NULL)
		row(call, "would-send", "recordings", text);
	finish(r, STATUS_OK);
}

static void
due_done(struct run *r)
{
	const struct msg_tidy m = { .what = TIDY_COUNT };

	if (!r->dry)
		push(r);
	else if (keep_ask(r->m->keep, MSG_TIDY, &m, count_dry, r) != RC_OK)
		fail(r, STATUS_FAILED, "the keeper cannot be asked");
}

static void
tidied(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct run *r = arg;
	char sid[ID_UUID_TEXT];

	(void)fd;
	if (rc == RC_END) {
		due_done(r);
		return;
	}
	if (rc != RC_OK || bytes.len < 17) {
		fail(r, STATUS_FAILED, why);
		return;
	}
	id_uuid_text(bytes.p, sid);
	if (bytes.p[16] & TIDIED_SHREDDED)
		row(r->call, r->dry ? "would-shred" : "shredded", "session", sid);
	if (bytes.p[16] & TIDIED_GONE)
		row(r->call, r->dry ? "would-expire" : "expired", "session", sid);
	r->done++;
	ask_next(r);
}

static void
ask_next(struct run *r)
{
	const struct msg_tidy m = { .what = r->dry ? TIDY_LOOK : TIDY_EXPIRE,
		.skip = r->done,
		.by = span_of(r->by) };

	if (r->done == MOST_ROWS)
		due_done(r);
	else if (keep_ask(r->m->keep, MSG_TIDY, &m, tidied, r) != RC_OK)
		fail(r, STATUS_FAILED, "the keeper cannot be asked");
}

static struct run *
run_new(struct verb_call *call)
{
	struct run *r = calloc(1, sizeof *r);

	if (r == NULL ||
	    (r->patience = loop_timer(call->m->loop, patience_over, r)) == NULL) {
		free(r);
		verb_answer(call, STATUS_FAILED, "out of memory");
		return NULL;
	}
	r->call = call;
	r->m = call->m;
	span_copy(span_of(call->name), r->by, sizeof r->by);
	return r;
}

static void
do_run(struct verb_call *call)
{
	struct run *r;

	if (call->argc > 3 ||
	    (call->argc == 3 && strcmp(call->argv[2], "--dry-run") != 0)) {
		verb_answer(
		    call, STATUS_USAGE, "usage: archive run [--dry-run] [--json]");
		return;
	}
	if ((r = run_new(call)) == NULL)
		return;
	r->dry = call->argc == 3;
	ask_next(r);
}

/* ---- status ---- */

static void
put_status(struct verb_call *call, struct span bytes)
{
	const struct config *c = call->m->rules.config;
	struct archiver_state s = { .why = "" };
	uint64_t waiting, count, oldest, now = clock_wall_ms();
	struct cur cur;
	json_t *o;
	char *text;

	cur_init(&cur, bytes);
	waiting = cur_u64(&cur);
	count = cur_u64(&cur);
	oldest = cur_u64(&cur);
	if (call->m->archiver != NULL)
		archiver_look(call->m->archiver, &s);
	o = json_pack("{s:s*, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "bucket",
	    c->archive.bucket, "waiting_recordings", (json_int_t)count, "waiting_bytes",
	    (json_int_t)waiting, "waiting_seconds",
	    (json_int_t)(oldest == 0 || oldest > now ? 0 : (now - oldest) / 1000),
	    "sent_objects", (json_int_t)s.objects, "sent_bytes", (json_int_t)s.bytes,
	    "failures", (json_int_t)s.failures, "trouble", s.why);
	text = keep_detail_take(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text == NULL)
		call->out.bad = true;
	else if (call->json)
		buf_printf(&call->out, "%s\n", text);
	free(text);
	if (call->json)
		return;
	buf_printf(&call->out, "bucket   %s\n",
	    c->archive.bucket == NULL ? "none is configured" : c->archive.bucket);
	buf_printf(&call->out, "waiting  %llu recordings, %llu bytes, for %llu s\n",
	    (unsigned long long)count, (unsigned long long)waiting,
	    (unsigned long long)(oldest == 0 || oldest > now ? 0
							     : (now - oldest) / 1000));
	buf_printf(&call->out, "sent     %llu objects, %llu bytes since the start\n",
	    (unsigned long long)s.objects, (unsigned long long)s.bytes);
	if (s.failures > 0) {
		buf_text(&call->out, "trouble  ");
		text_escape(&call->out, span_of(s.why));
		buf_text(&call->out, "\n");
	}
}

static void
counted(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct verb_call *call = arg;

	(void)fd;
	if (rc != RC_OK) {
		verb_answer(call, STATUS_FAILED, "%s", why);
		return;
	}
	put_status(call, bytes);
	call->done(call->arg, call, buf_ok(&call->out) ? STATUS_OK : STATUS_FAILED);
}

static void
do_status(struct verb_call *call)
{
	const struct msg_tidy m = { .what = TIDY_COUNT };

	if (call->argc != 2)
		verb_answer(call, STATUS_USAGE, "usage: archive status [--json]");
	else if (keep_ask(call->m->keep, MSG_TIDY, &m, counted, call) != RC_OK)
		verb_answer(call, STATUS_FAILED, "the keeper cannot be asked");
}

/* ---- shred ---- */

static void
shredded(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct verb_call *call = arg;
	char sid[ID_UUID_TEXT];

	(void)fd;
	if (rc != RC_OK || bytes.len < 16) {
		verb_answer(
		    call, rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED, "%s", why);
		return;
	}
	id_uuid_text(bytes.p, sid);
	row(call, "shredded", "session", sid);
	call->done(call->arg, call, STATUS_OK);
}

static void
do_shred(struct verb_call *call)
{
	struct msg_tidy m = { .what = TIDY_SHRED, .by = span_of(call->name) };
	uint8_t sid[16];

	if (call->argc != 5 || strcmp(call->argv[3], "--reason") != 0 ||
	    !id_uuid_parse(span_of(call->argv[2]), sid)) {
		verb_answer(
		    call, STATUS_USAGE, "usage: archive shred SID --reason TEXT");
		return;
	}
	m.sid = span_make(sid, sizeof sid);
	m.text = span_of(call->argv[4]);
	if (m.text.len == 0 || m.text.len > REASON_MAX || !text_utf8(m.text))
		verb_answer(
		    call, STATUS_USAGE, "a reason has 1 to %d bytes", REASON_MAX);
	else if (keep_ask(call->m->keep, MSG_TIDY, &m, shredded, call) != RC_OK)
		verb_answer(call, STATUS_FAILED, "the keeper cannot be asked");
}

void
archiveverb_run(struct verb_call *call)
{
	static const struct {
		const char *name;
		void (*run)(struct verb_call *call);
	} deeds[] = {
		{ "run", do_run },
		{ "status", do_status },
		{ "shred", do_shred },
	};

	if (call->proof != PROOF_UID) {
		verb_answer(call, STATUS_DENIED, "archive is for the gateway itself");
		return;
	}
	if (!config_may_archive(call->m->rules.config, call->who)) {
		verb_answer(call, STATUS_DENIED, "you have no right to archive");
		return;
	}
	for (size_t i = 0; call->argc > 1 && i < sizeof deeds / sizeof deeds[0]; i++)
		if (strcmp(call->argv[1], deeds[i].name) == 0) {
			deeds[i].run(call);
			return;
		}
	verb_answer(call, STATUS_USAGE, "usage: archive %s", ARCHIVEVERB_WORDS);
}
