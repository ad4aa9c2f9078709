/* Targets and shells that do what a test says, one message at a time: in place of
 * broker/target and of the broker's shell, in a nursery that the test forks itself.
 *
 * The session says what was done to them, a line each ("open command i-0abc …", "write
 * ls", "end"); the test says what they tell ("running", "out bytes").
 */
#ifndef TESTS_SESSION_PUPPET_H
#define TESTS_SESSION_PUPPET_H

#include <stddef.h>

#include "tests/session/bed.h"

/* Bytes of one message. */
#define PUPPET_MOST 49152

/* A nursery in b, whose sessions are puppets; our end of their socket. */
int puppet_nursery(struct bed *b);
/* The next thing done must begin with this; the rest of it, good until the next call. */
const char *puppet_hear(int sock, const char *what);
/* How many bytes the last one had in all. */
size_t puppet_len(void);
/* word, a blank, and these bytes. */
void puppet_tell(int sock, const char *word, const void *bytes, size_t n);
void puppet_says(int sock, const char *word, const char *text);
/* Byte i of a flood. */
char puppet_byte(size_t i);

/* For the puppets, in the session: say what was done. */
void puppet_did(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void puppet_did_bytes(const char *word, struct span bytes);
extern int puppet_fd;

#endif
