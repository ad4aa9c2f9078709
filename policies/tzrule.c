/* POSIX's rules of time zones; see tzrule.h.  RFC 8536 section 3.3.1 widens the hours. */
#include "policies/tzrule.h"

#include <stddef.h>

#define HOUR 3600
#define DAY 86400

/* A cursor over text that ends in a NUL of its own making: peek gives 0 at the end. */
static char
peek(const struct cur *c)
{
	return c->left == 0 ? '\0' : (char)*c->p;
}

static bool
take(struct cur *c, char want)
{
	if (peek(c) != want)
		return false;
	cur_u8(c);
	return true;
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A number of at most three digits. */
static bool
number(struct cur *c, int least, int most, int *ret)
{
	int v = 0, n = 0;

	for (; digit(peek(c)) && n < 3; n++)
		v = v * 10 + (cur_u8(c) - '0');
	if (n == 0 || v < least || v > most)
		return false;
	*ret = v;
	return true;
}

/* At least three letters, or more freely in angles. */
static bool
skip_name(struct cur *c)
{
	bool quoted = take(c, '<');
	size_t n = 0;

	for (; letter(peek(c)) ||
	       (quoted && (digit(peek(c)) || peek(c) == '+' || peek(c) == '-'));
	     n++)
		cur_u8(c);
	return n >= 3 && n <= 16 && (!quoted || take(c, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool
read_time(struct cur *c, int hours, int32_t *ret)
{
	int sign = 1, h = 0, m = 0, s = 0;

	if (take(c, '-'))
		sign = -1;
	else
		(void)take(c, '+');
	if (!number(c, 0, hours, &h))
		return false;
	if (take(c, ':')) {
		if (!number(c, 0, 59, &m))
			return false;
		if (take(c, ':') && !number(c, 0, 59, &s))
			return false;
	}
	*ret = sign * (h * HOUR + m * 60 + s);
	return true;
}

static bool
read_day(struct cur *c, struct tzrule_day *d)
{
	d->time = 2 * HOUR;
	if (take(c, 'J')) {
		d->kind = TZRULE_JULIAN;
		if (!number(c, 1, 365, &d->day))
			return false;
	} else if (take(c, 'M')) {
		d->kind = TZRULE_WEEKDAY;
		if (!number(c, 1, 12, &d->month) || !take(c, '.') ||
		    !number(c, 1, 5, &d->week) || !take(c, '.') ||
		    !number(c, 0, 6, &d->day))
			return false;
	} else {
		d->kind = TZRULE_ORDINAL;
		if (!number(c, 0, 365, &d->day))
			return false;
	}
	return !take(c, '/') || read_time(c, 167, &d->time);
}

bool
tzrule_read(struct span text, struct tzrule *ret)
{
	struct tzrule r = { 0 };
	struct cur c;

	cur_init(&c, text);
	/* POSIX counts from local time to UTC. */
	if (!skip_name(&c) || !read_time(&c, 24, &r.standard))
		return false;
	r.standard = -r.standard;
	if (c.left > 0) {
		r.has_summer = true;
		r.summer = r.standard + HOUR;
		if (!skip_name(&c))
			return false;
		if (peek(&c) != ',') {
			if (!read_time(&c, 24, &r.summer))
				return false;
			r.summer = -r.summer;
		}
		if (!take(&c, ',') || !read_day(&c, &r.begins) || !take(&c, ',') ||
		    !read_day(&c, &r.ends))
			return false;
	}
	if (!cur_done(&c))
		return false;
	*ret = r;
	return true;
}

/* Counting from March puts the leap day last, so that months before it need no case. */
int64_t
tzrule_days(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	/* year 1 of our era and later */
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 -
	       719468;
}

static bool
leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Local seconds since 1970 of that day and time. */
static int64_t
local_of(const struct tzrule_day *d, int64_t year)
{
	int64_t day = tzrule_days(year, 1, 1), next, weekday;

	switch (d->kind) {
	case TZRULE_JULIAN:
		day += d->day - 1 + (leap(year) && d->day > 59);
		break;
	case TZRULE_ORDINAL:
		day += d->day;
		break;
	case TZRULE_WEEKDAY:
		day = tzrule_days(year, d->month, 1);
		next = d->month == 12 ? tzrule_days(year + 1, 1, 1)
				      : tzrule_days(year, d->month + 1, 1);
		/* 1970-01-01 was a Thursday; day stays positive from year 1 on after
		 * a whole number of weeks is added. */
		weekday = (day + 4 + 7 * 200000) % 7;
		day += (d->day - weekday + 7) % 7 + (d->week - 1) * 7;
		if (day >= next)
			day -= 7;
		break;
	}
	return day * DAY + d->time;
}

static int64_t
year_of(int64_t utc)
{
	int64_t days = utc / DAY - (utc % DAY < 0);
	int64_t year = 1970 + days * 400 / 146097;

	while (tzrule_days(year, 1, 1) > days)
		year--;
	while (tzrule_days(year + 1, 1, 1) <= days)
		year++;
	return year;
}

/* The last change up to now decides; that of the neighbouring years too, since a rule's
 * time may lie days away from its day. */
int32_t
tzrule_offset(const struct tzrule *r, int64_t utc)
{
	int64_t last = INT64_MIN, year;
	int32_t offset = r->standard;

	if (!r->has_summer || utc < -62135596800 + 2 * 366 * DAY || utc > 253402300799)
		return r->standard;
	year = year_of(utc);
	for (int64_t y = year - 1; y <= year + 1; y++) {
		int64_t ends = local_of(&r->ends, y) - r->summer;
		int64_t begins = local_of(&r->begins, y) - r->standard;

		if (ends <= utc && ends > last) {
			last = ends;
			offset = r->standard;
		}
		/* At the same moment, as in a summer that never ends, it goes on. */
		if (begins <= utc && begins >= last) {
			last = begins;
			offset = r->summer;
		}
	}
	return offset;
}
