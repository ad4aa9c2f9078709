/* Scripts: texts for a shell on a target that people approve once.
 *
 * A rule of the policies that holds `script: NAME` says who; where none does, one person
 * with the right to approve.  Running one takes a session on a target, which is not in
 * this version.
 */
#ifndef BROKER_MONITOR_SCRIPTS_H
#define BROKER_MONITOR_SCRIPTS_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/verdict.h"

struct monitor;
struct verb_call;

#define SCRIPTS_WORDS "add|list|show|remove"

/* True for a text that can be shown as it is: UTF-8 of plain characters, tabs and line
 * feeds, and something of it.  Else *line is where it is not. */
bool scripts_text_ok(struct span text, unsigned *line);

/* Who has to approve a script of this name, as rules and rights are now.  RC_REFUSE: too
 * many rules hold it, or too many have the right to be told apart. */
enum rc scripts_needs(
    const struct monitor *m, const char *name, struct verdict *ret, struct err *err);

/* The verb "script": add NAME (the call brings its text), list, show NAME [SHA256],
 * remove NAME [SHA256] [--reason TEXT]. */
void scripts_verb(struct verb_call *call);

#endif
