/* What is wrong, or likely not meant, in policies that were read without an error.
 *
 * Errors keep policies from being loaded; warnings are for their authors.
 *
 * Errors: swallowed (by its own unless), denied (a deny of the same file covers
 * an allow or hold), same-name (two policies), example (a wrong answer, exam.h), never-runs
 * (an allow or hold of a program that no line can reach), open (an allow leaves options or
 * operands open of a tool that starts programs, writes or sends), interactive (an allow of
 * a shell, interpreter, pager or editor without that block), builtin (an allow of what a
 * shell runs code with), orders (an allow leaves a program's text open: sed, awk, find,
 * tar), undecidable-rate (agents may ask for lines that nobody understands, as often as
 * they like).
 *
 * Warnings: anybody (an allow without who), anywhere (without where), denied-elsewhere
 * (as denied, by another file), held (a hold covers an allow: it is held), allowed (an
 * allow covers a hold: it is held all the same), alone (the only approver is who asks),
 * option (an allow lists an option that runs, writes, reads or leads elsewhere), not
 * (several keys in one `not`), deny-options (a deny lists options), absent (a condition on
 * a parameter that may be left out), operation and parameter (the CLI has none of that
 * name), path (a deny on exec or api alone), proof (nobody can log in as its approvers
 * must), raw (a shell that is not asked about), re, window (a time that never comes), over (one that is past), role (a role, and
 * no session_policy), wrapper (an allow of a program that only runs others says nothing),
 * crowded (more than LINT_CROWD rules for one command), unused.
 */
#ifndef POLICIES_LINT_H
#define POLICIES_LINT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "policies/policy.h"

#define LINT_CROWD 500
#define LINT_TEXT 256

enum lint_level {
	LINT_ERROR,
	LINT_WARNING,
};

struct lint_finding {
	enum lint_level level;
	const char *code; /* a word of the list above */
	const char *rule; /* "POLICY/RULE"; "" for a whole file */
	const char *file; /* where; lines and columns count from 1 */
	unsigned line, column;
	char text[LINT_TEXT]; /* a sentence, plain text */
};

/* What a broker's configuration knows beside; each may be NULL or 0. */
struct lint_facts {
	/* How many identities are in the group, 0: not known; *one is the name of one. */
	size_t (*group)(void *arg, const char *group, const char **one);
	void *arg;
	uint64_t now; /* milliseconds since 1970; 0: not known */
};

/* Look at all of the policies, and call found for each finding: file after file, in the
 * order of their rules, what concerns several files last.  facts may be NULL.  Nothing of
 * a finding outlives the call.  RC_FAIL when out of memory. */
enum rc lint_run(const struct policy *const *policies, size_t n,
    const struct lint_facts *facts,
    void (*found)(const struct lint_finding *f, void *arg), void *arg, struct err *err);

/* Errors alone, but for examples, which the caller has put already: RC_REFUSE with the
 * first, as FILE:LINE:COLUMN: sentence. */
enum rc lint_check(const struct policy *const *policies, size_t n, struct err *err);

/* Rules that are not among the n_used names ("POLICY/RULE", in any order): those that an
 * audit of some length has not seen. */
void lint_unused(const struct policy *const *policies, size_t n,
    const char *const *used, size_t n_used,
    void (*found)(const struct lint_finding *f, void *arg), void *arg);

#endif
