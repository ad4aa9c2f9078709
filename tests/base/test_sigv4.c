/* The official suite (each case by header and by query), our own cases, and the
 * streams.  The vectors are data: tests/vectors/sigv4/README.md. */
#include "tests/support/unit.h"

#include <dirent.h>
#include <jansson.h>
#include <time.h>

#include "lib/base/sigv4.h"

#define HEADERS 32

static char folder[4096];

/* ---- what a case is made of ---- */

struct example {
	json_t *context;
	char *text; /* the request as the file has it */
	size_t text_len;
	char method[16];
	struct span path, query, body;
	struct sigv4_header headers[HEADERS];
	size_t n_headers;
	char hash[SIGV4_HEX];
	struct secret *secret, *token;
	struct sigv4_key key;
	struct sigv4_request request;
};

static char *
read_file(const char *name, const char *file, size_t *len)
{
	char path[8192], *text = calloc(1, 1 << 20);
	FILE *f;

	snprintf(path, sizeof path, "%s/v4/%s/%s", folder, name, file);
	assert_non_null(f = fopen(path, "rb"));
	*len = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

static uint64_t
when(const char *text, const char *fmt)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(text, fmt, &tm));
	return (uint64_t)timegm(&tm) * 1000;
}

static struct secret *
make_secret(const char *text)
{
	struct secret *s = NULL;

	if (text != NULL)
		assert_int_equal(secret_copy(span_of(text), &s, NULL), RC_OK);
	return s;
}

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static char *
end_of_line(char *line)
{
	char *end = strchr(line, '\n');

	return end == NULL ? line + strlen(line) : end;
}

/* "GET /path with blanks?query HTTP/1.1" */
static void
parse_first_line(struct example *e, char *line, char *end)
{
	char *space = strchr(line, ' '), *mark;

	end -= strlen(" HTTP/1.1");
	assert_memory_equal(end, " HTTP/1.1", 9);
	snprintf(e->method, sizeof e->method, "%.*s", (int)(space - line), line);
	e->path = span_make(space + 1, (size_t)(end - space - 1));
	if ((mark = memchr(e->path.p, '?', e->path.len)) == NULL)
		return;
	e->query = span_make(mark + 1, (size_t)(end - mark - 1));
	e->path.len = (size_t)(mark - (char *)e->path.p);
}

/* One header; a line that begins with a blank goes on with the one before, and its
 * line end becomes a space. */
static void
parse_header(struct example *e, char *line, char *end)
{
	struct sigv4_header *h;
	char *colon;

	if (*line == ' ') {
		assert_true(e->n_headers > 0);
		h = &e->headers[e->n_headers - 1];
		line[-1] = ' ';
		h->value.len = (size_t)(end - (char *)h->value.p);
		return;
	}
	assert_non_null(colon = memchr(line, ':', (size_t)(end - line)));
	h = &e->headers[e->n_headers++];
	h->name = span_make(line, (size_t)(colon - line));
	h->value = span_make(colon + 1, (size_t)(end - colon - 1));
}

static void
parse_request(struct example *e)
{
	char *line = e->text, *end = end_of_line(line);

	parse_first_line(e, line, end);
	while (*end == '\n' && end[1] != '\n' && end[1] != '\0') {
		line = end + 1;
		end = end_of_line(line);
		parse_header(e, line, end);
	}
	e->body = span_of(*end == '\n' && end[1] == '\n' ? end + 2 : "");
	assert_int_equal(sigv4_hash(e->body, e->hash, NULL), RC_OK);
}

static void
example_open(struct example *e, const char *name)
{
	char path[8192];
	json_t *credentials;

	memset(e, 0, sizeof *e);
	snprintf(path, sizeof path, "%s/v4/%s/context.json", folder, name);
	assert_non_null(e->context = json_load_file(path, 0, NULL));
	e->text = read_file(name, "request.txt", &e->text_len);
	parse_request(e);
	credentials = json_object_get(e->context, "credentials");
	e->secret = make_secret(text_of(credentials, "secret_access_key"));
	if (!json_is_true(json_object_get(e->context, "omit_session_token")))
		e->token = make_secret(text_of(credentials, "token"));
	e->key = (struct sigv4_key){
		.access_key_id = text_of(credentials, "access_key_id"),
		.secret = e->secret,
		.token = e->token,
		.region = text_of(e->context, "region"),
		.service = text_of(e->context, "service"),
		.time_ms = when(text_of(e->context, "timestamp"), "%Y-%m-%dT%H:%M:%SZ"),
	};
	/* Not normalised is what the S3 rules mean; without escapes on the wire, as
	 * here, they differ in nothing else. */
	e->request = (struct sigv4_request){
		.method = e->method,
		.path = e->path,
		.query = e->query,
		.headers = e->headers,
		.n_headers = e->n_headers,
		.payload_hash = e->hash,
		.s3_rules = json_is_false(json_object_get(e->context, "normalize")),
	};
}

static void
example_close(struct example *e)
{
	json_decref(e->context);
	secret_free(e->secret);
	secret_free(e->token);
	free(e->text);
}

static void
same_as_file(const char *name, const char *file, struct buf *have)
{
	size_t len;
	char *want = read_file(name, file, &len);

	if (strcmp(want, buf_cstr(have)) != 0)
		print_error("# %s/%s\n", name, file);
	assert_string_equal(buf_cstr(have), want);
	free(want);
}

/* Canonical request, string to sign and signature against the three files. */
static void
same_as_files(const char *name, const char *form, const struct sigv4_request *r,
    const struct sigv4_key *k, const char *signature)
{
	char file[64];
	struct buf canonical, text;

	buf_init(&canonical, SIGV4_TEXT_MAX);
	buf_init(&text, SIGV4_TEXT_MAX);
	assert_int_equal(sigv4_canon(r, &canonical, NULL), RC_OK);
	snprintf(file, sizeof file, "%s-canonical-request.txt", form);
	same_as_file(name, file, &canonical);
	assert_int_equal(sigv4_to_sign(buf_span(&canonical), k, &text, NULL), RC_OK);
	snprintf(file, sizeof file, "%s-string-to-sign.txt", form);
	same_as_file(name, file, &text);
	buf_reset(&text);
	buf_text(&text, signature);
	snprintf(file, sizeof file, "%s-signature.txt", form);
	same_as_file(name, file, &text);
	buf_clear(&canonical);
	buf_clear(&text);
}

/* The lines that signing gave, as headers behind those of the request; without the
 * last, Authorization, which is not signed. */
static size_t
with_lines(struct example *e, struct buf *lines, struct sigv4_header *all)
{
	const char *line = buf_cstr(lines);
	size_t n = e->n_headers;

	memcpy(all, e->headers, n * sizeof *all);
	while (strncmp(line, "Authorization:", 14) != 0) {
		const char *colon = strchr(line, ':'), *end = strstr(line, "\r\n");

		all[n].name = span_make(line, (size_t)(colon - line));
		all[n++].value = span_make(colon + 2, (size_t)(end - colon - 2));
		line = end + 2;
	}
	return n;
}

static void
authorization_stands_in(const char *name, struct buf *lines)
{
	char *have = strstr(buf_cstr(lines), "Authorization: "), want[4096], *file;
	size_t len;

	assert_non_null(have);
	have[strcspn(have, "\r")] = '\0';
	file = read_file(name, "header-signed-request.txt", &len);
	snprintf(want, sizeof want, "\nAuthorization:%s", have + 15);
	assert_non_null(strstr(file, want));
	free(file);
}

static void
check_by_header(const char *name)
{
	struct sigv4_header all[HEADERS + 4];
	char signature[SIGV4_HEX];
	struct example e;
	struct buf lines;

	example_open(&e, name);
	buf_init(&lines, 65536);
	assert_int_equal(sigv4_header(&e.request, &e.key,
			     json_is_true(json_object_get(e.context, "sign_body")),
			     &lines, signature, NULL),
	    RC_OK);
	e.request.n_headers = with_lines(&e, &lines, all);
	e.request.headers = all;
	same_as_files(name, "header", &e.request, &e.key, signature);
	authorization_stands_in(name, &lines);
	buf_clear(&lines);
	example_close(&e);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The parameters sorted: the suite and botocore write them in different order. */
static void
sort_query(const char *text, struct buf *out)
{
	char *copy = strdup(text), *save = NULL, *part[64];
	size_t n = 0;

	for (char *p = strtok_r(copy, "&", &save); p; p = strtok_r(NULL, "&", &save))
		part[n++] = p;
	qsort(part, n, sizeof *part, compare_texts);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s\n", part[i]);
	free(copy);
}

static void
query_stands_in(const char *name, const struct example *e, struct buf *query)
{
	char *file, *mark, *end;
	struct buf have, want;
	size_t len;

	file = read_file(name, "query-signed-request.txt", &len);
	assert_non_null(mark = strchr(file, '?'));
	assert_non_null(end = strstr(mark, " HTTP/1.1\n"));
	*end = '\0';
	buf_init(&have, 65536);
	buf_init(&want, 65536);
	sort_query(buf_cstr(query), &have);
	sort_query(mark + 1, &want);
	/* Added after signing, so not ours to add. */
	if (json_is_true(json_object_get(e->context, "omit_session_token")))
		assert_non_null(strstr(mark, "X-Amz-Security-Token="));
	else
		assert_string_equal(buf_cstr(&have), buf_cstr(&want));
	buf_clear(&have);
	buf_clear(&want);
	free(file);
}

static void
check_by_query(const char *name)
{
	char signature[SIGV4_HEX];
	struct example e;
	struct buf query;

	example_open(&e, name);
	buf_init(&query, 65536);
	assert_int_equal(sigv4_url(&e.request, &e.key,
			     (unsigned)json_integer_value(
				 json_object_get(e.context, "expiration_in_seconds")),
			     &query, signature, NULL),
	    RC_OK);
	e.request.query = buf_span(&query);
	same_as_files(name, "query", &e.request, &e.key, signature);
	query_stands_in(name, &e, &query);
	buf_clear(&query);
	example_close(&e);
}

static unsigned
each_case(void (*check)(const char *name))
{
	char path[8192];
	struct dirent *entry;
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof path, "%s/v4", folder);
	assert_non_null(d = opendir(path));
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		check(entry->d_name);
		n++;
	}
	closedir(d);
	return n;
}

static void
the_official_cases_by_header(void **state)
{
	(void)state;
	assert_int_equal(each_case(check_by_header), 38);
}

static void
the_official_cases_by_query(void **state)
{
	(void)state;
	assert_int_equal(each_case(check_by_query), 38);
}

/* ---- extra.json and streaming.json ---- */

static json_t *
load(const char *file)
{
	char path[8192];
	json_t *j;

	snprintf(path, sizeof path, "%s/%s", folder, file);
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

static size_t
json_headers(const json_t *o, bool all, struct sigv4_header *headers, bool *hash)
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

static struct sigv4_key
json_key(const json_t *o, struct secret **secret, struct secret **token)
{
	*secret = make_secret(text_of(o, "secret_access_key"));
	*token = make_secret(text_of(o, "session_token"));
	return (struct sigv4_key){
		.access_key_id = text_of(o, "access_key_id"),
		.secret = *secret,
		.token = *token,
		.region = text_of(o, "region"),
		.service = text_of(o, "service"),
		.time_ms = when(text_of(o, "timestamp"), "%Y%m%dT%H%M%SZ"),
	};
}

static struct sigv4_request
json_request(const json_t *o, const struct sigv4_header *headers, size_t n)
{
	return (struct sigv4_request){
		.method = text_of(o, "method"),
		.path = span_of(text_of(o, "path")),
		.query = span_of(text_of(o, "query")),
		.headers = headers,
		.n_headers = n,
		.payload_hash = text_of(o, "payload_hash"),
		.s3_rules = json_is_true(json_object_get(o, "s3_rules")),
	};
}

static void
check_texts(const json_t *o, const struct sigv4_request *r, const struct sigv4_key *k)
{
	struct buf canonical, text;

	buf_init(&canonical, SIGV4_TEXT_MAX);
	buf_init(&text, SIGV4_TEXT_MAX);
	assert_int_equal(sigv4_canon(r, &canonical, NULL), RC_OK);
	assert_string_equal(buf_cstr(&canonical), text_of(o, "canonical_request"));
	assert_int_equal(sigv4_to_sign(buf_span(&canonical), k, &text, NULL), RC_OK);
	assert_string_equal(buf_cstr(&text), text_of(o, "string_to_sign"));
	buf_clear(&canonical);
	buf_clear(&text);
}

static void
check_body_hash(const json_t *o)
{
	const char *body = text_of(o, "body");
	char hash[SIGV4_HEX];

	if (body == NULL)
		return;
	assert_int_equal(sigv4_hash(span_of(body), hash, NULL), RC_OK);
	assert_string_equal(hash, text_of(o, "payload_hash"));
}

static void
check_extra(const json_t *o)
{
	struct sigv4_header headers[HEADERS];
	struct secret *secret, *token;
	struct sigv4_key key = json_key(o, &secret, &token);
	bool hash = false;
	struct sigv4_request r;
	char signature[SIGV4_HEX], *line;
	struct buf lines;

	r = json_request(o, headers, json_headers(o, true, headers, &hash));
	check_texts(o, &r, &key);
	check_body_hash(o);
	r.n_headers = json_headers(o, false, headers, &hash);
	buf_init(&lines, 65536);
	assert_int_equal(sigv4_header(&r, &key, hash, &lines, signature, NULL), RC_OK);
	assert_string_equal(signature, text_of(o, "signature"));
	line = strstr(buf_cstr(&lines), "Authorization: ");
	assert_non_null(line);
	line[strcspn(line, "\r")] = '\0';
	assert_string_equal(line + 15, text_of(o, "authorization"));
	buf_clear(&lines);
	secret_free(secret);
	secret_free(token);
}

static void
check_presigned(const json_t *o)
{
	struct sigv4_header headers[HEADERS];
	struct secret *secret, *token;
	struct sigv4_key key = json_key(o, &secret, &token);
	bool hash = false;
	struct sigv4_request r =
	    json_request(o, headers, json_headers(o, true, headers, &hash));
	char signature[SIGV4_HEX];
	struct buf query, url;

	buf_init(&query, 65536);
	buf_init(&url, 65536);
	assert_int_equal(
	    sigv4_url(&r, &key,
		(unsigned)json_integer_value(json_object_get(o, "expires")), &query,
		signature, NULL),
	    RC_OK);
	assert_string_equal(signature, text_of(o, "signature"));
	buf_printf(&url, "https://%.*s%s?%s", (int)headers[0].value.len,
	    (const char *)headers[0].value.p, text_of(o, "path"), buf_cstr(&query));
	assert_string_equal(buf_cstr(&url), text_of(o, "url"));
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
	json_t *all = load("extra.json");
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

	r = json_request(o, headers, json_headers(o, false, headers, &hash));
	r.payload_hash = literal;
	r.s3_rules = strcmp(k->service, "s3") == 0;
	buf_init(&lines, 65536);
	assert_int_equal(sigv4_header(&r, k, hash, &lines, ret, NULL), RC_OK);
	assert_string_equal(ret, text_of(o, "seed_signature"));
	assert_non_null(strstr(buf_cstr(&lines), text_of(o, "signed_headers")));
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
	assert_string_equal(signature, text_of(o, "signature"));
}

static void
chunks_and_their_trailer(void **state)
{
	json_t *all = load("streaming.json");
	const json_t *o = json_object_get(all, "s3_chunked"), *c;
	struct secret *secret, *token;
	struct sigv4_key key = json_key(o, &secret, &token);
	char prev[SIGV4_HEX], next[SIGV4_HEX];
	uint8_t *data = malloc(65536);
	size_t i;

	(void)state;
	seed(o, &key, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", prev);
	json_array_foreach(json_object_get(o, "chunks"), i, c)
	{
		size_t len = (size_t)json_integer_value(json_object_get(c, "length"));

		memset(data, text_of(c, "fill")[0], len);
		assert_int_equal(
		    sigv4_chunk(&key, prev, span_make(data, len), next, NULL), RC_OK);
		assert_string_equal(next, text_of(c, "signature"));
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
	json_t *all = load("streaming.json");
	const json_t *o = json_object_get(all, "event_stream"), *c;
	struct secret *secret, *token;
	struct sigv4_key key = json_key(o, &secret, &token);
	char prev[SIGV4_HEX], next[SIGV4_HEX];
	size_t i;

	(void)state;
	seed(o, &key, "STREAMING-AWS4-HMAC-SHA256-EVENTS", prev);
	json_array_foreach(json_object_get(o, "events"), i, c)
	{
		key.time_ms =
		    (uint64_t)json_integer_value(json_object_get(c, "date_ms"));
		assert_int_equal(
		    sigv4_event(&key, prev, span_of(text_of(c, "payload")), next, NULL),
		    RC_OK);
		assert_string_equal(next, text_of(c, "signature"));
		memcpy(prev, next, sizeof prev);
	}
	assert_int_equal(i, 4);
	secret_free(secret);
	secret_free(token);
	json_decref(all);
}

/* ---- what must be refused ---- */

static const struct sigv4_header host = { .name = { (const uint8_t *)"Host", 4 },
	.value = { (const uint8_t *)"h", 1 } };

static enum rc
try_request(const char *path, const char *query, const struct sigv4_header *headers,
    size_t n, struct sigv4_key key)
{
	struct secret *secret = make_secret("s");
	struct sigv4_request r = { "GET", span_of(path), span_of(query), headers, n,
		SIGV4_EMPTY_HASH, true };
	char signature[SIGV4_HEX];
	struct buf out;
	struct err err;
	enum rc a, b;

	if (key.secret == NULL)
		key.secret = secret;
	buf_init(&out, 65536);
	a = sigv4_header(&r, &key, true, &out, signature, &err);
	b = sigv4_url(&r, &key, 60, &out, signature, &err);
	buf_clear(&out);
	secret_free(secret);
	return a == RC_OK ? b : a;
}

static const struct sigv4_key good = { .access_key_id = "AKID",
	.region = "eu-west-1",
	.service = "s3",
	.time_ms = 1767322000000 };

static void
ill_formed_requests_are_refused(void **state)
{
	static const struct {
		const char *path, *query;
	} bad[] = { { "a", "" }, { "/%", "" }, { "/%4x", "" }, { "/", "a=%" },
		{ "/", "%zz=1" }, { "/", "a=b+c" }, { "/", "a+b" },
		{ "/", "X-Amz-Date=1" }, { "/", "a=1&X%2DAmz-Signature=00" },
		{ "/", "X-Amz-Security-Token" } };

	(void)state;
	assert_int_equal(try_request("/%20a", "a=%2B&b", &host, 1, good), RC_OK);
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(
		    try_request(bad[i].path, bad[i].query, &host, 1, good), RC_REFUSE);
}

static void
ill_formed_headers_are_refused(void **state)
{
	static const struct {
		const char *name, *value;
	} bad[] = { { "", "v" }, { "a b", "v" }, { "a:", "v" }, { "a\n", "v" },
		{ "\xC3\xA4", "v" }, { "a", "v\r\nX-Evil: 1" }, { "a", "v\n" },
		{ "Authorization", "v" }, { "x-amz-DATE", "v" },
		{ "x-amz-security-token", "v" }, { "x-amz-content-sha256", "v" } };
	struct sigv4_header two[2] = { host, { { 0 }, { 0 } } };
	struct sigv4_header many[SIGV4_HEADERS_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		two[1].name = span_of(bad[i].name);
		two[1].value = span_of(bad[i].value);
		assert_int_equal(try_request("/", "", two, 2, good), RC_REFUSE);
	}
	two[1].name = span_of("a");
	two[1].value = span_make("v\0w", 3);
	assert_int_equal(try_request("/", "", two, 2, good), RC_REFUSE);
	assert_int_equal(try_request("/", "", NULL, 0, good), RC_REFUSE);
	for (size_t i = 0; i < ROWS(many); i++)
		many[i] = host;
	assert_int_equal(try_request("/", "", many, ROWS(many), good), RC_REFUSE);
}

static void
ill_formed_keys_are_refused(void **state)
{
	struct secret *big = NULL, *hostile = make_secret("t\r\nX: y");
	struct sigv4_key bad[8];

	(void)state;
	assert_int_equal(secret_new(257, &big, NULL), RC_OK);
	for (size_t i = 0; i < ROWS(bad); i++)
		bad[i] = good;
	bad[0].access_key_id = "";
	bad[1].access_key_id = "AK/ID";
	bad[2].region = "eu west";
	bad[3].region = "eu/west";
	bad[4].service = "s3\n";
	bad[5].secret = big;
	bad[6].token = hostile;
	bad[7].time_ms = UINT64_MAX;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(try_request("/", "", &host, 1, bad[i]), RC_REFUSE);
	secret_free(big);
	secret_free(hostile);
}

static void
bounds_are_kept(void **state)
{
	struct secret *secret = make_secret("s");
	struct sigv4_key key = good;
	struct sigv4_request r = { "GET", span_of("/"), { 0 }, &host, 1,
		SIGV4_EMPTY_HASH, true };
	char out[SIGV4_HEX];
	struct buf b;

	(void)state;
	key.secret = secret;
	buf_init(&b, 65536);
	assert_int_equal(sigv4_url(&r, &key, 0, &b, out, NULL), RC_REFUSE);
	assert_int_equal(
	    sigv4_url(&r, &key, SIGV4_EXPIRES_MAX + 1, &b, out, NULL), RC_REFUSE);
	assert_int_equal(sigv4_chunk(&key, "no", span_of(""), out, NULL), RC_REFUSE);
	assert_int_equal(sigv4_event(&key, "", span_of(""), out, NULL), RC_REFUSE);
	assert_int_equal(sigv4_trailer(&key, "", NULL, 0, out, NULL), RC_REFUSE);
	buf_clear(&b);
	secret_free(secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_official_cases_by_header),
		cmocka_unit_test(the_official_cases_by_query),
		cmocka_unit_test(our_cases_agree_with_botocore),
		cmocka_unit_test(chunks_and_their_trailer),
		cmocka_unit_test(events_of_a_stream),
		cmocka_unit_test(ill_formed_requests_are_refused),
		cmocka_unit_test(ill_formed_headers_are_refused),
		cmocka_unit_test(ill_formed_keys_are_refused),
		cmocka_unit_test(bounds_are_kept),
	};
	const char *top = getenv("top_srcdir");

	snprintf(folder, sizeof folder, "%s/tests/vectors/sigv4", top ? top : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
