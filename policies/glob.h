/* Patterns with * for any bytes, also none and also /, and ? for one byte. */
#ifndef POLICIES_GLOB_H
#define POLICIES_GLOB_H

#include <stdbool.h>

#include "lib/base/buf.h"

/* Longer patterns are refused where they are read. */
#define GLOB_MOST 1024

/* True when the pattern stands for the whole text.  The time is at most the product of
 * the two lengths. */
bool glob_matches(const char *pattern, struct span text);
/* The same for a text in lower case and a pattern in any. */
bool glob_matches_lower(const char *pattern, const char *text);

/* Of all texts that begin so: true when the pattern stands for each of them.  False is
 * also the answer for some patterns with ? or * near the end that do. */
bool glob_holds_all(const char *pattern, struct span beginning);
/* True when it stands for at least one of them.  False for a pattern over GLOB_MOST. */
bool glob_holds_some(const char *pattern, struct span beginning);

#endif
