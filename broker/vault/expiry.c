/* Times as AWS writes them; see expiry.h. */
#include "broker/vault/expiry.h"

#include <string.h>
#include <time.h>

#define TEXT 40 /* more than the longest form */

static bool
digits(const char *s, size_t n, unsigned *ret)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	*ret = v;
	return true;
}

static bool
parse(const char *s, uint64_t *ret)
{
	unsigned y, mo, d, h, mi, sec;
	const char *rest;
	struct tm tm;

	if (strlen(s) < 20 || !digits(s, 4, &y) || s[4] != '-' ||
	    !digits(s + 5, 2, &mo) || s[7] != '-' || !digits(s + 8, 2, &d) ||
	    s[10] != 'T' || !digits(s + 11, 2, &h) || s[13] != ':' ||
	    !digits(s + 14, 2, &mi) || s[16] != ':' || !digits(s + 17, 2, &sec))
		return false;
	rest = s + 19;
	if (*rest == '.') {
		size_t n = strspn(rest + 1, "0123456789");

		rest += 1 + n;
		if (n == 0 || n > 9)
			return false;
	}
	if (strcmp(rest, "Z") != 0 || y < 1970 || mo < 1 || mo > 12 || d < 1 ||
	    d > 31 || h > 23 || mi > 59 || sec > 60)
		return false;
	tm = (struct tm){ .tm_year = (int)y - 1900,
		.tm_mon = (int)mo - 1,
		.tm_mday = (int)d,
		.tm_hour = (int)h,
		.tm_min = (int)mi,
		.tm_sec = (int)sec };
	*ret = (uint64_t)timegm(&tm) * 1000;
	return true;
}

bool
expiry_parse(struct span text, uint64_t *ret)
{
	char s[TEXT];

	return span_copy(text, s, sizeof s) && parse(s, ret);
}
