/* What the files of the engine share: one request while the rules are asked. */
#ifndef POLICIES_DECIDE_PARTS_H
#define POLICIES_DECIDE_PARTS_H

#include "policies/aws.h"
#include "policies/index.h"
#include "policies/part.h"
#include "policies/question.h"
#include "policies/ruling.h"

/* decide.c: calls of AWS. */
struct decision {
	struct ruling g;
	struct question *q;
	struct candidates candidates;
	size_t missing; /* points that no rule let through yet */
};

/* Lay out a command and judge it; g has begun, q is to be cleared.  False: it could not
 * be laid out, and the verdict says why. */
bool decision_argv(struct decision *d, const struct aws_request *req);
/* Ask all rules about what is laid out, and bring the verdict. */
void decision_judge(struct decision *d);
/* Point number i of all, and its call; NULL behind the last. */
struct point *decision_point(
    const struct question *q, size_t i, const struct question_call **call);
/* What keeps an allow or hold rule that names the point's operation from letting it
 * through, for people; "" when the rule is none of those, or not for whoever asks. */
const char *decision_why(const struct decision *d, const struct rule *r,
    const struct question_call *c, const struct point *p, char out[PART_WHY]);

/* decide_line.c: lines and words. */
struct judging {
	struct ruling g;
	struct parts parts;
	struct candidates candidates; /* that may name one of its programs */
	bool settled; /* all parts and redirections that can be granted, are */
	/* Rules with command.undecidable. */
	bool odd_denied, odd_granted;
	const struct rule *odd_by;
};

/* Read a line, ask all rules about it, and bring the verdict; g has begun. */
void judging_line(struct judging *j, struct span line, struct buf *canon);
/* The first part, or redirection, that no rule lets through, and its number; NULL when
 * there is none. */
const struct part *judging_part(const struct judging *j, size_t from);
const struct part_redir *judging_redir(const struct judging *j);
/* What keeps an allow or hold rule that names the part's program from letting it run, for
 * people; "" when the rule is none of those, or not for whoever asks. */
const char *judging_why(const struct judging *j, const struct rule *r,
    const struct part *p, char out[PART_WHY]);

/* decide_text.c.  Append both to a text of size bytes that stays one; false, and nothing
 * is changed, when they do not fit. */
bool decide_append(char *out, size_t size, const char *before, const char *text);
/* Refusals that say what could be done instead. */
void decision_refuse_unmatched(
    struct decision *d, const struct question_call *c, const struct point *missing);
void judging_refuse_odd(struct judging *j);
void judging_refuse_unmatched(struct judging *j);

#endif
