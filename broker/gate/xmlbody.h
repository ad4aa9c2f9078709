/* XML bodies as a tree of elements; how they are read is in lib/base/xml.h. */
#ifndef BROKER_GATE_XMLBODY_H
#define BROKER_GATE_XMLBODY_H

#include <stdbool.h>
#include <stddef.h>

#include "broker/gate/refused.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define XMLBODY_ELEMENTS 16384

struct xmlbody_node {
	struct span name;
	struct span raw; /* its text as it stands, without elements inside */
	bool parent;	 /* has elements inside */
	size_t child;	 /* the first of them, */
	size_t next;	 /* the next beside it: places in the tree; 0 for none */
};

struct xmlbody {
	struct xmlbody_node *v; /* the root first */
	size_t n;
};

/* Read.  On RC_OK clear with xmlbody_clear().  It borrows from s. */
enum rc xmlbody_read(struct span s, struct xmlbody *ret, struct refused *why);
void xmlbody_clear(struct xmlbody *x);

/* Append the node's text, entities resolved. */
enum rc xmlbody_text(
    const struct xmlbody_node *node, struct buf *ret, struct refused *why);

#endif
