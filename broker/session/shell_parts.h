/* A shell's state, between shell.c, shell_line.c, shell_run.c and shell_record.c. */
#ifndef BROKER_SESSION_SHELL_PARTS_H
#define BROKER_SESSION_SHELL_PARTS_H

#include "broker/session/shell.h"

#include "broker/session/editor.h"
#include "broker/session/fed.h"
#include "lib/base/screen.h"

#define SHELL_TYPED 4096  /* bytes that are typed ahead */
#define SHELL_KEYS 65536  /* bytes for a program that the target does not take yet */
#define SHELL_SHOWN 65536 /* more than that waits for the client: targets wait, too */
#define SHELL_SHOWN_MOST 1048576
#define SHELL_ID 128 /* of a session, with its NUL */

enum shell_state {
	SHELL_NEW,
	SHELL_OPENING, /* the fed shell */
	SHELL_PROMPT,
	SHELL_ASKING, /* LINE_ASK is out */
	SHELL_HELD,
	SHELL_RUNNING, /* in the fed shell, or alone */
	SHELL_PROGRAM,
	SHELL_ENDING, /* what is open is being ended */
	SHELL_OVER,
};

/* What of a line's life has to be told at its end. */
struct shell_line_run {
	uint32_t number;
	enum msg_line_how how;
	uint64_t began_ms, output_max, bytes, typed;
	uint64_t idle_ms;
	const char *cut;  /* why it was ended by the broker, or NULL */
	bool interrupted; /* its user did */
	bool is_cd;
};

struct shell {
	struct loop *loop;
	struct target_net *net;
	struct shell_owner owner;
	enum shell_state state;
	/* Copies of what START said. */
	char *instance, *name, *document, *command_document, *reason;
	bool single;
	uint32_t columns, rows;

	struct editor *editor;
	struct screen *screen; /* of what runs */
	struct buf shown;      /* waits for the client */
	bool stopped;	       /* ^S */
	bool fresh;	       /* the cursor is at the beginning of a row */
	bool full;	       /* a target was told to wait */
	bool due;	       /* a prompt */
	bool pumping;
	bool hasty;	    /* nobody waits for what is still to be shown */
	struct timer *bell; /* the last word, from the loop */
	struct timer *hold; /* what masking holds back */
	struct buf typed;   /* ahead */
	struct buf keys;    /* for a program */

	struct fed *fed;
	char fed_id[SHELL_ID], alone_id[SHELL_ID];
	struct target *alone; /* a command, or a program, of its own */
	struct buf answer;    /* of pwd, where lines are single */
	struct timer *timer;  /* of what is alone */
	struct timer *idle;   /* of a program's user */
	bool lost_told;

	char directory[MSG_LINE_MAX + 1]; /* as the target says it; "": not known */
	uint32_t line;			  /* the last one that was asked about */
	struct buf asked;		  /* it, as typed */
	struct shell_line_run run;
	uint8_t status; /* of the last line */
	bool resync;	/* the fed shell is being brought back to directory */
	struct shell_end end;
};

/* ---- shell.c ---- */

/* Text of ours: a line that begins with "broker: ", above what is being typed. */
void shell_tell(struct shell *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes of a target, filtered and masked. */
void shell_put(struct shell *s, struct span bytes, bool lines);
/* Bytes of a program that has the terminal, masked. */
void shell_put_raw(struct shell *s, struct span bytes);
/* Whether a target's output can be taken; after a no it is told when. */
bool shell_room(struct shell *s);
/* What masking holds back belongs to what has run, and to nothing after it. */
void shell_let_go(struct shell *s);
/* The cursor at the beginning of a row, and a terminal as it should be. */
void shell_settle(struct shell *s);
/* The next line is due. */
void shell_prompt(struct shell *s);
/* Lines and keys that wait are taken, as far as one can be, and what is to be shown is:
 * the end of all that the loop calls. */
void shell_pump(struct shell *s);
/* End all of it; text may be NULL, and may be hostile.  The first end counts. */
void shell_finish(struct shell *s, uint8_t code, bool lost, const char *text);
/* Something is over: perhaps that was the last. */
void shell_check_over(struct shell *s);
/* What waits to be run, pasted or typed ahead, is dropped, and that is said. */
void shell_drop(struct shell *s);

/* ---- shell_line.c ---- */

/* The editor's line: of the shell's own, or asked about. */
void shell_take_line(struct shell *s);
/* ^C while it is asked about or held. */
void shell_withdraw(struct shell *s);

/* ---- shell_run.c ---- */

/* Run what the answer brings. */
void shell_run(struct shell *s, const struct msg_line_says *m);
/* The line is over. */
void shell_ran(struct shell *s, uint8_t status);
enum rc shell_open_fed(struct shell *s, struct err *err);
/* ^C, ^\ while a line runs. */
void shell_signal(struct shell *s, int signo);
/* Keys for a program. */
void shell_type(struct shell *s, struct span bytes);
void shell_late(void *arg);
void shell_idle(void *arg);

/* ---- shell_record.c ---- */

/* Each false: it was not recorded, and the end has begun. */
bool shell_record_line(struct shell *s, const struct msg_line_says *m);
bool shell_record_end(struct shell *s, uint8_t status);
bool shell_record_program(struct shell *s, const char *what, struct span command);
bool shell_record_what(
    struct shell *s, const char *type, const char *what, const char *text);

#endif
