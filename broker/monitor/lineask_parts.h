/* The inside of the lines that a shell on a target asks about, shared by the files that
 * judge them (linejudge.c), answer (lineask.c) and say what people are asked
 * (linehold.c), and by nobody else. */
#ifndef BROKER_MONITOR_LINEASK_PARTS_H
#define BROKER_MONITOR_LINEASK_PARTS_H

#include "broker/monitor/plea.h"
#include "broker/monitor/session_parts.h"

struct line {
	struct plea plea; /* the first member: line_of() */
	struct line *next;
	uint32_t number;  /* the shell's */
	struct buf typed; /* its bytes */
	char *directory;  /* where it would run; "": where the shell began */
	struct buf shown; /* the typed line as text: escaped */

	/* As it was judged last. */
	struct buf canon; /* canonical text, or the bytes: what people are shown */
	struct buf destination; /* of DIRECTORY */
	enum msg_line_form form;
	enum msg_line_how how;
};

static inline struct line *
line_of(struct plea *p)
{
	return (struct line *)p;
}

/* ---- lineask.c: members of its kind ---- */
void line_note(struct plea *p);
void line_held(struct plea *p, const char *text);
void line_forget(struct plea *p);

/* ---- linejudge.c ---- */
/* The same: lineask_judge() for a line of a shell that is open, in its directory.  cd with
 * one plain operand changes nothing there, and needs no rule; a rule may forbid it. */
void line_judge(struct plea *p, struct verdict *v);
/* True for "", and for an absolute path as pwd -P would print it, of plain characters. */
bool line_directory_ok(const char *directory);

/* ---- linehold.c ---- */
/* "single", "fed", "program"; "bytes" for what nobody understood. */
const char *line_mode(const struct line *l);
extern const struct plea_kind linehold_kind;

#endif
