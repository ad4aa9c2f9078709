/* Hosts of port connections; see forwardhost.h.  The agent of the target refuses the
 * addresses of its metadata by itself; it is not asked to. */
#include "policies/forwardhost.h"

#include <arpa/inet.h>
#include <string.h>

/* Names that stand for the addresses below. */
static const char *const metadata[] = { "instance-data", "metadata",
	"metadata.google.internal" };
#define METADATA_OF_REGION                                                             \
	"instance-data." /* ec2.internal, eu-west-1.compute.internal */

/* Addresses that no route leaves: link-local ones of both kinds, and where AWS puts
 * what it tells a machine. */
static bool
is_local4(const uint8_t a[4])
{
	return a[0] == 169 && a[1] == 254;
}

static bool
is_local6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF }, old[12] = { 0 },
			     nat[12] = { 0x00, 0x64, 0xFF, 0x9B },
			     ec2[4] = { 0xFD, 0x00, 0x0E, 0xC2 };

	if ((a[0] == 0xFE && (a[1] & 0xC0) == 0x80) || memcmp(a, ec2, 4) == 0)
		return true;
	return (memcmp(a, mapped, 12) == 0 || memcmp(a, old, 12) == 0 ||
		   memcmp(a, nat, 12) == 0) &&
	       is_local4(a + 12);
}

/* inet_aton() reads what resolvers read: 0xA9FEA9FE, 2852039166, 0251.0376.43518. */
static bool
is_metadata(const char *host)
{
	struct in_addr four;
	struct in6_addr six;

	for (size_t i = 0; i < sizeof metadata / sizeof metadata[0]; i++)
		if (strcmp(host, metadata[i]) == 0)
			return true;
	if (strncmp(host, METADATA_OF_REGION, strlen(METADATA_OF_REGION)) == 0)
		return true;
	if (inet_aton(host, &four) != 0)
		return is_local4((const uint8_t *)&four.s_addr);
	return inet_pton(AF_INET6, host, &six) == 1 && is_local6(six.s6_addr);
}

/* A name or an address: what a rule can name.  Brackets and the dot that ends a name
 * are taken away. */
static bool
take_host(struct span s, char ret[FORWARDHOST_HOST])
{
	if (s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']')
		s = span_make(s.p + 1, s.len - 2);
	if (s.len > 1 && s.p[s.len - 1] == '.')
		s.len--;
	if (s.len == 0 || s.p[0] == '-' || s.p[s.len - 1] == '.' ||
	    !span_copy(s, ret, FORWARDHOST_HOST))
		return false;
	for (char *p = ret; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
			strchr(".-_:", *p) != NULL))
			return false;
	}
	return true;
}

enum rc
forwardhost_read(
    struct span host, uint32_t port, struct forwardhost *ret, struct refusal *r)
{
	struct forwardhost to = { .port = port };
	const uint8_t *at = host.len == 0 ? NULL : memrchr(host.p, '@', host.len);
	struct span target = host;

	if (at != NULL) {
		size_t n = (size_t)(at - host.p);

		target = span_make(at + 1, host.len - n - 1);
		if (!take_host(span_make(host.p, n), to.host))
			return refusal_set(r, STATUS_USAGE,
			    "before the @ stands the name or address of a host behind "
			    "the target");
	}
	if (port < 1 || port > 65535)
		return refusal_set(r, STATUS_USAGE, "a port is 1 to 65535");
	if (!ssmwords_target_ok(target) ||
	    !span_copy(target, to.target, sizeof to.target))
		return refusal_set(r, STATUS_USAGE,
		    "behind the @, or alone, stands the id or the name of a target");
	if (to.host[0] != '\0' && is_metadata(to.host))
		return refusal_set(r, STATUS_DENIED,
		    "nobody reaches the metadata of a machine through the broker");
	*ret = to;
	return RC_OK;
}
