/* What a verifier must not believe.  With BROKER_LONG set, every bit of the sample is
 * flipped; else one bit of each byte. */
#include "tests/recorder/forge.h"

#include <sodium.h>
#include <unistd.h>

#include "recorder/chunk.h"

#define LINES 16

struct fixture {
	struct ring ring;
	struct buf file; /* the sample */
	struct keyfile *key;
	struct trust *trust;
	struct span line[LINES]; /* with their LFs */
	size_t lines;
};

static size_t
split(struct span s, struct span *line)
{
	size_t n = 0;

	while (s.len > 0) {
		const uint8_t *lf = memchr(s.p, '\n', s.len);
		size_t len = (size_t)(lf - s.p) + 1;

		assert_true(n < LINES);
		line[n++] = span_make(s.p, len);
		s = span_make(s.p + len, s.len - len);
	}
	return n;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	ring_init(&f->ring);
	sample_read("sample.cast", &f->file);
	f->key = sample_key();
	f->trust = sample_trust();
	f->lines = split(buf_span(&f->file), f->line);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	ring_clear(&f->ring);
	buf_clear(&f->file);
	keyfile_free(f->key);
	trust_free(f->trust);
	free(f);
	return 0;
}

static void
no_flipped_bit_passes(void **state)
{
	struct fixture *f = *state;
	unsigned bits = getenv("BROKER_LONG") != NULL ? 8 : 1;
	unsigned seen[8] = { 0 };

	for (size_t i = 0; i < f->file.len; i++) {
		for (unsigned b = 0; b < bits; b++) {
			uint8_t mask = (uint8_t)(1u << ((i + b) % 8));
			enum proof_code code;

			f->file.p[i] ^= mask;
			code = play(buf_span(&f->file), f->trust, f->key, NULL);
			f->file.p[i] ^= mask;
			if (code == PROOF_WHOLE)
				fail_msg("byte %zu, mask 0x%02x passes", i, mask);
			seen[code]++;
		}
	}
	/* A changed file is a changed file: only in its last bytes may it look torn. */
	assert_int_equal(seen[PROOF_NO_KEY], 0);
	assert_true(seen[PROOF_UNTERMINATED] <= bits);
	assert_true(seen[PROOF_TAMPERED] >= (f->file.len - 1 - 8) * bits);
}

static void
each_truncation_is_unterminated(void **state)
{
	struct fixture *f = *state;
	struct proof p;

	p = prove(span_make(f->file.p, 0), f->trust);
	assert_int_equal(p.code, PROOF_TAMPERED);
	for (size_t n = 1; n < f->file.len; n++) {
		p = prove(span_make(f->file.p, n), f->trust);
		if (p.code != PROOF_UNTERMINATED)
			fail_msg("%zu bytes: code %d, %s", n, p.code, p.text);
		assert_true(p.valid_len <= n && p.proven_len <= p.valid_len);
		assert_int_equal(p.file_len, n);
		assert_true(p.valid_len == 0 || f->file.p[p.valid_len - 1] == '\n');
	}
}

static void
join(const struct span *line, const size_t *order, size_t n, struct buf *out)
{
	buf_init(out, 1u << 20);
	for (size_t i = 0; i < n; i++)
		buf_span_put(out, line[order[i]]);
}

static enum proof_code
judge(const struct fixture *f, const size_t *order, size_t n)
{
	struct buf b;
	enum proof_code code;

	join(f->line, order, n, &b);
	code = prove(buf_span(&b), f->trust).code;
	buf_clear(&b);
	return code;
}

static void
no_line_can_be_dropped_doubled_or_swapped(void **state)
{
	struct fixture *f = *state;
	size_t order[LINES + 1], n = f->lines;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		for (size_t j = 0; j < n; j++)
			if (j != i)
				order[k++] = j;
		assert_int_equal(judge(f, order, k),
		    i == n - 1 ? PROOF_UNTERMINATED : PROOF_TAMPERED);
		k = 0;
		for (size_t j = 0; j < n; j++) {
			order[k++] = j;
			if (j == i)
				order[k++] = j;
		}
		assert_int_equal(judge(f, order, k), PROOF_TAMPERED);
		for (size_t m = i + 1; m < n; m++) {
			for (size_t j = 0; j < n; j++)
				order[j] = j == i ? m : j == m ? i : j;
			assert_int_equal(judge(f, order, n), PROOF_TAMPERED);
		}
	}
}

static void
nothing_may_follow_the_footer(void **state)
{
	static const char *const tails[] = { "\n", "x", " ", "[",
		"[3, \"E\", \"AAAA\"]\n", "{}" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS(tails); i++) {
		struct buf b;

		buf_init(&b, 1u << 20);
		buf_span_put(&b, buf_span(&f->file));
		buf_text(&b, tails[i]);
		assert_int_equal(prove(buf_span(&b), f->trust).code, PROOF_TAMPERED);
		buf_clear(&b);
	}
}

static void
a_tail_that_no_crash_leaves_is_no_tail(void **state)
{
	static const struct {
		const char *text;
		enum proof_code code;
	} rows[] = {
		{ "[", PROOF_UNTERMINATED },
		{ "[3", PROOF_UNTERMINATED },
		{ "[3, \"E\", \"AA", PROOF_UNTERMINATED },
		{ "[3, \"F\", \"AA==\"]", PROOF_UNTERMINATED },
		{ "x", PROOF_TAMPERED },
		{ "[x", PROOF_TAMPERED },
		{ "[3,\"E", PROOF_TAMPERED },
		{ "[03", PROOF_TAMPERED },
		{ "[3, \"o", PROOF_TAMPERED },
		{ "[3, \"E\", \"A A", PROOF_TAMPERED },
		{ "[3, \"E\", \"AA\"]]", PROOF_TAMPERED },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t whole = f->file.len - f->line[f->lines - 1].len;
		struct buf b;

		buf_init(&b, 1u << 20);
		buf_put(&b, f->file.p, whole);
		buf_text(&b, rows[i].text);
		assert_int_equal(prove(buf_span(&b), f->trust).code, rows[i].code);
		buf_clear(&b);
	}
}

/* The sample with one text in place of another. */
static enum proof_code
edited(const struct fixture *f, const char *from, const char *to)
{
	const uint8_t *at = memmem(f->file.p, f->file.len, from, strlen(from));
	enum proof_code code;
	struct buf b;

	assert_non_null(at);
	buf_init(&b, 1u << 20);
	buf_put(&b, f->file.p, (size_t)(at - f->file.p));
	buf_text(&b, to);
	at += strlen(from);
	buf_put(&b, at, (size_t)(f->file.p + f->file.len - at));
	code = play(buf_span(&b), f->trust, f->key, NULL);
	buf_clear(&b);
	return code;
}

static void
an_edited_header_is_tampered_not_a_wrong_key(void **state)
{
	static const char *const rows[][2] = {
		{ "\"version\":2", "\"version\":3" },
		{ "\"version\":2", "\"version\":2.0" },
		{ "\"version\":2,", "" },
		{ "\"width\":120", "\"width\":121" },
		{ "\"width\":120", "\"width\":0" },
		{ "\"width\":120", "\"width\":120,\"width\":120" },
		{ "\"timestamp\":1795167217", "\"timestamp\":-1" },
		{ "\"timestamp\":1795167217", "\"timestamp\":1795167218" },
		{ "\"hoop-rec/1\"", "\"hoop-rec/2\"" },
		{ "\"fmt\":\"hoop-rec/1\",", "" },
		{ "rec.example/a1", "rec.example/a2" },
		{ "\"suite\":1", "\"suite\":2" },
		{ "\"comp\":\"none\"", "\"comp\":\"zstd\"" },
		{ "\"comp\":\"none\"", "\"comp\":\"lz4\"" },
		{ "\"pad\":256", "\"pad\":1" },
		{ "\"class\":\"std-400d\"", "\"class\":\"std-4d\"" },
		{ "\"t\":1", "\"t\":3" },
		{ "\"kid\":\"3ddc", "\"kid\":\"4ddc" },
		{ "y18pa/4OOdth", "z18pa/4OOdth" },
		{ "\"policy\":\"sha256:91", "\"policy\":\"sha256:92" },
		{ "{\"version\"", "{ \"version\"" },
		{ "\"hoop\":{", "\"extra\":1,\"hoop\":{" },
		{ "\"fmt\":", "\"extra\":1,\"fmt\":" },
		{ "hoop-replay.", "hoop-replay!" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS(rows); i++)
		if (edited(f, rows[i][0], rows[i][1]) != PROOF_TAMPERED)
			fail_msg("%s to %s is not seen", rows[i][0], rows[i][1]);
}

static void
spacing_and_odd_base64_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "[0, \"E\"", "[0,\"E\"" },
		{ "[0, \"E\"", "[ 0, \"E\"" },
		{ "[0, \"E\"", "[00, \"E\"" },
		{ "[0, \"E\"", "[0.0, \"E\"" },
		{ "[0, \"E\"", "[-0, \"E\"" },
		{ "[0, \"E\"", "[0, \"e\"" },
		{ "[1, \"E\"", "[0, \"E\"" },
		{ "tFVsdpPKL2Hq", "tFVsdpP\nL2Hq" },
		{ "tFVsdpPKL2Hq", "tFVsdpP=L2Hq" },
		{ "tFVsdpPKL2Hq", "tFVsdpP-L2Hq" },
		{ "1cJAw==\"]", "1cJAx==\"]" },
		{ "1cJAw==\"]", "1cJA===\"]" },
		{ "1cJAw==\"]", "1cJAw=\"]" },
		{ "1cJAw==\"]", "1cJAw\"]" },
		{ "1cJAw==\"]", "1cJAw==\"] " },
		{ "1cJAw==\"]", "1cJAw== \"]" },
		{ "1cJAw==\"]", "1cJAw==\"]\r" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS(rows); i++)
		if (memmem(f->file.p, f->file.len, rows[i][0], strlen(rows[i][0])) !=
		    NULL)
			assert_int_equal(
			    edited(f, rows[i][0], rows[i][1]), PROOF_TAMPERED);
}

static void
a_stranger_is_unknown_and_no_key_is_no_key(void **state)
{
	struct fixture *f = *state;
	struct trust *other = NULL;
	struct proof p = prove(buf_span(&f->file), NULL);

	assert_int_equal(p.code, PROOF_UNKNOWN);
	assert_true(p.closed && p.chunks == 4 && p.proven_len == 0);
	assert_int_equal(prove(buf_span(&f->file), f->ring.trust).code, PROOF_UNKNOWN);
	/* The right key, pinned for another broker. */
	p = prove(buf_span(&f->file), f->trust);
	assert_int_equal(trust_new(&other, NULL), RC_OK);
	assert_int_equal(trust_add(other, false, span_of("rec.example/a2"),
			     trust_device(f->trust, "rec.example/a1", p.dkid), NULL),
	    RC_OK);
	/* The right key, but only for checkpoints. */
	assert_int_equal(trust_add(other, true, span_of("rec.example/a1"),
			     trust_device(f->trust, "rec.example/a1", p.dkid), NULL),
	    RC_OK);
	assert_int_equal(prove(buf_span(&f->file), other).code, PROOF_UNKNOWN);
	assert_int_equal(
	    play(buf_span(&f->file), f->trust, f->ring.auditor, NULL), PROOF_NO_KEY);
	/* Tampered weighs more than unknown, unknown more than unterminated. */
	assert_int_equal(
	    prove(span_make(f->file.p, f->file.len - 3), NULL).code, PROOF_UNKNOWN);
	f->file.p[3000] ^= 1;
	assert_int_equal(prove(buf_span(&f->file), NULL).code, PROOF_TAMPERED);
	f->file.p[3000] ^= 1;
	trust_free(other);
}

static void
an_asciicast_without_fmt_proves_nothing(void **state)
{
	struct fixture *f = *state;
	struct buf plain;
	struct proof p;

	sample_read("export.cast", &plain);
	p = prove(buf_span(&plain), f->trust);
	assert_int_equal(p.code, PROOF_TAMPERED);
	assert_non_null(strstr(p.text, "nothing is signed"));
	buf_clear(&plain);
}

/* Forged files: each breaks one rule, with every hash and signature right. */
typedef void forge_fn(struct forge *f);

static void
good(struct forge *f)
{
	forge_meta(f);
	forge_chunk(f, 1);
	forge_seal(f, 1);
	forge_chunk(f, 3);
	forge_seal(f, 3);
	forge_footer(f, 3);
}

static void
good_64_chunks(struct forge *f)
{
	forge_meta(f);
	for (unsigned i = 1; i < 64; i++)
		forge_chunk(f, 1);
	forge_seal(f, 1);
	forge_footer(f, 1);
}

static void
good_ten_seconds(struct forge *f)
{
	forge_meta(f);
	forge_chunk(f, 10);
	forge_seal(f, 10);
	forge_chunk(f, 500);
	forge_footer(f, 500);
}

static void
no_meta(struct forge *f)
{
	forge_chunk(f, 0);
	forge_footer(f, 0);
}

static void
meta_twice(struct forge *f)
{
	forge_meta(f);
	forge_chunk_as(f, CHUNK_META, 1, 0, "{}\n");
	forge_footer(f, 0);
}

static void
no_chunk_at_all(struct forge *f)
{
	forge_footer(f, 0);
}

static void
index_gap(struct forge *f)
{
	forge_meta(f);
	forge_chunk_as(f, 0, 2, 0, "[0.1, \"o\", \"x\"]\n");
	forge_footer(f, 0);
}

static void
index_again(struct forge *f)
{
	forge_meta(f);
	forge_chunk_as(f, 0, 0, 0, "[0.1, \"o\", \"x\"]\n");
	forge_footer(f, 0);
}

static void
unknown_flag(struct forge *f)
{
	forge_meta(f);
	forge_chunk_as(f, 8, 1, 0, "[0.1, \"o\", \"x\"]\n");
	forge_footer(f, 0);
}

static void
zstd_in_none(struct forge *f)
{
	forge_meta(f);
	forge_chunk_as(f, CHUNK_ZSTD, 1, 0, "[0.1, \"o\", \"x\"]\n");
	forge_footer(f, 0);
}

static void
time_goes_back(struct forge *f)
{
	forge_meta(f);
	forge_chunk(f, 5);
	forge_chunk(f, 4);
	forge_footer(f, 5);
}

static void
footer_goes_back(struct forge *f)
{
	forge_meta(f);
	forge_chunk(f, 5);
	forge_footer(f, 4);
}

static void
too_many_unsealed(struct forge *f)
{
	forge_meta(f);
	for (unsigned i = 1; i < 65; i++)
		forge_chunk(f, 1);
	forge_seal(f, 1);
	forge_footer(f, 1);
}

static void
unsealed_too_long(struct forge *f)
{
	forge_meta(f);
	forge_chunk(f, 1);
	forge_chunk(f, 11);
	forge_seal(f, 11);
	forge_footer(f, 11);
}

/* No later line vouches for the time in the last one. */
static void
seal_of_another_time(struct forge *f)
{
	forge_meta(f);
	forge_chunk(f, 1);
	forge_seal(f, 2);
}

static void
footer_of_another_time(struct forge *f)
{
	forge_meta(f);
	forge_chunk(f, 3);
	forge_footer(f, 7);
}

static void
another_session_key(struct forge *f)
{
	struct secret *sk = NULL;
	uint8_t pk[32];

	forge_meta(f);
	forge_seal(f, 0);
	assert_int_equal(secret_new(64, &sk, NULL), RC_OK);
	secret_free(f->sk);
	f->sk = sk;
	assert_int_equal(crypto_sign_keypair(pk, secret_bytes(sk)), 0);
	forge_footer(f, 0);
}

static void
certified_twice(struct forge *f)
{
	struct seal_open s;
	struct buf data;

	forge_meta(f);
	memset(&s, 7, sizeof s);
	buf_init(&data, SEAL_OPEN_LEN);
	seal_open_put(&s, &data);
	forge_record(f, 0, 'S', buf_span(&data));
	buf_clear(&data);
	forge_footer(f, 0);
}

static void
two_footers(struct forge *f)
{
	good(f);
	forge_footer(f, 3);
}

static void
chunk_after_footer(struct forge *f)
{
	good(f);
	forge_chunk(f, 5);
}

static void
footer_wrong(struct forge *f, size_t field, uint64_t by)
{
	struct seal_footer say;
	uint64_t *fields[] = { &say.chunks, &say.offset, &say.plain_total };

	forge_meta(f);
	forge_chunk(f, 1);
	say = forge_footer_true(f);
	*fields[field] += by;
	forge_footer_as(f, say, 1, NULL);
}

static void
footer_counts_one_more(struct forge *f)
{
	footer_wrong(f, 0, 1);
}

static void
footer_stands_elsewhere(struct forge *f)
{
	footer_wrong(f, 1, 1);
}

static void
footer_counts_other_bytes(struct forge *f)
{
	footer_wrong(f, 2, (uint64_t)-1);
}

static void
footer_of_unknown_status(struct forge *f)
{
	struct seal_footer say;

	forge_meta(f);
	say = forge_footer_true(f);
	say.status = SEAL_STATUSES;
	forge_footer_as(f, say, 0, NULL);
}

static void
footer_of_other_lines(struct forge *f)
{
	struct seal_footer say;

	forge_meta(f);
	say = forge_footer_true(f);
	say.h[0] ^= 1;
	forge_footer_as(f, say, 0, NULL);
}

static void
plain_event_line(struct forge *f)
{
	forge_meta(f);
	forge_line(f, span_of("[0.5, \"o\", \"shown to all\"]"));
	forge_footer(f, 0);
}

static void
empty_line(struct forge *f)
{
	forge_meta(f);
	forge_line(f, span_make("", 0));
	forge_footer(f, 0);
}

/* These are right to see without a key, and false with one. */
static void
plain_without_lf(struct forge *f)
{
	forge_meta(f);
	forge_chunk_as(f, 0, 1, 0, "[0.1, \"o\", \"x\"]");
	forge_footer(f, 0);
}

static void
plain_time_goes_back(struct forge *f)
{
	forge_meta(f);
	forge_chunk_as(f, 0, 1, 0, "[0.2, \"o\", \"x\"]\n[0.1, \"o\", \"x\"]\n");
	forge_footer(f, 0);
}

static void
plain_no_event(struct forge *f)
{
	forge_meta(f);
	forge_chunk_as(f, 0, 1, 0, "hello\n");
	forge_footer(f, 0);
}

static void
meta_of_two_lines(struct forge *f)
{
	forge_chunk_as(f, CHUNK_META, 0, 0, "{}\n{}\n");
	forge_footer(f, 0);
}

static void
meta_no_object(struct forge *f)
{
	forge_chunk_as(f, CHUNK_META, 0, 0, "[0.1, \"o\", \"x\"]\n");
	forge_footer(f, 0);
}

static void
wrong_index(struct forge *f, size_t at, uint8_t by)
{
	struct buf index;

	forge_meta(f);
	forge_chunk(f, 1);
	buf_init(&index, 4096);
	buf_le32(&index, 2);
	buf_span_put(&index, buf_span(&f->index));
	buf_le32(&index, 0);
	index.p[at] += by;
	forge_footer_as(f, forge_footer_true(f), 1, &index);
	buf_clear(&index);
}

static void
index_one_more(struct forge *f)
{
	wrong_index(f, 0, 1);
}

static void
index_one_less(struct forge *f)
{
	wrong_index(f, 0, (uint8_t)-1);
}

static void
index_other_offset(struct forge *f)
{
	wrong_index(f, 4 + 28, 1);
}

static void
index_other_length(struct forge *f)
{
	wrong_index(f, 4 + 8, 1);
}

static void
index_other_time(struct forge *f)
{
	wrong_index(f, 4 + 28 + 12, 1);
}

static void
index_other_events(struct forge *f)
{
	wrong_index(f, 4 + 28 + 20, 1);
}

static void
index_unknown_flag(struct forge *f)
{
	wrong_index(f, 4 + 28 + 24, 1);
}

static const struct rule {
	const char *name;
	forge_fn *make;
	enum proof_code verified, played;
	const char *says;
} rules[] = {
	{ "good", good, PROOF_WHOLE, PROOF_WHOLE, "complete" },
	{ "64 chunks", good_64_chunks, PROOF_WHOLE, PROOF_WHOLE, "complete" },
	{ "ten seconds", good_ten_seconds, PROOF_WHOLE, PROOF_WHOLE, "complete" },
	{ "no META", no_meta, PROOF_TAMPERED, PROOF_TAMPERED, "META is chunk 0" },
	{ "META twice", meta_twice, PROOF_TAMPERED, PROOF_TAMPERED, "META is chunk 0" },
	{ "no chunk", no_chunk_at_all, PROOF_TAMPERED, PROOF_TAMPERED,
	    "without any chunk" },
	{ "index gap", index_gap, PROOF_TAMPERED, PROOF_TAMPERED, "chunk 2 where 1" },
	{ "index again", index_again, PROOF_TAMPERED, PROOF_TAMPERED,
	    "chunk 0 where 1" },
	{ "unknown flag", unknown_flag, PROOF_TAMPERED, PROOF_TAMPERED, "flags 0x08" },
	{ "zstd in none", zstd_in_none, PROOF_TAMPERED, PROOF_TAMPERED,
	    "a compressed chunk" },
	{ "time back", time_goes_back, PROOF_TAMPERED, PROOF_TAMPERED,
	    "time goes back" },
	{ "footer back", footer_goes_back, PROOF_TAMPERED, PROOF_TAMPERED,
	    "time goes back" },
	{ "65 unsealed", too_many_unsealed, PROOF_TAMPERED, PROOF_TAMPERED,
	    "65 chunks without" },
	{ "unsealed long", unsealed_too_long, PROOF_TAMPERED, PROOF_TAMPERED,
	    "11 seconds" },
	{ "seal's time", seal_of_another_time, PROOF_TAMPERED, PROOF_TAMPERED,
	    "bears the time 2" },
	{ "footer's time", footer_of_another_time, PROOF_TAMPERED, PROOF_TAMPERED,
	    "bears the time 7" },
	{ "other session key", another_session_key, PROOF_TAMPERED, PROOF_TAMPERED,
	    "signature is false" },
	{ "certified twice", certified_twice, PROOF_TAMPERED, PROOF_TAMPERED,
	    "wrong length" },
	{ "two footers", two_footers, PROOF_TAMPERED, PROOF_TAMPERED,
	    "follows the footer" },
	{ "chunk after footer", chunk_after_footer, PROOF_TAMPERED, PROOF_TAMPERED,
	    "follows the footer" },
	{ "footer chunks", footer_counts_one_more, PROOF_TAMPERED, PROOF_TAMPERED,
	    "seals 3 chunks" },
	{ "footer offset", footer_stands_elsewhere, PROOF_TAMPERED, PROOF_TAMPERED,
	    "offset 1655" },
	{ "footer bytes", footer_counts_other_bytes, PROOF_TAMPERED, PROOF_TAMPERED,
	    "counts 52 bytes" },
	{ "footer status", footer_of_unknown_status, PROOF_TAMPERED, PROOF_TAMPERED,
	    "status 5" },
	{ "footer h", footer_of_other_lines, PROOF_TAMPERED, PROOF_TAMPERED,
	    "not those that it seals" },
	{ "plain event", plain_event_line, PROOF_TAMPERED, PROOF_TAMPERED,
	    "not a line" },
	{ "empty line", empty_line, PROOF_TAMPERED, PROOF_TAMPERED, "not a line" },
	{ "plain without LF", plain_without_lf, PROOF_WHOLE, PROOF_TAMPERED,
	    "complete" },
	{ "plain time back", plain_time_goes_back, PROOF_WHOLE, PROOF_TAMPERED,
	    "complete" },
	{ "plain no event", plain_no_event, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
	{ "META two lines", meta_of_two_lines, PROOF_WHOLE, PROOF_TAMPERED,
	    "complete" },
	{ "META no object", meta_no_object, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
	{ "index one more", index_one_more, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
	{ "index one less", index_one_less, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
	{ "index offset", index_other_offset, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
	{ "index length", index_other_length, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
	{ "index time", index_other_time, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
	{ "index events", index_other_events, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
	{ "index flag", index_unknown_flag, PROOF_WHOLE, PROOF_TAMPERED, "complete" },
};

static void
each_rule_stands_by_itself(void **state)
{
	struct fixture *x = *state;

	for (size_t i = 0; i < ROWS(rules); i++) {
		const struct rule *r = &rules[i];
		enum proof_code played;
		struct forge f;
		struct proof p;

		forge_begin(&f, &x->ring);
		r->make(&f);
		p = prove(buf_span(&f.file), x->ring.trust);
		played = play(buf_span(&f.file), x->ring.trust, x->ring.auditor, NULL);
		if (p.code != r->verified || played != r->played ||
		    strstr(p.text, r->says) == NULL)
			fail_msg("%s: verified %d (%s), played %d", r->name, p.code,
			    p.text, played);
		forge_clear(&f);
	}
}

static void
parts_of_another_file_do_not_fit(void **state)
{
	struct fixture *x = *state;
	struct span a[LINES], b[LINES];
	struct forge f, g;
	size_t n;

	forge_begin(&f, &x->ring);
	good(&f);
	forge_begin(&g, &x->ring);
	good(&g);
	n = split(buf_span(&f.file), a);
	assert_int_equal(split(buf_span(&g.file), b), n);
	for (size_t i = 0; i < n; i++) {
		struct buf mixed;

		if (i == 1)
			continue; /* the notice is the same in all */
		buf_init(&mixed, 1u << 20);
		for (size_t k = 0; k < n; k++)
			buf_span_put(&mixed, k == i ? b[k] : a[k]);
		assert_int_equal(
		    prove(buf_span(&mixed), x->ring.trust).code, PROOF_TAMPERED);
		buf_clear(&mixed);
	}
	forge_clear(&f);
	forge_clear(&g);
}

static void
a_line_has_its_bounds(void **state)
{
	struct fixture *x = *state;
	struct forge f;
	struct buf big;
	struct proof p;

	buf_init(&big, 4u << 20);
	memset(buf_room(&big, 3u << 20), 'A', 3u << 20);
	big.len = 3u << 20;
	assert_int_equal(prove(buf_span(&big), NULL).code, PROOF_TAMPERED);
	forge_begin(&f, &x->ring);
	forge_meta(&f);
	buf_text(&f.file, "[0, \"E\", \"");
	buf_put(&f.file, big.p, 1048576);
	p = prove(buf_span(&f.file), x->ring.trust);
	assert_int_equal(p.code, PROOF_TAMPERED);
	assert_non_null(strstr(p.text, "line 5"));
	forge_clear(&f);
	buf_clear(&big);
}

static void
the_head_is_what_the_keeper_signs(void **state)
{
	struct fixture *f = *state;
	size_t head = f->line[0].len + f->line[1].len;
	struct proof p = prove(buf_span(&f->file), f->trust);
	struct header h;
	uint8_t h1[32];
	int fd = file_of(span_make(f->file.p, head));

	assert_int_equal(proof_head(fd, &h, h1, NULL), RC_OK);
	assert_memory_equal(h.sid, p.sid, 16);
	assert_memory_equal(h1, p.h1, 32);
	close(fd);
	for (size_t n = 0; n < head; n++) {
		fd = file_of(span_make(f->file.p, n));
		assert_int_equal(proof_head(fd, &h, h1, NULL), RC_REFUSE);
		close(fd);
	}
	fd = file_of(span_make(f->file.p, head + 1));
	assert_int_equal(proof_head(fd, &h, h1, NULL), RC_REFUSE);
	close(fd);
	fd = file_of(buf_span(&f->file));
	assert_int_equal(proof_head(fd, &h, h1, NULL), RC_REFUSE);
	close(fd);
}

static void
a_pipe_is_no_file(void **state)
{
	struct proof p;
	struct err err;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(proof_file(fds[0], NULL, NULL, &p, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "offset 0"));
	close(fds[0]);
	close(fds[1]);
}

/* A file that grows is worth at each moment what it would be worth if it had been
 * found so. */
static void
a_growing_file_is_followed(void **state)
{
	struct fixture *f = *state;

	for (size_t step = 1; step < f->file.len; step += 1 + step / 2) {
		int fd = file_of(span_make(NULL, 0));
		struct header header = { .sid = { 0 } };
		struct proof p = { 0 };
		struct err err;

		for (size_t at = 0, n; at < f->file.len; at += n) {
			struct proof want;

			n = f->file.len - at < step ? f->file.len - at : step;
			assert_int_equal(pwrite(fd, f->file.p + at, n, (off_t)at), n);
			assert_int_equal(
			    proof_more(fd, f->trust, &header, &p, &err), RC_OK);
			if (step < 32 && at % 97 != 0)
				continue;
			want = prove(span_make(f->file.p, at + n), f->trust);
			assert_int_equal(p.code, want.code);
			assert_string_equal(p.text, want.text);
			assert_int_equal(p.valid_len, want.valid_len);
			assert_int_equal(p.proven_len, want.proven_len);
			assert_int_equal(p.unsealed, want.unsealed);
			assert_int_equal(p.file_len, want.file_len);
			assert_memory_equal(p.h, want.h, 32);
		}
		assert_int_equal(p.code, PROOF_WHOLE);
		close(fd);
	}
}

static void
a_growing_file_is_tampered_with(void **state)
{
	struct fixture *f = *state;
	struct header header = { .sid = { 0 } };
	struct proof p = { 0 }, before;
	struct err err;
	int fd = file_of(span_make(f->file.p, f->file.len - f->line[6].len));

	assert_int_equal(proof_more(fd, f->trust, &header, &p, &err), RC_OK);
	assert_int_equal(p.code, PROOF_UNTERMINATED);
	before = p;
	/* shorter than what was accepted */
	assert_int_equal(ftruncate(fd, (off_t)p.valid_len - 1), 0);
	assert_int_equal(proof_more(fd, f->trust, &header, &p, &err), RC_OK);
	assert_int_equal(p.code, PROOF_TAMPERED);
	/* a line once more */
	p = before;
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, f->line[4].p, f->line[4].len, (off_t)p.valid_len),
	    f->line[4].len);
	assert_int_equal(proof_more(fd, f->trust, &header, &p, &err), RC_OK);
	assert_int_equal(p.code, PROOF_TAMPERED);
	assert_int_equal(p.bad_offset, before.valid_len);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_flipped_bit_passes),
		cmocka_unit_test(each_truncation_is_unterminated),
		cmocka_unit_test(no_line_can_be_dropped_doubled_or_swapped),
		cmocka_unit_test(nothing_may_follow_the_footer),
		cmocka_unit_test(a_tail_that_no_crash_leaves_is_no_tail),
		cmocka_unit_test(an_edited_header_is_tampered_not_a_wrong_key),
		cmocka_unit_test(spacing_and_odd_base64_are_refused),
		cmocka_unit_test(a_stranger_is_unknown_and_no_key_is_no_key),
		cmocka_unit_test(an_asciicast_without_fmt_proves_nothing),
		cmocka_unit_test(each_rule_stands_by_itself),
		cmocka_unit_test(parts_of_another_file_do_not_fit),
		cmocka_unit_test(a_line_has_its_bounds),
		cmocka_unit_test(the_head_is_what_the_keeper_signs),
		cmocka_unit_test(a_pipe_is_no_file),
		cmocka_unit_test(a_growing_file_is_followed),
		cmocka_unit_test(a_growing_file_is_tampered_with),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
