/* The inside of a hold, shared by the files that keep it (holds.c), decide on it
 * (approval.c), write and read its stored row (holds_row.c, holds_recall.c) and show it
 * (holds_view.c, pending.c, why.c), and by nobody else. */
#ifndef BROKER_MONITOR_HOLDS_PARTS_H
#define BROKER_MONITOR_HOLDS_PARTS_H

#include <jansson.h>

#include "broker/monitor/holds.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/verbcall.h"
#include "broker/monitor/voters.h"
#include "lib/base/id.h"
#include "lib/base/sshkey.h"

#define HOLD_KEYS_MAX 32 /* of an identity: identities[].keys */

struct hold {
	/* Of all, by the time when they were asked for: older, newer. */
	struct hold *next, *prev;
	struct holds *all;
	uint64_t number; /* in that order */
	/* Of hold_init; the texts below are copies. */
	void (*opened)(void *arg, enum rc rc, const char *why);
	void (*settled)(
	    void *arg, enum hold_state state, const char *by, const char *reason);
	void (*joined)(void *arg);
	void *arg;
	uint64_t decide_ms;
	uint64_t use_ms;  /* as it was said when it was asked for */
	const char *path; /* a literal */
	json_t *request;  /* or NULL */
	bool cancel_on_disconnect;
	bool joinable; /* by hold_join() */
	char id[ID_HOLD_TEXT];
	char identity[65], owner[65], key[64], source[64], profile[65];
	char reason[257];
	/* Fingerprints of all the asker's keys at that time. */
	size_t n_keys;
	char (*keys)[SSHKEY_FINGERPRINT];
	char *canon, *shown; /* shown: as people see it */
	struct verdict verdict;
	uint8_t digest[HOLD_DIGEST];
	enum hold_state state;
	bool busy;	       /* a change is on its way to the store */
	bool closed;	       /* the asker has gone: free it when it is not busy */
	bool left;	       /* nobody waits for it: nobody is called but an owner */
	uint64_t since, until; /* clock_mono_ms */
	uint64_t asked_ms;     /* clock_wall_ms */
	uint64_t changed_ms;   /* the same; 0: it has not changed yet */
	struct timer *timer;
	struct voters voters; /* room for VOTERS_MAX, or none */
	/* What the change on its way is for. */
	struct verb_call *call;
	enum hold_state to; /* HOLD_PENDING: a yes that does not suffice */
	bool voting;	    /* the newest voter is not recorded yet */
	char by[65], why[257];
	const char *proof; /* a literal */
	void (*spent)(void *arg, enum rc rc, const char *why);
};

/* What was denied of late: asked again, it is denied without asking. */
struct hold_denial {
	struct hold_denial *next; /* older */
	char identity[65], by[65];
	uint8_t digest[HOLD_DIGEST];
	uint64_t at; /* clock_mono_ms */
};

/* A place in the list of holds, from the oldest on, that survives their end. */
struct hold_cursor {
	struct hold_cursor *next;
	struct holds *all;
	struct hold *at;
	uint64_t last; /* number of the newest that is wanted */
};

struct hold_owning {
	const char *path;
	struct hold_owner owner;
};

struct holds {
	struct monitor *m;
	struct hold *first, *last; /* the newest, the oldest */
	uint64_t number;
	struct hold_denial *denials;
	struct hold_cursor *cursors;
	struct hold_why *asking; /* of why.c */
	struct hold_owning owners[4];
	size_t n_owners;
	struct {
		holds_listen_fn *fn;
		void *arg;
	} listeners[HOLDS_LISTENERS];
	size_t n_listeners;
	void (*recalled)(void *arg, enum rc rc);
	void *recalled_arg;
};

/* ---- holds.c ---- */
/* Who makes the next change of state, by which proof, and why; "" for nobody. */
void hold_set_cause(struct hold *h, const char *by, const char *proof, const char *why);
/* Begin a change of state: busy until the store has it.  HOLD_PENDING with voting set:
 * the newest voter is written down. */
void hold_change(struct hold *h, enum hold_state to);
/* The shorter of the configuration's bound and a rule's, which says nothing with 0. */
uint64_t hold_shorter(uint64_t configured, uint64_t ruled);
/* A hold of nothing and of no list, without a timer; hold_drop() frees it.  NULL: no
 * memory. */
struct hold *hold_blank(struct holds *all);
/* Free what is in no list.  NULL is fine. */
void hold_drop(struct hold *h);
/* Give it the timer that ends its state at h->until.  RC_FAIL: memory. */
enum rc hold_arm(struct hold *h);
/* Room for voters; false: no memory. */
bool hold_voters(struct hold *h);

/* ---- holds_list.c ---- */
/* Put it at the newest end; take it out. */
void hold_list(struct hold *h);
void hold_unlist(struct hold *h);
/* Order the list anew, by the time when each was asked for.  RC_FAIL: memory. */
enum rc holds_sort(struct holds *all);
/* True while it may be shown and decided on, or used. */
bool hold_live(const struct hold *h);
/* Tell the listeners. */
void hold_tell(const struct hold *h, const char *event);
void holds_forget_denials(struct holds *all);
/* Note that this was denied so long ago. */
void holds_note_denial(struct holds *all, const char *identity, const uint8_t *digest,
    const char *by, uint64_t ago_ms);
/* Who makes something of holds of its path, or NULL. */
const struct hold_owner *hold_owner(const struct hold *h);
/* Those that are there now, the oldest first; live ones only.  NULL at the end. */
void hold_cursor_open(struct holds *all, struct hold_cursor *c);
struct hold *hold_cursor_next(struct hold_cursor *c);
void hold_cursor_close(struct hold_cursor *c);

/* ---- holds_row.c ---- */
/* What is stored of it beside the columns: JSON, yours; NULL with err: no memory, or too
 * long to be kept. */
char *hold_row_detail(const struct hold *h, struct err *err);
/* A hold of no list from its row: state, voters, times and all, but without a timer.  On
 * RC_OK *ret is yours: hold_drop(), or hold_list().  RC_REFUSE: it is of another version,
 * or not what we wrote. */
enum rc hold_row_read(struct holds *all, const struct msg_recalled *row,
    struct hold **ret, struct err *err);
/* The literal of a path's name; NULL when it is none. */
const char *hold_path_find(const char *name);

/* ---- holds_view.c ---- */
/* What people are told of a request's input: "none", "not reviewed", or its digest and
 * size.  What does not say so was not reviewed. */
void hold_stdin_put(const json_t *request, struct buf *out);
/* "web-1 (i-0abc…)", unescaped, or nothing: the target that it is for. */
#define HOLD_TARGET 1024
void hold_target_put(const json_t *request, struct buf *out);
/* The request's member, or NULL. */
const json_t *hold_asked_for(const struct hold *h, const char *name);
/* An object as one line of out (taken); out is bad when memory failed. */
void hold_line_take(json_t *o, struct buf *out);

/* ---- why.c ---- */
/* End all that is being asked. */
void hold_whys_end(struct holds *all);

/* ---- approval.c ---- */
/* May this caller list holds and decide on them? */
bool approval_right(const struct verb_call *call);
/* The asker, for counting voters. */
struct voters_for hold_asker(const struct hold *h);
/* How far the voters come now towards a condition. */
unsigned approval_votes(const struct hold *h, const struct approver_need *need);

#endif
