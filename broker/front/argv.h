/* A command from a program, by the subsystem broker-argv: one line of JSON, so that
 * nobody quotes anything. */
#ifndef BROKER_FRONT_ARGV_H
#define BROKER_FRONT_ARGV_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

#define ARGV_LINE_MAX 65536 /* without its newline */

struct argv;

/* Read {"argv": [words], "profile": text, "reason": text, "wait": seconds}; all but
 * argv may be missing.  Refused: any other member, a member twice, no words or more
 * than MSG_LIST_MAX, a word with a NUL, texts over their bounds (profile 256, reason
 * 1024 bytes), anything behind the object.  On RC_OK *ret is yours: argv_free(). */
enum rc argv_parse(struct span line, struct argv **ret, struct err *err);
/* NULL is fine. */
void argv_free(struct argv *a);

/* Put the words and texts into m, borrowed from a. */
void argv_fill(const struct argv *a, struct msg_exec_ask *m);

#endif
