/* The front as it would be if the library did not call what evp.c defines: it must refuse
 * to serve. */
#include "broker/front/evp.h"

enum rc
evp_open(struct err *err)
{
	(void)err;
	return RC_OK;
}

void
evp_serve(const uint8_t host[32], const uint8_t dummy[32], int sign_fd)
{
	(void)host;
	(void)dummy;
	(void)sign_fd;
}

void
evp_stop(void)
{
}

bool
evp_take(struct evp_capture *ret)
{
	(void)ret;
	return false;
}

bool
evp_overflow(void)
{
	return false;
}

unsigned
evp_signs(void)
{
	return 0;
}

void
evp_spoil(bool spoil)
{
	(void)spoil;
}
