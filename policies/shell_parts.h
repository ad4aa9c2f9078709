/* Between the files that read a shell's line: shell.c (commands, operators,
 * redirections), shellword.c (words), shellcanon.c. */
#ifndef POLICIES_SHELL_PARTS_H
#define POLICIES_SHELL_PARTS_H

#include "policies/shell.h"

/* What an unquoted byte is. */
enum shell_class {
	CLASS_CONTROL = 0, /* refused everywhere */
	CLASS_HIGH,	   /* a byte of a character outside ASCII: in quotes only */
	CLASS_BARE,	   /* itself, and needs no quotes in canonical text */
	CLASS_DIGIT,	   /* as CLASS_BARE; alone before < or > a descriptor */
	CLASS_MARK,	   /* itself but in certain places: ~ = # ^ ] */
	CLASS_GLOB,	   /* * ? [ */
	CLASS_QUOTE,	   /* ' " backslash */
	CLASS_REFUSED,	   /* $ ` { } ! ( ) */
	CLASS_BLANK,	   /* space, tab */
	CLASS_OPERATOR,	   /* ; & | */
	CLASS_ARROW,	   /* < > */
};

/* By byte. */
extern const uint8_t shell_classes[256];

/* A line while it is read. */
struct shell_reader {
	const uint8_t *p;
	size_t len; /* of what is read: SHELL_LINE at most */
	size_t at;
	bool cut; /* the line goes on behind len */
	struct shell_line *line;

	/* Room for everything, sized by the line. */
	struct arena *arena;
	char *text;
	uint8_t *live; /* NULL until a glob character is met */
	size_t used;   /* of text, and of live */
	size_t room;   /* of both */
	struct shell_word *words;
	size_t n_words; /* targets not among them */
	size_t n_parts; /* words and targets */
	struct shell_redir *redirs;
	size_t n_redirs;

	struct shell_simple *c; /* the command that is open; NULL between commands */
	size_t c_at;		/* where that begins */
	enum shell_join join;	/* the operator before the next command */
	size_t join_at;		/* where it stands */
	unsigned stage;		/* of the next command */

	/* Of the word that is open. */
	struct shell_word w;
	unsigned globs;
	size_t glob_at; /* in the line: the first of them */
	size_t bracket; /* 1 + the place in the word of a [ that is not closed; or 0 */
	bool first;	/* it is to be the command */
	bool failed;	/* the arena was too small */
};

/* Say why the line is undecidable; false, for the caller to return. */
bool shell_refuse(
    struct shell_reader *r, enum shell_reason why, size_t at, const char *what);
/* The same where the line just ends: what is missing, from where; or that it is longer
 * than may be. */
bool shell_unfinished(struct shell_reader *r, size_t at, const char *what);

/* Read the word that begins at r->at into r->w, up to a blank, an operator or the end.
 * Empty, without quotes, when there is none.  False: undecidable. */
bool shell_word_read(struct shell_reader *r, bool first);

/* The bracket after character i of a word: the same rule for reading and writing, so
 * that canonical text reads back as it was. */
static inline size_t
shell_bracket(size_t open, size_t i, char c, bool live)
{
	if (live && c == '[' && open == 0)
		return i + 1;
	/* [] begins a set that has the ] in it. */
	if (live && c == ']' && i != open)
		return 0;
	return open;
}

#endif
