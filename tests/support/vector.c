/* SigV4 vectors; see vector.h. */
#include "tests/support/unit.h"

#include "tests/support/vector.h"

#include <time.h>

const char *
vector_folder(void)
{
	static char folder[4096];
	const char *top = getenv("top_srcdir");

	snprintf(folder, sizeof folder, "%s/tests/vectors/sigv4", top ? top : ".");
	return folder;
}

uint64_t
vector_time(const char *text, const char *fmt)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(text, fmt, &tm));
	return (uint64_t)timegm(&tm) * 1000;
}

struct secret *
vector_secret(const char *text)
{
	struct secret *s = NULL;

	if (text != NULL)
		assert_int_equal(secret_copy(span_of(text), &s, NULL), RC_OK);
	return s;
}

const char *
vector_text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

json_t *
vector_load(const char *file)
{
	char path[8192];
	json_t *j;

	snprintf(path, sizeof path, "%s/%s", vector_folder(), file);
	assert_non_null(j = json_load_file(path, 0, NULL));
	return j;
}

static bool
added_by_signing(const char *name, bool hash_too)
{
	return strcasecmp(name, "x-amz-date") == 0 ||
	       strcasecmp(name, "x-amz-security-token") == 0 ||
	       (hash_too && strcasecmp(name, "x-amz-content-sha256") == 0);
}

size_t
vector_headers(const json_t *o, bool all, struct sigv4_header *headers, bool *hash)
{
	const json_t *row;
	size_t i, n = 0;

	json_array_foreach(json_object_get(o, "headers"), i, row)
	{
		const char *name = json_string_value(json_array_get(row, 0));
		const char *value = json_string_value(json_array_get(row, 1));

		*hash = *hash || strcasecmp(name, "x-amz-content-sha256") == 0;
		if (all || !added_by_signing(name, true))
			headers[n++] =
			    (struct sigv4_header){ span_of(name), span_of(value) };
	}
	return n;
}

struct sigv4_key
vector_key(const json_t *o, struct secret **secret, struct secret **token)
{
	*secret = vector_secret(vector_text(o, "secret_access_key"));
	*token = vector_secret(vector_text(o, "session_token"));
	return (struct sigv4_key){
		.access_key_id = vector_text(o, "access_key_id"),
		.secret = *secret,
		.token = *token,
		.region = vector_text(o, "region"),
		.service = vector_text(o, "service"),
		.time_ms = vector_time(vector_text(o, "timestamp"), "%Y%m%dT%H%M%SZ"),
	};
}

struct sigv4_request
vector_request(const json_t *o, const struct sigv4_header *headers, size_t n)
{
	return (struct sigv4_request){
		.method = vector_text(o, "method"),
		.path = span_of(vector_text(o, "path")),
		.query = span_of(vector_text(o, "query")),
		.headers = headers,
		.n_headers = n,
		.payload_hash = vector_text(o, "payload_hash"),
		.s3_rules = json_is_true(json_object_get(o, "s3_rules")),
	};
}
