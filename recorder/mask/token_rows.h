/* Tokens that are known by how they begin.  Of this room alone. */
#ifndef RECORDER_MASK_TOKEN_ROWS_H
#define RECORDER_MASK_TOKEN_ROWS_H

#include "recorder/mask/alphabet.h"

enum token_flags {
	/* With neither a digit nor letters in both cases it is a placeholder. */
	TOKEN_DIGIT = 1,
	TOKEN_AWS_ID = 2,
	TOKEN_INSIDE = 4, /* a word stands before it, by its nature */
};

/* The literal, in these cases of letters, then min characters of the alphabet.  exact: no
 * more of them, and no word character touches the last one; else all that follow belong to
 * it, too. */
struct token_row {
	const char *literal;
	enum alphabet alphabet;
	uint16_t min;
	bool exact;
	uint8_t flags;
	const char *rule;
};

/* The i-th of them; NULL: no more. */
const struct token_row *token_row(size_t i);

#endif
