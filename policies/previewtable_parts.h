/* What the files of previewtable share. */
#ifndef POLICIES_PREVIEWTABLE_PARTS_H
#define POLICIES_PREVIEWTABLE_PARTS_H

#include "policies/previewtable.h"

/* A listing, and one object: of the CLI's own s3 commands too. */
extern const struct previewtable_read *const previewtable_objects;
extern const struct previewtable_read *const previewtable_object;

#endif
