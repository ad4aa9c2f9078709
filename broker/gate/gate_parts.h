/* What the parts of the gate share: gate.c (the gate itself), request.c (a request up
 * to its verdict), relay.c (what is sent on) and answer.c (what comes back). */
#ifndef BROKER_GATE_GATE_PARTS_H
#define BROKER_GATE_GATE_PARTS_H

#include "broker/gate/authz.h"
#include "broker/gate/callrecord.h"
#include "broker/gate/downstream.h"
#include "broker/gate/gate.h"
#include "broker/gate/leaf.h"
#include "broker/gate/onward.h"
#include "broker/gate/place.h"
#include "broker/gate/refused.h"
#include "broker/gate/resolve.h"
#include "broker/gate/tally.h"
#include "broker/gate/upstream.h"
#include "lib/base/secret.h"

#define GATE_CONNECTIONS 64
/* Bytes of bodies that are read whole, of all requests together. */
#define GATE_BODIES (160u << 20)
/* Bytes of an answer that is read whole, to be masked; a longer one is refused. */
#define GATE_ANSWER (64u << 20)
/* Sentences for the client's stderr; the rest is in the recording alone. */
#define GATE_SAID 32
/* Milliseconds: how long a verdict, a hold and a lease are waited for.  SDKs give up
 * after a minute, and a retry joins the hold again. */
#define GATE_VERDICT_MS 30000
#define GATE_HOLD_MS 50000
#define GATE_LEASE_MS 20000
/* A lease is renewed when this little is left of it, asked for not more often than
 * that, and not used when it may end on the way. */
#define GATE_LEASE_SOON_MS 300000
#define GATE_LEASE_AGAIN_MS 15000
#define GATE_LEASE_LEFT_MS 5000

/* What is kept of bodies for the recording; and of an error's, for its code. */
#define GATE_KEEP_REQUEST (64u * 1024)
#define GATE_KEEP_RESPONSE (256u * 1024)
#define GATE_KEEP_ERROR 4096u

struct gate_lease {
	char id[129];
	struct secret *secret, *token;
	uint64_t expires_ms;
};

struct gate {
	struct loop *loop;
	struct gate_owner owner;
	enum msg_gate kind;
	char account[16], region[64];
	SSL_CTX *ctx;
	struct leaf *leaf;
	struct upstream *upstream;
	struct downstream_rules rules;
	/* the dummies; GATE_SDK: what ids begin with, and the root of all secrets */
	char id[129];
	struct secret *secret, *proxy;
	struct buf password; /* proxy in base64 */
	/* who is connected */
	int listen_fd;
	struct watch *listening;
	struct downstream *downs[GATE_CONNECTIONS];
	struct request *requests; /* dead ones too, until they are swept */
	struct timer *sweeper;
	uint32_t numbers;
	uint64_t refused;
	size_t bodies; /* bytes held of bodies that are read whole */
	bool stopped;
	/* the lease */
	struct gate_lease lease;
	uint64_t lease_asked_ms;
	char lease_text[512]; /* why there is none */
	/* what was said already */
	uint64_t said[GATE_SAID];
	unsigned n_said;
};

enum request_state {
	REQUEST_BODY,  /* its body is read whole */
	REQUEST_ASKED, /* a verdict is awaited */
	REQUEST_LEASE, /* a lease is */
	REQUEST_SENT,  /* it is with AWS */
	REQUEST_OVER,  /* nothing is to be done any more; swept soon */
};

struct request {
	struct gate *gate;
	struct downstream *down; /* NULL when it is gone */
	struct request *next;
	enum request_state state;
	struct timer *timer;
	uint64_t started_ms;
	uint32_t number; /* 0: not asked about yet */
	/* what came */
	struct head *head;
	struct authz authz;
	struct secret *own; /* GATE_SDK: behind the id that it claims */
	struct place place;
	bool has_authz, has_place;
	struct resolve_plan plan;
	struct buf body, plain; /* read whole; inflated */
	bool inflated;
	char body_hash[SIGV4_HEX]; /* of what is sent on, when read whole */
	struct apicall *call;
	struct iam_needs needs;
	struct onward onward;
	/* the verdict */
	char rule[257], hold[17], policy[65];
	enum msg_bodies bodies;
	bool held, begun;
	bool record_request, record_response;
	bool reveal; /* its answer goes on as it came */
	char *masks; /* what else is masked in it; NULL: nothing */
	/* on its way */
	struct upstream_call *up;
	struct awschunks *framing;
	struct buf raw, ready; /* as it came; to be sent on */
	size_t ready_at;
	bool body_over, bad_body;
	struct refused why; /* of a bad body */
	struct tally *sent, *received;
	/* the answer */
	unsigned status;
	bool answered, chunked, silent, keep;
	struct buf piece;
	/* an answer that is read whole and masked: its head; as it came; as it is masked,
	 * unless it stays the same */
	bool gather, settled, packed, changed;
	struct buf lines, got, shown;
	char reason[64];
	size_t masked, passed; /* places; bytes that the client was given */
	char request_id[128], type[128], error[REFUSED_CODE];
};

/* ---- gate.c ---- */

/* Events are taken; anything but RC_OK ends the request. */
enum rc gate_event(struct gate *g, enum rc rc, char *json, struct err *err);
/* A sentence for the client's stderr, unless it was said before. */
void gate_say(struct gate *g, const char *text);
/* RC_OK: it can be signed with.  RC_WAIT: a fresh one was asked for.  RC_RETRY: there
 * is none, lease_text says why. */
enum rc gate_lease_ready(struct gate *g);
/* Free what is over, from the loop. */
void gate_sweep_soon(struct gate *g);

/* ---- request.c ---- */

/* A head that came on d; h is taken. */
void request_begin(struct gate *g, struct downstream *d, struct head *h);
void request_more(struct request *r);
void request_verdict(struct request *r, const struct msg_call_says *m);
/* A lease has come, or will not. */
void request_lease(struct request *r);
/* Answer with a refusal; the request is over. */
void request_refuse(struct request *r, const struct refused *why);
/* The client is gone, or the gate stops: no answer; why goes into the recording. */
void request_cut(struct request *r, const char *why);
void request_free(struct request *r);
/* The dummy key that it is signed with, once that was verified; borrowed. */
const struct secret *request_key(const struct request *r);
/* What is known of it, for an event. */
void request_known(const struct request *r, struct callrecord *ret);
/* Out of the way: nothing calls it any more. */
void request_over(struct request *r);

/* ---- relay.c ---- */

/* Sign and send.  Anything but RC_OK: nothing was sent; why says what to answer. */
enum rc relay_start(struct request *r, struct refused *why);
void relay_more(struct request *r);
void relay_go(struct request *r);
/* enum awsmodel_flag of its operation. */
unsigned relay_flags(const struct request *r);
/* The end in the recording: bodies and "aws.done"; cut may be NULL. */
enum rc relay_record(struct request *r, const char *cut, struct err *err);

/* ---- answer.c ---- */

/* As upstream.h's owner has them. */
enum rc answer_head(void *arg, unsigned status, const char *reason, struct span lines);
enum rc answer_body(void *arg, struct span bytes);
void answer_done(void *arg, enum rc rc, const struct err *err);
/* The client takes more of an answer that was read whole. */
void answer_more(struct request *r);
/* That answer without its secrets; borrowed. */
struct span answer_masked(const struct request *r);

#endif
