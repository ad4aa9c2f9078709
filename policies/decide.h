/* The engine: a pure function of rules, request and facts.
 *
 * Every point (question.h: an operation on a resource) is judged alone against every
 * rule of its path: a deny that may be about it denies it; else it has to be let through
 * by an allow or hold that is surely about it; else it is denied for want of a rule;
 * and a hold that may be about it holds it.  The most severe point is the verdict.  The
 * order of rules and files does not matter, not even for what is named.
 */
#ifndef POLICIES_DECIDE_H
#define POLICIES_DECIDE_H

#include "lib/base/arena.h"
#include "lib/model/facts.h"
#include "lib/model/verdict.h"
#include "policies/apicall.h"
#include "policies/aws.h"
#include "policies/iam.h"
#include "policies/rule.h"
#include "policies/shell.h"
#include "policies/words.h"

/* A command line.  Sets *ret, all of it but the room behind its last need, which stays as
 * it was (of others too).  Never fails: whatever is missing or does not
 * fit (no facts, no proof, no memory, needs that cannot be told, more than
 * VERDICT_NEEDS hold rules) is a deny. */
void decide(const struct ruleset *set, const struct aws_request *req,
    const struct facts *facts, struct verdict *ret);

/* A line for a shell on a target; facts->path is PATH_SHELL.  Fit also for lines that
 * are undecidable: then it is a deny, by the rule that names what was understood if there
 * is one, or a hold where the file's defaults and a rule with command.undecidable say so.
 * canon (may be NULL) gets the canonical text of a line that is fine. */
void decide_line(const struct ruleset *set, struct span line, const struct facts *facts,
    struct verdict *ret, struct buf *canon);

/* Words of an exec request that are no `aws` command.  Nothing of the kind runs here, so
 * it is a deny in any case; deny rules with `command` on exec give it their name and
 * reason. */
void decide_words(const struct ruleset *set, const struct words *w,
    const struct facts *facts, struct verdict *ret);

/* A connection to a port, by way of facts->target; PATH_FORWARD. */
struct forward_ask {
	const char *host; /* behind the target; NULL: the target itself */
	unsigned port;
};
void decide_forward(const struct ruleset *set, const struct forward_ask *ask,
    const struct facts *facts, struct verdict *ret);

/* A session on facts->target, before any line of it; PATH_SHELL. */
enum ssm_mode { SSM_SINGLE, SSM_FED, SSM_PROGRAM, SSM_RAW };
struct ssm_ask {
	const char *document;
	enum ssm_mode mode;
};
void decide_open(const struct ruleset *set, const struct ssm_ask *ask,
    const struct facts *facts, struct verdict *ret);

/* A stored script with its arguments; PATH_SHELL. */
void decide_script(const struct ruleset *set, const char *name,
    const struct words *arguments, const struct facts *facts, struct verdict *ret);

/* One call as the wire showed it, with what it needs (iam_needs for the facts' account
 * and the call's own region).  argv: the command that makes it, which has to cover it
 * (cover.h) before any rule is asked; NULL for an SDK's call.  facts->region stays the
 * command's (its profile's), never the call's: a call to elsewhere would be taken for
 * one that the words meant.  facts->path must be
 * PATH_EXEC with argv, PATH_API without; else it is a deny, as everything is that
 * decide() denies. */
void decide_call(const struct ruleset *set, const struct aws_request *argv,
    const struct apicall *call, const struct iam_needs *needs,
    const struct facts *facts, struct verdict *ret);

/* True when a call's hold asks for nothing but what released the command: every one of
 * its rules is among those of the command's verdict.  It may go out then; any other
 * hold on the wire of a command is a deny. */
bool decide_released(const struct verdict *call, const struct verdict *argv);

/* True when some rule may let whoever asks do anything at all on the facts' path: an
 * allow or hold of that path whose who holds.  Nothing is decided by it. */
bool decide_any(const struct ruleset *set, const struct facts *facts);
/* The same of a target: an allow or hold about commands and scripts (PATH_SHELL), or ports
 * (PATH_FORWARD), whose who and where surely hold, and which is about this target.  What
 * denies is not looked at. */
bool decide_reaches(const struct ruleset *set, const struct facts *facts);

#endif
