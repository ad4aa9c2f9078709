/* A session's states, between session.c and session_end.c. */
#ifndef BROKER_SESSION_SESSION_PARTS_H
#define BROKER_SESSION_SESSION_PARTS_H

#include "broker/session/session.h"

#include <stdbool.h>

#include "broker/session/ask.h"
#include "broker/session/audience.h"
#include "broker/session/calls.h"
#include "broker/session/drift.h"
#include "broker/session/masking.h"
#include "broker/session/recording.h"
#include "broker/session/remote.h"
#include "broker/session/traffic.h"

/* Each state but OPEN is bounded: the monitor's and the keeper's answers, … */
#define SESSION_ANSWER_MS 10000
/* … the input that was approved: the front has all of it by then, … */
#define SESSION_STAGE_MS 30000
/* … the command's end after a stop, … */
#define SESSION_STOP_MS 10000
/* … room for the end of a recording on a full disk, … */
#define SESSION_ROOM_MS 5000
/* … silence on outputs that stay open after the command's end, … */
#define SESSION_DRAIN_MS 5000
/* … and a client that takes its time when the monitor is gone. */
#define SESSION_LINGER_MS 10000

struct stop;

struct session {
	struct loop *loop;
	enum ask_state state;
	struct ask *ask;
	struct traffic *traffic;
	struct audience *audience;    /* who looks on */
	struct recording *recording;  /* NULL: could not be opened */
	struct masking *masking;      /* NULL: could not be made */
	struct calls *calls;	      /* the gate; NULL: could not be made */
	struct remote *remote;	      /* a session on a target, in place of calls */
	struct remote_end remote_end; /* of it, once that is known */
	bool port;		      /* no command: bytes both ways, not shown */
	struct timer *timer;	      /* the state's bound */
	uint64_t started_ms;
	struct drift drift;
	uint64_t quota; /* of the recording; 0: none */
	bool ran;	/* the command was started, as far as can be known */
	bool exited;	/* EXITED came */
	bool recorded;	/* the footer is written and synced */
	bool client_gone;
	bool orphan;	 /* the monitor is gone */
	bool room_asked; /* FULL was said; once is all there is */
	bool over;
	const struct stop *early; /* stopped before the certificate came */
	struct msg_exited exit_;  /* how the command ended */
	const char *reason;	  /* for the summary */
	enum seal_status status;  /* for the footer */
	/* What the client is told; text is without "broker: " and newline. */
	uint8_t how, code;
	char text[ERR_TEXT];
};

/* ms 0: as long as it takes. */
void session_enter(struct session *s, enum ask_state state, uint64_t ms);
/* The timer's: the state's bound is over. */
void session_late(void *arg);

/* What the client will be told, and the footer; reason is borrowed for ever. */
void session_set_end(struct session *s, const char *reason, enum seal_status status,
    uint8_t how, uint8_t code, const char *text);
/* The end of the recording, and ENDED.  What is not recorded by now never will be. */
void session_end_recording(struct session *s);
/* The recording cannot take another byte, or what it is given cannot be masked: nothing
 * more is shown.  arg: the session. */
void session_fail(void *arg, const struct err *err);

/* What was read is finished, the reason recorded, and the command's end awaited; in a
 * state where it ends already, nothing.  why is none of STOP_DISK. */
void session_stop(struct session *s, enum msg_why why, const char *text);
/* The certificate of a session that was stopped meanwhile has come: the reason is
 * recorded, and nothing has run. */
void session_stopped_early(struct session *s);
/* The same, before the command has begun: its input is not what it has to be. */
void session_stop_input(struct session *s, const char *text);
/* The same, for more output than there may be. */
void session_stop_output(struct session *s, const char *text);
/* The same, for want of a key. */
void session_stop_idle(struct session *s, const char *text);
/* The command has ended and its output is all there. */
void session_end_by_itself(struct session *s);
/* The same, of what ran on a target. */
void session_end_remote(struct session *s, const struct remote_end *end);
/* A connection is closed, by either side: that is its good end. */
void session_end_connection(struct session *s);

/* Its last word without a monitor: nobody has closed its recording, whatever its end
 * was. */
void session_end_orphan(struct session *s);
/* The last word to the client and to those who look on. */
void session_tell_exit(struct session *s);
/* The same, when the recording was not closed. */
void session_not_closed(struct session *s, const char *why);

/* Its output comes to more than it may, or its recording.  arg: the session. */
void session_limit(void *arg, const struct err *err);

/* ---- session_masking.c ---- */

/* As START says. */
enum rc session_make_masking(
    struct session *s, const struct msg_start *m, struct err *err);
/* The gate's own values are masked, too. */
enum rc session_mask_dummies(struct session *s, struct err *err);
/* What the monitor says, before anybody acts on it; false: the session has ended for it. */
bool session_mask_lease(struct session *s, const struct msg_lease *m);
bool session_mask_names(struct session *s, struct span names);
/* How often each rule masked something: recorded, an event a rule. */
void session_record_masks(struct session *s);

/* ---- session_gate.c ---- */

/* As START says; gate and ca are taken, also on failure. */
enum rc session_make_gate(
    struct session *s, const struct msg_start *m, int gate, int ca, struct err *err);

/* ---- session_remote.c: a session on a target ---- */

/* Its target as START says; ca is taken, also on failure. */
enum rc session_make_remote(
    struct session *s, const struct msg_start *m, int ca, struct err *err);
/* The client's bytes, and room for output, as traffic tells. */
enum rc session_typed(void *arg, struct span bytes, struct err *err);
void session_typed_end(void *arg);
void session_room(void *arg);

/* ---- session_watch.c: rows of the monitor's tables; arg: the session ---- */
void session_watcher_left(void *arg, uint32_t number, const struct msg_watched *m);
enum rc session_watch_take(
    void *arg, uint32_t number, const struct msg_watch *m, int sock, struct err *err);
enum rc session_unwatch(
    void *arg, uint32_t number, const struct msg_unwatch *m, struct err *err);

#endif
