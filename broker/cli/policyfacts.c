/* Facts from JSON; see policyfacts.h.  Written by the one who asks the question, so it
 * is checked as configuration is: a misspelled key must not mean "not known". */
#include "broker/cli/policyfacts.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "broker/vault/expiry.h"
#include "lib/base/clock.h"
#include "lib/model/name.h"
#include "lib/model/profile.h"

#define AGE_MOST (10ll * 366 * 24 * 60 * 60) /* seconds */

/* One key of an object: a text, unless it has a reader. */
struct member {
	const char *key; /* NULL ends a table */
	enum rc (*read)(struct policyfacts *f, const json_t *v, struct err *err);
	size_t at;		     /* of the text in struct policyfacts */
	bool (*good)(struct span s); /* NULL: any text */
	const char *what;	     /* that is expected */
};

#define TEXT(key, place, good, what)                                                   \
	{                                                                              \
		key, NULL, offsetof(struct policyfacts, place), good, what             \
	}
#define READ(key, read)                                                                \
	{                                                                              \
		key, read, 0, NULL, NULL                                               \
	}

void
policyfacts_init(struct policyfacts *f)
{
	memset(f, 0, sizeof *f);
	f->who.kind = IDENTITY_AGENT;
	f->who.groups = f->groups;
	f->facts = (struct facts){ .who = &f->who,
		.proof = PROOF_KEY,
		.path = PATH_EXEC,
		.partition = "aws",
		.region = "eu-west-1",
		.claims = f->claims,
		.tags = f->tags,
		.now = clock_wall_ms() };
}

void
policyfacts_copy(struct policyfacts *to, const struct policyfacts *from)
{
	*to = *from;
	to->facts.who = &to->who;
	to->who.groups = to->groups;
	to->facts.claims = to->claims;
	to->facts.tags = to->tags;
	if (from->facts.partition == from->role_partition)
		to->facts.partition = to->role_partition;
	if (from->facts.account == from->role_account)
		to->facts.account = to->role_account;
}

/* ---- values ---- */

static enum rc
want_text(const json_t *v, const char **ret, struct err *err)
{
	if (!json_is_string(v) || json_string_length(v) > POLICYFACTS_TEXT ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return err_set(err, RC_REFUSE, "expected a text of at most %d bytes",
		    POLICYFACTS_TEXT);
	*ret = json_string_value(v);
	return RC_OK;
}

/* Texts with a check of their own. */
static enum rc
want_checked(const json_t *v, bool (*good)(struct span s), const char *what,
    const char **ret, struct err *err)
{
	const char *s = NULL;

	if (want_text(v, &s, NULL) != RC_OK || !good(span_of(s)))
		return err_set(err, RC_REFUSE, "expected %s", what);
	*ret = s;
	return RC_OK;
}

static enum rc
want_pairs(const json_t *v, struct facts_pair *list, size_t *n, struct err *err)
{
	const char *key;
	json_t *value;
	enum rc rc;

	if (!json_is_object(v) || json_object_size(v) > POLICYFACTS_PAIRS)
		return err_set(err, RC_REFUSE, "expected an object of at most %d texts",
		    POLICYFACTS_PAIRS);
	*n = 0;
	json_object_foreach((json_t *)v, key, value)
	{
		if ((rc = want_text(value, &list[*n].value, err)) != RC_OK) {
			err_add(err, "%s", key);
			return rc;
		}
		list[(*n)++].name = key;
	}
	return RC_OK;
}

static enum rc
read_member(
    struct policyfacts *f, const struct member *m, const json_t *v, struct err *err)
{
	const char **to = (const char **)(void *)((char *)f + m->at);

	if (m->read != NULL)
		return m->read(f, v, err);
	return m->good != NULL ? want_checked(v, m->good, m->what, to, err)
			       : want_text(v, to, err);
}

static void
list_keys(const struct member *table, struct buf *out)
{
	for (size_t i = 0; table[i].key != NULL; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ", ", table[i].key);
}

static enum rc
read_members(
    struct policyfacts *f, const json_t *o, const struct member *table, struct err *err)
{
	struct buf known;
	const char *key;
	json_t *v;
	enum rc rc;

	if (!json_is_object(o))
		return err_set(err, RC_REFUSE, "expected an object");
	json_object_foreach((json_t *)o, key, v)
	{
		const struct member *m = table;

		while (m->key != NULL && strcmp(m->key, key) != 0)
			m++;
		if (m->key == NULL) {
			buf_init(&known, ERR_TEXT);
			list_keys(table, &known);
			err_set(err, RC_REFUSE, "%.64s: expected one of the keys %s",
			    key, buf_cstr(&known));
			buf_clear(&known);
			return RC_REFUSE;
		}
		if ((rc = read_member(f, m, v, err)) != RC_OK) {
			err_add(err, "%s", key);
			return rc;
		}
	}
	return RC_OK;
}

/* ---- who ---- */

bool
policyfacts_kind(struct policyfacts *f, const char *kind)
{
	if (strcmp(kind, identity_kind_name(IDENTITY_AGENT)) == 0)
		f->who.kind = IDENTITY_AGENT;
	else if (strcmp(kind, identity_kind_name(IDENTITY_HUMAN)) == 0)
		f->who.kind = IDENTITY_HUMAN;
	else
		return false;
	return true;
}

static enum rc
read_kind(struct policyfacts *f, const json_t *v, struct err *err)
{
	const char *s;

	if (want_text(v, &s, NULL) == RC_OK && policyfacts_kind(f, s))
		return RC_OK;
	return err_set(err, RC_REFUSE, "expected agent or human");
}

static enum rc
read_groups(struct policyfacts *f, const json_t *v, struct err *err)
{
	enum rc rc;

	if (!json_is_array(v) || json_array_size(v) > POLICYFACTS_GROUPS)
		return err_set(err, RC_REFUSE, "expected a list of at most %d groups",
		    POLICYFACTS_GROUPS);
	for (size_t i = 0; i < json_array_size(v); i++)
		if ((rc = want_checked(json_array_get(v, i), name_label,
			 "a group's name", &f->groups[i], err)) != RC_OK)
			return rc;
	f->who.group_count = json_array_size(v);
	return RC_OK;
}

static enum rc
read_claims(struct policyfacts *f, const json_t *v, struct err *err)
{
	return want_pairs(v, f->claims, &f->facts.n_claims, err);
}

/* Of somebody whose name is known; read_identity has the name in front. */
static const struct member person[] = {
	TEXT("name", who.name, name_identity, "an identity's name"),
	READ("kind", read_kind),
	READ("groups", read_groups),
	TEXT("owner", who.owner, name_identity, "an identity's name"),
	READ("claims", read_claims),
	TEXT("delegated_by", facts.delegated_by, name_identity, "an identity's name"),
	{ NULL, NULL, 0, NULL, NULL },
};

static enum rc
read_identity(struct policyfacts *f, const json_t *v, struct err *err)
{
	return read_members(f, v, person, err);
}

static enum rc
read_method(struct policyfacts *f, const json_t *v, struct err *err)
{
	for (size_t i = 0; json_is_string(v) && proof_names[i] != NULL; i++)
		if (strcmp(proof_names[i], json_string_value(v)) == 0) {
			f->facts.proof = (enum proof)(PROOF_KEY + i);
			return RC_OK;
		}
	return err_set(err, RC_REFUSE, "expected key, sk, device or uid");
}

static enum rc
read_age(struct policyfacts *f, const json_t *v, struct err *err)
{
	json_int_t age = json_integer_value(v);

	if (!json_is_integer(v) || age < 0 || age > AGE_MOST)
		return err_set(err, RC_REFUSE, "expected seconds");
	f->facts.auth_age = (uint64_t)age * 1000;
	return RC_OK;
}

static enum rc
read_auth(struct policyfacts *f, const json_t *v, struct err *err)
{
	static const struct member table[] = {
		READ("method", read_method),
		READ("age", read_age),
		{ NULL, NULL, 0, NULL, NULL },
	};

	return read_members(f, v, table, err);
}

/* ---- where ---- */

static bool
is_partition(struct span s)
{
	if (span_is(s, "aws"))
		return true;
	if (!span_starts(s, "aws-") || s.len == 4 || s.len > 31)
		return false;
	for (size_t i = 4; i < s.len; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && s.p[i] != '-')
			return false;
	return true;
}

static enum rc
read_role(struct policyfacts *f, const json_t *v, struct err *err)
{
	struct span account, partition;
	const char *s = NULL;

	if (want_text(v, &s, NULL) != RC_OK || !profile_role(span_of(s), &account))
		return err_set(err, RC_REFUSE, "expected a role's ARN");
	s += strlen("arn:");
	partition = span_make(s, strcspn(s, ":"));
	if (!span_copy(account, f->role_account, sizeof f->role_account) ||
	    !span_copy(partition, f->role_partition, sizeof f->role_partition))
		return err_set(err, RC_REFUSE, "expected a role's ARN");
	f->facts.account = f->role_account;
	f->facts.partition = f->role_partition;
	f->facts.role = json_string_value(v);
	return RC_OK;
}

static enum rc
read_at(struct policyfacts *f, const json_t *v, struct err *err)
{
	const char *s;

	if (want_text(v, &s, NULL) == RC_OK &&
	    policyfacts_time(span_of(s), &f->facts.now))
		return RC_OK;
	return err_set(err, RC_REFUSE, "expected a time like 2026-11-21T08:15:00Z");
}

static enum rc
read_tags(struct policyfacts *f, const json_t *v, struct err *err)
{
	return want_pairs(v, f->tags, &f->facts.n_tags, err);
}

static enum rc
read_target(struct policyfacts *f, const json_t *v, struct err *err)
{
	static const struct member table[] = {
		TEXT("name", facts.target, NULL, NULL),
		TEXT("id", facts.target_id, NULL, NULL),
		TEXT("env", facts.env, NULL, NULL),
		TEXT("os_user", facts.os_user, NULL, NULL),
		READ("tags", read_tags),
		{ NULL, NULL, 0, NULL, NULL },
	};

	return read_members(f, v, table, err);
}

/* ---- those that may be asked for by name ---- */

/* Each entry is read once, so that an error shows before somebody asks for it. */
static enum rc
try_each(const json_t *v, const struct member *table, bool (*good)(struct span s),
    const char *what, struct err *err)
{
	struct policyfacts scratch;
	const char *key;
	json_t *entry;
	enum rc rc;

	if (!json_is_object(v))
		return err_set(err, RC_REFUSE, "expected an object");
	json_object_foreach((json_t *)v, key, entry)
	{
		policyfacts_init(&scratch);
		if (!good(span_of(key)))
			return err_set(err, RC_REFUSE, "%.80s: expected %s", key, what);
		if ((rc = read_members(&scratch, entry, table, err)) != RC_OK) {
			err_add(err, "%s", key);
			return rc;
		}
	}
	return RC_OK;
}

static enum rc
read_identities(struct policyfacts *f, const json_t *v, struct err *err)
{
	/* Without the name, which is the entry's key. */
	enum rc rc = try_each(v, person + 1, name_identity, "an identity's name", err);

	if (rc == RC_OK)
		f->identities = v;
	return rc;
}

#define PARTITION                                                                      \
	TEXT("partition", facts.partition, is_partition, "aws, aws-cn, aws-us-gov …")
#define ACCOUNT TEXT("account", facts.account, profile_account, "twelve digits")
#define REGION TEXT("region", facts.region, profile_region, "a region")

static const struct member place[] = {
	PARTITION,
	ACCOUNT,
	REGION,
	READ("role", read_role),
	{ NULL, NULL, 0, NULL, NULL },
};

static enum rc
read_profiles(struct policyfacts *f, const json_t *v, struct err *err)
{
	enum rc rc = try_each(v, place, name_label, "a profile's name", err);

	if (rc == RC_OK)
		f->profiles = v;
	return rc;
}

static const struct member everything[] = {
	READ("identity", read_identity),
	READ("auth", read_auth),
	TEXT("profile", facts.profile, name_label, "a profile's name"),
	PARTITION,
	ACCOUNT,
	REGION,
	READ("role", read_role),
	READ("at", read_at),
	READ("target", read_target),
	READ("identities", read_identities),
	READ("profiles", read_profiles),
	{ NULL, NULL, 0, NULL, NULL },
};

enum rc
policyfacts_read(struct policyfacts *f, const json_t *o, struct err *err)
{
	return read_members(f, o, everything, err);
}

enum rc
policyfacts_as(struct policyfacts *f, const char *name, struct err *err)
{
	const json_t *known = json_object_get(f->identities, name);

	/* A shorter name than any identity's may be asked about: it is nobody. */
	if (!name_label(span_of(name)))
		return err_set(err, RC_REFUSE, "--as: expected an identity's name");
	if (f->who.name != NULL && strcmp(f->who.name, name) != 0) {
		f->who.kind = IDENTITY_AGENT;
		f->who.owner = NULL;
		f->who.group_count = 0;
		f->facts.n_claims = 0;
		f->facts.delegated_by = NULL;
	}
	f->who.name = name;
	return known == NULL ? RC_OK : read_members(f, known, person + 1, err);
}

enum rc
policyfacts_profile(struct policyfacts *f, const char *name, struct err *err)
{
	const json_t *known;

	if (name == NULL)
		name = f->facts.profile;
	if (name == NULL)
		return RC_OK;
	known = json_object_get(f->profiles, name);
	if (known == NULL && f->facts.profile != NULL &&
	    strcmp(f->facts.profile, name) == 0)
		return RC_OK;
	if (known == NULL && f->profiles != NULL)
		return err_set(err, RC_REFUSE,
		    "profile: %.64s is not one of those in the facts", name);
	f->facts.profile = name;
	f->facts.account = NULL;
	f->facts.role = NULL;
	return known == NULL ? RC_OK : read_members(f, known, place, err);
}

/* ---- time ---- */

static bool
two_digits(const char *s, int most, int *ret)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*ret = (s[0] - '0') * 10 + (s[1] - '0');
	return *ret <= most;
}

bool
policyfacts_time(struct span text, uint64_t *ret)
{
	char s[48];
	size_t n;
	int64_t t, ahead = 0;
	uint64_t ms;
	int h, m;

	if (!span_copy(text, s, sizeof s - 1) || (n = strlen(s)) < 20)
		return false;
	if (s[n - 1] != 'Z') {
		char *sign = s + n - 6;

		if ((*sign != '+' && *sign != '-') || sign[3] != ':' ||
		    !two_digits(sign + 1, 23, &h) || !two_digits(sign + 4, 59, &m))
			return false;
		ahead = (*sign == '-' ? -1 : 1) * (h * 60 + m) * 60000ll;
		sign[0] = 'Z';
		sign[1] = '\0';
	}
	if (!expiry_parse(span_of(s), &ms) || (t = (int64_t)ms - ahead) <= 0)
		return false;
	*ret = (uint64_t)t;
	return true;
}
