/* The inside of runbooks, shared by the files that read them (runbook.c), put values into
 * them (runbook_expand.c) and render them for people (runbook_content.c), and by nobody
 * else. */
#ifndef POLICIES_RUNBOOK_PARTS_H
#define POLICIES_RUNBOOK_PARTS_H

#include "policies/aws.h"
#include "policies/matcher.h"
#include "policies/runbook.h"

struct parameter {
	const char *name; /* borrowed from the document */
	struct matcher *matcher;
	bool used;
};

/* Of a word: text as it stands, or a parameter. */
struct piece {
	const char *text; /* NULL: a parameter, … */
	size_t len;
	size_t parameter; /* … this one */
};

struct template_word {
	const struct yaml_node *n;
	size_t first, count; /* of its pieces */
};

struct runbook {
	const struct rule *rule;
	const struct yaml_node *map;
	const char *help;
	size_t n_parameters;
	struct parameter *parameters;
	size_t n_words, n_pieces;
	struct template_word *words;
	struct piece *pieces;
	char *texts; /* of the pieces */
	/* What its first example, or the command without parameters, comes to. */
	struct aws_request *sample;
	char call[VERDICT_CALL]; /* "ec2:start-instances" */
	struct buf content;
	uint8_t digest[RUNBOOK_DIGEST];
};

/* ---- runbook_expand.c ---- */
/* As runbook_expand(), but nothing is compared with the sample, which is not there yet:
 * *req is what the words come to, yours too. */
enum rc runbook_fill(const struct runbook *rb, const struct span *values, size_t n,
    struct words **ret, struct aws_request **req, struct refusal *refusal);

/* ---- runbook_content.c ---- */
/* Content and digest. */
enum rc runbook_render(
    struct runbook *rb, const struct rule_file *file, struct err *err);

#endif
