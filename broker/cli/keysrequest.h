/* What `broker keys` was asked for, and its deeds. */
#ifndef BROKER_CLI_KEYSREQUEST_H
#define BROKER_CLI_KEYSREQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/keyfile.h"

struct keys_request {
	bool json;
	bool passphrase;
	const char *name, *label, *epoch, *not_after, *admin,
	    *out; /* NULL: not given */
	uint64_t now_ms;
	int argc; /* the words behind the deed */
	char **argv;
};

/* One line on stderr; status. */
int keysrequest_fail(const char *text, int status);
/* The exit status of an answer, told on stderr if it is not RC_OK. */
int keysrequest_judge(enum rc rc, const struct err *err);
/* An auditor's key from its file, with its passphrase asked for if it has one.  On RC_OK
 * *ret is yours: keyfile_free(). */
enum rc keysrequest_auditor(const char *path, struct keyfile **ret, struct err *err);
/* Write text to --output, a new file of this mode, or to stdout.  Exit status. */
int keysrequest_put(
    const struct keys_request *r, unsigned mode, const struct buf *text);

/* The deeds; each gives the exit status. */
int keysmake_init(const struct keys_request *r);
int keysmake_auditor(const struct keys_request *r);
int keysmake_rotate(const struct keys_request *r);
int keysshow_show(const struct keys_request *r);
int keyslist_recipient(const struct keys_request *r);
int keyslist_sign(const struct keys_request *r);
int keyslist_check(const struct keys_request *r);

#endif
