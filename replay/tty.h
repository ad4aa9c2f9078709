/* The watcher's terminal: keys without Enter, and passphrases without echo. */
#ifndef REPLAY_TTY_H
#define REPLAY_TTY_H

#include <stdbool.h>
#include <termios.h>

#include "lib/base/err.h"
#include "lib/base/secret.h"

#define TTY_PASS_MOST 1024

struct tty {
	int fd;
	bool changed;
	struct termios before;
};

/* Deliver keys one by one, unseen; ^C still interrupts, ^Z does nothing.  tty_restore
 * undoes it, and throws away what was typed meanwhile: nothing that was typed at a
 * recording, by a person or by the terminal, may reach the shell.  RC_FAIL: no
 * terminal. */
enum rc tty_keys(struct tty *t, int fd, struct err *err);
/* Put the terminal back as it was; nothing when it was not changed. */
void tty_restore(struct tty *t);

/* Ask on the terminal fd with echo off.  On RC_OK *ret is yours.  RC_REFUSE: nothing
 * was typed, or more than TTY_PASS_MOST bytes; RC_END: a signal or the terminal's end;
 * RC_FAIL: no terminal. */
enum rc tty_ask(int fd, const char *prompt, struct secret **ret, struct err *err);

#endif
