/* That each REST operation of the model is found again by a request made from its own
 * template; the hostile cases are in test_resolve.c. */
#include "tests/support/unit.h"

#include "broker/gate/route.h"
#include "tests/gate/asking.h"

/* A request line and headers for op: labels filled, what it needs put there. */
static void
make_lines(const struct awsmodel_operation *op, char *out, size_t size)
{
	struct buf b;
	bool query = strchr(op->path, '?') != NULL, in_label = false;

	buf_init(&b, size - 1);
	buf_printf(&b, "%s ", op->method);
	for (const char *p = op->path; *p != '\0'; p++) {
		if (*p == '{')
			buf_text(&b, "xyz");
		in_label = *p == '{' || (in_label && *p != '}');
		if (!in_label && *p != '}')
			buf_u8(&b, (uint8_t)*p);
	}
	for (uint32_t i = 0; i < op->n_params; i++) {
		struct awsmodel_param p;

		awsmodel_param_at(op, i, &p);
		if (!p.required || p.place != AWSMODEL_QUERY_STRING)
			continue;
		buf_printf(&b, "%c%s=1", query ? '&' : '?', p.wire);
		query = true;
	}
	buf_text(&b, " HTTP/1.1\nHost: a\n");
	for (uint32_t i = 0; i < op->n_params; i++) {
		struct awsmodel_param p;

		awsmodel_param_at(op, i, &p);
		if (p.required && p.place == AWSMODEL_HEADER &&
		    strcasecmp(p.wire, "host") != 0)
			buf_printf(&b, "%s: 1\n", p.wire);
	}
	assert_true(buf_ok(&b));
	snprintf(out, size, "%s", buf_cstr(&b));
	buf_clear(&b);
}

/* Found, or another one that has the very same wire. */
static bool
found_again(const struct awsmodel_service *s, const struct awsmodel_operation *op)
{
	struct place p = { .services = { s->number }, .n_services = 1 };
	struct refused why = { 0 };
	char lines[4096];
	struct route r;
	struct head *h;
	bool same = false;
	enum rc rc;

	p.s3 = strcmp(s->name, "s3") == 0;
	make_lines(op, lines, sizeof lines);
	h = asking_head(lines);
	if ((rc = route_find(h, &p, &r, &why)) == RC_OK) {
		same = strcmp(r.op.name, op->name) == 0;
		route_clear(&r);
	}
	head_free(h);
	return same;
}

static void
each_operation_is_found_by_its_template(void **state)
{
	unsigned all = 0, found = 0;

	(void)state;
	for (uint32_t i = 0; i < awsmodel_count(); i++) {
		struct awsmodel_service s;

		awsmodel_service_at(i, &s);
		if (s.protocol != AWSMODEL_REST_JSON && s.protocol != AWSMODEL_REST_XML)
			continue;
		for (uint32_t n = 0; n < s.n_operations; n++) {
			struct awsmodel_operation op;
			bool ok;

			awsmodel_operation_at(&s, n, &op);
			ok = found_again(&s, &op);
			all++;
			found += ok;
			if (!ok)
				print_message(
				    "# not found by its template: %s:%s %s %s\n",
				    s.name, op.name, op.method, op.path);
		}
	}
	print_message("# %u of %u\n", found, all);
	assert_true(all > 5000);
	/* The few that share a wire with another of the same service. */
	assert_in_range(all - found, 0, 12);
}

static void
the_more_literal_one_is_meant(void **state)
{
	static const struct {
		const char *service, *line, *operation;
	} rows[] = {
		{ "lambda", "GET /2015-03-31/functions/f", "GetFunction" },
		{ "lambda", "GET /2015-03-31/functions", "ListFunctions" },
		{ "lambda", "GET /2015-03-31/functions/", "ListFunctions" },
		{ "apigateway", "GET /restapis/a/resources/b", "GetResource" },
		{ "s3", "GET /", "ListBuckets" },
		{ "s3", "GET /abc", "ListObjects" },
		{ "s3", "GET /abc/", "ListObjects" },
		{ "s3", "GET /abc/k/", "GetObject" },
		{ "s3", "GET /abc?versions", "ListObjectVersions" },
		{ "s3", "GET /abc/k?acl", "GetObjectAcl" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct place p = { .n_services = 1 };
		struct refused why = { 0 };
		struct awsmodel_service s;
		char lines[256];
		struct route r;
		struct head *h;

		assert_true(awsmodel_service(rows[i].service, &s));
		p.services[0] = s.number;
		p.s3 = strcmp(s.name, "s3") == 0;
		snprintf(lines, sizeof lines, "%s HTTP/1.1\nHost: a\n", rows[i].line);
		h = asking_head(lines);
		if (route_find(h, &p, &r, &why) != RC_OK)
			fail_msg("row %zu: %s", i, why.text);
		assert_string_equal(r.op.name, rows[i].operation);
		route_clear(&r);
		head_free(h);
	}
}

static void
paths_are_bounded(void **state)
{
	struct place p = { .n_services = 1, .s3 = true };
	struct refused why = { 0 };
	struct awsmodel_service s;
	char lines[4 * ROUTE_SEGMENTS + 64];
	struct route r;
	struct buf b;
	struct head *h;

	(void)state;
	assert_true(awsmodel_service("s3", &s));
	p.services[0] = s.number;
	for (unsigned n = ROUTE_SEGMENTS; n <= ROUTE_SEGMENTS + 1; n++) {
		buf_init(&b, sizeof lines);
		buf_text(&b, "GET ");
		for (unsigned i = 0; i < n; i++)
			buf_text(&b, "/a");
		buf_text(&b, " HTTP/1.1\nHost: a\n");
		snprintf(lines, sizeof lines, "%s", buf_cstr(&b));
		buf_clear(&b);
		h = asking_head(lines);
		if (n == ROUTE_SEGMENTS) {
			assert_int_equal(route_find(h, &p, &r, &why), RC_OK);
			assert_int_equal(r.labels[1].raw.len, 2 * n - 3);
			route_clear(&r);
		} else {
			assert_int_equal(route_find(h, &p, &r, &why), RC_REFUSE);
		}
		head_free(h);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_is_found_by_its_template),
		cmocka_unit_test(the_more_literal_one_is_meant),
		cmocka_unit_test(paths_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
