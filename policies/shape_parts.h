/* What a shape is made of: between shape.c, which reads one, and shape_fit.c, which
 * judges commands by it.  Nobody else includes this. */
#ifndef POLICIES_SHAPE_PARTS_H
#define POLICIES_SHAPE_PARTS_H

#include "policies/optfacts.h"
#include "policies/optread.h"
#include "policies/shape.h"

enum shape_globs {
	SHAPE_GLOB_USUAL, /* absolute; any for programs that only show names and states */
	SHAPE_GLOB_NEVER,
	SHAPE_GLOB_ABSOLUTE,
	SHAPE_GLOB_ANY,
};

enum shape_stdin {
	SHAPE_STDIN_NEVER,
	SHAPE_STDIN_PIPE,
	SHAPE_STDIN_ANY,
};

struct shape_operands {
	enum {
		SHAPE_OPERANDS_NONE,
		SHAPE_OPERANDS_ANY,
		SHAPE_OPERANDS_LISTED,
	} kind;
	bool has_min, has_max;
	uint64_t min, max;
	struct matcher *first, *each; /* NULL: not said */
};

/* One of the programs that a shape names. */
struct shape_program {
	size_t len; /* of its name, without the star of a glob */
	bool glob;
	bool harmless;
	const struct opttraits *traits;
	struct optread *table; /* NULL: a profile reads its words */
};

struct shape {
	enum effect effect;
	size_t n_names;
	const char **names; /* the texts are the document's */
	bool globs;
	struct shape_program *programs; /* one for each name */
	const struct yaml_node *verbs;	/* a text or a list, or NULL */
	struct optlist *options;	/* NULL: any, or a profile */
	struct shape_operands *operands;
	bool has_stdin; /* said; else a profile looks at it */
	enum shape_stdin input;
	enum shape_globs glob;
	const struct shape_profile *profile; /* NULL: none */
	size_t weight; /* of its heaviest condition: matcher_weight() */
};

/* The program among the shape's that words[0] names; NULL: another. */
const struct shape_program *shape_program(
    const struct shape *s, const struct shell_word *name, bool wide);

#endif
