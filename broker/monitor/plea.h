/* Something that a session asks for while it runs, and that people may have to decide:
 * an SDK's call (wirecall.c), a line for a shell on a target (lineask.c).
 *
 * The hold is durable before anybody is asked, and the approval, or the use of a grant,
 * before the deed; each time it is judged once more, since a reload may have come at any
 * time.  An asker that is gone leaves the hold behind, unless its rule says otherwise.
 */
#ifndef BROKER_MONITOR_PLEA_H
#define BROKER_MONITOR_PLEA_H

#include <jansson.h>
#include <stdbool.h>

#include "broker/monitor/holds.h"
#include "lib/base/id.h"

struct plea;
struct session;

struct plea_kind {
	const char *path; /* of its hold: "api", "shell" */
	const char *what; /* "call", "line": for people */
	bool grants;	  /* an approval given beforehand will do */
	/* What is decided about it now.  Any error leaves a deny. */
	void (*judge)(struct plea *p, struct verdict *ret);
	/* What people are asked about, as it was judged last.  RC_REFUSE with a sentence
	 * for whoever asks. */
	enum rc (*bind)(struct plea *p, struct buf *canon, uint8_t digest[HOLD_DIGEST],
	    struct err *err);
	/* hold_init.request, yours; an empty one stands for none.  NULL: out of memory.
	 * The member NULL: nothing. */
	json_t *(*request)(struct plea *p);
	/* Its verdict has changed: commit it, then act on it.  p may be gone behind it. */
	void (*note)(struct plea *p);
	/* People are asked: this is for who asks. */
	void (*held)(struct plea *p, const char *text);
	/* Its session ends: forget it. */
	void (*forget)(struct plea *p);
};

struct plea {
	const struct plea_kind *kind;
	struct session *s;
	struct verdict verdict;
	struct hold *hold; /* while people are asked */
	/* Of the hold, also of the one that was spent; or of the grant that is used. */
	char hold_id[ID_HOLD_TEXT];
	char *decisions; /* what people said of it, JSON: for the recording */
	/* As verdict.reveals: what those who said yes were shown of it; or "". */
	char reveals[VERDICT_REVEALS];
};

/* The verdict is hold, and noted: ask people, join those who are asked already, or use
 * what they said before. */
void plea_hold(struct plea *p);
/* Its user takes it back: so is the hold. */
void plea_withdraw(struct plea *p);
/* Free what it holds; nobody is answered. */
void plea_clear(struct plea *p);

#endif
