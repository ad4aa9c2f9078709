/* The vault without AWS: it notes what it is asked for and answers when it is told. */
#ifndef TESTS_SUPPORT_FAKE_VAULT_H
#define TESTS_SUPPORT_FAKE_VAULT_H

#include "broker/vault/vault.h"

struct fake_vault {
	unsigned asked, cancelled, open; /* leases: so far, given up, waiting */
	enum rc at_once;		 /* what vault_lease returns; RC_OK: it waits */
	char identity[65], session[64], role[256], rule[130], approval[16];
	char run_as[65];   /* "" for none */
	char policy[2049]; /* of the session; "" for none */
	unsigned seconds;
	char key_id[21];    /* of the gateway's own credentials; "": none */
	const char *secret; /* the same: or NULL */
};

/* What it has seen; one for the program. */
struct fake_vault *fake_vault(void);
/* Answer the ask that waits.  RC_OK gives a lease. */
void fake_vault_answer(enum rc rc, const char *why);

#endif
