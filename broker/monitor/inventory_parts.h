/* What the files of inventory share. */
#ifndef BROKER_MONITOR_INVENTORY_PARTS_H
#define BROKER_MONITOR_INVENTORY_PARTS_H

#include <jansson.h>

#include "broker/monitor/config.h"
#include "broker/monitor/errand.h"
#include "broker/monitor/inventory.h"
#include "lib/base/http.h"
#include "lib/base/loop.h"
#include "lib/model/target.h"

#define INVENTORY_FLYING 16	       /* questions to AWS at once */
#define INVENTORY_CALLS 1024	       /* who wait, for these and for what is known */
#define INVENTORY_KEPT 4096	       /* answers that are known, … */
#define INVENTORY_KEPT_INSTANCES 16384 /* … and instances in them */
#define INVENTORY_INSTANCES 1000       /* of one answer */
#define INVENTORY_TIME 10000	       /* of one question, milliseconds */
#define INVENTORY_ANSWER (4u << 20)    /* bytes of one page, */
#define INVENTORY_BYTES (16u << 20)    /* and of all */
#define INVENTORY_TOKEN 2048

/* ---- inventory_read.c: answers to values; pure ---- */

struct instances {
	struct instance *v;
	size_t n, room;
	bool cut; /* there are more than INVENTORY_INSTANCES */
};
void instances_clear(struct instances *all);
/* One more, online as far as nobody said anything else; NULL: no memory, or enough (then
 * all->cut). */
struct instance *instances_add(struct instances *all, const char *id);
void instances_remove(struct instances *all, size_t i);
struct instance *instances_find(const struct instances *all, const char *id);

/* DescribeInstances: those that are not there yet.  env_tag: of the configuration.  An
 * instance without an id that is one is left out.  RC_FAIL: memory. */
enum rc inventory_read_ec2(
    const json_t *tree, const char *env_tag, struct instances *all, struct err *err);
/* DescribeInstanceInformation: platform, agent and whether it is online, of those that
 * are there; add: also of those that are not, if they are online. */
enum rc inventory_read_ssm(
    const json_t *tree, bool add, struct instances *all, struct err *err);
/* The token of the next page under that name, replaced in token; false: this was the
 * last.  A token that is too long or of another type is an error: *bad. */
bool inventory_token(
    const json_t *tree, const char *name, struct buf *token, bool *bad);

/* A value for people and rules: plain characters as they are, others escaped; "" where it
 * has no room for all of it. */
void inventory_value(char *out, size_t size, struct span s);

/* ---- inventory_ask.c: one question ---- */

/* What stays of an answer, for all who wait and for a while. */
struct found {
	unsigned refs;
	enum rc rc;
	struct err err;
	struct instances all;
};
struct found *found_new(void);
void found_drop(struct found *f);

struct inventory_key {
	char profile[65], region[64], name[INSTANCE_ID]; /* "": all */
};

struct inventory_kept {
	struct inventory_kept *next;
	struct inventory_key key;
	struct found *found;
	uint64_t at_ms;
};

enum inventory_phase { PHASE_EC2, PHASE_SSM };

struct inventory_query {
	struct inventory *v;
	struct inventory_query *next, *prev;
	struct inventory_key key;
	struct inventory_call *calls;
	uint64_t generation;
	/* What is asked for. */
	char id[INSTANCE_ID];  /* "": by name, or all */
	enum target_kind kind; /* of that */
	char os_user[65], env_tag[129];
	/* Where it stands. */
	struct errand *errand;
	struct timer *deadline, *pause;
	enum inventory_phase phase;
	unsigned page, tries;
	struct buf token,
	    before; /* the one before it: no answer may lead in a circle */
	size_t bytes;
	bool ec2_denied, ssm_denied;
	bool partial; /* one page was the last that was asked for */
	struct found *found;
};

struct inventory_call {
	struct inventory *v;
	struct inventory_call *next,
	    *prev;		       /* of its query, or of those that are ready */
	struct inventory_query *query; /* NULL: found is there */
	struct found *found;
	struct timer *soon;
	void (*done)(void *arg, enum rc rc, const struct instance *all, size_t n,
	    const struct err *err);
	void *arg;
};

struct inventory {
	struct monitor *m;
	struct http *http;
	struct inventory_query *queries;
	unsigned n_queries;
	struct inventory_call *ready;
	unsigned n_calls;
	struct inventory_kept *kept; /* the newest first */
	unsigned n_kept;
	size_t n_kept_instances;
	uint64_t generation; /* of the configuration */
	bool said_denied;
};

/* Begin; it ends with inventory_answered(). */
enum rc inventory_ask(
    struct inventory_query *q, const struct inventory_ask *ask, struct err *err);
/* What AWS says is complete, or is not to be had: q->found.  Frees q. */
void inventory_answered(struct inventory_query *q);
/* What the configuration says of it: alias, env, os_user, run. */
void inventory_overlay(struct inventory *v, const struct inventory_key *key,
    const char *os_user, struct instance *i);
void inventory_query_free(struct inventory_query *q);

#endif
