/* A policy and an asker for tests of lines. */
#ifndef TESTS_POLICIES_LINEASK_H
#define TESTS_POLICIES_LINEASK_H

#include "tests/policies/asking.h"

#include "policies/decide.h"

static const char *const lineask_groups[] = { "oncall", "agents" };
static const struct identity lineask_agent = {
	.name = "agent-1",
	.kind = IDENTITY_AGENT,
	.groups = (const char **)lineask_groups,
	.group_count = 2,
};
static const struct facts_pair lineask_tags[] = { { "app", "shop" } };
/* Saturday 2026-11-21, 12:00 UTC, on web-1. */
static const struct facts lineask_facts = {
	.who = &lineask_agent,
	.proof = PROOF_KEY,
	.auth_age = 1000,
	.path = PATH_SHELL,
	.profile = "p",
	.partition = "aws",
	.account = "111122223333",
	.region = "eu-west-1",
	.now = 1795262400000,
	.target = "web-1",
	.target_id = "i-0abc12345678abcde",
	.env = "prod",
	.os_user = "app",
	.tags = lineask_tags,
	.n_tags = 1,
};

static inline struct verdict
lineask(const struct pack *p, const char *line)
{
	struct verdict v = { 0 };

	decide_line(pack_rules(p), span_of(line), &lineask_facts, &v, NULL);
	return v;
}

#endif
