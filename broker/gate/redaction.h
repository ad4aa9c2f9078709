/* An answer of AWS's API and the places in it that are secrets: by the table of
 * secretfields.h first, by names (fields.h) everywhere else.
 *
 * Reads strictly: what cannot be read cannot be masked, and is refused.  Nothing but the
 * places is changed when it is written: order, blanks and spelling stay.
 */
#ifndef BROKER_GATE_REDACTION_H
#define BROKER_GATE_REDACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "broker/gate/fields.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/apicall.h"

#define REDACTION_LEVELS 192	    /* how deep an answer may be */
#define REDACTION_PLACES (1u << 20) /* in one answer */

struct redaction;

struct redaction_how {
	enum fields_form form; /* FIELDS_JSON or FIELDS_XML */
	const struct apicall *call;
	bool error; /* AWS said no: its sentence is no secret */
	/* What else is masked in texts: append text with that replaced, so that it can
	 * stand between the same quotes or tags.  NULL: nothing. */
	enum rc (*more)(void *arg, struct span text, struct buf *out, struct err *err);
	void *arg;
};

/* how is borrowed for the call.  On RC_OK *ret is yours: redaction_free().  RC_REFUSE: not
 * well-formed, too deep or too many places; RC_FAIL: memory, or more() failed. */
enum rc redaction_new(const struct redaction_how *how, struct span text,
    struct redaction **ret, struct err *err);
/* NULL is fine. */
void redaction_free(struct redaction *r);

/* How many places become a mask; 0: the text stays as it is. */
size_t redaction_count(const struct redaction *r);
/* What the same text becomes, at most: for out's bound. */
size_t redaction_size(const struct redaction *r, struct span text);
/* Append it, masked. */
void redaction_put(const struct redaction *r, struct span text, struct buf *out);

#endif
