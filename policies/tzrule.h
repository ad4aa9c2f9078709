/* The rule that ends a time zone file, in the form of POSIX's TZ:
 * CET-1CEST,M3.5.0,M10.5.0/3 */
#ifndef POLICIES_TZRULE_H
#define POLICIES_TZRULE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* A day of each year and a time of it. */
struct tzrule_day {
	enum tzrule_kind {
		TZRULE_JULIAN,	/* 1 to 365; February 29 never counts */
		TZRULE_ORDINAL, /* 0 to 365 */
		TZRULE_WEEKDAY, /* of a week (5: the last) of a month */
	} kind;
	int day, week, month;
	int32_t time; /* seconds of local time, from -167 to 167 hours */
};

struct tzrule {
	int32_t standard; /* seconds to add to UTC */
	bool has_summer;
	int32_t summer;
	struct tzrule_day begins, ends;
};

/* False when it is none. */
bool tzrule_read(struct span text, struct tzrule *ret);
/* Seconds to add to UTC at that moment (since 1970, years 1 to 9999; outside of them
 * standard time). */
int32_t tzrule_offset(const struct tzrule *r, int64_t utc);

/* Days since 1970 of a day of the Gregorian calendar; month and day from 1. */
int64_t tzrule_days(int64_t year, int month, int day);

#endif
