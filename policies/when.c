/* When a rule holds; see when.h. */
#include "policies/when.h"

#include <stdlib.h>
#include <string.h>

#include "policies/arnpattern.h"
#include "policies/tzrule.h"
#include "policies/vocab.h"

#define DAY 86400
#define MINUTES (24 * 60)
#define ALL_DAYS 0x7Fu

/* Minutes of a day; over midnight where the end is not behind the start. */
struct span_of_day {
	unsigned from, to;
};

struct when {
	const struct zone *zone;
	unsigned days; /* bits from Monday on */
	size_t n;      /* 0: the whole day */
	struct span_of_day hours[WHEN_HOURS];
	uint64_t from, until; /* milliseconds; 0: not said */
};

static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun",
	NULL };

static bool
find_day(struct span s, unsigned *ret)
{
	for (unsigned i = 0; days[i] != NULL; i++)
		if (span_is(s, days[i])) {
			*ret = i;
			return true;
		}
	return false;
}

static enum rc
read_day(const struct yaml_node *n, void *arg, struct err *err)
{
	struct when *w = arg;
	struct span s = yaml_span(n);
	unsigned first, last;

	if (s.len != 3 && (s.len != 7 || s.p[3] != '-'))
		return yaml_expected(n, err, "a day, mon to sun, or two: mon-fri");
	if (!find_day(span_make(s.p, 3), &first) ||
	    !find_day(span_make(s.p + s.len - 3, 3), &last))
		return yaml_expected(n, err, "a day, mon to sun, or two: mon-fri");
	for (w->days |= 1u << last; first != last; first = (first + 1) % 7)
		w->days |= 1u << first;
	return RC_OK;
}

/* Two digits, up to most. */
static bool
two(struct cur *c, unsigned most, unsigned *ret)
{
	struct span s = cur_bytes(c, 2);

	if (s.len != 2 || s.p[0] < '0' || s.p[0] > '9' || s.p[1] < '0' || s.p[1] > '9')
		return false;
	*ret = (unsigned)((s.p[0] - '0') * 10 + s.p[1] - '0');
	return *ret <= most;
}

static bool
clock_time(struct cur *c, unsigned *ret)
{
	unsigned h, m;

	if (!two(c, 24, &h) || cur_u8(c) != ':' || !two(c, 59, &m))
		return false;
	*ret = h * 60 + m;
	return *ret <= MINUTES;
}

static enum rc
read_hours(const struct yaml_node *n, void *arg, struct err *err)
{
	struct when *w = arg;
	struct span_of_day s = { 0 };
	struct cur c;

	cur_init(&c, yaml_span(n));
	if (!clock_time(&c, &s.from) || cur_u8(&c) != '-' || !clock_time(&c, &s.to) ||
	    !cur_done(&c) || s.from == MINUTES)
		return yaml_expected(n, err, "hours such as 08:00-18:00");
	if (s.from == s.to)
		return yaml_expected(
		    n, err, "hours with an end (a whole day is 00:00-24:00)");
	if (w->n == WHEN_HOURS)
		return yaml_fail(n, err, "expected at most %d entries", WHEN_HOURS);
	w->hours[w->n++] = s;
	return RC_OK;
}

static bool
read_date(struct cur *c, int64_t *ret)
{
	static const unsigned lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	unsigned century, year, month, day, most;

	if (!two(c, 99, &century) || !two(c, 99, &year) || cur_u8(c) != '-' ||
	    !two(c, 12, &month) || cur_u8(c) != '-' || !two(c, 31, &day) ||
	    month == 0 || day == 0)
		return false;
	year += century * 100;
	most = lengths[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		most++;
	if (day > most || year < 1970)
		return false;
	*ret = tzrule_days(year, (int)month, (int)day) * DAY;
	return true;
}

/* Z, or what local time is ahead of UTC. */
static bool
read_offset(struct cur *c, int64_t *ret)
{
	uint8_t sign = cur_u8(c);
	unsigned h, m;

	*ret = 0;
	if (sign == 'Z')
		return true;
	if ((sign != '+' && sign != '-') || !two(c, 23, &h) || cur_u8(c) != ':' ||
	    !two(c, 59, &m))
		return false;
	*ret = (sign == '-' ? -1 : 1) * (int64_t)(h * 60 + m) * 60;
	return true;
}

static bool
read_time(struct cur *c, int64_t *ret)
{
	unsigned h, m, s = 0;
	int64_t offset;

	if (cur_u8(c) != 'T' || !two(c, 23, &h) || cur_u8(c) != ':' || !two(c, 59, &m))
		return false;
	if (c->left > 0 && *c->p == ':' && (cur_u8(c), !two(c, 59, &s)))
		return false;
	if (!read_offset(c, &offset))
		return false;
	*ret = (int64_t)h * 3600 + m * 60 + s - offset;
	return true;
}

enum rc
when_read_moment(const struct yaml_node *n, const struct zone *zone, bool *date,
    uint64_t *ret, struct err *err)
{
	int64_t day, time = 0;
	struct cur c;
	bool ok, alone;

	cur_init(&c, yaml_span(n));
	ok = read_date(&c, &day);
	alone = ok && c.left == 0 && date != NULL;
	if (ok && !alone)
		ok = read_time(&c, &time) && cur_done(&c);
	/* 0 stands for a moment that nobody said. */
	if (!ok || day + time <= 0 || (alone && zone_moment(zone, day) <= 0))
		return yaml_expected(n, err, "a moment such as 2026-12-20T08:00Z%s",
		    date != NULL ? ", or a date" : "");
	if (date != NULL)
		*date = alone;
	*ret = (uint64_t)(alone ? zone_moment(zone, day) : day + time) * 1000;
	return RC_OK;
}

/* The last moment of a day is the first of the next. */
static enum rc
read_until(const struct yaml_node *n, struct when *w, struct err *err)
{
	bool date = false;
	int64_t day;
	struct cur c;
	enum rc rc;

	if ((rc = when_read_moment(n, w->zone, &date, &w->until, err)) != RC_OK ||
	    !date)
		return rc;
	cur_init(&c, yaml_span(n));
	(void)read_date(&c, &day);
	w->until = (uint64_t)zone_moment(w->zone, day + DAY) * 1000;
	return RC_OK;
}

static enum rc
read_zone(
    const struct yaml_node *n, struct zones *zones, struct when *w, struct err *err)
{
	struct err why = { "" };
	const char *name;
	enum rc rc;

	if ((rc = yaml_line_text(n, 1, ZONE_NAME, &name, err)) != RC_OK)
		return rc;
	if ((rc = zones_get(zones, name, &w->zone, &why)) == RC_REFUSE)
		return yaml_expected(n, err,
		    "a time zone of this machine, such as Europe/Berlin (%s)",
		    why.text);
	return rc == RC_FAIL ? err_set(err, rc, "%s", why.text) : rc;
}

static enum rc
read(const struct yaml_node *n, struct zones *zones, struct when *w, struct err *err)
{
	static const struct vocab keys[] = {
		{ "days", VOCAB_MAY },
		{ "hours", VOCAB_MAY },
		{ "tz", VOCAB_MAY },
		{ "from", VOCAB_MAY },
		{ "until", VOCAB_MAY },
		{ "change_ticket", VOCAB_LATER },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 5, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "tz")) != NULL &&
	    (rc = read_zone(v, zones, w, err)) != RC_OK)
		return rc;
	v = yaml_find(n, "days");
	w->days = v == NULL ? ALL_DAYS : 0;
	if (v != NULL && (rc = vocab_each(v, read_day, w, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "hours")) != NULL &&
	    (rc = vocab_each(v, read_hours, w, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "from")) != NULL) {
		bool date;

		if ((rc = when_read_moment(v, w->zone, &date, &w->from, err)) != RC_OK)
			return rc;
	}
	if ((v = yaml_find(n, "until")) != NULL &&
	    (rc = read_until(v, w, err)) != RC_OK)
		return rc;
	if (w->from != 0 && w->until != 0 && w->until <= w->from)
		return yaml_expected(
		    yaml_find(n, "until"), err, "a moment behind that of `from`");
	return RC_OK;
}

enum rc
when_read(
    const struct yaml_node *n, struct zones *zones, struct when **ret, struct err *err)
{
	struct when *w = calloc(1, sizeof *w);
	enum rc rc;

	if (w == NULL)
		return err_memory(err);
	if ((rc = read(n, zones, w, err)) != RC_OK) {
		free(w);
		return rc;
	}
	*ret = w;
	return RC_OK;
}

void
when_free(struct when *w)
{
	free(w);
}

static bool
has_day(const struct when *w, unsigned day)
{
	return (w->days & 1u << day % 7) != 0;
}

/* minute: of the local day. */
static bool
in_hours(const struct when *w, unsigned day, unsigned minute)
{
	if (w->n == 0)
		return has_day(w, day);
	for (size_t i = 0; i < w->n; i++) {
		const struct span_of_day *s = &w->hours[i];

		if (s->from < s->to
			? has_day(w, day) && minute >= s->from && minute < s->to
			: (has_day(w, day) && minute >= s->from) ||
			      (has_day(w, day + 6) && minute < s->to))
			return true;
	}
	return false;
}

unsigned
when_fit(const struct when *w, uint64_t now)
{
	int64_t local, day;

	if (w == NULL)
		return FIT_BOTH;
	/* A clock behind the year 9999 is none. */
	if (now == 0 || now / 1000 > 253402300799)
		return FIT_MAYBE;
	if (now < w->from || (w->until != 0 && now >= w->until))
		return FIT_NO;
	local = (int64_t)(now / 1000);
	local += zone_offset(w->zone, local);
	/* Above zero, so that / and % round down; a multiple of a week. */
	local += 7 * (int64_t)DAY;
	day = local / DAY;
	/* 1970-01-01 was a Thursday. */
	return in_hours(w, (unsigned)((day + 3) % 7), (unsigned)(local % DAY / 60))
		   ? FIT_BOTH
		   : FIT_NO;
}

bool
when_possible(const struct when *w)
{
	const uint64_t minute = 60000, most = 8 * (uint64_t)DAY * 1000;

	if (w == NULL || w->until == 0 || w->until - w->from > most)
		return true;
	for (uint64_t t = w->from; t < w->until; t += minute - t % minute)
		if (when_fit(w, t) != FIT_NO)
			return true;
	return false;
}

bool
when_over(const struct when *w, uint64_t now)
{
	return w != NULL && w->until != 0 && now >= w->until;
}
