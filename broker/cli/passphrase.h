/* A passphrase, asked for on the caller's terminal. */
#ifndef BROKER_CLI_PASSPHRASE_H
#define BROKER_CLI_PASSPHRASE_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/secret.h"

/* Ask on /dev/tty, without echo; twice: and again, until both are the same or three tries
 * are over.  On RC_OK *ret is yours: secret_free().  RC_REFUSE: no terminal, nothing
 * typed, not the same; RC_FAIL. */
enum rc passphrase_ask(
    const char *prompt, bool twice, struct secret **ret, struct err *err);

#endif
