/* What was decided in the past, from what keeps it: the broker's database, or JSON Lines
 * (what `hoop-replay --commands --json` prints, or rows of the database). */
#ifndef BROKER_CLI_POLICYAUDIT_H
#define BROKER_CLI_POLICYAUDIT_H

#include <jansson.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/facts.h"
#include "lib/model/verdict.h"

struct auditrecord {
	const json_t *facts; /* as policyfacts_read() takes them */
	enum path path;
	struct span line;   /* the canonical text of a command; empty for a call */
	const json_t *call; /* a call of an SDK: service, operation, region, params */
	bool thin; /* too little was recorded to judge it again; effect is not set */
	enum effect effect;
	const char *rule; /* "" when none decided */
	const char *code; /* of it; "" when it had none, or none was recorded */
};

struct auditcounts {
	size_t connections; /* port connections: no rule decides on them */
	size_t unread;	    /* lines that are no record at all */
};

/* Call fn for each decision, in order.  What is none is passed over, and counted where
 * it might have been one.  RC_REFUSE: the file cannot be read; what fn answers but RC_OK
 * ends it. */
enum rc policyaudit_each(const char *path,
    enum rc (*fn)(void *arg, const struct auditrecord *r, struct err *err), void *arg,
    struct auditcounts *counts, struct err *err);

#endif
