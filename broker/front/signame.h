/* Signals by the names that SSH has for them (RFC 4254 section 6.10). */
#ifndef BROKER_FRONT_SIGNAME_H
#define BROKER_FRONT_SIGNAME_H

/* The number of a signal that a client may send to a command: HUP INT QUIT TERM KILL USR1
 * USR2; else 0. */
int signame_number(const char *name);

/* The name for an exit-signal; NULL when SSH has none. */
const char *signame_text(int signo);

#endif
