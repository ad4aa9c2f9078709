/* A running broker-keeper, and what a monitor asks it about holds and what is made of
 * them. */
#ifndef TESTS_KEEPER_BED_H
#define TESTS_KEEPER_BED_H

#include "tests/recorder/support.h"

#include "broker/store/store.h"
#include "tests/support/peer.h"

struct bed {
	char dir[64], state[80], key[80];
	struct ring ring;
	struct peer p;
	uint32_t id; /* of the last request */
	struct err err;
};

/* A folder and a device key; no keeper runs yet.  For cmocka. */
int bed_setup(void **state);
int bed_teardown(void **state);
/* Start, and read the greeting: so many holds were found. */
void bed_up(struct bed *b, uint32_t held);
void bed_start(struct bed *b, void (*prepare)(void));
/* Its own, orderly end. */
void bed_down(struct bed *b);
/* All files away. */
void bed_empty(struct bed *b);

/* Ask, and wait for KEPT: its rc.  bed_says(): its text has this in it. */
enum rc bed_ask(struct bed *b, enum msg type, const void *m);
bool bed_says(struct bed *b, const char *what);
/* RECALL: RC_OK with the row in b->p.m.recalled, else what KEPT says. */
enum rc bed_recall(
    struct bed *b, enum msg_recall_what what, const char *after, uint64_t since_ms);

/* A hold of this path, and a word on it. */
struct msg_hold_new bed_hold_new(const char *id, const char *detail);
enum rc bed_hold(struct bed *b, const char *id, const char *path);
struct msg_hold_set bed_word(const char *id, uint8_t to, const char *by);
enum rc bed_set(struct bed *b, const char *id, uint8_t to, const char *by);
/* One that people have approved. */
void bed_approved(struct bed *b, const char *id, const char *path);

struct msg_grant_new bed_grant_new(const char *hold, uint32_t uses);
struct msg_grant_set bed_grant_set(const char *id, uint8_t to, uint64_t at_ms);
struct msg_article_new bed_article_new(const char *name);
struct msg_article_set bed_article_set(const char *name, uint8_t to, const char *hold);
struct msg_notice_new bed_notice_new(const char *id);
struct msg_notice_set bed_notice_set(const char *id, uint8_t to, uint32_t tries);

/* The store, while no keeper runs: yours to close. */
struct store *bed_store(struct bed *b);
/* The kinds of all events, in order, with a space behind each; the chain is checked. */
void bed_events(struct bed *b, const char *kinds);
/* The details of all events of this kind, a line each. */
void bed_details(struct bed *b, const char *kind, struct buf *out);

#endif
