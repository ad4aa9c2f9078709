/* Random mixes of what the families of tokens, armor, addresses and keys nearby look for:
 * whatever comes together, their verifiers stay steady and their ranges within the text. */
#include "tests/mask/rows.h"

static const char *const parts[] = { "AKIA", "ASIAQUMPMHS6PEXAMPLE",
	"AKIAQUMPMHS6PEXAMPLE", "ghp_", "eyJ", "eyJhbGciOiJIUzI1NiJ9", ".", "..",
	"Bearer ", "Basic ",
	"authorization: ", "dXNlcjpwYXNzd29yZA==", "X-Amz-Signature", "sig", "=", "%3D",
	"%253d", "%2", "%", "%26", "%2F", "%252B", "&", "://", "%3A%2F%2F", "u:p@", ":",
	"@", "/", "[", "${X}", "sha256:", "http",
	"jdbc:oracle:thin:", "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN ",
	"PRIVATE KEY", "-----", "-----END", "---- BEGIN ", "Private-Lines: 3",
	"Proc-Type: 4,ENCRYPTED", "\n", "\r\n", "\x1e", " ", "\t", "> ", "\"", "\\\"",
	"'", "+", "-", "_", "$6$", "$2b$12$", "SK", "SG.", "xoxb-",
	"hooks.slack.com/services/", "\xc3\xa9", "\x80", "\xff", "m", "[0m", "*",
	"IQoJb3JpZ2lu", ".atlasv1.", "sk-ant-", "AIza", "&#10;", "%0A",
	"wJalrXUtnFEMI/K7MDENG+bPxRfiCYzK8q2mLtVd" };
static const char *const classes[] = { "A-Z2-7", "A-Za-z0-9", "0-9a-f", "A-Za-z0-9+/",
	"a-z", "0-9", "A-Za-z0-9_-" };

static void
all_four(struct mask_build *b)
{
	tokens_build(b);
	armor_build(b);
	address_build(b);
	nearby_build(b);
}

static uint32_t
next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void
mix(uint32_t *x, char *text, size_t size)
{
	size_t n = 0, many = 3 + next(x) % 25;

	text[0] = '\0';
	for (size_t i = 0; i < many && n + 256 < size; i++) {
		const char *part = next(x) % 3 != 0
				       ? parts[next(x) % ROWS(parts)]
				       : rows_random(classes[next(x) % ROWS(classes)],
					     1 + next(x) % 90, next(x) % 65536);

		n += (size_t)snprintf(text + n, size - n, "%s", part);
	}
}

static void
mixes_are_steady(void **state)
{
	char text[4096];
	uint32_t x = 88172645;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		mix(&x, text, sizeof text);
		free(naive_family(all_four, NULL, text));
	}
}

/* What was masked once stays as it is: a second pass finds nothing in it. */
static void
labels_are_no_secrets(void **state)
{
	static const char *const masked[] = {
		"Authorization: Bearer [MASKED:bearer-token]",
		"postgres://u:[MASKED:url-password]@h/x",
		"-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\n-----END PRIVATE "
		"KEY-----",
		"X-Amz-Signature=[MASKED:signed-url]&X-Amz-Credential=[MASKED:aws-"
		"access-key-id]",
		"[MASKED:aws-access-key-id]\t[MASKED:aws-secret-key]",
		"Private-Lines: 3\n[MASKED:private-key]\nPrivate-MAC: 00",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(masked); i++)
		rows_one(all_four, masked[i], NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixes_are_steady),
		cmocka_unit_test(labels_are_no_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
