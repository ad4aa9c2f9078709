/* The targets: which instances there are for a profile, as AWS and the configuration
 * say; and which of them is meant.
 *
 * Asked with a lease of the same profile that can only look (ec2:DescribeInstances,
 * ssm:DescribeInstanceInformation), bounded in time and size; believed for
 * ssm.inventory.  All values are printable.
 */
#ifndef BROKER_MONITOR_INVENTORY_H
#define BROKER_MONITOR_INVENTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/model/facts.h"
#include "lib/model/profile.h"

struct monitor;
struct inventory;
struct inventory_call;

#define INSTANCE_ID 401	  /* with its NUL */
#define INSTANCE_NAME 257 /* the same */
#define INSTANCE_TAGS 50

/* One target, all of it its own: instance_free(). */
struct instance {
	char id[INSTANCE_ID];
	char name[INSTANCE_NAME]; /* the name that it was asked for by */
	char alias
	    [65]; /* the configuration's, also where it was asked for by id; or "" */
	char tag_name[INSTANCE_NAME]; /* its tag Name; or "" */
	char env[65];		      /* the alias's, or the tag's; or "" */
	char os_user[65];	      /* the alias's, or the profile's; or "" */
	char region[64];
	char
	    platform[33]; /* "Linux", "Windows", "macOS"; or "" where AWS did not say */
	char agent[33];	  /* version of its agent; or "" */
	char state[17];	  /* "running", as EC2 calls it; or "" */
	char zone[33];	  /* "eu-west-1a"; or "" */
	bool tagged;	  /* EC2 said which tags it has; else rules know none */
	bool heard;	  /* Systems Manager knows it */
	bool online;	  /* its agent has been heard of; true where AWS did not say */
	bool run;	  /* by Run Command, not by sessions */
	struct facts_pair tags[INSTANCE_TAGS]; /* allocated texts */
	size_t n_tags;
};
void instance_free(struct instance *i);
/* A copy, yours; NULL: out of memory. */
struct instance *instance_copy(const struct instance *i);
/* The target's part of facts; borrowed from i.  What rules know as its name is its alias,
 * else its tag Name, however it was asked for: a rule about a name is about the id too. */
void instance_facts(const struct instance *i, struct facts *f);

struct inventory_ask {
	const char *name; /* id, alias of the configuration, or tag Name; NULL: all */
	const struct profile *profile; /* borrowed for the call alone, as all of this */
	const char *region;
	const char *identity;
	const uint8_t *sid; /* 16 bytes: of the session that asks */
	/* Called once, from the loop and never within inventory_find(), unless
	 * inventory_cancel() came first.  RC_OK: n of them, borrowed for the call (one,
	 * where a name was given); err says what is missing from them, "" for nothing.
	 * Else err is fit for who asked: RC_REFUSE: there is no
	 * such target, or several (err lists them, and says that the id will do);
	 * RC_RETRY: AWS could not be asked (exit 69); RC_FAIL: ours.  It may find and
	 * cancel others, but not free the inventory. */
	void (*done)(void *arg, enum rc rc, const struct instance *all, size_t n,
	    const struct err *err);
	void *arg;
};

/* m, with its loop, rules, vault and keeper, is borrowed.  On RC_OK *ret is yours:
 * inventory_free(). */
enum rc inventory_new(struct monitor *m, struct inventory **ret, struct err *err);
/* Drops what is under way without its done().  NULL is fine. */
void inventory_free(struct inventory *v);
/* The configuration is another: nothing that is known is believed any more. */
void inventory_recheck(struct inventory *v);

/* An instance id needs AWS too: rules look at tags.  *ret is borrowed, good until done()
 * is called.  RC_REFUSE: a name that no target can have; RC_RETRY: too many are under
 * way; RC_FAIL. */
enum rc inventory_find(struct inventory *v, const struct inventory_ask *ask,
    struct inventory_call **ret, struct err *err);
/* Nobody wants it any more; done() is not called.  NULL is fine. */
void inventory_cancel(struct inventory_call *c);

#endif
