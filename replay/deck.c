/* Places, and ways between them; see deck.h. */
#include "replay/deck.h"

#include "lib/base/clock.h"

#define STEPS_MOST 1000

enum rc
deck_open(struct deck *d, struct source *source, struct err *err)
{
	*d = (struct deck){ .total_us = UINT64_MAX, .to_us = UINT64_MAX };
	return reel_new(source, &d->reel, err);
}

static void
unload(struct deck *d)
{
	if (d->loaded)
		event_clear(&d->next);
	d->loaded = false;
}

void
deck_clear(struct deck *d)
{
	unload(d);
	chapters_free(d->chapters);
	stage_free(d->stage);
	reel_free(d->reel);
	*d = (struct deck){ .over = true };
}

static enum rc
look_through(struct deck *d, struct err *err)
{
	enum rc rc = chapters_read(d->reel, &d->chapters, err);

	if (rc != RC_OK)
		return rc;
	d->total_us = chapters_total_us(d->chapters);
	if (d->total_us > d->to_us)
		d->total_us = d->to_us;
	return RC_OK;
}

enum rc
deck_begin(struct deck *d, const struct deck_init *init, struct err *err)
{
	unsigned columns, rows;
	enum rc rc;

	if ((rc = reel_head(d->reel, err)) != RC_OK)
		return rc;
	reel_size(d->reel, &columns, &rows);
	if ((rc = stage_new(init->kind, columns, rows, &d->stage, err)) != RC_OK)
		return rc;
	d->to_us = init->to_us;
	d->live = init->live;
	d->seeking = init->from_us > 0;
	d->target_us = init->from_us;
	if (init->kind == STAGE_PICTURE && (rc = look_through(d, err)) != RC_OK)
		return rc;
	pace_init(&d->pace, init->speed, init->limit_us, clock_mono_us());
	return RC_OK;
}

/* ---- places ---- */

uint64_t
deck_position(const struct deck *d, uint64_t now_us)
{
	uint64_t at;

	if (d->seeking || d->live)
		return d->shown_us;
	if (d->over)
		return d->total_us;
	at = pace_position(&d->pace, now_us);
	return at < d->total_us ? at : d->total_us;
}

const char *
deck_state(const struct deck *d)
{
	if (d->seeking)
		return "seeking";
	if (d->pace.paused)
		return "paused";
	if (d->over)
		return "end";
	return d->live ? "live" : "playing";
}

uint64_t
deck_here(const struct deck *d, uint64_t now_us)
{
	if (d->seeking)
		return d->target_us < d->total_us ? d->target_us : d->total_us;
	return deck_position(d, now_us);
}

static enum rc
begin_anew(struct deck *d, struct buf *out, struct err *err)
{
	unsigned columns, rows;
	enum rc rc;

	unload(d);
	if ((rc = reel_rewind(d->reel, err)) != RC_OK)
		return rc;
	reel_size(d->reel, &columns, &rows);
	d->shown_us = 0;
	return stage_restart(d->stage, columns, rows, out, err);
}

enum rc
deck_seek(struct deck *d, uint64_t us, struct buf *out, struct err *err)
{
	enum rc rc;

	if (d->live)
		return err_set(err, RC_REFUSE, "this session goes on: no way back");
	if (d->chapters == NULL)
		return err_set(err, RC_REFUSE, "a stream has no way back");
	/* The last event counts to the end, whatever its time. */
	if (us >= d->total_us)
		us = UINT64_MAX;
	/* An event at this very time may not have been shown. */
	if (us < d->shown_us && (rc = begin_anew(d, out, err)) != RC_OK)
		return rc;
	if (us < UINT64_MAX)
		d->over = false;
	d->seeking = true;
	d->target_us = us;
	return RC_OK;
}

static void
arrive(struct deck *d)
{
	d->seeking = false;
	pace_jump(&d->pace, clock_mono_us(),
	    d->target_us < d->total_us ? d->target_us : d->total_us);
}

void
deck_pause(struct deck *d, bool paused)
{
	pace_pause(&d->pace, clock_mono_us(), paused);
}

void
deck_step(struct deck *d)
{
	deck_pause(d, true);
	d->steps += d->steps < STEPS_MOST;
}

/* ---- events ---- */

enum rc
deck_load(struct deck *d, struct err *err)
{
	enum rc rc;

	if (d->loaded || d->over)
		return RC_OK;
	rc = reel_next(d->reel, &d->next, err);
	if (rc == RC_OK && d->next.us > d->to_us) {
		event_clear(&d->next);
		rc = RC_END;
	}
	d->loaded = rc == RC_OK;
	d->over = rc == RC_END;
	if (d->seeking && (rc == RC_WAIT || (d->loaded && d->next.us > d->target_us)))
		arrive(d);
	return rc == RC_END ? RC_OK : rc;
}

/* What is live is shown as it comes; else each event when it is due. */
uint64_t
deck_left(struct deck *d)
{
	/* An event that was loaded before the place was chosen. */
	if (d->seeking && d->next.us > d->target_us)
		arrive(d);
	if (d->seeking || d->steps > 0)
		return 0;
	if (d->live)
		return d->pace.paused ? UINT64_MAX : 0;
	return pace_left(&d->pace, clock_mono_us(), d->next.us);
}

static enum rc
apply(struct deck *d, struct buf *out, struct err *err)
{
	unsigned columns, rows;

	switch (d->next.code) {
	case 'o':
		return stage_output(d->stage, d->next.data, out, err);
	case 'r':
		if (reel_parse_size(d->next.data, &columns, &rows))
			stage_resize(d->stage, columns, rows);
		return RC_OK;
	case 'm':
		/* All others were found when it was looked through. */
		if (d->live && d->chapters != NULL)
			return chapters_add(d->chapters, &d->next, err);
		return RC_OK;
	default:
		return RC_OK;
	}
}

enum rc
deck_show(struct deck *d, struct buf *out, char *code, struct err *err)
{
	enum rc rc = apply(d, out, err);

	*code = d->next.code;
	d->events++;
	d->shown_us = d->next.us;
	if (d->shown_us > d->total_us)
		d->total_us = d->shown_us;
	pace_reach(&d->pace, d->next.us);
	/* A step shows something. */
	if (d->steps > 0 && (*code == 'o' || *code == 'r' || *code == 'm'))
		d->steps--;
	unload(d);
	return rc;
}

void
deck_end(struct deck *d)
{
	if (d->live)
		pace_jump(&d->pace, clock_mono_us(), d->total_us);
	d->live = false;
	if (d->seeking)
		arrive(d);
	d->steps = 0;
}
