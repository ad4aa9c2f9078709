/* Addresses of metadata services; see metadata.h. */
#include "lib/base/metadata.h"

#include <arpa/inet.h>
#include <string.h>

/* 127.N.N.N in decimal */
static bool
loopback4(const char *host, size_t n)
{
	char text[16];
	struct in_addr a;

	if (n >= sizeof text)
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	return inet_pton(AF_INET, text, &a) == 1 && ntohl(a.s_addr) >> 24 == 127;
}

bool
metadata_url(const char *url)
{
	static const char *const hosts[] = { "localhost", "[::1]", "169.254.169.254",
		"169.254.170.2", "169.254.170.23", "[fd00:ec2::254]",
		"[fd00:ec2::23]" };
	const char *host = url + strlen("http://"), *rest;
	bool known;
	size_t n;

	if (strncmp(url, "http://", strlen("http://")) != 0)
		return false;
	n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?");
	if (n > strlen(host))
		return false;
	known = loopback4(host, n);
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		known =
		    known || (strlen(hosts[i]) == n && strncmp(host, hosts[i], n) == 0);
	rest = host + n;
	if (*rest == ':') {
		n = strspn(rest + 1, "0123456789");
		known = known && n > 0 && n < 6;
		rest += 1 + n;
	}
	return known && (*rest == '\0' || *rest == '/' || *rest == '?');
}
