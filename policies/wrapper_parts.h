/* Between the table of programs that run others and what reads commands by it. */
#ifndef POLICIES_WRAPPER_PARTS_H
#define POLICIES_WRAPPER_PARTS_H

#include "policies/wrapper.h"

/* What a value, or a fixed word, has to look like. */
enum wrapper_form {
	FORM_NONE, /* there is no value */
	FORM_ANY,
	FORM_DURATION,
	FORM_SIGNAL,
	FORM_INT,
	FORM_COUNT,
	FORM_CLASS,
	FORM_MODE,
	FORM_USER,
};

struct wrapper_option {
	char letter;
	const char *name; /* in full; NULL: no long form is taken */
	enum wrapper_form form;
	bool dark; /* it is known how to read it, and nothing with it may run */
};

enum {
	ROW_DARK = 1,	/* never let through, however plain */
	ROW_USER = 2,	/* what it runs, runs as another user */
	ROW_OPEN = 4,	/* words that nobody knows follow at the end */
	ROW_SHELL = 8,	/* a shell's own, so that the inner command may be one too */
	ROW_ASSIGN = 16 /* NAME=VALUE may stand before the inner command */
};

struct wrapper_row {
	const struct wrapper_option *options; /* letter 0 and no name at the end */
	enum wrapper_form fixed;	      /* a word before the inner command */
	unsigned flags;
};

enum wrapper_kind {
	KIND_ROW,
	KIND_OPAQUE,  /* runs something, in a way that is not read here */
	KIND_TEXT,    /* runs a program's text: an interpreter */
	KIND_VERSION, /* the same; with --version alone it only says its version */
	KIND_APPLETS, /* busybox: runs the program that its first word names */
};

struct wrapper_program {
	const char *name;
	enum wrapper_kind kind;
	const struct wrapper_row *row;
};

/* The program of that name, which is the last part of a path; NULL: it runs no other.
 * Interpreters are also found with their version: python3.11, lua5.4. */
const struct wrapper_program *wrapper_find(const char *base);
/* True for what only a shell has: no program of that name can be run by another. */
bool wrapper_builtin(const char *base);
/* The row of `command`. */
extern const struct wrapper_row wrapper_row_command;

#endif
