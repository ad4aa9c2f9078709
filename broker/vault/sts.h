/* AssumeRole and AssumeRoleWithWebIdentity as bytes: the form to send, the answer to
 * read.  No network.
 * Source: AWS STS API reference, of the two and Common Errors. */
#ifndef BROKER_VAULT_STS_H
#define BROKER_VAULT_STS_H

#include <stddef.h>
#include <stdint.h>

#include "broker/vault/lease.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define STS_CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"
#define STS_ANSWER_MAX 65536u /* bytes in an answer */
#define STS_SECONDS_MIN 900u
#define STS_SECONDS_MAX 43200u
#define STS_NAME 65   /* a session name or source identity with its NUL */
#define STS_REGION 64 /* a region with its NUL */
#define STS_TAGS_MAX 50
#define STS_POLICY_MAX 2048 /* bytes of a session policy */
#define STS_WEB_TOKEN_MIN 4
#define STS_WEB_TOKEN_MAX 20000
#define STS_DETAIL 400 /* what AWS said, made printable, with its NUL */

struct sts_tag {
	const char *key;   /* 1 to 128 bytes */
	const char *value; /* at most 256 bytes */
};

struct sts_ask {
	const char *role;	  /* an ARN */
	const char *session_name; /* 2 to 64 of [A-Za-z0-9_+=,.@-] */
	/* A web identity's token, printable: then it is AssumeRoleWithWebIdentity, and
	 * source_identity, external_id and tags must be empty.  Else empty. */
	struct span web_token;
	const char *source_identity; /* as session_name */
	const char *external_id;     /* 2 to 1224 of that and :/ ; NULL without */
	unsigned seconds;	     /* STS_SECONDS_MIN to STS_SECONDS_MAX */
	const char *policy;	     /* session policy, ASCII; NULL without */
	const struct sts_tag *tags;
	size_t n_tags;
};

/* Append the host name of a region's STS.  RC_REFUSE: no name of a region. */
enum rc sts_host(const char *region, struct buf *ret, struct err *err);

/* Identity and session as a RoleSessionName: other characters become '-', and the
 * identity is cut so that the session stays whole.  RC_REFUSE when the session alone is
 * too long or one of them is empty. */
enum rc sts_session_name(
    const char *identity, const char *session, char ret[STS_NAME], struct err *err);

/* Append the form.  RC_REFUSE names what does not fit AWS's limits; RC_END: only the
 * policy is too long. */
enum rc sts_body(const struct sts_ask *ask, struct buf *ret, struct err *err);

/* Read the answer to ask, HTTP status 200.  On RC_OK *ret is yours: lease_free().
 * RC_REFUSE: not the XML that it must be, a field missing or ill-formed, another source
 * identity than asked for. */
enum rc sts_answer(
    struct span xml, const struct sts_ask *ask, struct lease **ret, struct err *err);

/* Judge any other status.  err gets a text fit for whoever asked for the session;
 * detail what AWS said, for the log alone: it names the gateway.
 * RC_RETRY: throttled, or AWS's trouble.  RC_REFUSE: the role is denied, or the web
 * identity.  RC_END: the session policy is too large when packed.  RC_FAIL: the
 * gateway's credentials, clock or configuration. */
enum rc sts_refusal(
    unsigned status, struct span xml, char detail[STS_DETAIL], struct err *err);

#endif
