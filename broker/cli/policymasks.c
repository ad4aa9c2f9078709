/* Names of masks that nobody has; see policymasks.h. */
#include "broker/cli/policymasks.h"

#include "broker/cli/maskopts.h"
#include "broker/cli/policysay.h"

enum rc
policymasks_init(struct policymasks *m, const struct policyopts *o, struct err *err)
{
	const struct maskopts own = { .policy = o->masking };

	*m = (struct policymasks){ .json = o->json, .sure = o->masking != NULL };
	return maskopts_policy(&own, &m->policy, err);
}

void
policymasks_clear(struct policymasks *m)
{
	mask_policy_free(m->policy);
	m->policy = NULL;
}

void
policymasks_rule(struct policymasks *m, const struct rule *r)
{
	const struct yaml_node *n =
	    r->terms.masks == NULL ? NULL : yaml_first(r->terms.masks);
	struct err err = { "" };

	for (; n != NULL; n = yaml_next(n)) {
		if (mask_policy_knows(m->policy, yaml_span(n)))
			continue;
		yaml_fail(n, &err, "there is no mask %s%s", yaml_cstr(n),
		    m->sure ? ""
			    : ", unless masking of broker.yaml has a rule of that id");
		policysay_finding(m->json, m->sure ? "error" : "warning", err.text);
		m->found++;
	}
}
