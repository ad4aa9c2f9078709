/* The list; see carry.h. */
#include "broker/gate/carry.h"

#include <string.h>
#include <strings.h>

/* A star at the end: every name that begins so. */
static const struct {
	const char *name;
	enum carry kind;
} list[] = {
	{ "host", CARRY_HOP },
	{ "connection", CARRY_HOP },
	{ "keep-alive", CARRY_HOP },
	{ "proxy-connection", CARRY_HOP },
	{ "proxy-authorization", CARRY_HOP },
	{ "content-length", CARRY_HOP },
	{ "transfer-encoding", CARRY_HOP },
	{ "expect", CARRY_HOP },
	{ "authorization", CARRY_HOP },
	{ "date", CARRY_HOP },
	{ "x-amz-date", CARRY_HOP },
	{ "x-amz-content-sha256", CARRY_HOP },
	{ "user-agent", CARRY_PLAIN },
	{ "accept", CARRY_PLAIN },
	{ "accept-encoding", CARRY_PLAIN },
	{ "accept-language", CARRY_PLAIN },
	{ "x-amzn-trace-id", CARRY_PLAIN },
	{ "amz-sdk-*", CARRY_PLAIN },
	{ "x-amz-user-agent", CARRY_SIGN },
	{ "x-amz-target", CARRY_SIGN },
	{ "x-amzn-query-mode", CARRY_SIGN },
	{ "x-amz-api-version", CARRY_SIGN },
	{ "x-amz-glacier-version", CARRY_SIGN },
	{ "x-amz-decoded-content-length", CARRY_SIGN },
	{ "x-amz-trailer", CARRY_SIGN },
	/* Sums over the body: newer ones than the model knows, too. */
	{ "x-amz-checksum-*", CARRY_SIGN },
	{ "x-amz-sdk-checksum-algorithm", CARRY_SIGN },
	{ "content-md5", CARRY_SIGN },
	{ "content-type", CARRY_SIGN },
	{ "content-encoding", CARRY_SIGN },
};

enum carry
carry_kind(struct span name)
{
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		size_t n = strlen(list[i].name);
		bool open = list[i].name[n - 1] == '*';

		n -= open;
		if ((open ? name.len > n : name.len == n) &&
		    strncasecmp((const char *)name.p, list[i].name, n) == 0)
			return list[i].kind;
	}
	return CARRY_NONE;
}
