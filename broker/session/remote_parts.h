/* A session's target, between remote.c and its parts: remote_make.c reads
 * START, remote_bytes.c has what is opened directly, remote_shell.c the shell, remote_event.c what is recorded. */
#ifndef BROKER_SESSION_REMOTE_PARTS_H
#define BROKER_SESSION_REMOTE_PARTS_H

#include "broker/session/remote.h"

#include <jansson.h>

#include "broker/gate/tally.h"
#include "broker/session/shell.h"
#include "broker/target/target.h"

/* A client may have this much more under way when it is told to wait. */
#define REMOTE_WAIT_MAX (4u << 20)
/* Above this much waiting it is. */
#define REMOTE_WAITS 65536
/* From READY to the lease. */
#define REMOTE_LEASE_MS 60000
/* Without a byte of a port's target after its client's last one. */
#define REMOTE_HALF_MS 30000
#define REMOTE_ID 129
/* A line of ours, or what a target says at its beginning. */
#define REMOTE_SAYS 4096

struct remote {
	struct loop *loop;
	struct remote_owner owner;
	struct ask *ask;
	struct recording *recording;
	struct target_net *net;
	struct target *target;
	struct shell *shell; /* SHELL, in place of target */
	uint8_t kind;	     /* enum msg_remote_kind */
	struct target_spec spec;
	/* What spec borrows; shown: what runs, for people. */
	char *instance, *document, *command, *host, *reason, *shown;
	bool pty, json, content;
	uint64_t idle_ms;
	struct timer *bell; /* what is to be told from the loop */
	struct timer *idle;
	struct timer *bound; /* of the lease, then of the end */

	bool started, leased, begun; /* begun: target or shell is opening */
	bool running;
	bool half;    /* PORT: the client sends no more */
	bool ending;  /* end is set, or the session ends it */
	bool stopped; /* by the session */
	bool over;
	bool failed, limited; /* why */
	struct err why;
	struct remote_end end;
	char id[REMOTE_ID]; /* AWS's; "": none yet */
	uint64_t began_ms;  /* the port's */
	struct buf wait;    /* the client's bytes that were not taken yet */
	size_t noted; /* bytes of a port's output that are recorded, not passed on */
	uint64_t recorded, most;
	struct tally *in, *out;
	struct event_lines lines; /* the shell's */
};

/* ---- remote.c ---- */

/* It ends, for this reason; the first one counts.  text may be NULL. */
void remote_finish(struct remote *r, uint8_t how, uint8_t code, enum seal_status status,
    const char *reason, const char *text);
/* The recording takes no more: told from the loop. */
void remote_fail(struct remote *r, const struct err *err);
/* All is over there. */
void remote_done(struct remote *r);
/* These bytes went that way. */
void remote_count(struct remote *r, struct tally *way, struct span bytes);
/* A key was touched, or it begins. */
void remote_touch(struct remote *r);
/* Give the target, or the shell, what waits. */
void remote_flush(struct remote *r);

/* Fresh credentials, please; arg: the remote. */
void remote_wants_lease(void *arg);

/* ---- remote_make.c ---- */

/* Fill spec, what it borrows, and net.  RC_REFUSE: a value that cannot be; RC_FAIL. */
enum rc remote_make(
    struct remote *r, const struct msg_start *m, struct span ca, struct err *err);

/* ---- remote_bytes.c ---- */

enum rc remote_open_target(struct remote *r, struct err *err);

/* ---- remote_shell.c ---- */

enum rc remote_make_shell(struct remote *r, const struct msg_start *m, struct err *err);

/* ---- remote_event.c ---- */

/* Record it, within the session's bounds; a recording that fails is told from the loop.
 * j is taken; NULL: out of memory. */
enum rc remote_record_take(struct remote *r, json_t *j);
enum rc remote_mark(struct remote *r, const char *label);
void remote_event_open(struct remote *r);
void remote_event_running(struct remote *r);
void remote_event_note(struct remote *r, const char *what, const char *text);
/* The opaque or the port's part of it ends, then all of it. */
void remote_event_close(struct remote *r, const struct target_end *end);
/* Bytes of a port, up or down, where they are recorded. */
enum rc remote_event_data(struct remote *r, const char *direction, struct span bytes);
/* A line of ours on the client's stderr. */
void remote_say(struct remote *r, const char *event, const char *text);

#endif
