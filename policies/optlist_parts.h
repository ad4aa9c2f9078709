/* Between optlist.c, which reads what an author lists, and optread.c, which reads words by
 * it.  Nobody else includes this. */
#ifndef POLICIES_OPTLIST_PARTS_H
#define POLICIES_OPTLIST_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policies/matcher.h"
#include "policies/optfacts.h"
#include "policies/optlist.h"

/* A set of ASCII characters. */
struct letters {
	uint64_t w[2];
};

struct longopt {
	const char *name; /* in the list's text */
	enum optarity arity;
	bool bare; /* listed without a value, whatever the program takes */
	bool script, deep;
	const struct matcher *matcher;
};

struct value {
	char letter;	  /* 0: a long one */
	const char *name; /* NULL: a letter */
	struct matcher *matcher;
};

struct optlist {
	struct letters flags, values;
	bool once;
	size_t n_longs;
	struct longopt *longs;
	size_t n_values;
	struct value *value_rows;
	char *text; /* of the names */
	size_t used;
};

static inline bool
letters_has(const struct letters *l, unsigned char c)
{
	return c < 128 && (l->w[c / 64] >> c % 64 & 1);
}

static inline void
letters_add(struct letters *l, unsigned char c)
{
	l->w[c / 64] |= (uint64_t)1 << c % 64;
}

/* The condition on the value of a letter, or of a long option (name not NULL); NULL: any
 * value. */
const struct matcher *optlist_value(
    const struct optlist *l, char letter, const char *name);

#endif
