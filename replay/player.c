/* The loop that plays; see player.h.  One event a step; between two steps it waits for
 * the time, a key or a signal.  To go back is to begin anew, without waiting, up to the
 * place: a terminal has no other way to know what stood on it.  Keys are looked at
 * meanwhile, so that a long way can be broken off by another. */
#include "replay/player.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "replay/chapters.h"
#include "replay/keyboard.h"
#include "replay/pace.h"
#include "replay/reel.h"
#include "replay/stage.h"
#include "replay/stop.h"
#include "replay/tty.h"

#define OUT_MOST (16 * SOURCE_LINE_MOST)
#define OUT_FULL 65536
#define WRITE_MOST 4096 /* a pipe that polls writable takes this much */

#define SECOND 1000000
#define FRAME_US 33000	  /* between two pictures while much happens */
#define TICK_US 250000	  /* between two bars while nothing does */
#define LOOK_US 200000	  /* between two looks for more of a live session */
#define ESCAPE_US 50000	  /* a sequence that does not go on is a key */
#define NOTICE_US 3000000 /* how long a notice stands */
#define LEAP_US (10 * SECOND)
#define IDLE_US (2 * SECOND)
#define SPEED_LEAST (1.0 / 64)
#define SPEED_MOST 1024.0
#define ASK_MOST 24

struct player {
	const struct player_init *init;
	struct reel *reel;
	struct stage *stage;
	struct chapters *chapters; /* NULL: a stream */
	struct pace pace;
	struct keyboard keyboard;
	struct buf out;
	int keys; /* -1 once they ended */
	struct event next;
	bool loaded; /* next is an event that was not shown */
	bool over;   /* nothing comes after what was shown */
	bool grows;
	uint64_t shown_us; /* time of the event that was shown last */
	uint64_t total_us; /* at which nothing more comes */
	bool seeking;	   /* without waiting, up to and with target_us */
	uint64_t target_us;
	bool step; /* show one event although paused */
	bool quit;
	bool help, asking;
	char asked[ASK_MOST];
	size_t asked_len;
	char notice[64];
	uint64_t notice_us; /* until then it stands */
	enum stage_bar bar;
	bool dirty; /* the picture is not what is shown */
	uint64_t painted_us;
	uint64_t polled_us;
	uint64_t events;
};

/* ---- output ---- */

/* Wait until the output takes bytes.  The last bytes are tried despite a signal, since
 * the terminal depends on them, but a terminal that takes nothing cannot hold us. */
static bool
writable(struct player *p, bool last)
{
	struct pollfd fd = { .fd = p->init->out, .events = POLLOUT };
	int r;

	if (last)
		return poll(&fd, 1, 1000) > 0;
	do
		r = stop_poll(&fd, 1, UINT64_MAX);
	while (r < 0 && stop_signal() == 0 && stop_resized() && (p->dirty = true));
	return r > 0;
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
		/* EIO: the terminal went away. */
		if (n < 0 && (errno == EPIPE || (errno == EIO && p->keys >= 0)))
			return RC_END;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_errno(err, RC_FAIL, "write");
		if (n > 0)
			left = span_make(left.p + n, left.len - (size_t)n);
	}
	buf_reset(&p->out);
	return RC_OK;
}

static const char *
state_of(const struct player *p)
{
	if (p->seeking)
		return "seeking";
	if (p->pace.paused)
		return "paused";
	if (p->over)
		return "end";
	return p->grows ? "live" : "playing";
}

static uint64_t
position(const struct player *p, uint64_t now)
{
	uint64_t at;

	if (p->seeking || p->grows)
		return p->shown_us;
	if (p->over)
		return p->total_us;
	at = pace_position(&p->pace, now);
	return at < p->total_us ? at : p->total_us;
}

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
		.state = state_of(p),
		.at_us = position(p, now),
		.total_us = p->total_us,
		.speed = p->pace.speed,
		.limit_us = p->pace.limit_us,
		.mark = p->init->mark,
	};
	b->labels = chapters_count(p->chapters);
	b->label = chapters_before(p->chapters, b->at_us);
	if (b->label > 0)
		b->text = chapters_at(p->chapters, b->label - 1).text;
	if (now < p->notice_us)
		b->notice = p->notice;
	if (!stage_fits(p->stage)) {
		stage_size(p->stage, &columns, &rows);
		snprintf(text, 96, "only a part is shown: it has %ux%u", columns, rows);
		b->notice = b->notice ? b->notice : text;
	}
	if (p->asking) {
		snprintf(text, 96, "go to: %.*s_", (int)p->asked_len, p->asked);
		b->notice = text;
	}
}

/* Nothing tells that it is over, but the bar. */
static enum stage_bar
bar_of(const struct player *p)
{
	if ((p->over || p->asking) && !p->seeking && p->bar == STAGE_BAR_FITTING)
		return STAGE_BAR_ALWAYS;
	return p->bar;
}

/* Bring the output up to date. */
static enum rc
show(struct player *p, uint64_t now, struct err *err)
{
	struct bar bar;
	char text[96];

	if (p->chapters != NULL) {
		fill_bar(p, now, text, &bar);
		stage_show(p->stage, &bar, bar_of(p), p->help, &p->out);
	}
	p->dirty = false;
	p->painted_us = now;
	return flush(p, false, err);
}

static enum rc
fit(struct player *p, struct err *err)
{
	struct winsize size = { .ws_col = 0 };

	if (ioctl(p->init->out, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
	    size.ws_row == 0)
		size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	p->dirty = true;
	return stage_fit(p->stage, size.ws_col, size.ws_row, err);
}

/* ---- places ---- */

static void
unload(struct player *p)
{
	if (p->loaded)
		event_clear(&p->next);
	p->loaded = false;
}

static enum rc
begin_anew(struct player *p, struct err *err)
{
	unsigned columns, rows;
	enum rc rc;

	unload(p);
	if ((rc = reel_rewind(p->reel, err)) != RC_OK)
		return rc;
	reel_size(p->reel, &columns, &rows);
	p->shown_us = 0;
	return stage_restart(p->stage, columns, rows, &p->out, err);
}

/* Go there; what is due later is shown later. */
static enum rc
seek(struct player *p, uint64_t us, struct err *err)
{
	enum rc rc;

	if (p->grows) {
		say(p, "this session goes on: it cannot be sought");
		return RC_OK;
	}
	/* The last event counts to the end, whatever its time. */
	if (us >= p->total_us)
		us = UINT64_MAX;
	if (us < p->shown_us && (rc = begin_anew(p, err)) != RC_OK)
		return rc;
	if (us < UINT64_MAX || !p->over)
		p->over = false;
	p->seeking = true;
	p->target_us = us;
	p->dirty = true;
	return RC_OK;
}

static void
arrive(struct player *p)
{
	uint64_t at = p->target_us < p->total_us ? p->target_us : p->total_us;

	p->seeking = false;
	p->dirty = true;
	pace_jump(&p->pace, clock_mono_us(), at);
}

/* ---- keys ---- */

typedef enum rc act_fn(struct player *p, int key, struct err *err);

static enum rc
key_pause(struct player *p, int key, struct err *err)
{
	(void)key;
	(void)err;
	pace_pause(&p->pace, clock_mono_us(), !p->pace.paused);
	return RC_OK;
}

static enum rc
key_step(struct player *p, int key, struct err *err)
{
	(void)key;
	(void)err;
	pace_pause(&p->pace, clock_mono_us(), true);
	p->step = true;
	return RC_OK;
}

static enum rc
key_quit(struct player *p, int key, struct err *err)
{
	(void)key;
	(void)err;
	p->quit = true;
	return RC_OK;
}

/* From where keys that move count: also while it is on its way. */
static uint64_t
here(const struct player *p)
{
	if (p->seeking)
		return p->target_us < p->total_us ? p->target_us : p->total_us;
	return position(p, clock_mono_us());
}

static enum rc
key_back(struct player *p, int key, struct err *err)
{
	uint64_t at = here(p);

	(void)key;
	return seek(p, at > LEAP_US ? at - LEAP_US : 0, err);
}

static enum rc
key_on(struct player *p, int key, struct err *err)
{
	(void)key;
	return seek(p, here(p) + LEAP_US, err);
}

static enum rc
key_begin(struct player *p, int key, struct err *err)
{
	(void)key;
	return seek(p, 0, err);
}

static enum rc
key_end(struct player *p, int key, struct err *err)
{
	(void)key;
	return seek(p, UINT64_MAX, err);
}

static enum rc
key_tenth(struct player *p, int key, struct err *err)
{
	return seek(p, p->total_us / 10 * (uint64_t)(key - '0'), err);
}

static enum rc
key_next_mark(struct player *p, int key, struct err *err)
{
	size_t i = p->chapters ? chapters_before(p->chapters, here(p)) : 0;

	(void)key;
	if (p->chapters == NULL || i >= chapters_count(p->chapters)) {
		say(p, "there is no mark behind this");
		return RC_OK;
	}
	return seek(p, chapters_at(p->chapters, i).us, err);
}

/* While it plays, who asks for the mark before means none that has just passed. */
static enum rc
key_last_mark(struct player *p, int key, struct err *err)
{
	double grace = p->pace.paused ? 1 : SECOND * p->pace.speed;
	uint64_t at = here(p);
	size_t i;

	(void)key;
	at = (double)at > grace ? at - (uint64_t)grace : 0;
	i = p->chapters ? chapters_before(p->chapters, at) : 0;
	return seek(p, i > 0 ? chapters_at(p->chapters, i - 1).us : 0, err);
}

static enum rc
key_speed(struct player *p, int key, struct err *err)
{
	double speed = key == '='   ? 1
		       : key == '+' ? p->pace.speed * 2
				    : p->pace.speed / 2;

	(void)err;
	if (speed >= SPEED_LEAST && speed <= SPEED_MOST)
		pace_set_speed(&p->pace, clock_mono_us(), speed);
	return RC_OK;
}

/* Between what was asked for, or two seconds, and all of it. */
static enum rc
key_idle(struct player *p, int key, struct err *err)
{
	uint64_t wanted =
	    p->init->limit_us != PACE_NO_LIMIT ? p->init->limit_us : IDLE_US;

	(void)key;
	(void)err;
	pace_set_limit(&p->pace, clock_mono_us(),
	    p->pace.limit_us == PACE_NO_LIMIT ? wanted : PACE_NO_LIMIT);
	return RC_OK;
}

static enum rc
key_bar(struct player *p, int key, struct err *err)
{
	static const char *const words[] = { "the bar: where it fits",
		"the bar: always", "the bar: never" };

	(void)key;
	(void)err;
	p->bar = (enum stage_bar)((p->bar + 1) % 3);
	say(p, words[p->bar]);
	return RC_OK;
}

static enum rc
key_help(struct player *p, int key, struct err *err)
{
	(void)key;
	(void)err;
	p->help = true;
	return RC_OK;
}

static enum rc
key_ask(struct player *p, int key, struct err *err)
{
	(void)key;
	(void)err;
	p->asking = true;
	p->asked_len = 0;
	return RC_OK;
}

static const struct {
	int from, to;
	act_fn *act;
} bindings[] = {
	{ ' ', ' ', key_pause },
	{ '.', '.', key_step },
	{ 'q', 'q', key_quit },
	{ 'h', 'h', key_back },
	{ KEYBOARD_LEFT, KEYBOARD_LEFT, key_back },
	{ 'l', 'l', key_on },
	{ KEYBOARD_RIGHT, KEYBOARD_RIGHT, key_on },
	{ KEYBOARD_HOME, KEYBOARD_HOME, key_begin },
	{ KEYBOARD_END, KEYBOARD_END, key_end },
	{ '0', '9', key_tenth },
	{ ']', ']', key_next_mark },
	{ '[', '[', key_last_mark },
	{ '+', '+', key_speed },
	{ '-', '-', key_speed },
	{ '=', '=', key_speed },
	{ 'i', 'i', key_idle },
	{ 'b', 'b', key_bar },
	{ 'g', 'g', key_ask },
	{ '?', '?', key_help },
};

/* What was asked for: a time, or the number of a mark. */
static enum rc
go_asked(struct player *p, struct err *err)
{
	char text[ASK_MOST + 1];
	uint64_t us;
	char *end;
	unsigned long n;

	memcpy(text, p->asked, p->asked_len);
	text[p->asked_len] = '\0';
	if (text[0] != '#') {
		if (pace_parse_time(text, &us, NULL) == RC_OK)
			return seek(p, us, err);
		say(p, "that is no time, and no mark");
		return RC_OK;
	}
	n = strtoul(text + 1, &end, 10);
	if (text[1] < '0' || text[1] > '9' || *end != '\0' || p->chapters == NULL ||
	    n == 0 || n > chapters_count(p->chapters)) {
		say(p, "there is no such mark");
		return RC_OK;
	}
	return seek(p, chapters_at(p->chapters, n - 1).us, err);
}

static enum rc
take_asked(struct player *p, int key, struct err *err)
{
	if (key == '\r' || key == '\n') {
		p->asking = false;
		return p->asked_len > 0 ? go_asked(p, err) : RC_OK;
	}
	if (key == 0x1B || key == 'q' || key == 'g')
		p->asking = false;
	else if ((key == 0x7F || key == '\b') && p->asked_len > 0)
		p->asked_len--;
	else if (key < 0x80 && strchr("0123456789:.#", key) != NULL && key != 0 &&
		 p->asked_len < ASK_MOST)
		p->asked[p->asked_len++] = (char)key;
	return RC_OK;
}

static enum rc
take_key(struct player *p, int key, struct err *err)
{
	p->dirty = true;
	if (p->help) {
		p->help = false;
		return RC_OK;
	}
	if (p->asking)
		return take_asked(p, key, err);
	for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++)
		if (key >= bindings[i].from && key <= bindings[i].to)
			return bindings[i].act(p, key, err);
	return RC_OK;
}

static enum rc
read_keys(struct player *p, struct err *err)
{
	uint8_t typed[KEYBOARD_MOST];
	ssize_t n = read(p->keys, typed, keyboard_room(&p->keyboard));
	struct pollfd fd = { .fd = p->keys, .events = POLLIN };
	enum rc rc = RC_OK;
	bool whole = false;
	int key;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return RC_OK;
	if (n <= 0) {
		/* The terminal went away: nobody could end a pause. */
		p->keys = -1;
		p->quit = true;
		return RC_OK;
	}
	keyboard_put(&p->keyboard, span_make(typed, (size_t)n));
	while (rc == RC_OK && p->keyboard.len > 0 && !p->quit)
		if (keyboard_take(&p->keyboard, whole, &key))
			rc = take_key(p, key, err);
		else if (stop_poll(&fd, 1, ESCAPE_US) > 0)
			break;
		else
			whole = true;
	return rc;
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
	if (p->chapters != NULL && stop_resized())
		return fit(p, err);
	return RC_OK;
}

/* Show what there is to show, then wait. */
static enum rc
rest(struct player *p, uint64_t timeout_us, struct err *err)
{
	bool ticks = p->chapters != NULL && !p->pace.paused && !p->over;
	uint64_t now = clock_mono_us();
	enum rc rc;

	if (p->chapters != NULL && now < p->notice_us && timeout_us > NOTICE_US)
		timeout_us = NOTICE_US;
	if (ticks && timeout_us > TICK_US)
		timeout_us = TICK_US;
	if (p->dirty || p->chapters != NULL || p->out.len > 0)
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

	if (p->chapters == NULL && p->out.len >= OUT_FULL &&
	    (rc = flush(p, false, err)) != RC_OK)
		return rc;
	if (now - p->painted_us >= (p->seeking ? 3 * FRAME_US : FRAME_US) &&
	    (rc = show(p, now, err)) != RC_OK)
		return rc;
	return now - p->polled_us >= FRAME_US ? wait(p, 0, err) : RC_OK;
}

/* ---- events ---- */

static enum rc
load(struct player *p, struct err *err)
{
	enum rc rc = reel_next(p->reel, &p->next, err);

	if (rc == RC_OK && p->next.us > p->init->to_us) {
		event_clear(&p->next);
		rc = RC_END;
	}
	p->loaded = rc == RC_OK;
	p->over = rc == RC_END;
	return rc == RC_END ? RC_OK : rc;
}

static void
resize(struct player *p, struct span text)
{
	unsigned columns, rows;
	char word[48];

	if (!reel_parse_size(text, &columns, &rows))
		return;
	stage_resize(p->stage, columns, rows);
	snprintf(word, sizeof word, "resized to %ux%u", columns, rows);
	if (!p->seeking)
		say(p, word);
}

/* Show the event that is loaded. */
static enum rc
apply(struct player *p, struct err *err)
{
	char code = p->next.code;
	enum rc rc = RC_OK;

	if (code == 'o')
		rc = stage_output(p->stage, p->next.data, &p->out, err);
	else if (code == 'r')
		resize(p, p->next.data);
	else if (code == 'm' && p->grows && p->chapters != NULL)
		rc = chapters_add(p->chapters, &p->next, err);
	p->events++;
	p->shown_us = p->next.us;
	if (p->shown_us > p->total_us)
		p->total_us = p->shown_us;
	pace_reach(&p->pace, p->next.us);
	/* A step shows something. */
	if (code == 'o' || code == 'r' || code == 'm')
		p->step = false;
	p->dirty = true;
	unload(p);
	return rc;
}

static enum rc
wait_more(struct player *p, struct err *err)
{
	enum rc rc;

	p->seeking = false;
	if ((rc = rest(p, LOOK_US, err)) != RC_OK)
		return rc;
	rc = p->init->more(p->init->arg, err);
	p->grows = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

/* At the end a player stays, a stream goes. */
static enum rc
stay(struct player *p, struct err *err)
{
	if (p->seeking)
		arrive(p);
	p->step = false;
	if (p->chapters == NULL || p->init->more != NULL) {
		p->quit = true;
		return RC_OK;
	}
	return rest(p, UINT64_MAX, err);
}

/* A session that goes on is shown as it comes; else each event when it is due. */
static uint64_t
left(const struct player *p)
{
	if (p->seeking || p->step)
		return 0;
	if (p->init->more != NULL)
		return p->pace.paused ? UINT64_MAX : 0;
	return pace_left(&p->pace, clock_mono_us(), p->next.us);
}

static enum rc
turn(struct player *p, struct err *err)
{
	uint64_t us;
	enum rc rc;

	if (!p->loaded && !p->over && (rc = load(p, err)) != RC_OK)
		return rc == RC_WAIT ? wait_more(p, err) : rc;
	if (p->over)
		return stay(p, err);
	if (p->seeking && p->next.us > p->target_us)
		arrive(p);
	if ((us = left(p)) > 0)
		return rest(p, us, err);
	if ((rc = apply(p, err)) != RC_OK)
		return rc;
	return breathe(p, err);
}

/* ---- begin and end ---- */

static enum rc
begin_picture(struct player *p, struct err *err)
{
	enum rc rc;

	if ((rc = chapters_read(p->reel, &p->chapters, err)) != RC_OK)
		return rc;
	p->total_us = chapters_total_us(p->chapters);
	if (p->total_us > p->init->to_us)
		p->total_us = p->init->to_us;
	if ((rc = stop_watch_size(err)) != RC_OK)
		return rc;
	return fit(p, err);
}

static enum rc
begin(struct player *p, struct err *err)
{
	const struct player_init *init = p->init;
	bool picture = init->keys >= 0 && !init->raw;
	enum stage_kind kind = picture	   ? STAGE_PICTURE
			       : init->raw ? STAGE_RAW
					   : STAGE_STREAM;
	unsigned columns, rows;
	enum rc rc;

	while ((rc = reel_head(p->reel, err)) == RC_WAIT && init->more != NULL)
		if ((rc = wait(p, LOOK_US, err)) != RC_OK ||
		    ((rc = init->more(init->arg, err)) != RC_OK && rc != RC_END))
			return rc;
	if (rc != RC_OK)
		return rc;
	reel_size(p->reel, &columns, &rows);
	if ((rc = stage_new(kind, columns, rows, &p->stage, err)) != RC_OK)
		return rc;
	if (picture && (rc = begin_picture(p, err)) != RC_OK)
		return rc;
	pace_init(&p->pace, init->speed, init->limit_us, clock_mono_us());
	p->seeking = init->from_us > 0;
	p->target_us = init->from_us;
	p->grows = init->more != NULL;
	return RC_OK;
}

static enum rc
play(struct player *p, struct err *err)
{
	enum rc rc = begin(p, err);

	while (rc == RC_OK && !(p->over && p->quit))
		rc = turn(p, err);
	return rc;
}

/* The terminal first, whatever happened. */
static enum rc
finish(struct player *p, struct tty *tty, enum rc rc, struct err *err)
{
	if (rc == RC_OK && p->out.len > 0)
		rc = flush(p, false, err);
	buf_reset(&p->out);
	if (p->stage != NULL)
		stage_finish(p->stage, &p->out);
	if (rc == RC_OK)
		rc = flush(p, true, err);
	else
		flush(p, true, NULL);
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
	if ((rc = reel_new(source, &p.reel, err)) != RC_OK)
		return rc;
	buf_init(&p.out, OUT_MOST);
	if (init->keys >= 0)
		rc = tty_keys(&tty, init->keys, err);
	if (rc == RC_OK)
		rc = play(&p, err);
	rc = finish(&p, &tty, rc, err);
	ret->events = p.events;
	ret->removed = p.stage != NULL ? stage_removed(p.stage) : 0;
	unload(&p);
	chapters_free(p.chapters);
	stage_free(p.stage);
	reel_free(p.reel);
	buf_clear(&p.out);
	return rc;
}
