/* What belongs to people: numbers of cards, of the US social security, of bank accounts
 * (policy pii), and addresses of mail (policy email).  Numbers have to pass the check that
 * was made for them, since all kinds of numbers stand in what programs print. */
#include "recorder/mask/mask_parts.h"

#include <string.h>

#include "recorder/mask/charclass.h"

#define CARD_LEAST 13
#define CARD_MOST 19
#define GROUP_LEAST 3 /* digits of a card between blanks */
#define IBAN_MOST 34
#define LOCAL_MOST 64	/* RFC 5321 section 4.5.3.1 */
#define DOMAIN_MOST 253 /* RFC 1035 section 2.3.4, without the root */
#define ARRAY_BACK 256

static bool
digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
alpha(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A number within a longer word, a version, a UUID is none.  A dot or a dash that ends a
 * sentence touches nothing. */
static bool
touched_before(const struct mask_view *v, size_t at)
{
	int c = at > 0 ? v->p[at - 1] : ' ';

	return view_word(c) || c == '.' || c == '-';
}

/* YES: it is free there. */
static enum mask_says
free_behind(const struct mask_view *v, size_t i)
{
	int c = view_at(v, i);

	if (c == '.' || c == '-')
		c = view_at(v, i + 1);
	if (c == VIEW_MORE)
		return MASK_MORE;
	return view_word(c) ? MASK_NO : MASK_YES;
}

/* Who gave the card, by its first digits, and how many it has. */
static const struct {
	unsigned from, to, digits;
	uint32_t lengths;
} issuers[] = {
	{ 4, 4, 1, 1u << 13 | 1u << 16 | 1u << 19 },
	{ 51, 55, 2, 1u << 16 },
	{ 2221, 2720, 4, 1u << 16 },
	{ 34, 34, 2, 1u << 15 },
	{ 37, 37, 2, 1u << 15 },
	{ 6011, 6011, 4, 1u << 16 | 1u << 17 | 1u << 18 | 1u << 19 },
	{ 65, 65, 2, 1u << 16 | 1u << 17 | 1u << 18 | 1u << 19 },
};

struct digits {
	uint8_t at[CARD_MOST];
	size_t n;
};

static unsigned
first(const struct digits *d, unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum = 10 * sum + d->at[i];
	return sum;
}

/* The lengths that cards with these first digits, so far, can have. */
static uint32_t
lengths(const struct digits *d)
{
	uint32_t all = 0;

	for (size_t i = 0; i < sizeof issuers / sizeof issuers[0]; i++) {
		unsigned n = issuers[i].digits, from = issuers[i].from,
			 to = issuers[i].to;

		for (; n > d->n; n--) {
			from /= 10;
			to /= 10;
		}
		if (first(d, n) >= from && first(d, n) <= to)
			all |= issuers[i].lengths;
	}
	return all;
}

/* ISO/IEC 7812-1 annex B. */
static bool
luhn(const struct digits *d)
{
	unsigned sum = 0;

	for (size_t i = 0; i < d->n; i++) {
		unsigned x = d->at[d->n - 1 - i];

		if (i % 2 == 1)
			x = x < 5 ? 2 * x : 2 * x - 9;
		sum += x;
	}
	return sum % 10 == 0;
}

/* A group of digits ends at i: is it a card by now? */
static enum mask_says
card_ends(const struct mask_view *v, size_t i, const struct digits *d)
{
	if (d->n < CARD_LEAST || !(lengths(d) >> d->n & 1) || !luhn(d))
		return MASK_NO;
	return free_behind(v, i);
}

static enum mask_says
card_at(const struct mask_view *v, size_t at, size_t *to)
{
	struct digits d = { .n = 0 };
	size_t group = 0;

	for (size_t i = at;; i++) {
		int c = view_at(v, i);
		enum mask_says says;

		if (c == VIEW_MORE)
			return MASK_MORE;
		if (digit(c)) {
			if (d.n == CARD_MOST)
				return MASK_NO;
			d.at[d.n++] = (uint8_t)(c - '0');
			group++;
			if (lengths(&d) == 0)
				return MASK_NO;
			continue;
		}
		*to = i;
		if ((says = card_ends(v, i, &d)) != MASK_NO)
			return says;
		if ((c != ' ' && c != '-') || group < GROUP_LEAST || d.n == CARD_MOST)
			return MASK_NO;
		if (view_at(v, i + 1) == VIEW_MORE)
			return MASK_MORE;
		if (!digit(view_at(v, i + 1)))
			return MASK_NO;
		group = 0;
	}
}

/* ddd-dd-dddd, of which no part is zero and the first is one that was given out. */
static enum mask_says
ssn_at(const struct mask_view *v, size_t at, size_t *to)
{
	static const char form[] = "ddd-dd-dddd";
	char text[sizeof form] = "";

	for (size_t i = 0; form[i] != '\0'; i++) {
		int c = view_at(v, at + i);

		if (c == VIEW_MORE)
			return MASK_MORE;
		if (form[i] == 'd' ? !digit(c) : c != form[i])
			return MASK_NO;
		text[i] = (char)c;
	}
	if (text[0] == '9' || memcmp(text, "000", 3) == 0 ||
	    memcmp(text, "666", 3) == 0 || memcmp(text + 4, "00", 2) == 0 ||
	    memcmp(text + 7, "0000", 4) == 0)
		return MASK_NO;
	*to = at + sizeof form - 1;
	return free_behind(v, *to);
}

/* ISO 13616: how long account numbers of a country are. */
static const struct {
	char country[3];
	uint8_t len;
} ibans[] = {
	{ "AD", 24 },
	{ "AE", 23 },
	{ "AL", 28 },
	{ "AT", 20 },
	{ "AZ", 28 },
	{ "BA", 20 },
	{ "BE", 16 },
	{ "BG", 22 },
	{ "BH", 22 },
	{ "BI", 27 },
	{ "BR", 29 },
	{ "BY", 28 },
	{ "CH", 21 },
	{ "CR", 22 },
	{ "CY", 28 },
	{ "CZ", 24 },
	{ "DE", 22 },
	{ "DJ", 27 },
	{ "DK", 18 },
	{ "DO", 28 },
	{ "EE", 20 },
	{ "EG", 29 },
	{ "ES", 24 },
	{ "FI", 18 },
	{ "FK", 18 },
	{ "FO", 18 },
	{ "FR", 27 },
	{ "GB", 22 },
	{ "GE", 22 },
	{ "GI", 23 },
	{ "GL", 18 },
	{ "GR", 27 },
	{ "GT", 28 },
	{ "HR", 21 },
	{ "HU", 28 },
	{ "IE", 22 },
	{ "IL", 23 },
	{ "IQ", 23 },
	{ "IS", 26 },
	{ "IT", 27 },
	{ "JO", 30 },
	{ "KW", 30 },
	{ "KZ", 20 },
	{ "LB", 28 },
	{ "LC", 32 },
	{ "LI", 21 },
	{ "LT", 20 },
	{ "LU", 20 },
	{ "LV", 21 },
	{ "LY", 25 },
	{ "MC", 27 },
	{ "MD", 24 },
	{ "ME", 22 },
	{ "MK", 19 },
	{ "MN", 20 },
	{ "MR", 27 },
	{ "MT", 31 },
	{ "MU", 30 },
	{ "NI", 28 },
	{ "NL", 18 },
	{ "NO", 15 },
	{ "OM", 23 },
	{ "PK", 24 },
	{ "PL", 28 },
	{ "PS", 29 },
	{ "PT", 25 },
	{ "QA", 29 },
	{ "RO", 24 },
	{ "RS", 22 },
	{ "RU", 33 },
	{ "SA", 24 },
	{ "SC", 31 },
	{ "SD", 18 },
	{ "SE", 24 },
	{ "SI", 19 },
	{ "SK", 24 },
	{ "SM", 27 },
	{ "SO", 23 },
	{ "ST", 25 },
	{ "SV", 28 },
	{ "TL", 23 },
	{ "TN", 24 },
	{ "TR", 26 },
	{ "UA", 29 },
	{ "VA", 22 },
	{ "VG", 24 },
	{ "XK", 20 },
	{ "YE", 30 },
};

static size_t
iban_length(const char *text)
{
	for (size_t i = 0; i < sizeof ibans / sizeof ibans[0]; i++)
		if (memcmp(text, ibans[i].country, 2) == 0)
			return ibans[i].len;
	return 0;
}

/* ISO 7064, MOD 97-10, over the text with its first four characters behind the rest. */
static bool
mod97(const char *text, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[(i + 4) % len];

		if (digit(c))
			sum = (10 * sum + (unsigned)(c - '0')) % 97;
		else
			sum = (100 * sum + (unsigned)(c - 'A') + 10) % 97;
	}
	return sum == 1;
}

static bool
iban_letter(size_t i, int c)
{
	bool upper = c >= 'A' && c <= 'Z';

	if (i < 2)
		return upper;
	return digit(c) || (upper && i >= 4);
}

/* Blanks stand behind each fourth character. */
static enum mask_says
iban_at(const struct mask_view *v, size_t at, size_t *to)
{
	char text[IBAN_MOST] = "";
	size_t n = 0, len = IBAN_MOST;

	for (size_t i = at; n < len; i++) {
		int c = view_at(v, i);

		if (c == VIEW_MORE)
			return MASK_MORE;
		if (c == ' ' && n > 0 && n % 4 == 0 && v->p[i - 1] != ' ')
			continue;
		if (!iban_letter(n, c))
			return MASK_NO;
		text[n++] = (char)c;
		if (n == 2 && (len = iban_length(text)) == 0)
			return MASK_NO;
		*to = i + 1;
	}
	return mod97(text, len) ? free_behind(v, *to) : MASK_NO;
}

/* What stands behind a name and an at sign, too: units of systemd, pictures for screens of
 * two resolutions. */
static bool
no_domain(const struct mask_view *v, size_t from, size_t to)
{
	static const char *const ends[] = { "service", "socket", "target", "mount",
		"timer", "slice", "scope", "device", "swap", "path", "automount", "png",
		"jpg", "jpeg", "gif", "svg", "webp", "css", "js" };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (strlen(ends[i]) == to - from &&
		    memcmp(v->p + from, ends[i], to - from) == 0)
			return true;
	return false;
}

/* A name with a dot in it, that ends in letters; [from, *to). */
static enum mask_says
domain_at(const struct mask_view *v, size_t from, size_t *to)
{
	size_t i = from, last = from, end;
	int c;

	while ((c = view_at(v, i)) >= 0 && i - from <= DOMAIN_MOST &&
	       (alpha(c) || digit(c) || c == '-' || c == '.'))
		i++;
	if (i - from > DOMAIN_MOST)
		return MASK_NO;
	if (c == VIEW_MORE)
		return MASK_MORE;
	for (end = i; end > from && (v->p[end - 1] == '.' || v->p[end - 1] == '-');)
		end--;
	for (size_t k = from; k < end; k++) {
		if (v->p[k] != '.')
			continue;
		if (k == last)
			return MASK_NO;
		last = k + 1;
	}
	for (size_t k = last; k < end; k++)
		if (!alpha(v->p[k]))
			return MASK_NO;
	if (last == from || end < last + 2 || c == '@' || c == '_' ||
	    v->p[from] == '-' || no_domain(v, last, end))
		return MASK_NO;
	*to = end;
	return MASK_YES;
}

static bool
local(int c)
{
	return alpha(c) || digit(c) || (c > 0 && strchr("._%+-", c) != NULL);
}

/* at: where a run of local()'s characters begins.  *from: where the address does. */
static enum mask_says
email_at(const struct mask_view *v, size_t at, size_t *from, size_t *to)
{
	size_t i = at;
	int c;

	while (
	    i - at <= LOCAL_MOST && local(view_at(v, i)) && !view_word(view_at(v, i)))
		i++;
	*from = i;
	while (i - *from <= LOCAL_MOST && local(view_at(v, i)))
		i++;
	if (i - *from > LOCAL_MOST || *from - at > LOCAL_MOST)
		return MASK_NO;
	c = view_at(v, i);
	if (c == VIEW_MORE)
		return MASK_MORE;
	if (c != '@' || i == *from || v->p[i - 1] == '.')
		return MASK_NO;
	return domain_at(v, i + 1, to);
}

/* Does a bare value of JSON stand here: behind a name in quotes, or in a list of numbers? */
static bool
bare(const struct mask_view *v, size_t at)
{
	size_t i = at, least = at > ARRAY_BACK ? at - ARRAY_BACK : 0;

	while (i > least && (v->p[i - 1] == ' ' || v->p[i - 1] == '\n'))
		i--;
	if (i > least + 1 && v->p[i - 1] == ':')
		return v->p[i - 2] == '"';
	if (i > least && v->p[i - 1] != ',' && v->p[i - 1] != '[')
		return false;
	while (i > least && (digit(v->p[i - 1]) || v->p[i - 1] == ' ' ||
				v->p[i - 1] == '\n' || v->p[i - 1] == ','))
		i--;
	return i > least && v->p[i - 1] == '[';
}

static enum mask_says
verify_number(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	static const struct {
		const char *rule;
		enum mask_says (*at)(const struct mask_view *v, size_t at, size_t *to);
	} kinds[] = { { "card", card_at }, { "ssn", ssn_at } };

	(void)arg;
	(void)c;
	if (touched_before(v, at))
		return MASK_NO;
	ret->hold = ret->from = at;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		enum mask_says says = kinds[i].at(v, at, &ret->to);

		if (says == MASK_NO)
			continue;
		ret->rule = kinds[i].rule;
		ret->quote = says == MASK_YES && bare(v, at);
		return says;
	}
	return MASK_NO;
}

static enum mask_says
verify_iban(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	(void)arg;
	(void)c;
	if (touched_before(v, at))
		return MASK_NO;
	ret->hold = ret->from = at;
	ret->rule = "iban";
	return iban_at(v, at, &ret->to);
}

static enum mask_says
verify_email(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	enum mask_says says = email_at(v, at, &ret->from, &ret->to);

	(void)arg;
	(void)c;
	ret->hold = ret->from;
	ret->rule = "email";
	return says;
}

void
person_build(struct mask_build *b)
{
	uint32_t digits[8] = { 0 }, words[8] = { 0 }, locals[8] = { 0 };

	for (unsigned c = 1; c < 128; c++) {
		if (digit((int)c))
			charclass_add(digits, c, c);
		if (view_word((int)c))
			charclass_add(words, c, c);
		if (local((int)c))
			charclass_add(locals, c, c);
	}
	if (mask_build_on(b, MASK_PII, NULL)) {
		mask_build_run(b, digits, NULL, verify_number, NULL);
		mask_build_run(b, words, NULL, verify_iban, NULL);
	}
	if (mask_build_on(b, MASK_EMAIL, NULL))
		mask_build_run(b, locals, NULL, verify_email, NULL);
}
