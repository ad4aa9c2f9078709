#include "tests/recorder/support.h"

#include <sodium.h>
#include <unistd.h>

#include "recorder/reader.h"
#include "recorder/rewrap.h"

struct world {
	struct buf sample;
	struct keyfile *key, *other;
	struct trust *trust;
	struct header header;
	struct recipient to;
	struct buf text;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct proof p;
	int fd;

	sample_read("sample.cast", &w->sample);
	w->key = sample_key();
	w->trust = sample_trust();
	fd = file_of(buf_span(&w->sample));
	assert_int_equal(proof_file(fd, w->trust, &w->header, &p, NULL), RC_OK);
	close(fd);
	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of("new"), &w->other, NULL), RC_OK);
	strcpy(w->to.label, "new");
	strcpy(w->to.epoch, "2027-01");
	memcpy(w->to.pk, keyfile_public(w->other), 32);
	buf_init(&w->text, REWRAP_TEXT_MAX);
	assert_int_equal(
	    rewrap_make(&w->header, w->key, &w->to, 1, &w->text, NULL), RC_OK);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	buf_clear(&w->sample);
	buf_clear(&w->text);
	keyfile_free(w->key);
	keyfile_free(w->other);
	trust_free(w->trust);
	free(w);
	return 0;
}

/* Open the sample with this key and what r adds to it. */
static enum proof_code
open_with(const struct world *w, const struct rewrap *r, const struct keyfile *key)
{
	int fd = file_of(buf_span(&w->sample));
	enum proof_code code = PROOF_WHOLE;
	struct reader *reader = NULL;
	struct span plain;
	struct proof p;

	assert_int_equal(reader_open(fd, &reader, NULL), RC_OK);
	assert_int_equal(reader_verify(reader, w->trust, &p, NULL), RC_OK);
	for (size_t i = 0; r != NULL && i < r->n; i++)
		assert_int_equal(reader_add(reader, &r->one[i].stanza, NULL), RC_OK);
	if (reader_unlock(reader, key, &code, NULL) == RC_OK)
		assert_int_equal(reader_next(reader, &plain, NULL, NULL), RC_OK);
	reader_close(reader);
	close(fd);
	return code;
}

static void
a_new_key_opens_the_old_file(void **state)
{
	struct world *w = *state;
	struct rewrap r;
	uint8_t pk[32];

	assert_int_equal(open_with(w, NULL, w->other), PROOF_NO_KEY);
	assert_int_equal(rewrap_parse(buf_span(&w->text), &r, NULL), RC_OK);
	assert_int_equal(rewrap_fit(&r, &w->header, NULL), RC_OK);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.one[0].label, "new");
	assert_string_equal(r.one[0].stanza.epoch, "2027-01");
	assert_int_equal(open_with(w, &r, w->other), PROOF_WHOLE);
	assert_int_equal(open_with(w, &r, w->key), PROOF_WHOLE);
	/* Who gave access can be told by whoever knows this key of theirs. */
	assert_int_equal(rewrap_signer(w->key, pk, NULL), RC_OK);
	assert_memory_equal(r.signer, pk, 32);
	assert_int_equal(rewrap_signer(w->other, pk, NULL), RC_OK);
	assert_memory_not_equal(r.signer, pk, 32);
}

/* The one who was given access can give it on only by a file of their own: the stanza
 * does not stand in the header. */
static void
who_cannot_open_cannot_rewrap(void **state)
{
	struct world *w = *state;
	struct keyfile *admin = NULL;
	struct header h = w->header;
	struct buf out;

	buf_init(&out, REWRAP_TEXT_MAX);
	assert_int_equal(rewrap_make(&h, w->other, &w->to, 1, &out, NULL), RC_REFUSE);
	assert_int_equal(keyfile_new(KEYFILE_ADMIN, span_of("a"), &admin, NULL), RC_OK);
	assert_int_equal(rewrap_make(&h, admin, &w->to, 1, &out, NULL), RC_REFUSE);
	assert_int_equal(rewrap_make(&h, w->key, &w->to, 0, &out, NULL), RC_REFUSE);
	assert_int_equal(rewrap_make(&h, w->key, &w->to, 33, &out, NULL), RC_REFUSE);
	/* A data key that is not the header's is not handed on. */
	h.commit[0] ^= 1;
	assert_int_equal(rewrap_make(&h, w->key, &w->to, 1, &out, NULL), RC_REFUSE);
	h = w->header;
	h.rcpts = 2;
	h.rcpt[1].type = 2;
	assert_int_equal(rewrap_make(&h, w->key, &w->to, 1, &out, NULL), RC_REFUSE);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
	keyfile_free(admin);
}

static void
every_change_is_refused(void **state)
{
	struct world *w = *state;
	struct rewrap r;

	for (size_t i = 0; i < w->text.len * 8; i++) {
		w->text.p[i / 8] ^= (uint8_t)(1 << i % 8);
		if (rewrap_parse(buf_span(&w->text), &r, NULL) != RC_REFUSE)
			fail_msg("bit %zu", i);
		w->text.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < w->text.len; n++)
		assert_int_equal(
		    rewrap_parse(span_make(w->text.p, n), &r, NULL), RC_REFUSE);
	buf_text(&w->text, "x\n");
	assert_int_equal(rewrap_parse(buf_span(&w->text), &r, NULL), RC_REFUSE);
}

static void
it_is_for_one_recording(void **state)
{
	struct world *w = *state;
	struct header h = w->header;
	struct rewrap r;

	assert_int_equal(rewrap_parse(buf_span(&w->text), &r, NULL), RC_OK);
	h.sid[15] ^= 1;
	assert_int_equal(rewrap_fit(&r, &h, NULL), RC_REFUSE);
	h = w->header;
	h.h0[0] ^= 1;
	assert_int_equal(rewrap_fit(&r, &h, NULL), RC_REFUSE);
}

/* A well signed file with a false data key: anybody can write one.  It says nothing on the
 * recording. */
static void
a_false_data_key_opens_nothing(void **state)
{
	struct world *w = *state;
	struct rewrap r;

	assert_int_equal(rewrap_parse(buf_span(&w->text), &r, NULL), RC_OK);
	assert_int_equal(rewrap_fit(&r, &w->header, NULL), RC_OK);
	crypto_box_seal(r.one[0].stanza.sealed, (const uint8_t *)w->trust, 32,
	    keyfile_public(w->other));
	assert_int_equal(open_with(w, &r, w->other), PROOF_NO_KEY);
}

static void
it_has_bounds(void **state)
{
	struct world *w = *state;
	struct rewrap *r = calloc(1, sizeof *r);
	struct recipient list[HEADER_RCPT_MAX];
	struct buf out;

	for (size_t i = 0; i < HEADER_RCPT_MAX; i++) {
		list[i] = w->to;
		snprintf(list[i].label, sizeof list[i].label, "n%zu", i);
		crypto_scalarmult_base(list[i].pk, (const uint8_t *)&list[i]);
	}
	buf_init(&out, REWRAP_TEXT_MAX);
	assert_int_equal(
	    rewrap_make(&w->header, w->key, list, HEADER_RCPT_MAX, &out, NULL), RC_OK);
	assert_int_equal(rewrap_parse(buf_span(&out), r, NULL), RC_OK);
	assert_int_equal(r->n, HEADER_RCPT_MAX);
	buf_clear(&out);
	/* One key twice. */
	list[1] = list[0];
	buf_init(&out, REWRAP_TEXT_MAX);
	assert_int_equal(rewrap_make(&w->header, w->key, list, 2, &out, NULL), RC_OK);
	assert_int_equal(rewrap_parse(buf_span(&out), r, NULL), RC_REFUSE);
	buf_clear(&out);
	free(r);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_new_key_opens_the_old_file),
		T(who_cannot_open_cannot_rewrap),
		T(every_change_is_refused),
		T(it_is_for_one_recording),
		T(a_false_data_key_opens_nothing),
		T(it_has_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
