/* A store of either kind, and rows of what people approve, for the tests of this room. */
#ifndef TESTS_STORE_BED_H
#define TESTS_STORE_BED_H

#include "tests/support/unit.h"

#include "broker/store/store.h"
#include "lib/wire/msg.h"

struct fixture {
	char dir[64];
	struct store *s;
	struct err err;
};

#define OK(call) assert_int_equal((call), RC_OK)
#define REFUSED(call) assert_int_equal((call), RC_REFUSE)

#define HOLD "7F3K-Q2MX"
#define OTHER "7F3K-Q2MZ"

#define NOTE_1 "0000000000000000000001"
#define NOTE_2 "0000000000000000000002"

/* For cmocka.  reopen(): a store in a file, after closing it. */
int setup_sqlite(void **state);
int setup_memory(void **state);
int teardown(void **state);
enum rc reopen(struct fixture *f);

/* A hold of "ci" by the rule "p/r", and words of people on it. */
struct store_hold some_hold(const char *id, uint64_t at_ms);
void add_hold(struct fixture *f, const char *id, uint64_t at_ms);
struct store_vote some_vote(const char *id, enum hold_state to, const char *by);
enum rc set_hold(struct fixture *f, const char *id, enum hold_state to, const char *by);
/* One that people have approved. */
void approved(struct fixture *f, const char *id);
enum hold_state state_of(struct fixture *f, const char *id);
/* Callbacks: the id and a space into a struct buf; a vote of "bob" counts. */
enum rc put_hold_id(void *arg, const struct store_hold *h, struct err *err);
enum rc check_vote(void *arg, const struct store_vote *v, struct err *err);

/* A grant from 100 to 200 ms; put_grant writes "ID:STATE:USED/USES " into a buf. */
struct store_grant some_grant(const char *id, uint32_t uses);
enum rc add_grant(struct fixture *f, const char *id, uint32_t uses);
enum rc put_grant(void *arg, const struct store_grant *g, struct err *err);
enum rc use(struct fixture *f, const char *id, uint64_t at_ms);

/* A script whose digest is this byte, 32 times. */
struct store_article some_article(const char *name, uint8_t digest, uint8_t state);
enum rc bring(struct fixture *f, const char *name, uint8_t digest);
enum rc set_article(
    struct fixture *f, const char *name, uint8_t digest, uint8_t to, const char *hold);

struct store_notice some_notice(const char *id);

#endif
