/* Blocks of addresses; see netblock.h. */
#include "policies/netblock.h"

#include <arpa/inet.h>
#include <string.h>

#define TEXT 64

static bool
read_prefix(const char *p, unsigned most, unsigned *ret)
{
	unsigned n = 0;
	size_t digits = strspn(p, "0123456789");

	if (digits == 0 || digits > 3 || p[digits] != '\0' ||
	    (p[0] == '0' && digits > 1))
		return false;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (unsigned)(p[i] - '0');
	*ret = n;
	return n <= most;
}

bool
netblock_read(struct span s, struct netblock *ret)
{
	struct netblock b = { .prefix = 32 };
	char text[TEXT], *slash;

	if (!span_copy(s, text, sizeof text))
		return false;
	if ((slash = strchr(text, '/')) != NULL)
		*slash = '\0';
	if (strchr(text, ':') != NULL) {
		b.v6 = true;
		b.prefix = 128;
	}
	if (inet_pton(b.v6 ? AF_INET6 : AF_INET, text, b.addr) != 1)
		return false;
	if (slash != NULL && !read_prefix(slash + 1, b.prefix, &b.prefix))
		return false;
	*ret = b;
	return true;
}

/* The byte i of an address, without what is behind the prefix. */
static uint8_t
masked(const struct netblock *b, size_t i, unsigned prefix)
{
	unsigned bits = prefix > i * 8 ? prefix - (unsigned)i * 8 : 0;

	return bits >= 8 ? b->addr[i] : b->addr[i] & (uint8_t)(0xff00u >> bits);
}

bool
netblock_whole(const struct netblock *b)
{
	for (size_t i = 0; i < sizeof b->addr; i++)
		if (masked(b, i, b->prefix) != b->addr[i])
			return false;
	return true;
}

bool
netblock_holds(const struct netblock *a, const struct netblock *b)
{
	if (a->v6 != b->v6 || b->prefix < a->prefix)
		return false;
	for (size_t i = 0; i < sizeof a->addr; i++)
		if (masked(a, i, a->prefix) != masked(b, i, a->prefix))
			return false;
	return true;
}
