/* All families together: what a stream makes of texts is what the slow reference makes of
 * them, however they are cut. */
#include "tests/support/unit.h"

#include <jansson.h>

#include "recorder/mask/mask.h"
#include "tests/mask/chunks.h"

/* The widest policy: everything can meet everything. */
#define ALL                                                                            \
	"policies: [secrets, pii, email]\n"                                            \
	"rules:\n"                                                                     \
	"  - {id: acme-key, literal: [acme_], class: \"A-Za-z0-9\", min: 8, max: 32, " \
	"boundary: both}\n"                                                            \
	"keys: {add: [kundennummer], weak: [code], never: [SyncToken]}\n"              \
	"allow: [{literal: AKIAIOSFODNN7EXAMPLE}, {literal: changeit}]\n"

static struct mask_rules *
rules(const char *policy)
{
	struct mask_policy *p = NULL;
	struct mask_rules *r = NULL;
	struct err err = { "" };

	assert_int_equal(mask_policy_parse("test", span_of(policy), &p, &err), RC_OK);
	assert_int_equal(mask_rules_new(p, NULL, &r, &err), RC_OK);
	mask_policy_free(p);
	return r;
}

/* The text of a case of the sample. */
static void
join(const json_t *row, struct buf *out)
{
	const json_t *chunk;
	size_t i;

	buf_reset(out);
	json_array_foreach(json_object_get(row, "input"), i, chunk)
		buf_put(out, json_string_value(chunk), json_string_length(chunk));
}

static FILE *
sample(void)
{
	const char *source = getenv("top_srcdir");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/vectors/masking-sample.jsonl",
	    source != NULL ? source : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	return f;
}

static void
test_sample(void **state)
{
	struct mask_rules *all = rules(ALL), *plain = rules("{}");
	FILE *f = sample();
	json_error_t error;
	json_t *row;
	struct buf in;
	size_t n = 0;

	(void)state;
	srand(4);
	buf_init(&in, 1 << 20);
	while ((row = json_loadf(f, JSON_DISABLE_EOF_CHECK, &error)) != NULL) {
		if (json_object_get(row, "enc") == NULL) {
			join(row, &in);
			chunks_oracle(all, buf_span(&in));
			chunks_oracle(plain, buf_span(&in));
			chunks_same(all, buf_span(&in), 60);
			n++;
		}
		json_decref(row);
	}
	assert_true(n > 20);
	fclose(f);
	buf_clear(&in);
	mask_rules_free(all);
	mask_rules_free(plain);
}

static const char *const bits[] = { "AKIA", "AKIAQ3EGRLZ7WNKXJ5TV", "IOSFODNN7EXAMPLE", "ASIA",
	"QUtJQ", "FLSU", "BS0lB", "eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0",
	".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c", "ghp_", "xoxb-", "sk-proj-", "acme_",
	"wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz8kQ2mYpL", "-----BEGIN RSA PRIVATE KEY-----",
	"-----END RSA PRIVATE KEY-----", "-----BEGIN ", "password", "SecretString", "token",
	"Token", "NextToken", "secret", "kundennummer", "code", "\"name\": \"DB_PASSWORD\"",
	"\"value\": \"", "\"Type\": \"SecureString\"", "kind: Secret", "data:", "stringData:",
	"postgres://app:", "hunter2", "@db", "https://", "Bearer ", "Basic ",
	"X-Amz-Signature=", "4111111111111111", "4111 1111 1111 1111", "123-45-6789",
	"DE89370400440532013000", "someone@example.com", "arn:aws:", "true", "null",
	"${X}", "$(x)", "changeit", "\": \"", "\\\": \\\"", "\\\\\\\": \\\\\\\"", "=", ": ",
	":", " => ", "\"", "\\\"", "\\\\\\\"", "'", "|", " ", "  ", "\n", "\n  ", "\r\n",
	"\\n", "\\\\n", "\\t", "\\/", "\\u002B", "\\u0022", "\\u001b[1m", "\033[31m",
	"\033[0m", "\033]0;t\a", "\033[2;3H", "\033[5C", "\033", "\\", "\\u00", "\xc3\xa9",
	"\xc3", "{", "}", "[", "]", ",", ";", "-", "--", "_", ".", "/", "x", "7", "1234567",
	"abcdefghijklmnop", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "<key>", "</key>", "PRIVATE",
	"aws", "k=", "\b" };

static void
random_text(struct buf *out, size_t n, bool erase)
{
	for (buf_reset(out); n > 0; n--) {
		const char *bit = bits[(size_t)rand() % ROWS(bits)];

		if (erase || *bit != '\b')
			buf_text(out, bit);
	}
}

static void
test_random(void **state)
{
	const char *rounds = getenv("MASK_ROUNDS");
	struct mask_rules *all = rules(ALL);
	struct buf in;

	(void)state;
	srand(rounds != NULL ? (unsigned)atoi(rounds) : 5);
	buf_init(&in, 1 << 20);
	for (int i = rounds != NULL ? atoi(rounds) : 150; i > 0; i--) {
		bool erase = i % 4 == 0;

		random_text(&in, 1 + (size_t)rand() % 40, erase);
		if (!erase)
			chunks_oracle(all, buf_span(&in));
		chunks_same(all, buf_span(&in), 6);
	}
	buf_clear(&in);
	mask_rules_free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
