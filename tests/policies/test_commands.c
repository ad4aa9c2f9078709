/* Command lines and what they must come to: tests/vectors/commands.jsonl for the
 * readers, tests/vectors/evasion-sample.jsonl for readers and rules together. */
#include "tests/policies/asking.h"

#include <jansson.h>

#include "policies/decide.h"

static FILE *
open_vectors(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/vectors/%s", top ? top : ".", name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s is missing", path);
	return f;
}

static json_t *
next_row(FILE *f)
{
	static char line[65536];

	if (fgets(line, sizeof line, f) == NULL)
		return NULL;
	return json_loads(line, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
}

static const char *
text_of(json_t *row, const char *key)
{
	const char *s = json_string_value(json_object_get(row, key));

	return s == NULL ? "" : s;
}

static enum rc
read_words(json_t *row, struct words **ret, struct err *err)
{
	json_t *line = json_object_get(row, "line"),
	       *argv = json_object_get(row, "argv"), *v;
	struct span list[WORDS_MOST + 8];
	size_t i;

	if (line != NULL)
		return words_split(
		    span_make(json_string_value(line), json_string_length(line)), ret,
		    err);
	assert_true(json_array_size(argv) <= ROWS(list));
	json_array_foreach(argv, i, v) list[i] =
	    span_make(json_string_value(v), json_string_length(v));
	return words_from_list(list, json_array_size(argv), ret, err);
}

/* Status and text as the caller would get them. */
static struct aws_request *
read_row(json_t *row, struct refusal *refusal)
{
	struct aws_request *req = NULL;
	struct words *w = NULL;

	refusal->status = STATUS_USAGE;
	if (read_words(row, &w, &refusal->err) == RC_OK)
		aws_read(w, &req, refusal);
	words_free(w);
	return req;
}

static bool
has_call(const struct aws_request *req, const char *name)
{
	char call[256];

	for (size_t i = 0; i < req->n_calls; i++) {
		snprintf(call, sizeof call, "%s:%s", req->calls[i].service,
		    req->calls[i].operation);
		if (strcmp(call, name) == 0)
			return true;
	}
	return false;
}

static bool
request_is(json_t *row, const struct aws_request *req)
{
	json_t *calls = json_object_get(row, "calls"), *v;
	char name[256];
	size_t i;

	snprintf(name, sizeof name, "%s:%s", req->name.service, req->name.operation);
	if (strcmp(name, text_of(row, "name")) != 0 ||
	    strcmp(req->profile ? req->profile : "", text_of(row, "profile")) != 0 ||
	    strcmp(req->region ? req->region : "", text_of(row, "region")) != 0 ||
	    (calls != NULL && json_array_size(calls) != req->n_calls))
		return false;
	json_array_foreach(
	    calls, i, v) if (!has_call(req, json_string_value(v))) return false;
	for (i = 0; i < words_count(req->child); i++)
		if (strncmp(words_at(req->child, i), "--profile", 9) == 0)
			return false;
	return true;
}

static bool
row_holds(json_t *row)
{
	struct refusal refusal = { 0 };
	struct aws_request *req = read_row(row, &refusal);
	int want = (int)json_integer_value(json_object_get(row, "status"));
	bool good = (req == NULL ? (int)refusal.status : 0) == want;

	if (good && req != NULL)
		good = request_is(row, req);
	else if (good)
		good = strstr(refusal.err.text, text_of(row, "text")) != NULL;
	if (!good)
		print_message("# %s: status %d, %s\n", text_of(row, "id"),
		    (int)refusal.status,
		    req == NULL ? refusal.err.text : req->name.operation);
	aws_free(req);
	return good;
}

static void
every_line_reads_as_it_must(void **state)
{
	FILE *f = open_vectors("commands.jsonl");
	unsigned rows = 0, bad = 0;
	json_t *row;

	(void)state;
	for (; (row = next_row(f)) != NULL; json_decref(row), rows++)
		bad += !row_holds(row);
	assert_true(feof(f));
	fclose(f);
	assert_true(rows >= 150);
	assert_int_equal(bad, 0);
}

/* No refusal shows a byte that is not printable ASCII. */
static void
refusals_are_printable(void **state)
{
	FILE *f = open_vectors("commands.jsonl");
	json_t *row;

	(void)state;
	for (; (row = next_row(f)) != NULL; json_decref(row)) {
		struct refusal refusal = { 0 };
		struct aws_request *req = read_row(row, &refusal);

		if (req == NULL)
			for (const char *s = refusal.err.text; *s != '\0'; s++)
				assert_in_range(*s, 0x20, 0x7E);
		aws_free(req);
	}
	fclose(f);
}

/* The sample's exec rule as far as this version's language says it. */
static const char sample_policy[] =
    "version: 1\n"
    "name: sample\n"
    "rules:\n"
    "  - id: aws-look\n"
    "    effect: allow\n"
    "    on: [exec]\n"
    "    aws: {operations: [\"s3:ls\", \"sts:get-caller-identity\"]}\n";

static void
the_sample_is_judged_as_it_must(void **state)
{
	struct pack *pack = asking_pack(sample_policy);
	struct identity who = { .name = "agent-1" };
	struct facts facts = { .who = &who, .proof = PROOF_KEY };
	FILE *f = open_vectors("evasion-sample.jsonl");
	unsigned rows = 0;
	json_t *row;

	(void)state;
	for (; (row = next_row(f)) != NULL; json_decref(row)) {
		struct refusal refusal = { 0 };
		struct verdict v = { 0 };
		struct aws_request *req;
		bool allow = strcmp(text_of(row, "expect"), "allow") == 0;

		/* Lines of the other path must not get through here either. */
		if (strcmp(text_of(row, "path"), "exec") != 0)
			allow = false;
		req = read_row(row, &refusal);
		if (req != NULL)
			decide(pack_rules(pack), req, &facts, &v);
		if ((req != NULL && v.effect == EFFECT_ALLOW) != allow)
			fail_msg("%s: %s %s", text_of(row, "id"), refusal.err.text,
			    v.reason);
		aws_free(req);
		rows++;
	}
	fclose(f);
	pack_free(pack);
	assert_int_equal(rows, 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_reads_as_it_must),
		cmocka_unit_test(refusals_are_printable),
		cmocka_unit_test(the_sample_is_judged_as_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
