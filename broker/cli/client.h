/* A conversation with brokerd over its control socket: one verb. */
#ifndef BROKER_CLI_CLIENT_H
#define BROKER_CLI_CLIENT_H

#include <stdbool.h>

#include "broker/cli/cli.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Ask for a verb and copy what comes back to stdout and stderr.  On RC_OK *status is the
 * verb's exit status.  RC_RETRY: nobody answers on the socket; RC_REFUSE: the path or the
 * words do not fit; RC_FAIL: the conversation broke off. */
enum rc client_verb(const char *socket_path, char *const *argv, int argc, bool json,
    int *status, struct err *err);
/* The same with bytes beside the words. */
enum rc client_verb_with(const char *socket_path, char *const *argv, int argc,
    struct span body, bool json, int *status, struct err *err);
/* The same for a command of `broker`: the socket below --root, errors on stderr.  The
 * status to exit with. */
int client_ask(const struct cli *cli, int argc, char *const *argv, struct span body);

#endif
