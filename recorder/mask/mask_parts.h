/* What the engine and the families of rules have in common; of this room alone.
 *
 * The engine makes shadow text of the input (no escape sequences, no control characters,
 * JSON's escapes undone: shadow.h), looks for the literals of all rules in it, and asks the
 * verifier of each that it finds.  It goes strictly from left to right and passes a place
 * only when the answer there can change no more, so that pieces do not matter.
 *
 * Verifiers are pure functions of the view, the place and the context.  They say MORE only
 * where more text could change their answer, and never when v->end is set.
 */
#ifndef RECORDER_MASK_MASK_PARTS_H
#define RECORDER_MASK_MASK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/mask/policy.h"

/* Shadow bytes before a place that are always there, if the text has them.  No verifier
 * looks back further. */
#define MASK_BACK 1024
/* No verifier wants more bytes than this behind the place it is asked about. */
#define MASK_AHEAD 6144

/* A line's end that was an escape in the input ("\n", "\\r\\n"), or the cursor's move to
 * another row: other than '\n', since it may stand within a quoted value.  Escaped tabs are '\t'. */
#define SHADOW_BREAK 0x1e

struct mask_view {
	const uint8_t *p; /* shadow text */
	size_t len;
	uint64_t base; /* where p[0] stands in the whole shadow text */
	bool end;      /* nothing follows */
};

#define VIEW_MORE (-1) /* not known yet */
#define VIEW_END                                                                       \
	(-2) /* nothing stands there, for good: before the text's beginning, too */
/* The byte at i, or one of those. */
static inline int
view_at(const struct mask_view *v, size_t i)
{
	if (i < v->len)
		return v->p[i];
	return v->end || (ptrdiff_t)i < 0 ? VIEW_END : VIEW_MORE;
}

static inline bool
view_word(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '_';
}

enum mask_says { MASK_NO, MASK_MORE, MASK_YES };

/* A range whose end is not known when it begins.  The kind's own run() goes on with it:
 * *to becomes the place up to which all is in it (from at least).  YES: it ends there;
 * MORE: ask again from there with more text; NO is not an answer.  Never MORE when v->end. */
struct mask_open {
	enum mask_says (*run)(
	    struct mask_open *o, const struct mask_view *v, size_t from, size_t *to);
	/* The kind's own: plain values. */
	uint8_t quote, level, phase, flag;
	uint32_t indent, count, limit;
	uint64_t since;
};

/* What verifiers have seen on the way; changed only together with a YES or a NO for good,
 * and forgotten by nobody but themselves.  Places are of the whole shadow text. */
struct mask_context {
	uint64_t key_id; /* behind the last AWS access key id; 0: none yet */
	/* A sibling said that the next value is a secret's (name and value): where it said
	 * so, and how. */
	uint64_t pair;
	uint32_t pair_depth;
	uint8_t pair_form;
	/* Within the data of a Kubernetes secret: since where, and how it looks. */
	uint64_t data;
	uint32_t data_indent;
	uint8_t data_form;
};

/* What a verifier finds. */
struct mask_find {
	const char *rule; /* YES: the id; lives as long as the rules */
	/* YES: what is masked, [from, to); with open.run set it begins at from, and to is not
	 * used.  An empty range masks nothing: the context was changed, go on at to (but
	 * never at or before the place asked about). */
	size_t from, to;
	struct mask_open open;
	bool quote; /* the label needs quotes of its own, to stay JSON */
	bool id;    /* an identifier: the policy's reveal counts */
	/* MORE: what stands before this place can be shown (it may be the view's length). */
	size_t hold;
};

/* What the literal at v->p[at] begins.  arg: as given when it was added. */
typedef enum mask_says mask_verify_fn(const void *arg, const struct mask_view *v,
    size_t at, struct mask_context *c, struct mask_find *ret);

struct mask_build; /* the rules while they are made; build.h */

enum mask_literal_flags {
	MASK_EXACT = 1, /* in these cases of letters; else in any */
	MASK_WORD = 2,	/* only where no word character stands before it */
	/* Its own bytes are never masked (a key's name): nothing is held for a part of it. */
	MASK_SHOWN = 4,
};

/* Call verify where this literal (3 to MASK_LITERAL bytes, copied) stands.  arg lives as
 * long as the rules: mask_build_keep().  Errors are kept in b. */
void mask_build_literal(struct mask_build *b, struct span literal, unsigned flags,
    mask_verify_fn *verify, const void *arg);
/* Call verify at the beginning of each run of characters of this class (a bit for each
 * byte), while armed says so (NULL: always).  Dear: for what no literal tells.  Where armed
 * says no it goes on to say no until a verifier was asked and answered. */
void mask_build_run(struct mask_build *b, const uint32_t class_[8],
    bool (*armed)(const struct mask_context *c, uint64_t at), mask_verify_fn *verify,
    const void *arg);
/* Where text ends without its end being known: hold all from the returned place on, which
 * may come to belong to a secret whose literal stands later; v->len: nothing.  floor: the
 * place before which all is decided.  What was let go once is out: with more text it is not
 * asked for again. */
void mask_build_tail(
    struct mask_build *b, size_t (*tail)(const struct mask_view *v, size_t floor));
/* Memory that lives as long as the rules, zeroed; NULL when there is none (kept in b). */
void *mask_build_keep(struct mask_build *b, size_t n);
/* p lives as long, and then goes by drop(); at once where there is no memory: false. */
bool mask_build_own(struct mask_build *b, void *p, void (*drop)(void *p));
const struct mask_policy *mask_build_policy(const struct mask_build *b);
/* Is this policy (a bit) or rule (an id) asked for? */
bool mask_build_on(const struct mask_build *b, unsigned policy, const char *id);
/* The rules' seeds, i from 0; false when there are no more. */
bool mask_build_seed(const struct mask_build *b, size_t i, struct span *ret);

/* The families, in the order in which they are asked at one place. */
void seeds_build(struct mask_build *b);	  /* exact values: seeds.c */
void customs_build(struct mask_build *b); /* of the configuration: customs.c */
void tokens_build(struct mask_build *b);  /* by their beginnings: tokens.c */
void armor_build(struct mask_build *b);	  /* PEM, PuTTY: armor.c */
void address_build(struct mask_build *b); /* passwords in URLs: address.c */
void nearby_build(struct mask_build *b);  /* AWS secret keys near their ids: nearby.c */
void encoded_build(struct mask_build *b); /* base64 of secrets: encoded.c */
void fields_build(struct mask_build *b);  /* name and value: fields.c */
void siblings_build(struct mask_build *b); /* values known by a sibling: siblings.c */
void person_build(
    struct mask_build *b); /* cards, numbers of people, addresses: person.c */

#endif
