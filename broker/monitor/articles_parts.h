/* The inside of articles, shared by the files that keep them (articles.c), take new ones
 * (articles_bring.c) and take them back (articles_recall.c), and by nobody else. */
#ifndef BROKER_MONITOR_ARTICLES_PARTS_H
#define BROKER_MONITOR_ARTICLES_PARTS_H

#include "broker/monitor/articles.h"
#include "broker/monitor/holds.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/petition.h"
#include "broker/monitor/verbcall.h"
#include "broker/monitor/voters.h"
#include "lib/base/id.h"

struct article {
	struct article *next;
	struct articles *all;
	enum msg_article_kind kind;
	enum msg_article_state state;
	char name[65], by[65], owner[65];
	uint8_t digest[HOLD_DIGEST];
	char hold[ID_HOLD_TEXT]; /* that it waits for, or that approved it */
	char *content;
	size_t len;
	uint64_t at_ms;
	struct voters voters;
	/* Of the requests to the keeper that are under way. */
	unsigned busy;
	struct verb_call *call; /* that brings or removes it */
	struct verdict *asked;	/* until its hold is opened */
	char *reason;		/* the same */
};

struct articles {
	struct monitor *m;
	struct article *first;
	struct petitions *petitions;
	void (*done)(void *arg, enum rc rc);
	void *done_arg;
};

/* ---- articles.c ---- */
/* "script", "runbook": the path of its holds. */
const char *article_path(enum msg_article_kind kind);
/* A new one in the list, with its content; NULL: no memory. */
struct article *article_make(
    struct articles *all, enum msg_article_kind kind, struct span content);
/* Out of the list, and freed; a call that is left is answered. */
void article_drop(struct article *a);
/* Nobody approves it any more: it is gone here at once, and soon in the store. */
void article_discard(struct article *a, const char *reason);

/* ---- articles_bring.c ---- */
/* True when this hold's words and digest are of this very article: nobody approves one
 * text by looking at another. */
bool article_was_shown(const struct article *a, const struct hold *h);

#endif
