/* A keeper that remembers grants, articles and what became of holds, as the real one
 * does: it answers at once, and refuses what the store would. */
#ifndef TESTS_MONITOR_BOOK_H
#define TESTS_MONITOR_BOOK_H

#include <jansson.h>

#include "tests/monitor/desk.h"

#define BOOK_MOST 64
#define BOOK_TEXT 70000

struct book_hold {
	char id[10], identity[65], rule[129], *canon, *detail;
	uint8_t digest[HOLD_DIGEST], policy[32];
	uint64_t at_ms, until_ms, changed_ms;
	enum hold_state state;
	json_t *votes;
};

struct book_grant {
	char id[10], identity[65], rule[129], *detail;
	uint8_t digest[HOLD_DIGEST];
	size_t digest_len;
	uint64_t at_ms, until_ms;
	uint32_t uses, used;
	enum msg_grant_state state;
	char by[65], proof[16], reason[257]; /* of its end */
};

struct book_article {
	enum msg_article_kind kind;
	char name[65], by[65], hold[10], *content, *detail;
	uint8_t digest[32];
	uint64_t at_ms;
	enum msg_article_state state;
};

struct book {
	struct desk *d;
	size_t n_holds, n_grants, n_articles;
	struct book_hold holds[BOOK_MOST];
	struct book_grant grants[BOOK_MOST];
	struct book_article articles[BOOK_MOST];
	enum msg refuse; /* requests of this kind fail */
	enum msg mute;	 /* the broker ends before these are read */
	unsigned refused;
};

struct book *book_new(struct desk *d);
void book_free(struct book *b);
/* Turn the loop and answer until nothing comes. */
void book_turn(struct book *b);
/* The newest, which must be there. */
struct book_hold *book_hold(struct book *b);
struct book_grant *book_grant(struct book *b);
struct book_article *book_article(struct book *b);
/* A person logs in and runs a verb: its status, and all that it said. */
int book_verb(
    struct book *b, enum person who, const char *line, char *out, size_t size);
/* The same on a connection that is there. */
int book_verb_on(struct book *b, struct front *f, uint32_t chan, const char *line,
    char *out, size_t size);
/* It must come to this. */
void book_wants(
    struct book *b, enum person who, const char *line, int status, const char *part);
/* The broker ends and begins again: holds, grants and articles are taken back. */
void book_restart(struct book *b);

#endif
