/* Timing of a replay; see pace.h.  No clock is read here. */
#include "replay/pace.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

void
pace_init(struct pace *p, double speed, uint64_t limit_us, uint64_t now_us)
{
	*p = (struct pace){ .speed = speed, .limit_us = limit_us };
	p->clock_us = (double)now_us;
}

uint64_t
pace_position(const struct pace *p, uint64_t now_us)
{
	double gone = ((double)now_us - p->clock_us) * p->speed;

	if (p->paused || gone <= 0)
		return p->at_us;
	/* A conversion that does not fit would be undefined. */
	return gone < 4e15 ? p->at_us + (uint64_t)gone : p->at_us + (uint64_t)4e15;
}

/* Where the watcher is when an event is due: a long silence is left early. */
static uint64_t
due_at(const struct pace *p, uint64_t us)
{
	uint64_t gap = us > p->last_us ? us - p->last_us : 0;

	return p->last_us + (gap < p->limit_us ? gap : p->limit_us);
}

/* The watcher's time then. */
static double
due_clock(const struct pace *p, uint64_t us)
{
	uint64_t at = due_at(p, us);

	return p->clock_us + (at > p->at_us ? (double)(at - p->at_us) / p->speed : 0);
}

uint64_t
pace_left(const struct pace *p, uint64_t now_us, uint64_t us)
{
	double left = due_clock(p, us) - (double)now_us;

	if (p->paused)
		return UINT64_MAX;
	if (left <= 0)
		return 0;
	/* At least one: what is due in half a microsecond is not due. */
	return left < 4e15 ? (uint64_t)left + 1 : (uint64_t)4e15;
}

void
pace_reach(struct pace *p, uint64_t us)
{
	if (!p->paused)
		p->clock_us = due_clock(p, us);
	if (us > p->last_us)
		p->last_us = us;
	p->at_us = p->last_us;
}

void
pace_jump(struct pace *p, uint64_t now_us, uint64_t us)
{
	p->clock_us = (double)now_us;
	p->at_us = p->last_us = us;
}

/* From now on, from here. */
static void
hold(struct pace *p, uint64_t now_us)
{
	p->at_us = pace_position(p, now_us);
	p->clock_us = (double)now_us;
}

void
pace_pause(struct pace *p, uint64_t now_us, bool paused)
{
	hold(p, now_us);
	p->paused = paused;
}

void
pace_set_speed(struct pace *p, uint64_t now_us, double speed)
{
	hold(p, now_us);
	p->speed = speed;
}

void
pace_set_limit(struct pace *p, uint64_t now_us, uint64_t limit_us)
{
	hold(p, now_us);
	p->limit_us = limit_us;
}

/* A plain decimal number: strtod alone would take "nan", "0x1p3" and spaces. */
static enum rc
number_parse(const char *what, const char *text, double least, double most, double *ret,
    struct err *err)
{
	size_t n = strlen(text);
	char *end;
	double v;

	if (n == 0 || n > 16 || strspn(text, "0123456789.") != n)
		return err_set(err, RC_REFUSE, "%s: not a number", what);
	v = strtod(text, &end);
	if (*end != '\0' || end == text)
		return err_set(err, RC_REFUSE, "%s: not a number", what);
	if (v < least || v > most)
		return err_set(
		    err, RC_REFUSE, "%s: must be %g to %g", what, least, most);
	*ret = v;
	return RC_OK;
}

enum rc
pace_parse_speed(const char *text, double *ret, struct err *err)
{
	return number_parse("speed", text, 0.01, 1000, ret, err);
}

enum rc
pace_parse_limit(const char *text, uint64_t *ret_us, struct err *err)
{
	double seconds;
	enum rc rc;

	if ((rc = number_parse("idle limit", text, 0, 86400, &seconds, err)) == RC_OK)
		*ret_us = (uint64_t)(seconds * 1e6 + 0.5);
	return rc;
}

/* Hours and minutes stand before colons; behind the first colon, nothing over 59. */
enum rc
pace_parse_time(const char *text, uint64_t *ret_us, struct err *err)
{
	double seconds = 0, part;
	unsigned parts = 0;
	const char *colon;

	for (; (colon = strchr(text, ':')) != NULL && parts < 2; text = colon + 1) {
		char whole[8];

		if (!span_copy(
			span_make(text, (size_t)(colon - text)), whole, sizeof whole) ||
		    strchr(whole, '.') != NULL ||
		    number_parse("time", whole, 0, parts++ == 0 ? 9999 : 59, &part,
			err) != RC_OK)
			return err_set(err, RC_REFUSE, "not a time");
		seconds = seconds * 60 + part * 60;
	}
	if (number_parse("time", text, 0, parts == 0 ? 4e7 : 59.999999, &part, err) !=
	    RC_OK)
		return err_set(err, RC_REFUSE, "not a time");
	*ret_us = (uint64_t)((seconds + part) * 1e6 + 0.5);
	return RC_OK;
}
