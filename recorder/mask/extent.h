/* Where values end, a kind each: how far an open range goes.  Of this room alone.
 *
 * kind        ends before
 * quoted      its quote, at its level of nesting; see extent_level()
 * triple      three of its quotes
 * bare        a blank, a line's end, , ; | } ) & < a quote, a bracket that closes
 * variable    the same; its own brackets belong to it
 * line        a line's end, " #", two blanks, ", "; in a string also its quote
 * cell        two blanks, or a border
 * tab         a tab or a line's end
 * tag         '<'
 * block       the first line (of YAML) that is not deeper than its key
 *
 * A quoted value that JSON shows ends with its line, any other one after EXTENT_LINES lines
 * or EXTENT_SPAN bytes behind its first line, as do tags: what nobody closes does not
 * swallow all that follows.  Else no length bounds them. */
#ifndef RECORDER_MASK_EXTENT_H
#define RECORDER_MASK_EXTENT_H

#include "recorder/mask/mask_parts.h"

#define EXTENT_LINES 64
#define EXTENT_SPAN 8192

/* mask_open's flag. */
enum extent_flags {
	EXTENT_IN_LINE = 1,   /* quoted: to the line's end at most */
	EXTENT_DOUBLED = 2,   /* quoted: two quotes are one that does not close */
	EXTENT_IN_STRING = 4, /* line, block: quotes end it */
	EXTENT_IN_URL = 8,    /* bare: "%26" and "%22" end it */
};

/* Does the value end before i?  MORE: what follows tells. */
typedef enum mask_says extent_ends_fn(
    const struct mask_open *o, const struct mask_view *v, size_t i);

/* Of mask_open it uses: quote and level (quoted, triple), flag, limit (lines), indent
 * (block: the key's column). */
struct extent {
	extent_ends_fn *ends;
	enum mask_says (*run)(
	    struct mask_open *o, const struct mask_view *v, size_t from, size_t *to);
};
extern const struct extent extent_quoted, extent_triple, extent_bare, extent_variable,
    extent_line, extent_cell, extent_tab, extent_tag, extent_block;

/* Take the byte at i, where the value does not end, into the range. */
void extent_pass(struct mask_open *o, const struct mask_view *v, size_t i);

/* An opening quote preceded by so many backslashes is of this level of nesting: 2^level - 1
 * of them, rounded down. */
uint8_t extent_level(size_t backslashes);

/* The closing quote of what is quoted at this level: is it at i, or are its backslashes? */
enum mask_says extent_closes(
    const struct mask_view *v, size_t i, uint8_t quote, uint8_t level);

#endif
