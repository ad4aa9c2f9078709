/* Names: who and what may be called how.
 *
 * An identity's name goes to AWS unchanged as SourceIdentity, so the alphabet and the
 * lengths are those of sts:AssumeRole.  Names are compared as bytes; there is no case
 * folding and no other spelling of the same name.
 */
#ifndef LIB_MODEL_NAME_H
#define LIB_MODEL_NAME_H

#include <stdbool.h>

#include "lib/base/buf.h"

#define NAME_MOST 64

/* 2 to 64 bytes of [A-Za-z0-9_+=,.@-]. */
bool name_identity(struct span s);
/* A group or a profile: 1 to 64 bytes of the same alphabet. */
bool name_label(struct span s);
/* A broker's name or a retention class, as it stands in a recording's first line:
 * 1 to 64 bytes of [A-Za-z0-9._-]. */
bool name_plain(struct span s);
/* A user of a target, as sshd and sudo take them: 1 to 32 bytes of [A-Za-z0-9._-], with a
 * letter or _ first; never a number, which sudo would take for an id, an option or a
 * path. */
bool name_os_user(struct span s);

#endif
