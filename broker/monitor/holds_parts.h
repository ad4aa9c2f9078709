/* The inside of a hold, shared by the files that keep it (holds.c), decide on it
 * (approval.c) and show it (pending.c), and by nobody else. */
#ifndef BROKER_MONITOR_HOLDS_PARTS_H
#define BROKER_MONITOR_HOLDS_PARTS_H

#include <jansson.h>

#include "broker/monitor/holds.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/verbcall.h"
#include "lib/base/id.h"

#define HOLD_VOTERS_MAX 32

struct hold {
	struct hold *next;
	struct holds *all;
	/* Of hold_init; the texts below are copies. */
	void (*opened)(void *arg, enum rc rc, const char *why);
	void (*settled)(
	    void *arg, enum hold_state state, const char *by, const char *reason);
	void (*joined)(void *arg);
	void *arg;
	uint64_t decide_ms;
	const char *path; /* a literal */
	json_t *request;  /* or NULL */
	bool cancel_on_disconnect;
	char id[ID_HOLD_TEXT];
	char identity[65], owner[65], key[64], source[64], profile[65];
	char reason[257];
	char *canon;
	struct verdict verdict;
	uint8_t digest[HOLD_DIGEST];
	enum hold_state state;
	bool busy;	       /* a change is on its way to the store */
	bool closed;	       /* the asker has gone: free it when it is not busy */
	bool left;	       /* the asker may come back: nobody is called */
	uint64_t since, until; /* clock_mono_ms */
	uint64_t asked_ms;     /* clock_wall_ms */
	struct timer *timer;
	struct {
		char name[65];
		enum proof proof;
		bool verified;
		uint64_t ms; /* wall clock */
		char key[64], source[64], reason[257];
	} voters[HOLD_VOTERS_MAX];
	size_t nvoters;
	/* What the change on its way is for. */
	struct verb_call *call;
	enum hold_state to;
	char by[65], why[257];
	const char *proof; /* a literal */
	void (*spent)(void *arg, enum rc rc, const char *why);
};

struct holds {
	struct monitor *m;
	struct hold *first;
	struct {
		const char *path;
		struct hold_owner owner;
	} owners[4];
	size_t n_owners;
	struct {
		holds_listen_fn *fn;
		void *arg;
	} listeners[HOLDS_LISTENERS];
	size_t n_listeners;
};

/* Who makes the next change of state, by which proof, and why; "" for nobody. */
void hold_set_cause(struct hold *h, const char *by, const char *proof, const char *why);
/* Begin a change of state: busy until the store has it. */
void hold_change(struct hold *h, enum hold_state to);

/* ---- approval.c ---- */
/* May this caller list holds and decide on them? */
bool approval_right(const struct verb_call *call);
/* How far the voters come now towards a condition. */
unsigned approval_votes(const struct hold *h, const struct approver_need *need);

#endif
