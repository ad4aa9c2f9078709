/* The walk of a YAML tree along a table of keys; see schema.h. */
#include "broker/monitor/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/quantity.h"

struct schema_keep {
	struct schema_keep *older;
	void *p;
	void (*release)(void *);
};

void *
schema_keep(struct schema_run *run, void *p, void (*release)(void *))
{
	struct schema_keep *k;

	if (p == NULL)
		return NULL;
	if ((k = malloc(sizeof *k)) == NULL) {
		release(p);
		return NULL;
	}
	*k = (struct schema_keep){ *run->keep, p, release };
	*run->keep = k;
	return p;
}

void *
schema_alloc(struct schema_run *run, size_t count, size_t size)
{
	return schema_keep(run, calloc(count > 0 ? count : 1, size), free);
}

void
schema_keep_free(struct schema_keep *keep)
{
	while (keep != NULL) {
		struct schema_keep *older = keep->older;

		keep->release(keep->p);
		free(keep);
		keep = older;
	}
}

enum rc
schema_report(struct schema_run *run, enum rc rc, const struct err *err)
{
	if (rc != RC_REFUSE)
		return rc;
	if (run->errors++ == 0)
		run->first = *err;
	if (run->report != NULL && run->errors <= SCHEMA_MOST_ERRORS)
		buf_printf(run->report, "%s\n", err->text);
	return RC_OK;
}

void
schema_report_rest(struct schema_run *run)
{
	if (run->report != NULL && run->errors > SCHEMA_MOST_ERRORS)
		buf_printf(
		    run->report, "%u more errors\n", run->errors - SCHEMA_MOST_ERRORS);
}

/* The key that a row adds to prefix, or NULL when the row stands elsewhere. */
static const char *
key_below(const struct schema_row *row, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(row->path, prefix, n) != 0 ||
	    row->path[n + strcspn(row->path + n, ".[{")] != '\0')
		return NULL;
	return row->path + n;
}

static const struct schema_row *
find_row(const struct schema_run *run, const char *prefix, const char *key)
{
	for (size_t i = 0; i < run->count; i++) {
		const char *below = key_below(&run->rows[i], prefix);

		if (below != NULL && strcmp(below, key) == 0)
			return &run->rows[i];
	}
	return NULL;
}

static enum rc
unknown_key(const struct schema_run *run, const char *prefix,
    const struct yaml_node *key, struct err *err)
{
	char known[ERR_TEXT / 2] = "";
	size_t used = 0;

	for (size_t i = 0; i < run->count; i++) {
		const char *below = key_below(&run->rows[i], prefix);

		if (below == NULL || run->rows[i].type == &schema_later ||
		    used >= sizeof known)
			continue;
		used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
		    used > 0 ? ", " : "", below);
	}
	return yaml_expected(key, err, "a key out of %s", known);
}

static void *
place_of(const struct schema_row *row, void *base)
{
	return row->offset == SCHEMA_NOWHERE ? NULL : (char *)base + row->offset;
}

static enum rc
read_row(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, void *base, struct err *err)
{
	struct err local = { "" };
	enum rc rc;

	/* A mapping's keys count their offsets from the whole struct. */
	if (row->type == &schema_map)
		rc = yaml_want(n, YAML_MAP, &local);
	else
		rc = row->type->read(run, row, n, place_of(row, base), &local);
	if (rc != RC_OK) {
		if ((rc = schema_report(run, rc, &local)) != RC_OK && err != NULL)
			*err = local;
		return rc;
	}
	if (row->type == &schema_map) {
		char prefix[64];

		snprintf(prefix, sizeof prefix, "%s.", row->path);
		return schema_read_map(run, prefix, n, n, base, err);
	}
	return RC_OK;
}

static void
release_doc(void *p)
{
	yaml_doc_free(p);
}

/* What the table says of a key that is not written is read as if it were. */
static enum rc
read_fallback(
    struct schema_run *run, const struct schema_row *row, void *base, struct err *err)
{
	struct yaml_doc *d = NULL;
	char name[96];
	enum rc rc;

	snprintf(name, sizeof name, "default of %s", row->path);
	if ((rc = yaml_parse(name, span_of(row->fallback), &d, err)) != RC_OK)
		return rc;
	if (schema_keep(run, d, release_doc) == NULL)
		return err_memory(err);
	run->from_fallback = true;
	rc = read_row(run, row, yaml_root(d), base, err);
	run->from_fallback = false;
	return rc;
}

static enum rc
read_absent(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *near, void *base, struct err *err)
{
	struct err local = { "" };
	char prefix[64];

	if (row->needed)
		return schema_report(run,
		    yaml_fail(
			near, &local, "expected the key %s, found none", row->path),
		    &local);
	if (row->fallback != NULL)
		return read_fallback(run, row, base, err);
	if (row->type != &schema_map)
		return RC_OK;
	snprintf(prefix, sizeof prefix, "%s.", row->path);
	return schema_read_map(run, prefix, NULL, near, base, err);
}

enum rc
schema_read_map(struct schema_run *run, const char *prefix, const struct yaml_node *n,
    const struct yaml_node *near, void *base, struct err *err)
{
	const struct yaml_node *v;
	struct err local = { "" };
	enum rc rc = RC_OK;

	for (v = n != NULL ? yaml_first(n) : NULL; rc == RC_OK && v != NULL;
	     v = yaml_next(v)) {
		const struct schema_row *row =
		    find_row(run, prefix, yaml_cstr(yaml_key(v)));

		if (row == NULL)
			rc = schema_report(
			    run, unknown_key(run, prefix, yaml_key(v), &local), &local);
		else
			rc = read_row(run, row, v, base, err);
	}
	for (size_t i = 0; rc == RC_OK && i < run->count; i++) {
		const char *key = key_below(&run->rows[i], prefix);

		if (key != NULL && (n == NULL || yaml_find(n, key) == NULL))
			rc = read_absent(run, &run->rows[i], near, base, err);
	}
	return rc;
}

static enum rc
read_later(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, void *to, struct err *err)
{
	const struct yaml_node *key = yaml_key(n);

	(void)run;
	(void)to;
	return yaml_fail(key != NULL ? key : n, err,
	    "expected no key %s: it is not in this version", row->path);
}

static enum rc
read_number(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, void *to, struct err *err)
{
	(void)run;
	return yaml_uint(n, row->least, row->most, to, err);
}

static enum rc
read_duration(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, void *to, struct err *err)
{
	(void)run;
	return yaml_duration(n, row->least, row->most, to, err);
}

static enum rc
read_size(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, void *to, struct err *err)
{
	(void)run;
	return yaml_size(n, row->least, row->most, to, err);
}

static enum rc
read_text(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, void *to, struct err *err)
{
	(void)run;
	return yaml_line_text(n, row->least, row->most, to, err);
}

/* A word of a later version; one that ends with a slash stands for all that begin with
 * it. */
static bool
is_later(const struct schema_row *row, const char *text)
{
	for (size_t i = 0; row->later != NULL && row->later[i] != NULL; i++) {
		size_t n = strlen(row->later[i]);
		bool prefix = n > 0 && row->later[i][n - 1] == '/';

		if (strncmp(text, row->later[i], n) == 0 && (prefix || text[n] == '\0'))
			return true;
	}
	return false;
}

static enum rc
read_choice(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, void *to, struct err *err)
{
	size_t at = 0;
	enum rc rc;

	(void)run;
	if ((rc = yaml_choice(n, row->words, &at, err)) != RC_OK) {
		if (is_later(row, yaml_cstr(n)))
			return yaml_fail(n, err,
			    "expected no %s for %s: it is not in "
			    "this version",
			    yaml_cstr(n), row->path);
		return rc;
	}
	if (to != NULL)
		*(unsigned *)to = (unsigned)at;
	return RC_OK;
}

static void
show_number(const struct schema_row *row, const void *from, struct buf *out)
{
	(void)row;
	buf_printf(out, "%" PRIu64, *(const uint64_t *)from);
}

static void
show_duration(const struct schema_row *row, const void *from, struct buf *out)
{
	char text[QUANTITY_TEXT];

	(void)row;
	quantity_duration_text(*(const uint64_t *)from, text);
	buf_text(out, text);
}

static void
show_size(const struct schema_row *row, const void *from, struct buf *out)
{
	char text[QUANTITY_TEXT];

	(void)row;
	quantity_size_text(*(const uint64_t *)from, text);
	buf_text(out, text);
}

static void
show_choice(const struct schema_row *row, const void *from, struct buf *out)
{
	buf_text(out, row->words[from != NULL ? *(const unsigned *)from : 0]);
}

static void
show_text(const struct schema_row *row, const void *from, struct buf *out)
{
	const char *s = *(const char *const *)from;

	(void)row;
	buf_text(out, s != NULL ? s : "");
}

const struct schema_type schema_map = { "mapping", NULL, NULL };
const struct schema_type schema_later = { "later", read_later, NULL };
const struct schema_type schema_number = { "number", read_number, show_number };
const struct schema_type schema_duration = { "duration", read_duration, show_duration };
const struct schema_type schema_size = { "size", read_size, show_size };
const struct schema_type schema_choice = { "word", read_choice, show_choice };
const struct schema_type schema_text = { "text", read_text, show_text };
