/* The parts of a session, shared by the files that move it through its life and by
 * nobody else: session.c (the list, the end), ask.c (from bytes to a verdict), admit.c
 * (what else a yes has to pass), call.c (a control verb), forward.c (a port connection),
 * remote.c (a session on a target) with remotejudge.c, remotetext.c, remotelease.c and
 * remoteat.c,
 * tell.c (refusals), held.c (the hold) with heldfirst.c, staging.c, heldfacts.c and
 * heldtell.c, request.c (back to a hold), leasing.c (STS), run.c (recording, start, exit),
 * start.c (what the session process gets), meta.c (what its recording says of it), ready.c (the command's start), wirecall.c
 * (what its gate asks), lineask.c with linejudge.c and
 * linehold.c (what its shell on a target asks), live.c (what runs now), watching.c (who looks on). */
#ifndef BROKER_MONITOR_SESSION_PARTS_H
#define BROKER_MONITOR_SESSION_PARTS_H

#include <jansson.h>
#include <sys/types.h>

#include "broker/monitor/command.h"
#include "broker/monitor/conn.h"
#include "broker/monitor/holds.h"
#include "broker/monitor/inventory.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/rates.h"
#include "broker/monitor/session.h"
#include "broker/monitor/veil.h"
#include "broker/monitor/verb.h"
#include "lib/base/id.h"
#include "lib/model/notice.h"
#include "lib/model/verdict.h"
#include "lib/wire/port.h"
#include "policies/aws.h"
#include "policies/decide.h"
#include "policies/iam.h"
#include "policies/runbook.h"
#include "policies/ssmwords.h"

struct lineasks;
struct preview;
struct watching;
struct wirecalls;

/* What a lease was cut to: the calls that the words name; what the rule that decided
 * says; nothing less than the role. */
enum lease_scope {
	LEASED_CALL,
	LEASED_RULE,
	LEASED_ROLE,
};

/* Where the profile led when the session began; one that leads elsewhere by now is
 * another profile. */
struct target {
	char role[LEASE_ROLE];
	char account[13];
};

/* Sessions that one of ours may have open on its target at once: a shell, and a program
 * or a line beside it, with room for some that are just ending. */
#define REMOTE_OPEN 8
#define REMOTE_ID 129
#define REMOTE_DOCUMENT 129

/* What is asked for on a target: `ssm TARGET [-- COMMAND…]`, or a port there. */
struct remote {
	enum msg_remote_kind kind;
	char name[INSTANCE_ID];		       /* of the target, as asked for */
	enum ssmwords_mode wanted;	       /* of a shell, by its asker */
	char wanted_document[REMOTE_DOCUMENT]; /* the same; or "" */
	struct instance *at;		       /* once it is known; its own */
	enum ssm_mode mode; /* how lines run; what the rules were asked for */
	char document[REMOTE_DOCUMENT];		/* of the session */
	char command_document[REMOTE_DOCUMENT]; /* SHELL: of lines alone */
	char *line; /* COMMAND, PROGRAM, RUN: as written; its own */
	char *text; /* the same as it runs; its own */
	enum msg_line_form form;
	char host[256]; /* PORT: behind it; or "" */
	unsigned port;
	bool settled;	  /* what runs was read; it never changes from then on */
	char reason[257]; /* for AWS's own log */
	/* What AWS calls its sessions: from REMOTE_AT on, until they have ended there. */
	char open[REMOTE_OPEN][REMOTE_ID];
	size_t n_open;
	unsigned opened; /* so many so far */
};

/* In the order of a session's life; it may go to OVER from any of them. */
enum session_state {
	SESSION_FINDING,  /* AWS is asked which target is meant */
	SESSION_ASKED,	  /* read, being decided; the verdict is being committed */
	SESSION_STAGING,  /* the front reads the input that is approved with it */
	SESSION_USING,	  /* the use of a grant is being committed */
	SESSION_PREVIEW,  /* AWS is asked what it would touch */
	SESSION_HELD,	  /* people are asked, or about to be */
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
	char *canon; /* what runs, and what digests bind */
	char *shown; /* the same as people see it: session_settle_shown() */
	struct verdict verdict;
	int64_t
	    retry_after; /* seconds until the rate of a rule lets it through; or -1 */
	bool crowded;	 /* so many ran already that nothing was counted for it */
	struct verb_call *call; /* a control verb */
	/* The runbook that its words come from, or ""; its template's digest when it was
	 * asked for, and the hold by which people approved that. */
	char runbook[RUNBOOK_NAME + 1];
	uint8_t runbook_digest[RUNBOOK_DIGEST];
	char runbook_hold[ID_HOLD_TEXT];

	/* A session on a target: then aws is NULL. */
	struct remote *remote;
	struct inventory_call *finding;
	struct lineasks *lines; /* that its shell asks about */

	/* a refusal that is being committed */
	int refuse_status;
	struct buf refuse_text;

	/* before the hold */
	uint8_t digest[HOLD_DIGEST]; /* what people are asked about */
	bool staged;		     /* its input was read, and is bound: */
	uint8_t staged_sha256[32];
	uint64_t staged_len;
	struct preview *preview;    /* under way */
	json_t *previewed;	    /* what came of it; or NULL */
	char granted[ID_HOLD_TEXT]; /* the grant that it runs under; or "" */
	char grant_by[257];	    /* who gave it, for people */
	unsigned grant_left;	    /* its uses */
	json_t *grant_approvals;

	/* the hold */
	struct hold *hold;
	char request[ID_HOLD_TEXT]; /* request ID: the hold that it is for; or "" */
	bool request_stages;	    /* whose input is bound by it */
	struct timer *patience;	    /* --wait */
	struct timer *countdown;    /* on a terminal */
	bool counting;		    /* a line of it stands there */

	/* the lease */
	struct vault_call *leasing;
	struct lease *lease; /* until the gate has it */
	enum lease_scope lease_scope;
	struct target target;
	uint64_t lease_ms;	/* when the gate was last given one */
	unsigned lease_refused; /* times it asked too soon */

	/* the gate */
	enum msg_gate gate;
	char dummy_id[129], dummy_secret[129]; /* GATE_SDK: what its requests bear */
	struct wirecalls *wirecalls;
	unsigned leaves; /* certificates that it was given */

	/* the run */
	int rec, data, in_w, out_r, err_r; /* on their way to the session process, */
	int gate_r, ca;			   /* and its gate */
	int in_r, out_w, err_w, gate_w;	   /* on their way to the launcher */
	struct port *ctl;		   /* to the session process */
	struct timer *deadline;		   /* limits.time; then the grace after TERM */
	uint64_t time_ms;		   /* what limits.time is for it */
	bool launched, exited, stopping, ended;
	bool sealed, certified, killed, closing_rec;
	uint64_t signal_second; /* the one that signals are counted in */
	unsigned signals;
	struct msg_exited exit;
	bool rec_open;	   /* the keeper has it open */
	char class_[65];   /* of its retention: what it was opened under */
	bool full;	   /* its recording found no room */
	uint8_t shred[32]; /* its recording's shred key, until it is sent */
	bool shreddable;
	uint64_t quota_left; /* of its identity's, when it was opened */
	uint64_t began_ms;
	uint64_t since_ms; /* when it was asked for, by the wall clock */
	struct watching *watchers;
	uint32_t watched; /* times that somebody began to */
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
/* What its texts are shown through; may be NULL. */
const struct veil *session_veil(const struct session *s);
/* A text masked for people: buf_clear() it.  Where that fails, nothing is left of it. */
struct buf session_veiled(const struct session *s, const char *text);
/* s->shown from s->canon, whenever that is set.  False: there is none, or no memory. */
bool session_settle_shown(struct session *s);
/* True when so many commands run, or are on their way, that one more must wait. */
bool session_crowded(const struct session *s);
/* Say text on the client's stderr. */
void session_say(struct session *s, struct span text);

/* The newest, and so on by its next; NULL for none. */
struct session *session_first(const struct sessions *all);

/* ---- live.c ---- */
/* The live session whose id begins with these digits (8 at least, dashes do not count).
 * NULL, with a sentence for the caller, when there is none or more than one. */
struct session *live_find(
    const struct sessions *all, const char *digits, struct err *err);
/* The verb sessions: the caller's own, and with the right to watch those of all. */
void live_list(struct sessions *all, struct verb_call *call);
/* How many look on. */
unsigned watching_count(const struct session *s);

/* ---- watching.c ---- */
/* The verb watch: show a session that runs to somebody who may watch. */
void watching_ask(struct sessions *all, struct verb_call *call);
/* MSG_WATCHED, a row of the control pair's table. */
enum rc watching_left(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);
/* Nobody sees any more of it: whoever is still there is told why. */
void watching_over(struct session *s, const char *why, int status);

/* ---- ask.c ---- */
/* Begin: read, decide, commit. */
void ask_begin(struct session *s, const struct msg_exec_ask *ask);
/* What is decided about s now: policy, identity and profile as they are, and what
 * admit_terms() makes of it.  Any error leaves a deny. */
void ask_judge(struct session *s, struct verdict *v);
/* s->verdict is made: count it against rates, commit it, and go on as it says. */
void ask_judged(struct session *s);
/* Which way s came: of a command, an SDK's calls, a target's lines, a port there. */
enum path ask_path(const struct session *s);
/* True when the command gets what its caller sends: as a stream or as a file.  A target's
 * never does. */
bool ask_reads(const struct session *s);
/* The words, profile and reason in s->command are to be read and judged, as if they had
 * just been asked for: request_judged() follows, or a refusal. */
void ask_again(struct session *s);
/* Who asks and where it leads, as both are now: a reload may have changed them since s
 * began.  False, with a sentence for the asker, when they are no longer what they were.
 * What *ret borrows is good until the next reload and until f->region or s is gone;
 * partition has room for its copy. */
#define ASK_PARTITION 64
bool ask_facts(struct session *s, enum path path, char partition[ASK_PARTITION],
    struct facts *ret, struct err *err);

/* What an event tells of this verdict on command, and of whoever asked: yours; NULL: out of
 * memory. */
json_t *ask_verdict_json(
    const struct session *s, const struct verdict *v, const char *command);

/* ---- admit.c ---- */
/* Make it a deny with this code and sentence, of the rule that it has. */
void admit_deny(struct verdict *v, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Make it a deny where its rules ask for what this version cannot do for s ("unsupported"),
 * or for a reason that s does not give ("reason"). */
void admit_terms(const struct session *s, struct verdict *v);
/* False when a rate is over: then it is a deny ("rate"), and *retry the seconds until it
 * is not.  counted: it is to happen now, and counts. */
bool admit_rates(
    const struct session *s, bool counted, struct verdict *v, int64_t *retry);

/* ---- forward.c ---- */
/* Begin: a port connection, to the gate for SDKs. */
void forward_begin(struct session *s, const struct msg_forward_ask *ask);
/* LEAF_ASK, a row of the control pair's table. */
enum rc forward_leaf(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);

/* ---- call.c ---- */
/* Run this verb for the caller, and end s with its answer. */
void call_begin(struct session *s, const struct verb *v);
/* The broker ends: answer a verb that is under way, and free s. */
void call_stop(struct session *s);
/* The front takes more: go on with a verb's long answer. */
void call_drained(struct session *s);

/* ---- tell.c ---- */
/* No sentence is longer, whatever rules and callers say: approvers' conditions are the
 * longest part. */
#define TELL_TEXT 32768
/* Refuse: commit the event, then tell the front, then free s.  The text of tell_refusal
 * is put behind the event's name; tell_coded says a reason for programs, too. */
void tell_notice(struct session *s, int status, const struct notice *n);
/* more: whole lines for people behind it. */
void tell_notice_more(
    struct session *s, int status, const struct notice *n, const char *more);
void tell_refusal(struct session *s, int status, const char *event, const char *rule,
    const char *text);
void tell_coded(struct session *s, int status, const char *event, const char *code,
    const char *text);
/* The same for a verdict of deny. */
void tell_denial(struct session *s);
/* What would have become of it, but for --dry-run. */
void tell_dry_run(struct session *s);
/* "42s", "15m", "4h". */
void tell_duration(struct buf *out, uint64_t ms);
/* The command as people call it: "s3 rm s3://b/k", cut when long. */
void tell_command(struct buf *out, const struct session *s);
/* "1 of group sre (rule p/r)", "2 of group sre, bob, not carol, of different groups …". */
void tell_needs(struct buf *out, const struct verdict *v);

/* ---- held.c ---- */
/* The verdict is hold: ask people, and go on when they have said yes. */
void held_begin(struct session *s);
/* What comes before is done: open the hold. */
void held_open(struct session *s);
/* Wait for a hold that is there, in place of whoever waits for it now; or use its
 * approval. */
void held_take(struct session *s, struct hold *h);
/* s waits no longer, and its hold stays, unless its rule ends it with the caller. */
void held_leave(struct session *s);
bool held_cancels(const struct session *s);
/* True while what would run is what people were shown: a reload may have given the
 * profile another role or account. */
bool held_is_same(const struct session *s, const struct hold *h);
/* Run under these terms. */
void held_terms(struct session *s, const struct verdict *now);
/* Wait so long at most (UINT64_MAX: as long as it takes).  False: out of memory. */
bool held_patience(struct session *s, uint64_t ms);

/* ---- heldfirst.c ---- */
/* What comes before a hold: input is staged, a recent no is heeded, a grant used, AWS
 * asked.  Ends in held_open(), a run, or a refusal. */
void heldfirst_begin(struct session *s);
/* The same, from where its input is staged. */
void heldfirst_staged(struct session *s);
/* True when it will be denied since the same was denied lately. */
bool heldfirst_denied(struct session *s);
/* True when it will come back to a hold that was left, for which it was counted. */
bool heldfirst_again(struct session *s);
/* Forget what is under way. */
void heldfirst_stop(struct session *s);

/* ---- heldfacts.c ---- */
/* The digest of what would run now. */
enum rc heldfacts_digest(
    const struct session *s, uint8_t ret[HOLD_DIGEST], struct err *err);
/* True when its rules bind the input that it reads. */
bool heldfacts_stages(const struct session *s);
/* hold_init.request of s, yours; NULL: out of memory. */
json_t *heldfacts_request(struct session *s);
/* The reverse: words, profile, reason and --out of a hold into *c, which has words of
 * its own to be replaced; *stages: its input is bound.  RC_REFUSE: parts are missing;
 * RC_FAIL: memory. */
enum rc heldfacts_read(
    const struct hold *h, struct command *c, bool *stages, struct err *err);

/* ---- staging.c ---- */
/* Ask the front for all of the input; heldfirst_staged() or request_staged() follows. */
void staging_begin(struct session *s);
/* STAGED.  Anything but RC_OK ends the connection. */
enum rc staging_done(struct session *s, const struct msg_staged *m, struct err *err);

/* ---- heldtell.c ---- */
/* It is held, and s waits: a terminal is shown the remaining time from now on. */
void heldtell_held(struct session *s);
/* Take that line away again. */
void heldtell_quiet(struct session *s);
/* s does not wait, or no longer, and its hold h stays: ends s. */
void heldtell_later(struct session *s, const struct hold *h, const char *why);
/* Its hold is approved; a grant lets it run. */
void heldtell_approved(struct session *s);
void heldtell_granted(struct session *s);
/* Its hold was denied, has expired; the same was denied so long ago.  These end s. */
void heldtell_denied(struct session *s, const char *by, const char *reason);
void heldtell_expired(struct session *s);
void heldtell_lately(struct session *s, uint64_t ago_ms, const char *by);

/* ---- request.c ---- */
/* "request ID …" was asked for: run what people approved, wait for it, or tell what has
 * become of it. */
void request_begin(struct session *s);
/* Its words were judged again, and may run. */
void request_judged(struct session *s);
/* Its input is staged. */
void request_staged(struct session *s);

/* ---- bookrun.c ---- */
/* "run NAME KEY=VALUE …" was asked for: its words become the runbook's. */
void bookrun_begin(struct session *s);
/* Of a verdict on words from a runbook: a deny where its template is not the approved one;
 * no hold where those who approved it are enough for that, too. */
void bookrun_admit(struct session *s, struct verdict *v);
/* "name", "sha256", "hold"; with "approvals" for the recording.  Yours; NULL where the
 * words come from none, or out of memory. */
json_t *bookrun_json(const struct session *s);
json_t *bookrun_meta(const struct session *s);
/* The runbook that a hold's words came from is s's, too.  False: it cannot be read. */
bool bookrun_recall(struct session *s, const struct hold *h);

/* ---- leasing.c ---- */
/* The verdict is allow, or a spent approval: ask STS for the session's lease, cut as
 * small as can be.  run_leased() follows once the event that tells its scope is
 * durable; else s is refused. */
void leasing_begin(struct session *s);
/* Give the lease to the gate, and wipe ours. */
enum rc leasing_give(struct session *s, struct err *err);
/* LEASE_ASK, a row of the control pair's table: a fresh one for the same, or the reason
 * why not. */
enum rc leasing_ask(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);
/* "call", "rule", "role". */
const char *lease_scope_name(enum lease_scope scope);

/* ---- wirecall.c ---- */
/* What the gate asks about calls, as rows of the control pair's table. */
enum rc wirecall_ask(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);
enum rc wirecall_gone(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);
/* Forget them all; nobody is answered.  NULL is fine. */
void wirecalls_free(struct wirecalls *all);

/* ---- remote.c ---- */
/* "ssm …", or `aws ssm start-session …`, was asked for: read it, find the target, judge.
 * The same for a port of a target. */
void remote_begin(struct session *s);
void remote_port(struct session *s, const struct msg_forward_ask *ask);
/* Nobody wants the answer of the inventory any more. */
void remote_stop(struct session *s);
/* NULL is fine. */
void remote_free(struct remote *r);

/* ---- remotejudge.c ---- */
/* ask_judge() for a session on a target that is known. */
void remote_judge(struct session *s, struct verdict *v);
/* What that target can do about it.  False when that was a refusal. */
bool remote_can(struct session *s);

/* ---- remotetext.c ---- */
/* From the first judgement: what runs, and s->canon.  False: out of memory. */
bool remote_settle(struct session *s);
/* s->canon before anything is known but the words.  False: out of memory. */
bool remote_canon(struct session *s);
/* How it runs, as a hold binds it: the kind of session and its document. */
bool remote_mode(const struct session *s, struct buf *out);
/* "command", "shell", "program", "raw", "port", "run". */
const char *remote_kind_name(enum msg_remote_kind kind);
/* Into an event or META: "path", "session" (its kind), and of a command "line": what the
 * rules were asked about.  False: out of memory. */
bool remote_say(const struct session *s, json_t *o);
/* The target and what is opened there, for people; yours.  NULL: out of memory, or s is
 * for no target. */
json_t *remote_json(const struct session *s);

/* ---- remotelease.c ---- */
/* Append the session policy: this target, with these documents, and what belongs to its
 * own sessions.  RC_REFUSE: it does not fit; RC_FAIL: memory. */
enum rc remotelease_policy(
    const struct session *s, const struct facts *f, struct buf *out, struct err *err);
/* Append the target's ARN.  False: it has none. */
bool remotelease_arn(const struct session *s, const struct facts *f, struct buf *out);

/* ---- remoteat.c ---- */
/* REMOTE_AT, a row of the control pair's table. */
enum rc remote_at(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);
/* START's member; what it borrows is good while s is.  hints is the caller's. */
void remote_start(const struct session *s, struct msg_remote *ret);
/* Append what completion knows, for a shell. */
enum rc remote_hints(struct session *s, struct buf *out, struct err *err);
/* The session process is gone: AWS is told, where nobody else can. */
void remote_lost(struct session *s);

/* ---- lineask.c ---- */
/* What a shell on a target asks about lines, as rows of the control pair's table. */
enum rc lineask_ask(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);
enum rc lineask_gone(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);
/* Forget them all; nobody is answered.  NULL is fine. */
void lineasks_free(struct lineasks *all);
/* One line for the target of s, judged as everything is that runs there: decide_line(),
 * what this version cannot do, what the rule wants of the asker.  text gets what would run:
 * canonical text, or the very bytes of what is not understood (a hold).  Of an allow or
 * hold VERDICT_ASK_INTERACTIVE says that it is to be alone on its user's terminal; what
 * is not alone in its line has lost that, and gets no input.  Also for
 * `ssm TARGET -- COMMAND`, before anything is open.  Any error leaves a deny. */
void lineask_judge(struct session *s, struct span line, struct verdict *v,
    struct buf *text, enum msg_line_form *form);

/* ---- ready.c ---- */
/* READY, a row of the control pair's table. */
enum rc ready_answer(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);

/* ---- meta.c ---- */
/* META's `hoop` object, as text: yours to free().  NULL: out of memory. */
char *meta_text(const struct session *s);

/* ---- start.c ---- */
/* Make the channels that its kind of gate needs: the command's pipes or the client's
 * stream, the gate's socket, the DATA pair and the control pair; what is not returned
 * is in s.  *front and ctl[] are the caller's, also on failure (-1: not made). */
enum rc start_channels(struct session *s, int *front, int ctl[2], struct err *err);
/* Send MSG_START with the session's end of the control pair (borrowed). */
enum rc start_send(struct session *s, int ctl, struct err *err);
/* Close our copies of what went to the session process. */
void start_close_sent(struct session *s);

/* ---- run.c ---- */
/* s has its lease: go on from there. */
void run_leased(struct session *s);
/* How much it may print: by the configuration, or by its rules where they say less. */
uint64_t run_output(const struct session *s);
/* End what runs, for this reason; the session ends by itself then. */
void run_stop(struct session *s, enum msg_why why, const char *text);
/* The same, for the keeper's reason; what had begun to end ends at once. */
void run_cut(struct session *s, enum msg_why why, const char *text);
/* The launcher has answered; the command and its process group have ended. */
void run_launched(struct session *s, const struct msg_launched *m);
void run_exited(struct session *s, const struct msg_exited *m);

#endif
