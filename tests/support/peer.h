/* The other end of a real program that speaks frames on descriptor 3. */
#ifndef TESTS_SUPPORT_PEER_H
#define TESTS_SUPPORT_PEER_H

#include <sys/types.h>

#include "lib/base/frame.h"
#include "lib/wire/msg.h"

struct peer {
	int sock; /* -1 after peer_hang_up */
	pid_t pid;
	struct buf in;
	struct frame f;	 /* the last frame */
	union msg_any m; /* the last message */
	enum msg passed; /* messages of this type are passed over; 0: none */
};

#define PEER_MS 60000 /* the longest wait for anything */

/* Start $top_builddir/program with argv (argv[0] is put there).  Fails the test when it
 * cannot be done. */
void peer_start(struct peer *p, const char *program, const char *const *argv);
/* The same, calling prepare in the child before exec. */
void peer_start_as(struct peer *p, const char *program, const char *const *argv,
    void (*prepare)(void));
/* Send; fails the test when the socket does not take it. */
void peer_send(struct peer *p, enum msg type, uint32_t id, const void *m,
    const int *fds, unsigned nfds);
/* The next message's type, its content in p->m, descriptors in p->f (yours).  0 when
 * the program has closed its end, -1 when nothing came in ms. */
int peer_next(struct peer *p, int ms);
/* The same, and it must be this message with this id. */
void peer_want(struct peer *p, enum msg type, uint32_t id);
/* Close our end and wait for the program's end: its exit status, or 1000 + signal. */
int peer_hang_up(struct peer *p);
/* Kill -9 it, wait, close. */
void peer_kill(struct peer *p);
/* Wait for its end without closing first. */
int peer_wait(struct peer *p);

#endif
