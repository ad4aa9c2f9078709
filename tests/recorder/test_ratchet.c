#include "tests/recorder/support.h"

#include <jansson.h>

#include "recorder/b64.h"
#include "recorder/header.h"
#include "recorder/ratchet.h"

/* The sample's data key and header. */
static struct secret *
sample(struct header *h)
{
	struct secret *dek = NULL;
	struct buf text, file;
	json_t *keys;

	sample_read("keys.json", &text);
	sample_read("sample.cast", &file);
	assert_non_null(keys = json_loadb((char *)text.p, text.len, 0, NULL));
	assert_int_equal(secret_new(32, &dek, NULL), RC_OK);
	assert_true(b64_fixed(span_of(json_string_value(json_object_get(keys, "dek"))),
	    secret_bytes(dek), 32));
	assert_int_equal(
	    header_parse(
		span_make(file.p,
		    (size_t)((uint8_t *)memchr(file.p, '\n', file.len) - file.p)),
		h, NULL),
	    RC_OK);
	json_decref(keys);
	buf_clear(&text);
	buf_clear(&file);
	return dek;
}

static void
the_sample_commits_to_its_key(void **state)
{
	struct header h;
	struct secret *dek = sample(&h);
	uint8_t commit[32];

	(void)state;
	ratchet_commit(dek, h.sid, commit);
	assert_memory_equal(commit, h.commit, 32);
	h.sid[0] ^= 1;
	ratchet_commit(dek, h.sid, commit);
	assert_memory_not_equal(commit, h.commit, 32);
	secret_free(dek);
}

static void
no_two_keys_are_equal(void **state)
{
	uint8_t keys[6][RATCHET_KEY];
	struct ratchet *r = NULL, *other = NULL;
	struct header h;
	struct secret *dek = sample(&h);

	(void)state;
	assert_int_equal(ratchet_new(dek, h.h0, &r, NULL), RC_OK);
	ratchet_final(r, keys[0]);
	ratchet_next(r, keys[1]);
	ratchet_next(r, keys[2]);
	ratchet_final(r, keys[3]);
	h.h0[31] ^= 1;
	assert_int_equal(ratchet_new(dek, h.h0, &other, NULL), RC_OK);
	ratchet_next(other, keys[4]);
	ratchet_final(other, keys[5]);
	for (unsigned i = 0; i < 6; i++)
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(keys[i], keys[k], RATCHET_KEY);
	ratchet_free(r);
	ratchet_free(other);
	secret_free(dek);
}

static void
a_short_key_is_refused(void **state)
{
	struct secret *s = NULL;
	struct ratchet *r = NULL;
	uint8_t h0[32] = { 0 };

	(void)state;
	assert_int_equal(secret_new(31, &s, NULL), RC_OK);
	assert_int_equal(ratchet_new(s, h0, &r, NULL), RC_REFUSE);
	assert_null(r);
	secret_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_commits_to_its_key),
		cmocka_unit_test(no_two_keys_are_equal),
		cmocka_unit_test(a_short_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
