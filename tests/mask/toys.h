/* A family of rules for tests of the engine: of each kind that there is one, short enough
 * for random text to hit. */
#ifndef TESTS_MASK_TOYS_H
#define TESTS_MASK_TOYS_H

#include "recorder/mask/rules.h"

void toys_build(struct mask_build *b);
/* With this style; NULL: labels, 8192 bytes held.  mask_rules_free(). */
struct mask_rules *toys_rules(const struct rules_style *style);
/* Pieces of text that its rules look for, escapes and quotes among them; NULL: no more. */
const char *toys_fragment(size_t i);

#endif
