/* Any bytes as a policy: it loads or is refused with a place, and what loads decides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/decide.h"
#include "policies/pack.h"
#include "policies/runbook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct verdict *v)
{
	if (v->effect != EFFECT_DENY && v->rule[0] == '\0')
		abort();
	if ((v->effect == EFFECT_HOLD) != (v->n_needs > 0))
		abort();
	if (v->effect == EFFECT_DENY && (v->reveal || v->scope || v->file_in))
		abort();
}

/* An SDK's call, some of whose values nobody knows. */
static void
ask_call(const struct pack *p)
{
	static const struct identity who = { .name = "agent-1" };
	static const struct facts facts = { .who = &who,
		.proof = PROOF_KEY,
		.path = PATH_API,
		.partition = "aws",
		.account = "111122223333" };
	static const struct iam_place place = { "aws", "111122223333", "eu-west-1" };
	struct apicall *c = NULL;
	struct iam_needs needs;
	struct verdict v = { 0 };

	if (apicall_new("s3", "PutObject", "eu-west-1", &c, NULL) != RC_OK ||
	    apicall_value(c, "Bucket", span_of("logs"), NULL) != RC_OK ||
	    apicall_value(c, "Key", span_of("a"), NULL) != RC_OK ||
	    apicall_member(c, "Body", NULL) != RC_OK ||
	    apicall_value(c, "ACL", span_of("private"), NULL) != RC_OK ||
	    iam_needs(c, &place, &needs, NULL) != RC_OK)
		abort();
	decide_call(pack_rules(p), NULL, c, &needs, &facts, &v);
	check(&v);
	iam_clear(&needs);
	apicall_free(c);
}

static void
ask(const struct pack *p, const char *line)
{
	static const char *groups[] = { "agents" };
	static const struct identity who = {
		.name = "agent-1", .groups = groups, .group_count = 1
	};
	static const struct facts facts = { .who = &who,
		.proof = PROOF_KEY,
		.auth_age = 1000,
		.partition = "aws",
		.account = "111122223333",
		.region = "eu-west-1" };
	struct aws_request *req = NULL;
	struct refusal refusal;
	struct words *w = NULL;
	struct verdict v = { 0 };

	if (words_split(span_of(line), &w, NULL) != RC_OK ||
	    aws_read(w, &req, &refusal) != RC_OK)
		abort();
	decide(pack_rules(p), req, &facts, &v);
	check(&v);
	aws_free(req);
	words_free(w);
}

/* What has no line of aws: shells, ports, sessions, scripts. */
static void
ask_others(const struct pack *p)
{
	static const struct identity who = { .name = "agent-1" };
	static const struct facts_pair tags[] = { { "app", "shop" } };
	static const struct forward_ask port = { .host = "db", .port = 5432 };
	static const struct ssm_ask session = { .document = "D-1", .mode = SSM_FED };
	struct facts facts = { .who = &who,
		.proof = PROOF_KEY,
		.path = PATH_SHELL,
		.now = 1767355200000,
		.target = "web-1",
		.tags = tags,
		.n_tags = 1 };
	struct words *w = NULL;
	struct verdict v = { 0 };

	decide_line(pack_rules(p),
	    span_of("tail -n 5 /var/log/a 2>/dev/null | sort; sudo -u root rm -rf /x*"),
	    &facts, &v, NULL);
	check(&v);
	decide_line(pack_rules(p), span_of("ls && echo $x"), &facts, &v, NULL);
	check(&v);
	decide_open(pack_rules(p), &session, &facts, &v);
	check(&v);
	if (words_split(span_of("rm -rf 'a b'"), &w, NULL) != RC_OK)
		abort();
	decide_script(pack_rules(p), "tidy", w, &facts, &v);
	check(&v);
	facts.path = PATH_FORWARD;
	decide_forward(pack_rules(p), &port, &facts, &v);
	check(&v);
	facts.path = PATH_EXEC;
	decide_words(pack_rules(p), w, &facts, &v);
	check(&v);
	words_free(w);
}

/* One value for all parameters: what is taken is a command of aws. */
static void
run_books(const struct pack *p)
{
	static const char *const values[] = { "i-0123456789abcdef0", "1", "a", "x,y" };
	const struct ruleset *set = pack_rules(p);

	for (size_t i = 0; i < set->n_runbooks; i++)
		for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
			char text[RUNBOOK_PARAMETERS][64];
			struct span given[RUNBOOK_PARAMETERS];
			struct refusal refusal;
			struct words *w = NULL;
			const char *name;
			size_t n;

			for (n = 0;
			     (name = runbook_parameter(set->runbooks[i], n)) != NULL;
			     n++) {
				snprintf(
				    text[n], sizeof text[n], "%s=%s", name, values[k]);
				given[n] = span_of(text[n]);
			}
			if (runbook_expand(set->runbooks[i], given, n, &w, &refusal) ==
				RC_OK &&
			    strcmp(words_at(w, 0), "aws") != 0)
				abort();
			words_free(w);
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pack_text text = { "p.yaml", span_make(data, size) };
	struct err err = { "" };
	struct pack *p = NULL;
	enum rc rc = pack_read(&text, 1, &p, &err);

	if (rc != RC_OK) {
		if (rc == RC_REFUSE && strncmp(err.text, "p.yaml:", 7) != 0)
			abort();
		return 0;
	}
	ask(p, "aws s3 rm s3://logs/ --recursive");
	ask(p, "aws ec2 run-instances --image-id ami-1 --count 1 --output text");
	ask_call(p);
	ask_others(p);
	run_books(p);
	pack_free(p);
	return 0;
}
