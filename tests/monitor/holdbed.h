/* Holds without sessions: the test opens them, speaks for people, and keeps their rows
 * over a restart.  On top of the desk, which plays the keeper. */
#ifndef TESTS_MONITOR_HOLDBED_H
#define TESTS_MONITOR_HOLDBED_H

#include "tests/monitor/desk.h"

#include <jansson.h>

#include "broker/monitor/verbcall.h"

/* A caller that waits: what it was told. */
struct waiter {
	struct hold *h;
	unsigned opened, settled, joined, spent, spent_ok;
	enum rc spent_rc;
	enum hold_state state;
	char by[65], why[257];
};

/* What a person's call came to. */
struct said {
	bool over;
	int status;
	char *text; /* stdout, then stderr; free() */
	struct verb_call *call;
};

/* Who speaks, and how: a person of the configuration by name; by key unless said. */
struct speaker {
	const char *name;
	enum proof proof;
	bool verified, stale;
	const char *key; /* NULL: one that nobody else has */
};

/* A hold of ci's for the rule p/delete: one of group sre, by key. */
struct hold_init bed_init(struct waiter *w);
/* Change it for two. */
extern const struct verdict bed_verdict;
/* Open it; HOLD_NEW is with the keeper, not answered. */
void bed_open(struct desk *d, const struct hold_init *init, struct waiter *w);
/* The same, and the keeper takes it. */
void bed_held(struct desk *d, const struct hold_init *init, struct waiter *w);
/* Callbacks of a waiter, for init. */
void bed_callbacks(struct hold_init *init, struct waiter *w);
void bed_spend(struct waiter *w);

/* Begin a call, "approve ID …"; %s is the id. */
void bed_say(struct desk *d, const struct speaker *who, const char *id,
    const char *line, bool json, struct said *s);
/* One that is answered at once, or as soon as the keeper says yes to all. */
void bed_says(struct desk *d, const char *name, const char *id, const char *line,
    int status, const char *part);
void said_clear(struct said *s);

/* What the keeper was sent last, HOLD_NEW, as the row that it becomes; its texts are
 * copies, freed by bed_rows_free(). */
struct msg_recalled bed_row(struct desk *d);
/* The same row with other texts; NULL: as it is. */
struct msg_recalled bed_row_with(
    const struct msg_recalled *row, const char *detail, const char *votes);
char *bed_copy(struct span s);
void bed_rows_free(void);
/* The detail of a row with this text in place of that one. */
const char *bed_detail(
    const struct msg_recalled *row, const char *from, const char *to);
/* A broker that has started again with these rows, up to where it would serve. */
/* A hold's end must have come while it started, or comes now: it is taken. */
void bed_ended(struct desk *d, const char *id, enum hold_state state, const char *why);
struct desk *bed_restart(const char *more, const struct msg_recalled *rows, size_t n);

#endif
