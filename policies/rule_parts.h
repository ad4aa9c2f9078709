/* The parts of reading a rule, in rule.c and rule_subject.c; for them, and for what else
 * is read as one (runbook.c). */
#ifndef POLICIES_RULE_PARTS_H
#define POLICIES_RULE_PARTS_H

#include "policies/rule.h"

/* What the rule n is about: aws, command, forward, ssm, script.  Its effect and paths
 * have been read. */
enum rc rule_read_subjects(const struct yaml_node *n, const struct rule_file *f,
    struct rule *r, struct err *err);

/* The mapping under `unless`; the subjects have been read. */
enum rc rule_read_unless(const struct yaml_node *n, const struct rule_file *f,
    struct rule *r, struct err *err);

/* What stands beside that in the mapping n: who, where and when, terms, approvers, reason,
 * examples.  Its effect, paths, name and subjects have been read. */
enum rc rule_read_rest(const struct yaml_node *n, const struct rule_file *f,
    struct rule *r, struct err *err);

#endif
