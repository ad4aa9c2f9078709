/* Times that people type; see moment.h. */
#include "replay/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "replay/pace.h"

#define SECOND 1000000u

/* ".5" as microseconds; nothing is 0. */
static bool
fraction(const char **s, uint64_t *ret)
{
	uint64_t unit = SECOND;
	const char *from;

	*ret = 0;
	if (**s != '.')
		return true;
	for (from = ++*s; **s >= '0' && **s <= '9' && *s - from < 9; ++*s) {
		unit /= 10;
		*ret += unit * (uint64_t)(**s - '0');
	}
	return *s > from;
}

/* "Z" or "+02:00", as seconds east. */
static bool
parse_zone(const char *s, int *ret)
{
	int h, m, used = 0;

	*ret = 0;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return true;
	if ((s[0] != '+' && s[0] != '-') || strlen(s) != 6 ||
	    sscanf(s + 1, "%2d:%2d%n", &h, &m, &used) != 2 || used != 5 || h > 23 ||
	    m > 59)
		return false;
	*ret = (h * 60 + m) * 60 * (s[0] == '-' ? -1 : 1);
	return true;
}

static bool
parse_wall(const char *s, struct moment *ret)
{
	struct tm tm = { 0 }, check;
	int used = 0, zone;
	uint64_t us;
	time_t t;
	char mark;

	if (sscanf(s, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
		&tm.tm_mday, &mark, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 7 ||
	    used != 19 || strchr("Tt ", mark) == NULL)
		return false;
	s += used;
	if (!fraction(&s, &us) || !parse_zone(s, &zone))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	check = tm;
	/* A day that there is not, timegm moves elsewhere. */
	t = timegm(&check);
	if (check.tm_mday != tm.tm_mday || check.tm_mon != tm.tm_mon ||
	    check.tm_hour != tm.tm_hour || check.tm_min != tm.tm_min ||
	    check.tm_sec != tm.tm_sec || t - zone < 0)
		return false;
	ret->from = MOMENT_WALL;
	ret->us = (uint64_t)(t - zone) * SECOND + us;
	return true;
}

enum rc
moment_parse(const char *text, struct moment *ret, struct err *err)
{
	struct moment m = { .from = text[0] == '-' ? MOMENT_END : MOMENT_START };

	if (pace_parse_time(text + (m.from == MOMENT_END), &m.us, NULL) != RC_OK &&
	    !parse_wall(text, &m)) {
		return err_set(err, RC_REFUSE,
		    "a time is SECONDS, MM:SS, H:MM:SS, each perhaps with - in front, "
		    "or YYYY-MM-DDTHH:MM:SSZ");
	}
	*ret = m;
	return RC_OK;
}

enum rc
moment_us(const struct moment *m, uint64_t start_ms, uint64_t end_us, uint64_t *ret,
    struct err *err)
{
	uint64_t start = start_ms * 1000;

	if (m->from == MOMENT_WALL && start_ms == 0)
		return err_set(
		    err, RC_FAIL, "the recording does not say at what time it began");
	if (m->from == MOMENT_START)
		*ret = m->us;
	else if (m->from == MOMENT_END)
		*ret = m->us < end_us ? end_us - m->us : 0;
	else
		*ret = m->us > start ? m->us - start : 0;
	return RC_OK;
}
