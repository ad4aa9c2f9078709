/* Leases; see lease.h. */
#include "broker/vault/lease.h"

#include <stdlib.h>
#include <string.h>

struct lease *
lease_new(void)
{
	return calloc(1, sizeof(struct lease));
}

void
lease_free(struct lease *l)
{
	if (l == NULL)
		return;
	secret_free(l->secret);
	secret_free(l->token);
	explicit_bzero(l, sizeof *l);
	free(l);
}
