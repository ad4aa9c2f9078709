/* The inside of grants, shared by the files that keep them (grants.c), ask people for
 * them (grantask.c), make them (grantmake.c) and show them (grantlist.c), and by nobody
 * else. */
#ifndef BROKER_MONITOR_GRANTS_PARTS_H
#define BROKER_MONITOR_GRANTS_PARTS_H

#include "broker/monitor/grants.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/petition.h"
#include "broker/monitor/verbcall.h"
#include "broker/monitor/voters.h"
#include "lib/base/id.h"

#define GRANTS_USES 1000 /* of one grant, at most */
#define GRANTS_MAX 4096	 /* in force at once, … */
#define GRANTS_OF 64	 /* … and of one identity */
#define GRANTS_KEYS 32	 /* of an identity: identities[].keys */

struct grant {
	struct grant *next;
	struct grants *all;
	char id[ID_HOLD_TEXT];
	char identity[65], owner[65];
	char by[65], reason[257]; /* who asked for it, and why */
	char rule[VERDICT_RULE];  /* what it is for: a rule, … */
	bool has_digest;	  /* … or one command */
	uint8_t digest[HOLD_DIGEST];
	char *command; /* of a digest; else NULL */
	/* Uses on their way to the store count as used. */
	uint32_t uses, used;
	uint64_t at_ms, until_ms; /* wall clock */
	uint64_t end;		  /* clock_mono_ms: whichever of the two comes first */
	struct voters voters;
	/* Fingerprints of its holder's keys when it was made. */
	size_t n_keys;
	char (*keys)[SSHKEY_FINGERPRINT];
	struct timer *timer;
	unsigned busy;		/* requests to the keeper */
	struct verb_call *call; /* that revokes it */
	bool over;
};

struct grant_use {
	struct grant_use *next;
	struct grant *g;
	void (*fn)(void *arg, enum rc rc, const char *why); /* NULL: forgotten */
	void *arg;
};

struct making;

#define WISH_COMMAND 16384
#define WISH_CANON (WISH_COMMAND + 1024)
#define WISH_RULES VERDICT_NEEDS

/* What is wished for; texts that are not its own are good for the time of a call. */
struct wish {
	struct wish *next;
	struct grants *all;
	struct verb_call *call;
	char identity[65];
	char by[65], reason[257];
	size_t n_rules;
	char rules[WISH_RULES][VERDICT_RULE];
	char like[ID_HOLD_TEXT]; /* "": by rule */
	uint8_t digest[HOLD_DIGEST];
	char command[WISH_COMMAND + 1];
	uint64_t for_ms, uses;
};

struct grants {
	struct monitor *m;
	struct grant *first;
	struct grant_use *uses;
	struct petitions *petitions;
	struct wish *wishes;		     /* that look for the hold they are like */
	struct making *makings;		     /* on their way to the store */
	void (*done)(void *arg, enum rc rc); /* of the recall */
	void *done_arg;
};

/* ---- grants.c ---- */
/* Add one as the store has it; one that is there already stays as it is.  RC_REFUSE: it
 * is odd; RC_FAIL: memory. */
enum rc grants_add(struct grants *all, const struct msg_recalled *row, struct err *err);
/* The one in force of that id as people write it; NULL for none. */
struct grant *grants_by_id(const struct grants *all, const char *id);
/* True while it may be used. */
bool grant_usable(const struct grant *g);
/* End it for this reason; it is gone then, if the store took it.  fn may be NULL. */
struct grant_end {
	enum msg_grant_state state;
	const char *by, *proof, *reason;
};
bool grant_finish(struct grant *g, const struct grant_end *end, keep_fn *fn, void *arg);
/* Its request to the keeper was answered: ended, when that was its end. */
void grant_answered(struct grant *g, bool ended);

/* ---- grantask.c ---- */
/* The verb "grant add". */
void grantask_add(struct grants *all, struct verb_call *call);
/* The conditions that a grant of this has, as rules and identities are now. */
enum rc wish_judge(const struct wish *w, struct verdict *v, struct err *err);
/* All of it as one line: what people are shown; and the digest of that. */
void wish_put(const struct wish *w, struct buf *out);
enum rc wish_digest(
    const struct wish *w, const char *canon, uint8_t ret[HOLD_DIGEST], struct err *err);
json_t *wish_rules(const struct wish *w);
/* Answer who waits still. */
void grantask_free(struct grants *all);

/* ---- grantmake.c ---- */
/* A hold of the path "grant" is settled. */
void grantmake_settled(void *arg, struct hold *h, enum hold_state state, const char *by,
    const char *reason);
void grantmake_free(struct grants *all);

/* ---- grantlist.c ---- */
/* The verbs "grant list" and "grant revoke". */
void grantlist_show(struct grants *all, struct verb_call *call);
void grantlist_revoke(struct grants *all, struct verb_call *call);

#endif
