/* What Kubernetes keeps in secrets, and what it does not. */
#include "tests/mask/naive.h"

#define M "[MASKED:field]"

struct row {
	const char *in, *out; /* out NULL: nothing is masked */
};

static void
both(struct mask_build *b)
{
	fields_build(b);
	siblings_build(b);
}

static void
check(const struct row *rows, size_t n)
{
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		const char *want = rows[i].out == NULL ? rows[i].in : rows[i].out;
		char *out = naive_family(both, NULL, rows[i].in);

		if (strcmp(out, want) != 0) {
			print_message(
			    "in:   %s\nout:  %s\nwant: %s\n", rows[i].in, out, want);
			failed++;
		}
		free(out);
	}
	assert_int_equal(failed, 0);
}

#define CASES(name)                                                                    \
	static void name(void **state)                                                 \
	{                                                                              \
		(void)state;                                                           \
		check(name##_rows, ROWS(name##_rows));                                 \
	}

static const struct row kube_rows[] = {
	{ "apiVersion: v1\ndata:\n  extra: aHVudGVyMg==\n  username: YWRtaW4=\nkind: "
	  "Secret\n",
	    "apiVersion: v1\ndata:\n  extra: " M "\n  username: " M
	    "\nkind: Secret\n" },
	{ "- apiVersion: v1\n  data:\n    tls.crt: aHVudGVyMg==\n  kind: Secret\n",
	    "- apiVersion: v1\n  data:\n    tls.crt: " M "\n  kind: Secret\n" },
	{ "apiVersion: v1\r\ndata:\r\n  extra: aHVudGVyMg==\r\nkind: Secret\r\n",
	    "apiVersion: v1\r\ndata:\r\n  extra: " M "\r\nkind: Secret\r\n" },
	/* Random bytes. */
	{ "apiVersion: v1\ndata:\n  k: /f39gICAgQ3aB4mZ1xPq8Q==\nkind: Secret\n",
	    "apiVersion: v1\ndata:\n  k: " M "\nkind: Secret\n" },
	{ "kind: Secret\nmetadata:\n  name: x\nstringData:\n  user: bob\n  pin: a "
	  "b\ntype: Opaque\n",
	    "kind: Secret\nmetadata:\n  name: x\nstringData:\n  user: " M "\n  pin: " M
	    "\ntype: Opaque\n" },
	{ "kind: Secret\nmetadata:\n  name: x\ndata:\n  user: Ym9i\n",
	    "kind: Secret\nmetadata:\n  name: x\ndata:\n  user: " M "\n" },
	{ "{\n \"apiVersion\": \"v1\",\n \"data\": {\n  \"user\": \"YWRtaW4=\",\n  "
	  "\"tls.key\": \"aHVudGVyMg==\"\n },\n \"kind\": \"Secret\"\n}",
	    "{\n \"apiVersion\": \"v1\",\n \"data\": {\n  \"user\": \"" M
	    "\",\n  \"tls.key\": \"" M "\"\n },\n \"kind\": \"Secret\"\n}" },
	{ "{\"apiVersion\":\"v1\",\"data\":{\"user\":\"YWRtaW4=\"},\"kind\":"
	  "\"Secret\"}",
	    "{\"apiVersion\":\"v1\",\"data\":{\"user\":\"" M
	    "\"},\"kind\":\"Secret\"}" },
	/* What is none. */
	{ "apiVersion: v1\ndata:\n  LOG_LEVEL: info\n  PORT: \"8080\"\n  MODE: "
	  "production\n"
	  "  f.json: |\n    {\"a\": \"b\"}\n  region: eu-west-1\n  debug: "
	  "\"true\"\nkind: ConfigMap\n",
	    NULL },
	{ "apiVersion: v1\ndata:\n  a: test\n  b: aaaa\n  c: some\nkind: ConfigMap\n",
	    NULL },
	{ "data:\n  user: YWRtaW4=\n", NULL },
	{ "apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nother:\n  user: YWRtaW4=\n",
	    NULL },
	{ "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"b\"},\"kind\":\"ConfigMap\",\"x\":"
	  "\"YWRtaW4=\"}",
	    NULL },
	{ "Name: x\nType: Opaque\n\nData\n====\npassword:  12 bytes\nusername:  5 "
	  "bytes\n",
	    NULL },
};
CASES(kube)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kube),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
