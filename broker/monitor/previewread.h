/* What an answer tells of the things that a command would touch: how many, how large,
 * and of the first their names and a few facts.  Everything is a stranger's: it is
 * bounded here, and escaped where it is shown. */
#ifndef BROKER_MONITOR_PREVIEWREAD_H
#define BROKER_MONITOR_PREVIEWREAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/awsmodel.h"
#include "policies/previewtable.h"

#define PREVIEWREAD_VALUE 256 /* bytes of a value; of more only the first are kept */
#define PREVIEWREAD_VALUES 5  /* of one label; of more only the number is kept */
#define PREVIEWREAD_TAGS 20
#define PREVIEWREAD_CODE 64 /* of an error, with the NUL */

/* Of all answers of one step. */
struct previewread_sum {
	uint64_t count, bytes;
	bool sized; /* bytes were told */
};

/* Read tree (answertree.h) as step->read says, and append to items, until it has most of
 * them.  name: of a thing whose answer does not tell it; NULL where it does.  RC_FAIL:
 * memory. */
enum rc previewread_take(const struct previewtable_step *step, const char *name,
    const json_t *tree, size_t most, json_t *items, struct previewread_sum *sum,
    struct err *err);
/* Append the token of the next page; false when this was the last.  *member is the
 * call's that takes it (PREVIEWREAD_CODE bytes). */
bool previewread_next(const struct previewtable_read *read, const json_t *tree,
    char member[PREVIEWREAD_CODE], struct buf *token);
/* AWS's word for what went wrong, of letters, digits, '.' and '_'; "" when it is not
 * there.  type: the header X-Amzn-Errortype. */
void previewread_error(enum awsmodel_protocol protocol, struct span type,
    struct span body, char ret[PREVIEWREAD_CODE]);

#endif
