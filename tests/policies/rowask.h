/* Rules and commands as rows, for tests of rules with aws. */
#ifndef TESTS_POLICIES_ROWASK_H
#define TESTS_POLICIES_ROWASK_H

#include "tests/policies/asking.h"

#include "policies/decide.h"

static const char *const rowask_groups[] = { "agents", "ops" };
static const struct identity rowask_agent = {
	.name = "agent-1",
	.kind = IDENTITY_AGENT,
	.groups = (const char **)rowask_groups,
	.group_count = 2,
};
static const struct facts rowask_facts = ASKING_FACTS(&rowask_agent);

static inline struct verdict
rowask(const struct pack *p, const char *line)
{
	struct aws_request *req = asking_request(line);
	struct verdict v = { 0 };

	decide(pack_rules(p), req, &rowask_facts, &v);
	aws_free(req);
	return v;
}

/* A rule: effect and path, operations, what more the aws mapping has, what more the
 * rule has. */
#define RULE(effect, on, ops, aws, more)                                               \
	"{id: r, effect: " effect ", on: [" on "], aws: {operations: [" ops "]" aws    \
	"}" more "}"
#define HELD ", approvers: {need: 1, from: [group:sre]}"

struct rowask_row {
	const char *rule, *line;
	enum effect effect;
	const char *reason;
};

/* Rules of a row, and perhaps what they stand beside. */
static inline struct pack *
rowask_pack(const char *rule)
{
	char text[2048];

	snprintf(text, sizeof text,
	    "{version: 1, name: p, sets: {eu: {regions: [eu-west-1, eu-central-1]}, "
	    "own: {values: [a, b]}}, rules: [%s]}",
	    rule);
	return asking_pack(text);
}

static inline void
rowask_check(const struct rowask_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pack *p = rowask_pack(rows[i].rule);
		struct verdict v = rowask(p, rows[i].line);

		if (v.effect != rows[i].effect ||
		    (rows[i].reason != NULL &&
			strstr(v.reason, rows[i].reason) == NULL))
			fail_msg("%s\n%s\n%s: %s", rows[i].rule, rows[i].line,
			    effect_name(v.effect), v.reason);
		pack_free(p);
	}
}

#endif
