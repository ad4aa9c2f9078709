/* Runbooks: commands with parameters, which people approve once as templates.
 *
 *	runbooks:
 *	  - name: start-web
 *	    parameters: {id: instance}
 *	    command: [aws, ec2, start-instances, --instance-ids, "{id}"]
 *	    approvers: {need: 1, from: ["group:sre"]}
 *	    examples: {match: ["id=i-0123456789abcdef0"]}
 *
 * A value takes the place of its parameter and changes nothing else: not the number of
 * words, not how any other of them is read.  Its first example is the measure of that.
 * Beside text that has a form of its own ("Name=x,Values={v}", JSON) it takes none of the
 * characters that such forms are made of.
 *
 * What may run then is an allow rule that is about these words alone, and only where the
 * facts say that they come from this runbook (facts.runbook).  Whether people have
 * approved the template is not known here.
 */
#ifndef POLICIES_RUNBOOK_H
#define POLICIES_RUNBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "policies/refusal.h"
#include "policies/rule.h"
#include "policies/words.h"

#define RUNBOOKS 100	      /* in one file */
#define RUNBOOK_NAME 64	      /* bytes of "POLICY/NAME" */
#define RUNBOOK_PARAMETERS 32 /* of one */
#define RUNBOOK_VALUE 2048    /* bytes of a value */
#define RUNBOOK_CONTENT 65536 /* bytes of its content */
#define RUNBOOK_DIGEST 32

struct runbook;

/* Read the mapping n as a runbook of that file, and the rule that it is compiled to into
 * *rule, which has to stay where it is as long as the runbook lives.  On RC_OK *ret is
 * yours: runbook_free(), and *rule is to be cleared.  RC_REFUSE with the place, also
 * where one of its examples does not hold; RC_FAIL when out of memory. */
enum rc runbook_read(const struct rule_file *file, const struct yaml_node *n,
    struct rule *rule, struct runbook **ret, struct err *err);
/* NULL is fine. */
void runbook_free(struct runbook *rb);

/* "POLICY/NAME"; its help, or "". */
const char *runbook_name(const struct runbook *rb);
const char *runbook_help(const struct runbook *rb);
/* Its rule: who may run it, where and when, and who approves it (need). */
const struct rule *runbook_rule(const struct runbook *rb);
/* What people approve: a line that says what it is, and all of the runbook with the
 * policy's name and the sets that it names, as JSON whose keys are in order; plain text.
 * Its SHA-256, RUNBOOK_DIGEST bytes. */
struct span runbook_content(const struct runbook *rb);
const uint8_t *runbook_digest(const struct runbook *rb);

/* Parameter i, and what it takes; NULL behind the last. */
const char *runbook_parameter(const struct runbook *rb, size_t i);
void runbook_say_parameter(const struct runbook *rb, size_t i, struct buf *out);
/* The command as its author wrote it, each word quoted where it must be. */
void runbook_put_command(const struct runbook *rb, struct buf *out);

/* Whom it is for: "everybody", or its `who` as JSON. */
void runbook_put_who(const struct runbook *rb, struct buf *out);

/* Put values, "NAME=VALUE" each, in the places of the parameters: every parameter has one,
 * once.  On RC_OK *ret is yours: words_free().  RC_REFUSE, with STATUS_USAGE where the
 * parameters are others and STATUS_DENIED where a value is none that it takes; RC_FAIL
 * when out of memory. */
enum rc runbook_expand(const struct runbook *rb, const struct span *values, size_t n,
    struct words **ret, struct refusal *refusal);

/* The runbook of that name in a set: "POLICY/NAME", or NAME where one policy alone has
 * it.  NULL when there is none, or more than one: then *many is set. */
const struct runbook *runbook_find(
    const struct ruleset *set, const char *name, bool *many);
/* All of `run NAME NAME=VALUE …`: *rb is borrowed from the set; else as
 * runbook_expand(). */
enum rc runbook_run(const struct ruleset *set, const struct words *w,
    const struct runbook **rb, struct words **ret, struct refusal *refusal);

#endif
