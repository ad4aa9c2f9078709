/* Where a rule holds; see where.h. */
#include "policies/where.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/name.h"
#include "lib/model/profile.h"
#include "policies/oneof.h"
#include "policies/vocab.h"

#define TAGS 32

struct tag {
	const char *name;
	struct oneof value;
};

struct where {
	struct oneof target, account, region, profile, env, os_user;
	const char *role;
	size_t n_tags;
	struct tag tags[TAGS];
};

/* As AWS names them: eu-west-1, us-gov-east-1.  A profile's may be any label, but here
 * it would be the name of something else. */
static bool
is_region(struct span s)
{
	size_t digits = 0, dashes = 0;

	if (!profile_region(s) || s.p[0] < 'a' || s.p[0] > 'z')
		return false;
	for (size_t i = 0; i < s.len; i++)
		dashes += s.p[i] == '-';
	while (s.p[s.len - 1 - digits] >= '0' && s.p[s.len - 1 - digits] <= '9')
		digits++;
	return dashes >= 2 && digits > 0 && s.p[s.len - 1 - digits] == '-';
}

static enum rc
read_tags(const struct yaml_node *n, const struct yaml_node *sets, struct where *w,
    struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 1, TAGS, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		struct tag *t = &w->tags[w->n_tags++];

		if ((rc = yaml_line_text(yaml_key(v), 1, 128, &t->name, err)) !=
			RC_OK ||
		    (rc = oneof_read(v, sets, NULL, &t->value, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static const struct oneof_kind accounts = { profile_account,
	"an account of 12 digits" },
			       regions = { is_region, "the name of a region" },
			       profiles = { name_label, "the name of a profile" },
			       users = { name_os_user, "the name of an OS user" };

static const struct {
	const char *key;
	size_t at; /* of the condition in struct where */
	const struct oneof_kind *kind;
} readers[] = {
	{ "target", offsetof(struct where, target), NULL },
	{ "account", offsetof(struct where, account), &accounts },
	{ "region", offsetof(struct where, region), &regions },
	{ "profile", offsetof(struct where, profile), &profiles },
	{ "env", offsetof(struct where, env), NULL },
	{ "os_user", offsetof(struct where, os_user), &users },
};

static enum rc
read(const struct yaml_node *n, const struct yaml_node *sets, struct where *w,
    struct err *err)
{
	static const struct vocab keys[] = {
		{ "target", VOCAB_MAY },
		{ "account", VOCAB_MAY },
		{ "region", VOCAB_MAY },
		{ "profile", VOCAB_MAY },
		{ "tag", VOCAB_MAY },
		{ "env", VOCAB_MAY },
		{ "os_user", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 7, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		struct oneof *o = (struct oneof *)((char *)w + readers[i].at);

		if ((v = yaml_find(n, readers[i].key)) != NULL &&
		    (rc = oneof_read(v, sets, readers[i].kind, o, err)) != RC_OK)
			return rc;
	}
	v = yaml_find(n, "tag");
	return v == NULL ? RC_OK : read_tags(v, sets, w, err);
}

enum rc
where_read(const struct yaml_node *n, const struct yaml_node *sets, struct where **ret,
    struct err *err)
{
	struct where *w = calloc(1, sizeof *w);
	enum rc rc;

	if (w == NULL)
		return err_memory(err);
	if ((rc = read(n, sets, w, err)) != RC_OK) {
		free(w);
		return rc;
	}
	*ret = w;
	return RC_OK;
}

enum rc
where_add_role(struct where **w, const char *role, struct err *err)
{
	if (*w == NULL && (*w = calloc(1, sizeof **w)) == NULL)
		return err_memory(err);
	(*w)->role = role;
	return RC_OK;
}

void
where_free(struct where *w)
{
	free(w);
}

/* A tag that stands there twice has to fit both times to be sure. */
static unsigned
fit_tag(const struct tag *t, const struct facts *f)
{
	unsigned all = FIT_SURE;
	bool seen = false;

	for (size_t i = 0; i < f->n_tags; i++) {
		unsigned fit;

		if (strcmp(f->tags[i].name, t->name) != 0)
			continue;
		fit = oneof_fit(&t->value, f->tags[i].value);
		all = fit_all(all, fit);
		seen = true;
	}
	return seen ? all : FIT_MAYBE;
}

static unsigned
fit_role(const char *role, const struct facts *f)
{
	if (role == NULL)
		return FIT_BOTH;
	if (f->role == NULL)
		return FIT_MAYBE;
	return strcmp(role, f->role) == 0 ? FIT_BOTH : FIT_NO;
}

const char *
where_misfit(const struct where *w, const struct facts *f, const char *region,
    bool *unknown, char *buf, size_t size)
{
	/* In the order of readers. */
	const char *const known[] = { NULL, f->account, region, f->profile, f->env,
		f->os_user };

	if (w == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		const void *at = (const char *)w + readers[i].at;
		unsigned fit = i == 0 ? oneof_fit_target(at, f->target, f->target_id)
				      : oneof_fit(at, known[i]);

		*unknown = (fit & FIT_MAYBE) != 0;
		if (!(fit & FIT_SURE))
			return readers[i].key;
	}
	for (size_t i = 0; i < w->n_tags; i++) {
		unsigned fit = fit_tag(&w->tags[i], f);

		*unknown = (fit & FIT_MAYBE) != 0;
		snprintf(buf, size, "tag %s", w->tags[i].name);
		if (!(fit & FIT_SURE))
			return buf;
	}
	*unknown = f->role == NULL;
	return fit_role(w->role, f) & FIT_SURE ? NULL : "role";
}

unsigned
where_fit(const struct where *w, const struct facts *f, const char *region)
{
	unsigned fit;

	if (w == NULL)
		return FIT_BOTH;
	fit = oneof_fit_target(&w->target, f->target, f->target_id) &
	      oneof_fit(&w->account, f->account) & oneof_fit(&w->region, region) &
	      oneof_fit(&w->profile, f->profile) & oneof_fit(&w->env, f->env) &
	      oneof_fit(&w->os_user, f->os_user) & fit_role(w->role, f);
	for (size_t i = 0; i < w->n_tags && fit != FIT_NO; i++)
		fit &= fit_tag(&w->tags[i], f);
	return fit;
}
