/* What the rules have said of one request so far: from nothing, which is a deny, to its
 * verdict.
 *
 * Everything here is bounded by a count of steps, and takes its memory from one arena:
 * the rules' own (ruleset.arena), or one of its own where they have none.
 */
#ifndef POLICIES_RULING_H
#define POLICIES_RULING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/model/facts.h"
#include "lib/model/verdict.h"
#include "policies/rule.h"

/* One is about the look at a rule, a word or a pattern: tens of nanoseconds. */
#define RULING_STEPS 5000000ul
/* The same for a line, which is short: it takes milliseconds, whatever the rules. */
#define RULING_LINE_STEPS 1000000ul
/* A shell line with its parts; the candidates come on top (ruling_arena). */
#define RULING_ARENA 262144

struct ruling {
	const struct ruleset *set;
	const struct facts *facts;
	struct verdict *v;
	struct arena *arena;
	bool owns_arena;
	unsigned long steps; /* left */
	bool spent;	     /* more were asked for */
	/* The first rule of each effect that acted, by name, and the part it acted on. */
	const struct rule *first[EFFECT_ALLOW + 1];
	size_t first_part[EFFECT_ALLOW + 1];
	bool crowded; /* more hold rules, or rates, than a verdict has room for */
};

/* Bytes of an arena that is enough for any decision on n rules. */
size_t ruling_arena(size_t n);

/* Make a set in its order ready for many decisions: its index and its arena.  Undone by
 * ruling_release(), also after RC_FAIL (no memory). */
enum rc ruling_prepare(struct ruleset *set, struct err *err);
void ruling_release(struct ruleset *set);

/* Start: the verdict is a deny, "internal".  False: that is all that can be said, since
 * who asks is not known, the facts are not of that path, or there is no memory.
 * ruling_end() in any case. */
bool ruling_begin(struct ruling *g, const struct ruleset *set,
    const struct facts *facts, enum path path, struct verdict *ret);
void ruling_end(struct ruling *g);

/* Make it a deny with that code and text, whatever it was; what it is about stays. */
void ruling_refuse(struct ruling *g, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Count n steps more; false when there are none left: the verdict is to be a deny. */
bool ruling_step(struct ruling *g, size_t n);

/* False for the rule of a runbook where something else is asked for: it says nothing
 * then, not even as a hint. */
bool ruling_about(const struct rule *r, const struct facts *facts);

/* Bits of enum fit: whether the rule is on the facts' path, and its who, where and when
 * hold.  region: of the request, or NULL. */
unsigned ruling_ambient(
    const struct ruling *g, const struct rule *r, const char *region);
/* The same for the who, where and when of an exception, which may be all of it. */
unsigned ruling_except(
    const struct ruling *g, const struct unless *u, const char *region);
/* A rule acts on a part; of each rule the lower parts come first. */
void ruling_act(struct ruling *g, const struct rule *r, size_t part);
/* Once for each rule that acted anywhere: its terms, and what a hold needs. */
void ruling_add(struct ruling *g, const struct rule *r);

/* A hold rule acted on this call, and reveals its answer: the verdict says so. */
void ruling_reveal(
    struct ruling *g, const struct rule *r, const char *service, const char *operation);

/* True when rule number so many is an allow that can add nothing to what others said,
 * whatever it fits: one of a lower name acted already, and it says nothing beside yes.
 * Where all parts are granted, too, it need not be looked at; any other rule always is. */
bool ruling_idle(const struct ruling *g, size_t rule);

/* Name the verdict: the effect, its first rule, and that rule's sentence.  What is
 * crowded, and an effect without a rule, are denies. */
void ruling_name(struct ruling *g, enum effect worst);

#endif
