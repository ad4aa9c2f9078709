/* The loop that plays; see player.h.  One event a step; between two steps it waits for
 * the time, a key or a signal.  On the way to another place keys are looked at, too, so
 * that a long way can be broken off by another. */
#include "replay/player.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "replay/controls.h"
#include "replay/deck.h"
#include "replay/drain.h"
#include "replay/stop.h"
#include "replay/tty.h"

#define OUT_MOST (16 * SOURCE_LINE_MOST)
#define OUT_FULL 65536

#define SECOND 1000000
#define FRAME_US 33000	  /* between two pictures while much happens */
#define TICK_US 250000	  /* between two bars while nothing does */
#define LOOK_US 200000	  /* between two looks for more of a live session */
#define ESCAPE_US 50000	  /* a sequence that does not go on is a key */
#define NOTICE_US 3000000 /* how long a notice stands */
#define IDLE_US (2 * SECOND)
#define SPEED_LEAST (1.0 / 64)
#define SPEED_MOST 1024.0

struct player {
	const struct player_init *init;
	struct deck deck;
	bool picture;
	struct controls controls;
	struct buf out;
	int keys; /* -1 once they ended */
	bool quit;
	char notice[64];
	uint64_t notice_us; /* until then it stands */
	enum stage_bar bar;
	bool dirty; /* the picture is not what is shown */
	uint64_t painted_us;
	uint64_t polled_us;
};

/* ---- output ---- */

static void
say(struct player *p, const char *notice)
{
	snprintf(p->notice, sizeof p->notice, "%s", notice);
	p->notice_us = clock_mono_us() + NOTICE_US;
	p->dirty = true;
}

static void
fill_bar(struct player *p, uint64_t now, char text[96], struct bar *b)
{
	unsigned columns, rows;

	*b = (struct bar){
		.state = deck_state(&p->deck),
		.at_us = deck_position(&p->deck, now),
		.total_us = p->deck.total_us,
		.speed = p->deck.pace.speed,
		.limit_us = p->deck.pace.limit_us,
		.mark = p->init->mark,
	};
	b->labels = chapters_count(p->deck.chapters);
	b->label = chapters_before(p->deck.chapters, b->at_us);
	if (b->label > 0)
		b->text = chapters_at(p->deck.chapters, b->label - 1).text;
	if (now < p->notice_us)
		b->notice = p->notice;
	if (!stage_fits(p->deck.stage)) {
		stage_size(p->deck.stage, &columns, &rows);
		snprintf(text, 96, "part of %ux%u", columns, rows);
		b->notice = b->notice ? b->notice : text;
	}
	if (p->controls.asking) {
		snprintf(text, 96, "go to: %s_", p->controls.asked);
		b->notice = text;
	}
}

/* Nothing tells that it is over, but the bar. */
static enum stage_bar
bar_of(const struct player *p)
{
	if ((p->deck.over || p->controls.asking) && !p->deck.seeking &&
	    p->bar == STAGE_BAR_FITTING)
		return STAGE_BAR_ALWAYS;
	return p->bar;
}

/* Bring the output up to date. */
static enum rc
show(struct player *p, uint64_t now, struct err *err)
{
	struct bar bar;
	char text[96];

	if (p->picture) {
		fill_bar(p, now, text, &bar);
		stage_show(p->deck.stage, &bar, bar_of(p), p->controls.help, &p->out);
	}
	p->dirty = false;
	p->painted_us = now;
	return drain_flush(p->init->out, &p->out, false, err);
}

static enum rc
fit(struct player *p, struct err *err)
{
	struct winsize size = { .ws_col = 0 };

	if (ioctl(p->init->out, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
	    size.ws_row == 0)
		size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	p->dirty = true;
	return stage_fit(p->deck.stage, size.ws_col, size.ws_row, err);
}

/* ---- what the watcher wants ---- */

static enum rc
seek(struct player *p, uint64_t us, struct err *err)
{
	struct err why = { "" };
	enum rc rc = deck_seek(&p->deck, us, &p->out, &why);

	if (rc == RC_REFUSE && (p->deck.live || !p->picture)) {
		say(p, why.text);
		return RC_OK;
	}
	return rc == RC_OK ? rc : err_set(err, rc, "%s", why.text);
}

static uint64_t
here(const struct player *p)
{
	return deck_here(&p->deck, clock_mono_us());
}

typedef enum rc act_fn(
    struct player *p, const struct controls_command *to, struct err *err);

static enum rc
do_nothing(struct player *p, const struct controls_command *to, struct err *err)
{
	(void)p;
	(void)to;
	(void)err;
	return RC_OK;
}

static enum rc
do_pause(struct player *p, const struct controls_command *to, struct err *err)
{
	(void)to;
	(void)err;
	deck_pause(&p->deck, !p->deck.pace.paused);
	return RC_OK;
}

static enum rc
do_step(struct player *p, const struct controls_command *to, struct err *err)
{
	(void)to;
	(void)err;
	deck_step(&p->deck);
	return RC_OK;
}

static enum rc
do_quit(struct player *p, const struct controls_command *to, struct err *err)
{
	(void)to;
	(void)err;
	p->quit = true;
	return RC_OK;
}

static enum rc
do_move(struct player *p, const struct controls_command *to, struct err *err)
{
	int64_t at = (int64_t)here(p) + (int64_t)to->n * SECOND;

	return seek(p, at > 0 ? (uint64_t)at : 0, err);
}

static enum rc
do_tenth(struct player *p, const struct controls_command *to, struct err *err)
{
	return seek(
	    p, to->n < 10 ? p->deck.total_us / 10 * (uint64_t)to->n : UINT64_MAX, err);
}

static enum rc
do_go(struct player *p, const struct controls_command *to, struct err *err)
{
	return seek(p, to->us, err);
}

/* To the n-th mark, from 1. */
static enum rc
seek_mark(struct player *p, size_t n, struct err *err)
{
	if (p->deck.chapters == NULL || n == 0 ||
	    n > chapters_count(p->deck.chapters)) {
		say(p, "there is no such mark");
		return RC_OK;
	}
	return seek(p, chapters_at(p->deck.chapters, n - 1).us, err);
}

static enum rc
do_mark(struct player *p, const struct controls_command *to, struct err *err)
{
	return seek_mark(p, (size_t)to->n, err);
}

static enum rc
do_mark_next(struct player *p, const struct controls_command *to, struct err *err)
{
	(void)to;
	return seek_mark(p,
	    p->deck.chapters ? chapters_before(p->deck.chapters, here(p)) + 1 : 0, err);
}

/* While it plays, who asks for the mark before means none that has just passed. */
static enum rc
do_mark_before(struct player *p, const struct controls_command *to, struct err *err)
{
	uint64_t grace =
	    p->deck.pace.paused ? 1 : (uint64_t)(SECOND * p->deck.pace.speed);
	uint64_t at = here(p);

	(void)to;
	at = at > grace ? at - grace : 0;
	return seek_mark(
	    p, p->deck.chapters ? chapters_before(p->deck.chapters, at) : 0, err);
}

static enum rc
do_speed(struct player *p, const struct controls_command *to, struct err *err)
{
	double speed = to->n == 0 ? 1 : p->deck.pace.speed * (to->n > 0 ? 2 : 0.5);

	(void)err;
	if (speed >= SPEED_LEAST && speed <= SPEED_MOST)
		pace_set_speed(&p->deck.pace, clock_mono_us(), speed);
	return RC_OK;
}

/* Between what was asked for, or two seconds, and all of it. */
static enum rc
do_idle(struct player *p, const struct controls_command *to, struct err *err)
{
	uint64_t wanted =
	    p->init->limit_us != PACE_NO_LIMIT ? p->init->limit_us : IDLE_US;

	(void)to;
	(void)err;
	pace_set_limit(&p->deck.pace, clock_mono_us(),
	    p->deck.pace.limit_us == PACE_NO_LIMIT ? wanted : PACE_NO_LIMIT);
	return RC_OK;
}

static enum rc
do_bar(struct player *p, const struct controls_command *to, struct err *err)
{
	static const char *const words[] = { "the bar: where it fits",
		"the bar: always", "the bar: never" };

	(void)to;
	(void)err;
	p->bar = (enum stage_bar)((p->bar + 1) % 3);
	say(p, words[p->bar]);
	return RC_OK;
}

static enum rc
do_wonder(struct player *p, const struct controls_command *to, struct err *err)
{
	(void)to;
	(void)err;
	say(p, "that is no time, and no mark");
	return RC_OK;
}

static act_fn *const acts[CONTROLS_WANTS] = {
	[CONTROLS_NOTHING] = do_nothing,
	[CONTROLS_PAUSE] = do_pause,
	[CONTROLS_STEP] = do_step,
	[CONTROLS_QUIT] = do_quit,
	[CONTROLS_MOVE] = do_move,
	[CONTROLS_TENTH] = do_tenth,
	[CONTROLS_GO] = do_go,
	[CONTROLS_MARK] = do_mark,
	[CONTROLS_MARK_NEXT] = do_mark_next,
	[CONTROLS_MARK_BEFORE] = do_mark_before,
	[CONTROLS_SPEED] = do_speed,
	[CONTROLS_IDLE] = do_idle,
	[CONTROLS_BAR] = do_bar,
	[CONTROLS_UNKNOWN] = do_wonder,
};

/* All that was typed.  The begin of a sequence waits a moment for its rest. */
static enum rc
obey(struct player *p, struct err *err)
{
	struct pollfd fd = { .fd = p->keys, .events = POLLIN };
	struct controls_command to;
	bool whole = false;
	enum rc rc = RC_OK;

	while (rc == RC_OK && p->controls.keyboard.len > 0 && !p->quit) {
		if (controls_take(&p->controls, whole, &to))
			rc = acts[to.want](p, &to, err);
		else if (stop_poll(&fd, 1, ESCAPE_US) > 0)
			break;
		else
			whole = true;
		p->dirty = true;
	}
	return rc;
}

static enum rc
read_keys(struct player *p, struct err *err)
{
	struct keyboard *k = &p->controls.keyboard;
	uint8_t typed[KEYBOARD_MOST];
	ssize_t n = read(p->keys, typed, keyboard_room(k));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return RC_OK;
	if (n <= 0) {
		/* The terminal went away: nobody could end a pause. */
		p->keys = -1;
		p->quit = true;
		return RC_OK;
	}
	keyboard_put(k, span_make(typed, (size_t)n));
	return obey(p, err);
}

/* ---- time ---- */

/* Wait for a key or a signal, so long at most.  RC_END: q, or a signal. */
static enum rc
wait(struct player *p, uint64_t timeout_us, struct err *err)
{
	struct pollfd fd = { .fd = p->keys, .events = POLLIN };
	enum rc rc = RC_OK;

	p->polled_us = clock_mono_us();
	if (stop_poll(&fd, 1, timeout_us) > 0)
		rc = read_keys(p, err);
	if (rc != RC_OK)
		return rc;
	if (p->quit || stop_signal() != 0)
		return RC_END;
	if (p->picture && p->deck.stage != NULL && stop_resized())
		return fit(p, err);
	return RC_OK;
}

/* Show what there is to show, then wait. */
static enum rc
rest(struct player *p, uint64_t timeout_us, struct err *err)
{
	bool ticks = p->picture && !p->deck.pace.paused && !p->deck.over;
	uint64_t now = clock_mono_us();
	enum rc rc;

	/* A notice ends, and the window may have another size. */
	if (p->picture && timeout_us > SECOND)
		timeout_us = SECOND;
	if (ticks && timeout_us > TICK_US)
		timeout_us = TICK_US;
	if (p->dirty || p->picture || p->out.len > 0)
		if ((rc = show(p, now, err)) != RC_OK)
			return rc;
	return wait(p, timeout_us, err);
}

/* While much happens, keys and pictures have their turns, too. */
static enum rc
breathe(struct player *p, struct err *err)
{
	uint64_t now = clock_mono_us();
	enum rc rc;

	if (!p->picture && p->out.len >= OUT_FULL &&
	    (rc = drain_flush(p->init->out, &p->out, false, err)) != RC_OK)
		return rc;
	if (now - p->painted_us >= (p->deck.seeking ? 3 * FRAME_US : FRAME_US) &&
	    (rc = show(p, now, err)) != RC_OK)
		return rc;
	return now - p->polled_us >= FRAME_US ? wait(p, 0, err) : RC_OK;
}

/* ---- the loop ---- */

static void
say_size(struct player *p)
{
	unsigned columns, rows;
	char word[48];

	stage_size(p->deck.stage, &columns, &rows);
	snprintf(word, sizeof word, "resized to %ux%u", columns, rows);
	say(p, word);
}

static enum rc
wait_more(struct player *p, struct err *err)
{
	enum rc rc;

	if ((rc = rest(p, LOOK_US, err)) != RC_OK)
		return rc;
	rc = p->init->more(p->init->arg, err);
	return rc == RC_END ? RC_OK : rc;
}

/* At the end a player stays, a stream goes.  A session that was live is then a recording
 * as any other. */
static enum rc
stay(struct player *p, struct err *err)
{
	deck_end(&p->deck);
	if (p->picture)
		return rest(p, UINT64_MAX, err);
	p->quit = true;
	return RC_OK;
}

static enum rc
turn(struct player *p, struct err *err)
{
	uint64_t left;
	enum rc rc;
	char code;

	if ((rc = deck_load(&p->deck, err)) != RC_OK)
		return rc == RC_WAIT ? wait_more(p, err) : rc;
	if (p->deck.over)
		return stay(p, err);
	if ((left = deck_left(&p->deck)) > 0)
		return rest(p, left, err);
	if ((rc = deck_show(&p->deck, &p->out, &code, err)) != RC_OK)
		return rc;
	p->dirty = true;
	if (code == 'r' && p->picture && !p->deck.seeking)
		say_size(p);
	return breathe(p, err);
}

/* ---- begin and end ---- */

static enum rc
begin(struct player *p, struct err *err)
{
	const struct player_init *init = p->init;
	struct deck_init deck = {
		.kind = p->picture  ? STAGE_PICTURE
			: init->raw ? STAGE_RAW
				    : STAGE_STREAM,
		.speed = init->speed,
		.limit_us = init->limit_us,
		.from_us = init->from_us,
		.to_us = init->to_us,
		.live = init->more != NULL,
	};
	enum rc rc;

	while ((rc = deck_begin(&p->deck, &deck, err)) == RC_WAIT && deck.live)
		if ((rc = wait(p, LOOK_US, err)) != RC_OK ||
		    ((rc = init->more(init->arg, err)) != RC_OK && rc != RC_END))
			return rc;
	if (rc != RC_OK || !p->picture)
		return rc;
	if ((rc = stop_watch_size(err)) != RC_OK)
		return rc;
	return fit(p, err);
}

static enum rc
play(struct player *p, struct err *err)
{
	enum rc rc = begin(p, err);

	while (rc == RC_OK && !(p->deck.over && p->quit))
		rc = turn(p, err);
	return rc;
}

/* The terminal first, whatever happened. */
static enum rc
finish(struct player *p, struct tty *tty, enum rc rc, struct err *err)
{
	if (rc == RC_OK && p->out.len > 0)
		rc = drain_flush(p->init->out, &p->out, false, err);
	buf_reset(&p->out);
	if (p->deck.stage != NULL)
		stage_finish(p->deck.stage, &p->out);
	if (rc == RC_OK)
		rc = drain_flush(p->init->out, &p->out, true, err);
	else
		drain_flush(p->init->out, &p->out, true, NULL);
	tty_restore(tty);
	return rc;
}

enum rc
player_run(struct source *source, const struct player_init *init,
    struct player_result *ret, struct err *err)
{
	struct player p = { .init = init, .keys = init->keys };
	struct tty tty = { 0 };
	enum rc rc;

	*ret = (struct player_result){ 0 };
	p.picture = init->keys >= 0 && !init->raw;
	if ((rc = deck_open(&p.deck, source, err)) != RC_OK)
		return rc;
	buf_init(&p.out, OUT_MOST);
	if (init->keys >= 0)
		rc = tty_keys(&tty, init->keys, err);
	if (rc == RC_OK)
		rc = play(&p, err);
	rc = finish(&p, &tty, rc, err);
	ret->events = p.deck.events;
	if (p.deck.stage != NULL)
		ret->removed = stage_removed(p.deck.stage);
	deck_clear(&p.deck);
	buf_clear(&p.out);
	return rc;
}
