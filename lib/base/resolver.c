/* The C library's resolver, tamed; see resolver.h. */
#include "lib/base/resolver.h"

#include <netdb.h>
#include <nss.h>
#include <resolv.h>

enum rc
resolver_prepare(struct err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	if (__nss_configure_lookup("hosts", "files dns") != 0)
		return err_set(err, RC_FAIL, "set where names are looked up");
	/* Only for what is read on the way; what it finds does not matter. */
	if (getaddrinfo("localhost", "443", &hints, &found) == 0)
		freeaddrinfo(found);
	(void)res_init();
	return RC_OK;
}
