/* A command that is one API call: the words behind its operation, read against the
 * model (awsmodel.h). */
#ifndef POLICIES_AWSCALL_H
#define POLICIES_AWSCALL_H

#include <stdbool.h>
#include <stddef.h>

#include "policies/awsrequest.h"
#include "policies/refusal.h"
#include "policies/words.h"

/* A word behind the operation that is no global option. */
struct awscall_word {
	const char *text;
	bool apart;	    /* something else stood before it: no value goes on here */
	struct span *child; /* its place among the words to run */
};

/* What was put in the place of words; has to last as long as the words to run are
 * wanted. */
struct awscall_staged {
	size_t n; /* words that named the caller's stdin */
	char text[WORDS_WORD + 64];
};

/* Read the n words of `aws COMMAND OPERATION …` (waiter: `aws COMMAND wait OPERATION …`)
 * into r: its name's service, its one call, options, staged files.  RC_REFUSE, or
 * RC_FAIL when out of memory, with *refusal. */
enum rc awscall_read(const char *command, const char *operation, bool waiter,
    const struct awscall_word *words, size_t n, struct awscall_staged *staged,
    struct aws_request *r, struct refusal *refusal);

#endif
