/* Small XML documents, answers of AWS and requests to it.  Not a general reader: elements,
 * attributes (skipped), text with the five entities and character references.  A
 * DOCTYPE, CDATA, a comment, a processing instruction but the first line, or anything
 * malformed is refused, so that nothing can be read in two ways.  (Expat would do, but
 * what it would have to be told to refuse is longer than this.) */
#ifndef LIB_BASE_XML_H
#define LIB_BASE_XML_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define XML_DEPTH_MAX 16   /* elements within elements */
#define XML_NAME_MAX 64	   /* bytes in an element's name */
#define XML_PATH_MAX 512   /* bytes in a path, "A/B/C" */
#define XML_COUNT_MAX 1024 /* elements in a document that xml_read reads */

/* What a walk calls, for each element in the document's order. */
struct xml_visitor {
	void *arg;
	/* Behind its attributes.  Anything but RC_OK ends the walk. */
	enum rc (*open)(void *arg, struct span name, struct err *err);
	/* raw: all between its tags, entities and all; parent: there are elements in it. */
	enum rc (*close)(void *arg, struct span raw, bool parent, struct err *err);
	size_t most; /* elements in the document */
};

/* Walk through doc once.  RC_REFUSE: not well-formed as far as we read XML, not UTF-8,
 * over a bound; or what the visitor says. */
enum rc xml_walk(struct span doc, const struct xml_visitor *visitor, struct err *err);

struct xml_field {
	const char *path; /* from the root, "A/B/C"; namespaces are not looked at */
	struct span raw;  /* set: its text, entities and all, borrowed from doc */
	bool found;	  /* set */
};

/* Read doc once and fill the fields.  RC_REFUSE: as xml_walk, a field twice, or a field
 * that holds elements.  A field that is not there is no error. */
enum rc xml_read(struct span doc, struct xml_field *fields, size_t n, struct err *err);

/* Append raw with its entities resolved.  RC_REFUSE for an unknown entity or a
 * character that XML does not allow. */
enum rc xml_decode(struct span raw, struct buf *ret, struct err *err);

#endif
