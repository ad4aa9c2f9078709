/* What belongs to a recording and is not it: in RECORDINGS/done its proof and what
 * `hoop-replay rewrap` has written, in RECORDINGS/keys its shred key.  And the end of all
 * of them. */
#ifndef BROKER_KEEPER_SHELF_H
#define BROKER_KEEPER_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/keeper/depot.h"
#include "lib/base/err.h"
#include "recorder/shred.h"

struct shelf;

/* d is borrowed; keys is made when it is missing.  RC_REFUSE: a folder is another's, or
 * open to others; RC_FAIL: I/O. */
enum rc shelf_open(const struct depot *d, struct shelf **ret, struct err *err);
/* NULL is fine. */
void shelf_close(struct shelf *s);

/* The proof; *ret is yours, read-only.  RC_END: there is none. */
enum rc shelf_proof(
    const struct shelf *s, const uint8_t sid[16], int *ret, struct err *err);

/* Make a shred key, durable when this is back.  RC_REFUSE: it has one. */
enum rc shelf_key_make(
    struct shelf *s, const uint8_t sid[16], uint8_t key[SHRED_KEY], struct err *err);
/* Is it there? */
bool shelf_key_there(const struct shelf *s, const uint8_t sid[16]);
/* Overwrite it, sync, remove it, sync.  One that is not there is fine.  (What a file
 * system, or a disk that moves blocks about, has kept of it elsewhere is out of reach:
 * SECURITY.md.) */
enum rc shelf_key_destroy(struct shelf *s, const uint8_t sid[16], struct err *err);
/* Remove the recording in done, and all that belongs to it but the shred key, and sync.
 * What is not there is fine. */
enum rc shelf_remove(struct shelf *s, const uint8_t sid[16], struct err *err);

#endif
