/* Who starts the program, waits for it, and takes care of its files: process 1 of a
 * sandbox, or, where there is none, the program's parent. */
#ifndef BROKER_LAUNCH_STEWARD_H
#define BROKER_LAUNCH_STEWARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "broker/launch/image.h"
#include "broker/launch/profile.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

struct steward {
	const char *path; /* of the program */
	const struct image *image;
	const struct profile_limits *limits; /* scratch is where files are staged */
	uint64_t scratch;		     /* bytes that may be staged */
	uint8_t stage;			     /* enum msg_staging bits */
	int status; /* pipe to the launcher, close-on-exec; taken */
	bool trial; /* all but execve: end well instead */
};

/* All signals are blocked, 0, 1 and 2 are the command's.  Stage, start, wait, stage:
 * how it ended.  What prevents the start goes to the status pipe as text, or, when that
 * is closed since the input had to come first, to the command's stderr. */
struct msg_exited steward_run(const struct steward *s);

/* To be called behind a fork: what is pending for this process goes to its group anew,
 * so that the fresh child (or what it has made since) gets it too.  With everything
 * blocked since before the fork, no signal to the group falls between the two. */
void steward_pass_signals(void);

/* End as e says, so that whoever waits cannot tell the difference. */
void steward_end(const struct msg_exited *e) __attribute__((noreturn));

#endif
