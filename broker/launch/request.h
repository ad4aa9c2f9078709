/* What a LAUNCH may ask for: one of the programs that this launcher was started for,
 * with an environment of known names, and a gate. */
#ifndef BROKER_LAUNCH_REQUEST_H
#define BROKER_LAUNCH_REQUEST_H

#include <stddef.h>

#include "lib/base/err.h"
#include "lib/wire/msg.h"

struct request_rules {
	const char *const *programs; /* absolute paths */
	size_t nprograms;
	const char *home; /* what HOME must say */
};

/* RC_REFUSE, with what is wrong: no argv, argv[0] is none of the programs byte for
 * byte; a variable that is not in the list, has another value than the list demands,
 * stands twice, or has no "="; an AWS_ACCESS_KEY_ID that is none of a gate's dummies
 * ("AKBROKER" and twelve of A-Z, 2-7), so that no real key gets here by mistake; a proxy
 * that is no "user:password" of unreserved characters (RFC 3986 section 2.3); a CA that
 * is not PEM in ASCII; stage bits that are none.  Values are never part of the text. */
enum rc request_check(
    const struct request_rules *rules, const struct msg_launch *m, struct err *err);

#endif
