/* See rows.h. */
#include "tests/mask/rows.h"

#define TEXTS 8
#define LONGEST 16384

static char *
next_text(void)
{
	static char texts[TEXTS][LONGEST];
	static unsigned turn;

	return texts[turn++ % TEXTS];
}

void
rows_one(void (*family)(struct mask_build *b), const char *in, const char *out)
{
	char *got = naive_family(family, NULL, in);

	assert_string_equal(got, out == NULL ? in : out);
	free(got);
}

void
rows_check(void (*family)(struct mask_build *b), const struct mask_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rows_one(family, rows[i].in, rows[i].out);
}

static size_t
members(const char *class_, char *ret)
{
	size_t n = 0;

	for (const char *p = class_; *p != '\0'; p++) {
		char last = p[1] == '-' && p[2] != '\0' ? p[2] : *p;

		for (char c = *p; c <= last; c++)
			ret[n++] = c;
		p += last != *p ? 2 : 0;
	}
	return n;
}

const char *
rows_random(const char *class_, size_t n, unsigned seed)
{
	char all[128], *text = next_text();
	size_t many = members(class_, all);
	uint32_t x = 2463534242u + seed * 7919u;

	assert_true(n < LONGEST);
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		text[i] = all[x % many];
	}
	if (n > 4) {
		text[1] = all[0];
		text[n / 2] = all[many / 2];
		text[n - 2] = all[many - 1];
	}
	text[n] = '\0';
	return text;
}

const char *
rows_text(const char *fmt, ...)
{
	char *text = next_text();
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, LONGEST, fmt, ap);
	va_end(ap);
	assert_in_range(n, 0, LONGEST - 1);
	return text;
}
