/* How many API calls each service of AWS got in a session, and how many were refused:
 * counted from what is recorded of them. */
#ifndef BROKER_SESSION_CENSUS_H
#define BROKER_SESSION_CENSUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define CENSUS_SERVICES 64 /* counted apart; what comes after them is "other" */
#define CENSUS_NAME 64

struct census {
	struct {
		char name[CENSUS_NAME];
		uint64_t made, refused;
	} v[CENSUS_SERVICES + 1];
	unsigned n;
};

/* Count this event, if it is the beginning of a call or a refusal; others are passed
 * over.  A call of no known service is "unknown". */
void census_add(struct census *c, const char *event);
/* {"s3": 3, …} of the calls that were made, or else of the refused ones; yours.  NULL: out
 * of memory. */
json_t *census_json(const struct census *c, bool made);

#endif
