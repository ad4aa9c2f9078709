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

/* Which way a request came: a command line, an API call of an SDK, a line for a shell on
 * a target, a port connection. */
enum path {
	PATH_EXEC,
	PATH_API,
	PATH_SHELL,
	PATH_FORWARD,
};

/* "exec", "api", "shell", "forward", as policies spell them. */
const char *path_name(enum path p);
/* The same, in order, and NULL at the end. */
extern const char *const path_names[];

struct facts_pair {
	const char *name, *value;
};

struct facts {
	const struct identity *who;
	enum proof proof;
	bool verified;	   /* PROOF_SK: with a PIN, or the like */
	uint64_t auth_age; /* milliseconds since that proof */
	enum path path;
	/* Where the profile leads; NULL: not known. */
	const char *profile;
	const char *partition; /* "aws", "aws-cn", … */
	const char *account;
	const char *region; /* the request's own, or the profile's */
	const char *role;   /* that the lease would be of */
	/* Milliseconds since 1970; 0: not known. */
	uint64_t now;
	/* What a token or certificate says beside. */
	const struct facts_pair *claims;
	size_t n_claims;
	const char *delegated_by; /* an identity that the asker acts for; NULL: none */
	/* "POLICY/NAME" of the runbook that the words come from, whose template people have
	 * approved; NULL: they are the asker's own. */
	const char *runbook;
	/* The target, as the inventory knew it; NULL: not known, or there is none. */
	const char *target;    /* the name that it was asked for by */
	const char *target_id; /* "i-0abc…" */
	const char *env;
	const char *os_user;
	/* Where a line would run there, absolute; NULL: not known. */
	const char *directory;
	const struct facts_pair *tags;
	size_t n_tags;
};

#endif
