/* JSON of payloads: bounded, lenient in what it does not need. */
#ifndef BROKER_TARGET_SSM_JSON_H
#define BROKER_TARGET_SSM_JSON_H

#include <jansson.h>

#include "lib/base/buf.h"

/* An object out of at most max bytes; NULL for anything else.  Yours: json_decref(). */
json_t *ssm_json_object(struct span text, size_t max);
/* A member's bytes, borrowed, with the NULs that JSON can write; false where there is
 * none or it is no string. */
bool ssm_json_text(const json_t *object, const char *member, struct span *ret);
/* Copy a member as a C string.  A missing or null one gives "".  False: no string, too
 * long, or a NUL within. */
bool ssm_json_copy(const json_t *object, const char *member, char *out, size_t size);

#endif
