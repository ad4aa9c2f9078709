/* Looks at recordings that are to be closed, in threads of its own: a long file is read
 * and hashed whole, and nobody else shall wait for that. */
#ifndef BROKER_KEEPER_INSPECTOR_H
#define BROKER_KEEPER_INSPECTOR_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "recorder/proof.h"

#define INSPECTOR_THREADS 4

struct inspector;

struct inspection {
	uint8_t sid[16];
	uint32_t id; /* of the request */
	enum rc rc;  /* RC_OK: the file is synced and proof is filled in */
	struct err err;
	struct proof proof;
};

/* Called from the loop, once for each that was added. */
typedef void inspector_fn(void *arg, const struct inspection *i);

/* Start the threads.  trust is borrowed and must not change. */
enum rc inspector_new(struct loop *l, const struct trust *trust, inspector_fn *fn,
    void *arg, struct inspector **ret, struct err *err);
/* Wait for the threads; what they have not told is dropped.  NULL is fine. */
void inspector_free(struct inspector *i);

/* fsync and examine fd, which is duplicated.  RC_REFUSE when this session's file is
 * being looked at already; RC_FAIL: memory, descriptors. */
enum rc inspector_add(
    struct inspector *i, const uint8_t sid[16], uint32_t id, int fd, struct err *err);
/* The same look, at once and here. */
enum rc inspector_look(
    int fd, const struct trust *trust, struct proof *ret, struct err *err);

#endif
