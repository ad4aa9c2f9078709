/* Reading HOST:PORT; see endpoint.h. */
#include "broker/monitor/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/base/quantity.h"

/* Cut at the last colon: what stands before it, and the port. */
static bool
cut_port(struct span s, struct span *host, uint16_t *port)
{
	const uint8_t *colon = s.len > 0 ? memrchr(s.p, ':', s.len) : NULL;
	size_t at = colon != NULL ? (size_t)(colon - s.p) : 0;
	uint64_t n;

	if (at == 0 || !quantity_uint(span_make(s.p + at + 1, s.len - at - 1), &n) ||
	    n < 1 || n > 65535)
		return false;
	*host = span_make(s.p, at);
	*port = (uint16_t)n;
	return true;
}

static bool
in_brackets(struct span *host)
{
	if (host->len < 3 || host->p[0] != '[' || host->p[host->len - 1] != ']')
		return false;
	*host = span_make(host->p + 1, host->len - 2);
	return true;
}

bool
endpoint_numeric(struct span s, struct sockaddr_storage *addr, socklen_t *len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char text[INET6_ADDRSTRLEN];
	struct span host;
	uint16_t port;
	bool brackets;

	if (!cut_port(s, &host, &port))
		return false;
	brackets = in_brackets(&host);
	if (!span_copy(host, text, sizeof text))
		return false;
	memset(addr, 0, sizeof *addr);
	if (brackets && inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
		v6.sin6_port = htons(port);
		memcpy(addr, &v6, sizeof v6);
		*len = sizeof v6;
		return true;
	}
	if (!brackets && inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		v4.sin_port = htons(port);
		memcpy(addr, &v4, sizeof v4);
		*len = sizeof v4;
		return true;
	}
	return false;
}

/* Labels of 1 to 63 bytes with single dots between them.  The last one must hold a
 * letter, or 999.1.1.1 would pass as a name. */
static bool
host_name(char *s)
{
	size_t label = 0;
	bool letter = false;

	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0 || s[-1] == '-')
				return false;
			label = 0;
			letter = false;
			continue;
		}
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));
		if (*s >= 'a' && *s <= 'z')
			letter = true;
		else if ((*s < '0' || *s > '9') && *s != '_' &&
			 (*s != '-' || label == 0))
			return false;
		if (++label > 63)
			return false;
	}
	return label > 0 && letter && s[-1] != '-';
}

bool
endpoint_parse(struct span s, char host[ENDPOINT_HOST], uint16_t *port)
{
	struct sockaddr_storage addr;
	struct span name;
	socklen_t len;

	if (!cut_port(s, &name, port))
		return false;
	if (endpoint_numeric(s, &addr, &len)) {
		(void)in_brackets(&name);
		return span_copy(name, host, ENDPOINT_HOST);
	}
	return span_copy(name, host, ENDPOINT_HOST) && host_name(host);
}
