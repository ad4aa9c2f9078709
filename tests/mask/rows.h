/* Tables of texts for one family of rules: what becomes of each, by the slow reference that
 * also proves the verifiers steady. */
#ifndef TESTS_MASK_ROWS_H
#define TESTS_MASK_ROWS_H

#include "tests/mask/naive.h"

/* out: the masked text; NULL: it is as before. */
struct mask_row {
	const char *in, *out;
};

void rows_check(
    void (*family)(struct mask_build *b), const struct mask_row *rows, size_t n);
/* The text becomes that. */
void rows_one(void (*family)(struct mask_build *b), const char *in, const char *out);

/* n characters of this class ("A-Z2-7"), other ones for each seed, the first, middle and
 * last ones of the class among them; borrowed until seven more were asked for. */
const char *rows_random(const char *class_, size_t n, unsigned seed);
/* printf, borrowed as above. */
const char *rows_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
