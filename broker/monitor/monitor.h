/* The monitor: the one struct from which everything in brokerd hangs. */
#ifndef BROKER_MONITOR_MONITOR_H
#define BROKER_MONITOR_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/monitor/keep.h"
#include "broker/monitor/rules.h"
#include "broker/vault/hostkey.h"
#include "broker/vault/vault.h"
#include "lib/base/loop.h"

struct archiver;
struct articles;
struct boards;
struct conns;
struct control;
struct expiry;
struct grants;
struct holds;
struct inventory;
struct notify;
struct previews;
struct publish;
struct rates;
struct sdkca;
struct sdkkeys;
struct services;
struct sessions;
struct ssmend;
struct ssmleft;
struct verb_sessions;

struct monitor {
	struct loop *loop;
	const struct places *places;
	const char *build; /* of which sources: version and digest; NULL: not known */
	struct rules rules;
	struct hostkey *hostkey;
	struct keep *keep;
	struct vault *vault;
	struct sdkca *sdkca;	 /* certificates for SDKs */
	struct sdkkeys *sdkkeys; /* their keys */
	struct services *services;
	struct conns *conns;
	struct sessions *sessions;
	const struct verb_sessions *verb_sessions; /* what verbs ask of them */
	struct holds *holds;
	struct boards *boards;	     /* who looks at the list of them */
	struct grants *grants;	     /* approvals given beforehand */
	struct articles *articles;   /* scripts and runbooks that people approved */
	struct previews *previews;   /* what held commands would touch */
	struct inventory *inventory; /* which targets there are */
	struct ssmend *ssmend;	     /* the end of sessions there */
	struct ssmleft *ssmleft;     /* and of those of an earlier life */
	struct notify *notify;	     /* who is told of holds */
	struct rates *rates;	     /* what rules have let through of late */
	struct control *control;
	struct archiver *archiver; /* recordings on their way to a bucket */
	struct expiry *expiry;	   /* of the recipients */
	struct publish *publish;   /* of the log's checkpoints */
	uint8_t device_key[32];	   /* the keeper's public key */
	uint32_t service_uids[6];  /* who may never be an identity */
	size_t service_uid_count;
	struct timer *grace; /* while the last sessions close */
	unsigned graces;
	bool ending;
	int status; /* of the process, once it ends */
};

/* Nothing can be promised any more (or a signal asked for it): stop taking commands, end
 * what runs, then the loop.  Later calls change nothing but a status of 0. */
void monitor_end(struct monitor *m, int status, const char *why);

#endif
