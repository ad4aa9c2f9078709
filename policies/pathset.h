/* Patterns of paths on a target: everything below /var/log, the logs of /srv/app.
 *
 * A star stands for any bytes of one part of a path, ? for one byte.  Two stars stand
 * only as the last part, for everything below and the folder itself; behind the first
 * slash, for any absolute path.
 *
 * Words are judged as they are written: where symbolic links lead is not known here.
 */
#ifndef POLICIES_PATHSET_H
#define POLICIES_PATHSET_H

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "policies/arnpattern.h"
#include "policies/shell.h"

#define PATHSET_MOST 1000 /* patterns in one list */
#define PATHSET_BASE 4096 /* bytes of a directory that relative words are in */

/* Check a list of 1 to PATHSET_MOST patterns: absolute, without empty, "." and ".."
 * parts.  RC_REFUSE with the place. */
enum rc pathset_check(const struct yaml_node *list, struct err *err);

/* How a word lies in the list (checked): enum fit.
 *
 * FIT_SURE: it is absolute, has no empty, "." or ".." part (a slash at the end may be),
 * and one pattern fits; with live globs, all that it can become on the target fits that
 * pattern: no part with one begins with "." or "[", which could become "..".
 * FIT_MAYBE: also when it can come to lie there: by parts like "..", by what a glob
 * stands for.  A relative word never fits surely: what it is relative to is the target's
 * word.  Where that is known it may fit, else it fits nothing. */
unsigned pathset_fit(const struct yaml_node *list, const struct shell_word *w);

#endif
