/* Words and environment of the program to become, as execve(2) wants them. */
#ifndef BROKER_LAUNCH_IMAGE_H
#define BROKER_LAUNCH_IMAGE_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/wire/msg.h"

/* Where things are for the command.  Borrowed. */
struct image_places {
	const char *home;
	const char *scratch; /* where its files are staged; "/tmp" in a sandbox */
	const char *ca;	     /* the gate's CA, a file */
	uint16_t port;	     /* of the gate, on 127.0.0.1 */
};

struct image {
	char **argv, **env;
};

/* The words of m, and its variables in their order; HOME says places' home, HTTPS_PROXY
 * and AWS_CA_BUNDLE are added.  Where the scratch folder is not /tmp, the operands that
 * name staged files ("/tmp/in", alone or behind "file://", "fileb://" or an option's
 * "="; "/tmp/out") name them there, according to m's stage bits.  A word that looks so
 * and means something else is then another one than was judged, which the gate refuses.  On RC_OK *ret is yours:
 * image_clear(). RC_FAIL: memory. m must have passed request_check. */
enum rc image_make(const struct msg_launch *m, const struct image_places *places,
    struct image *ret, struct err *err);
void image_clear(struct image *i);

#endif
