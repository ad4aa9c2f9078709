#include "tests/recorder/support.h"

#include "recorder/keyfile.h"
#include "recorder/b64.h"
#include "recorder/trust.h"

static void
key_text(struct keyfile **k, char out[45])
{
	struct buf b;

	*k = NULL;
	assert_int_equal(keyfile_new(KEYFILE_DEVICE, span_of("b1"), k, NULL), RC_OK);
	buf_init(&b, 64);
	b64_put(&b, span_make(keyfile_public(*k), 32));
	strcpy(out, buf_cstr(&b));
	buf_clear(&b);
}

static void
what_is_put_is_parsed(void **state)
{
	struct keyfile *k[2];
	struct trust *t = NULL, *back = NULL;
	uint8_t dkid[8];
	char text[45];
	struct buf b;

	(void)state;
	key_text(&k[0], text);
	key_text(&k[1], text);
	assert_int_equal(trust_new(&t, NULL), RC_OK);
	assert_int_equal(
	    trust_add(t, false, span_of("b1"), keyfile_public(k[0]), NULL), RC_OK);
	assert_int_equal(
	    trust_add(t, false, span_of("b1"), keyfile_public(k[1]), NULL), RC_OK);
	assert_int_equal(
	    trust_add(t, true, span_of("b2"), keyfile_public(k[1]), NULL), RC_OK);
	assert_int_equal(
	    trust_add(t, false, span_of("b1"), keyfile_public(k[0]), NULL), RC_REFUSE);
	buf_init(&b, TRUST_TEXT_MAX);
	trust_put(t, &b);
	assert_int_equal(trust_parse(buf_span(&b), &back, NULL), RC_OK);
	assert_int_equal(trust_count(back), 3);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(trust_dkid(keyfile_public(k[i]), dkid, NULL), RC_OK);
		assert_memory_equal(
		    trust_device(back, "b1", dkid), keyfile_public(k[i]), 32);
		assert_null(trust_device(back, "b2", dkid));
		assert_null(trust_device(NULL, "b1", dkid));
	}
	trust_free(t);
	trust_free(back);
	buf_clear(&b);
	keyfile_free(k[0]);
	keyfile_free(k[1]);
}

static void
malformed_texts_are_refused(void **state)
{
	static const struct {
		const char *text; /* <1>: a good key */
		enum rc rc;
		const char *says;
	} rows[] = {
		{ "hoop-trust 1\ndevice b <1>\n", RC_OK, "" },
		{ "hoop-trust 1\nlog b <1>\n", RC_OK, "" },
		{ "", RC_REFUSE, "line 1" },
		{ "hoop-trust 1", RC_REFUSE, "line 1" },
		{ "hoop-trust 1\n", RC_REFUSE, "no key" },
		{ "hoop-trust 2\ndevice b <1>\n", RC_REFUSE, "line 1" },
		{ "hoop-trust 1\r\ndevice b <1>\n", RC_REFUSE, "line 1" },
		{ "hoop-trust 1\ndevice b <1>", RC_REFUSE, "line 2: no end" },
		{ "hoop-trust 1\n\ndevice b <1>\n", RC_REFUSE, "line 2" },
		{ "hoop-trust 1\n# comment\n", RC_REFUSE, "line 2" },
		{ "hoop-trust 1\ndevices b <1>\n", RC_REFUSE, "line 2" },
		{ "hoop-trust 1\ndevice b <1> x\n", RC_REFUSE, "line 2" },
		{ "hoop-trust 1\ndevice  b <1>\n", RC_REFUSE, "line 2" },
		{ "hoop-trust 1\ndevice b\"c <1>\n", RC_REFUSE, "name" },
		{ "hoop-trust 1\ndevice b AAAA\n", RC_REFUSE, "base64" },
		{ "hoop-trust 1\ndevice b <1>\ndevice b <1>\n", RC_REFUSE,
		    "line 3: the same key" },
		/* Points with which anybody can sign. */
		{ "hoop-trust 1\ndevice b "
		  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		    RC_REFUSE, "Ed25519" },
		{ "hoop-trust 1\ndevice b "
		  "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		    RC_REFUSE, "Ed25519" },
	};
	struct keyfile *k;
	char key[45];

	(void)state;
	key_text(&k, key);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct trust *t = NULL;
		struct err err = { "" };
		struct buf text;

		fill_in(rows[i].text, key, key, &text);
		if (trust_parse(buf_span(&text), &t, &err) != rows[i].rc ||
		    strstr(err.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		trust_free(t);
		buf_clear(&text);
	}
	keyfile_free(k);
}

static void
sizes_are_bounded(void **state)
{
	struct trust *t = NULL;
	char *big = calloc(1, TRUST_TEXT_MAX + 2), name[16], text[45];

	(void)state;
	memset(big, 'a', TRUST_TEXT_MAX + 1);
	assert_int_equal(trust_parse(span_of(big), &t, NULL), RC_REFUSE);
	free(big);
	assert_int_equal(trust_new(&t, NULL), RC_OK);
	for (unsigned i = 0; i <= TRUST_KEYS_MAX; i++) {
		struct keyfile *k;

		key_text(&k, text);
		snprintf(name, sizeof name, "b%u", i);
		assert_int_equal(
		    trust_add(t, false, span_of(name), keyfile_public(k), NULL),
		    i < TRUST_KEYS_MAX ? RC_OK : RC_REFUSE);
		keyfile_free(k);
	}
	trust_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_parsed),
		cmocka_unit_test(malformed_texts_are_refused),
		cmocka_unit_test(sizes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
