/* The inside of a call that a gate asks about, shared by the files that judge it
 * (wirecall.c) and hold it (wireheld.c), and by nobody else. */
#ifndef BROKER_MONITOR_WIRECALL_PARTS_H
#define BROKER_MONITOR_WIRECALL_PARTS_H

#include "broker/monitor/session_parts.h"
#include "policies/apicall.h"
#include "policies/iam.h"

struct wirecall {
	struct wirecall *next;
	struct session *s;
	uint32_t number; /* the gate's */
	struct apicall *call;
	struct iam_needs needs; /* as last judged */
	struct verdict verdict;
	struct hold *hold;	    /* while people are asked */
	char hold_id[ID_HOLD_TEXT]; /* of the hold, and of the one that was spent */
	char *decisions;	    /* what people said of it: for the recording */
};

/* What is decided about it now.  Any error leaves a deny. */
void wirecall_judge(struct wirecall *w, struct verdict *v);
/* Commit its verdict, then act on it. */
void wirecall_note(struct wirecall *w);
/* Answer the gate.  It is the last word but for a hold: w is freed. */
void wirecall_says(struct wirecall *w, enum msg_effect effect, const char *text);
/* Forget it; a hold that it waits for stays for a retry. */
void wirecall_free(struct wirecall *w);

/* ---- wireheld.c ---- */
/* The verdict is hold, and noted: ask people, or join those who are asked already. */
void wireheld_begin(struct wirecall *w);

#endif
