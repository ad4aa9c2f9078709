/* What a decision is made on, from JSON: for tools that judge without a broker.
 *
 *	{"identity": {"name", "kind": "agent"|"human", "groups": [], "owner",
 *	              "claims": {}, "delegated_by"},
 *	 "auth": {"method": "key", "age": SECONDS},
 *	 "profile", "partition", "account", "region", "role", "at": TIME,
 *	 "target": {"name", "id", "env", "os_user", "tags": {}},
 *	 "identities": {NAME: as identity, without name},
 *	 "profiles": {NAME: {"account", "region", "role", "partition"}}}
 *
 * All of it may be missing; a key that is none of these is an error.  A role says
 * partition and account, too: those of its ARN.
 */
#ifndef BROKER_CLI_POLICYFACTS_H
#define BROKER_CLI_POLICYFACTS_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/facts.h"

#define POLICYFACTS_GROUPS 64
#define POLICYFACTS_PAIRS 64  /* claims, and tags */
#define POLICYFACTS_TEXT 2048 /* bytes of one text */

/* facts point into it: policyfacts_copy() copies it.  Texts are borrowed from the
 * documents that were read. */
struct policyfacts {
	struct facts facts;
	struct identity who;
	const char *groups[POLICYFACTS_GROUPS];
	struct facts_pair claims[POLICYFACTS_PAIRS], tags[POLICYFACTS_PAIRS];
	char role_partition[32], role_account[16]; /* as a role's ARN says them */
	/* Others that may be asked for by name; or NULL. */
	const json_t *identities, *profiles;
};

/* Nobody yet; an agent, by a key that was shown just now, in the partition aws and in
 * eu-west-1, with no account and no target. */
void policyfacts_init(struct policyfacts *f);
void policyfacts_copy(struct policyfacts *to, const struct policyfacts *from);

/* Read an object over what f has: what it does not name stays.  RC_REFUSE with the key
 * and what was expected; f is then of no use. */
enum rc policyfacts_read(struct policyfacts *f, const json_t *o, struct err *err);

/* Ask as somebody: what `identities` says of them, else a name only.  RC_REFUSE: no
 * identity's name. */
enum rc policyfacts_as(struct policyfacts *f, const char *name, struct err *err);
/* Ask with a profile, or with that of f (name NULL): what `profiles` says of it.  Of
 * one that is neither there nor that of f the account is not known; RC_REFUSE if there
 * are `profiles`, since nobody may name others. */
enum rc policyfacts_profile(struct policyfacts *f, const char *name, struct err *err);
/* "agent" or "human"; false for anything else. */
bool policyfacts_kind(struct policyfacts *f, const char *kind);

/* RFC 3339: "2026-11-21T08:15:00Z", "2026-11-21T09:15:00.5+01:00", from 1970 on, as
 * milliseconds.  False, and nothing set, for anything else. */
bool policyfacts_time(struct span text, uint64_t *ret);

#endif
