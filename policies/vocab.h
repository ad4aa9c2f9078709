/* Which keys a mapping of a policy may have, and which of the full language are not in
 * this version: an author who uses one learns that, not that it is misspelled. */
#ifndef POLICIES_VOCAB_H
#define POLICIES_VOCAB_H

#include "lib/base/err.h"
#include "lib/base/yaml.h"

enum vocab_use {
	VOCAB_MAY,
	VOCAB_MUST,
	VOCAB_LATER, /* part of the language, not of this version */
};

struct vocab {
	const char *key; /* NULL ends the table */
	enum vocab_use use;
};

/* n is a mapping with the keys that it must have and none that it may not; else
 * RC_REFUSE with the place. */
enum rc vocab_check(
    const struct yaml_node *n, const struct vocab *keys, struct err *err);

/* A word that the language knows but this version does not: RC_REFUSE, with the place
 * of n. */
enum rc vocab_later(const struct yaml_node *n, const char *word, struct err *err);

/* Text, or a list of least one text.  Calls each for every one, in order, until it does
 * not answer RC_OK. */
enum rc vocab_each(const struct yaml_node *n,
    enum rc (*each)(const struct yaml_node *text, void *arg, struct err *err),
    void *arg, struct err *err);

/* A mapping's or list's number of entries, from least to most; else RC_REFUSE. */
enum rc vocab_count(const struct yaml_node *n, enum yaml_kind kind, size_t least,
    size_t most, struct err *err);

#endif
