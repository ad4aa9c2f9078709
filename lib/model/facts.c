/* Names of proofs; see facts.h. */
#include "lib/model/facts.h"

const char *const proof_names[] = { "key", "sk", "device", "uid", NULL };

const char *
proof_name(enum proof p)
{
	return p >= PROOF_KEY && p <= PROOF_UID ? proof_names[p - PROOF_KEY] : "none";
}

const char *const path_names[] = { "exec", "api", "shell", "forward", NULL };

const char *
path_name(enum path p)
{
	return p >= PATH_EXEC && p <= PATH_FORWARD ? path_names[p] : "none";
}
