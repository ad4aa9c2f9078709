/* The parts of the family of tokens: each adds its own literals.  Of this room alone. */
#ifndef RECORDER_MASK_TOKEN_PARTS_H
#define RECORDER_MASK_TOKEN_PARTS_H

#include "recorder/mask/mask_parts.h"

void jwt_build(struct mask_build *b);	 /* JSON web tokens: jwt.c */
void bearer_build(struct mask_build *b); /* Bearer and Basic: bearer.c */
void signed_build(struct mask_build *b); /* parameters of signed URLs: signed.c */

#endif
