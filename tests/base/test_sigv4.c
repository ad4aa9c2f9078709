/* Our own cases, and the streams; test_sigv4_suite.c has the official cases. */
#include "tests/support/unit.h"

#include "tests/support/vector.h"

static void
check_texts(const json_t *o, const struct sigv4_request *r, const struct sigv4_key *k)
{
	struct buf canonical, text;

	buf_init(&canonical, SIGV4_TEXT_MAX);
	buf_init(&text, SIGV4_TEXT_MAX);
	assert_int_equal(sigv4_canon(r, &canonical, NULL), RC_OK);
	assert_string_equal(buf_cstr(&canonical), vector_text(o, "canonical_request"));
	assert_int_equal(sigv4_to_sign(buf_span(&canonical), k, &text, NULL), RC_OK);
	assert_string_equal(buf_cstr(&text), vector_text(o, "string_to_sign"));
	buf_clear(&canonical);
	buf_clear(&text);
}

static void
check_body_hash(const json_t *o)
{
	const char *body = vector_text(o, "body");
	char hash[SIGV4_HEX];

	if (body == NULL)
		return;
	assert_int_equal(sigv4_hash(span_of(body), hash, NULL), RC_OK);
	assert_string_equal(hash, vector_text(o, "payload_hash"));
}

static void
check_extra(const json_t *o)
{
	struct sigv4_header headers[HEADERS];
	struct secret *secret, *token;
	struct sigv4_key key = vector_key(o, &secret, &token);
	bool hash = false;
	struct sigv4_request r;
	char signature[SIGV4_HEX], *line;
	struct buf lines;

	r = vector_request(o, headers, vector_headers(o, true, headers, &hash));
	check_texts(o, &r, &key);
	check_body_hash(o);
	r.n_headers = vector_headers(o, false, headers, &hash);
	buf_init(&lines, 65536);
	assert_int_equal(sigv4_header(&r, &key, hash, &lines, signature, NULL), RC_OK);
	assert_string_equal(signature, vector_text(o, "signature"));
	line = strstr(buf_cstr(&lines), "Authorization: ");
	assert_non_null(line);
	line[strcspn(line, "\r")] = '\0';
	assert_string_equal(line + 15, vector_text(o, "authorization"));
	buf_clear(&lines);
	secret_free(secret);
	secret_free(token);
}

static void
check_presigned(const json_t *o)
{
	struct sigv4_header headers[HEADERS];
	struct secret *secret, *token;
	struct sigv4_key key = vector_key(o, &secret, &token);
	bool hash = false;
	struct sigv4_request r =
	    vector_request(o, headers, vector_headers(o, true, headers, &hash));
	char signature[SIGV4_HEX];
	struct buf query, url;

	buf_init(&query, 65536);
	buf_init(&url, 65536);
	assert_int_equal(
	    sigv4_url(&r, &key,
		(unsigned)json_integer_value(json_object_get(o, "expires")), &query,
		signature, NULL),
	    RC_OK);
	assert_string_equal(signature, vector_text(o, "signature"));
	buf_printf(&url, "https://%.*s%s?%s", (int)headers[0].value.len,
	    (const char *)headers[0].value.p, vector_text(o, "path"), buf_cstr(&query));
	assert_string_equal(buf_cstr(&url), vector_text(o, "url"));
	r.query = buf_span(&query);
	check_texts(o, &r, &key);
	buf_clear(&query);
	buf_clear(&url);
	secret_free(secret);
	secret_free(token);
}

static void
our_cases_agree_with_botocore(void **state)
{
	json_t *all = vector_load("extra.json");
	const json_t *o;
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(json_object_get(all, "requests")), 19);
	assert_int_equal(json_array_size(json_object_get(all, "presigned")), 4);
	json_array_foreach(json_object_get(all, "requests"), i, o) check_extra(o);
	json_array_foreach(json_object_get(all, "presigned"), i, o) check_presigned(o);
	json_decref(all);
}

static void
seed(const json_t *o, const struct sigv4_key *k, const char *literal, char *ret)
{
	struct sigv4_header headers[HEADERS];
	struct sigv4_request r;
	bool hash = false;
	struct buf lines;

	r = vector_request(o, headers, vector_headers(o, false, headers, &hash));
	r.payload_hash = literal;
	r.s3_rules = strcmp(k->service, "s3") == 0;
	buf_init(&lines, 65536);
	assert_int_equal(sigv4_header(&r, k, hash, &lines, ret, NULL), RC_OK);
	assert_string_equal(ret, vector_text(o, "seed_signature"));
	assert_non_null(strstr(buf_cstr(&lines), vector_text(o, "signed_headers")));
	buf_clear(&lines);
}

static void
check_trailer(const json_t *o, const struct sigv4_key *k, const char *prev)
{
	struct sigv4_header trailers[8];
	char signature[SIGV4_HEX];
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(o, "trailers"), i, row) trailers[i] =
	    (struct sigv4_header){
		    span_of(json_string_value(json_array_get(row, 0))),
		    span_of(json_string_value(json_array_get(row, 1))),
	    };
	assert_int_equal(sigv4_trailer(k, prev, trailers, i, signature, NULL), RC_OK);
	assert_string_equal(signature, vector_text(o, "signature"));
}

static void
chunks_and_their_trailer(void **state)
{
	json_t *all = vector_load("streaming.json");
	const json_t *o = json_object_get(all, "s3_chunked"), *c;
	struct secret *secret, *token;
	struct sigv4_key key = vector_key(o, &secret, &token);
	char prev[SIGV4_HEX], next[SIGV4_HEX];
	uint8_t *data = malloc(65536);
	size_t i;

	(void)state;
	seed(o, &key, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", prev);
	json_array_foreach(json_object_get(o, "chunks"), i, c)
	{
		size_t len = (size_t)json_integer_value(json_object_get(c, "length"));

		memset(data, vector_text(c, "fill")[0], len);
		assert_int_equal(
		    sigv4_chunk(&key, prev, span_make(data, len), next, NULL), RC_OK);
		assert_string_equal(next, vector_text(c, "signature"));
		memcpy(prev, next, sizeof prev);
	}
	assert_int_equal(i, 3);
	check_trailer(json_object_get(all, "s3_trailer"), &key, prev);
	free(data);
	secret_free(secret);
	secret_free(token);
	json_decref(all);
}

static void
events_of_a_stream(void **state)
{
	json_t *all = vector_load("streaming.json");
	const json_t *o = json_object_get(all, "event_stream"), *c;
	struct secret *secret, *token;
	struct sigv4_key key = vector_key(o, &secret, &token);
	char prev[SIGV4_HEX], next[SIGV4_HEX];
	size_t i;

	(void)state;
	seed(o, &key, "STREAMING-AWS4-HMAC-SHA256-EVENTS", prev);
	json_array_foreach(json_object_get(o, "events"), i, c)
	{
		key.time_ms =
		    (uint64_t)json_integer_value(json_object_get(c, "date_ms"));
		assert_int_equal(sigv4_event(&key, prev,
				     span_of(vector_text(c, "payload")), next, NULL),
		    RC_OK);
		assert_string_equal(next, vector_text(c, "signature"));
		memcpy(prev, next, sizeof prev);
	}
	assert_int_equal(i, 4);
	secret_free(secret);
	secret_free(token);
	json_decref(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_cases_agree_with_botocore),
		cmocka_unit_test(chunks_and_their_trailer),
		cmocka_unit_test(events_of_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
