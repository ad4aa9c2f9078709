/* What the broker says to a caller: one event, as a line for people
 * ("broker: denied: …") or as one JSON object a line
 * ({"broker":{"event":"denied",…}}).
 *
 * Values may be hostile: in lines they are escaped, in JSON quoted; a newline never
 * gets through, so that nobody can forge the line that follows.
 */
#ifndef LIB_MODEL_NOTICE_H
#define LIB_MODEL_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct notice {
	const char *event;   /* "denied", "held", "approved", "expired", … */
	const char *text;    /* for the line, without the event's name; may be NULL */
	bool escaped;	     /* hostile bytes in text were escaped before */
	const char *id;	     /* of a hold; or NULL */
	const char *rule;    /* POLICY/RULE; or NULL */
	const char *code;    /* why, for programs: see struct verdict; or NULL */
	const char *reason;  /* or NULL */
	const char *allowed; /* names with blanks between them; or NULL */
	const char *by;	     /* who decided; or NULL */
	const char *time;    /* when, ISO 8601; or NULL */
	int64_t retry_after; /* seconds; -1: nothing is said of it */
};

/* Append the notice as a line or an object, with its newline.  The line is
 * "broker: TEXT" where text is given, else "broker: EVENT".  RC_FAIL: memory. */
enum rc notice_put(struct buf *out, const struct notice *n, bool json, struct err *err);

#endif
