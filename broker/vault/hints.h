/* What the environment says about where the gateway's credentials are to be had: the
 * variables that EKS, ECS and others set for the programs they start. */
#ifndef BROKER_VAULT_HINTS_H
#define BROKER_VAULT_HINTS_H

#include "lib/base/err.h"
#include "lib/base/secret.h"

/* NULL where the variable is not set or empty. */
struct hints {
	char *token_file;    /* AWS_WEB_IDENTITY_TOKEN_FILE */
	char *role;	     /* AWS_ROLE_ARN */
	char *session_name;  /* AWS_ROLE_SESSION_NAME */
	char *region;	     /* AWS_REGION, else AWS_DEFAULT_REGION */
	char *relative;	     /* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI */
	char *full;	     /* AWS_CONTAINER_CREDENTIALS_FULL_URI */
	char *auth_file;     /* AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE */
	struct secret *auth; /* AWS_CONTAINER_AUTHORIZATION_TOKEN */
};

/* Take them.  Whatever comes of it, all of the variables (the regions too) are wiped
 * where they stand and removed.  h is yours: hints_clear().  RC_REFUSE: one is longer
 * than 4095 bytes (the token: 16 KiB); RC_FAIL: memory. */
enum rc hints_take(struct hints *h, struct err *err);

/* Wipe and free what is in it. */
void hints_clear(struct hints *h);

#endif
