/* A shell that is fed; see fed.h.  What stands in its terminal's input at any time: one
 * line of the broker's, or an interrupt and a probe. */
#include "broker/session/fed.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "broker/session/marker.h"
#include "lib/base/id.h"
#include "lib/base/text.h"

#define WAITS_MOST 16384 /* bytes that the target does not take yet */
#define PIECE 16384	 /* bytes of output looked at in one go */
#define PROBE_MS 30 /* from an interrupt to the probe; four times as long to the next */
#define PROBES_MOST 5
#define VERSION_MOST 48 /* bytes of what a shell calls itself */
#define INTERRUPT 0x03
#define QUIT 0x1c

enum state {
	OPENING,
	STARTING, /* the first line is sent */
	IDLE,
	BUSY,
	ENDING,
};

struct fed {
	struct fed_owner owner;
	struct target *target;
	struct timer *timer;
	struct timer *probe; /* due behind an interrupt */
	enum state state;
	struct marker marker;
	char nonce[RENDER_NONCE + 1]; /* of what runs */
	struct buf waits;	      /* to be written */
	uint8_t stopping;	      /* steps of ending a line that were taken */
	uint8_t probes;		      /* sent since the last interrupt */
	char text[ERR_TEXT];	      /* why it is ended */
};

static enum rc
make_nonce(char out[RENDER_NONCE + 1], struct err *err)
{
	uint8_t random[RENDER_NONCE / 2];

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return err_errno(err, RC_FAIL, "no randomness");
	id_hex(random, sizeof random, out);
	return RC_OK;
}

static void
flush(struct fed *f)
{
	if (f->waits.len > 0 && f->target != NULL)
		buf_skip(&f->waits, target_write(f->target, buf_span(&f->waits)));
}

static void
end(struct fed *f, const char *text)
{
	if (f->state == ENDING)
		return;
	f->state = ENDING;
	timer_stop(f->timer);
	timer_stop(f->probe);
	if (text != NULL)
		span_copy(span_of(text), f->text, sizeof f->text);
	target_end(f->target);
}

/* An interrupt makes a shell drop the rest of its line, and the marker with it; it also
 * empties the terminal's input.  So there is one behind it again: not at once, since what
 * is about to die of the interrupt could still read it, and more than once, since that
 * may take its time. */
static void
on_probe(void *arg)
{
	struct fed *f = arg;

	if (f->state != BUSY || f->waits.len > WAITS_MOST / 2)
		return;
	if (render_probe(f->nonce, &f->waits, NULL) != RC_OK || !buf_ok(&f->waits)) {
		end(f, "the broker has no memory");
		return;
	}
	flush(f);
	if (++f->probes < PROBES_MOST)
		timer_set(f->probe, PROBE_MS << 2 * f->probes);
}

static void
interrupt(struct fed *f, uint8_t byte)
{
	if (f->state != BUSY || f->waits.len > WAITS_MOST / 2)
		return;
	buf_u8(&f->waits, byte);
	flush(f);
	f->probes = 0;
	timer_set(f->probe, PROBE_MS);
}

static void
on_time(void *arg)
{
	static const uint8_t steps[] = { INTERRUPT, QUIT };
	struct fed *f = arg;

	if (f->state != BUSY) {
		end(f, "the shell there did not begin: this version starts bash or sh");
		return;
	}
	if (f->stopping >= sizeof steps) {
		end(f, f->text[0] != '\0' ? NULL : "a line would not end in its time");
		return;
	}
	interrupt(f, steps[f->stopping++]);
	if (f->state == BUSY)
		timer_set(f->timer, FED_TERM_MS);
}

void
fed_limit(struct fed *f, const char *text)
{
	if (f->state != BUSY || f->stopping > 0)
		return;
	span_copy(span_of(text), f->text, sizeof f->text);
	on_time(f);
}

/* ---- what the target says ---- */

static void
on_opened(void *arg, const char *id)
{
	struct fed *f = arg;

	f->owner.opened(f->owner.arg, id);
}

static void
on_running(void *arg, const char *message)
{
	struct fed *f = arg;

	(void)message;
	if (f->state != OPENING)
		return;
	if (make_nonce(f->nonce, NULL) != RC_OK ||
	    make_nonce(f->marker.tripwire, NULL) != RC_OK ||
	    render_start(f->nonce, f->marker.tripwire, &f->waits, NULL) != RC_OK) {
		end(f, "the broker has no memory, or no randomness");
		return;
	}
	marker_expect(&f->marker, f->nonce, true);
	f->state = STARTING;
	timer_set(f->timer, FED_START_MS);
	flush(f);
}

/* A directory as a target says it, in out; or "" for one that cannot be said. */
static void
read_directory(struct span text, char *out, size_t size)
{
	struct span rest = text;
	uint32_t cp;
	unsigned n;

	out[0] = '\0';
	while (rest.len > 0) {
		if ((n = text_char(rest, &cp)) == 0 || !text_plain(cp))
			return;
		rest = span_make(rest.p + n, rest.len - n);
	}
	if (text.len > 0 && text.p[0] == '/')
		span_copy(text, out, size);
}

static void
started(struct fed *f, struct span text)
{
	const uint8_t *semi = text.len > 0 ? memchr(text.p, ';', text.len) : NULL;
	size_t n = semi != NULL ? (size_t)(semi - text.p) : text.len;
	char directory[MARKER_TEXT + 1], version[4 * VERSION_MOST + 1];
	struct buf shown;

	buf_over(&shown, version, sizeof version);
	text_show(&shown, span_make(text.p, n < VERSION_MOST ? n : VERSION_MOST));
	n += semi != NULL;
	read_directory(
	    span_make(text.p + n, text.len - n), directory, sizeof directory);
	timer_stop(f->timer);
	f->state = IDLE;
	f->owner.ready(f->owner.arg, buf_cstr(&shown), directory);
}

static void
ended(struct fed *f)
{
	char directory[MARKER_TEXT + 1];
	struct fed_end e = { .how = f->stopping > 0 ? FED_STOPPED : FED_DONE,
		.status = f->marker.status };

	if (f->marker.with_text) {
		read_directory(f->marker.text, directory, sizeof directory);
		e.directory = directory;
	}
	timer_stop(f->timer);
	timer_stop(f->probe);
	f->state = IDLE;
	f->stopping = 0;
	f->text[0] = '\0';
	f->owner.ended(f->owner.arg, &e);
}

static void
tripped(struct fed *f)
{
	if (f->state == ENDING)
		return;
	end(f, "the shell there has read a line otherwise than the broker");
	f->owner.tripped(f->owner.arg);
}

/* What comes before the first marker is the terminal's echo and a shell's greeting. */
static void
look(struct fed *f, struct span in)
{
	struct buf out;

	buf_init(&out, PIECE + MARKER_TEXT + 256);
	while (in.len > 0) {
		enum marker_what what = marker_take(&f->marker, &in, &out);

		if (!buf_ok(&out)) {
			end(f, "the broker has no memory");
			break;
		}
		if (out.len > 0 && (f->state == IDLE || f->state == BUSY))
			f->owner.output(f->owner.arg, buf_span(&out));
		buf_reset(&out);
		if (what == MARKER_TRIP)
			tripped(f);
		else if (what == MARKER_END && f->state == STARTING)
			started(f, f->marker.text);
		else if (what == MARKER_END && f->state == BUSY)
			ended(f);
	}
	buf_clear(&out);
}

static size_t
on_output(void *arg, enum target_stream stream, struct span bytes)
{
	struct fed *f = arg;
	size_t n = 0;

	(void)stream;
	while (n < bytes.len && f->owner.room(f->owner.arg)) {
		size_t piece = bytes.len - n < PIECE ? bytes.len - n : PIECE;

		look(f, span_make(bytes.p + n, piece));
		n += piece;
	}
	return n;
}

static void
on_writable(void *arg)
{
	flush(arg);
}

static void
on_note(void *arg, const char *what, const char *text)
{
	struct fed *f = arg;

	f->owner.note(f->owner.arg, what, text);
}

static void
on_over(void *arg, const struct target_end *e)
{
	struct fed *f = arg;
	struct target_end told = *e;

	timer_stop(f->timer);
	timer_stop(f->probe);
	f->state = ENDING;
	if (e->how == TARGET_ENDED && f->text[0] != '\0')
		memcpy(told.text, f->text, sizeof told.text);
	f->owner.over(f->owner.arg, &told);
}

/* ---- what its owner says ---- */

enum rc
fed_open(struct loop *l, struct target_net *net, const struct target_spec *spec,
    const struct fed_owner *owner, struct fed **ret, struct err *err)
{
	const struct target_owner to = { .opened = on_opened,
		.running = on_running,
		.output = on_output,
		.writable = on_writable,
		.note = on_note,
		.over = on_over };
	struct target_owner o = to;
	struct target_spec own = *spec;
	struct fed *f = calloc(1, sizeof *f);
	struct buf command;
	enum rc rc;

	if (f == NULL)
		return err_memory(err);
	f->owner = *owner;
	marker_init(&f->marker);
	buf_init(&f->waits, WAITS_MOST);
	buf_init(&command, RENDER_SHELL_MAX + 1);
	o.arg = f;
	own.kind = TARGET_TERMINAL;
	if ((f->timer = loop_timer(l, on_time, f)) == NULL ||
	    (f->probe = loop_timer(l, on_probe, f)) == NULL)
		rc = err_memory(err);
	else if ((rc = render_shell(&command, err)) == RC_OK) {
		own.command = buf_cstr(&command);
		rc = target_open(net, &own, &o, &f->target, err);
	}
	buf_clear(&command);
	if (rc == RC_OK)
		*ret = f;
	else
		fed_free(f);
	return rc;
}

void
fed_free(struct fed *f)
{
	if (f == NULL)
		return;
	target_free(f->target);
	timer_free(f->timer);
	timer_free(f->probe);
	marker_clear(&f->marker);
	buf_clear(&f->waits);
	free(f);
}

static enum rc
may_run(struct fed *f, struct err *err)
{
	enum rc rc;

	if (f->state != IDLE)
		return err_set(err, RC_REFUSE, "the shell there is not waiting");
	if (f->waits.len > 0)
		return err_set(
		    err, RC_REFUSE, "the target takes nothing at the moment");
	if ((rc = make_nonce(f->nonce, err)) != RC_OK)
		return rc;
	f->text[0] = '\0';
	f->stopping = 0;
	return RC_OK;
}

enum rc
fed_line(struct fed *f, struct span canon, uint64_t run_ms, struct err *err)
{
	enum rc rc;

	if ((rc = may_run(f, err)) != RC_OK ||
	    (rc = render_line(canon, f->nonce, &f->waits, err)) != RC_OK)
		return rc;
	marker_expect(&f->marker, f->nonce, false);
	f->state = BUSY;
	if (run_ms > 0)
		timer_set(f->timer, run_ms);
	flush(f);
	return RC_OK;
}

enum rc
fed_cd(struct fed *f, struct span directory, struct err *err)
{
	enum rc rc;

	if ((rc = may_run(f, err)) != RC_OK ||
	    (rc = render_cd(directory, f->nonce, &f->waits, err)) != RC_OK)
		return rc;
	marker_expect(&f->marker, f->nonce, true);
	f->state = BUSY;
	timer_set(f->timer, FED_START_MS);
	flush(f);
	return RC_OK;
}

void
fed_signal(struct fed *f, int signo)
{
	interrupt(f, signo == SIGQUIT ? QUIT : INTERRUPT);
}

void
fed_resize(struct fed *f, uint32_t columns, uint32_t rows)
{
	if (f->state != ENDING)
		target_resize(f->target, columns, rows);
}

void
fed_more(struct fed *f)
{
	if (f->target != NULL)
		target_more(f->target);
}

void
fed_stop(struct fed *f)
{
	end(f, NULL);
}
