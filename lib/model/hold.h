/* A hold: a command that waits until people have approved exactly it, once.
 *
 * What they approve is a digest over everything that decides what the command will do
 * and in whose name; any difference is another hold.
 */
#ifndef LIB_MODEL_HOLD_H
#define LIB_MODEL_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define HOLD_DIGEST 32

/* The numbers stand in the store and in messages: never renumber. */
enum hold_state {
	HOLD_PENDING = 1, /* people are asked */
	HOLD_APPROVED,	  /* enough of them said yes; may run once */
	HOLD_DENIED,	  /* one said no */
	HOLD_EXPIRED,	  /* time ran out before it was spent */
	HOLD_CANCELLED,	  /* the asker withdrew, or its session died */
	HOLD_SPENT,	  /* it ran */
};

/* "pending", …; "?" for a number that is no state. */
const char *hold_state_name(unsigned state);
/* True for one of the six. */
bool hold_state_ok(unsigned state);
/* True when a hold may go from one state to the other.  No state goes to itself, and
 * nothing leaves denied, expired, cancelled or spent. */
bool hold_may(enum hold_state from, enum hold_state to);
/* True when nothing can follow. */
bool hold_state_final(enum hold_state state);

enum hold_stdin {
	HOLD_STDIN_NONE,       /* the command gets no stdin */
	HOLD_STDIN_UNREVIEWED, /* it gets one that nobody has looked at */
	HOLD_STDIN_STAGED,     /* it gets the staged bytes with this digest */
};

/* What a hold binds.  A field that has no meaning on a path is empty. */
struct hold_facts {
	struct span identity;
	struct span profile;
	struct span role;
	struct span account;
	struct span region;
	struct span path;  /* "exec", "shell", "api" or "forward"; also what is approved
			    * beforehand: "grant", "script" or "runbook" */
	struct span canon; /* canonical bytes of the command */
	struct span target;
	struct span run_as;
	struct span directory;
	struct span mode;
	const struct span *env; /* "NAME=value", in the order given */
	uint32_t nenv;
	enum hold_stdin stdin_kind;
	uint8_t stdin_digest[HOLD_DIGEST]; /* only with HOLD_STDIN_STAGED */
	struct span reason;
};

/* The mode of a hold on calls whose answers are not masked (names with a comma between
 * them): whoever says yes to it says yes to that.  Appended to out. */
void hold_mode_reveals(const char *calls, struct buf *out);

#define HOLD_FACTS_MAX (1u << 20) /* bytes of all fields together */
#define HOLD_ENV_MAX 256	  /* variables */

/* The digest of these facts: SHA-256 over
 *
 *	"broker-hold/1" and one zero byte
 *	identity, profile, role, account, region, path, canon, target, run_as,
 *	directory, mode		each: u32 length (big endian), bytes
 *	u32 nenv, then so many strings in the same form
 *	stdin			a string: "none", "unreviewed", or the 32 digest bytes
 *	reason			a string
 *
 * RC_REFUSE when a fact is over its bound or path or stdin_kind is none of those named;
 * RC_FAIL when memory or the hash fails.  ret is untouched then. */
enum rc hold_digest(
    const struct hold_facts *f, uint8_t ret[HOLD_DIGEST], struct err *err);

#endif
