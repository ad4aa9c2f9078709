/* broker policy check; see policycheck.h.  Every file is looked at, also behind one that
 * is wrong; what concerns all of them (two of one name, what lint calls errors) only when each is right. */
#include "broker/cli/policycheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/policyload.h"
#include "broker/cli/policymasks.h"
#include "broker/cli/policysay.h"
#include "lib/base/id.h"
#include "lib/model/status.h"
#include "policies/exam.h"
#include "policies/policy.h"

static enum rc
check_file(const struct pack_text *t, struct err *err)
{
	struct policy *p = NULL;
	enum rc rc = policy_read(t->file, t->text, &p, err);

	if (rc == RC_OK)
		rc = exam_run(p, err);
	policy_free(p);
	return rc;
}

static int
say_sound(const struct policyopts *o, const struct pack *pack)
{
	const struct ruleset *set = pack_rules(pack);
	char hex[65];

	id_hex(set->digest, sizeof set->digest, hex);
	if (o->json)
		policysay_json_take(json_pack("{s:b, s:I, s:I, s:s}", "ok", 1,
		    "policies", (json_int_t)pack_count(pack), "rules",
		    (json_int_t)set->n, "digest", hex));
	else
		printf("ok: %zu %s, %zu %s, sha256:%s\n", pack_count(pack),
		    pack_count(pack) == 1 ? "policy" : "policies", set->n,
		    set->n == 1 ? "rule" : "rules", hex);
	return STATUS_OK;
}

static enum rc
check_all(const struct policyopts *o, const struct policyload *l, struct err *err)
{
	enum rc rc, worst = RC_OK;

	for (size_t i = 0; i < policyload_count(l); i++) {
		rc = check_file(policyload_at(l, i), err);
		if (rc != RC_OK)
			policysay_finding(o->json, "error", err->text);
		if (rc == RC_FAIL || worst == RC_OK)
			worst = rc;
	}
	return worst;
}

/* What is unknown without --masking may be known to brokerd. */
static enum rc
check_masks(const struct policyopts *o, const struct pack *pack, struct err *err)
{
	const struct ruleset *set = pack_rules(pack);
	struct policymasks m;
	enum rc rc = policymasks_init(&m, o, err);

	for (size_t i = 0; rc == RC_OK && i < set->n; i++)
		policymasks_rule(&m, set->rules[i]);
	if (rc == RC_OK && m.sure && m.found > 0)
		rc = RC_REFUSE;
	else if (rc != RC_OK)
		policysay_finding(o->json, "error", err->text);
	policymasks_clear(&m);
	return rc;
}

int
policycheck(const struct policyopts *o)
{
	struct policyload *l = NULL;
	struct pack *pack = NULL;
	struct err err = { "" };
	int status;
	enum rc rc;

	if (o->argc == 0)
		return policysay_error(err_set(&err, RC_REFUSE, "which files?"), &err);
	rc = policyload_read((const char *const *)o->argv, (size_t)o->argc, &l, &err);
	if (rc != RC_OK)
		return policysay_error(rc, &err);
	rc = check_all(o, l, &err);
	if (rc == RC_OK && ((rc = policyload_pack(l, &pack, &err)) != RC_OK ||
			       (rc = pack_lint(pack, &err)) != RC_OK))
		policysay_finding(o->json, "error", err.text);
	if (rc == RC_OK)
		rc = check_masks(o, pack, &err);
	status = rc == RC_OK	 ? say_sound(o, pack)
		 : rc == RC_FAIL ? STATUS_FAILED
				 : STATUS_USAGE;
	pack_free(pack);
	policyload_free(l);
	return status;
}
