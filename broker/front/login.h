/* The login on one connection, as the front sees it: libssh's requests go to the
 * monitor, its answers go to the client, in order.  Nothing is decided here. */
#ifndef BROKER_FRONT_LOGIN_H
#define BROKER_FRONT_LOGIN_H

#include <libssh/libssh.h>
#include <stdbool.h>

#include "broker/front/ask.h"

/* As many as sshd's MaxAuthTries. */
#define LOGIN_FAILURES_MAX 6

struct login;

/* ssh and ask are borrowed for its life.  On RC_OK *ret is yours: login_free(). */
enum rc login_new(
    ssh_session ssh, struct ask *ask, struct login **ret, struct err *err);
/* NULL is fine. */
void login_free(struct login *l);

/* Count the requests that libssh reads from now on, so that those for which it makes no
 * message (an unknown key type, a signature algorithm that is not accepted) are
 * answered too.  To be called once the first exchange hash is signed: no login comes
 * before. */
void login_watch(struct login *l);

/* Take one message of type SSH_REQUEST_AUTH.  RC_REFUSE: the client sends so much that
 * it must be dropped. */
enum rc login_take(struct login *l, ssh_message m, struct err *err);

/* All messages of this turn were taken: answer what stayed silent.  RC_REFUSE: cannot
 * be answered, drop the client, which would else wait for ever. */
enum rc login_settle(struct login *l, struct err *err);

/* The monitor's next answer. */
void login_says(struct login *l, bool yes);

/* Somebody is in; further tries are dropped. */
bool login_done(const struct login *l);
/* Too many failures: disconnect. */
bool login_failed(const struct login *l);

#endif
