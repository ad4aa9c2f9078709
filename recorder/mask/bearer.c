/* Credentials behind "Bearer" and "Basic" (RFC 6750, RFC 7617).  Both words are English:
 * outside a header, what follows has to look like no word. */
#include "recorder/mask/alphabet.h"
#include "recorder/mask/token_parts.h"

struct scheme {
	const char *literal;
	enum alphabet alphabet;
	size_t literal_len, min;
	bool basic;
	const char *rule;
};

static const struct scheme schemes[] = {
	{ "bearer", AB_URL, 6, 16, false, "bearer-token" },
	{ "basic", AB_BASE64, 5, 8, true, "basic-auth" },
};
#define N_SCHEMES (sizeof schemes / sizeof schemes[0])

/* No word is so long. */
#define NO_WORD 64

struct look {
	size_t n, digits, upper, lower;
	/* What it is when decoded: a name, a colon, a password. */
	uint32_t bits;
	unsigned n_bits;
	bool colon, binary;
};

static uint32_t
sextet(int c)
{
	return (uint32_t)(c >= 'A' && c <= 'Z'	 ? c - 'A'
			  : c >= 'a' && c <= 'z' ? c - 'a' + 26
			  : c >= '0' && c <= '9' ? c - '0' + 52
			  : c == '+'		 ? 62
						 : 63);
}

static void
look_at(struct look *l, int c)
{
	uint32_t byte;

	l->n++;
	l->digits += c >= '0' && c <= '9';
	l->upper += c >= 'A' && c <= 'Z';
	l->lower += c >= 'a' && c <= 'z';
	if (c == '=')
		return;
	l->bits = l->bits << 6 | sextet(c);
	l->n_bits += 6;
	if (l->n_bits < 8)
		return;
	l->n_bits -= 8;
	byte = l->bits >> l->n_bits & 0xff;
	l->colon |= byte == ':';
	l->binary |= byte < 0x20 || byte > 0x7e;
}

/* Does what was seen so far show that it is no prose?  Once true, it stays true for the
 * place, whatever follows. */
static bool
no_prose(const struct scheme *s, const struct look *l)
{
	bool mixed = l->upper * 5 >= l->n && l->lower > 0 && l->n >= 16;

	if (l->n >= NO_WORD || mixed)
		return true;
	if (!s->basic)
		return l->digits > 0;
	return (l->digits > 0 && l->upper > 0 && l->lower > 0) ||
	       (l->colon && !l->binary);
}

/* "Authorization: " before it, also as a key of JSON or in an argument of a shell. */
static bool
in_header(const struct mask_view *v, size_t at)
{
	static const char name[] = "authorization";
	const size_t len = sizeof name - 1;
	size_t i = at;

	while (i > 0 && at - i < 16 && v->p[i - 1] < 0x80 && v->p[i - 1] > 0x1e &&
	       !view_word(v->p[i - 1]))
		i--;
	return i < at && i >= len && alphabet_text(v, i - len, name) == MASK_YES;
}

/* The blanks between the word and the value. */
static enum mask_says
blanks(const struct mask_view *v, size_t *i)
{
	size_t begin = *i;
	enum mask_says says;
	int c;

	while (*i - begin <= 12) {
		if ((c = view_at(v, *i)) == ' ' || c == '\t') {
			(*i)++;
			continue;
		}
		if ((says = alphabet_text(v, *i, "%20")) == MASK_MORE)
			return MASK_MORE;
		if (says == MASK_NO)
			break;
		*i += 3;
	}
	return *i > begin && *i - begin <= 12 ? MASK_YES : MASK_NO;
}

/* Go on from *i to where it is clear that a value stands there. */
static enum mask_says
enough(const struct scheme *s, const struct mask_view *v, bool header, size_t *i)
{
	struct look l = { 0 };
	int step, c;

	while (l.n < s->min || !(header || no_prose(s, &l))) {
		if ((step = alphabet_step(s->alphabet, v, *i, &c)) <= 0)
			return step < 0 ? MASK_MORE : MASK_NO;
		look_at(&l, c);
		*i += (size_t)step;
	}
	return MASK_YES;
}

static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	const struct scheme *s = arg;
	size_t i = at + s->literal_len;
	enum mask_says says;

	(void)c;
	if (!alphabet_begins(v, at))
		return MASK_NO;
	says = blanks(v, &i);
	ret->from = i;
	ret->hold = i < v->len ? i : v->len;
	if (says != MASK_YES)
		return says;
	if ((says = enough(s, v, in_header(v, at), &i)) != MASK_YES)
		return says;
	ret->rule = s->rule;
	ret->open = alphabet_open(s->alphabet, i - ret->from);
	return MASK_YES;
}

void
bearer_build(struct mask_build *b)
{
	for (size_t i = 0; i < N_SCHEMES; i++)
		mask_build_literal(
		    b, span_of(schemes[i].literal), MASK_SHOWN, verify, &schemes[i]);
}
