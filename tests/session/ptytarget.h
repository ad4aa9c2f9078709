/* Targets that are this machine: a terminal is a pseudo-terminal here with sh -c of what
 * the broker sends, a command is split as an agent does and run.  In place of
 * broker/target, for tests of what feeds shells. */
#ifndef TESTS_SESSION_PTYTARGET_H
#define TESTS_SESSION_PTYTARGET_H

#include "broker/target/target.h"

#define PTYTARGETS 64

/* What tests look at; zeroed and freed by ptytarget_reset(). */
struct ptytarget_log {
	unsigned opened, live;
	char commands[PTYTARGETS][8448]; /* as opened, in order */
	enum target_kind kinds[PTYTARGETS];
	struct buf written; /* by the broker, to all of them */
	/* Instead of bash and sh, for the fed shell; NULL: as it is. */
	const char *shell;
	/* How the next one ends that would be opened; -1: it runs. */
	int refuse;
	/* Bytes that the next terminal prints before it begins. */
	const char *greeting;
};
extern struct ptytarget_log ptytarget;

void ptytarget_reset(void);
/* The last one that was opened says this, or is lost. */
void ptytarget_note(const char *what, const char *text);
void ptytarget_lose(void);
/* It sends these bytes, as if its shell had. */
void ptytarget_print(const char *text);
/* Somebody else's bytes in its terminal's input. */
void ptytarget_type(const char *text);
/* The last one's process. */
int ptytarget_pid(void);
/* A net is only a loop here. */
struct target_net *ptytarget_net(struct loop *l);

#endif
