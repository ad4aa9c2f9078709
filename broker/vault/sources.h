/* The gateway's own credentials, and two places they come from: its environment, and a
 * file as the AWS tools write it. */
#ifndef BROKER_VAULT_SOURCES_H
#define BROKER_VAULT_SOURCES_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/secret.h"

#define SOURCES_KEY_ID 129	/* an access key id with its NUL */
#define SOURCES_FILE_MAX 65536u /* bytes in a credentials file */

struct sources_key {
	char access_key_id[SOURCES_KEY_ID];
	struct secret *secret; /* the secret access key */
	struct secret *token;  /* the session token; NULL without */
	uint64_t expires_ms;   /* wall clock; 0: nobody said */
};

/* From its parts, which are copied; token may be empty.  On RC_OK *ret is yours:
 * sources_free().  RC_REFUSE: id or secret is missing, or one is ill-formed; RC_FAIL:
 * memory. */
enum rc sources_make(struct span id, struct span secret, struct span token,
    struct sources_key **ret, struct err *err);

/* Take AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.  Whatever comes
 * of it, the three are wiped where they stand (/proc/PID/environ too) and removed, so
 * that no child inherits them and a second call finds none.  On RC_OK *ret is yours:
 * sources_free().  RC_REFUSE: id or secret is missing or ill-formed; RC_FAIL: memory.
 */
enum rc sources_environment(struct sources_key **ret, struct err *err);

/* Wipe a variable where it stands and remove it. */
void sources_forget(const char *variable);

/* Read the section [profile] of an ini file as the AWS tools write it.  RC_REFUSE: as
 * safepath_open_file(), which names the place; others may read it or its group write it
 * (0640 at most); it is too long; or as sources_parse().  RC_FAIL: memory. */
enum rc sources_file(
    const char *path, const char *profile, struct sources_key **ret, struct err *err);

/* The same from text.  Keys that are not ours are passed over; a section or a key of
 * ours that stands twice, and any line that is neither, are errors with their line. */
enum rc sources_parse(
    struct span text, const char *profile, struct sources_key **ret, struct err *err);

/* Wipe and free.  NULL is fine. */
void sources_free(struct sources_key *k);

#endif
