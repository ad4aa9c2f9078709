/* A log in a folder of its own, for tests: opened, filled, spoiled. */
#ifndef TESTS_RECORDER_LOGBOOK_H
#define TESTS_RECORDER_LOGBOOK_H

#include "tests/support/unit.h"

#include "recorder/keyfile.h"
#include "recorder/ledger.h"

struct logbook {
	char path[64];
	int dir;
	struct keyfile *key;
	struct ledger *ledger; /* NULL while it is closed */
};

/* A fresh folder and key. */
void logbook_init(struct logbook *b, const char *broker);
/* Close, remove all. */
void logbook_clear(struct logbook *b);
/* Open it for writing; what it answers.  rotations: text, or "". */
enum rc logbook_open(struct logbook *b, const char *rotations, struct err *err);
void logbook_close(struct logbook *b);
/* Read it as a verifier does. */
enum rc logbook_read(
    struct logbook *b, ledger_fn *fn, void *arg, struct ledger **ret, struct err *err);

/* A leaf of this type about the session all of whose bytes are n. */
struct leaf logbook_leaf(enum leaf_type type, uint8_t n);
/* Append it; its index. */
uint64_t logbook_add(struct logbook *b, enum leaf_type type, uint8_t n);
/* Sync and seal. */
void logbook_seal(struct logbook *b);

/* A file of the folder, whole; NULL is put there as nothing: the file is removed. */
void logbook_get(struct logbook *b, const char *name, struct buf *out);
void logbook_put(struct logbook *b, const char *name, const struct buf *text);

#endif
