/* The watchers of a session: people who look on while it runs.
 *
 * Each is shown what the client is shown, after it was recorded and at no other time;
 * nothing that one sends reaches the session.  One that does not keep up is dropped, and
 * what the session does never waits for any of them.
 */
#ifndef BROKER_SESSION_AUDIENCE_H
#define BROKER_SESSION_AUDIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"
#include "broker/session/recording.h"

/* At once; the monitor keeps the same bound. */
#define AUDIENCE_MOST 8
/* What a watcher may be behind, each frame counted with AUDIENCE_FRAME bytes more. */
#define AUDIENCE_BEHIND (1u << 20)
#define AUDIENCE_FRAME 2048u

struct audience;

struct audience_init {
	struct loop *loop; /* borrowed */
	/* For those who want asciicast: sizes out of 1-65535 count as 80 x 24. */
	uint32_t columns, rows;
	uint64_t wall_ms;  /* start of the session */
	struct span title; /* copied */
	/* A watcher has ended, however: told once for each that was admitted. */
	void (*left)(void *arg, uint32_t number, const struct msg_watched *m);
	void *arg;
};

/* Nobody yet; times in asciicast count from now.  On RC_OK *ret is yours:
 * audience_free().  RC_FAIL: memory. */
enum rc audience_new(
    const struct audience_init *init, struct audience **ret, struct err *err);
/* Closes all; nobody is told.  NULL is fine. */
void audience_free(struct audience *a);

/* One more: sock (taken, also on failure; it does not block) is its DATA pair.  Its name is recorded in r
 * before it is shown anything.  RC_REFUSE: there are AUDIENCE_MOST.  RC_FAIL: memory.
 * RC_END: the recording took no more; nothing may go on. */
enum rc audience_admit_take(struct audience *a, struct recording *r, uint32_t number,
    const struct msg_watch *m, int sock, struct err *err);
/* Show bytes that were recorded and shown to the client; borrowed for the call. */
void audience_show(struct audience *a, struct span bytes);
/* The client's terminal has a new size. */
void audience_resize(struct audience *a, uint32_t columns, uint32_t rows);
/* End one, with text as its last line; no such number: nothing happens. */
void audience_dismiss(struct audience *a, uint32_t number, const char *text);
/* The session is over, as m says it to the client: all end.  Those who still have to
 * take something get a moment; nobody is admitted any more. */
void audience_end(struct audience *a, const struct msg_exit *m);
/* True when nobody is left, so that the process may end. */
bool audience_settled(const struct audience *a);

#endif
