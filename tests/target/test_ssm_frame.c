/* Every vector read, every frame of ours written again byte for byte, and what must not
 * be taken. */
#include "tests/support/unit.h"

#include "broker/target/ssm_frame.h"
#include "lib/base/id.h"
#include "tests/target/vectors.h"

#define VECTORS 56

static long long
number(const json_t *row, const char *member)
{
	const json_t *v = json_object_get(row, member);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static const char *
text(const json_t *row, const char *member)
{
	const char *v = json_string_value(json_object_get(row, member));

	assert_non_null(v);
	return v;
}

/* agent_session_state is none of ours. */
static void
same_type(enum ssm_type type, const char *name)
{
	assert_string_equal(
	    ssm_type_name(type), strcmp(name, "agent_session_state") == 0 ? "" : name);
}

static void
same_payload(struct span got, const json_t *row)
{
	const char *plain = json_string_value(json_object_get(row, "payload_text"));
	const char *hex = json_string_value(json_object_get(row, "payload_hex"));
	struct buf bytes;

	assert_int_equal(got.len, number(row, "payload_length"));
	assert_true(plain != NULL || hex != NULL);
	if (plain != NULL)
		assert_true(span_is(got, plain));
	if (hex == NULL)
		return;
	vectors_unhex(span_of(hex), &bytes);
	assert_true(span_eq(got, buf_span(&bytes)));
	buf_clear(&bytes);
}

static void
same_frame(const struct ssm_frame *f, const json_t *row)
{
	char id[ID_UUID_TEXT];

	same_type(f->type, text(row, "message_type"));
	assert_int_equal(f->sequence, number(row, "sequence"));
	assert_int_equal(f->created_ms, number(row, "created_ms"));
	assert_int_equal(f->flags, number(row, "flags"));
	id_uuid_text(f->id, id);
	assert_string_equal(id, text(row, "message_id"));
	if (number(row, "header_length") == 116)
		assert_int_equal(f->payload_type, number(row, "payload_type"));
	else
		assert_int_equal(f->payload_type, 0);
	same_payload(f->payload, row);
}

static void
written_again(const struct ssm_frame *f, struct span bytes)
{
	uint8_t out[2048], tight[2048];

	assert_int_equal(ssm_frame_write(f, out, sizeof out), bytes.len);
	assert_memory_equal(out, bytes.p, bytes.len);
	assert_int_equal(ssm_frame_write(f, tight, bytes.len), bytes.len);
	assert_int_equal(ssm_frame_write(f, tight, bytes.len - 1), 0);
}

static void
every_frame_is_read_and_ours_are_written(void **state)
{
	json_t *all = vectors_manifest(), *row;
	unsigned read = 0, written = 0;
	const char *name;

	(void)state;
	assert_int_equal(json_object_size(all), VECTORS);
	json_object_foreach(all, name, row)
	{
		struct ssm_frame f;
		struct buf bytes;

		if (strcmp(text(row, "kind"), "frame") != 0)
			continue;
		vectors_frame(name, &bytes);
		assert_int_equal(bytes.len, number(row, "total_length"));
		assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
		same_frame(&f, row);
		read++;
		if (strncmp(name, "client_", 7) == 0) {
			written_again(&f, buf_span(&bytes));
			written++;
		}
		buf_clear(&bytes);
	}
	json_decref(all);
	assert_int_equal(read, 36);
	assert_int_equal(written, 14);
}

static const struct {
	const char *name;
	enum rc rc;
	enum ssm_type type;
	uint32_t payload_type;
} edges[] = {
	{ "bad_created_zero", RC_OK, SSM_OUTPUT, 1 }, /* harmless */
	{ "bad_digest", RC_REFUSE, 0, 0 },
	{ "bad_empty_type", RC_REFUSE, 0, 0 },
	{ "bad_header_length_huge", RC_REFUSE, 0, 0 },
	{ "bad_header_length_wrap", RC_REFUSE, 0, 0 },
	{ "bad_header_length_zero", RC_REFUSE, 0, 0 },
	{ "bad_negative_sequence", RC_OK, SSM_OUTPUT, 1 }, /* the flow's to ignore */
	{ "bad_trailing_bytes", RC_REFUSE, 0, 0 },
	{ "bad_truncated_header", RC_REFUSE, 0, 0 },
	{ "bad_truncated_payload", RC_REFUSE, 0, 0 },
	{ "odd_empty_payload", RC_OK, SSM_OUTPUT, 1 },
	{ "odd_nul_padded_type", RC_OK, SSM_OUTPUT, 1 },
	{ "odd_start_publication_no_payload_hl112", RC_OK, SSM_START, 0 },
	{ "odd_unknown_message_type", RC_OK, SSM_OTHER, 1 },
	{ "odd_unknown_payload_type", RC_OK, SSM_OUTPUT, 99 },
};

static void
edges_are_dropped_or_taken(void **state)
{
	json_t *all = vectors_manifest(), *row;
	const char *name;
	unsigned n = 0;

	(void)state;
	json_object_foreach(all, name, row) n += strcmp(text(row, "kind"), "edge") == 0;
	assert_int_equal(n, ROWS(edges));
	json_decref(all);
	for (size_t i = 0; i < ROWS(edges); i++) {
		struct ssm_frame f = { .sequence = 77 };
		struct buf bytes;

		vectors_frame(edges[i].name, &bytes);
		if (ssm_frame_read(buf_span(&bytes), &f, NULL) != edges[i].rc)
			fail_msg("%s", edges[i].name);
		if (edges[i].rc == RC_OK) {
			assert_int_equal(f.type, edges[i].type);
			assert_int_equal(f.payload_type, edges[i].payload_type);
		} else
			assert_int_equal(f.sequence, 77); /* untouched */
		buf_clear(&bytes);
	}
}

/* Each shorter piece of a frame is refused, and nothing behind it is looked at. */
static void
pieces_are_refused(void **state)
{
	struct ssm_frame f;
	struct buf bytes;

	(void)state;
	vectors_frame("agent_output", &bytes);
	for (size_t n = 0; n < bytes.len; n++) {
		uint8_t *piece = malloc(n + 1);

		memcpy(piece, bytes.p, n);
		assert_int_equal(
		    ssm_frame_read(span_make(piece, n), &f, NULL), RC_REFUSE);
		free(piece);
	}
	buf_clear(&bytes);
}

/* The digest covers the payload; the rest is held by lengths and by TLS. */
static void
a_changed_payload_is_refused(void **state)
{
	struct ssm_frame f;
	struct buf bytes;

	(void)state;
	vectors_frame("agent_output", &bytes);
	for (size_t i = SSM_FRAME_HEAD; i < bytes.len; i++) {
		bytes.p[i] ^= 1;
		assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_REFUSE);
		bytes.p[i] ^= 1;
	}
	assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
	buf_clear(&bytes);
}

static void
starts_and_pauses_may_be_malformed(void **state)
{
	static const char *const names[] = { "service_start_publication",
		"service_pause_publication" };
	struct ssm_frame f;
	struct buf bytes;

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		vectors_frame(names[i], &bytes);
		bytes.p[bytes.len - 1] ^= 1; /* its digest is wrong now */
		buf_u8(&bytes, 0);	     /* and its length */
		assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
		assert_int_equal(f.type, i == 0 ? SSM_START : SSM_PAUSE);
		buf_clear(&bytes);
	}
}

static void
what_is_not_to_be_sent_is_not_written(void **state)
{
	struct ssm_frame f = { .type = SSM_INPUT, .payload_type = SSM_P_OUTPUT };
	uint8_t out[256];

	(void)state;
	assert_int_equal(ssm_frame_write(&f, out, sizeof out), 0);
	f.payload = span_of("x");
	assert_int_equal(ssm_frame_write(&f, out, sizeof out), 121);
	f.type = SSM_OTHER;
	assert_int_equal(ssm_frame_write(&f, out, sizeof out), 0);
	f.type = SSM_TYPES;
	assert_int_equal(ssm_frame_write(&f, out, sizeof out), 0);
}

static void
the_longest_frame_is_taken_and_no_longer_one(void **state)
{
	uint8_t *out = calloc(1, SSM_FRAME_MAX + 1);
	struct ssm_frame f = { .type = SSM_INPUT, .payload_type = SSM_P_OUTPUT }, back;
	size_t most = SSM_FRAME_MAX - SSM_FRAME_HEAD;

	(void)state;
	/* In place: the payload stands where it goes. */
	f.payload = span_make(out + SSM_FRAME_HEAD, most);
	assert_int_equal(ssm_frame_write(&f, out, SSM_FRAME_MAX), SSM_FRAME_MAX);
	assert_int_equal(
	    ssm_frame_read(span_make(out, SSM_FRAME_MAX), &back, NULL), RC_OK);
	assert_int_equal(back.payload.len, most);
	assert_int_equal(
	    ssm_frame_read(span_make(out, SSM_FRAME_MAX + 1), &back, NULL), RC_REFUSE);
	f.payload.len++;
	assert_int_equal(ssm_frame_write(&f, out, SSM_FRAME_MAX + 1), 0);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_is_read_and_ours_are_written),
		cmocka_unit_test(edges_are_dropped_or_taken),
		cmocka_unit_test(pieces_are_refused),
		cmocka_unit_test(a_changed_payload_is_refused),
		cmocka_unit_test(starts_and_pauses_may_be_malformed),
		cmocka_unit_test(what_is_not_to_be_sent_is_not_written),
		cmocka_unit_test(the_longest_frame_is_taken_and_no_longer_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
