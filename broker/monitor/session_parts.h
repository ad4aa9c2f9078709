/* The parts of a session, shared by the files that move it through its life and by
 * nobody else: session.c (the list, the end), ask.c (from bytes to a verdict), call.c
 * (a control verb), tell.c (refusals), held.c (the hold), run.c (lease, recording,
 * start, exit), start.c (what the session process gets). */
#ifndef BROKER_MONITOR_SESSION_PARTS_H
#define BROKER_MONITOR_SESSION_PARTS_H

#include <sys/types.h>

#include "broker/monitor/command.h"
#include "broker/monitor/conn.h"
#include "broker/monitor/holds.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/session.h"
#include "broker/monitor/verb.h"
#include "lib/base/id.h"
#include "lib/model/notice.h"
#include "lib/model/verdict.h"
#include "lib/wire/port.h"
#include "policies/aws.h"

/* In the order of a session's life; it may go to OVER from any of them. */
enum session_state {
	SESSION_ASKED,	  /* read, being decided; the verdict is being committed */
	SESSION_HELD,	  /* people are asked */
	SESSION_SPENDING, /* the approval is being spent */
	SESSION_LEASING,  /* STS is asked */
	SESSION_OPENING,  /* the keeper opens the recording */
	SESSION_STARTING, /* the session process writes its header */
	SESSION_RUNNING,  /* the command runs */
	SESSION_CLOSING,  /* the recording is being closed */
	SESSION_OVER,
};

struct session {
	struct session *next;
	struct sessions *all;
	struct conn *conn; /* NULL once the client has gone */
	uint32_t chan;
	uint32_t number; /* for the launcher */
	uint8_t sid[16];
	char sid_text[ID_UUID_TEXT];
	enum session_state state;
	char identity[65], key[64], source[64], owner[65];
	bool json;

	/* what is asked */
	struct command command;
	struct aws_request *aws;
	char profile_name[65];
	char region[65];
	char *canon;
	struct verdict verdict;
	struct verb_call *call; /* a control verb */

	/* a refusal that is being committed */
	int refuse_status;
	struct buf refuse_text;

	/* the hold */
	struct hold *hold;
	struct timer *patience; /* --wait */

	/* the run */
	struct vault_call *leasing;
	struct lease *lease;
	int rec, data, in_w, out_r, err_r; /* on their way to the session process */
	int in_r, out_w, err_w;		   /* on their way to the launcher */
	struct port *ctl;		   /* to the session process */
	struct timer *deadline;		   /* limits.time; then the grace after TERM */
	bool launched, exited, stopping, ended;
	bool sealed, certified, killed, closing_rec;
	uint64_t signal_second; /* the one that signals are counted in */
	unsigned signals;
	struct msg_exited exit;
	bool rec_open; /* the keeper has it open */
	uint64_t began_ms;
};

/* ---- session.c ---- */
/* Commit an event about this session; fn may be NULL. */
enum rc session_event(struct session *s, const char *kind, const char *rule,
    const char *detail, keep_fn *fn);
/* Free it: descriptors, hold, lease, call.  The front is not told. */
void session_free(struct session *s);
/* Close the descriptors that are still ours. */
void session_close_fds(struct session *s);
/* Borrowed. */
struct monitor *session_monitor(const struct session *s);
/* True when so many commands run, or are on their way, that one more must wait. */
bool session_crowded(const struct session *s);
/* Say text on the client's stderr. */
void session_say(struct session *s, struct span text);

/* ---- ask.c ---- */
/* Begin: read, decide, commit. */
void ask_begin(struct session *s, const struct msg_exec_ask *ask);
/* What is decided about s now: policy, identity and profile as they are.  Any error
 * leaves a deny. */
void ask_judge(struct session *s, struct verdict *v);

/* ---- call.c ---- */
/* Run this verb for the caller, and end s with its answer. */
void call_begin(struct session *s, const struct verb *v);
/* The broker ends: answer a verb that is under way, and free s. */
void call_stop(struct session *s);

/* ---- tell.c ---- */
/* No sentence is longer, whatever rules and callers say: approvers' conditions are the
 * longest part. */
#define TELL_TEXT 16384
/* Refuse: commit the event, then tell the front, then free s.  The text of tell_refusal
 * is put behind the event's name. */
void tell_notice(struct session *s, int status, const struct notice *n);
void tell_refusal(struct session *s, int status, const char *event, const char *rule,
    const char *text);
/* The same for a verdict of deny. */
void tell_denial(struct session *s);
/* The command as people call it: "s3 rm s3://b/k", cut when long. */
void tell_command(struct buf *out, const struct session *s);
/* "1 of group sre (rule p/r)". */
void tell_needs(struct buf *out, const struct verdict *v);

/* ---- held.c ---- */
/* The verdict is hold: ask people, and go on when they have said yes. */
void held_begin(struct session *s);
/* The verdict is hold, and the caller does not wait. */
void held_not_waited(struct session *s);

/* ---- start.c ---- */
/* Make the command's pipes, the DATA pair and the control pair; what is not returned is
 * in s.  *front and ctl[] are the caller's, also on failure (-1: not made). */
enum rc start_channels(struct session *s, int *front, int ctl[2], struct err *err);
/* Send MSG_START with the session's end of the control pair (borrowed). */
enum rc start_send(struct session *s, int ctl, struct err *err);
/* Close our copies of what went to the session process. */
void start_close_sent(struct session *s);

/* ---- run.c ---- */
/* The verdict is allow, or a spent approval: go on from there. */
void run_begin(struct session *s);
/* End what runs, for this reason; the session ends by itself then. */
void run_stop(struct session *s, enum msg_why why, const char *text);
/* The launcher has answered; the command and its process group have ended. */
void run_launched(struct session *s, const struct msg_launched *m);
void run_exited(struct session *s, const struct msg_exited *m);

#endif
