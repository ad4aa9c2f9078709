/* Exact values, rules of the configuration, base64 and numbers of people through the engine
 * itself: the same however the text is cut, and as the slow reference says. */
#include "tests/support/unit.h"

#include "config.h"
#include "recorder/mask/seed.h"
#include "tests/mask/chunks.h"

#define SECRET "kR9/pQ+2xZbv7wTnLr4/Wm8YdGcHs1AqJf6Vu3+E"

static const char policy[] =
    "policies: [secrets, pii, email]\n"
    "rules:\n"
    "  - {id: acme, literal: [acme_, ACME.], class: 'A-Za-z0-9', min: 4, max: 8,"
    " boundary: both}\n"
    "  - {id: open, literal: [opn-], class: '0-9a-f', max: 600}\n"
#ifdef HAVE_PCRE2
    "  - {id: ticket, literal: TCK-, regex: 'TCK-\\d{2,}(?=;|$)'}\n"
    "  - {id: slow, literal: 'SLW ', regex: 'SLW (a+)+(a+)+(a+)+;'}\n"
#endif
    ;

static const char *const parts[] = { "acme_", "ACME.ab12", "acme_abcdefghi", "opn-",
	"opn-00ff", "0123456789abcdef", "TCK-12;", "TCK-", "123", "SLW ",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaa", ";", "ASIAQWERTYUIOPASDFGH", SECRET,
	"kR9/pQ+2xZbv7wTnLr4/\nWm8YdGcHs1AqJf6Vu3+E", "kR9%2FpQ%2B2xZbv7wTnLr4",
	"%2FWm8YdGcHs1AqJf6Vu3%2BE",
	"QVNJQVFXRVJUWVVJT1BBU0RGR0g=", "QUtJQUlPU0ZPRE5ON0VYQU1QTEU=", "QUtJQ", "FLSU",
	"BS0lB", "abcdefghijklmnopqrstuvwxyz",
	"LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpN",
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1J",
	"MIIEowIBAAKCAQEAwJ7N6d0FQUtJQUlPU0ZPRE5ON0VYQU1QTEUpB2RkQmFzZTY0",
	"YXdzX3NlY3JldF9hY2Nlc3Nfa2V5", "4111 1111 1111 1111", "4111111111111111",
	"5555-5555-5555-4444", "4", "37", "123-45-6789", "123-", "DE89",
	"DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "a.b@example.com", "@",
	"user@host", "example.org", " ", "\n", "\r\n", "\\n", "\\\\r\\\\n", "\\/", "\"",
	"\\\"", ":", ",", "=", ".", "-", "_", "\x1b[1m", "\x1b[0m", "\t", "\xc3\xa9",
	"\b", "[", "{\"card\":", "}" };

static struct mask_rules *
rules_new(void)
{
	static const uint8_t salt[16] = "sixteen of salt.";
	struct span rows[4 * SEED_FORMS];
	struct mask_more more = { .seeds = rows };
	struct mask_rules *r = NULL;
	struct mask_policy *p = NULL;
	struct err err = { "" };
	struct buf room;

	buf_init(&room, sizeof rows / sizeof rows[0] * SEED_ROW);
	assert_int_equal(
	    seed_make(salt, span_of("ASIAQWERTYUIOPASDFGH"), &room, &err), RC_OK);
	assert_int_equal(seed_make(salt, span_of(SECRET), &room, &err), RC_OK);
	for (size_t at = 0; at < room.len; at += SEED_ROW)
		rows[more.n_seeds++] = span_make(room.p + at, SEED_ROW);
	if (mask_policy_parse("test", span_of(policy), &p, &err) != RC_OK ||
	    mask_rules_new(p, &more, &r, &err) != RC_OK)
		fail_msg("%s", err.text);
	/* Nothing is borrowed from these. */
	mask_policy_free(p);
	buf_clear(&room);
	return r;
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
	size_t n = 0, many = 2 + next(x) % 16;

	text[0] = '\0';
	for (size_t i = 0; i < many && n + 128 < size; i++)
		n += (size_t)snprintf(
		    text + n, size - n, "%s", parts[next(x) % ROWS(parts)]);
}

static void
mixes(void **state)
{
	struct mask_rules *r = rules_new();
	uint32_t x = 2463534242;
	char text[1500];

	(void)state;
	for (int i = 0; i < 150; i++) {
		mix(&x, text, sizeof text);
		chunks_same(r, span_of(text), 3);
		/* The reference knows no backspaces. */
		if (strchr(text, '\b') == NULL)
			chunks_oracle(r, span_of(text));
	}
	mask_rules_free(r);
}

/* A run that is longer than what any verifier looks back. */
static void
long_runs(void **state)
{
	struct mask_rules *r = rules_new();
	char text[4000];

	(void)state;
	for (size_t before = 600; before < 3600; before += 211) {
		memset(text, 'z', sizeof text);
		text[0] = ' ';
		strcpy(text + before, "QUtJQUlPU0ZPRE5ON0VYQU1QTEU= end");
		chunks_same(r, span_of(text), 20);
		chunks_oracle(r, span_of(text));
	}
	mask_rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixes),
		cmocka_unit_test(long_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
