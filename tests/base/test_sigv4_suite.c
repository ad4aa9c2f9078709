/* The official suite, each case by header and by query. */
#include "tests/support/unit.h"

#include <dirent.h>

#include "tests/support/vector.h"

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

	snprintf(path, sizeof path, "%s/v4/%s/%s", vector_folder(), name, file);
	assert_non_null(f = fopen(path, "rb"));
	*len = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
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
	snprintf(path, sizeof path, "%s/v4/%s/context.json", vector_folder(), name);
	assert_non_null(e->context = json_load_file(path, 0, NULL));
	e->text = read_file(name, "request.txt", &e->text_len);
	parse_request(e);
	credentials = json_object_get(e->context, "credentials");
	e->secret = vector_secret(vector_text(credentials, "secret_access_key"));
	if (!json_is_true(json_object_get(e->context, "omit_session_token")))
		e->token = vector_secret(vector_text(credentials, "token"));
	e->key = (struct sigv4_key){
		.access_key_id = vector_text(credentials, "access_key_id"),
		.secret = e->secret,
		.token = e->token,
		.region = vector_text(e->context, "region"),
		.service = vector_text(e->context, "service"),
		.time_ms = vector_time(
		    vector_text(e->context, "timestamp"), "%Y-%m-%dT%H:%M:%SZ"),
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

	snprintf(path, sizeof path, "%s/v4", vector_folder());
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_official_cases_by_header),
		cmocka_unit_test(the_official_cases_by_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
