#include "tests/recorder/support.h"

#include <sodium.h>

#include "recorder/b64.h"
#include "recorder/recipients.h"

#define NOW 1795000000000ULL /* 2026-11-18 */
#define DAY 86400000ULL

struct fixture {
	struct keyfile *admin, *other, *a, *b;
	struct recipient list[2];
	struct buf text;
};

static void
fill(struct recipient *r, const struct keyfile *k)
{
	memset(r, 0, sizeof *r);
	strcpy(r->label, keyfile_label(k));
	strcpy(r->epoch, "2026-11");
	strcpy(r->not_after, "2026-11-18");
	memcpy(r->pk, keyfile_public(k), 32);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_int_equal(
	    keyfile_new(KEYFILE_ADMIN, span_of("adm"), &f->admin, NULL), RC_OK);
	assert_int_equal(
	    keyfile_new(KEYFILE_ADMIN, span_of("adm"), &f->other, NULL), RC_OK);
	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of("a"), &f->a, NULL), RC_OK);
	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of("b"), &f->b, NULL), RC_OK);
	fill(&f->list[0], f->a);
	fill(&f->list[1], f->b);
	buf_init(&f->text, RECIPIENTS_TEXT_MAX);
	assert_int_equal(recipients_put(f->list, 2, f->admin, &f->text, NULL), RC_OK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	keyfile_free(f->admin);
	keyfile_free(f->other);
	keyfile_free(f->a);
	keyfile_free(f->b);
	buf_clear(&f->text);
	free(f);
	return 0;
}

static enum rc
parse(const struct fixture *f, struct span text, uint64_t now, struct err *err)
{
	struct recipients *r = NULL;
	enum rc rc = recipients_parse(text, keyfile_public(f->admin), now, &r, err);

	assert_true((rc == RC_OK) == (r != NULL));
	recipients_free(r);
	return rc;
}

static void
what_is_put_is_parsed(void **state)
{
	struct fixture *f = *state;
	struct recipients *r = NULL;
	uint8_t kid[8];

	assert_int_equal(recipients_parse(buf_span(&f->text), keyfile_public(f->admin),
			     NOW, &r, NULL),
	    RC_OK);
	assert_int_equal(recipients_count(r), 2);
	assert_string_equal(recipients_at(r, 1)->label, "b");
	assert_memory_equal(recipients_at(r, 1)->pk, keyfile_public(f->b), 32);
	assert_int_equal(header_kid(keyfile_public(f->b), kid, NULL), RC_OK);
	assert_memory_equal(recipients_at(r, 1)->kid, kid, 8);
	assert_null(recipients_at(r, 2));
	recipients_free(r);
}

static void
it_is_good_to_the_end_of_its_last_day(void **state)
{
	struct fixture *f = *state;
	uint64_t midnight = (NOW / DAY + 1) * DAY;
	struct err err;

	assert_int_equal(parse(f, buf_span(&f->text), midnight - 1, NULL), RC_OK);
	assert_int_equal(parse(f, buf_span(&f->text), midnight, &err), RC_REFUSE);
	assert_string_equal(err.text, "line 2: a expired on 2026-11-18");
}

static void
no_changed_bit_is_taken(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->text.len; i++) {
		for (unsigned b = 0; b < 8; b++) {
			f->text.p[i] ^= (uint8_t)(1u << b);
			if (parse(f, buf_span(&f->text), NOW, NULL) != RC_REFUSE)
				fail_msg("byte %zu bit %u", i, b);
			f->text.p[i] ^= (uint8_t)(1u << b);
		}
		assert_int_equal(
		    parse(f, span_make(f->text.p, i), NOW, NULL), RC_REFUSE);
	}
}

static void
another_admin_is_nobody(void **state)
{
	struct fixture *f = *state;
	struct err err;

	buf_reset(&f->text);
	assert_int_equal(recipients_put(f->list, 2, f->other, &f->text, NULL), RC_OK);
	assert_int_equal(parse(f, buf_span(&f->text), NOW, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "not the pinned one"));
	assert_int_equal(recipients_put(f->list, 2, f->a, &f->text, NULL), RC_REFUSE);
}

/* Sign any body, so that what is refused is the body itself. */
static void
sign_body(const struct keyfile *admin, const char *body, struct buf *out)
{
	static const char context[] = "hoop-rec/1 recipients";
	uint8_t sig[64];
	struct buf m;

	buf_init(&m, 65536);
	buf_put(&m, context, sizeof context);
	buf_text(&m, body);
	crypto_sign_detached(sig, NULL, m.p, m.len, keyfile_secret(admin).p);
	buf_clear(&m);
	buf_init(out, 65536);
	buf_text(out, body);
	buf_text(out, "signed ");
	b64_put(out, span_make(keyfile_public(admin), 32));
	buf_text(out, " ");
	b64_put(out, span_make(sig, 64));
	buf_text(out, "\n");
}

#define H "hoop-recipients 1\n"
#define A "recipient a e 2027-01-01 <1>\n"
#define B "recipient b e 2027-01-01 <2>\n"

static const struct {
	const char *body; /* <1> and <2>: two good keys */
	enum rc rc;
	const char *says;
} bodies[] = {
	{ H A B, RC_OK, "" },
	{ H A, RC_REFUSE, "1 recipients" },
	{ H, RC_REFUSE, "0 recipients" },
	{ A B, RC_REFUSE, "line 1" },
	{ "hoop-recipients 2\n" A B, RC_REFUSE, "line 1" },
	{ H A B "\n", RC_REFUSE, "line 4" },
	{ H A "# comment\n" B, RC_REFUSE, "line 3" },
	{ H A "recipient  b e 2027-01-01 <2>\n", RC_REFUSE, "line 3" },
	{ H A "recipient b e 2027-01-01 <2> \n", RC_REFUSE, "line 3" },
	{ H A "recipient b e 2027-01-01 <2>\r\n", RC_REFUSE, "line 3" },
	{ H A "recipient a e 2027-01-01 <2>\n", RC_REFUSE, "stands twice" },
	{ H A "recipient b e 2027-01-01 <1>\n", RC_REFUSE, "is also" },
	{ H A "recipient b e 2027-02-29 <2>\n", RC_REFUSE, "date" },
	{ H A "recipient b e 2028-02-29 <2>\n", RC_OK, "" },
	{ H A "recipient b e 2100-02-29 <2>\n", RC_REFUSE, "date" },
	{ H A "recipient b e 2027-13-01 <2>\n", RC_REFUSE, "date" },
	{ H A "recipient b e 2027-00-01 <2>\n", RC_REFUSE, "date" },
	{ H A "recipient b e 2027-1-01 <2>\n", RC_REFUSE, "date" },
	{ H A "recipient b e 27-01-01 <2>\n", RC_REFUSE, "date" },
	{ H A "recipient b e 2027-01-011 <2>\n", RC_REFUSE, "too long" },
	{ H A "recipient b e 2026-11-17 <2>\n", RC_REFUSE, "expired" },
	{ H A "recipient b e/1 2027-01-01 <2>\n", RC_REFUSE, "epoch" },
	{ H A "recipient b/c e 2027-01-01 <2>\n", RC_REFUSE, "label" },
	{ H A "recipient b e 2027-01-01 AAAA\n", RC_REFUSE, "base64" },
	/* Points of small order: what is sealed to them, anybody opens. */
	{ H A "recipient b e 2027-01-01 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
	    RC_REFUSE, "X25519" },
	{ H A "recipient b e 2027-01-01 AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
	    RC_REFUSE, "X25519" },
};

static void
a_signed_body_is_still_checked(void **state)
{
	struct fixture *f = *state;
	char k[2][64];

	for (unsigned i = 0; i < 2; i++) {
		struct buf b;

		buf_init(&b, 64);
		b64_put(&b, span_make(keyfile_public(i ? f->b : f->a), 32));
		strcpy(k[i], buf_cstr(&b));
		buf_clear(&b);
	}
	for (size_t i = 0; i < ROWS(bodies); i++) {
		struct buf body, text;
		struct err err = { "" };

		fill_in(bodies[i].body, k[0], k[1], &body);
		sign_body(f->admin, buf_cstr(&body), &text);
		buf_clear(&body);
		if (parse(f, buf_span(&text), NOW, &err) != bodies[i].rc ||
		    strstr(err.text, bodies[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		/* Nothing may follow. */
		buf_text(&text, "\n");
		assert_int_equal(parse(f, buf_span(&text), NOW, NULL), RC_REFUSE);
		buf_clear(&text);
	}
}

static void
sizes_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct recipient many[RECIPIENTS_MAX + 1];
	struct keyfile *k[RECIPIENTS_MAX + 1];
	struct buf out;

	for (unsigned i = 0; i <= RECIPIENTS_MAX; i++) {
		char label[16];

		snprintf(label, sizeof label, "r%u", i);
		assert_int_equal(
		    keyfile_new(KEYFILE_AUDITOR, span_of(label), &k[i], NULL), RC_OK);
		fill(&many[i], k[i]);
	}
	buf_init(&out, 65536);
	assert_int_equal(
	    recipients_put(many, RECIPIENTS_MAX, f->admin, &out, NULL), RC_OK);
	assert_int_equal(parse(f, buf_span(&out), NOW, NULL), RC_OK);
	buf_reset(&out);
	assert_int_equal(
	    recipients_put(many, RECIPIENTS_MAX + 1, f->admin, &out, NULL), RC_REFUSE);
	assert_int_equal(recipients_put(many, 1, f->admin, &out, NULL), RC_REFUSE);
	memset(buf_room(&out, RECIPIENTS_TEXT_MAX + 1), '\n', RECIPIENTS_TEXT_MAX + 1);
	out.len = RECIPIENTS_TEXT_MAX + 1;
	assert_int_equal(parse(f, buf_span(&out), NOW, NULL), RC_REFUSE);
	buf_clear(&out);
	for (unsigned i = 0; i <= RECIPIENTS_MAX; i++)
		keyfile_free(k[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_put_is_parsed, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    it_is_good_to_the_end_of_its_last_day, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    no_changed_bit_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    another_admin_is_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_signed_body_is_still_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(sizes_are_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
