/* The loop that plays; see player.h.  One event a step; between two steps it waits for
 * the time, a key or a signal. */
#include "replay/player.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "replay/event.h"
#include "replay/pace.h"
#include "lib/base/screen.h"
#include "replay/stop.h"
#include "replay/tty.h"

#define OUT_MOST (8 * SOURCE_LINE_MOST)
#define WRITE_MOST 4096 /* a pipe that polls writable takes this much */

struct player {
	const struct player_init *init;
	struct screen *screen;
	struct pace pace;
	struct buf out;
	int keys;	   /* -1 once they ended */
	bool relative;	   /* asciicast v3: times are intervals */
	uint64_t time_us;  /* recorded time of the event before */
	uint64_t start_us; /* monotonic: when play time was 0 */
	bool paused;
	uint64_t paused_us; /* the play time that stands still */
	bool step;	    /* show one event although paused */
	bool quit;
	uint64_t events;
};

/* ---- keys ---- */

static void
key_pause(struct player *p)
{
	uint64_t now = clock_mono_us();

	if (p->paused)
		p->start_us = now - p->paused_us;
	else
		p->paused_us = now - p->start_us;
	p->paused = !p->paused;
}

static void
key_step(struct player *p)
{
	if (!p->paused)
		key_pause(p);
	p->step = true;
}

static void
key_quit(struct player *p)
{
	p->quit = true;
}

static const struct {
	char key;
	void (*act)(struct player *);
} bindings[] = {
	{ ' ', key_pause },
	{ '.', key_step },
	{ 'q', key_quit },
};

static void
take_key(struct player *p)
{
	char c;
	ssize_t n = read(p->keys, &c, 1);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		/* The terminal went away: nobody could end a pause. */
		p->keys = -1;
		p->quit = true;
		return;
	}
	for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++)
		if (bindings[i].key == c)
			bindings[i].act(p);
}

/* ---- time ---- */

/* How long until play time due_us: UINT64_MAX while paused. */
static uint64_t
remaining(struct player *p, uint64_t due_us)
{
	uint64_t now;

	if (p->step) {
		p->step = false;
		p->paused_us = due_us;
		return 0;
	}
	if (p->paused)
		return UINT64_MAX;
	now = clock_mono_us() - p->start_us;
	return due_us > now ? due_us - now : 0;
}

/* Wait for the play time due_us.  RC_END: q, or a signal. */
static enum rc
wait_until(struct player *p, uint64_t due_us)
{
	uint64_t left;

	do {
		struct pollfd fd = { .fd = p->keys, .events = POLLIN };

		left = remaining(p, due_us);
		if (stop_poll(&fd, 1, left) > 0)
			take_key(p);
		if (p->quit || stop_signal() != 0)
			return RC_END;
	} while (left > 0);
	return RC_OK;
}

/* ---- output ---- */

/* Wait until the output takes bytes.  The last bytes are tried despite a signal, since
 * the terminal depends on them, but a terminal that takes nothing cannot hold us. */
static bool
writable(struct player *p, bool last)
{
	struct pollfd fd = { .fd = p->init->out, .events = POLLOUT };

	return last ? poll(&fd, 1, 1000) > 0 : stop_poll(&fd, 1, UINT64_MAX) > 0;
}

/* Write all of p->out.  RC_END: a signal, or nobody reads. */
static enum rc
flush(struct player *p, bool last, struct err *err)
{
	struct span left = buf_span(&p->out);

	if (!buf_ok(&p->out))
		return err_memory(err);
	while (left.len > 0) {
		ssize_t n;

		if (!writable(p, last))
			return RC_END;
		n = write(p->init->out, left.p,
		    left.len < WRITE_MOST ? left.len : WRITE_MOST);
		if (n < 0 && errno == EPIPE)
			return RC_END;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_errno(err, RC_FAIL, "write");
		if (n > 0)
			left = span_make(left.p + n, left.len - (size_t)n);
	}
	buf_reset(&p->out);
	return RC_OK;
}

/* ---- the asciicast ---- */

static enum rc
read_header(struct player *p, struct source *source, struct err *err)
{
	struct span line;
	json_t *root;
	json_int_t version;
	enum rc rc;

	if ((rc = source_line(source, &line, err)) != RC_OK)
		return rc == RC_END ? err_set(err, RC_REFUSE, "no header") : rc;
	root = json_loadb((const char *)line.p, line.len, JSON_REJECT_DUPLICATES, NULL);
	version = json_integer_value(json_object_get(root, "version"));
	json_decref(root);
	if (version != 2 && version != 3)
		return err_set(
		    err, RC_REFUSE, "line 1: not an asciicast of version 2 or 3");
	p->relative = version == 3;
	return RC_OK;
}

/* Show one event when it is due.  Only output is shown; the rest takes its time. */
static enum rc
show(struct player *p, const struct event *e, struct err *err)
{
	enum rc rc;

	p->time_us = p->relative ? p->time_us + e->us : e->us;
	/* Sums of intervals are bounded as single times are. */
	if (p->time_us > EVENT_MOST_US)
		return err_set(err, RC_REFUSE, "the time is out of range");
	if ((rc = wait_until(p, pace_due(&p->pace, p->time_us))) != RC_OK)
		return rc;
	p->events++;
	if (e->code != 'o')
		return RC_OK;
	screen_put(p->screen, e->data, &p->out);
	return flush(p, false, err);
}

/* Version 3 allows comments and empty lines. */
static bool
skipped(const struct player *p, struct span line)
{
	return p->relative && (line.len == 0 || line.p[0] == '#');
}

static enum rc
play(struct player *p, struct source *source, struct err *err)
{
	struct span line;
	struct event e;
	enum rc rc;

	if ((rc = read_header(p, source, err)) != RC_OK)
		return rc;
	p->start_us = clock_mono_us();
	while ((rc = source_line(source, &line, err)) == RC_OK) {
		if (skipped(p, line))
			continue;
		if ((rc = event_parse(line, &e, err)) == RC_OK) {
			rc = show(p, &e, err);
			event_clear(&e);
		}
		if (rc == RC_REFUSE)
			err_add(err, "line %llu",
			    (unsigned long long)source_line_number(source));
		if (rc != RC_OK)
			return rc;
	}
	return rc == RC_END ? RC_OK : rc;
}

enum rc
player_run(struct source *source, const struct player_init *init,
    struct player_result *ret, struct err *err)
{
	struct player p = { .init = init, .keys = init->keys };
	struct tty tty = { 0 };
	enum rc rc;

	*ret = (struct player_result){ 0 };
	if ((rc = screen_new(init->raw, &p.screen, err)) != RC_OK)
		return rc;
	buf_init(&p.out, OUT_MOST);
	pace_init(&p.pace, init->speed, init->limit_us);
	if (init->keys >= 0)
		rc = tty_keys(&tty, init->keys, err);
	if (rc == RC_OK)
		rc = play(&p, source, err);
	buf_reset(&p.out);
	screen_reset(p.screen, &p.out);
	if (rc == RC_OK)
		rc = flush(&p, true, err);
	else
		flush(&p, true, NULL);
	tty_restore(&tty);
	ret->events = p.events;
	ret->removed = screen_removed(p.screen);
	screen_free(p.screen);
	buf_clear(&p.out);
	return rc;
}
