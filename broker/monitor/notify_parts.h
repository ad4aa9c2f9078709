/* The inside of the notices' queue, shared by the files that keep it (notify.c), deliver
 * from it (notify_send.c) and answer for it (notify_verb.c), and by nobody else. */
#ifndef BROKER_MONITOR_NOTIFY_PARTS_H
#define BROKER_MONITOR_NOTIFY_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/monitor/config.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/notify.h"
#include "lib/base/buf.h"
#include "lib/base/http.h"
#include "lib/base/id.h"

#define NOTIFY_MOST 10000u	 /* notices that wait in memory */
#define NOTIFY_BYTES (64u << 20) /* and their bodies */
#define NOTIFY_TRIES 20u
#define NOTIFY_AGE_MS (24ull * 3600 * 1000)
#define NOTIFY_ASIDE_MS (30 * NOTIFY_AGE_MS) /* then they go, at a start */
#define NOTIFY_PAUSE_MS 1000u
#define NOTIFY_PAUSE_MOST_MS 300000u
#define NOTIFY_ASKED_MOST_MS 900000u /* what Retry-After can make of a pause */
#define NOTIFY_TRY_MS 10000u
#define NOTIFY_ANSWER_MAX 65536u
#define NOTIFY_ALARM 3u
#define NOTIFY_WHY 160
#define NOTIFY_BEHIND_MS 20u

/* One that waits for its outlet. */
struct note {
	struct note *next;
	struct place *place;
	char id[ID_NONCE_TEXT];
	char event[16], hold[ID_HOLD_TEXT];
	uint64_t at_ms, next_ms; /* wall clock */
	uint64_t since_ms;	 /* its age counts from here */
	uint32_t tries;
	bool asked, kept; /* the store was asked to keep it; it does */
	char *body;
	size_t len;
	char why[NOTIFY_WHY]; /* of the last try */
};

/* An outlet: a webhook of the configuration. */
struct place {
	struct place *next;
	struct notify *all;
	char name[65];
	size_t at; /* in the configuration's list */
	struct note *first;
	struct note *flying; /* on its way: the first, or NULL */
	struct http_call *call;
	struct timer *timer;
	bool pausing;	   /* the timer runs */
	unsigned failures; /* in a row */
};

/* What the store is still to be told: a new one, or how far one is. */
struct letter {
	struct letter *next;
	struct note *note; /* a new one; else NULL, and the rest counts */
	char id[ID_NONCE_TEXT];
	enum msg_notice_state state;
	uint32_t tries;
	uint64_t next_ms;
	char why[NOTIFY_WHY];
};

struct trial;

struct notify {
	struct monitor *m;
	struct http *http; /* as it is needed */
	struct place *places;
	struct trial *trials;
	struct letter *letters, **last_letter;
	struct timer *post; /* while the store is behind */
	size_t waiting, bytes;
	uint64_t last_id_ms;
	bool ready; /* what was left by the last start is here */
	char after[ID_NONCE_TEXT];
};

/* ---- notify.c ---- */
const struct config_notify *notify_config(const struct place *p);
struct place *notify_place(const struct notify *n, struct span name);
/* The one of that id that waits, or NULL. */
struct note *notify_find(const struct notify *n, struct span id);
/* Ordered by time; 22 hex digits.  RC_FAIL without randomness. */
enum rc notify_id(struct notify *n, char id[ID_NONCE_TEXT], struct err *err);
/* Take in a row of the store: stored is what notify keeps as a body.  NULL when it is
 * none of ours, or memory fails. */
struct note *notify_take_row(
    struct notify *n, struct place *p, const struct msg_recalled *row);
/* Set aside what is too much; may end any that is not under way. */
void notify_make_room(struct notify *n);
/* It is over, as state says: out of the queue, told to the store, freed. */
void notify_over(struct note *note, enum msg_notice_state state, const char *why);
/* One that the store does not have: out of the queue, logged, freed. */
void notify_forget(struct note *note, const char *why);
/* An event about a notice; by may be NULL. */
void notify_event(struct notify *n, const char *kind, const char *id,
    const char *outlet, const char *hold, const char *why, const char *by);

/* ---- notify_post.c ---- */
enum rc notify_open_post(struct notify *n, struct err *err);
void notify_close_post(struct notify *n);
/* Have the store keep it; then it is tried.  May end it, when there is no memory. */
void notify_keep(struct note *note);
/* Nothing of it is to be told any more. */
void notify_untell(const struct note *note);
/* Tell the store how far one is. */
void notify_tell(struct notify *n, const char *id, enum msg_notice_state state,
    uint32_t tries, uint64_t next_ms, const char *why);
void notify_note_state(const struct note *note, enum msg_notice_state state);

/* ---- notify_send.c ---- */
/* Send the outlet's next one, unless one is under way or a pause has not passed. */
void notify_try(struct place *p);
/* End its pause first. */
void notify_try_now(struct place *p);
/* Drop what is under way; it stays where it is. */
void notify_stop(struct place *p);
/* Post a body once, signed as this notice.  On RC_OK fn will be called. */
enum rc notify_post(struct place *p, const char *id, struct span body, http_fn *fn,
    void *arg, struct http_call **ret, struct err *err);
/* How a try ended: true when it was taken.  *poison: never try that again. */
bool notify_taken(enum rc rc, unsigned status, const struct err *err, bool *poison,
    char why[NOTIFY_WHY]);

/* ---- notify_verb.c ---- */
/* Nobody is answered any more but to say so. */
void notify_trials_end(struct notify *n);

#endif
