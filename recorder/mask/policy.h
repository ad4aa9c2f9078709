/* What the configuration says of masking: which rules, how long bytes may be held back,
 * what stands in place of a secret.  Plain values, fixed once read.
 *
 *   masking:
 *     mode: enforce                # enforce | count-only
 *     hold_ms: {interactive: 15, api: 250}
 *     max_hold: 8192
 *     policies: [secrets]          # + pii, email
 *     style: label                 # label | same-width
 *     reveal: 0                    # so many characters of an access key's id, at most 8
 *     rules:
 *       - {id: acme-key, literal: ["acme_"], class: "A-Za-z0-9", min: 32, max: 32, boundary: both}
 *       - {id: ticket, literal: ["TCK-"], regex: "TCK-[0-9]{6}", on: asked}
 *     keys: {add: [kundennummer], weak: [code], never: [SyncToken]}
 *     allow: [{literal: "AKIAIOSFODNN7EXAMPLE"}]
 *
 * A rule with "on: asked" works only where a policy's rule adds it by its id. */
#ifndef RECORDER_MASK_POLICY_H
#define RECORDER_MASK_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"

#define MASK_POLICY_TEXT 32768 /* bytes of it as text */
#define MASK_RULE_ID 64	       /* with its NUL: [A-Za-z0-9_.-]+ */
#define MASK_CUSTOM 64	       /* rules of the configuration */
#define MASK_LITERALS 16       /* of one of them */
#define MASK_LITERAL 64	       /* bytes of one, 3 at least */
#define MASK_KEYS 256	       /* of each of keys' lists */
#define MASK_ALLOWED 64

enum mask_policies { MASK_SECRETS = 1, MASK_PII = 2, MASK_EMAIL = 4 };
enum mask_pace { MASK_INTERACTIVE, MASK_API, MASK_PACES };

/* A rule of the configuration: after one of the literals (which belongs to the secret) a
 * run of min to max bytes of a class, or what a regular expression matches from the
 * literal's beginning on. */
struct mask_custom {
	char id[MASK_RULE_ID];
	size_t n_literals;
	struct span literals[MASK_LITERALS];
	uint32_t class_[8]; /* a bit for each byte */
	uint32_t min, max;  /* max at most 4096 */
	bool before, after; /* no word character may touch there */
	const char *regex;  /* instead of class, min and max; NULL */
	bool asked;	    /* only where a policy's rule adds it */
};

struct mask_policy;

/* Of the mapping; NULL: all as by default.  On RC_OK *ret is yours: mask_policy_free().
 * Nothing is borrowed from n.  RC_REFUSE: with FILE:LINE:COLUMN what is wrong, a literal
 * under 3 bytes and a run without an end among it; RC_FAIL: memory. */
enum rc mask_policy_read(
    const struct yaml_node *n, struct mask_policy **ret, struct err *err);
/* Of a text: that mapping, or one whose key "masking" has it (then other keys are not
 * looked at).  name is what errors call it. */
enum rc mask_policy_parse(
    const char *name, struct span text, struct mask_policy **ret, struct err *err);
/* NULL is fine. */
void mask_policy_free(struct mask_policy *p);

/* Its one spelling, at most MASK_POLICY_TEXT bytes: mask_policy_parse() reads it back to an
 * equal one.  RC_REFUSE: too long; RC_FAIL: memory. */
enum rc mask_policy_text(const struct mask_policy *p, struct buf *out, struct err *err);
/* SHA-256 of that text. */
enum rc mask_policy_digest(
    const struct mask_policy *p, uint8_t ret[32], struct err *err);

/* Can a policy's rule add this name?  "secrets", "pii", "email", a rule's id. */
bool mask_policy_knows(const struct mask_policy *p, struct span name);

/* enum mask_policies that are on by themselves. */
unsigned mask_policy_on(const struct mask_policy *p);
/* The bit of such a name, 0 when it is none. */
unsigned mask_policy_bit(struct span name);
bool mask_policy_counts_only(const struct mask_policy *p);
bool mask_policy_same_width(const struct mask_policy *p);
unsigned mask_policy_reveal(const struct mask_policy *p);
uint64_t mask_policy_hold_us(const struct mask_policy *p, enum mask_pace pace);
size_t mask_policy_max_hold(const struct mask_policy *p);

size_t mask_policy_customs(const struct mask_policy *p);
const struct mask_custom *mask_policy_custom(const struct mask_policy *p, size_t i);

/* Names that are keys of secrets beside those of keyname.h, weak ones, and such as are
 * never; spelled as the configuration does (their humps part words): keyname_fold() them.
 * Sorted by their bytes. */
enum mask_keys { MASK_KEYS_ADD, MASK_KEYS_WEAK, MASK_KEYS_NEVER };
size_t mask_policy_keys(const struct mask_policy *p, enum mask_keys of);
const char *mask_policy_key(const struct mask_policy *p, enum mask_keys of, size_t i);

/* Texts that are shown though a rule matches: the whole match is one of them. */
size_t mask_policy_allows(const struct mask_policy *p);
struct span mask_policy_allowed(const struct mask_policy *p, size_t i);

#endif
