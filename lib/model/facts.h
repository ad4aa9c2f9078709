/* Who asks, as far as a decision looks at it, and when. */
#ifndef LIB_MODEL_FACTS_H
#define LIB_MODEL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model/identity.h"

/* How somebody proved who they are.  Policies name them in who.auth.method and
 * approvers.auth. */
enum proof {
	PROOF_NONE = 0, /* nothing is known: no decision is made on it */
	PROOF_KEY,	/* an SSH key */
	PROOF_SK,	/* a security key that was touched */
	PROOF_DEVICE,	/* a sign-in with the provider */
	PROOF_UID,	/* the control socket's peer */
};

#define PROOF_BIT(p) (1u << (p))

/* The names as policies spell them, from PROOF_KEY on, and NULL at the end. */
extern const char *const proof_names[];
/* "key", "sk", "device", "uid"; "none" for anything else. */
const char *proof_name(enum proof p);

/* Which way a request came: a command line, or an API call of an SDK. */
enum path {
	PATH_EXEC,
	PATH_API,
};

/* "exec", "api", as policies spell them. */
const char *path_name(enum path p);

struct facts {
	const struct identity *who;
	enum proof proof;
	uint64_t auth_age; /* milliseconds since that proof */
	enum path path;
	/* Where the profile leads; NULL: not known. */
	const char *profile;
	const char *partition; /* "aws", "aws-cn", … */
	const char *account;
	const char *region; /* the request's own, or the profile's */
};

#endif
