/* One line for a shell on a target, understood without one.
 *
 * The grammar is small on purpose: simple commands of literal words, joined by
 * | && || and ;, with a few redirections.  It means the same in bash, dash, zsh, mksh
 * and busybox ash.  Whatever it does not have is not guessed at: the line is
 * undecidable, with a reason and the place of the byte that made it so.
 *
 * What runs is rendered from these words (shell_canon); the caller's own bytes never
 * reach a shell.
 */
#ifndef POLICIES_SHELL_H
#define POLICIES_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SHELL_LINE 4096	   /* bytes of a line */
#define SHELL_CANON 4000   /* bytes of its canonical text */
#define SHELL_WORDS 256	   /* words of a line, targets of redirections among them */
#define SHELL_COMMANDS 16  /* simple commands */
#define SHELL_STAGES 8	   /* commands of one pipeline */
#define SHELL_WORD 2048	   /* bytes of a word */
#define SHELL_GLOBS 6	   /* glob characters in a word */
#define SHELL_ARENA 131072 /* an arena of that size is enough for any line */

/* Why a line cannot be decided. */
enum shell_reason {
	SHELL_FINE = 0,
	SHELL_EMPTY,
	SHELL_EXPANSION,
	SHELL_BRACE,
	SHELL_TILDE,
	SHELL_EQUALS,
	SHELL_GLOB_COMMAND,
	SHELL_GLOB_LIMIT,
	SHELL_HISTORY,
	SHELL_ASSIGNMENT,
	SHELL_COMPOUND,
	SHELL_BACKGROUND,
	SHELL_REDIRECT,
	SHELL_COMMENT,
	SHELL_INCOMPLETE,
	SHELL_CHARACTER,
	SHELL_LIMIT,
	SHELL_WRAPPER,
	SHELL_INTERPRETER,
};

/* "expansion", "glob-command", …; "" for SHELL_FINE. */
const char *shell_reason_name(enum shell_reason r);

/* text is what is left when quotes are removed: no NUL in it, one behind it. */
struct shell_word {
	const char *text;
	size_t len;
	/* One byte for each of text: 1 where it is an unquoted * ? [ or ].  NULL: the word
	 * has none that acts (no unquoted * ? [). */
	const uint8_t *live;
	bool quoted; /* some of it stood in quotes or behind a backslash */
	size_t at;   /* byte offset in the line */
	/* The absolute directory that a relative path is in; NULL: not known.  The reader
	 * leaves it NULL. */
	const char *base;
};

static inline bool
shell_word_glob(const struct shell_word *w)
{
	return w->live != NULL;
}

enum shell_op {
	SHELL_OUT,    /* >  */
	SHELL_APPEND, /* >> */
	SHELL_IN,     /* <  */
	SHELL_DUP,    /* >& with a digit behind it */
};

struct shell_redir {
	int fd; /* as written, or the operator's own: 1 for > >> >&, 0 for < */
	enum shell_op op;
	struct shell_word target; /* of SHELL_DUP: one digit */
};

/* What stands before a command. */
enum shell_join {
	SHELL_FIRST,
	SHELL_PIPE,
	SHELL_AND,
	SHELL_OR,
	SHELL_SEQ,
};

struct shell_simple {
	size_t n_words; /* at least 1 in a line that is fine */
	struct shell_word *words;
	size_t n_redirs;
	struct shell_redir *redirs;
	unsigned stage; /* of its pipeline, from 0 */
	enum shell_join before;
	/* Its end was seen: false only for the last one of an undecidable line. */
	bool whole;
};

struct shell_line {
	enum shell_reason undecidable; /* SHELL_FINE: all of it was understood */
	size_t offset;		       /* of the byte that made it so */
	const char *what;	       /* a few words for people: what is there */
	/* All commands; of an undecidable line those before the offset, for deny rules
	 * and messages alone: nothing of such a line may be let through. */
	size_t n;
	struct shell_simple *commands;
};

/* Read a line; all of *ret lives in the arena.  RC_OK also for an undecidable one.
 * RC_FAIL: the arena is too small. */
enum rc shell_read(
    struct span line, struct arena *a, struct shell_line *ret, struct err *err);

/* Append the canonical text of a line that is fine: words parted by one blank, the
 * command word always quoted, others only where they must be, live glob characters
 * bare, operators as " | ", " && ", " || ", " ; ", redirections in one form behind the
 * words.  Reading it gives the same words, and the same text again.  The caller checks
 * buf_ok and the length. */
void shell_canon(const struct shell_line *line, struct buf *out);
/* The same for one command without its operators. */
void shell_canon_command(const struct shell_simple *c, struct buf *out);
/* A word as it stands in that text. */
void shell_canon_word(const struct shell_word *w, struct buf *out);

#endif
