/* Who someone is: an identity, and the set of all of them.
 *
 * Plain values; the texts are borrowed from whoever made them and outlive the identity.
 * A set answers in O(log n) whose key, name or uid something is, and holds that each
 * belongs to one identity only.
 */
#ifndef LIB_MODEL_IDENTITY_H
#define LIB_MODEL_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/pubkey.h"

enum identity_kind {
	IDENTITY_AGENT,
	IDENTITY_HUMAN,
};

struct identity {
	const char *name;
	enum identity_kind kind;
	const char *owner;     /* the human behind an agent, or NULL */
	const char *profile;   /* where its commands go unless they say; or NULL */
	const char **profiles; /* others that it may name */
	size_t profile_count;
	const char **groups;
	size_t group_count;
	struct pubkey *keys;
	size_t key_count;
	bool has_uid; /* of the control socket's peer */
	uint32_t uid;
};

/* "agent" or "human". */
const char *identity_kind_name(enum identity_kind kind);
bool identity_in_group(const struct identity *who, const char *group);
/* True for its own profile and for those that it may name. */
bool identity_may_use(const struct identity *who, const char *profile);

/* Two identities (or one, twice) that claim the same thing: where in the array. */
struct identity_clash {
	enum identity_claim {
		CLAIM_NAME,
		CLAIM_KEY,
		CLAIM_UID,
	} claim;
	size_t first, second; /* first <= second */
	size_t key;	      /* CLAIM_KEY: its index in the second's keys */
};

struct identity_set;

/* Index count identities.  all is borrowed and must outlive the set unchanged.  On
 * RC_OK *ret is yours: identity_set_free().  RC_REFUSE when two share a name, a key or
 * a uid; then *clash (may be NULL) says which. */
enum rc identity_set_new(const struct identity *all, size_t count,
    struct identity_set **ret, struct identity_clash *clash, struct err *err);
/* NULL is fine. */
void identity_set_free(struct identity_set *s);

/* How many identities. */
size_t identity_set_count(const struct identity_set *s);
/* NULL when there is none.  *key (may be NULL) is the key that matched. */
const struct identity *identity_by_name(const struct identity_set *s, struct span name);
const struct identity *identity_by_key(
    const struct identity_set *s, struct span blob, const struct pubkey **key);
const struct identity *identity_by_uid(const struct identity_set *s, uint32_t uid);
/* True when at least one identity is in the group. */
bool identity_group_used(const struct identity_set *s, const char *group);

#endif
