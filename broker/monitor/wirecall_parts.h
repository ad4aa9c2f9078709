/* The inside of a call that a gate asks about, shared by the files that judge it
 * (wirecall.c) and say what people are asked (wireheld.c), and by nobody else. */
#ifndef BROKER_MONITOR_WIRECALL_PARTS_H
#define BROKER_MONITOR_WIRECALL_PARTS_H

#include "broker/monitor/plea.h"
#include "broker/monitor/session_parts.h"
#include "policies/apicall.h"
#include "policies/iam.h"

struct wirecall {
	struct plea plea; /* the first member: wirecall_of() */
	struct wirecall *next;
	uint32_t number; /* the gate's */
	struct apicall *call;
	struct iam_needs needs; /* as last judged */
};

static inline struct wirecall *
wirecall_of(struct plea *p)
{
	return (struct wirecall *)p;
}

/* Members of its kind. */
void wirecall_judge(struct plea *p, struct verdict *v);
void wirecall_note(struct plea *p);
void wirecall_held(struct plea *p, const char *text);
void wirecall_forget(struct plea *p);

/* ---- wireheld.c ---- */
extern const struct plea_kind wireheld_kind;

#endif
