/* What previewtable and apiwire make of commands, as JSON, for
 * test_previewtable.py.  usage: previewing rows
 *        previewing ask    lines "REGION LINE" on stdin */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/apiwire.h"
#include "policies/aws.h"
#include "policies/iam.h"
#include "policies/previewtable.h"
#include "policies/scope.h"

static void
print(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	puts(text == NULL ? "null" : text);
	free(text);
	json_decref(o);
}

/* The CLI's option for each member of an operation. */
static json_t *
options_of(const char *service, const char *cli)
{
	json_t *all = json_object();
	struct awsmodel_service s;
	struct awsmodel_operation op;
	struct awsmodel_param p;

	if (!awsmodel_service(service, &s) ||
	    !awsmodel_operation_cli(&s, span_of(cli), &op))
		return all;
	json_object_set_new(all, "", json_string(s.command));
	for (uint32_t i = 0; i < op.n_params; i++) {
		awsmodel_param_at(&op, i, &p);
		json_object_set_new(all, p.name, json_string(p.option));
	}
	return all;
}

static json_t *
operations_of(const struct previewtable_row *row)
{
	char text[1024], *save = NULL;
	json_t *all = json_object();

	snprintf(text, sizeof text, "%s", row->operations);
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		json_object_set_new(all, w, options_of(row->service, w));
	return all;
}

static void
rows(void)
{
	struct previewtable_row row;

	for (size_t i = 0; previewtable_row_at(i, &row); i++) {
		const struct previewtable_read *r = row.read;

		print(json_pack(
		    "{s:s, s:o, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, "
		    "s:s?, s:i}",
		    "service", row.service, "operations", operations_of(&row), "give",
		    row.give, "read_service", r->service, "read", r->operation, "each",
		    r->each, "name", r->name, "shown", r->shown, "tags", r->tags,
		    "bytes", r->bytes, "only", r->only, "next", r->next, "form",
		    (int)r->form));
	}
}

static const char *
policy_of(const struct apicall *c, const char *region, struct buf *out)
{
	const struct iam_place place = { "aws", "111122223333", region };
	struct iam_needs needs = { 0 };
	struct err err = { "" };

	buf_reset(out);
	if (iam_needs(c, &place, &needs, &err) == RC_OK) {
		(void)scope_bare(&needs, &place, out, &err);
		iam_clear(&needs);
	}
	return buf_cstr(out);
}

static json_t *
step_of(const struct previewtable_step *step)
{
	struct apiwire w = { .method = NULL };
	struct err err = { "" };
	struct buf policy;
	json_t *o;

	if (apiwire_make(step->call, step->read == NULL, &w, &err) != RC_OK)
		return json_pack("{s:s}", "error", err.text);
	buf_init(&policy, 4096);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:s?, "
		      "s:s}",
	    "service", apicall_service(step->call), "operation",
	    apicall_operation(step->call), "method", w.method, "host", w.host, "path",
	    buf_cstr(&w.path), "query", buf_cstr(&w.query), "body", buf_cstr(&w.body),
	    "signing", w.service, "region", w.region, "type", w.type, "target",
	    w.target, "only", step->only, "policy",
	    policy_of(step->call, apicall_region(step->call), &policy));
	buf_clear(&policy);
	apiwire_clear(&w);
	return o;
}

static void
ask(char *line)
{
	struct previewtable_plan plan = { 0 };
	struct refusal refusal = { 0 };
	struct aws_request *r = NULL;
	struct words *w = NULL;
	struct err err = { "" };
	json_t *steps = json_array();
	char *words = strchr(line, ' ');

	line[strcspn(line, "\n")] = '\0';
	*words++ = '\0';
	if (words_split(span_of(words), &w, &err) != RC_OK ||
	    aws_read(w, &r, &refusal) != RC_OK)
		print(json_pack("{s:s, s:s, s:o}", "words", err.text, "refused",
		    refusal.err.text, "steps", steps));
	else if (previewtable_plan(r, line, &plan, &err) != RC_OK)
		print(json_pack("{s:s, s:o}", "none", err.text, "steps", steps));
	else {
		for (size_t i = 0; i < plan.n; i++)
			json_array_append_new(steps, step_of(&plan.v[i]));
		print(json_pack("{s:o, s:b, s:b, s:b}", "steps", steps, "more",
		    plan.more, "filtered", plan.filtered, "at_most", plan.at_most));
	}
	previewtable_clear(&plan);
	aws_free(r);
	words_free(w);
}

int
main(int argc, char **argv)
{
	static char line[131072];

	if (argc == 2 && strcmp(argv[1], "rows") == 0)
		rows();
	else
		while (fgets(line, sizeof line, stdin) != NULL) {
			ask(line);
			fflush(stdout);
		}
	return 0;
}
