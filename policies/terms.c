/* Reading a rule's terms; see terms.h. */
#include "policies/terms.h"

#include <string.h>

#include "lib/model/name.h"
#include "lib/model/profile.h"
#include "policies/match.h"
#include "policies/vocab.h"

#define SECOND 1000ull
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

#define MASKS 64 /* names in one list */

static enum rc
read_credential(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "session_policy", VOCAB_MAY },
		{ "duration", VOCAB_MAY },
		{ "role", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const char *const policies[] = { "scope", NULL };
	const struct yaml_node *v;
	struct span account;
	uint64_t ms = 0;
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 3, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "role")) != NULL) {
		if (!profile_role(yaml_span(v), &account))
			return yaml_expected(v, err, "the ARN of a role");
		t->role = yaml_cstr(v);
	}
	if ((v = yaml_find(n, "session_policy")) != NULL) {
		if ((rc = yaml_choice(v, policies, &at, err)) != RC_OK)
			return rc;
		t->scope = true;
	}
	if ((v = yaml_find(n, "duration")) == NULL)
		return RC_OK;
	rc = yaml_duration(v, PROFILE_LEAST_DURATION, PROFILE_MOST_DURATION, &ms, err);
	if (rc == RC_OK)
		t->seconds = (unsigned)(ms / 1000);
	return rc;
}

static enum rc
read_files(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "in", VOCAB_MAY },
		{ "out", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const char *const in[] = { "stdin", NULL };
	static const char *const out[] = { "stdout", NULL };
	const struct yaml_node *v;
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 2, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "in")) != NULL) {
		if ((rc = yaml_choice(v, in, &at, err)) != RC_OK)
			return rc;
		t->in = true;
	}
	if ((v = yaml_find(n, "out")) != NULL) {
		if ((rc = yaml_choice(v, out, &at, err)) != RC_OK)
			return rc;
		t->out = true;
	}
	return RC_OK;
}

static enum rc
read_record(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "bodies", VOCAB_MUST },
		{ NULL, VOCAB_MAY },
	};
	/* The usual has no word: it is what a rule without this key asks for. */
	static const char *const words[] = { "masked", "digest", "none", NULL };
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = yaml_choice(yaml_find(n, "bodies"), words, &at, err)) != RC_OK)
		return rc;
	t->bodies = (enum verdict_bodies)(VERDICT_BODIES_MASKED + at);
	return RC_OK;
}

static enum rc
read_by(const struct yaml_node *n, void *arg, struct err *err)
{
	static const char *const words[] = { "identity", "target", "rule", NULL };
	struct verdict_rate *r = arg;
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, words, &at, err)) != RC_OK)
		return rc;
	/* Each rule counts for itself in any case. */
	r->by_identity |= at == 0;
	r->by_target |= at == 1;
	return RC_OK;
}

static enum rc
read_rate(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "n", VOCAB_MUST },
		{ "per", VOCAB_MUST },
		{ "by", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *by;
	uint64_t count = 0;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = yaml_uint(yaml_find(n, "n"), 1, 1000000, &count, err)) != RC_OK ||
	    (rc = yaml_duration(
		 yaml_find(n, "per"), SECOND, 31 * DAY, &t->rate.per_ms, err)) != RC_OK)
		return rc;
	t->rate.n = (unsigned)count;
	t->rate.by_identity = (by = yaml_find(n, "by")) == NULL;
	return by == NULL ? RC_OK : vocab_each(by, read_by, &t->rate, err);
}

static enum rc
read_ttl(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "decide", VOCAB_MAY },
		{ "use", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 2, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "decide")) != NULL &&
	    (rc = yaml_duration(v, SECOND, 7 * DAY, &t->decide_ms, err)) != RC_OK)
		return rc;
	v = yaml_find(n, "use");
	return v == NULL ? RC_OK : yaml_duration(v, SECOND, 7 * DAY, &t->use_ms, err);
}

static enum rc
read_limits(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "time", VOCAB_MAY },
		{ "output", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 2, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "time")) != NULL &&
	    (rc = yaml_duration(v, SECOND, 7 * DAY, &t->run_ms, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "output")) == NULL)
		return RC_OK;
	return yaml_size(v, 1, 1ull << 40, &t->output_bytes, err);
}

/* The rule's words for: whatever happens inside is not looked at. */
static enum rc
read_interactive(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "opaque", VOCAB_MUST },
		{ "reason", VOCAB_MUST },
		{ "idle", VOCAB_MAY },
		{ "max", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const char *const opaque[] = { "accepted", NULL };
	const struct yaml_node *v;
	uint64_t most = 0;
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = yaml_choice(yaml_find(n, "opaque"), opaque, &at, err)) != RC_OK ||
	    (rc = yaml_line_text(
		 yaml_find(n, "reason"), 1, 256, &t->interactive, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "idle")) != NULL &&
	    (rc = yaml_duration(v, SECOND, DAY, &t->idle_ms, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "max")) != NULL &&
	    (rc = yaml_duration(v, SECOND, DAY, &most, err)) != RC_OK)
		return rc;
	if (most != 0 && (t->run_ms == 0 || most < t->run_ms))
		t->run_ms = most;
	t->asks |= VERDICT_ASK_INTERACTIVE;
	return RC_OK;
}

static enum rc
read_masks(const struct yaml_node *n, struct terms *t, struct err *err)
{
	char all[VERDICT_MASKS] = "";
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, MASKS, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if (!name_plain(yaml_span(v)))
			return yaml_expected(v, err, "the name of a mask");
		if (!verdict_name_add(all, sizeof all, yaml_span(v)))
			return yaml_fail(v, err, "the names of masks are too many");
	}
	t->masks = n;
	t->asks |= VERDICT_ASK_MASK;
	return RC_OK;
}

static enum rc
read_reveals(const struct yaml_node *n, struct terms *t, struct err *err)
{
	struct match m;
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, MASKS, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if ((rc = match_read(v, &m, err)) != RC_OK)
			return rc;
		if (m.wild)
			return yaml_expected(v, err, "an operation without * and ?");
	}
	t->reveals = n;
	t->asks |= VERDICT_ASK_REVEAL;
	return RC_OK;
}

static enum rc
read_mask(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "add", VOCAB_MAY },
		{ "reveal", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	enum rc rc;

	if (yaml_kind(n) == YAML_LIST)
		return read_masks(n, t, err);
	if (yaml_kind(n) == YAML_TEXT)
		return yaml_expected(n, err, "a list of masks, or a mapping");
	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 2, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "add")) != NULL && (rc = read_masks(v, t, err)) != RC_OK)
		return rc;
	v = yaml_find(n, "reveal");
	return v == NULL ? RC_OK : read_reveals(v, t, err);
}

static enum rc
read_stdin(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const char *const words[] = { "none", "unreviewed", "hashed", NULL };
	static const unsigned asks[] = { VERDICT_ASK_NO_STDIN, VERDICT_ASK_UNREVIEWED,
		VERDICT_ASK_HASHED };
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, words, &at, err)) == RC_OK)
		t->asks |= asks[at];
	return rc;
}

static enum rc
read_on_disconnect(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const char *const words[] = { "keep", "cancel", NULL };
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, words, &at, err)) == RC_OK && at == 1)
		t->asks |= VERDICT_ASK_CANCEL;
	return rc;
}

enum rc
terms_read(const struct yaml_node *n, struct terms *ret, struct err *err)
{
	static const struct {
		const char *key;
		enum rc (*read)(
		    const struct yaml_node *n, struct terms *t, struct err *err);
	} readers[] = {
		{ "credential", read_credential },
		{ "files", read_files },
		{ "record", read_record },
		{ "rate", read_rate },
		{ "ttl", read_ttl },
		{ "limits", read_limits },
		{ "interactive", read_interactive },
		{ "mask", read_mask },
		{ "stdin", read_stdin },
		{ "on_disconnect", read_on_disconnect },
	};
	struct terms t = { 0 };

	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		const struct yaml_node *v = yaml_find(n, readers[i].key);
		enum rc rc;

		if (v != NULL && (rc = readers[i].read(v, &t, err)) != RC_OK)
			return rc;
	}
	*ret = t;
	return RC_OK;
}

/* 0 says nothing. */
static void
least(uint64_t *v, uint64_t t)
{
	if (t != 0 && (*v == 0 || t < *v))
		*v = t;
}

static bool
add_masks(const struct terms *t, struct verdict *v)
{
	for (const struct yaml_node *n = yaml_first(t->masks); n != NULL;
	     n = yaml_next(n))
		if (!verdict_name_add(v->masks, sizeof v->masks, yaml_span(n)))
			return false;
	return true;
}

bool
terms_reveal(const struct terms *t, const struct terms_call *c)
{
	struct err err = { "" };
	struct match m;

	if (t->reveals == NULL)
		return false;
	for (const struct yaml_node *n = yaml_first(t->reveals); n != NULL;
	     n = yaml_next(n))
		if (match_read(n, &m, &err) == RC_OK &&
		    match_operation(&m, c->service, c->cli, c->operation))
			return true;
	return false;
}

static bool
add_rate(const struct verdict_rate *r, struct verdict *v)
{
	for (size_t i = 0; i < v->n_rates; i++)
		if (strcmp(v->rates[i].rule, r->rule) == 0)
			return true;
	if (v->n_rates == VERDICT_RATES)
		return false;
	v->rates[v->n_rates++] = *r;
	return true;
}

/* Of what rules say of stdin the strictest counts. */
static unsigned
add_asks(unsigned a, unsigned b)
{
	unsigned all = a | b;

	if (all & VERDICT_ASK_NO_STDIN)
		all &= ~(unsigned)(VERDICT_ASK_HASHED | VERDICT_ASK_UNREVIEWED);
	if (all & VERDICT_ASK_HASHED)
		all &= ~(unsigned)VERDICT_ASK_UNREVIEWED;
	return all;
}

bool
terms_add(const struct terms *t, struct verdict *v)
{
	v->scope |= t->scope;
	if (t->seconds != 0 && (v->lease_seconds == 0 || t->seconds < v->lease_seconds))
		v->lease_seconds = t->seconds;
	if (t->bodies > v->bodies)
		v->bodies = t->bodies;
	least(&v->decide_ms, t->decide_ms);
	least(&v->use_ms, t->use_ms);
	least(&v->run_ms, t->run_ms);
	least(&v->idle_ms, t->idle_ms);
	least(&v->output_bytes, t->output_bytes);
	v->asks = add_asks(v->asks, t->asks);
	return (t->masks == NULL || add_masks(t, v)) &&
	       (t->rate.n == 0 || add_rate(&t->rate, v));
}
