/* What AWS answers to a preview: page after page, read after read, and the summary of
 * all of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/monitor/answertree.h"
#include "broker/monitor/preview_parts.h"
#include "lib/base/log.h"

/* ---- what was told ---- */

static void
put_bytes(struct buf *b, uint64_t n)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB",
		"PiB" };
	double v = (double)n;
	size_t u = 0;

	for (; v >= 1024 && u + 1 < sizeof units / sizeof units[0]; u++)
		v /= 1024;
	buf_printf(b, u == 0 ? "%.0f %s" : "%.1f %s", v, units[u]);
}

static void
put_separator(struct preview *p)
{
	if (p->summary.len > 0)
		buf_text(&p->summary, "; ");
}

/* "at least 5000 objects under s3://logs/2026/, 1.2 GiB" */
static void
summarize(struct preview *p, bool whole)
{
	const struct previewtable_step *step = &p->plan.v[p->at];
	const struct previewread_sum *s = &p->sum;
	char where[PREVIEW_WHERE];

	preview_where(step, where);
	put_separator(p);
	buf_printf(&p->summary, "%s%" PRIu64 " %s%s", whole ? "" : "at least ",
	    s->count, s->count == 1 ? step->read->one : step->read->many,
	    step->target && where[0] == '\0' ? " now where it goes to" : where);
	if (s->sized) {
		buf_text(&p->summary, ", ");
		put_bytes(&p->summary, s->bytes);
	}
	p->more = p->more || !whole;
}

static void
add_up(struct preview *p)
{
	/* What stands at a target is no part of what is moved there. */
	if (p->plan.v[p->at].target)
		return;
	p->total.count += p->sum.count;
	p->total.sized = p->total.sized || p->sum.sized;
	p->total.bytes += p->sum.bytes < UINT64_MAX - p->total.bytes ? p->sum.bytes : 0;
}

/* How the words of the command bound what was found. */
static void
put_limits(struct preview *p)
{
	if (p->plan.more)
		p->more = true;
	if (p->plan.filtered)
		buf_text(&p->summary,
		    "; before --exclude and --include, which take some out");
	if (p->plan.at_most)
		buf_text(&p->summary, "; only what differs is touched");
	if (p->plan.more)
		buf_text(&p->summary, "; there is more that was not asked about");
}

static void
step_next(struct preview *p)
{
	p->at++;
	p->page = 0;
	p->region[0] = '\0';
	p->sum = (struct previewread_sum){ .count = 0 };
	apicall_free(p->asked);
	p->asked = NULL;
	preview_step(p);
}

static void
step_failed(struct preview *p, const char *why)
{
	preview_why(p, apicall_operation(p->plan.v[p->at].call), why);
	/* Pages that came count. */
	if (p->page > 0) {
		p->answered++;
		summarize(p, false);
		add_up(p);
	}
	step_next(p);
}

/* ---- answers ---- */

/* The call of the next page: as before, with the token. */
static enum rc
ask_page(struct preview *p, const char *member, struct span token, struct err *err)
{
	const struct apicall *from = p->plan.v[p->at].call;
	struct apicall *to = NULL;
	enum rc rc = apicall_new(apicall_service(from), apicall_operation(from),
	    p->region[0] != '\0' ? p->region : apicall_region(from), &to, err);

	for (size_t i = 0; rc == RC_OK && i < apicall_count(from); i++)
		rc = apicall_value(
		    to, apicall_at(from, i)->name, apicall_at(from, i)->value, err);
	if (rc == RC_OK && member != NULL)
		rc = apicall_value(to, member, token, err);
	if (rc != RC_OK) {
		apicall_free(to);
		return rc;
	}
	apicall_free(p->asked);
	p->asked = to;
	return RC_OK;
}

static void on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err);

/* AWS has done nothing, and says whether it would have. */
static void
dry_answer(struct preview *p, unsigned status, const char *code)
{
	const char *operation = apicall_operation(p->plan.v[p->at].call);

	if (status < 400) {
		/* It cannot be: DryRun went out and was signed. */
		log_line(LOG_ERROR, "AWS answered %u to a dry %s", status, operation);
		step_failed(p, "the answer to a dry run is not one");
		return;
	}
	if (status >= 500 || code[0] == '\0') {
		step_failed(p, "no answer that means anything");
		return;
	}
	p->answered++;
	put_separator(p);
	if (strcmp(code, "DryRunOperation") == 0)
		buf_printf(
		    &p->summary, "a dry run of %s would have gone through", operation);
	else
		buf_printf(
		    &p->summary, "a dry run of %s was refused: %s", operation, code);
	step_next(p);
}

static json_t *
head_tree(const struct preview *p, const struct previewtable_read *r)
{
	char word[192];
	json_t *o = json_object();

	for (const char *at = r->shown; o != NULL && at != NULL && *at != '\0';) {
		size_t n = strcspn(at, " ");
		struct span v;

		if (!span_copy(span_make(at, n), word, sizeof word))
			break;
		at += n + strspn(at + n, " ");
		v = http_header(p->call, word + strcspn(word, "=@") + 1);
		if (v.len > 0)
			(void)json_object_set_new(o, word + strcspn(word, "=@") + 1,
			    json_stringn((const char *)v.p, v.len));
	}
	if (o != NULL && r->bytes != NULL) {
		struct span v = http_header(p->call, r->bytes);

		if (v.len > 0)
			(void)json_object_set_new(
			    o, r->bytes, json_stringn((const char *)v.p, v.len));
	}
	return o;
}

static enum rc
read_tree(const struct preview *p, const struct previewtable_read *r, struct span body,
    json_t **ret, struct err *err)
{
	if (r->form == PREVIEWTABLE_HEAD)
		return (*ret = head_tree(p, r)) != NULL ? RC_OK : err_memory(err);
	return p->protocol == AWSMODEL_JSON || p->protocol == AWSMODEL_REST_JSON
		   ? answertree_json(body, ret, err)
		   : answertree_xml(body, ret, err);
}

/* RC_WAIT: another page is on its way. */
static enum rc
next_page(struct preview *p, const struct previewtable_read *r, const json_t *tree,
    bool *whole, struct err *err)
{
	char member[PREVIEWREAD_CODE];
	struct buf token;
	enum rc rc = RC_OK;

	buf_init(&token, APICALL_VALUE + 1);
	*whole = !previewread_next(r, tree, member, &token);
	if (!*whole && ++p->page < p->most_pages &&
	    (rc = ask_page(p, member, buf_span(&token), err)) == RC_OK &&
	    (rc = preview_send(p, on_answer, err)) == RC_OK)
		rc = RC_WAIT;
	buf_clear(&token);
	return rc;
}

static void
take_answer(struct preview *p, struct span body)
{
	const struct previewtable_step *step = &p->plan.v[p->at];
	json_t *tree = NULL;
	struct err err = { "" };
	struct buf name;
	bool whole = true;
	enum rc rc;

	buf_init(&name, 4096);
	if (step->read->form == PREVIEWTABLE_HEAD)
		preview_object(step, &name);
	rc = read_tree(p, step->read, body, &tree, &err);
	p->call = NULL;
	if (rc == RC_OK)
		rc = previewread_take(step, buf_cstr(&name), tree, p->most_items,
		    p->items, &p->sum, &err);
	if (rc == RC_OK)
		rc = next_page(p, step->read, tree, &whole, &err);
	json_decref(tree);
	buf_clear(&name);
	if (rc == RC_WAIT)
		return;
	if (rc != RC_OK) {
		step_failed(p, err.text);
		return;
	}
	p->answered++;
	summarize(p, whole);
	add_up(p);
	step_next(p);
}

/* S3 says where the bucket is: once, and only to a name that a region can have. */
static bool
sent_elsewhere(struct preview *p, unsigned status)
{
	const struct previewtable_read *r = p->plan.v[p->at].read;
	struct span to = http_header(p->call, "x-amz-bucket-region");
	struct err err = { "" };

	if (r == NULL || strcmp(r->service, "s3") != 0 || p->region[0] != '\0' ||
	    (status != 301 && status != 400) || !profile_region(to) ||
	    !span_copy(to, p->region, sizeof p->region))
		return false;
	p->call = NULL;
	return ask_page(p, NULL, span_make(NULL, 0), &err) == RC_OK &&
	       preview_send(p, on_answer, &err) == RC_OK;
}

static void
take_refusal(struct preview *p, unsigned status, struct span body)
{
	const struct previewtable_step *step = &p->plan.v[p->at];
	char code[PREVIEWREAD_CODE], why[PREVIEWREAD_CODE + 32];

	if (sent_elsewhere(p, status))
		return;
	previewread_error(p->protocol,
	    p->call == NULL ? span_make(NULL, 0)
			    : http_header(p->call, "x-amzn-errortype"),
	    body, code);
	p->call = NULL;
	if (step->read == NULL) {
		dry_answer(p, status, code);
		return;
	}
	if (step->read->form == PREVIEWTABLE_HEAD && status == 404) {
		p->answered++;
		summarize(p, true);
		step_next(p);
		return;
	}
	snprintf(why, sizeof why, "HTTP %u %s", status, code);
	step_failed(p, why);
}

static void
on_answer(void *arg, enum rc rc, unsigned status, struct span body,
    const struct err *http_err)
{
	struct preview *p = arg;
	const bool too_long = rc != RC_OK && http_too_long(p->call);

	if (rc == RC_OK && status == 200 && p->plan.v[p->at].read != NULL) {
		take_answer(p, body);
		return;
	}
	if (rc == RC_OK) {
		take_refusal(p, status, body);
		return;
	}
	p->call = NULL;
	p->more = p->more || too_long;
	step_failed(p, http_err->text);
}

/* ---- from step to step ---- */

void
preview_step(struct preview *p)
{
	struct err err = { "" };

	if (p->at == p->plan.n) {
		if (p->answered > 0)
			put_limits(p);
		preview_finish(p, p->answered > 0 ? "done" : "failed");
		return;
	}
	if (ask_page(p, NULL, span_make(NULL, 0), &err) != RC_OK ||
	    preview_send(p, on_answer, &err) != RC_OK)
		step_failed(p, err.text);
}

void
preview_late(struct preview *p)
{
	preview_why(p, "", "not told in the time that there is");
	if (p->sum.count > 0) {
		summarize(p, false);
		p->answered++;
		add_up(p);
	}
	p->more = p->more || p->answered > 0;
	preview_finish(p, "late");
}
