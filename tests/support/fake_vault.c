/* See fake_vault.h.  STS needs HTTPS and AWS; what the monitor does with its answers
 * needs neither. */
#include "tests/support/unit.h"

#include "tests/support/fake_vault.h"

struct vault_call {
	vault_fn *fn;
	void *arg;
};

static struct fake_vault seen;
static struct vault_call call;

struct fake_vault *
fake_vault(void)
{
	return &seen;
}

static void
note(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from == NULL ? "" : from);
}

enum rc
vault_lease(struct vault *v, const struct lease_ask *ask, vault_fn *fn, void *arg,
    struct vault_call **ret, struct err *err)
{
	(void)v;
	if (seen.at_once != RC_OK)
		return err_set(err, seen.at_once, "the fake vault says no");
	assert_int_equal(seen.open, 0);
	seen.asked++;
	seen.open++;
	seen.seconds = ask->seconds;
	note(seen.identity, sizeof seen.identity, ask->identity);
	note(seen.session, sizeof seen.session, ask->session);
	note(seen.role, sizeof seen.role, ask->role);
	note(seen.rule, sizeof seen.rule, ask->rule);
	note(seen.policy, sizeof seen.policy, ask->policy);
	note(seen.approval, sizeof seen.approval, ask->approval);
	note(seen.run_as, sizeof seen.run_as, ask->run_as);
	call = (struct vault_call){ fn, arg };
	*ret = &call;
	return RC_OK;
}

const char *
vault_key_id(struct vault *v)
{
	(void)v;
	return seen.key_id;
}

enum rc
vault_seeds(struct vault *v, const uint8_t salt[16], struct buf *out, struct err *err)
{
	(void)v;
	return seen.secret == NULL ? RC_OK
				   : seed_make(salt, span_of(seen.secret), out, err);
}

void
vault_cancel(struct vault_call *c)
{
	if (c == NULL)
		return;
	assert_int_equal(seen.open, 1);
	seen.open--;
	seen.cancelled++;
}

void
fake_vault_answer(enum rc rc, const char *why)
{
	struct lease *l = NULL;
	struct err err = { "" };

	assert_int_equal(seen.open, 1);
	seen.open--;
	if (rc == RC_OK) {
		l = lease_new();
		assert_non_null(l);
		l->expires_ms = 4102444800000; /* 2100 */
		snprintf(l->access_key_id, sizeof l->access_key_id, "ASIATESTTESTTEST");
		assert_int_equal(
		    secret_copy(span_of("the-secret-key"), &l->secret, &err), RC_OK);
		assert_int_equal(
		    secret_copy(span_of("the-session-token"), &l->token, &err), RC_OK);
	} else
		err_set(&err, rc, "%s", why);
	call.fn(call.arg, rc, l, &err);
}

/* Nothing is signed where the vault is a fake: what is to be sent stays unsent. */
enum rc
vault_sign(struct vault *v, const struct sigv4_request *r, const char *region,
    const char *service, struct buf *lines, struct err *err)
{
	(void)v;
	(void)r;
	(void)region;
	(void)service;
	(void)lines;
	return err_set(err, RC_FAIL, "the fake vault does not sign");
}
