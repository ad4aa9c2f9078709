/* States of a hold, and the digest that it binds.  Who may approve is the monitor's
 * business; where holds live is the keeper's. */
#include "lib/model/hold.h"

#include <string.h>

#include <openssl/evp.h>

#define BIT(s) (1u << (s))

/* A row a state; what is not in `next` is refused. */
static const struct {
	const char *name;
	unsigned next;
} states[] = {
	[HOLD_PENDING] = { "pending", BIT(HOLD_APPROVED) | BIT(HOLD_DENIED) |
					  BIT(HOLD_EXPIRED) | BIT(HOLD_CANCELLED) },
	[HOLD_APPROVED] = { "approved",
	    BIT(HOLD_SPENT) | BIT(HOLD_EXPIRED) | BIT(HOLD_CANCELLED) },
	[HOLD_DENIED] = { "denied", 0 },
	[HOLD_EXPIRED] = { "expired", 0 },
	[HOLD_CANCELLED] = { "cancelled", 0 },
	[HOLD_SPENT] = { "spent", 0 },
};

bool
hold_state_ok(unsigned state)
{
	return state >= HOLD_PENDING && state <= HOLD_SPENT;
}

const char *
hold_state_name(unsigned state)
{
	return hold_state_ok(state) ? states[state].name : "?";
}

bool
hold_may(enum hold_state from, enum hold_state to)
{
	return hold_state_ok(from) && hold_state_ok(to) &&
	       (states[from].next & BIT(to)) != 0;
}

bool
hold_state_final(enum hold_state state)
{
	return hold_state_ok(state) && states[state].next == 0;
}

static bool
path_ok(struct span path)
{
	static const char *const paths[] = { "exec", "shell", "api", "forward", "grant",
		"script", "runbook" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (span_is(path, paths[i]))
			return true;
	return false;
}

/* "none" and "unreviewed" are not 32 bytes long, so no digest can pass for them. */
static bool
stdin_field(const struct hold_facts *f, struct span *ret)
{
	switch (f->stdin_kind) {
	case HOLD_STDIN_NONE:
		*ret = span_of("none");
		return true;
	case HOLD_STDIN_UNREVIEWED:
		*ret = span_of("unreviewed");
		return true;
	case HOLD_STDIN_STAGED:
		*ret = span_make(f->stdin_digest, sizeof f->stdin_digest);
		return true;
	}
	return false;
}

static void
put_facts(const struct hold_facts *f, struct span in, struct buf *b)
{
	const struct span *const fields[] = { &f->identity, &f->profile, &f->role,
		&f->account, &f->region, &f->path, &f->canon, &f->target, &f->run_as,
		&f->directory, &f->mode };

	buf_put(b, "broker-hold/1", sizeof "broker-hold/1");
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		buf_string(b, *fields[i]);
	buf_u32(b, f->nenv);
	for (uint32_t i = 0; i < f->nenv; i++)
		buf_string(b, f->env[i]);
	buf_string(b, in);
	buf_string(b, f->reason);
}

enum rc
hold_digest(const struct hold_facts *f, uint8_t ret[HOLD_DIGEST], struct err *err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct span in;
	struct buf b;
	enum rc rc = RC_OK;

	if (!path_ok(f->path) || !stdin_field(f, &in) || f->nenv > HOLD_ENV_MAX)
		return err_set(
		    err, RC_REFUSE, "facts of a hold: path, stdin or environment");
	buf_init(&b, HOLD_FACTS_MAX);
	put_facts(f, in, &b);
	if (!buf_ok(&b))
		rc = err_set(err, RC_REFUSE, "facts of a hold: too long");
	else if (EVP_Digest(b.p, b.len, digest, NULL, EVP_sha256(), NULL) != 1)
		rc = err_set(err, RC_FAIL, "SHA-256");
	if (rc == RC_OK)
		memcpy(ret, digest, HOLD_DIGEST);
	buf_clear(&b);
	return rc;
}

void
hold_mode_reveals(const char *calls, struct buf *out)
{
	buf_printf(out, "reveal %s", calls);
}
