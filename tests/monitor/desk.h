/* A monitor whose every neighbour is played by the test: keeper, launcher, nursery and
 * listener at the other ends of real frame sockets, fronts that log in with real keys,
 * and a vault without AWS.  All in one process: whoever waits turns the loop. */
#ifndef TESTS_MONITOR_DESK_H
#define TESTS_MONITOR_DESK_H

#include "tests/support/unit.h"

#include "broker/monitor/articles.h"
#include "broker/monitor/boards.h"
#include "broker/monitor/conn.h"
#include "broker/monitor/control.h"
#include "broker/monitor/grants.h"
#include "broker/monitor/holds.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/rates.h"
#include "broker/monitor/sdkca.h"
#include "broker/monitor/sdkkeys.h"
#include "broker/monitor/services.h"
#include "broker/monitor/session.h"
#include "broker/monitor/wires.h"
#include "lib/base/frame.h"
#include "lib/model/hold.h"
#include "lib/model/status.h"
#include "lib/wire/msg.h"
#include "tests/support/fake_vault.h"
#include "tests/support/userkey.h"

/* One end of a frame socket, and what came last. */
struct end {
	int sock; /* -1: closed */
	struct buf in;
	struct frame f;
	union msg_any m;
};

/* People and agents of the configuration; see people[] in desk.c. */
enum person { CI, BOT, ALICE, BOB, CAROL, DAVE, STRANGER, PEOPLE };

struct desk {
	struct monitor m;
	struct places places;
	char folder[64], control[96];
	struct userkey keys[PEOPLE];
	char key_lines[PEOPLE][128];
	struct end keeper, launch, nursery, listener;
	bool recalls; /* the test answers what is recalled at start by itself */
	/* Changes of holds that came while it did; the newest of them. */
	unsigned n_sets;
	char set_id[65], set_why[1025];
	unsigned set_state;
	int ended; /* times that monitor_end was called */
	char ended_why[128];
};

/* A front: one connection. */
struct front {
	struct desk *d;
	struct end sign, talk;
	int tcp, own;	  /* the client's end; the front's copy of the other one */
	const char *user; /* of front_try */
	char nonce[23];
	uint8_t sid[32];
	struct buf preimage, bytes, sig;
};

/* Extra lines for broker.yaml, or NULL. */
struct desk *desk_new(const char *more);
/* The same, before the keeper has said who it is; and its saying so. */
struct desk *desk_new_early(const char *more);
void desk_keeper_known(struct desk *d);
void desk_free(struct desk *d);
/* For cmocka: *state is a desk. */
int desk_setup(void **state);
int desk_teardown(void **state);

/* The configuration's and the policy's text with these changes: each NULL stays. */
void desk_load(
    struct desk *d, const char *config, const char *policy, struct rules *ret);
/* Swap the rules as a reload does. */
void desk_reload(struct desk *d, const char *config, const char *policy);
const char *desk_config(const struct desk *d, const char *more);
/* The plain configuration with one text changed; static. */
const char *desk_config_with(struct desk *d, const char *from, const char *to);
extern const char desk_policy[];

/* Turn the loop until nothing is due. */
void desk_turn(struct desk *d);
/* Move the clock on (clock_mono_ms is wrapped) and turn the loop. */
void desk_skip(struct desk *d, uint64_t ms);
/* A socket pair: one end for the monitor, the other one the test's. */
int end_pair(struct end *e);
void end_close(struct end *e);
/* The next message's type; 0 when the other side has closed, -1 when nothing comes. */
int end_next(struct desk *d, struct end *e);
/* The same, at once: -1 when nothing is there. */
int end_poll(struct desk *d, struct end *e);
/* It must be this one. */
void end_want(struct desk *d, struct end *e, enum msg type);
/* Nothing may be there. */
void end_quiet(struct desk *d, struct end *e);
/* The other side must close. */
void end_over(struct desk *d, struct end *e);
void end_send(struct desk *d, struct end *e, enum msg type, uint32_t id, const void *m,
    const int *fds, unsigned nfds);

/* The keeper's answer to what came last: RC_OK, or a refusal. */
void keeper_says(struct desk *d, enum rc rc);
/* An event of this kind must come; it is answered with RC_OK. */
void keeper_event(struct desk *d, const char *kind);
/* The event came; it is not answered yet. */
void keeper_event_open(struct desk *d, const char *kind);
/* HOLD_NEW must come and is taken: its id into id[10]. */
void keeper_hold(struct desk *d, char id[10]);
/* HOLD_SET to this state must come; it is answered with RC_OK. */
void keeper_set(struct desk *d, enum hold_state state);
/* OPEN_REC must come; it is answered with a descriptor. */
void keeper_opens(struct desk *d);

/* RECALL_ONE of this hold must come; it is answered with this row, or with none (NULL). */
void keeper_recalls_one(struct desk *d, const char *id, const struct msg_recalled *row);
/* What is recalled at start, holds and denied ones, is answered with these rows, which
 * stand in the order of their ids.  Changes of holds that come between are taken. */
void keeper_recalls(struct desk *d, const struct msg_recalled *rows, size_t n);

/* Say yes to whatever has come and comes. */
void keeper_drain(struct desk *d);

/* A connection up to its nonce. */
struct front *front_new(struct desk *d);
/* The same, announced by the listener; NULL when it comes to nothing. */
struct front *front_new_by(struct desk *d, enum msg_new_kind kind);
void front_free(struct front *f);
/* The key exchange. */
void front_kex(struct front *f);
/* One try to log in: 'y', 'n', or 'x' when the connection is ended. */
char front_try(struct front *f, enum person who, bool good);
/* The same by a security key that nobody has touched. */
char front_try_untouched(struct front *f);
/* All of it: a connection of this person. */
struct front *front_login(struct desk *d, enum person who);
void front_exec(struct front *f, uint32_t chan, const char *line);
void front_forward(struct front *f, uint32_t chan, const char *host, uint32_t port);
void front_gone(struct front *f, uint32_t chan);
/* The channel is closed, and nothing was withdrawn. */
void front_left(struct front *f, uint32_t chan);
/* STAGE must come on this channel; what was read then: sha256 is of 32 such bytes. */
void front_staged(struct front *f, uint32_t chan, uint64_t len, uint8_t byte);
/* VERDICT with this effect must come on this channel. */
void front_verdict(struct front *f, uint32_t chan, enum msg_effect effect);
/* The same for a refusal with this status, whose text has this in it. */
void front_denied(struct front *f, uint32_t chan, int status, const char *part);
/* A verb's whole answer: text of rows and says into out, status back. */
int front_verb(
    struct front *f, uint32_t chan, const char *line, char *out, size_t size);
/* The last message's text has this in it. */
void end_has(const struct end *e, const char *part);

/* A command on its way. */
struct run {
	struct end ctl,
	    data;     /* the session process; the front's end of its DATA pair */
	int fds[8];   /* of START, but its first: -1 */
	int child[4]; /* of LAUNCH; -1 before it */
	uint32_t number;
};

/* The verdict's event is the keeper's next: answer it and go on to START. */
void run_to_start(struct front *f, uint32_t chan, struct run *r);
/* From the lease on. */
void run_from_lease(struct front *f, uint32_t chan, struct run *r);
/* What its gate has made up: static. */
const struct msg_ready *run_dummies(void);
/* A run of which nothing is there yet. */
void run_none(struct run *r);
/* SEAL, READY, LEASE, LAUNCH. */
void run_to_launch(struct desk *d, struct run *r);
/* LAUNCHED, EXITED, ENDED, CLOSE_REC, the end. */
void run_to_end(struct desk *d, struct run *r);
void run_close(struct run *r);
/* A command of CI's that runs, on channel 1. */
struct front *desk_run(struct desk *d, const char *line, struct run *r);
/* It is over: nothing of it is left. */
void desk_done(struct desk *d, struct front *f, struct run *r);
/* An SDK's connection on channel 1, whose gate has its lease. */
struct front *desk_sdk(struct desk *d, enum person who, struct run *r);
/* Its end: ENDED, CLOSE_REC, CLOSED. */
void run_sdk_end(struct desk *d, struct run *r);
/* CALL_ASK: "s3:GetObject" in eu-west-1 with members, "Bucket=logs" or, for one whose
 * value is not known, "Body"; NULL at the end. */
void gate_asks(struct desk *d, struct run *r, uint32_t number, const char *what, ...);
/* CALL_SAYS with this effect must come, and its text has this in it. */
void gate_hears(struct desk *d, struct run *r, uint32_t number, enum msg_effect effect,
    const char *part);
/* ENDED from the session process. */
void run_ended(struct desk *d, struct run *r, bool recorded);

#endif
