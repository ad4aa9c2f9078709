/* Parameters of URLs that are signed: the value behind the name, which may be URL-encoded
 * with its "=" ("X-Amz-Signature%3D…").  The name stays. */
#include "recorder/mask/alphabet.h"
#include "recorder/mask/token_parts.h"

#include <string.h>

struct param {
	const char *name; /* in any case of letters */
	enum alphabet alphabet;
	size_t min;
	bool digit;
	const char *rule;
};

static const struct param params[] = {
	/* clang-format off */
	{ "X-Amz-Signature", AB_URL, 16, true, "signed-url" },
	{ "X-Amz-Security-Token", AB_URL, 16, true, "aws-session-token" },
	/* A key's id, and for which day and service it signs. */
	{ "X-Amz-Credential", AB_URL, 16, true, "aws-access-key-id" },
	{ "X-Goog-Signature", AB_URL, 16, true, "signed-url" },
	{ "Signature", AB_URL, 24, true, "signed-url" },
	{ "sig", AB_URL, 24, true, "sas-signature" },
	{ "AccountKey", AB_BASE64, 40, false, "azure-storage-key" },
	{ "SharedAccessKey", AB_BASE64, 40, false, "azure-storage-key" },
	/* clang-format on */
};
#define N_PARAMS (sizeof params / sizeof params[0])

static enum mask_says
equals(const struct mask_view *v, size_t *i)
{
	static const char *const signs[] = { "=", "%3d", "%253d", "%25253d" };

	for (size_t k = 0; k < sizeof signs / sizeof signs[0]; k++) {
		enum mask_says says = alphabet_text(v, *i, signs[k]);

		if (says == MASK_YES)
			*i += strlen(signs[k]);
		if (says != MASK_NO)
			return says;
	}
	return MASK_NO;
}

static enum mask_says
enough(const struct param *p, const struct mask_view *v, size_t *i)
{
	bool digit = !p->digit;
	int step, c;

	for (size_t n = 0; n < p->min || !digit; n++) {
		if ((step = alphabet_step(p->alphabet, v, *i, &c)) <= 0)
			return step < 0 ? MASK_MORE : MASK_NO;
		digit |= c >= '0' && c <= '9';
		*i += (size_t)step;
	}
	return MASK_YES;
}

static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	const struct param *p = arg;
	size_t i = at + strlen(p->name);
	enum mask_says says;

	(void)c;
	/* "X-Amz-Signature" is a name of its own, not the end of another. */
	if (!alphabet_begins(v, at) || (at > 0 && v->p[at - 1] == '-'))
		return MASK_NO;
	ret->hold = v->len;
	if ((says = equals(v, &i)) != MASK_YES)
		return says;
	ret->hold = ret->from = i;
	if ((says = enough(p, v, &i)) != MASK_YES)
		return says;
	ret->rule = p->rule;
	ret->open = alphabet_open(p->alphabet, i - ret->from);
	return MASK_YES;
}

void
signed_build(struct mask_build *b)
{
	char literal[MASK_LITERAL];

	for (size_t i = 0; i < N_PARAMS; i++) {
		size_t len = strlen(params[i].name);

		/* With the sign behind it, it is rare. */
		memcpy(literal, params[i].name, len);
		for (const char *sign = "=%"; *sign != '\0'; sign++) {
			literal[len] = *sign;
			mask_build_literal(b, span_make(literal, len + 1), MASK_SHOWN,
			    verify, &params[i]);
		}
	}
}
