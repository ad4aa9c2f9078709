/* Random policies and questions with a fixed seed: small vocabularies, so that rules and
 * questions meet often. */
#ifndef TESTS_POLICIES_RANDRULES_H
#define TESTS_POLICIES_RANDRULES_H

#include "tests/policies/lineask.h"

struct dice {
	uint64_t state;
};

static inline size_t
dice_roll(struct dice *d, size_t sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (size_t)(d->state >> 16) % sides;
}

#define PICK(d, list) (list)[dice_roll(d, sizeof(list) / sizeof(list)[0])]

static inline const char *
randrules_command(struct dice *d)
{
	static const char *const v[] = {
		"{name: cat, options: {short: 'nA'}, operands: {each: {path_in: "
		"['/var/log/**']}}, stdin: pipe}",
		"{name: [cat, sort], options: {short: n}, operands: any, stdin: any}",
		"{name: echo, options: any, operands: any}",
		"{name: rm, options: any, operands: any}",
		"{name: rm, options: {short: f}, operands: {each: {path_in: "
		"['/tmp/**']}}}",
		"{name: uptime}",
		"{any: [{name: uptime}, {name: id, options: {short: un}}]}",
		"{name: sudo, options: any, operands: any}",
		"{name: timeout, operands: any}",
		"{name: xargs, options: any, operands: any}",
	};

	return PICK(d, v);
}

static inline const char *
randrules_aws(struct dice *d)
{
	static const char *const v[] = {
		"{operations: ['s3:ls']}",
		"{operations: ['s3:*']}",
		"{operations: ['s3:DeleteObject', 's3:ListObjectsV2']}",
		"{operations: ['s3:rm'], resources: ['arn:aws:s3:::logs-*', "
		"'arn:aws:s3:::logs-*/*']}",
		"{operations: ['s3:get-object'], resources: "
		"['arn:aws:s3:::logs-a/*']}",
		"{operations: ['ec2:Describe*'], parameters: {instance-ids: {each: "
		"{glob: 'i-*'}}}}",
		"{operations: ['ec2:describe-instances', 'iam:ListUsers']}",
		"{operations: ['ec2:TerminateInstances']}",
		"{operations: ['iam:L*', 's3:List*']}",
	};

	return PICK(d, v);
}

/* Who, where, when and an exception, each now and then. */
static inline void
randrules_ambient(struct dice *d, bool shell, bool odd, struct buf *out)
{
	static const char *const who[] = {
		", who: {group: oncall}",
		", who: {group: others}",
		", who: {kind: agent}",
		", who: {claim: {mfa: 'true'}}",
		", who: {not: {claim: {mfa: 'true'}}}",
	};
	static const char *const where[] = {
		", where: {env: prod}",
		", where: {env: test}",
		", where: {region: eu-west-1}",
		", where: {tag: {team: a}}",
		", where: {target: web-1}",
	};
	static const char *const when[] = {
		", when: {until: '2026-01-01T00:00Z'}",
		", when: {from: '2026-01-01T00:00Z'}",
		", when: {days: [sat]}",
	};
	static const char *const unless[] = {
		", unless: {where: {env: prod}}",
		", unless: {where: {env: test}}",
		", unless: {where: {tag: {team: a}}}",
		", unless: {who: {group: others}}",
		", unless: {when: {days: [mon]}}",
	};

	if (dice_roll(d, 3) == 0)
		buf_text(out, PICK(d, who));
	if (dice_roll(d, 3) == 0)
		buf_text(out, PICK(d, where));
	if (dice_roll(d, 4) == 0)
		buf_text(out, PICK(d, when));
	if (dice_roll(d, 4) != 0)
		return;
	if (odd || dice_roll(d, 2) == 0)
		buf_text(out, PICK(d, unless));
	else if (shell)
		buf_printf(out, ", unless: {command: %s}", randrules_command(d));
	else
		buf_printf(out, ", unless: {aws: %s}", randrules_aws(d));
}

/* A rule of that id and effect. */
static inline void
randrules_put(struct dice *d, const char *id, enum effect effect, struct buf *out)
{
	static const char *const redirects[] = { "", ", redirect: [null]",
		", redirect: [null, merge]", ", redirect: [{from: ['/var/log/**']}]" };
	bool shell = dice_roll(d, 2) == 0;
	bool odd = shell && effect != EFFECT_ALLOW && dice_roll(d, 5) == 0;
	bool runs = shell && !odd && effect != EFFECT_DENY;

	buf_printf(out, "{id: %s, effect: %s, ", id, effect_name(effect));
	if (odd)
		buf_text(out, "on: [shell], command: {undecidable: true}");
	else if (shell)
		buf_printf(out, "on: [%s], command: %s",
		    effect == EFFECT_DENY && dice_roll(d, 2) == 0 ? "exec, shell"
								  : "shell",
		    effect == EFFECT_DENY && dice_roll(d, 4) == 0
			? "{name: ['r*', 'mk*'], options: any, operands: any}"
			: randrules_command(d));
	else
		buf_printf(out, "on: [%s], aws: %s",
		    dice_roll(d, 2) == 0 ? "exec" : "exec, api", randrules_aws(d));
	randrules_ambient(d, shell, odd, out);
	if (runs)
		buf_text(out, PICK(d, redirects));
	if (runs && dice_roll(d, 4) == 0)
		buf_text(out, ", run_as: [app]");
	if (effect != EFFECT_DENY && dice_roll(d, 6) == 0)
		buf_text(out, ", rate: {n: 3, per: 1m, by: [identity]}");
	if (effect == EFFECT_HOLD)
		buf_text(out, ", approvers: {need: 1, from: [group:sre]}");
	if (dice_roll(d, 2) == 0)
		buf_text(out, ", reason: Because.");
	buf_text(out, "}");
}

static inline enum effect
randrules_effect(struct dice *d)
{
	static const enum effect v[] = { EFFECT_ALLOW, EFFECT_ALLOW, EFFECT_ALLOW,
		EFFECT_HOLD, EFFECT_DENY };

	return PICK(d, v);
}

/* A line for a shell; some of them nobody understands. */
static inline void
randrules_line(struct dice *d, char *out, size_t size)
{
	static const char *const joins[] = { " | ", " ; ", " && ", " || ",
		" | xargs " };
	static const char *const befores[] = { "", "", "", "timeout 5 ", "sudo -u app ",
		"sudo ", "/bin/", "./", "nohup " };
	static const char *const commands[] = { "cat /var/log/a", "cat -n", "cat",
		"sort -n", "echo a b", "rm x", "rm -f /tmp/x", "uptime", "id -u",
		"mkfs.ext4 x", "cat /etc/passwd", "sh -c id", "cat $x", "rm $(id)",
		"lsof", "cat /var/log/*.log" };
	static const char *const behinds[] = { "", "", "", " > /dev/null", " 2>&1",
		" < /var/log/a", " > x", " &" };
	size_t n = 1 + dice_roll(d, 3), len = 0;

	for (size_t i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s%s%s",
		    i == 0 ? "" : PICK(d, joins), PICK(d, befores), PICK(d, commands),
		    PICK(d, behinds));
}

static inline const char *
randrules_argv(struct dice *d)
{
	static const char *const v[] = {
		"aws s3 ls",
		"aws s3 ls s3://logs-a",
		"aws s3 rm s3://logs-a/x",
		"aws s3 rm s3://other/x --recursive",
		"aws s3api get-object --bucket logs-a --key k -",
		"aws ec2 describe-instances --instance-ids i-0abc12345678abcde",
		"aws ec2 describe-vpcs --region us-east-1",
		"aws ec2 terminate-instances --instance-ids i-0abc12345678abcde",
		"aws iam list-users",
		"aws sts get-caller-identity",
	};

	return PICK(d, v);
}

/* Facts of which some are not known. */
static inline struct facts
randrules_facts(struct dice *d, enum path path)
{
	static const struct facts_pair mfa[] = { { "mfa", "true" } };
	struct facts f = lineask_facts;

	f.path = path;
	if (dice_roll(d, 4) == 0)
		f.env = NULL;
	if (dice_roll(d, 4) == 0)
		f.region = NULL;
	if (dice_roll(d, 4) == 0)
		f.now = 0;
	if (dice_roll(d, 4) == 0)
		f.target = NULL;
	if (dice_roll(d, 2) == 0) {
		f.claims = mfa;
		f.n_claims = 1;
	}
	return f;
}

/* One question, the same for each set that it is put to. */
struct randask {
	struct facts facts;
	char line[1024];
	struct aws_request *req; /* NULL: line is for a shell */
	struct words *words;	 /* of an exec request that is no aws command */
};

static inline struct randask
randask_new(struct dice *d)
{
	size_t kind = dice_roll(d, 8);
	struct randask q = { .facts = randrules_facts(
				 d, kind < 5 ? PATH_SHELL : PATH_EXEC) };

	if (kind < 5)
		randrules_line(d, q.line, sizeof q.line);
	else if (kind < 7)
		q.req = asking_request(randrules_argv(d));
	else
		q.words = asking_words("sudo rm -rf x");
	return q;
}

static inline void
randask_put(const struct randask *q, const struct ruleset *set, struct verdict *v)
{
	if (q->req != NULL)
		decide(set, q->req, &q->facts, v);
	else if (q->words != NULL)
		decide_words(set, q->words, &q->facts, v);
	else
		decide_line(set, span_of(q->line), &q->facts, v, NULL);
}

static inline void
randask_free(struct randask *q)
{
	aws_free(q->req);
	words_free(q->words);
}

/* For messages. */
static inline const char *
randask_text(const struct randask *q)
{
	return q->req != NULL	  ? q->req->name.operation
	       : q->words != NULL ? "words"
				  : q->line;
}

#endif
