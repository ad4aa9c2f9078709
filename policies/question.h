/* What is put to the rules: API calls laid out into the points that are judged, each an
 * operation on a resource.  Either all that a command line may do, or one call that was
 * read from the wire. */
#ifndef POLICIES_QUESTION_H
#define POLICIES_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "lib/model/facts.h"
#include "lib/model/verdict.h"
#include "policies/arnpattern.h"
#include "policies/awsmodel.h"
#include "policies/awsrequest.h"
#include "policies/iam.h"

struct rule;

/* Begins what stands in an ARN for an account and a region that nobody knows.  No word of
 * a command line has such a character; where a name on the wire has it, its need counts
 * as not known. */
#define QUESTION_UNKNOWN "\001"

struct point {
	const struct iam_need *need;
	const char *cli;    /* its operation in the CLI's spelling */
	char *made;	    /* cli, when no table has it */
	enum arn_kind kind; /* of need->arn */
	/* The name of the command ("s3:rm") stands for it: it is a need of one of the
	 * calls that the command makes, and not brought in by an option. */
	bool named;
	bool known;  /* need->arn holds nothing that the facts do not tell */
	bool secret; /* its answer carries credentials */
	/* What the rules said, and the first of each effect that did. */
	bool denied, held, granted;
	const struct rule *by[EFFECT_ALLOW + 1];
};

/* True when no rule can tell the two apart by their operation. */
bool point_alike(const struct point *a, const struct point *b);

struct question_call {
	const struct apicall *api;
	const char *own; /* members that the command fills by itself; or NULL */
	bool modelled;
	struct awsmodel_operation op; /* if modelled */
	struct iam_needs needs;
	bool owns_needs;
	size_t n;
	struct point *points;
	/* Where there are many points: what all their ARNs begin with, as far as it is
	 * known and no wildcard; else empty. */
	struct span beginning;
};

struct question {
	enum path path;
	const struct aws_request *req; /* NULL: an SDK's */
	const char *region;	       /* where it goes; NULL: not known */
	bool placed;		       /* the ARNs mean something */
	size_t n;
	struct question_call calls[AWS_CALLS];
};

/* Where the facts lead; with anything missing *placed is false, and ret is of no use
 * but to learn what is needed: an ARN that takes it up names nothing (point.known). */
void question_place(
    const struct facts *f, const char *region, struct iam_place *ret, bool *placed);

/* Nothing is laid out yet; there is room for many calls, which stays as it was. */
void question_start(struct question *q, enum path path);

/* Lay out what argv asks for.  On RC_OK and on failure: question_clear(ret).  RC_REFUSE:
 * what a call needs cannot be told. */
enum rc question_argv(const struct aws_request *req, const struct facts *f,
    struct question *ret, struct err *err);

/* Lay out one call from the wire; needs are borrowed.  argv: what the command asked for
 * (question_argv), NULL for an SDK's. */
enum rc question_call(const struct question *argv, const struct apicall *call,
    const struct iam_needs *needs, const struct facts *f, struct question *ret,
    struct err *err);

void question_clear(struct question *q);

/* The need of argv that names this one: the same action on the same resource, or on
 * names that begin as this one does.  implied: needs that options bring in count too.
 * NULL: there is none. */
const struct point *question_names(
    const struct question *argv, const struct iam_need *need, bool implied);

#endif
