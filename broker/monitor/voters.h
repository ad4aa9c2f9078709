/* People who said yes to a hold, and what their words come to: for the hold itself, and
 * later for the grant or the article that was made of it.
 *
 * Each is counted as who they are now: one that is gone or an agent, has lost the right, stands for
 * the same person as the asker or another voter, or has a key that is, or was, the
 * asker's, counts for nothing.
 */
#ifndef BROKER_MONITOR_VOTERS_H
#define BROKER_MONITOR_VOTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/monitor/config.h"
#include "lib/base/err.h"
#include "lib/base/sshkey.h"
#include "lib/model/verdict.h"

#define VOTERS_MAX 32

struct voter {
	char name[65], key[64], source[64], reason[257];
	char time[21]; /* ISO, or "" */
	enum proof proof;
	bool verified;
};

/* All zeroes: nobody. */
struct voters {
	size_t n;
	struct voter *v;
};

/* The asker, or whom it is for: neither they nor who is tied to them counts.  All of it
 * borrowed; NULL or "" where nothing is known. */
struct voters_for {
	const struct config *config; /* as it is now */
	const char *identity;
	/* As it was then: who answers for an agent, the key of that connection, and
	 * fingerprints of all keys. */
	const char *owner, *key;
	size_t n_keys;
	char (*keys)[SSHKEY_FINGERPRINT];
};

/* Read one: "name", "proof", and where they are there "verified", "key", "source",
 * "reason", and "time" or "at_ms".  False when it is anything else. */
bool voter_read(const json_t *o, struct voter *ret);
/* The same with "time"; yours, or NULL when out of memory. */
json_t *voter_json(const struct voter *v);
/* Read a list of such objects; one whose "state" is "denied" is left out.  On RC_OK *ret
 * is to be cleared: voters_clear().  RC_REFUSE when it is anything else, or more than
 * VOTERS_MAX; RC_FAIL: memory. */
enum rc voters_read(const json_t *list, struct voters *ret, struct err *err);
void voters_clear(struct voters *vs);
json_t *voters_json(const struct voters *vs);
/* Append "alice and carol". */
void voters_put(const struct voters *vs, struct buf *out);

/* True when one person stands behind the asker and this identity. */
bool voters_tied(const struct voters_for *f, const struct identity *who);
/* True when this fingerprint, or that of a key of this identity, is or was the asker's. */
bool voters_same_key(
    const struct voters_for *f, const struct identity *who, const char *print);
/* True when this person's word is among them and counts for something. */
bool voters_have(
    const struct voters *vs, const struct voters_for *f, const struct identity *who);
/* How far they come now towards a condition. */
unsigned voters_reached(const struct voters *vs, const struct voters_for *f,
    const struct approver_need *need);
/* Would one more word come nearer to it?  name: approver_need_names() of it. */
bool voters_nearer(const struct voters *vs, const struct voters_for *f,
    const struct approver_need *need, unsigned name);
/* True when they are enough for all conditions of a verdict, of which there must be
 * some.  Whether a reason is wanted is not looked at. */
bool voters_suffice(
    const struct voters *vs, const struct voters_for *f, const struct verdict *v);

#endif
