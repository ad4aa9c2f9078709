/* Values that are secrets by what stands beside them; see siblings.c.  Of this room
 * alone. */
#ifndef RECORDER_MASK_SIBLINGS_H
#define RECORDER_MASK_SIBLINGS_H

#include "recorder/mask/keyform.h"

/* How the name that a sibling's value has to follow was written: mask_context's pair_form. */
enum sibling_form {
	SIBLING_NONE,
	SIBLING_QUOTED,
	SIBLING_LINE,
	SIBLING_TABLE,
	SIBLING_TAG,
	SIBLING_CHANGE, /* key = "old" -> "new" */
};

/* A secret's name is a value here ("name": "DB_PASSWORD"), or is that of an object: note
 * it, if what stands before it says so.  For fields.c, which finds the names. */
void sibling_named(
    const struct mask_view *v, const struct keyform *k, struct mask_context *c);
void sibling_object(
    const struct mask_view *v, const struct keyform *k, struct mask_context *c);
/* The value is masked, and another one may come in its place. */
void sibling_change(
    const struct mask_view *v, const struct keyform *k, struct mask_context *c);

#endif
