/* A strict YAML tree: mappings, lists and text, each with its place in the file.
 *
 * What is left out of YAML on purpose, since it lets a reader and the program see
 * different things: anchors, aliases, tags, directives, merge keys, duplicate keys,
 * keys that are not text, values left empty, a second document, any encoding but
 * UTF-8, NUL.  Plain scalars are text: on, null and 010 have no type of their own;
 * the reader that wants a number asks for one.
 *
 * Every refusal is RC_REFUSE and reads FILE:LINE:COLUMN: what was expected.  Lines
 * and columns count from 1, columns in characters.
 */
#ifndef LIB_BASE_YAML_H
#define LIB_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define YAML_MOST_BYTES (1u << 20)
#define YAML_MOST_DEPTH 32
#define YAML_MOST_NODES 131072 /* keys count too */

enum yaml_kind {
	YAML_MAP,
	YAML_LIST,
	YAML_TEXT,
};

struct yaml_doc;
struct yaml_node;

/* Read one document.  name is what errors call the file; it is copied.  text may go
 * away after the call.  On RC_OK *ret is yours: yaml_doc_free().  RC_REFUSE for
 * anything outside the subset or over a bound, RC_FAIL when out of memory. */
enum rc yaml_parse(
    const char *name, struct span text, struct yaml_doc **ret, struct err *err);
/* NULL is fine.  Ends every node and text borrowed from the document.  (Not yaml_free:
 * libyaml exports that name and calls it.) */
void yaml_doc_free(struct yaml_doc *d);
/* The outermost node, never NULL. */
const struct yaml_node *yaml_root(const struct yaml_doc *d);

enum yaml_kind yaml_kind(const struct yaml_node *n);
/* "a mapping", "a list", "text": for messages. */
const char *yaml_kind_name(enum yaml_kind kind);
unsigned yaml_line(const struct yaml_node *n);
unsigned yaml_column(const struct yaml_node *n);
const char *yaml_file(const struct yaml_node *n);

/* How many entries a mapping or list has; 0 for text. */
size_t yaml_count(const struct yaml_node *n);
/* Walk the values of a mapping or list in the order of the file:
 *   for (v = yaml_first(n); v != NULL; v = yaml_next(v))  */
const struct yaml_node *yaml_first(const struct yaml_node *n);
const struct yaml_node *yaml_next(const struct yaml_node *v);
/* The key (a text node with its own place) of a value that stands in a mapping; NULL
 * for others. */
const struct yaml_node *yaml_key(const struct yaml_node *v);
/* The value under a key, or NULL when it is not there or n is no mapping. */
const struct yaml_node *yaml_find(const struct yaml_node *n, const char *key);

/* The bytes of a text node, borrowed, valid UTF-8 without NUL, with a NUL behind
 * them; "" (and an empty span) for mappings and lists. */
const char *yaml_cstr(const struct yaml_node *n);
struct span yaml_span(const struct yaml_node *n);
/* True when the text was written in quotes or as a block. */
bool yaml_quoted(const struct yaml_node *n);

/* Set err to FILE:LINE:COLUMN: and the phrase; returns RC_REFUSE. */
enum rc yaml_fail(const struct yaml_node *n, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "expected WHAT, found FOUND", where FOUND is the node's text, escaped and cut to a
 * few words, or its kind.  Returns RC_REFUSE. */
enum rc yaml_expected(const struct yaml_node *n, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Readers.  Each gives RC_OK, or RC_REFUSE with the place and what was expected, and
 * then leaves *ret alone. */

/* Nothing but the kind. */
enum rc yaml_want(const struct yaml_node *n, enum yaml_kind kind, struct err *err);
/* A mapping that has no key outside the list known, which ends with NULL. */
enum rc yaml_want_keys(
    const struct yaml_node *n, const char *const *known, struct err *err);
/* Text of least to most bytes, every character printable (text_plain in text.h).
 * *ret is borrowed. */
enum rc yaml_line_text(const struct yaml_node *n, size_t least, size_t most,
    const char **ret, struct err *err);
/* One of words, which ends with NULL; *ret is its index. */
enum rc yaml_choice(
    const struct yaml_node *n, const char *const *words, size_t *ret, struct err *err);
/* true or false, no other spelling. */
enum rc yaml_bool(const struct yaml_node *n, bool *ret, struct err *err);
/* Numbers as quantity.h reads them, from least to most (both may be taken):
 * a decimal number; milliseconds from 30s, 15m, 4h, 7d; bytes from 512, 64KiB, 1GiB. */
enum rc yaml_uint(const struct yaml_node *n, uint64_t least, uint64_t most,
    uint64_t *ret, struct err *err);
enum rc yaml_duration(const struct yaml_node *n, uint64_t least, uint64_t most,
    uint64_t *ret, struct err *err);
enum rc yaml_size(const struct yaml_node *n, uint64_t least, uint64_t most,
    uint64_t *ret, struct err *err);

#endif
