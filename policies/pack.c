/* Loading policies; see pack.h.  The one place of this room that reads files. */
#include "policies/pack.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/safepath.h"
#include "policies/digest.h"
#include "policies/exam.h"
#include "policies/lint.h"
#include "policies/policy.h"
#include "policies/ruling.h"

struct pack {
	struct ruleset set;
	const struct runbook **runbooks; /* of the set */
	size_t n;
	struct policy *policies[PACK_FILES];
};

void
pack_free(struct pack *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		policy_free(p->policies[i]);
	ruling_release(&p->set);
	free(p->set.rules);
	free(p->runbooks);
	free(p);
}

const struct ruleset *
pack_rules(const struct pack *p)
{
	return &p->set;
}

size_t
pack_count(const struct pack *p)
{
	return p->n;
}

const char *
pack_name(const struct pack *p, size_t i)
{
	return i < p->n ? p->policies[i]->name : NULL;
}

enum rc
pack_lint(const struct pack *p, struct err *err)
{
	return lint_check((const struct policy *const *)p->policies, p->n, err);
}

/* Put a policy in its place by name. */
static enum rc
insert(struct pack *p, struct policy *policy, const char *file, struct err *err)
{
	size_t at = p->n;
	int order = 1;

	while (at > 0 && (order = strcmp(p->policies[at - 1]->name, policy->name)) > 0)
		at--;
	if (at > 0 && order == 0)
		return err_set(err, RC_REFUSE,
		    "%s:1:1: a policy named %s stands already in %s", file,
		    policy->name, yaml_file(yaml_root(p->policies[at - 1]->doc)));
	memmove(&p->policies[at + 1], &p->policies[at],
	    (p->n - at) * sizeof p->policies[0]);
	p->policies[at] = policy;
	p->n++;
	return RC_OK;
}

static enum rc
add_text(struct pack *p, const char *file, struct span text, struct err *err)
{
	struct policy *policy = NULL;
	enum rc rc;

	if (p->n == PACK_FILES)
		return err_set(
		    err, RC_REFUSE, "%s: more than %d files", file, PACK_FILES);
	if (text.len > PACK_BYTES)
		return err_set(
		    err, RC_REFUSE, "%s: more than %u bytes", file, PACK_BYTES);
	if ((rc = policy_read(file, text, &policy, err)) != RC_OK)
		return rc;
	if ((rc = exam_run(policy, err)) == RC_OK)
		rc = insert(p, policy, file, err);
	if (rc != RC_OK)
		policy_free(policy);
	return rc;
}

/* Everything is read: line the rules up and take the digest. */
static enum rc
finish(struct pack *p, struct err *err)
{
	const struct yaml_node *roots[PACK_FILES];
	size_t n = 0, books = 0;
	enum rc rc;

	for (size_t i = 0; i < p->n; i++) {
		roots[i] = yaml_root(p->policies[i]->doc);
		n += p->policies[i]->n_rules;
		books += p->policies[i]->n_runbooks;
	}
	p->set.rules = calloc(n + 1, sizeof *p->set.rules);
	p->runbooks = calloc(books + 1, sizeof p->runbooks[0]);
	if (p->set.rules == NULL || p->runbooks == NULL)
		return err_memory(err);
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < p->policies[i]->n_rules; k++)
			p->set.rules[p->set.n++] = &p->policies[i]->rules[k];
		for (size_t k = 0; k < p->policies[i]->n_runbooks; k++)
			p->runbooks[p->set.n_runbooks++] = p->policies[i]->runbooks[k];
	}
	p->set.runbooks = p->runbooks;
	if ((rc = ruleset_sort(&p->set, err)) != RC_OK ||
	    (rc = ruling_prepare(&p->set, err)) != RC_OK)
		return rc;
	return digest_trees(roots, p->n, p->set.digest, err);
}

enum rc
pack_read(const struct pack_text *texts, size_t n, struct pack **ret, struct err *err)
{
	struct pack *p = calloc(1, sizeof *p);
	enum rc rc = RC_OK;

	if (p == NULL)
		return err_memory(err);
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = add_text(p, texts[i].file, texts[i].text, err);
	if (rc == RC_OK)
		rc = finish(p, err);
	if (rc != RC_OK) {
		pack_free(p);
		return rc;
	}
	*ret = p;
	return RC_OK;
}

static enum rc
add_file(struct pack *p, const char *folder, const char *name, struct err *err)
{
	char path[PATH_MAX];
	struct buf text;
	enum rc rc;

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return err_set(err, RC_REFUSE, "%s: the path is too long", name);
	buf_init(&text, PACK_BYTES);
	if ((rc = safepath_read(path, PACK_BYTES, &text, err)) == RC_OK)
		rc = add_text(p, path, buf_span(&text), err);
	buf_clear(&text);
	return rc;
}

static bool
is_policy(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

/* The folder's policy files, one after the other. */
static enum rc
add_folder(struct pack *p, const char *folder, DIR *d, struct err *err)
{
	struct dirent *e;
	enum rc rc;

	for (errno = 0; (e = readdir(d)) != NULL; errno = 0)
		if (is_policy(e->d_name) &&
		    (rc = add_file(p, folder, e->d_name, err)) != RC_OK)
			return rc;
	return errno == 0 ? RC_OK
			  : err_errno(err, RC_FAIL, "read the folder %s", folder);
}

static enum rc
load(struct pack *p, const char *folder, struct err *err)
{
	int fd = -1;
	DIR *d;
	enum rc rc;

	if ((rc = safepath_open_folder(folder, &fd, err)) != RC_OK)
		return rc;
	if ((d = fdopendir(fd)) == NULL) {
		rc = err_errno(err, RC_FAIL, "read the folder %s", folder);
		close(fd);
		return rc;
	}
	rc = add_folder(p, folder, d, err);
	closedir(d);
	return rc == RC_OK ? finish(p, err) : rc;
}

enum rc
pack_load(const char *folder, struct pack **ret, struct err *err)
{
	struct pack *p = calloc(1, sizeof *p);
	enum rc rc;

	if (p == NULL)
		return err_memory(err);
	if ((rc = load(p, folder, err)) != RC_OK || (rc = pack_lint(p, err)) != RC_OK) {
		pack_free(p);
		return rc;
	}
	*ret = p;
	return RC_OK;
}

enum rc
pack_masks(const struct pack *p, pack_mask_fn *fn, const void *arg, struct err *err)
{
	const struct ruleset *set = pack_rules(p);

	for (size_t i = 0; i < set->n; i++) {
		const struct yaml_node *all = set->rules[i]->terms.masks;
		const struct yaml_node *n = all == NULL ? NULL : yaml_first(all);

		for (; n != NULL; n = yaml_next(n))
			if (!fn(arg, yaml_span(n)))
				return yaml_fail(
				    n, err, "there is no mask %s", yaml_cstr(n));
	}
	return RC_OK;
}
