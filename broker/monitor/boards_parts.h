/* The inside of an open list, shared by the files that keep it (boards.c), do what a
 * person wants (boards_act.c) and tell of changes line by line (boards_lines.c), and by
 * nobody else. */
#ifndef BROKER_MONITOR_BOARDS_PARTS_H
#define BROKER_MONITOR_BOARDS_PARTS_H

#include "broker/monitor/board.h"
#include "broker/monitor/boards.h"
#include "broker/monitor/holds.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/verbcall.h"
#include "lib/wire/port.h"

struct view {
	struct view *next;
	struct boards *all;
	struct verb_call *call; /* the viewer's; answered once, at the end */
	struct port *port;
	struct board *board; /* NULL: lines */
	struct timer *timer;
	struct buf frame, last; /* what a screen is made in, and what it is now */
	bool stale;		/* the list has changed */
	bool owed;		/* a frame, once the last one has been taken */
	bool recheck;		/* the details have changed */
	bool ending;		/* its last bytes are on the way */
	unsigned typed;		/* frames that came in this second */
	/* A verb that it has asked for; one at a time. */
	struct verb_call *asked;
	bool why; /* that one asks for details */
	char about[ID_HOLD_TEXT];
};

struct boards {
	struct monitor *m;
	struct view *first;
	unsigned count;
};

/* Send these bytes as DATA. */
void view_send(struct view *v, struct span bytes);
/* The viewer, as configured now; NULL without the right to see the list. */
const struct identity *view_who(const struct view *v);
/* A frame, if it would be another one than the last. */
void view_refresh(struct view *v);

/* ---- boards_act.c ---- */
/* Do what a board says is wanted, but for leaving. */
void view_act(struct view *v, const struct board_act *act);
/* Ask once more for the details that are shown. */
void view_ask_details(struct view *v);
/* Nobody waits for the verb any more. */
void view_drop_asked(struct view *v);

/* ---- boards_lines.c ---- */
/* What is pending now, and each change: lines of text or objects. */
void view_begin_lines(struct view *v);
void view_tell(struct view *v, const struct hold *h, const char *event, const char *by,
    const char *reason);

#endif
