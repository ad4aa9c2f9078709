/* What a caller asks for: the broker's own options, then the words of the command.
 *
 * Options stand first (--reason TEXT, --no-wait, --wait SECONDS, --json, --dry-run,
 * --out), or come as the variables BROKER_REASON, BROKER_WAIT, BROKER_OUTPUT; an argv array brings
 * them as members.  An option beats a variable.
 */
#ifndef BROKER_MONITOR_COMMAND_H
#define BROKER_MONITOR_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/wire/msg.h"
#include "policies/words.h"

#define COMMAND_REASON 256	     /* bytes of a reason */
#define COMMAND_WAIT_MAX (24 * 3600) /* seconds */

struct command {
	struct words *words; /* the command's own words: at least one */
	/* Of `ssm … -- LINE`: all that stands behind the "--", as it was written; its own.
	 * NULL: there was none. */
	char *line;
	char reason[COMMAND_REASON + 1];
	char profile[257]; /* of the argv form; or "" */
	uint64_t wait_ms; /* how long a hold may wait; UINT64_MAX: as long as it does */
	bool json;
	bool dry_run;
	bool out; /* the file that the command writes is wanted on stdout */
	bool pty;
	uint32_t columns, rows;
};

/* True for a reason that may be shown: plain text on one line, within the bound. */
bool command_reason_ok(struct span s);

/* How long a hold may be waited for, in decimal seconds.  RC_REFUSE: no such number. */
enum rc command_wait(struct command *c, struct span s, struct err *err);

/* Read a request.  On RC_OK *ret is filled: command_clear().  On failure err says why
 * in words for the caller, and *json is still what was asked for as far as it was read.
 * RC_REFUSE: malformed; RC_FAIL: memory. */
enum rc command_read(
    const struct msg_exec_ask *ask, struct command *ret, bool *json, struct err *err);
/* Free what it holds; the struct is the caller's. */
void command_clear(struct command *c);

#endif
