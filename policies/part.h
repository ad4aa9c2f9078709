/* A line for a shell laid out into what is judged: every program of it, those that
 * wrappers start among them, and every redirection.
 */
#ifndef POLICIES_PART_H
#define POLICIES_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/rule.h"
#include "policies/shape.h"
#include "policies/shell.h"
#include "policies/words.h"

struct part {
	struct shape_subject subject;
	size_t command;	    /* of the line, from 0 */
	const char *run_as; /* the OS user that sudo or doas gave; NULL: none */
	bool wrapper;	    /* another part runs in the end: no rule has to allow it */
	/* It is not understood to its end, or nothing of its line may run: no rule can
	 * be sure of it, and none has to allow it. */
	bool odd;
	/* What the rules said, and the first of each effect that did. */
	bool denied, held, granted;
	const struct rule *by[EFFECT_ALLOW + 1];
};

struct part_redir {
	const struct shell_redir *redir;
	size_t command;
	bool granted;
};

struct parts {
	struct shell_line line;
	size_t n;
	struct part *v;
	size_t n_redirs;
	struct part_redir *redirs;
	/* Why it cannot be decided, by its grammar, its length or a wrapper, and the
	 * place; SHELL_FINE when it can. */
	enum shell_reason undecidable;
	size_t offset;
	const char *what;
};

/* Read and lay out a line; all of *ret lives in the arena.  canon (may be NULL): append
 * the canonical text to it if the grammar has the line.  RC_FAIL: no room. */
enum rc parts_read(struct span line, struct arena *a, struct buf *canon,
    struct parts *ret, struct err *err);
/* The same for words that were split already and never see a shell. */
enum rc parts_words(
    const struct words *w, struct arena *a, struct parts *ret, struct err *err);

/* Bits of enum fit: how the rule's shapes, run_as and the shapes of its exception speak
 * of the part.  ambient: what its path, who, where and when say, except: those of its
 * exception; *steps is how many words were looked at. */
unsigned part_fit(const struct rule *r, const struct part *p, unsigned ambient,
    unsigned except, size_t *steps);

#define PART_WHY (SHAPE_WHY + 32)
/* All that whoever asks may know of a rule's where and when. */
#define PART_ELSEWHERE "not here, or not now"

/* What keeps an allow or hold rule that names the part's program from being sure of it,
 * for people: its options, its user, an exception, the place or the time.  Returns out;
 * "" when nothing does, or the rule names other programs. */
const char *part_why(const struct rule *r, const struct part *p, unsigned ambient,
    unsigned except, char out[PART_WHY]);

/* True when the rule's `redirect` has it; nothing is said of who asks. */
bool part_redirects(const struct rule *r, const struct shell_redir *d);

#define PART_TEXT 160

/* The part as people may read it: its words, escaped, and cut with "..." when long.
 * Returns out. */
const char *part_text(const struct part *p, char out[PART_TEXT]);
/* The same of a redirection. */
const char *part_redir_text(const struct shell_redir *d, char out[PART_TEXT]);

#endif
