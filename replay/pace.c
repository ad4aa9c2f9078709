/* Timing of a replay; see pace.h.  No clock is read here. */
#include "replay/pace.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

void
pace_init(struct pace *p, double speed, uint64_t limit_us)
{
	p->speed = speed;
	p->limit_us = limit_us;
	p->last_us = 0;
	p->due_us = 0;
}

uint64_t
pace_due(struct pace *p, uint64_t us)
{
	uint64_t gap = us > p->last_us ? us - p->last_us : 0;

	if (gap > p->limit_us)
		gap = p->limit_us;
	p->last_us = us;
	p->due_us += (double)gap / p->speed;
	/* A conversion that does not fit would be undefined; a century is enough. */
	return p->due_us < 4e15 ? (uint64_t)p->due_us : (uint64_t)4e15;
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
