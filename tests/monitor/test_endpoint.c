#include "tests/support/unit.h"

#include <netinet/in.h>

#include "broker/monitor/endpoint.h"

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
host_and_port_are_read(void **state)
{
	static const struct {
		const char *text;
		bool good, numeric;
		const char *host;
		uint16_t port;
	} rows[] = {
		{ "127.0.0.1:2222", true, true, "127.0.0.1", 2222 },
		{ "0.0.0.0:1", true, true, "0.0.0.0", 1 },
		{ "[::1]:65535", true, true, "::1", 65535 },
		{ "[2001:db8::1]:22", true, true, "2001:db8::1", 22 },
		{ "sts.eu-west-1.amazonaws.com:443", true, false,
		    "sts.eu-west-1.amazonaws.com", 443 },
		{ "STS.Example.COM:443", true, false, "sts.example.com", 443 },
		{ "localhost:80", true, false, "localhost", 80 },
		{ L63 ".com:1", true, false, L63 ".com", 1 },
		{ L63 "a.com:1", false, false, NULL, 0 },
		{ "127.0.0.1", false, false, NULL, 0 },
		{ "127.0.0.1:", false, false, NULL, 0 },
		{ "127.0.0.1:0", false, false, NULL, 0 },
		{ "127.0.0.1:65536", false, false, NULL, 0 },
		{ "127.0.0.1:022", false, false, NULL, 0 },
		{ "127.0.0.1:+22", false, false, NULL, 0 },
		{ "127.0.0.1: 22", false, false, NULL, 0 },
		{ "127.0.0.256:22", false, false, NULL, 0 },
		{ "127.1:22", false, false, NULL, 0 },
		{ "[127.0.0.1]:22", false, false, NULL, 0 },
		{ "::1:22", false, false, NULL, 0 },
		{ "[::1:22", false, false, NULL, 0 },
		{ "[]:22", false, false, NULL, 0 },
		{ "[fe80::1%lo]:22", false, false, NULL, 0 },
		{ ":22", false, false, NULL, 0 },
		{ "22", false, false, NULL, 0 },
		{ "", false, false, NULL, 0 },
		{ "a..b:22", false, false, NULL, 0 },
		{ ".a:22", false, false, NULL, 0 },
		{ "a.:22", false, false, NULL, 0 },
		{ "-a.com:22", false, false, NULL, 0 },
		{ "a-.com:22", false, false, NULL, 0 },
		{ "a.com-:22", false, false, NULL, 0 },
		{ "a b.com:22", false, false, NULL, 0 },
		{ "a/b:22", false, false, NULL, 0 },
		{ "user@host:22", false, false, NULL, 0 },
		{ "https://host:22", false, false, NULL, 0 },
		{ "*:22", false, false, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct sockaddr_storage addr;
		char host[ENDPOINT_HOST];
		socklen_t len;
		uint16_t port = 0;
		struct span s = span_of(rows[i].text);

		if (endpoint_parse(s, host, &port) != rows[i].good ||
		    endpoint_numeric(s, &addr, &len) != rows[i].numeric)
			fail_msg("row %zu: %s", i, rows[i].text);
		if (!rows[i].good)
			continue;
		assert_string_equal(host, rows[i].host);
		assert_int_equal(port, rows[i].port);
	}
}

static void
addresses_are_ready_to_bind(void **state)
{
	struct sockaddr_storage addr;
	socklen_t len = 0;

	(void)state;
	assert_true(endpoint_numeric(span_of("127.0.0.1:2222"), &addr, &len));
	assert_int_equal(len, sizeof(struct sockaddr_in));
	assert_int_equal(((struct sockaddr_in *)&addr)->sin_port, htons(2222));
	assert_int_equal(
	    ((struct sockaddr_in *)&addr)->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_true(endpoint_numeric(span_of("[::]:22"), &addr, &len));
	assert_int_equal(len, sizeof(struct sockaddr_in6));
	assert_int_equal(((struct sockaddr_in6 *)&addr)->sin6_family, AF_INET6);
	assert_false(endpoint_numeric(span_make("127.0.0.1\0:2222", 15), &addr, &len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_and_port_are_read),
		cmocka_unit_test(addresses_are_ready_to_bind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
