/* The few text fields that we want of an XML answer.  Not a general reader: elements,
 * attributes (skipped), text with the five entities and character references.  A
 * DOCTYPE, CDATA, a comment, a processing instruction but the first line, or anything
 * malformed is refused, so that nothing can be read in two ways.  (Expat would do, but
 * what it would have to be told to refuse is longer than this.) */
#ifndef BROKER_VAULT_XML_H
#define BROKER_VAULT_XML_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define XML_DEPTH_MAX 16   /* elements within elements */
#define XML_NAME_MAX 64	   /* bytes in an element's name */
#define XML_PATH_MAX 512   /* bytes in a path, "A/B/C" */
#define XML_COUNT_MAX 1024 /* elements in a document */

struct xml_field {
	const char *path; /* from the root, "A/B/C"; namespaces are not looked at */
	struct span raw;  /* set: its text, entities and all, borrowed from doc */
	bool found;	  /* set */
};

/* Read doc once and fill the fields.  RC_REFUSE: not well-formed as far as we read XML,
 * not UTF-8, over a bound, a field twice, or a field that holds elements.  A field that
 * is not there is no error. */
enum rc xml_read(struct span doc, struct xml_field *fields, size_t n, struct err *err);

/* Append raw with its entities resolved.  RC_REFUSE for an unknown entity or a
 * character that XML does not allow. */
enum rc xml_decode(struct span raw, struct buf *ret, struct err *err);

#endif
