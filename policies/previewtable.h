/* Which read-only calls tell what a command would touch: tables and no network.
 *
 * A row is about operations of one service and one such call; an operation may have
 * several rows.  An operation of EC2 without a row is asked for itself, with DryRun: AWS
 * then says whether it would let it, and does nothing.
 */
#ifndef POLICIES_PREVIEWTABLE_H
#define POLICIES_PREVIEWTABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "policies/apicall.h"
#include "policies/awsrequest.h"

#define PREVIEWTABLE_STEPS 8 /* calls of one command, without further pages */

/* HEAD: the answer is its headers, paths are their names.  ENCODED: names are percent
 * encoded. */
enum previewtable_form {
	PREVIEWTABLE_PLAIN,
	PREVIEWTABLE_HEAD,
	PREVIEWTABLE_ENCODED,
};

/* How the answer of a call is read.  Paths lead through members and elements by their
 * names on the wire, "a.b.c"; lists on the way are walked through.  XML begins below the
 * root. */
struct previewtable_read {
	const char *service, *operation;
	const char *one, *many; /* what it tells of: "instance", "instances" */
	const char *each;	/* to each of them; "" for the whole answer */
	/* From there: its name; what else is shown, "LABEL=PATH" parted by blanks
	 * ("LABEL@PATH" for a time, which JSON has as a number); NULL for nothing. */
	const char *name, *shown;
	const char *tags;  /* to its tags, each a key and a value; or NULL */
	const char *bytes; /* to its size in bytes; or NULL */
	/* To what must be, letter for letter, what the command named: the call takes
	 * beginnings of names.  Or NULL. */
	const char *only;
	const char *next; /* "MEMBER=PATH": of the call's next page; or NULL */
	enum previewtable_form form;
};

/* The rows, for tests: false behind the last. */
struct previewtable_row {
	const char *service;
	const char *operations; /* the CLI's names, parted by blanks */
	/* Members of the call and where they come from, parted by blanks: "A=B" from the
	 * command's member B; "A?=B" if it has that; "A*=B" a call for each value;
	 * "A:text" just so; "!B" is what read->only must be. */
	const char *give;
	const struct previewtable_read *read;
};
bool previewtable_row_at(size_t i, struct previewtable_row *ret);

struct previewtable_step {
	const struct previewtable_read *read; /* NULL: the command's own call, dry */
	struct apicall *call;
	char *only;  /* with read->only */
	bool target; /* it tells what is there now, where things go to */
};

struct previewtable_plan {
	size_t n;
	struct previewtable_step v[PREVIEWTABLE_STEPS];
	bool more;     /* there would be more to ask */
	bool filtered; /* the command leaves some of it out again (--exclude) */
	bool at_most;  /* it touches no more than that, perhaps less (sync) */
};

/* What to ask for this command in this region (of its profile; the command's own counts
 * first).  On RC_OK clear with previewtable_clear().  RC_END: there is nothing to ask,
 * err says why; RC_FAIL: memory. */
enum rc previewtable_plan(const struct aws_request *r, const char *region,
    struct previewtable_plan *ret, struct err *err);
void previewtable_clear(struct previewtable_plan *p);

#endif
