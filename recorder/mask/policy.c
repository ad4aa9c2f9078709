/* What the configuration says of masking: the values and their answers; see policy.h.
 * policy_read.c reads them, policy_text.c spells them. */
#include "recorder/mask/policy.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "recorder/mask/policy_parts.h"

/* More than what fits into MASK_POLICY_TEXT bytes of text can need. */
#define ROOM (128u << 10)

const char *const policy_names[] = { "secrets", "pii", "email", NULL };
const char *const policy_modes[] = { "enforce", "count-only", NULL };
const char *const policy_styles[] = { "label", "same-width", NULL };
const char *const policy_paces[] = { "interactive", "api", NULL };
const char *const policy_lists[] = { "add", "weak", "never", NULL };
const char *const policy_borders[] = { "none", "before", "after", "both", NULL };

struct mask_policy *
policy_new(void)
{
	struct mask_policy *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->on = MASK_SECRETS;
	p->hold_ms[MASK_INTERACTIVE] = 15;
	p->hold_ms[MASK_API] = 250;
	p->max_hold = 8192;
	if ((p->room = arena_new(ROOM)) != NULL)
		return p;
	free(p);
	return NULL;
}

void
mask_policy_free(struct mask_policy *p)
{
	if (p == NULL)
		return;
	arena_free(p->room);
	free(p);
}

bool
policy_id(struct span s)
{
	if (s.len == 0 || s.len >= MASK_RULE_ID)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    (s.p[i] == '\0' || strchr("_.-", s.p[i]) == NULL))
			return false;
	return true;
}

static enum rc
parse_root(const char *name, struct span text, struct yaml_doc **doc,
    const struct yaml_node **ret, struct err *err)
{
	const struct yaml_node *root, *inner;
	enum rc rc;

	if ((rc = yaml_parse(name, text, doc, err)) != RC_OK)
		return rc;
	root = yaml_root(*doc);
	inner = yaml_find(root, "masking");
	*ret = inner != NULL ? inner : root;
	return RC_OK;
}

enum rc
mask_policy_parse(
    const char *name, struct span text, struct mask_policy **ret, struct err *err)
{
	struct yaml_doc *doc = NULL;
	const struct yaml_node *n = NULL;
	enum rc rc;

	if ((rc = parse_root(name, text, &doc, &n, err)) == RC_OK)
		rc = mask_policy_read(n, ret, err);
	yaml_doc_free(doc);
	return rc;
}

enum rc
mask_policy_digest(const struct mask_policy *p, uint8_t ret[32], struct err *err)
{
	uint8_t digest[32];
	struct buf text;
	enum rc rc;

	buf_init(&text, MASK_POLICY_TEXT);
	rc = mask_policy_text(p, &text, err);
	if (rc == RC_OK &&
	    EVP_Digest(text.p, text.len, digest, NULL, EVP_sha256(), NULL) != 1)
		rc = err_set(err, RC_FAIL, "SHA-256 is not available");
	buf_clear(&text);
	if (rc == RC_OK)
		memcpy(ret, digest, sizeof digest);
	return rc;
}

unsigned
mask_policy_bit(struct span name)
{
	for (unsigned i = 0; policy_names[i] != NULL; i++)
		if (span_is(name, policy_names[i]))
			return 1u << i;
	return 0;
}

bool
mask_policy_knows(const struct mask_policy *p, struct span name)
{
	if (mask_policy_bit(name) != 0)
		return true;
	for (size_t i = 0; i < p->n_customs; i++)
		if (span_is(name, p->customs[i]->id))
			return true;
	return false;
}

unsigned
mask_policy_on(const struct mask_policy *p)
{
	return p->on;
}

bool
mask_policy_counts_only(const struct mask_policy *p)
{
	return p->counts_only;
}

bool
mask_policy_same_width(const struct mask_policy *p)
{
	return p->same_width;
}

unsigned
mask_policy_reveal(const struct mask_policy *p)
{
	return p->reveal;
}

uint64_t
mask_policy_hold_us(const struct mask_policy *p, enum mask_pace pace)
{
	return p->hold_ms[pace] * UINT64_C(1000);
}

size_t
mask_policy_max_hold(const struct mask_policy *p)
{
	return p->max_hold;
}

size_t
mask_policy_customs(const struct mask_policy *p)
{
	return p->n_customs;
}

const struct mask_custom *
mask_policy_custom(const struct mask_policy *p, size_t i)
{
	return p->customs[i];
}

size_t
mask_policy_keys(const struct mask_policy *p, enum mask_keys of)
{
	return p->keys[of].n;
}

const char *
mask_policy_key(const struct mask_policy *p, enum mask_keys of, size_t i)
{
	return p->keys[of].at[i];
}

size_t
mask_policy_allows(const struct mask_policy *p)
{
	return p->n_allowed;
}

struct span
mask_policy_allowed(const struct mask_policy *p, size_t i)
{
	return p->allowed[i];
}
