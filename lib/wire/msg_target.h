/* What a session on a target is told, and says: a part of msg.h. */
#ifndef LIB_WIRE_MSG_TARGET_H
#define LIB_WIRE_MSG_TARGET_H

#include <stdint.h>

#include "lib/base/buf.h"

#define MSG_LINE_MAX 4096    /* bytes of a line, and of a directory */
#define MSG_HINTS_MAX 32768  /* bytes of what completion knows */
#define MSG_COMMAND_MAX 8192 /* bytes of a command for a target */

/* What is opened on a target. */
enum msg_remote_kind {
	REMOTE_NONE = 0, /* there is no target */
	REMOTE_COMMAND,	 /* one command: no terminal, no input, an exit status */
	REMOTE_SHELL,	 /* the broker's own line editor; each line is asked about */
	REMOTE_PROGRAM,	 /* an interactive program, alone on its terminal */
	REMOTE_RAW,	 /* a shell of its own: recorded, not asked about */
	REMOTE_PORT,	 /* one port connection */
	REMOTE_RUN,	 /* one command, by Run Command */
};

/* How a command is put for the target: it was understood, and is its canonical text; or
 * nobody understood it, and people have approved these very bytes. */
enum msg_line_form { LINE_CANON = 1, LINE_BYTES = 2 };

/* START's member; all of it empty where kind is REMOTE_NONE. */
struct msg_remote {
	uint8_t kind;	      /* enum msg_remote_kind */
	struct span instance; /* "i-0abc…": the id that AWS knows */
	struct span name;     /* what the user called it: for the prompt */
	struct span document; /* of the session; for RUN the command document */
	/* For the lines of a shell that run one by one (mode single, approved bytes). */
	struct span command_document;
	uint8_t form;	     /* COMMAND, PROGRAM, RUN: enum msg_line_form of: */
	struct span command; /* what runs */
	struct span host;    /* PORT: behind the instance; empty: on it */
	uint32_t port;
	struct span reason; /* for AWS's own log: 1 to 256 printable characters */
	uint8_t single;	    /* SHELL: each line is a session of its own */
	/* SHELL: what completion knows: a line each, a command and its options with blanks
	 * between. */
	struct span hints;
	struct span client_version; /* what we say we are: four numbers with dots */
	uint32_t pace;	     /* messages that are sent in a second; 0: no bound */
	uint64_t resume_ms;  /* how long a lost connection is tried again */
	uint64_t connect_ms; /* from StartSession to its first word, at most */
	uint64_t idle_ms;    /* without a key from the user; 0: no bound */
	uint8_t content;     /* PORT: record the bytes, too */
};

/* session → monitor: what AWS calls the session, as soon as it is known, and again
 * when it is over there.  From the first on it has to be ended there. */
struct msg_remote_at {
	uint8_t state;	/* enum msg_remote_state */
	struct span id; /* SessionId, or CommandId of Run Command */
};
enum msg_remote_state { REMOTE_OPENED = 1, REMOTE_CLOSED, REMOTE_LOST };

/* session → monitor: may this line run?  The frame's id is the line's number. */
struct msg_line_ask {
	struct span line;      /* as typed */
	struct span directory; /* where it would run; empty: where the shell began */
};
struct msg_line_says {
	uint8_t effect;	  /* enum msg_effect; HOLD: another answer follows */
	uint8_t how;	  /* ALLOW: enum msg_line_how */
	uint8_t form;	  /* enum msg_line_form of: */
	struct span text; /* ALLOW: what runs */
	struct span rule;
	struct span why;       /* for who asked: a line for people, or empty */
	struct span hold;      /* HOLD, and what came of it: its id */
	struct span policy;    /* 32 bytes: digest of the policies that were asked */
	struct span decisions; /* as in msg_call_says */
	uint64_t run_ms;       /* how long it may run; 0: no bound of its own */
	uint64_t output_max;   /* bytes; 0: the same */
	uint64_t idle_ms;      /* PROGRAM: without a key from the user; 0 */
	struct span masks;     /* ALLOW: as START has them, from now on, too */
};
/* USUAL: in the shell, or as a session of its own where the session's lines are single;
 * ALONE: always so; PROGRAM: alone on its terminal; DIRECTORY: it is cd, text is the
 * directory to change to. */
enum msg_line_how { LINE_USUAL = 1, LINE_ALONE, LINE_PROGRAM, LINE_DIRECTORY };

#endif
