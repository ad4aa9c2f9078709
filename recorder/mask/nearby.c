/* AWS secret access keys that have no name: 40 characters of base64 that follow the id of
 * a key, as "--output text" and lists have them. */
#include "recorder/mask/alphabet.h"

#define LENGTH 40
#define REACH 4096

/* n * log2(n) in thousandths: how much the entropy of the run falls below log2(40) for a
 * character that stands in it n times. */
static const unsigned weights[] = { 0, 0, 2000, 4755, 8000, 11610, 15510, 19651, 24000,
	28529, 33219, 38055, 43020 };
#define N_WEIGHTS (sizeof weights / sizeof weights[0])
/* (log2(40) - 4.2) * 40: with less the entropy is over 4.2 bits. */
#define MOST_WEIGHT 44877

static bool
armed(const struct mask_context *c, uint64_t at)
{
	return c->key_id != 0 && at >= c->key_id && at - c->key_id <= REACH;
}

struct seen {
	uint8_t times[256];
	bool upper, lower, other;
};

static void
note(struct seen *s, int c)
{
	bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';

	s->times[c]++;
	s->upper |= upper;
	s->lower |= lower;
	s->other |= !upper && !lower;
}

/* Names and paths of that length have words in them; digests have hex digits only. */
static bool
random_enough(const struct seen *s)
{
	unsigned weight = 0;

	for (size_t c = 0; c < sizeof s->times; c++) {
		if (s->times[c] >= N_WEIGHTS)
			return false;
		weight += weights[s->times[c]];
	}
	return weight < MOST_WEIGHT && s->upper && s->lower && s->other;
}

/* Where the run that is seen at this place begins: behind the hex digits of "%3A".
 * false: none does. */
static bool
begin(const struct mask_view *v, size_t at, size_t *ret)
{
	int encoded;

	*ret = at;
	if (at == 0 || v->p[at - 1] != '%')
		return at == 0 || (v->p[at - 1] != '-' && v->p[at - 1] != '_');
	encoded = alphabet_step(AB_BASE64, v, at - 1, NULL);
	*ret = at + 2;
	/* "%2F" belongs to a run that began before it. */
	return encoded <= 0;
}

static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	struct seen s = { 0 };
	size_t i;
	int step, ch;

	(void)arg;
	(void)c;
	if (!begin(v, at, &i))
		return MASK_NO;
	ret->hold = ret->from = i < v->len ? i : v->len;
	for (int n = 0; n < LENGTH; n++) {
		if ((step = alphabet_step(AB_SECRET, v, i, &ch)) <= 0)
			return step < 0 ? MASK_MORE : MASK_NO;
		note(&s, ch);
		i += (size_t)step;
	}
	/* One more, or what fills base64 up: that is another thing. */
	if ((step = alphabet_step(AB_BASE64, v, i, &ch)) != 0)
		return step < 0 ? MASK_MORE : MASK_NO;
	ch = view_at(v, i);
	if (ch == '-' || ch == '_' || !random_enough(&s))
		return MASK_NO;
	ret->rule = "aws-secret-key";
	ret->to = i;
	return MASK_YES;
}

void
nearby_build(struct mask_build *b)
{
	uint32_t class_[8] = { 0 };

	for (int c = 0; c < 256; c++)
		if (alphabet_in(AB_SECRET, c))
			class_[c >> 5] |= 1u << (c & 31);
	mask_build_run(b, class_, armed, verify, NULL);
}
