/* What well-known programs can do beside their own work: a list for lint.
 *
 * A program that is not in it is not thereby safe.
 */
#ifndef POLICIES_CAPABILITIES_H
#define POLICIES_CAPABILITIES_H

#include <stddef.h>

enum capability {
	CAPABILITY_SHELL = 1,	/* starts a program, or loads code */
	CAPABILITY_INHERIT = 2, /* hands control to a pager or an editor */
	CAPABILITY_READ = 4,	/* prints files */
	CAPABILITY_WRITE = 8,	/* writes files */
	CAPABILITY_NET = 16,	/* sends or fetches data */
	CAPABILITY_PRIV = 32,	/* changes privileges */
};

/* Bits of enum capability for the last part of a program's path; 0: it is not listed. */
unsigned capabilities_of(const char *name);

#define CAPABILITIES_TEXT 64

/* "shell, write" for those bits; returns out, "" for none. */
const char *capabilities_text(unsigned bits, char out[CAPABILITIES_TEXT]);

/* Program i of the list; NULL when i is not below their number. */
const char *capabilities_at(size_t i);

#endif
