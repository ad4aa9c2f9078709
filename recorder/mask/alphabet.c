/* Alphabets of tokens; see alphabet.h.  Which token has which is said in token_rows.c. */
#include "recorder/mask/alphabet.h"

#include <string.h>

enum { UPPER = 1, LOWER = 2, DIGIT = 4, HEX = 8, ALNUM = UPPER | LOWER | DIGIT };

struct letters {
	unsigned sets;
	const char *more;
	bool dots, encoded;
};

static const struct letters all[ALPHABETS] = {
	[AB_ALPHA] = { UPPER | LOWER, "", false, false },
	[AB_ALNUM] = { ALNUM, "", false, false },
	[AB_UPPER] = { UPPER | DIGIT, "", false, false },
	[AB_LOWER] = { LOWER | DIGIT, "", false, false },
	[AB_BASE32] = { UPPER, "234567", false, false },
	[AB_HEX] = { HEX, "", false, false },
	[AB_HEXDASH] = { HEX, "-", false, false },
	[AB_WORD] = { ALNUM, "_", false, false },
	[AB_DASHED] = { ALNUM, "_-", false, false },
	[AB_DOTTED] = { ALNUM, "_-", true, false },
	[AB_BASE64] = { ALNUM, "+/=", false, true },
	[AB_SECRET] = { ALNUM, "+/", false, true },
	[AB_ANY64] = { ALNUM, "+/=_-", false, false },
	[AB_URL] = { ALNUM, "-_~+/=", true, true },
	[AB_PATH] = { ALNUM, "_-/", false, false },
	[AB_COLON] = { ALNUM, "+/=_-:", false, false },
	[AB_CRYPT] = { ALNUM, "./$=", false, false },
	[AB_ARGON] = { ALNUM, "./$=+,-", false, false },
};

static unsigned
sets_of(int c)
{
	if (c >= '0' && c <= '9')
		return DIGIT | HEX;
	if (c >= 'A' && c <= 'Z')
		return c <= 'F' ? UPPER | HEX : UPPER;
	if (c >= 'a' && c <= 'z')
		return c <= 'f' ? LOWER | HEX : LOWER;
	return 0;
}

bool
alphabet_in(enum alphabet a, int c)
{
	return c > 0 && ((all[a].sets & sets_of(c)) || strchr(all[a].more, c) != NULL);
}

static int
nibble(int c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* "%2F", "%252F", "%25252F": as alphabet_step(). */
static int
encoded_step(enum alphabet a, const struct mask_view *v, size_t i, int *ch)
{
	for (size_t n = 1; n <= 5; n += 2) {
		int high = view_at(v, i + n), low = view_at(v, i + n + 1);

		if (high == VIEW_MORE || (nibble(high) >= 0 && low == VIEW_MORE))
			return -1;
		if (nibble(high) < 0 || nibble(low) < 0)
			return 0;
		*ch = nibble(high) << 4 | nibble(low);
		if (*ch != '%')
			return alphabet_in(a, *ch) ? (int)n + 2 : 0;
	}
	return 0;
}

int
alphabet_step(enum alphabet a, const struct mask_view *v, size_t i, int *ch)
{
	int c = view_at(v, i), next;

	if (ch == NULL)
		ch = &next;
	*ch = c;
	if (c < 0)
		return c == VIEW_MORE ? -1 : 0;
	if (alphabet_in(a, c))
		return 1;
	if (c == '.' && all[a].dots) {
		next = view_at(v, i + 1);
		return next == VIEW_MORE ? -1 : alphabet_in(a, next);
	}
	return c == '%' && all[a].encoded ? encoded_step(a, v, i, ch) : 0;
}

/* Do these bytes, the last at p[at - 1], end in a character that is written as hex
 * digits? */
static bool
ends_encoded(const uint8_t *p, size_t at)
{
	if (at < 3 || nibble(p[at - 1]) < 0 || nibble(p[at - 2]) < 0)
		return false;
	if (p[at - 3] == '%')
		return true;
	if (at >= 4 && p[at - 4] == '\\' && (p[at - 3] | 0x20) == 'x')
		return true;
	return at >= 5 && memcmp(p + at - 5, "%25", 3) == 0;
}

static bool
ends_colour(const uint8_t *p, size_t at)
{
	size_t i = at - 1;

	if (p[i] != 'm')
		return false;
	while (i > 0 && at - i < 24 && (sets_of(p[i - 1]) & DIGIT || p[i - 1] == ';'))
		i--;
	return i > 0 && p[i - 1] == '[';
}

bool
alphabet_begins(const struct mask_view *v, size_t at)
{
	return at == 0 || !view_word(v->p[at - 1]) || ends_encoded(v->p, at) ||
	       ends_colour(v->p, at);
}

/* o->phase: the alphabet; o->count: what is left of the sure bytes. */
static enum mask_says
run_on(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	size_t left = v->len - from, sure = o->count < left ? o->count : left;
	int n = 0;

	o->count -= (uint32_t)sure;
	*to = from + sure;
	while (o->count == 0 && (n = alphabet_step(o->phase, v, *to, NULL)) > 0)
		*to += (size_t)n;
	return v->end || (o->count == 0 && n == 0) ? MASK_YES : MASK_MORE;
}

struct mask_open
alphabet_open(enum alphabet a, size_t sure)
{
	return (struct mask_open){
		.run = run_on, .phase = (uint8_t)a, .count = (uint32_t)sure
	};
}

enum mask_says
alphabet_text(const struct mask_view *v, size_t i, const char *text)
{
	for (size_t k = 0; text[k] != '\0'; k++) {
		int c = view_at(v, i + k), want = text[k];

		if (c == VIEW_MORE)
			return MASK_MORE;
		c = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
		want = want >= 'A' && want <= 'Z' ? want | 0x20 : want;
		if (c != want)
			return MASK_NO;
	}
	return MASK_YES;
}
