/* What the processes say to each other: one struct a message.
 *
 * Messages carry ids and values; never paths to act on, pointers or C structs.  A span
 * in a decoded message is borrowed from the frame and good only inside the handler.
 * Descriptors travel beside the frame, in the order named here.  The frame's id is the
 * channel (front), the session (launch), or the request (keeper, control).
 */
#ifndef LIB_WIRE_MSG_H
#define LIB_WIRE_MSG_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/wire/msg_target.h"

#define MSG_LIST_MAX 264 /* words of a command, with room for a few more */
#define MSG_TEXT_MAX 65536
#define MSG_DATA_MAX 32768
#define MSG_FACTS_MAX 131072 /* what a gate says of one API call */

enum msg {
	/* listener and monitor */
	MSG_SETUP = 1, /* monitor → listener: limits, our host key */
	MSG_NEW,    /* listener → monitor: fds: sign end, talk end, the TCP socket */
	MSG_TESTED, /* listener → monitor: the self-test has run */
	MSG_SERVE,  /* monitor → listener: it passed, accept connections */
	/* front and monitor, on the sign pair */
	MSG_SIGN,
	MSG_SIGNED,
	/* front and monitor, on the talk pair */
	MSG_NONCE, /* monitor → front, first of all */
	MSG_AUTH_TRY,
	MSG_AUTH_SAYS,
	MSG_EXEC_ASK,
	MSG_SHELL_ASK,
	MSG_FORWARD_ASK, /* a port connection (direct-tcpip) */
	MSG_GONE, /* front → monitor: the client closed the channel, or withdraws */
	/* What is to be approved with its input is staged: the front reads all of it
	 * before people are asked, and sends these bytes, and EOF, once attached. */
	MSG_STAGE,  /* monitor → front: do so, within a bound */
	MSG_STAGED, /* front → monitor: what it was */
	MSG_VERDICT,
	MSG_SAY,    /* monitor → front: text for stderr */
	MSG_ROW,    /* monitor → front or CLI: text for stdout */
	MSG_DONE,   /* monitor → front or CLI: the verb is over */
	MSG_ATTACH, /* monitor → front: fd: the front's end of the DATA pair */
	/* monitor and session */
	/* to the nursery: fds: control, recording, DATA, stdin, stdout, stderr, gate,
	 * CA (PEM: whom the gate trusts; an empty file: the system's).  A session on a
	 * target has no use for stdin, stdout, stderr and gate (/dev/null), but for a
	 * port connection, which has them as an SDK's has.  An SDK's session has no command: its stdin is the write end of one socket
	 * pair, stdout a copy of it to read from, gate the other end. */
	MSG_START,
	MSG_SEAL, /* session → monitor (→ keeper): what the session key is certified for */
	MSG_SEALED,
	MSG_READY,  /* session → monitor: the recording is open, start the command */
	MSG_EXITED, /* launch → monitor → session: the command is over */
	MSG_STOP,   /* monitor → session: end, and why */
	MSG_ENDED,  /* session → monitor: the recording is closed */
	MSG_CLOSED, /* monitor → session: the keeper has it; show the exit status */
	MSG_LEASE,  /* monitor → session: the credentials that its gate signs with */
	MSG_LEASE_ASK, /* session → monitor: they expire soon, fresh ones please */
	MSG_CALL_ASK,  /* session → monitor: may this API call go out? id: the call */
	MSG_CALL_SAYS, /* monitor → session: the answer; after a hold there is another */
	MSG_CALL_GONE, /* session → monitor: nobody waits for that answer any more */
	MSG_LEAF_ASK,  /* SDK session → monitor: a certificate for this host */
	MSG_LEAF,
	/* A session on a target (msg_target.h). */
	MSG_REMOTE_AT, /* session → monitor: what AWS calls it, and that it is over */
	MSG_LINE_ASK,  /* session → monitor: may this line run? id: the line */
	MSG_LINE_SAYS, /* monitor → session: the answer; after a hold there is another */
	MSG_LINE_GONE, /* session → monitor: its user withdraws it */
	MSG_FULL, /* session → monitor: its recording found no room, it may not go on */
	MSG_ROOM, /* monitor → session: the reserve was given up: seal and close now */
	/* Watchers; the frame's id is the watcher's number.  WATCH comes with a descriptor:
	 * its DATA pair, on which it is shown what is shown to the client; it does not
	 * block, since a session process cannot see to that. */
	MSG_WATCH,     /* monitor → session */
	MSG_UNWATCH,   /* monitor → session: end it, and why */
	MSG_WATCHED,   /* session → monitor: it has ended, by itself or not */
	MSG_LISTENING, /* launch's child → session, on the gate socket: fd: its proxy */
	/* front and session, on the DATA pair; DATA's stream: 0 stdin, 1 stdout, 2 stderr */
	MSG_DATA,
	MSG_EOF,
	MSG_RESIZE,
	MSG_SIGNAL, /* also session → monitor: pass a signal to the command */
	MSG_EXIT,
	/* monitor and launch */
	MSG_LAUNCH, /* fds: the command's stdin, stdout, stderr, gate socket */
	MSG_LAUNCHED,
	MSG_KILL,
	/* monitor and keeper */
	MSG_KEEPER, /* keeper → monitor, first of all: who it is */
	MSG_EVENT,
	MSG_HOLD_NEW,
	MSG_HOLD_SET,
	MSG_OPEN_REC, /* answer MSG_KEPT carries fd: the recording, append only */
	MSG_SEAL_REC, /* MSG_SEAL on its way to the keeper */
	MSG_CLOSE_REC,
	MSG_TERMS, /* monitor → keeper: how recordings are kept, first and at a reload */
	MSG_LEAF_REC, /* monitor → keeper: this policy, or recipients list, is in force */
	MSG_RESERVE_REC, /* monitor → keeper: a session says MSG_FULL */
	MSG_CUT_REC,	 /* keeper → monitor, unasked: end this session, and why */
	MSG_CHECKPOINT,	 /* keeper → monitor, unasked: to be published outside */
	MSG_SHIP_ASK,	 /* monitor → keeper: what is to be archived next? */
	MSG_PARCEL,  /* answer to that, with fd: the file; KEPT "end": nothing is due */
	MSG_SHIPPED, /* monitor → keeper: that parcel arrived, or did not */
	MSG_TIDY,    /* monitor → keeper: expire and shred what is due */
	MSG_RECALL,  /* monitor → keeper: the next row of a kind */
	MSG_RECALLED,	 /* answer to that; KEPT "end": there is no other */
	MSG_GRANT_NEW,	 /* a hold is spent for a grant, at once */
	MSG_GRANT_SET,	 /* one use of it, or its end */
	MSG_ARTICLE_NEW, /* a script or runbook that people are to approve */
	MSG_ARTICLE_SET,
	MSG_NOTICE_NEW, /* monitor → keeper: to be delivered to a webhook */
	MSG_NOTICE_SET,
	MSG_KEPT, /* keeper → monitor: done and durable, or why not */
	/* CLI and monitor */
	MSG_VERB,
	MSG_COUNT
};

struct span_list {
	uint32_t n;
	struct span v[MSG_LIST_MAX];
};

struct msg_none {
	uint8_t none; /* a message without a body */
};

struct msg_setup {
	struct span host_key;	  /* raw Ed25519 public key, 32 bytes */
	uint32_t connections;	  /* at once */
	uint32_t per_source;	  /* at once from one address */
	uint32_t unauthenticated; /* at once before login */
	uint32_t channels;	  /* open at once on one connection */
	uint32_t login_ms;	  /* from accept to login */
};

struct msg_new {
	uint8_t kind; /* enum msg_new_kind */
};
enum msg_new_kind { NEW_TEST = 1, NEW_CLIENT = 2 };

struct msg_sign {
	uint8_t hash_len;     /* 32, 48 or 64 */
	struct span preimage; /* of the exchange hash */
};
struct msg_signed {
	struct span signature; /* 64 bytes; empty: refused */
};

struct msg_nonce {
	struct span nonce; /* 22 hex digits */
};
struct msg_auth_try {
	uint8_t is_signed; /* 0: a probe */
	struct span user;
	struct span algorithm;
	struct span blob;
	struct span signature;
	uint8_t flags;	  /* sk- keys only, else 0 */
	uint32_t counter; /* sk- keys only, else 0 */
};
struct msg_auth_says {
	uint8_t yes;
};

/* A command: either the bytes of an exec request, or an argv (subsystem broker-argv).
 * Exactly one of line and argv is used, as form says. */
struct msg_exec_ask {
	uint8_t form; /* enum msg_form */
	uint8_t pty;
	struct span line;
	struct span_list argv;
	struct span profile;	/* argv form: its member, or empty */
	struct span reason;	/* BROKER_REASON or the member */
	struct span wait;	/* BROKER_WAIT or the member, as text */
	struct span output;	/* BROKER_OUTPUT */
	uint32_t columns, rows; /* of the pty; 0 without */
};
enum msg_form { FORM_LINE = 1, FORM_ARGV = 2 };

struct msg_forward_ask {
	struct span host; /* as the client wrote it */
	uint32_t port;
};
struct msg_shell_ask {
	uint8_t pty;
	uint8_t json; /* BROKER_OUTPUT asks for objects */
};

struct msg_gone {
	uint8_t withdrawn; /* 1: the caller interrupted it; 0: the channel is closed */
};
struct msg_stage {
	uint64_t most; /* bytes */
};
struct msg_staged {
	uint8_t fits; /* 0: there were more bytes; the others say nothing then */
	uint64_t len;
	struct span sha256; /* 32 bytes, of all of it */
};

struct msg_verdict {
	uint8_t effect; /* enum msg_effect */
	uint8_t json;	/* messages are objects: the front ends with the exit object */
	uint8_t status; /* exit status of a refusal */
	struct span text; /* for stderr, whole lines */
};
enum msg_effect {
	VERDICT_DENY = 0,
	VERDICT_HOLD = 1,
	VERDICT_ALLOW = 2,
	VERDICT_VERB = 3
};

struct msg_text { /* MSG_SAY, MSG_ROW */
	struct span text;
};
struct msg_done {
	uint8_t status;
	uint8_t json;
};

struct msg_start {
	struct span sid;    /* 16 bytes */
	struct span broker; /* name of this broker, for the header */
	struct span class_; /* retention class */
	struct span meta;   /* JSON object: the META chunk's hoop member */
	struct span title;
	struct span recipients; /* the recipients file, as verified */
	struct span admin;	/* 32 bytes: the key that signed it */
	struct span device;	/* 32 bytes: the key that will certify the session's */
	uint64_t wall_ms;	/* start of the session */
	uint32_t columns, rows;
	uint8_t pty;	     /* LF becomes CRLF, the byte 0x03 interrupts */
	uint8_t json;	     /* the broker's own lines are objects */
	uint64_t output_max; /* bytes; 0: no bound */
	uint8_t durability;  /* enum msg_durability */
	uint64_t quota;	     /* bytes that the recording may have; 0: no bound */
	struct span shred;   /* 32 bytes: its shred key; empty: none */
	uint8_t hide_size;   /* not to be seen outside how large the terminal is */
	/* What its input has to be, whole, before it may start: 32 bytes; empty: any. */
	struct span stdin_sha256;
	uint64_t stdin_len;
	uint64_t events_max;	     /* the same of what is recorded of its API calls */
	uint8_t gate;		     /* enum msg_gate */
	struct span account;	     /* the profile's */
	struct span region;	     /* where calls go that name none */
	struct span_list connect_to; /* as CURLOPT_CONNECT_TO wants them */
	/* GATE_SDK: what the ids of its key pairs begin with, and the root that they
	 * follow from: lib/model/sdkkey.h. */
	struct span dummy_id;
	struct span dummy_secret;
	struct msg_remote remote; /* GATE_NONE: the target */
	struct span masking;	  /* recorder/mask/policy.h's text; empty: its defaults */
	struct span masks;	  /* names that the rules add, with a comma between them */
	struct span seeds;	  /* rows of recorder/mask/seed.h, one after the other */
};
enum msg_durability { DURABILITY_BATCH = 1, DURABILITY_STRICT = 2 };
/* NONE: a session on a target; it has no command here, no gate and no key pair. */
enum msg_gate { GATE_COMMAND = 1, GATE_SDK = 2, GATE_NONE = 3 };

/* What a command's gate has made up for it: worth nothing anywhere else. */
struct msg_ready {
	struct span proxy; /* "user:password" of the gate; empty: an SDK's */
	struct span access_key_id;
	struct span secret;
	struct span ca; /* PEM: the CA made for this command */
};
struct msg_lease {
	struct span access_key_id; /* empty: refused, and text says why */
	struct span secret;
	struct span token;
	uint64_t expires_ms;
	struct span text;
};
struct msg_call_ask {
	struct span facts; /* policies/apicall.h has its form */
};
struct msg_call_says {
	uint8_t effect; /* enum msg_effect; HOLD: wait for another answer */
	uint8_t bodies; /* enum msg_bodies: what is recorded of it */
	struct span rule;
	struct span text;   /* why, for who asked */
	struct span hold;   /* HOLD, and what came of it: its id */
	struct span policy; /* 32 bytes: digest of the policies that were asked */
	/* What people said of the hold: a JSON list of objects, "name", "proof", "key",
	 * "source", "reason", "time" as far as each is known, and "decision" where it is
	 * not "approved"; or empty. */
	struct span decisions;
	struct span masks; /* ALLOW: as START has them: what else is masked in its answer */
	uint8_t reveal;		/* ALLOW: 1: the answer goes on as it came */
};
/* USUAL: masked, but no data of objects; MASKED: these too; NONE: not even digests. */
enum msg_bodies { BODIES_USUAL = 0, BODIES_MASKED, BODIES_DIGEST, BODIES_NONE };
struct msg_leaf_ask {
	struct span host;
	struct span key; /* DER, SubjectPublicKeyInfo */
};
struct msg_leaf {
	struct span chain; /* PEM: leaf, CA; empty: refused */
};
struct msg_seal {
	struct span spk; /* 32 bytes: the session's public key */
	struct span h1;	 /* 32 bytes: the chain after line 0 and 1 */
};
struct msg_sealed {
	struct span dkid; /* 8 bytes */
	struct span sig;  /* 64 bytes; empty: refused */
};
struct msg_exited {
	uint8_t how;  /* enum msg_how */
	uint8_t code; /* exit status or signal number */
};
enum msg_how { HOW_EXIT = 0, HOW_SIGNAL = 1, HOW_NEVER = 2 };

struct msg_stop {
	uint8_t why;	  /* enum msg_why */
	struct span text; /* for the recording */
};
/* QUOTA: of recordings; DISK: what it wrote is not safe, or no room is left. */
enum msg_why {
	STOP_GONE = 1,
	STOP_TIME,
	STOP_LOST,
	STOP_SHUTDOWN,
	STOP_POLICY,
	STOP_QUOTA,
	STOP_DISK
};

struct msg_ended {
	uint8_t recorded;   /* 1: footer written and synced */
	uint8_t status;	    /* exit status to show, 0-255 */
	uint64_t out_bytes; /* shown to the client */
	uint64_t in_bytes;  /* taken from the client */
	uint64_t chunks;
	uint64_t file_len;
	struct span h;	  /* 32 bytes: the chain at the end */
	struct span text; /* why it ended, when not by itself */
	struct span masked; /* "RULE=COUNT" with a blank between them, or empty */
};
struct msg_closed {
	uint8_t good;
};

struct msg_data {
	uint8_t stream;
	struct span bytes;
};
struct msg_resize {
	uint32_t columns, rows;
};
struct msg_signal {
	uint8_t signo; /* HUP INT QUIT TERM KILL USR1 USR2 only */
};
struct msg_exit {
	uint8_t how; /* enum msg_how; HOW_NEVER: status says 70 or the like */
	uint8_t code;
	uint8_t ran;
	struct span text; /* the broker's last word for stderr, or empty */
};

struct msg_launch {
	struct span_list argv;
	struct span_list env;
	uint32_t cpu_s; /* CPU seconds at most; 0: the default */
	/* The launcher puts HTTPS_PROXY and AWS_CA_BUNDLE together from these. */
	struct span proxy; /* "user:password" */
	struct span ca;	   /* PEM */
	uint8_t stage;	   /* enum msg_staging bits */
};
/* Files of a command: its stdin becomes one before it starts, another is printed on
 * stdout when it has ended. */
enum msg_staging { STAGE_IN = 1, STAGE_OUT = 2 };

struct msg_launched {
	uint32_t pid;	  /* 0: could not be started */
	struct span text; /* why not */
};
struct msg_kill {
	uint8_t signo;
};

struct msg_keeper {
	struct span device_key; /* Ed25519 public key, 32 bytes */
	uint32_t recovered;	/* recordings found unfinished at start */
	uint32_t held;		/* holds found pending or approved at start */
};
struct msg_event {
	uint64_t at_ms;
	struct span kind;
	struct span identity; /* or empty */
	struct span sid;      /* 16 bytes or empty */
	struct span rule;     /* or empty */
	struct span detail;   /* JSON object */
};
struct msg_hold_new {
	struct span hold; /* "7F3K-Q2MX" */
	struct span identity;
	struct span digest; /* 32 bytes */
	struct span rule;
	struct span policy; /* 32 bytes: digest of the policy set */
	struct span canon;  /* canonical command */
	uint64_t at_ms;
	uint64_t until_ms;
	struct span
	    detail; /* JSON object: the digest's fields, the approver conditions */
};
struct msg_hold_set {
	struct span hold;
	uint8_t state; /* enum hold_state of lib/model/hold.h */
	uint64_t at_ms;
	struct span by;	   /* identity, or empty */
	struct span proof; /* key, uid, … or empty */
	struct span reason;
	struct span key;    /* fingerprint of the key that proved it, or empty */
	struct span source; /* where they spoke from, or empty */
	uint8_t verified;   /* 1: the key's own PIN or finger was asked for */
};
/* Rows come in the order of their ids, each after the one named; RECALL_ONE and
 * RECALL_SIMILAR look at the named hold itself. */
struct msg_recall {
	uint8_t what;	   /* enum msg_recall_what */
	struct span after; /* an id, or empty: from the beginning */
	uint64_t since_ms; /* RECALL_DENIED, RECALL_SIMILAR: not what is older */
};
enum msg_recall_what {
	RECALL_HOLD = 1, /* pending and approved ones, with their votes */
	RECALL_DENIED,	 /* denied ones */
	RECALL_ONE,	 /* this hold, whatever its state */
	RECALL_SIMILAR, /* the same asker's by the same rule: text is a JSON list of the
			  * newest, at most 10 of the last 30 days: "id", "state", "at"
			  * (as text), "at_ms", "by" (whose word decided; or ""),
			  * "command" (its beginning, where "command_bytes" says how long
			  * it is), "same" (true: the same digest) */
	RECALL_GRANT,	/* grants that are not over */
	RECALL_ARTICLE, /* articles that are not removed; id: "KIND/NAME/DIGEST" */
	RECALL_NOTICE,	/* notices that were not delivered, also those set aside */
	RECALL_TARGET,	/* sessions on targets whose recording ended without an end
			 * since then, and of which nobody has heard that AWS ended
			 * them; id: "SID/NUMBER" of the event that opened them,
			 * detail: that event's */
};
/* A row of any kind; what has no meaning in one is empty or 0.  An article's identity is
 * who brought it; a notice's until_ms is its next try, and its detail has "error". */
struct msg_recalled {
	uint8_t what;
	struct span id;
	struct span identity;
	struct span digest; /* 32 bytes or empty */
	struct span rule;
	struct span policy; /* 32 bytes or empty */
	struct span text;   /* canonical command; content; body */
	uint64_t at_ms, until_ms, changed_ms;
	uint8_t state;
	uint32_t uses, used; /* of a grant; tries of a notice */
	struct span hold;    /* that approved it */
	struct span outlet;  /* of a notice */
	struct span detail;  /* JSON object */
	/* JSON list, in order of time: "name", "proof", "state" ("pending": counted;
	 * "approved": sufficed; "denied"), "key", "source", "verified" (boolean),
	 * "reason", "at_ms". */
	struct span votes;
};
struct msg_grant_new {
	struct span hold; /* which people approved for it; also the grant's id */
	struct span identity;
	struct span rule;   /* what it is for: a rule, … */
	struct span digest; /* … or one command: 32 bytes or empty */
	uint64_t at_ms, until_ms;
	uint32_t uses;
	struct span detail; /* JSON object: who approved it, and why */
};
struct msg_grant_set {
	struct span grant;
	uint8_t state; /* enum msg_grant_state */
	uint64_t at_ms;
	struct span by, proof,
	    reason; /* of its end; or of the use: "", "", hold's text */
};
/* USED: once more; refused when it is over, or used up. */
enum msg_grant_state { GRANT_OPEN = 1, GRANT_USED, GRANT_REVOKED, GRANT_EXPIRED };
struct msg_article_new {
	uint8_t kind; /* enum msg_article_kind */
	struct span name;
	struct span digest; /* 32 bytes, of the content */
	struct span content;
	uint64_t at_ms;
	struct span by; /* who brings it */
	struct span detail;
};
enum msg_article_kind { ARTICLE_SCRIPT = 1, ARTICLE_RUNBOOK = 2 };
struct msg_article_set {
	uint8_t kind;
	struct span name;
	struct span digest;
	uint8_t state; /* enum msg_article_state */
	struct span
	    hold; /* APPROVED: which people approved for it; it is spent at once */
	uint64_t at_ms;
	struct span by, proof, reason;
};
enum msg_article_state { ARTICLE_WAITING = 1, ARTICLE_APPROVED, ARTICLE_REMOVED };
struct msg_notice_new {
	struct span notice; /* its id: 22 hex digits */
	struct span outlet; /* its name */
	uint64_t at_ms;
	struct span body;
};
struct msg_notice_set {
	struct span notice;
	uint8_t state; /* enum msg_notice_state */
	uint32_t tries;
	uint64_t next_ms;
	struct span text; /* what went wrong */
};
enum msg_notice_state { NOTICE_WAITING = 1, NOTICE_DELIVERED, NOTICE_SET_ASIDE };
struct msg_open_rec {
	struct span sid;
	struct span identity; /* whose quota it counts for */
	struct span class_;   /* retention class */
	uint64_t keep_s;      /* from its end on; 0: for ever */
	uint8_t shred;	      /* 1: make a shred key */
	uint8_t lock;	      /* enum msg_lock: of its objects in the archive */
};
enum msg_lock { LOCK_NONE, LOCK_GOVERNANCE, LOCK_COMPLIANCE };
/* How recordings are kept; the keeper is told before the first OPEN_REC. */
struct msg_terms {
	uint64_t session_quota;	 /* bytes of one recording; 0: no bound */
	uint64_t identity_quota; /* bytes of one identity's in 24 hours; 0: no bound */
	uint64_t min_free;	 /* bytes that must be left for a new one */
	uint8_t ship;		 /* closed recordings and segments are archived */
	uint64_t ship_bytes;	 /* no new recording with more than that waiting; 0 */
	uint64_t ship_age_s;	 /* ... or with anything waiting longer; 0 */
	uint64_t ship_segment;	 /* bytes of a piece, at most */
};
struct msg_leaf_rec {
	uint8_t kind;	    /* enum msg_leaf_kind */
	struct span digest; /* 32 bytes */
};
enum msg_leaf_kind { LEAF_REC_KEYSET = 4, LEAF_REC_POLICY = 6 };
struct msg_reserve_rec {
	struct span sid;
};
struct msg_cut_rec {
	struct span sid;
	uint8_t why; /* enum msg_why: STOP_QUOTA or STOP_DISK */
	struct span text;
};
struct msg_checkpoint {
	uint64_t size;	  /* leaves */
	struct span text; /* the signed note */
};
/* A piece to archive: bytes [offset, offset + len) of the file that comes with it. */
struct msg_parcel {
	struct span sid;
	uint8_t kind;  /* enum msg_parcel_kind */
	uint32_t part; /* of a segment, from 1; else 0 */
	uint64_t offset, len;
	struct span sha256; /* 32 bytes, of these bytes */
	uint64_t until_ms;  /* locked until then; 0: no lock */
	struct span class_;
	uint8_t lock; /* enum msg_lock: what it was opened under */
};
enum msg_parcel_kind { PARCEL_WHOLE = 1, PARCEL_SEGMENT = 2, PARCEL_PROOF = 3 };
struct msg_shipped {
	struct span sid;
	uint8_t kind;
	uint32_t part;
	uint8_t good;
	struct span text; /* why not */
};
/* Answered by KEPT with bytes.  EXPIRE: the one whose time has been up for longest is
 * removed; LOOK: the same without doing it, of the one after `skip` others; SHRED: this
 * one's key is destroyed: sid (16) and what was done (u8, TIDIED_ bits), or "end" when
 * none is due.  COUNT: what waits for the archive: bytes, recordings, since when (ms;
 * 0: none), u64 each, big endian. */
struct msg_tidy {
	uint8_t what; /* enum msg_tidy_what */
	uint32_t skip;
	struct span sid;  /* SHRED: 16 bytes, else empty */
	struct span by;	  /* the identity that asks */
	struct span text; /* SHRED: why */
};
enum msg_tidy_what { TIDY_EXPIRE = 1, TIDY_LOOK, TIDY_SHRED, TIDY_COUNT };
enum msg_tidied { TIDIED_GONE = 1, TIDIED_SHREDDED = 2 };
struct msg_room {
	uint8_t good;
};
struct msg_watch {
	uint8_t cast;	 /* 1: as lines of asciicast; 0: as it looks on the screen */
	uint8_t pty;	 /* a terminal: lines end with CR LF, q and 0x03 end it */
	struct span who; /* for the session's own recording */
};
struct msg_unwatch {
	struct span text; /* for the watcher */
};
struct msg_watched {
	uint64_t bytes; /* shown to it */
	uint8_t status; /* that it was told, or would have been */
	struct span why;
};
struct msg_seal_rec {
	struct span sid;
	struct span spk;
	struct span h1;
};
struct msg_close_rec {
	struct span sid;
	uint8_t complete; /* the session said so; the keeper looks for itself */
};
struct msg_kept {
	uint8_t rc;	  /* enum rc */
	struct span text; /* why not */
	/* SEAL_REC: dkid and signature, 72 bytes.  OPEN_REC: what its identity's quota
	 * has left (u64, big endian; all ones: no bound), then the shred key, if any. */
	struct span bytes;
};

struct msg_verb {
	struct span_list argv;
	uint8_t json;
	struct span body; /* what is sent beside the words: a script's text */
};

/* Large enough for any of them. */
union msg_any {
	struct msg_none none;
	struct msg_setup setup;
	struct msg_new new_;
	struct msg_sign sign;
	struct msg_signed signed_;
	struct msg_nonce nonce;
	struct msg_auth_try auth_try;
	struct msg_auth_says auth_says;
	struct msg_exec_ask exec_ask;
	struct msg_shell_ask shell_ask;
	struct msg_forward_ask forward_ask;
	struct msg_gone gone;
	struct msg_stage stage;
	struct msg_staged staged;
	struct msg_verdict verdict;
	struct msg_text text;
	struct msg_done done;
	struct msg_start start;
	struct msg_seal seal;
	struct msg_sealed sealed;
	struct msg_exited exited;
	struct msg_stop stop;
	struct msg_ended ended;
	struct msg_closed closed;
	struct msg_ready ready;
	struct msg_lease lease;
	struct msg_call_ask call_ask;
	struct msg_call_says call_says;
	struct msg_leaf_ask leaf_ask;
	struct msg_leaf leaf;
	struct msg_remote_at remote_at;
	struct msg_line_ask line_ask;
	struct msg_line_says line_says;
	struct msg_data data;
	struct msg_resize resize;
	struct msg_signal signal;
	struct msg_exit exit;
	struct msg_launch launch;
	struct msg_launched launched;
	struct msg_kill kill;
	struct msg_keeper keeper;
	struct msg_event event;
	struct msg_hold_new hold_new;
	struct msg_hold_set hold_set;
	struct msg_recall recall;
	struct msg_recalled recalled;
	struct msg_grant_new grant_new;
	struct msg_grant_set grant_set;
	struct msg_article_new article_new;
	struct msg_article_set article_set;
	struct msg_notice_new notice_new;
	struct msg_notice_set notice_set;
	struct msg_open_rec open_rec;
	struct msg_seal_rec seal_rec;
	struct msg_close_rec close_rec;
	struct msg_kept kept;
	struct msg_terms terms;
	struct msg_leaf_rec leaf_rec;
	struct msg_reserve_rec reserve_rec;
	struct msg_cut_rec cut_rec;
	struct msg_checkpoint checkpoint;
	struct msg_parcel parcel;
	struct msg_shipped shipped;
	struct msg_tidy tidy;
	struct msg_room room;
	struct msg_watch watch;
	struct msg_unwatch unwatch;
	struct msg_watched watched;
	struct msg_verb verb;
};

#endif
